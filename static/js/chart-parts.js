// What all charts share: numbers as the page writes them, the theme from the CSS tokens, axes.

const lang = document.documentElement.lang || "en";
const words = JSON.parse(document.getElementById("chart-words")?.textContent ?? "{}");
export const say = (word, plain) => words[word] ?? plain;
const FONT = '"Inter Variable", Inter, system-ui, sans-serif';
const NARROW = "\u202f";
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

/* Numbers, as the page writes them: thin spaces, a real minus, the unit after the number. */

const decimal = new Intl.NumberFormat(lang, { maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat(lang, { maximumFractionDigits: 0 });
const minus = (text) => text.replace("-", "\u2212");
export const number = (value) => minus(decimal.format(value)).replace(/[\s\u00a0]/g, NARROW);
export const withUnit = (unit) => (value) => `${number(value)}${unit ? NARROW + unit : ""}`;
export const hours = (value) => withUnit(say("hours", "h"))(value);
export const percent = (value) => `${number(value)}${say("percent", "%")}`;
export const signed = (value) => (value > 0 ? "+" : "") + minus(whole.format(Math.round(value)));

const day = new Intl.DateTimeFormat(lang, { day: "numeric", month: "short" });
const month = new Intl.DateTimeFormat(lang, { month: "short" });
const monthOfYear = new Intl.DateTimeFormat(lang, { month: "short", year: "2-digit" });

export function dateLabel(value) {
  const date = new Date(value);
  if (date.getDate() !== 1) return day.format(date);
  return date.getMonth() === 0 ? monthOfYear.format(date) : month.format(date);
}

/* Theme */

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export const readTheme = () => ({
  ink: css("--ink"),
  ink2: css("--ink-2"),
  ink3: css("--ink-3"),
  line: css("--line"),
  line2: css("--line-2"),
  surface: css("--raise"),
  idle: css("--idle"),
  ok: css("--ok-mark"),
  warn: css("--warn-mark"),
  bad: css("--bad-mark"),
  gold: css("--gold-mark"),
  good: css("--good-mark"),
  accent: css("--accent"),
  badText: css("--bad"),
  warnText: css("--warn"),
  categories: [1, 2, 3, 4, 5, 6].map((index) => css(`--c${index}`)),
});

export const isPhone = (element) => element.clientWidth < 480;
export const frame = (sides) => ({
  left: 4,
  right: 8,
  top: 14,
  bottom: 4,
  outerBoundsMode: "same",
  outerBoundsContain: "axisLabel",
  ...sides,
});
export const label = (t, options) => ({ color: t.ink2, fontSize: 12, fontFamily: FONT, ...options });
export const hidden = { symbol: "none", lineStyle: { opacity: 0 }, silent: true };
export const unseen = { ...hidden, tooltip: { show: false } };

export const axis = (t, options) => ({
  axisLine: { lineStyle: { color: t.line2 } },
  axisTick: { show: false },
  axisLabel: { color: t.ink2, fontSize: 12, hideOverlap: true },
  splitLine: { show: false },
  ...options,
});

export const valueAxis = (t, options) =>
  axis(t, {
    type: "value",
    axisLine: { show: false },
    splitLine: { lineStyle: { color: t.line } },
    splitNumber: 4,
    ...options,
  });

export const categoryAxis = (t, data, options) => axis(t, { type: "category", data, ...options });
export const valueLabels = (t, format) => ({ axisLabel: { color: t.ink2, formatter: format } });
export const zeroLine = { onZero: false };

export function common(t) {
  return {
    animation: !calm,
    animationDuration: 350,
    textStyle: { fontFamily: FONT, fontSize: 12, color: t.ink2 },
    color: t.categories,
    grid: frame(),
    tooltip: {
      trigger: "axis",
      backgroundColor: t.surface,
      borderColor: t.line2,
      borderWidth: 1,
      padding: [7, 10],
      textStyle: { color: t.ink, fontSize: 12 },
      axisPointer: {
        type: "line",
        lineStyle: { color: t.line2, type: "solid" },
        shadowStyle: { color: t.line, opacity: 0.4 },
      },
      extraCssText: "box-shadow:0 8px 24px -8px rgb(0 0 0/.25);border-radius:6px;font-variant-numeric:tabular-nums",
    },
  };
}
