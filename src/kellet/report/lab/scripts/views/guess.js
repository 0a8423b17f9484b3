// Guess first: what will be left is drawn by the visitor, and then by the law and by simulation over it.
{
  const LAST = 20, MOST = 150, REPLICATES = 500;
  const TIMES = Array.from({ length: 10 }, (_, i) => 2 * (i + 1));
  const HEIGHT = 260, LEFT = 54, RIGHT = 16, TOP = 12, BOTTOM = 40;
  let width = 640;
  const START = TIMES.map(() => 100);

  const questions = {
    nothing: {},
    one: { real: 1 },
    fixed: { real: 3, source: "fixed" },
    all: { regime: "accumulate" },
  };
  const fields = [
    { name: "question", kind: "choice", options: Object.keys(questions), value: "nothing" },
    { name: "guess", kind: "text", most: 40, value: "" },
    { name: "shown", kind: "switch", hidden: true, value: false },
  ];

  const loopOf = (question) => ({
    family: "normal", size: 10, real: 0, source: "fresh", regime: "replace", prior: 0, temperature: 1,
    generations: LAST, seed: 1, ...questions[question],
  });

  // Ten percentages joined by hyphens, as they stand in a link; flat where there is nothing, or nonsense.
  function read(text) {
    if (!/^\d{1,3}(-\d{1,3}){9}$/.test(text)) return [...START];
    return text.split("-").map((percent) => Math.min(MOST, Number(percent)));
  }

  const across = (t) => LEFT + (width - LEFT - RIGHT) * t / LAST;
  const down = (percent) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.min(percent, MOST) / MOST);

  function svg(name, attributes, ...inside) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...inside);
    return made;
  }

  const line = (times, shares) =>
    Array.from(times, (t, i) => `${across(t).toFixed(1)},${down(100 * shares[i]).toFixed(1)}`);

  function axes() {
    const parts = [];
    for (const percent of [0, 50, 100, 150]) {
      const y = down(percent);
      parts.push(svg("line", { x1: LEFT, x2: width - RIGHT, y1: y, y2: y, class: "grid" }));
      parts.push(svg("text", { x: LEFT - 8, y: y + 4, "text-anchor": "end" }, lab.percent(percent / 100)));
    }
    for (const t of [0, 5, 10, 15, 20]) {
      parts.push(svg("text", { x: across(t), y: HEIGHT - BOTTOM + 18, "text-anchor": "middle" }, lab.number(t)));
    }
    parts.push(
      svg("text", { x: (LEFT + width) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, lab.say("guess.generation")),
    );
    return svg("g", { "aria-hidden": "true" }, ...parts);
  }

  // The picture that is drawn on: {node, show(guess), reveal(law, found)}.  change(guess): it was drawn or moved.
  function pad(change) {
    let guess = [...START];
    const drawn = svg("polyline", { class: "guess-line" }), answer = svg("g", { class: "guess-answer" });
    const handles = TIMES.map((t, i) => svg("circle", {
      r: 9, cx: across(t), tabindex: 0, role: "slider", "aria-orientation": "vertical", "aria-valuemin": 0,
      "aria-valuemax": MOST, "aria-label": lab.say("guess.handle", { g: lab.number(t) }), "data-handle": i,
      class: "guess-handle",
    }));
    const room = { viewBox: `0 0 ${width} ${HEIGHT}`, class: "guess-pad", role: "group" };
    const node = svg("svg", room, axes(), answer, drawn, ...handles);

    function set(i, percent) {
      guess[i] = Math.max(0, Math.min(MOST, Math.round(percent)));
      show(guess);
      change(guess);
    }

    function draw(event) {
      const box = node.getBoundingClientRect();
      const x = (event.clientX - box.left) * width / box.width, y = (event.clientY - box.top) * HEIGHT / box.height;
      const t = LAST * (x - LEFT) / (width - LEFT - RIGHT);
      const i = Math.max(0, Math.min(TIMES.length - 1, Math.round(t / 2) - 1));
      set(i, MOST * (1 - (y - TOP) / (HEIGHT - TOP - BOTTOM)));
    }

    node.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      node.setPointerCapture(event.pointerId);
      draw(event);
    });
    node.addEventListener("pointermove", (event) => { if (node.hasPointerCapture(event.pointerId)) draw(event); });
    const keys = {
      ArrowUp: 5, ArrowRight: 5, ArrowDown: -5, ArrowLeft: -5, PageUp: 25, PageDown: -25, Home: -MOST, End: MOST,
    };
    handles.forEach((handle, i) => handle.addEventListener("keydown", (event) => {
      if (!(event.key in keys)) return;
      event.preventDefault();
      set(i, guess[i] + keys[event.key]);
    }));

    function show(next) {
      guess = [...next];
      const points = [`${across(0)},${down(100)}`, ...line(TIMES, guess.map((percent) => percent / 100))];
      drawn.setAttribute("points", points.join(" "));
      handles.forEach((handle, i) => {
        handle.setAttribute("cy", down(guess[i]));
        handle.setAttribute("aria-valuenow", guess[i]);
        handle.setAttribute("aria-valuetext", lab.percent(guess[i] / 100));
      });
    }

    function reveal(law, found) {
      const parts = [];
      if (law?.low) {
        const band = [...line(law.times, law.low), ...line(law.times, law.high).reverse()];
        parts.push(svg("polygon", { points: band.join(" "), class: "guess-band" }));
      }
      const add = (times, shares, name) =>
        parts.push(svg("polyline", { points: line(times, shares).join(" "), class: name }));
      for (const track of found?.tracks ?? []) add(found.times, track, "guess-track");
      if (law?.middle) add(law.times, law.middle, "guess-law");
      if (found) add(found.times, found.middle, "guess-simulated");
      answer.replaceChildren(...parts);
    }

    return { node, show, reveal };
  }

  const at = (found, t) => found.times.indexOf(t);

  // How far off the guess was: the mean of what it is off by, in percentage points, and where it lies.
  function judge(guess, typical) {
    const off = TIMES.map((t, i) => guess[i] - 100 * typical.middle[at(typical, t)]);
    const mean = off.reduce((sum, value) => sum + Math.abs(value), 0) / off.length;
    const way = off.reduce((sum, value) => sum + value, 0) / off.length;
    return { mean, verdict: mean < 5 ? "close" : way > mean / 2 ? "high" : way < -mean / 2 ? "low" : "both" };
  }

  function tabulate(table, guess, typical, found) {
    const heads = ["generation", "yours", "typical", "ninety", "simulated"].map((name) =>
      lab.element("th", { scope: "col" }, lab.say(`guess.${name}`)),
    );
    const rows = TIMES.map((t, i) => {
      const values = [lab.percent(guess[i] / 100)];
      if (typical) {
        const j = at(typical, t);
        values.push(lab.percent(typical.middle[j]), span(typical, j));
      }
      if (found) values.push(lab.percent(found.middle[at(found, t)]));
      return lab.element(
        "tr",
        {},
        lab.element("th", { scope: "row" }, lab.number(t)),
        ...values.map((value) => lab.element("td", {}, value)),
      );
    });
    const shown = typical ? (found ? 5 : 4) : 2;
    table.replaceChildren(
      lab.element("thead", {}, lab.element("tr", {}, ...heads.slice(0, shown))), lab.element("tbody", {}, ...rows),
    );
  }

  const span = ({ low, high }, j) => lab.say("page.between", { low: lab.percent(low[j]), high: lab.percent(high[j]) });

  function build(place, { change }) {
    let settings = null, guess = [...START], law = null, found = null;
    const asked = lab.element("p", { class: "guess-question" });
    const told = lab.element("p", { class: "guess-verdict", role: "status" }),
      why = lab.element("p", { class: "told" });
    const how = lab.element("span", { class: "told" }, lab.say("guess.how"));
    const key = lab.element("p", { class: "told" }, lab.say("guess.key"));
    const show = lab.element(
      "button",
      { type: "button", class: "big show", onclick: () => change("shown", true) },
      lab.say("guess.show"),
    );
    const again = lab.element(
      "button",
      { type: "button", class: "big again", onclick: () => lab.set({ shown: false, guess: "" }) },
      lab.say("guess.again"),
    );
    const next = lab.element(
      "button",
      { type: "button", class: "big next", onclick: () => lab.set({ shown: false, guess: "", question: after() }) },
      lab.say("guess.next"),
    );
    const table = lab.element("table");
    width = Math.max(300, Math.min(width, place.clientWidth || width));
    const canvas = pad((drawn) => change("guess", drawn.join("-")));
    const title = lab.element("div", { class: "chart-title", "aria-hidden": "true" }, lab.say("guess.left"));
    place.append(
      asked,
      lab.element("div", { class: "row" }, show, again, next, how),
      told,
      title,
      canvas.node,
      key,
      why,
      lab.element("details", { class: "numbers" }, lab.element("summary", {}, lab.say("page.numbers")), table),
    );
    const work = lab.line();
    const names = Object.keys(questions);
    const after = () => names[(names.indexOf(settings.question) + 1) % names.length];

    // The law where the middle loop's is known; else the simulated loops, once there are any.
    const typical = () => (law?.middle ? law : found);

    function tell() {
      told.textContent = why.textContent = "";
      const shown = settings.shown && typical();
      if (!shown) return;
      const { mean, verdict } = judge(guess, shown), j = at(shown, LAST);
      told.textContent = lab.say(`guess.verdict.${verdict}`, {
        off: lab.number(Math.round(mean)),
        yours: lab.percent(guess[guess.length - 1] / 100),
        left: lab.percent(shown.middle[j]),
        between: span(shown, j),
      });
      const kind = lab.say(`guess.kind.${shown === law ? law.kind.band : "simulated"}`);
      why.textContent = [
        lab.say(`guess.why.${settings.question}`),
        lab.say("guess.zero", { start: lab.percent(shown.middle[0]) }),
        kind,
      ].join(" ");
    }

    function draw(wanted) {
      const changed = settings?.question !== wanted.question || settings?.shown !== wanted.shown;
      settings = { ...wanted };
      guess = read(settings.guess);
      asked.textContent = lab.say(`guess.ask.${settings.question}`);
      show.hidden = how.hidden = settings.shown;
      again.hidden = next.hidden = key.hidden = !settings.shown;
      canvas.show(guess);
      canvas.node.setAttribute("aria-label", lab.say(settings.shown ? "guess.picture.answer" : "guess.picture.guess"));
      if (changed) {
        law = settings.shown ? lab.law(loopOf(settings.question)) : null;
        found = null;
        if (settings.shown) simulate();
        else work.drop();
      }
      answer();
    }

    function answer() {
      canvas.reveal(law, found);
      tell();
      tabulate(table, guess, settings.shown ? typical() : null, found);
    }

    function simulate() {
      work.ask("loop", { ...loopOf(settings.question), replicates: REPLICATES, tracks: 12 }, ({ value, error }) => {
        if (error) lab.note(lab.say("page.failed", { what: error }));
        if (!value) return;
        found = value;
        answer();
      });
    }

    return { draw, leave() { work.drop(); } };
  }

  const copy = ({ question }) => lab.views.loop.copy(loopOf(question));

  lab.views.guess = { fields, build, copy };
}
