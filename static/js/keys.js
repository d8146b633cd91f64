// Keyboard: G and a letter goes, a letter acts, J K X Enter work on rows, ? lists all.
// Single letters work outside fields only and can be switched off in the profile (WCAG 2.1.4).

const GO_WITHIN = 900;
const letters = document.body.dataset.shortcuts !== "off";
let wentAt = 0;

// A Cyrillic layout gives a Cyrillic key, so a letter is read from its place on the keyboard.
const letterOf = (event) => (/^[a-z]$/i.test(event.key) ? event.key : event.code.replace(/^Key/, "")).toLowerCase();

const isField = (element) =>
  element.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, select") || element.isContentEditable;

function press(selector) {
  const found = [...document.querySelectorAll(selector)].find((element) => !element.disabled);
  found?.click();
  return Boolean(found);
}

/* Rows */

const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);
const currentRow = () => document.activeElement.closest?.("[data-row]");

function moveRow(step) {
  const all = rows();
  if (!all.length) return false;
  const at = all.indexOf(currentRow());
  const next = at < 0 ? all[step > 0 ? 0 : all.length - 1] : all[Math.max(0, Math.min(all.length - 1, at + step))];
  if (!next.hasAttribute("tabindex")) next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function toggleRow() {
  const check = currentRow()?.querySelector("[data-row-check]");
  check?.click();
  return Boolean(check);
}

function openRow() {
  if (document.activeElement !== currentRow()) return false;
  const link = currentRow()?.querySelector("[data-open], a[href]");
  link?.click();
  return Boolean(link);
}

const rowKeys = { j: () => moveRow(1), k: () => moveRow(-1), x: toggleRow };

function handleLetter(letter) {
  if (Date.now() - wentAt < GO_WITHIN) {
    wentAt = 0;
    return press(`[data-go="${letter}"]`);
  }
  if (letter === "g") {
    wentAt = Date.now();
    return true;
  }
  return rowKeys[letter]?.() || press(`[data-key="${letter}"]`);
}

function handlePlain(event) {
  if (event.key === "?") return press('[data-dialog="keys"]');
  if (event.key === "/") return press('[data-dialog="palette"]');
  if (event.key === "Enter") return openRow();
  const letter = letterOf(event);
  return /^[a-z]$/.test(letter) && !event.shiftKey && handleLetter(letter);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const command = event.ctrlKey || event.metaKey;
  if (command && !event.shiftKey && !event.altKey && letterOf(event) === "k") {
    event.preventDefault();
    press('[data-dialog="palette"]');
    return;
  }
  if (!letters || command || event.altKey || isField(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (handlePlain(event)) event.preventDefault();
});
