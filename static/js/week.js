// The timesheet grid by keyboard: arrows and Enter move between the cells of a column or row.

const inputs = (cell) => [...cell.closest("tbody").querySelectorAll("td.cell input")];
const columns = (cell) => cell.closest("tr").querySelectorAll("td.cell input").length;

const steps = (cell) => ({ ArrowUp: -columns(cell), ArrowDown: columns(cell), Enter: columns(cell) });

// Left and right leave the cell only from its very ends, so that text can still be edited.
function sideways(event, cell) {
  if (event.key === "ArrowLeft" && cell.selectionEnd === 0) return -1;
  if (event.key === "ArrowRight" && cell.selectionStart === cell.value.length) return 1;
  return 0;
}

document.addEventListener("keydown", (event) => {
  const cell = event.target.closest("[data-grid] td.cell input");
  if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = steps(cell)[event.key] ?? sideways(event, cell);
  if (!step) return;
  event.preventDefault();
  const all = inputs(cell);
  const next = all[all.indexOf(cell) + step];
  if (next) {
    next.focus();
    next.select();
  } else {
    cell.dispatchEvent(new Event("change", { bubbles: true }));
  }
});
