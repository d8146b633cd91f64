// A running clock: <span data-timer data-since="2026-11-26T12:30:00Z">; it never moves the focus.

const two = (number) => String(Math.floor(number)).padStart(2, "0");

function elapsed(since) {
  const seconds = Math.max(0, (Date.now() - Date.parse(since)) / 1000);
  return [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(two).join(":");
}

function tick() {
  for (const clock of document.querySelectorAll("[data-timer][data-since]")) {
    const now = elapsed(clock.dataset.since);
    if (clock.textContent !== now) clock.textContent = now;
  }
}

setInterval(tick, 1000);
document.body.addEventListener("htmx:afterSettle", tick);
tick();
