// Plain lines over time, for shares that have no interval.

import { isPhone, frame, label, number, valueAxis, categoryAxis, valueLabels } from "./chart-parts.js";

/* {x, series: [{name, data}], suffix} */
export const lines = (d, t, element) => {
  const format = (value) => number(value) + (d.suffix ?? "");
  return {
    grid: frame({ right: 48 }),
    xAxis: categoryAxis(t, d.x, {
      boundaryGap: false,
      axisLabel: { color: t.ink2, interval: isPhone(element) ? 3 : 1, hideOverlap: true },
    }),
    yAxis: valueAxis(t, { min: 0, ...valueLabels(t, format) }),
    tooltip: { valueFormatter: format },
    series: d.series.map((series, index) => ({
      name: series.name,
      type: "line",
      data: series.data,
      symbol: "circle",
      symbolSize: 5,
      lineStyle: { width: 2, color: t.categories[index] },
      itemStyle: { color: t.categories[index] },
      endLabel: label(t, { show: true, formatter: (point) => format(point.value), color: t.ink, fontWeight: 600 }),
    })),
  };
};
