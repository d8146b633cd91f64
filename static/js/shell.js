// The behaviour that every page shares: theme, menus, dialogs, focus after a swap, toasts.
// Modules do not import each other: they speak through events on document.body.

const root = document.documentElement;
const body = document.body;
const words = JSON.parse(document.getElementById("shell-words")?.textContent ?? "{}");
const csrfHeaders = () => JSON.parse(body.getAttribute("hx-headers") ?? "{}");

/* Theme: shown at once, kept here for strangers and in the profile for members. */

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-form]");
  if (!form) return;
  event.preventDefault();
  const theme = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
  root.setAttribute("data-bs-theme", theme);
  localStorage.setItem("theme", theme);
  const fields = new FormData(form);
  fields.set("theme", theme);
  fetch(form.action, { method: "POST", body: fields, headers: csrfHeaders() });
});

/* Menus are <details>: they close on a click outside, on a choice and on Escape. */

const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  const chosen = event.target.closest(".dropdown-item");
  for (const menu of openMenus()) if (chosen || !menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/* Dialogs: any <dialog> that a swap fills opens; one that closes gives the focus back. */

let opener = null;

function nameDialog(dialog) {
  const heading = dialog.querySelector("h1, h2");
  if (!heading || dialog.hasAttribute("aria-label")) return;
  heading.id ||= `${dialog.id}-h`;
  dialog.setAttribute("aria-labelledby", heading.id);
}

function openDialog(dialog) {
  nameDialog(dialog);
  if (dialog.open) return;
  opener = document.activeElement === body ? opener : document.activeElement;
  dialog.showModal();
  const field = dialog.querySelector("[autofocus], input:not([type=hidden]), select, textarea");
  field?.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dialog]");
  if (button) {
    const dialog = document.getElementById(button.dataset.dialog);
    if (dialog) {
      event.preventDefault();
      openDialog(dialog);
    }
  }
  const close = event.target.closest("[data-close]");
  if (close?.closest("dialog")) {
    event.preventDefault();
    close.closest("dialog").close();
  }
  if (event.target.matches("dialog[open]") && outside(event)) event.target.close();
});

function outside(event) {
  const box = event.target.getBoundingClientRect();
  const inX = event.clientX >= box.left && event.clientX <= box.right;
  return !(inX && event.clientY >= box.top && event.clientY <= box.bottom);
}

document.addEventListener(
  "close",
  (event) => {
    if (!event.target.matches("dialog")) return;
    if (event.target.hasAttribute("data-slot")) event.target.replaceChildren();
    if (document.querySelector("dialog[open]")) return;
    if (opener?.isConnected) opener.focus();
    opener = null;
  },
  true,
);

body.addEventListener("closeDialog", () => {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
});

/* Focus: a swap that takes the focused control away gives the focus to the same control, else
   to the row that came into its place. A refresh elsewhere never moves it. */

let place = null;

const rowsOf = (element) => {
  const row = element?.closest("[data-row], tr, li");
  return row ? [...row.parentElement.children] : [];
};

body.addEventListener("htmx:beforeSwap", (event) => {
  const active = document.activeElement;
  const target = event.detail.target;
  place = null;
  if (!target?.contains(active) || active === body) return;
  const rows = rowsOf(active);
  const index = rows.indexOf(active.closest("[data-row], tr, li"));
  place = { id: active.id, name: active.name, list: rows[0]?.parentElement, index };
});

function focusFirstError(container) {
  const field = '[aria-invalid="true"]:is(input, select, textarea), fieldset[aria-invalid="true"] input';
  const invalid = container.querySelector?.(field) ?? container.querySelector?.(".form-errors");
  invalid?.focus();
  return Boolean(invalid);
}

function restoreFocus() {
  if (!place || document.activeElement !== body) return;
  const same = place.id && document.getElementById(place.id);
  const rows = place.list?.isConnected ? [...place.list.children] : [];
  const row = rows[Math.min(place.index, rows.length - 1)];
  const next = same || row?.querySelector("a, button, input, select") || document.getElementById("main");
  next?.focus({ preventScroll: true });
}

body.addEventListener("htmx:afterSettle", (event) => {
  const { target, xhr } = event.detail;
  if (target?.matches?.("dialog") && target.childElementCount) openDialog(target);
  const failed = xhr?.status === 422 || xhr?.status === 409;
  if (!(failed && target && focusFirstError(target))) restoreFocus();
  place = null;
});

/* A quiet refresh waits while somebody types inside the block or the tab is hidden. */

body.addEventListener("htmx:beforeRequest", (event) => {
  const block = event.target.closest("[data-quiet]");
  const typing = block?.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
  if (block === event.target && (typing || document.hidden)) event.preventDefault();
});

/* While a request runs its button says so; the button keeps its width. */

const busy = (event, on) => {
  const source = event.detail.requestConfig?.triggeringEvent?.submitter ?? event.detail.elt;
  if (!source?.matches?.("button, a.btn")) return;
  if (on) source.setAttribute("aria-busy", "true");
  else source.removeAttribute("aria-busy");
};

body.addEventListener("htmx:beforeSend", (event) => busy(event, true));
body.addEventListener("htmx:afterRequest", (event) => busy(event, false));

/* Toasts: what was done, in the past, with Undo for eight seconds. */

const LIFE = 8000;

function icon(name) {
  const mark = document.createElement("i");
  mark.className = `ti ti-${name}`;
  mark.setAttribute("aria-hidden", "true");
  return mark;
}

function toastButton([url, label], toast) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", () => {
    toast.remove();
    htmx.ajax("POST", url, { source: body, swap: "none" });
  });
  return button;
}

function showToast({ text, button, tone }) {
  const toast = document.createElement("div");
  toast.className = "toast-s";
  if (tone) toast.append(icon(tone === "bad" ? "alert-circle" : "check"));
  const said = document.createElement("span");
  said.textContent = text;
  toast.append(said);
  if (button) toast.append(toastButton(button, toast));
  document.getElementById("toasts")?.append(toast);
  fade(toast);
}

function fade(toast) {
  let timer = setTimeout(() => toast.remove(), LIFE);
  const hold = () => clearTimeout(timer);
  const release = () => (timer = setTimeout(() => toast.remove(), LIFE));
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, hold);
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, release);
}

body.addEventListener("toast", (event) => (event.detail.all ?? [event.detail]).forEach(showToast));
for (const toast of document.querySelectorAll("#toasts > .toast-s:not([data-stay])")) fade(toast);

body.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  const text = words[`e${status}`] ?? (status >= 500 ? words.e500 : words.e400);
  showToast({ text, tone: "bad" });
});

body.addEventListener("htmx:sendError", (event) => {
  if (!event.target.closest("form[data-offline]")) showToast({ text: words.offline, tone: "bad" });
});

/* Counts and results are read out without moving the focus. */

body.addEventListener("announce", (event) => {
  const region = document.getElementById("announce");
  if (region) region.textContent = event.detail.value ?? event.detail.text ?? "";
});
