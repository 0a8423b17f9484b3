"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const config = {
    background: "transparent", font: "system-ui, sans-serif", view: { stroke: null },
    axis: { labelColor: "currentColor", titleColor: "currentColor", domainColor: "#8886", tickColor: "#8886",
            gridColor: "#8883", labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", labelOpacity: 0.75 },
  };
  // Rows from columns: the page holds each number once.
  const rows = (columns) => columns.flatMap((column) => data.times.map((g, k) => {
    const row = { g, arm: data.arms[column.i] };
    for (const [name, values] of Object.entries(column)) row[name] = Array.isArray(values) ? values[k] : values;
    return row;
  }));
  const draw = (place) => {
    if (place.dataset.drawn) return;
    place.dataset.drawn = "yes";
    const { spec, columns } = data.charts[place.id];
    const whole = { ...spec, datasets: { rows: rows(columns) }, config, autosize: { type: "fit-x", contains: "padding" } };
    vegaEmbed(place, whole, { actions: false, renderer: "svg", ast: true, mode: "vega-lite" });
  };
  for (const place of document.querySelectorAll("[data-curve]")) {
    const fold = place.closest("details");
    if (fold && !fold.open) fold.addEventListener("toggle", () => fold.open && draw(place));
    else draw(place);
  }
})();
