"use strict";
// Charts are complete without this: it reads the numbers under a pointer from their lines, and lets keys hide arms.
(() => {
  const STEPS = 10;
  const hidden = new Set();
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  document.body.append(tip);

  const add = (parent, kind, text = "", name = "") => {
    const made = document.createElement(kind);
    made.textContent = text;
    if (name) made.className = name;
    parent.append(made);
    return made;
  };

  // Lines hold whole numbers: a point, and the way from each to the next.
  const readLine = (d) => d.split(/(?=[ML])/).map((part) => {
    const numbers = part.match(/-?\d+/g).map(Number);
    const points = [[numbers[0], numbers[1]]];
    for (let i = 2; i < numbers.length; i += 2) {
      const [x, y] = points[points.length - 1];
      points.push([x + numbers[i], y + numbers[i + 1]]);
    }
    return points;
  });
  const findHeight = (runs, x) => {
    for (const run of runs) {
      for (let i = 0; i < run.length; i++) {
        const [ax, ay] = run[i], [bx, by] = run[Math.min(i + 1, run.length - 1)];
        if (ax === x) return ay;
        if ((ax - x) * (bx - x) < 0) return ay + (by - ay) * (x - ax) / (bx - ax);
      }
    }
    return null;
  };
  const readArm = (group) => {
    const d = (kind) => group.querySelector("." + kind)?.getAttribute("d") ?? "";
    const found = (pattern, text) => [...text.matchAll(pattern)].map((one) => one.slice(1).map(Number));
    if (d("spots")) {
      const dots = found(/M(-?\d+) (-?\d+)/g, d("spots")), bars = found(/M-?\d+ (-?\d+)V(-?\d+)/g, d("bars"));
      return (x, near) => {
        const gaps = dots.map((dot) => Math.abs(dot[0] - x)), i = gaps.indexOf(Math.min(...gaps));
        return gaps[i] <= near ? [dots[i][1], ...(bars[i] ?? [])] : null;
      };
    }
    const line = d("line") ? readLine(d("line")) : [], band = d("band") ? readLine(d("band")) : [];
    const [high, low] = [0, 1].map((side) => band.filter((_, i) => i % 2 === side));
    return (x) => {
      const y = findHeight(line, x), ends = [findHeight(low, x), findHeight(high, x)];
      return y === null ? null : ends.includes(null) ? [y] : [y, ...ends];
    };
  };

  const write = (value, [low, high, logarithmic, share]) => {
    const scale = share ? 100 : 1, size = Math.abs(value * scale), unit = share ? " %" : "";
    const digits = logarithmic && Math.log10(high / low) > 6 ? 2 : 3;
    if (size >= 1e6 || (logarithmic && size < 1e-3)) {
      const [factor, power] = (value * scale).toExponential(digits - 1).split("e");
      return `${Number(factor)}×10${String(Number(power)).replace(/./g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)])}${unit}`;
    }
    const fraction = Math.min(8, Math.max(0, Math.ceil(-Math.log10((high - low) * scale / 1000))));
    const form = logarithmic ? { maximumSignificantDigits: digits } : { maximumFractionDigits: fraction };
    return (value * scale).toLocaleString("en", form).replace("-0", "0") + unit;
  };

  const mark = (arm, where = document) => {
    for (const group of where.querySelectorAll("g[data-arm]")) group.classList.toggle("near", group.dataset.arm === arm);
  };
  const hide = () => {
    tip.classList.remove("seen");
    document.querySelector(".rule")?.remove();
    mark(null);
  };

  const watch = (svg) => {
    const [xs, ys] = JSON.parse(svg.dataset.axes);
    const box = svg.querySelector("svg");
    const [left, top, width, height] = ["x", "y", "width", "height"].map((side) => Number(box.getAttribute(side)));
    const along = ([low, high, logarithmic], v) => logarithmic ? Math.log(v / low) / Math.log(high / low) : (v - low) / (high - low);
    const place = (v) => Math.round(along(xs, v) * width * STEPS);
    const stops = svg.dataset.at?.split(" ").map(Number) ?? Array.from({ length: xs[1] - xs[0] + 1 }, (_, i) => xs[0] + i);
    const groups = [...svg.querySelectorAll("g[data-arm][data-name]")];
    const rule = document.createElementNS("http://www.w3.org/2000/svg", "path");
    rule.setAttribute("class", "rule");
    let arms = null, at = stops.length - 1;

    const valueOf = (y) => {
      const share = 1 - y / (height * STEPS);
      const word = share <= -1 ? "under " : share >= 2 ? "over " : "";
      return word + write(ys[2] ? ys[0] * (ys[1] / ys[0]) ** share : ys[0] + (ys[1] - ys[0]) * share, ys);
    };
    const show = (k, pointer = NaN) => {
      hide();
      arms ??= groups.map(readArm);
      at = Math.min(Math.max(k, 0), stops.length - 1);
      const x = place(stops[at]);
      rule.setAttribute("d", `M${left + x / STEPS} ${top}v${height}`);
      svg.append(rule);
      tip.replaceChildren();
      add(tip, "b", `${svg.dataset.x} ${write(stops[at], xs)}`);
      const list = add(tip, "dl");
      let least = Infinity, nearest = null;
      groups.forEach((group, i) => {
        if (hidden.has(group.dataset.arm)) return;
        const found = arms[i](x, width * STEPS / 50);
        if (!found && !group.querySelector(".line")) return;
        const term = add(list, "dt");
        add(term, "span", "", "dot").style.background = group.getAttribute("stroke");
        term.append(group.dataset.name);
        const said = add(list, "dd", found ? valueOf(found[0]) : "nothing");
        if (found?.length > 1) add(said, "small", ` ${valueOf(found[1])} to ${valueOf(found[2])}`);
        const gap = found ? Math.abs(found[0] / STEPS - pointer) : Infinity;
        if (gap < least) [least, nearest] = [gap, group.dataset.arm];
      });
      for (const level of svg.querySelectorAll(".level")) {
        add(list, "dt", level.dataset.name, "small");
        add(list, "dd", level.dataset.told, "small");
      }
      mark(nearest, svg);
      tip.classList.add("seen");
      const line = rule.getBoundingClientRect(), own = tip.getBoundingClientRect();
      const right = line.right + 14, side = right + own.width < innerWidth ? right : line.left - 14 - own.width;
      tip.style.left = `${scrollX + Math.max(4, Math.min(side, innerWidth - own.width - 4))}px`;
      tip.style.top = `${scrollY + Math.max(4, Math.min(line.top, innerHeight - own.height - 4))}px`;
    };

    svg.tabIndex = 0;
    const follow = (event) => {
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      const gaps = stops.map((v) => Math.abs(place(v) / STEPS - (point.x - left)));
      show(gaps.indexOf(Math.min(...gaps)), point.y - top);
    };
    svg.addEventListener("pointermove", follow);
    svg.addEventListener("pointerdown", follow);
    svg.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") hide(); });
    svg.addEventListener("focus", () => { if (svg.matches(":focus-visible")) show(at); });
    svg.addEventListener("blur", hide);
    svg.addEventListener("keydown", (event) => {
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: stops.length - 1 }[event.key];
      if (event.key === "Escape") hide();
      if (to === undefined) return;
      event.preventDefault();
      show(to);
    });
  };

  for (const svg of document.querySelectorAll("svg.chart:has(svg)")) watch(svg);

  for (const entry of document.querySelectorAll(".key [data-arm]")) {
    const arm = entry.dataset.arm, button = document.createElement("button");
    button.type = "button";
    button.dataset.arm = arm;
    button.setAttribute("aria-pressed", "true");
    button.append(...entry.childNodes);
    entry.replaceWith(button);
    button.addEventListener("click", () => {
      if (!hidden.delete(arm)) hidden.add(arm);
      for (const other of document.querySelectorAll(".key button"))
        if (other.dataset.arm === arm) other.setAttribute("aria-pressed", String(!hidden.has(arm)));
      for (const group of document.querySelectorAll("svg.chart g[data-arm]"))
        if (group.dataset.arm === arm) group.classList.toggle("off", hidden.has(arm));
    });
    for (const [event, to] of [["pointerenter", arm], ["focus", arm], ["pointerleave", null], ["blur", null]])
      button.addEventListener(event, () => mark(to));
  }
})();
