// Bulk selection: the bar shows how many rows are chosen and what they are worth together.
// [data-bulk-scope] holds rows with [data-row-check data-value], [data-check-all] and [data-bulk].

const lang = document.documentElement.lang || "en";
const NARROW = "\u202f";

// The same short form as the `money_short` filter: 121.7 M, 121,7 млн, 121,7 Mio.
function short(amount) {
  const large = Math.abs(amount) >= 1e6;
  const options = large ? { notation: "compact", maximumFractionDigits: 1 } : { maximumFractionDigits: 0 };
  const format = new Intl.NumberFormat(lang, options);
  const written = format.format(amount).replace(/(\d)\s*(\p{L})/u, `$1${NARROW}$2`);
  const grouped = large ? written : written.replace(/[,.\s]/g, NARROW);
  return grouped.replace("-", "\u2212");
}

const scopeOf = (element) => element.closest("[data-bulk-scope]");
const checks = (scope) => [...scope.querySelectorAll("[data-row-check]")].filter((check) => !check.disabled);

function sumOf(chosen) {
  const cents = chosen.reduce((sum, check) => sum + Math.round(Number(check.dataset.value || 0) * 100), 0);
  return cents / 100;
}

function show(scope) {
  const all = checks(scope);
  const chosen = all.filter((check) => check.checked);
  for (const check of all) check.closest("tr, li").setAttribute("aria-selected", String(check.checked));
  const head = scope.querySelector("[data-check-all]");
  if (head) {
    head.checked = chosen.length > 0 && chosen.length === all.length;
    head.indeterminate = chosen.length > 0 && chosen.length < all.length;
  }
  showBar(scope.querySelector("[data-bulk]"), chosen);
}

function showBar(bar, chosen) {
  if (!bar) return;
  bar.hidden = !chosen.length;
  bar.querySelector("[data-bulk-n]").textContent = new Intl.NumberFormat(lang).format(chosen.length);
  const sum = bar.querySelector("[data-bulk-sum]");
  if (sum) sum.textContent = `${short(sumOf(chosen))}\u00a0${sum.dataset.symbol ?? ""}`;
}

let last = null;

// Shift and a click choose everything between this row and the last one.
function range(check, scope) {
  const all = checks(scope);
  const [from, to] = [all.indexOf(last), all.indexOf(check)].sort((a, b) => a - b);
  if (from >= 0) for (const between of all.slice(from, to + 1)) between.checked = check.checked;
}

document.addEventListener("click", (event) => {
  const check = event.target.closest("[data-row-check]");
  const scope = check && scopeOf(check);
  if (!scope) return;
  if (event.shiftKey && last) range(check, scope);
  last = check;
  show(scope);
});

document.addEventListener("change", (event) => {
  const scope = scopeOf(event.target);
  if (!scope || !event.target.matches("[data-row-check], [data-check-all]")) return;
  if (event.target.matches("[data-check-all]")) for (const check of checks(scope)) check.checked = event.target.checked;
  show(scope);
});

document.addEventListener("click", (event) => {
  const clear = event.target.closest("[data-bulk-clear]");
  if (!clear) return;
  const scope = scopeOf(clear);
  for (const check of checks(scope)) check.checked = false;
  show(scope);
});

const showAll = () => document.querySelectorAll("[data-bulk-scope]").forEach(show);
document.body.addEventListener("htmx:afterSettle", showAll);
showAll();
