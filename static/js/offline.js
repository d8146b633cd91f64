// Rows typed without a connection are kept in this browser, shown as not sent yet, and sent with
// the same Idempotency-Key until the server has answered, so that none is lost and none counts twice.
// Any <form data-offline> takes part; the rows stand in [data-offline-list].

const OWNER = document.body.dataset.user;
const STORE = `unsent:${OWNER}`;
const EVERY = 30000;

const read = () => JSON.parse(localStorage.getItem(STORE) ?? "[]");
const csrfHeaders = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");

function write(rows) {
  localStorage.setItem(STORE, JSON.stringify(rows));
  render();
}

const change = (key, fields) => write(read().map((row) => (row.key === key ? { ...row, ...fields } : row)));
const forget = (key) => write(read().filter((row) => row.key !== key));

function fieldsOf(form) {
  const fields = new FormData(form);
  fields.delete("csrfmiddlewaretoken");
  return [...fields].filter(([, value]) => typeof value === "string");
}

// One key per filled form: a retry of the same text carries the same key.
function keyOf(form) {
  const written = JSON.stringify(fieldsOf(form));
  if (form.dataset.written !== written) {
    form.dataset.written = written;
    form.dataset.key = crypto.randomUUID();
  }
  return form.dataset.key;
}

function labelOf(form) {
  const named = form.querySelector("[data-offline-label]");
  return (
    named?.value ||
    fieldsOf(form)
      .map(([, value]) => value)
      .filter(Boolean)
      .join(" ")
  );
}

function keep(form) {
  const row = { key: keyOf(form), url: form.action, fields: fieldsOf(form), label: labelOf(form), at: Date.now() };
  write([...read().filter((other) => other.key !== row.key), row]);
  form.reset();
  delete form.dataset.written;
}

/* Sending */

async function send(row) {
  const headers = { ...csrfHeaders(), "Idempotency-Key": row.key, "HX-Request": "true" };
  const body = new URLSearchParams(row.fields);
  const answer = await fetch(row.url, { method: "POST", body, headers, redirect: "manual" });
  if (answer.ok) {
    forget(row.key);
    document.body.dispatchEvent(new CustomEvent("sent", { bubbles: true, detail: row }));
  } else if (answer.status === 409 || answer.status === 422) {
    change(row.key, { refused: true });
  }
}

let sending = false;

async function sendAll() {
  if (sending || !navigator.onLine) return;
  sending = true;
  try {
    for (const row of read().filter((other) => !other.refused)) await send(row);
  } catch {
    // Still no connection: the rows stay and the next round tries again.
  } finally {
    sending = false;
  }
}

/* What is waiting, in words */

function rowNode(row) {
  const node = document.getElementById("offline-row").content.firstElementChild.cloneNode(true);
  node.dataset.key = row.key;
  node.querySelector("[data-label]").textContent = row.label;
  node.querySelector("[data-waiting]").hidden = Boolean(row.refused);
  node.querySelector("[data-refused]").hidden = !row.refused;
  return node;
}

function render() {
  const rows = read();
  for (const list of document.querySelectorAll("[data-offline-list]")) {
    list.hidden = !rows.length;
    list.replaceChildren(...rows.map(rowNode));
  }
  for (const chip of document.querySelectorAll("[data-offline-chip]")) {
    chip.hidden = !rows.length;
    const count = chip.querySelector("[data-offline-n]");
    if (count) count.textContent = rows.length;
  }
}

// A refused row goes back into its form, where the server will say what is wrong.
function edit(key) {
  const row = read().find((other) => other.key === key);
  const form = [...document.querySelectorAll("form[data-offline]")].find((other) => other.action === row?.url);
  if (!form) return;
  for (const [name, value] of row.fields) {
    const field = form.elements.namedItem(name);
    if (field) field.value = value;
  }
  forget(key);
  form.querySelector("input:not([type=hidden]), textarea")?.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-offline-edit], [data-offline-drop], [data-offline-send]");
  const key = button?.closest("[data-key]")?.dataset.key;
  if (!button) return;
  if (button.matches("[data-offline-edit]")) edit(key);
  if (button.matches("[data-offline-drop]")) forget(key);
  if (button.matches("[data-offline-send]")) sendAll();
});

/* Forms */

document.body.addEventListener("htmx:configRequest", (event) => {
  const form = event.target.closest("form[data-offline]");
  if (form && event.detail.verb === "post") event.detail.headers["Idempotency-Key"] = keyOf(form);
});

document.body.addEventListener("htmx:sendError", (event) => {
  const form = event.target.closest("form[data-offline]");
  if (form && event.detail.requestConfig?.verb === "post") keep(form);
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest("form[data-offline]");
  if (form && event.detail.successful) delete form.dataset.written;
});

window.addEventListener("online", sendAll);
setInterval(sendAll, EVERY);
document.body.addEventListener("htmx:afterSettle", render);
if (OWNER) {
  render();
  sendAll();
}
