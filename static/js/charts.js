// Charts: one ECharts theme read from the CSS tokens, mounted declaratively.
//   <div class="chart" style="--h:240px" data-chart="burndown" data-src="burn-json" role="img"
//        aria-label="the finding in one sentence"></div>{{ burn|json_script:"burn-json" }}
// The table with the same figures stands beside it in <details class="chart-data">.

import { common, readTheme } from "./chart-parts.js";
import { lines } from "./chart-lines.js";
import { types } from "./chart-types.js";

const kinds = { ...types, lines };

// ECharts is large, so it is fetched when the first chart of a page appears.
let library = null;

function loadLibrary() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.body.dataset.echarts;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
  return library;
}

const live = new Map();

function draw(element) {
  const source = document.getElementById(element.dataset.src);
  if (!source || !window.echarts || !element.clientWidth) return;
  const chart = live.get(element) ?? echarts.init(element, null, { renderer: "svg" });
  live.set(element, chart);
  const t = readTheme();
  const base = common(t);
  const own = kinds[element.dataset.chart](JSON.parse(source.textContent), t, element);
  chart.setOption({ ...base, ...own, tooltip: { ...base.tooltip, ...own.tooltip } }, true);
  element.querySelector("svg")?.setAttribute("aria-hidden", "true");
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    live.get(target)?.resize();
    draw(target);
  }
});

function sweep() {
  for (const [element, chart] of live) {
    if (element.isConnected) continue;
    sizes.unobserve(element);
    chart.dispose();
    live.delete(element);
  }
}

async function mount() {
  sweep();
  const elements = document.querySelectorAll("[data-chart]");
  if (!elements.length) return;
  await Promise.all([loadLibrary(), document.fonts.ready]);
  for (const element of elements) {
    sizes.observe(element);
    draw(element);
  }
}

new MutationObserver(() => live.forEach((_, element) => draw(element))).observe(document.documentElement, {
  attributes: true,
  attributeFilter: ["data-bs-theme"],
});
document.body.addEventListener("htmx:afterSettle", mount);
mount();
