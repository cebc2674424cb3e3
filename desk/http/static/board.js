// Draws the charts of the board; what is pressed opens the list behind it.
"use strict";

const style = getComputedStyle(document.documentElement);
const colour = (name) => style.getPropertyValue(`--${name}`).trim();
const narrow = matchMedia("(max-width: 720px)").matches;

// A category axis is as wide as its longest name; Chinese characters are about 13 px.
const widest = (names) => Math.min(narrow ? 110 : 180, 16 + 13 * Math.max(...names.map((n) => String(n).length)));

// What does not fit is cut at its end; the whole name stands in the label of the bar.
function shortened(names) {
  const all = [...new Set(names)];
  const most = Math.floor((widest(all) - 16) / 13);
  const text = all.map((name) => (name.length > most ? `${name.slice(0, most - 1)}…` : name));
  return { tickmode: "array", tickvals: all, ticktext: text };
}

function trace(one, chart) {
  const made = {
    name: one.name, x: one.x, y: one.y, customdata: one.hrefs || [],
    marker: { color: colour(one.tone) },
    hovertemplate: chart.flat ? "%{y}：%{x}<extra>%{fullData.name}</extra>" : "%{x}：%{y}<extra>%{fullData.name}</extra>",
  };
  if (one.line) return { ...made, type: "scatter", mode: "lines", line: { color: colour(one.tone), width: 2 } };
  if (one.text) Object.assign(made, { text: one.text, textposition: "auto" });
  return { ...made, type: "bar", orientation: chart.flat ? "h" : "v" };
}

function layout(chart) {
  const names = chart.flat ? chart.traces.flatMap((one) => one.y) : [];
  const rows = new Set(names).size;
  const grid = { gridcolor: colour("line-soft"), zeroline: false, fixedrange: true, ticks: "outside", ticklen: 6, tickcolor: "rgba(0,0,0,0)" };
  const value = { ...grid, rangemode: "tozero", ...(chart.percent ? { range: [0, 100], ticksuffix: "%" } : {}) };
  const category = { ...grid, type: "category", showgrid: false, ...(chart.flat ? { autorange: "reversed", ...shortened(names) } : { nticks: narrow ? 6 : 12 }) };
  return {
    height: chart.flat ? Math.max(120, 80 + 28 * rows) : 280,
    margin: { l: chart.flat ? widest(names) : 40, r: 16, t: 8, b: 36 },
    barmode: chart.stacked ? "stack" : "group",
    showlegend: chart.traces.length > 1,
    legend: { traceorder: "normal", orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("text") },
    xaxis: chart.flat ? value : category,
    yaxis: chart.flat ? category : value,
    hoverlabel: { bgcolor: colour("panel"), font: { color: colour("text") } },
  };
}

const data = document.getElementById("charts");
if (data !== null) {
  for (const chart of JSON.parse(data.textContent)) {
    const place = document.querySelector(`[data-chart="${chart.key}"]`);
    if (place === null || chart.traces.length === 0) continue;
    const traces = chart.traces.map((one) => trace(one, chart));
    Plotly.newPlot(place, traces, layout(chart), { displayModeBar: false, responsive: true });
    place.on("plotly_click", (event) => {
      const href = event.points[0].customdata;
      if (typeof href === "string" && href.startsWith("/")) location.assign(href);
    });
  }
}
