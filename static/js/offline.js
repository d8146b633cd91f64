// Rows typed without a connection are kept in this browser with the day on which they were typed, shown as not sent
// yet, and sent with the same Idempotency-Key until the server has answered, so that none is lost and none counts
// twice. What the server refuses stays, with its reason, to be edited or sent again.
// Any <form data-offline> takes part; the rows stand in [data-offline-list].

const OWNER = document.body.dataset.user;
const STORE = `unsent:${OWNER}`;
const EVERY = 30000;
const AFTER_SIGN_IN = [401, 403];
const EDITED = "edited";
const REFUSALS = [400, 409, 413, 422, ...AFTER_SIGN_IN];

const read = () => JSON.parse(localStorage.getItem(STORE) ?? "[]");
const csrfHeaders = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");

function write(rows) {
  localStorage.setItem(STORE, JSON.stringify(rows));
  render();
}

const change = (key, fields) => write(read().map((row) => (row.key === key ? { ...row, ...fields } : row)));
const forget = (key) => write(read().filter((row) => row.key !== key));
const rowOf = (key) => read().find((row) => row.key === key);

// The firm's day, wherever the device is: 2026-11-27.
function today() {
  const parts = { timeZone: document.body.dataset.zone, year: "numeric", month: "2-digit", day: "2-digit" };
  return new Intl.DateTimeFormat("en-CA", parts).format(new Date());
}

function fieldsOf(form) {
  const fields = new FormData(form);
  fields.delete("csrfmiddlewaretoken");
  return [...fields].filter(([, value]) => typeof value === "string");
}

const writtenIn = (form) => JSON.stringify(fieldsOf(form).filter(([, value]) => value));

// One key per filled form: a retry of the same text carries the same key.
function keyOf(form) {
  const written = writtenIn(form);
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

// The row that stands in the form: it waits there too until the server has what became of it.
let edited = "";

const dayField = (form) => form.querySelector("[data-offline-day]");

function keep(form, problem = {}) {
  const key = keyOf(form);
  const day = dayField(form);
  if (day && !day.value) day.value = today();
  const row = { key, url: form.action, fields: fieldsOf(form), label: labelOf(form), day: day?.value, ...problem };
  write([...read().filter((other) => other.key !== key && other.key !== edited), row]);
  edited = "";
  form.reset();
  if (day) day.value = "";
  delete form.dataset.written;
  tell(form);
}

// What reads along while somebody types reads what stands in the form now.
function tell(form) {
  const typed = form.querySelector("input:not([type=hidden]), textarea");
  typed?.dispatchEvent(new Event("input", { bubbles: true }));
  return typed;
}

/* Sending */

const wordFor = (status) => {
  const words = document.getElementById("offline-words").dataset;
  return words[status] ?? words.other;
};

function reasonIn(html, status) {
  const told = new DOMParser().parseFromString(html, "text/html").querySelector("[role=alert]");
  return told?.textContent.trim().replace(/\s+/g, " ") || wordFor(status);
}

async function send(row) {
  const headers = { ...csrfHeaders(), "Idempotency-Key": row.key, "HX-Request": "true" };
  const body = new URLSearchParams(row.fields);
  const answer = await fetch(row.url, { method: "POST", body, headers, redirect: "manual" });
  if (answer.ok) {
    forget(row.key);
    document.body.dispatchEvent(new CustomEvent("sent", { bubbles: true, detail: row }));
    document.body.dispatchEvent(new CustomEvent("changed", { bubbles: true }));
  } else if (REFUSALS.includes(answer.status)) {
    refuse(row, answer.status, reasonIn(await answer.text(), answer.status));
  }
}

function refuse(row, status, problem) {
  change(row.key, { refused: status, problem });
  const toast = { text: `${row.label}: ${problem}`, tone: "bad" };
  document.body.dispatchEvent(new CustomEvent("toast", { bubbles: true, detail: toast }));
}

let sending = false;

async function sendAll(wanted = (row) => !row.refused) {
  if (sending || !navigator.onLine) return;
  sending = true;
  try {
    for (const row of read().filter(wanted)) await send(row);
  } catch {
    // Still no connection: the rows stay and the next round tries again.
  } finally {
    sending = false;
  }
}

/* What is waiting, in words */

function show(node, words) {
  node.textContent = words ?? "";
  node.hidden = !words;
}

function rowNode(row) {
  const node = document.getElementById("offline-row").content.firstElementChild.cloneNode(true);
  node.dataset.key = row.key;
  node.querySelector("[data-label]").textContent = row.label;
  node.querySelector("[data-waiting]").hidden = Boolean(row.refused);
  node.querySelector("[data-refused]").hidden = !row.refused;
  node.querySelector("[data-offline-again]").hidden = !row.refused;
  show(node.querySelector("[data-problem]"), row.problem);
  show(node.querySelector("[data-day]"), row.day === today() ? "" : row.day);
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

// A row goes back into its form with its day; unchanged it keeps its key, as it may have arrived after all.
function edit(key) {
  const row = rowOf(key);
  const form = [...document.querySelectorAll("form[data-offline]")].find((other) => other.action === row?.url);
  if (!form) return;
  for (const [name, value] of row.fields) {
    const field = form.elements.namedItem(name);
    if (field) field.value = value;
  }
  form.dataset.written = writtenIn(form);
  form.dataset.key = edited = row.key;
  change(key, { refused: row.refused ?? EDITED });
  tell(form)?.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-offline-edit], [data-offline-drop], [data-offline-send], [data-offline-again]");
  const key = button?.closest("[data-key]")?.dataset.key;
  if (!button) return;
  if (button.matches("[data-offline-edit]")) edit(key);
  if (button.matches("[data-offline-drop]")) forget(key);
  if (button.matches("[data-offline-send]")) sendAll();
  if (button.matches("[data-offline-again]")) sendAll((row) => row.key === key);
});

/* Forms */

// The form of a request that adds a row; another button of it, such as the timer's, goes elsewhere.
function formOf(event) {
  const form = event.target.closest("form[data-offline]");
  const request = event.detail.requestConfig ?? event.detail;
  const goes = request.verb === "post" && new URL(request.path, location.href).href === form?.action;
  return goes ? form : null;
}

document.body.addEventListener("htmx:configRequest", (event) => {
  const form = formOf(event);
  if (form) event.detail.headers["Idempotency-Key"] = keyOf(form);
});

document.body.addEventListener("htmx:sendError", (event) => {
  const form = formOf(event);
  if (form) keep(form);
});

function saved(form) {
  delete form.dataset.written;
  if (edited) forget(edited);
  edited = "";
}

// Before a sign-in page takes the place of this one, or an answer without the form: what was typed is kept. Reading
// along leads nowhere: who types stays until they send.
document.body.addEventListener("htmx:beforeOnLoad", (event) => {
  const form = formOf(event);
  const { status } = event.detail.xhr;
  if (form && status >= 200 && status < 300) saved(form);
  if (form && [...AFTER_SIGN_IN, 413].includes(status)) keep(form, { refused: status, problem: wordFor(status) });
  if (!form && status === 401 && event.target.closest("form[data-offline]")) event.preventDefault();
});

window.addEventListener("online", () => sendAll());
setInterval(() => sendAll(), EVERY);
document.body.addEventListener("htmx:afterSettle", render);
if (OWNER) {
  render();
  sendAll((row) => !row.refused || AFTER_SIGN_IN.includes(row.refused));
}
