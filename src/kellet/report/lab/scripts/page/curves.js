// Curves, by uPlot; with a key that tells the values under the pointer, words for who doesn't see them, and a table.
{
  const all = lab.charts = new Set();
  const known = new Map();
  // A colour of the style sheet; asking costs more than drawing.
  function style(name) {
    if (!known.has(name)) known.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
    return known.get(name);
  }
  const HUES = ["--hue-bad", "--hue-good", "--hue-3", "--hue-4", "--hue-5", "--hue-6"];
  const paint = (hue) => (hue === "real" ? style("--real-line") : style(HUES[hue % HUES.length]));
  const ROWS = 9, LABEL = 60;

  // One chart.  set({x, lines: [{name, values, hue, dash, width, low, high, fill, faint}], log, range, marker, title,
  // words}): values: as long as x, null where there are none; low, high: the band's ends; words: what is seen, in a
  // sentence.
  lab.curves = function (
    place,
    { xTitle, yTitle, height = 300, format = lab.number, xFormat = lab.number, logX = false },
  ) {
    const box = lab.element("div", { class: "chart", role: "img" });
    const key = lab.element("div", { class: "chart-key", "aria-hidden": "true" });
    const table = lab.element("table");
    const numbers = lab.element(
      "details",
      { class: "numbers" },
      lab.element("summary", {}, lab.say("page.numbers")),
      table,
    );
    const title = lab.element("div", { class: "chart-title", "aria-hidden": "true" }, yTitle);
    place.append(title, box, key, numbers);
    let plot = null, shape = "", now = null;

    function ribbon(index, hue, faint) {
      return {
        series: [index + 2, index + 1],
        fill: `color-mix(in srgb, ${paint(hue)} ${faint ? 10 : 20}%, transparent)`,
      };
    }

    function layout(data) {
      const series = [{}], bands = [];
      for (const line of data.lines) {
        const look = {
          label: line.name,
          stroke: line.faint ? `color-mix(in srgb, ${paint(line.hue)} 35%, transparent)` : paint(line.hue),
          width: line.width ?? 2,
          dash: line.dash ? [6, 4] : undefined,
          points: { show: false },
        };
        if (line.fill) look.fill = `color-mix(in srgb, ${paint(line.hue)} ${line.fill}%, transparent)`;
        series.push(look);
        if (line.low) {
          bands.push(ribbon(series.length - 1, line.hue, line.faint));
          const end = { stroke: "transparent", width: 0, points: { show: false } };
          series.push(end, end);
        }
      }
      return { series, bands };
    }

    function marker(drawn) {
      if (now.marker === undefined || now.marker === null) return;
      const x = Math.round(drawn.valToPos(now.marker, "x", true));
      const { ctx, bbox } = drawn;
      ctx.save();
      ctx.strokeStyle = style("--ink");
      ctx.lineWidth = devicePixelRatio;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.restore();
    }

    function tell(index) {
      const at = index ?? now.x.length - 1;
      key.replaceChildren(lab.element("span", {}, `${xTitle} ${xFormat(now.x[at])}`));
      for (const line of now.lines) {
        if (!line.name) continue;
        const value = line.values[at];
        let words = value === null || value === undefined ? "–" : format(value);
        if (line.low && line.low[at] !== null && line.low[at] !== undefined) {
          words += ` (${lab.say("page.between", { low: format(line.low[at]), high: format(line.high[at]) })})`;
        }
        key.append(
          lab.element(
            "span",
            {},
            lab.element("i", { style: `background:${paint(line.hue)}`, class: line.dash ? "dash" : "" }),
            `${line.name}: ${words}`,
          ),
        );
      }
    }

    function list() {
      const lines = now.lines.filter((line) => line.name);
      const last = now.x.length - 1;
      const rows = [...new Set(Array.from({ length: ROWS }, (_, i) => Math.round(last * i / (ROWS - 1))))];
      table.replaceChildren(
        lab.element(
          "thead",
          {},
          lab.element(
            "tr",
            {},
            ...[xTitle, ...lines.map((line) => line.name)].map((name) => lab.element("th", { scope: "col" }, name)),
          ),
        ),
        lab.element(
          "tbody",
          {},
          ...rows.map((row) =>
            lab.element(
              "tr",
              {},
              lab.element("th", { scope: "row" }, xFormat(now.x[row])),
              ...lines.map((line) =>
                lab.element(
                  "td",
                  {},
                  line.values[row] === null || line.values[row] === undefined ? "–" : format(line.values[row]),
                ),
              ),
            ),
          ),
        ),
      );
    }

    function make() {
      plot?.destroy();
      const { series, bands } = layout(now);
      const axis = {
        stroke: style("--faint"),
        grid: { stroke: style("--line"), width: 1 },
        ticks: { stroke: style("--line"), width: 1 },
        font: "12px system-ui, sans-serif",
      };
      const range = () => now.range,
        y = now.log ? { distr: 3, range } : { range };
      plot = new uPlot(
        {
          width: Math.max(240, box.clientWidth),
          height,
          series,
          bands,
          legend: { show: false },
          scales: { x: { time: false, distr: logX ? 3 : 1 }, y },
          axes: [
            {
              ...axis,
              grid: { show: false },
              values: (drawn, ticks) => ticks.map((tick) => (isNamed(drawn, tick) ? xFormat(tick) : "")),
            },
            { ...axis, size: 68, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : format(tick))) },
          ],
          cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
          hooks: { draw: [marker], setCursor: [(drawn) => tell(drawn.cursor.idx)] },
        },
        columns(),
        box,
      );
    }

    // On a logarithmic axis only as many powers of ten are named as have room.
    function isNamed(drawn, tick) {
      if (tick === null || !logX) return tick !== null;
      const { min, max } = drawn.scales.x, step = Math.ceil(Math.log10(max / min) * LABEL / drawn.width);
      return Math.round(Math.log10(tick)) % Math.max(step, 1) === 0;
    }

    function columns() {
      const found = [now.x];
      for (const line of now.lines) {
        found.push(line.values);
        if (line.low) found.push(line.low, line.high);
      }
      return found;
    }

    const one = {
      set(data) {
        now = data;
        const looks = ({ hue, low, dash, width, fill, faint }) => [hue, Boolean(low), dash, width, fill, faint];
        const wanted = JSON.stringify([data.log, data.lines.map(looks)]);
        if (plot === null || wanted !== shape) {
          shape = wanted;
          make();
        } else plot.setData(columns());
        title.textContent = data.title ?? yTitle;
        box.setAttribute("aria-label", data.words ?? title.textContent);
        tell(null);
        if (numbers.open) list();
      },
      mark(x) {
        if (!now) return;
        now.marker = x;
        plot?.redraw(false, false);
      },
      again() { if (now && box.isConnected && box.clientWidth) make(); },
      get data() { return now; },
      get plot() { return plot; },
    };
    numbers.addEventListener("toggle", () => numbers.open && now && list());
    new ResizeObserver(() => {
      if (plot && box.clientWidth && Math.abs(plot.width - box.clientWidth) > 1)
        plot.setSize({ width: box.clientWidth, height });
    }).observe(box);
    all.add(one);
    return one;
  };

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    known.clear();
    for (const one of all) one.again();
  });
}
