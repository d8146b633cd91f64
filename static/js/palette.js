// The command palette: a combobox over results that the server renders.

const palette = document.getElementById("palette");
const input = palette?.querySelector("input[role=combobox]");
const list = palette?.querySelector("[role=listbox]");
const options = () => [...list.querySelectorAll("[role=option]:not([aria-disabled])")];

function select(option) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
  if (option) {
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else {
    input.removeAttribute("aria-activedescendant");
  }
}

function move(step) {
  const all = options();
  if (!all.length) return;
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  select(all[(at + step + all.length) % all.length]);
}

const chosen = () => list.querySelector('[aria-selected="true"]');

function showActions() {
  const subject = chosen()?.dataset.subject;
  if (!subject) return false;
  htmx.ajax("GET", `${input.getAttribute("hx-get")}?subject=${encodeURIComponent(subject)}`, {
    source: input,
    target: list,
  });
  return true;
}

const keys = {
  ArrowDown: () => move(1) ?? true,
  ArrowUp: () => move(-1) ?? true,
  Enter: () => chosen()?.click() ?? true,
  Tab: showActions,
};

input?.addEventListener("keydown", (event) => {
  if (event.shiftKey || event.isComposing) return;
  if (keys[event.key]?.()) event.preventDefault();
});

list?.addEventListener("htmx:afterSettle", () => select(options()[0]));

list?.addEventListener("click", (event) => {
  if (event.target.closest("[role=option]") && !event.ctrlKey && !event.metaKey) palette.close();
});

// It opens empty and asks at once, so that the usual commands stand there.
new MutationObserver(() => {
  if (!palette.open) return;
  input.value = "";
  list.replaceChildren();
  htmx.trigger(input, "palette:open");
}).observe(palette ?? document.createElement("i"), { attributes: true, attributeFilter: ["open"] });
