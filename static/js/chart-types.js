// The kinds of chart. Each takes its figures, the theme and its element, and gives ECharts options;
// the comment above a kind names the figures that it expects.

import {
  say,
  number,
  withUnit,
  hours,
  percent,
  signed,
  dateLabel,
  isPhone,
  frame,
  label,
  hidden,
  unseen,
  axis,
  valueAxis,
  categoryAxis,
  valueLabels,
  zeroLine,
} from "./chart-parts.js";

export const types = {};

/* Balance of an hour package: steps, top-ups, low-balance line, forecast with its band.
   {min, max, ymax, low, today, actual, marks, forecast, end, lo, band} */
types.burndown = (d, t, element) => ({
  grid: frame({ right: isPhone(element) ? 8 : 76, top: 22 }),
  xAxis: axis(t, {
    type: "time",
    min: d.min,
    max: d.max,
    axisLabel: { color: t.ink2, fontSize: 12, hideOverlap: true, formatter: dateLabel },
  }),
  yAxis: valueAxis(t, { min: 0, max: d.ymax, interval: d.ymax / 4, ...valueLabels(t, hours) }),
  tooltip: { valueFormatter: hours },
  series: [balanceLine(d, t, element), forecastLine(d, t, element), ...forecastBand(d, t)],
});

function balanceLine(d, t, element) {
  const low = { yAxis: d.low, lineStyle: { color: t.warn, type: [3, 3] } };
  low.label = label(t, {
    show: !isPhone(element),
    position: "end",
    formatter: `${say("low", "Low")} ${hours(d.low)}`,
    color: t.warnText,
  });
  const today = { xAxis: d.today, lineStyle: { color: t.ink3, type: "solid", width: 1 } };
  today.label = label(t, { formatter: say("today", "Today"), position: "end", distance: 4 });
  return {
    name: say("balance", "Balance"),
    type: "line",
    step: "end",
    data: d.actual,
    symbol: "none",
    lineStyle: { width: 2, color: t.categories[0] },
    areaStyle: { color: t.categories[0], opacity: 0.09 },
    markLine: { symbol: "none", silent: true, data: d.low == null ? [today] : [low, today] },
    markPoint: {
      symbol: "circle",
      symbolSize: 9,
      itemStyle: { color: t.surface, borderColor: t.categories[0], borderWidth: 2 },
      label: label(t, { position: "top", distance: 6, formatter: (point) => point.name, color: t.ink }),
      data: d.marks ?? [],
    },
  };
}

const forecastLine = (d, t, element) => ({
  name: say("forecast", "Forecast"),
  type: "line",
  data: d.forecast ?? [],
  symbol: "none",
  lineStyle: { width: 2, color: t.warn, type: [4, 4] },
  markPoint: {
    symbol: "circle",
    symbolSize: 8,
    itemStyle: { color: t.warn },
    label: label(t, {
      position: isPhone(element) ? "left" : "top",
      formatter: (point) => point.name,
      color: t.warnText,
      fontWeight: 600,
    }),
    data: d.end ?? [],
  },
});

const forecastBand = (d, t) => [
  { name: "lo", type: "line", data: d.lo ?? [], stack: "b", ...unseen },
  {
    name: "band",
    type: "line",
    data: d.band ?? [],
    stack: "b",
    ...unseen,
    areaStyle: { color: t.warn, opacity: 0.13 },
  },
];

/* Sorted bars and their running share. {labels, values | stacks, cum, flag, rest, name, unit, suffix} */
types.pareto = (d, t, element) => ({
  grid: frame({ right: 4, top: 26 }),
  xAxis: categoryAxis(t, d.labels, {
    axisLabel: {
      color: t.ink2,
      fontSize: 12,
      interval: 0,
      rotate: isPhone(element) || d.rotate ? 40 : 0,
      overflow: "truncate",
      width: d.lw ?? 86,
    },
  }),
  yAxis: [
    valueAxis(t, {
      name: d.unit ?? "",
      nameTextStyle: { color: t.ink3, align: "left" },
      ...valueLabels(t, withSuffix(d)),
    }),
    valueAxis(t, { min: 0, max: 100, interval: 25, splitLine: { show: false }, ...valueLabels(t, percent) }),
  ],
  tooltip: { valueFormatter: withSuffix(d) },
  series: [...paretoBars(d, t, element), cumulativeLine(d, t)],
});

const withSuffix = (d) => (value) => number(value) + (d.suffix ?? "");

function paretoBars(d, t, element) {
  if (d.stacks) {
    return d.stacks.map((stack, index) => ({
      name: stack.name,
      type: "bar",
      stack: "a",
      barMaxWidth: 44,
      data: stack.data,
      itemStyle: { color: stack.tone ? t[stack.tone] : t.categories[index] },
    }));
  }
  const last = d.values.length - 1;
  const colour = (index) => {
    if ((d.flag ?? []).includes(index)) return t.bad;
    return d.rest && index === last ? t.idle : t.categories[0];
  };
  const named = (index) => index < 2 || (d.rest && index === last);
  return [
    {
      name: d.name,
      type: "bar",
      barMaxWidth: 30,
      data: d.values.map((value, index) => ({
        value,
        itemStyle: { color: colour(index), borderRadius: [2, 2, 0, 0] },
      })),
      label: label(t, {
        show: !isPhone(element) && !d.nolabels,
        position: "top",
        formatter: (point) => (named(point.dataIndex) ? withSuffix(d)(point.value) : ""),
        color: t.ink,
      }),
    },
  ];
}

const cumulativeLine = (d, t) => ({
  name: say("cumulative", "Cumulative share"),
  type: "line",
  yAxisIndex: 1,
  data: d.cum,
  symbol: "circle",
  symbolSize: 5,
  lineStyle: { width: 1.5, color: t.ink2 },
  itemStyle: { color: t.ink2 },
  tooltip: { valueFormatter: percent },
});

/* Share of revenue against share of clients. {curve} */
types.lorenz = (d, t) => ({
  xAxis: valueAxis(t, { min: 0, max: 100, splitLine: { show: false }, ...valueLabels(t, percent) }),
  yAxis: valueAxis(t, { min: 0, max: 100, ...valueLabels(t, percent) }),
  tooltip: { valueFormatter: percent },
  series: [
    {
      name: say("equal", "Equal shares"),
      type: "line",
      data: [
        [0, 0],
        [100, 100],
      ],
      symbol: "none",
      lineStyle: { color: t.line2, type: [4, 4] },
    },
    {
      name: say("revenue", "Revenue"),
      type: "line",
      data: d.curve,
      symbol: "none",
      lineStyle: { width: 2, color: t.categories[0] },
      areaStyle: { color: t.categories[0], opacity: 0.08 },
    },
  ],
});

/* Bars on top of each other over time. {x, series: [{name, data, tone}], every, suffix, unit} */
types.stack = (d, t, element) => ({
  xAxis: categoryAxis(t, d.x, { axisLabel: { color: t.ink2, interval: isPhone(element) ? 5 : (d.every ?? "auto") } }),
  yAxis: valueAxis(t, valueLabels(t, withSuffix(d))),
  tooltip: { axisPointer: { type: "shadow" }, valueFormatter: withUnit(d.unit) },
  series: d.series.map((series, index) => ({
    name: series.name,
    type: "bar",
    stack: "s",
    data: series.data,
    barCategoryGap: "28%",
    itemStyle: {
      color: series.tone ? t[series.tone] : t.categories[index],
      borderRadius: index === d.series.length - 1 ? [2, 2, 0, 0] : 0,
    },
  })),
});

/* A trend with its 95 % interval; an NPS is never drawn without one. {x, y, lo, hi, n, min, max, step} */
types.trend = (d, t, element) => ({
  grid: frame({ right: 44 }),
  xAxis: categoryAxis(t, d.x, {
    boundaryGap: false,
    axisLine: { ...zeroLine, lineStyle: { color: t.line2 } },
    axisLabel: { color: t.ink2, interval: isPhone(element) && d.x.length > 4 ? 1 : 0, hideOverlap: false },
  }),
  yAxis: valueAxis(t, { min: d.min, max: d.max, interval: d.step, ...valueLabels(t, signed) }),
  tooltip: { formatter: (points) => trendWords(d, points[0].dataIndex) },
  series: [
    { type: "line", stack: "b", stackStrategy: "all", data: d.lo, ...hidden },
    {
      type: "line",
      stack: "b",
      stackStrategy: "all",
      data: d.hi.map((high, i) => high - d.lo[i]),
      ...hidden,
      areaStyle: { color: t.categories[0], opacity: 0.13 },
    },
    trendLine(d, t),
  ],
});

const trendWords = (d, i) =>
  `${d.x[i]}<br><b>${signed(d.y[i])}</b> &nbsp;${say("interval", "95% interval")} ${signed(d.lo[i])} … ${signed(d.hi[i])}<br>n = ${d.n[i]}`;

const trendLine = (d, t) => ({
  name: d.name ?? "NPS",
  type: "line",
  data: d.y,
  symbol: "circle",
  symbolSize: 6,
  lineStyle: { width: 2, color: t.categories[0] },
  itemStyle: { color: t.categories[0] },
  endLabel: label(t, {
    show: true,
    formatter: (point) => signed(d.y[point.dataIndex]),
    color: t.ink,
    fontWeight: 600,
    fontSize: 13,
  }),
  markLine: {
    symbol: "none",
    silent: true,
    data: [{ yAxis: 0 }],
    lineStyle: { color: t.line2, type: "solid" },
    label: { show: false },
  },
});

/* Answers from 0 to 10, coloured by group. {counts} */
types.nps = (d, t) => ({
  grid: frame({ left: 0, right: 0, top: 22, bottom: 8 }),
  xAxis: categoryAxis(
    t,
    d.counts.map((_, score) => score),
    { axisLabel: { color: t.ink2, interval: 0 } },
  ),
  yAxis: valueAxis(t, { show: false }),
  tooltip: { show: false },
  series: [
    {
      type: "bar",
      barCategoryGap: "18%",
      data: d.counts.map((value, score) => ({
        value,
        itemStyle: { color: npsColour(score, t), borderRadius: [2, 2, 0, 0] },
      })),
      label: label(t, { show: true, position: "top", color: t.ink, formatter: (point) => point.value || "" }),
    },
  ],
});

function npsColour(score, t) {
  if (score < 7) return t.bad;
  return score < 9 ? t.idle : t.ok;
}

/* The middle half and the median of groups. {labels, rows: [[p25, median, p75, n]], max, suffix, unit} */
types.range = (d, t) => ({
  grid: frame({ right: 60, top: 4 }),
  yAxis: categoryAxis(t, d.labels, {
    inverse: true,
    axisLine: { show: false },
    axisLabel: { color: t.ink, fontSize: 12 },
  }),
  xAxis: valueAxis(t, { min: 0, max: d.max, interval: d.max / 3, ...valueLabels(t, withSuffix(d)) }),
  tooltip: { trigger: "item", formatter: (point) => rangeWords(d, point.dataIndex) },
  series: [
    {
      type: "bar",
      stack: "r",
      data: d.rows.map((row) => row[0]),
      itemStyle: { color: "transparent" },
      barWidth: 12,
      silent: true,
    },
    {
      type: "bar",
      stack: "r",
      data: d.rows.map((row) => row[2] - row[0]),
      barWidth: 12,
      itemStyle: { color: t.gold, opacity: 0.32, borderRadius: 3 },
    },
    {
      type: "scatter",
      data: d.rows.map((row, index) => [row[1], index]),
      symbol: "rect",
      symbolSize: [3, 18],
      itemStyle: { color: t.gold },
      label: label(t, {
        show: true,
        position: "right",
        distance: 8,
        color: t.ink,
        fontWeight: 600,
        formatter: (point) => withSuffix(d)(d.rows[point.dataIndex][1]),
      }),
    },
  ],
});

function rangeWords(d, index) {
  const [low, median, high, n] = d.rows[index];
  const amount = withSuffix(d);
  return `${d.labels[index]}<br>${say("median", "median")} <b>${amount(median)}</b>, ${say("half", "middle half")} ${amount(low)} – ${amount(high)}<br>n = ${n}`;
}

/* Cash over the coming months, as it is and after a loss. {x, base, after, suffix} */
types.runway = (d, t) => ({
  grid: frame({ right: 12, top: 16 }),
  xAxis: categoryAxis(t, d.x, { boundaryGap: false, axisLine: { ...zeroLine, lineStyle: { color: t.line2 } } }),
  yAxis: valueAxis(t, valueLabels(t, withSuffix(d))),
  tooltip: { valueFormatter: withSuffix(d) },
  series: [
    {
      name: say("as_is", "As is"),
      type: "line",
      data: d.base,
      symbol: "none",
      lineStyle: { width: 1.5, color: t.idle, type: [4, 3] },
    },
    {
      name: say("after_loss", "After the loss"),
      type: "line",
      data: d.after,
      symbol: "none",
      lineStyle: { width: 2, color: t.bad },
      areaStyle: { color: t.bad, opacity: 0.07, origin: "start" },
      markLine: {
        symbol: "none",
        silent: true,
        data: [{ yAxis: 0 }],
        lineStyle: { color: t.ink3, type: "solid" },
        label: label(t, { formatter: say("cash_gone", "Cash gone"), position: "insideStartTop", color: t.badText }),
      },
    },
  ],
});
