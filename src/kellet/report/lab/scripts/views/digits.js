// Handwritten digits, generation after generation: a line of models that sees nothing real, and one that sees some.
{
  const ACROSS = 9, SIDE = 8, TILE = 40, GAP = 4;
  // An odd number: the median is then a whole number of digits.
  const REPLICATES = 15;
  const fields = [
    { name: "share", kind: "number", from: 0, to: 50, value: 10, marks: [0, 10, 25, 50] },
    {
      name: "size", kind: "number", scale: "log", from: 40, least: 40, to: 400, value: 100, marks: [50, 100, 200, 400],
    },
    { name: "components", kind: "number", from: 2, to: 20, value: 10, marks: [2, 10, 20] },
    { name: "generations", kind: "number", from: 10, to: 150, value: 100, marks: [20, 50, 100, 150] },
    { name: "seed", kind: "number", from: 1, to: 999, value: 7 },
    { name: "watched", kind: "choice", options: ["written", "spread"], value: "written" },
  ];
  const NAMES = Array.from("0123456789");

  // Pictures on a canvas, in the colour of the text, a little smoothed.
  function paint(canvas, pictures) {
    const tile = document.createElement("canvas"), pen = canvas.getContext("2d");
    tile.width = tile.height = SIDE;
    const small = tile.getContext("2d"), image = small.createImageData(SIDE, SIDE);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingQuality = "high";
    for (let i = 0; i < lab.digits.shown; i += 1) {
      for (let p = 0; p < SIDE * SIDE; p += 1) image.data[4 * p + 3] = pictures[i * SIDE * SIDE + p];
      small.putImageData(image, 0, 0);
      pen.drawImage(tile, (i % ACROSS) * (TILE + GAP), Math.floor(i / ACROSS) * (TILE + GAP), TILE, TILE);
    }
    pen.globalCompositeOperation = "source-in";
    pen.fillStyle = getComputedStyle(canvas).color;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.globalCompositeOperation = "source-over";
  }

  // One line of models: its pictures, and the digits, those that are lost struck out.
  function strip(place) {
    const title = lab.element("h3", {});
    const long = (tiles) => tiles * (TILE + GAP) - GAP;
    const canvas = lab.element("canvas", {
      class: "pictures", role: "img", width: long(ACROSS), height: long(lab.digits.shown / ACROSS),
    });
    const tally = lab.element("p", { class: "written" });
    place.append(lab.element("section", { class: "strip" }, title, canvas, tally));
    return {
      name(words) { title.textContent = words; },
      set({ counts, pictures }, g) {
        paint(canvas, pictures);
        const alive = NAMES.filter((_, digit) => lab.digits.isWritten(counts[digit], digit));
        const lost = NAMES.filter((name) => !alive.includes(name));
        const unreadable = lab.percent(1 - counts.reduce((sum, count) => sum + count, 0) / lab.digits.judged);
        tally.replaceChildren(
          lab.say("digits.still"), " ",
          ...NAMES.map((name) => lab.element(lost.includes(name) ? "s" : "b", {}, name)),
          lab.element("span", { class: "told" }, lab.say("digits.unreadable", { share: unreadable })));
        canvas.setAttribute("aria-label", lab.say(lost.length ? "digits.seen" : "digits.all", {
          title: title.textContent, g: lab.number(g), n: lab.digits.shown,
          alive: alive.join(", ") || "–", lost: lost.join(", "),
        }));
      },
    };
  }

  function build(place) {
    const claim = lab.element("p", { class: "claim", "aria-live": "polite" }, lab.say("digits.wait"));
    const strips = lab.element("div", { class: "strips" }), chartPlace = lab.element("div", {});
    const arms = [strip(strips), strip(strips)];
    const player = lab.player({ last: 100, show: look });
    const notes = [lab.say("digits.how", { share: lab.percent(lab.digits.doubted) }), lab.say("digits.chance")];
    place.append(
      claim, player.node, strips, chartPlace, ...notes.map((words) => lab.element("p", { class: "told" }, words)));
    const formats = { written: (value) => lab.number(value), spread: lab.percent };
    const charts = Object.fromEntries(Object.keys(formats).map((watched) => {
      const node = lab.element("div", {});
      chartPlace.append(node);
      return [watched, { node, curve: lab.curves(node, {
        xTitle: lab.say("digits.generation"), yTitle: lab.say(`digits.title_of.${watched}`),
        height: 220, format: formats[watched],
      }) }];
    }));
    const line = lab.line();
    let settings = null, asked = "", found = null;

    const names = () => [lab.say("digits.alone"), name(settings)];

    function look(g) {
      if (!found) return;
      arms.forEach((arm, a) => {
        const { looks } = found.arms[a], at = Math.min(g, looks.length - 1);
        arm.set(looks[at], at);
      });
      charts[settings.watched].curve.mark(g);
    }

    function tell() {
      const [alone, fed] = found.arms.map(({ written: { low, middle, high } }) => ({
        middle: lab.number(middle.at(-1)), low: lab.number(low.at(-1)), high: lab.number(high.at(-1)),
      }));
      const kind = `claim${found.replicates === 1 ? "_first" : ""}${lab.digits.count(settings) ? "" : "_none"}`;
      claim.textContent = lab.say(`digits.${kind}`, {
        most: lab.number(found.replicates - 2 * found.trimmed),
        g: lab.number(settings.generations), k: lab.number(lab.digits.count(settings)), n: lab.number(settings.size),
        loops: found.replicates,
        alone: alone.middle, alone_low: alone.low, alone_high: alone.high,
        fed: fed.middle, fed_low: fed.low, fed_high: fed.high,
      });
    }

    function show() {
      if (!found) return;
      arms.forEach((arm, a) => arm.name(names()[a]));
      curves();
      look(player.at);
    }

    function curves() {
      const { watched, generations } = settings;
      for (const [one, { node }] of Object.entries(charts)) node.hidden = one !== watched;
      const x = Float64Array.from({ length: generations + 1 }, (_, g) => g);
      const pad = (values) => Array.from(x, (_, g) => values[g] ?? null);
      const lines = found.arms.map((arm, a) => {
        const { low, middle, high } = arm[watched];
        return { name: names()[a], values: pad(middle), low: pad(low), high: pad(high), hue: a };
      });
      const real = Array.from(x, () => (watched === "written" ? NAMES.length : 1));
      lines.push({ name: lab.say("digits.real"), values: real, hue: "real", dash: true, width: 1.5 });
      const range = watched === "written" ? [0, 10.5] : [0, 1.1];
      charts[watched].curve.set({ x, lines, range, marker: player.at, words: claim.textContent });
    }

    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => look(player.at));

    return {
      player,
      leave() {
        player.pause();
        // What isn't finished is asked for again.
        if (found?.replicates !== REPLICATES) asked = "";
        line.drop();
      },
      draw(wanted) {
        settings = wanted;
        player.last(settings.generations);
        const { size, components, share, generations, seed } = settings;
        const wish = { size, components, share, generations, seed, replicates: REPLICATES };
        if (JSON.stringify(wish) === asked) {
          show();
          return;
        }
        asked = JSON.stringify(wish);
        found = null;
        claim.textContent = lab.say("digits.wait");
        line.ask("digits", wish, ({ value, done, error }) => {
          if (error) lab.note(lab.say("page.failed", { what: error }));
          if (!value) return;
          const first = !found?.replicates && value.replicates === 1;
          found = value;
          // Said once the first loop has ended and once all have, not each time that a curve moves.
          if (done || first) tell();
          show();
        });
      },
    };
  }

  const name = (settings) => lab.say(lab.digits.count(settings) ? "digits.fed" : "digits.fed_none", {
    k: lab.number(lab.digits.count(settings)), n: lab.number(settings.size),
  });

  // Kellet's preset with these settings; its own random numbers are others.
  function copy({ share, size, components, generations, seed }) {
    const learnt = { components, ...lab.digits.family }, part = share / 100;
    const told = Object.entries(learnt).map(([key, value]) => `${key}=${value}`);
    return {
      command: `kellet run digits --size ${size} --generations ${generations} --replicates ${REPLICATES} `
        + `--seed ${seed} --family mixture:${told.join(",")} --arm "alone=replace" `
        + `--arm "some real=replace+fresh:${share}%"\n`,
      python: `import kellet

experiment = kellet.Experiment(
    kellet.worlds.Digits(),
    kellet.families.Mixture(${told.join(", ")}),
    size=${size},
    arms={"alone": kellet.Arm(), "some real": kellet.Arm(anchor=kellet.Anchor(share=${part}))},
    generations=${generations}, replicates=${REPLICATES}, seed=${seed}, judged=${lab.digits.judged}, block=8,
)
print(kellet.run(experiment))
`,
      toml: `size = ${size}
generations = ${generations}
replicates = ${REPLICATES}
seed = ${seed}
judged = ${lab.digits.judged}
block = 8

[world]
kind = "digits"

[family]
kind = "mixture"
${told.join("\n").replaceAll("=", " = ")}

[arms.alone]

[arms."some real".anchor]
share = ${part || "0.0"}
`,
    };
  }

  lab.views.digits = { fields, build, copy };
}
