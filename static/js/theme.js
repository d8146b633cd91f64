// Runs before the first paint, so that a page never flashes in the wrong theme.
(() => {
  const root = document.documentElement;
  const chosen = root.dataset.theme === "auto" ? localStorage.getItem("theme") : root.dataset.theme;
  const wantsDark = matchMedia("(prefers-color-scheme: dark)");
  const show = (dark) => root.setAttribute("data-bs-theme", dark ? "dark" : "light");
  if (chosen === "light" || chosen === "dark") {
    show(chosen === "dark");
  } else {
    show(wantsDark.matches);
    wantsDark.addEventListener("change", (event) => show(event.matches));
  }
})();
