// One loop: the law at once, then the simulation; what the model writes, generation by generation.
{
  const GRID = 121;
  const REPLICATES = 500,
    TRACKS = 12;
  const fields = [
    {
      name: "family",
      kind: "choice",
      options: ["normal", "bernoulli", "poisson", "exponential", "categories"],
      value: "normal",
    },
    { name: "size", kind: "number", scale: "log", from: 1, to: 1e12, value: 20, marks: [10, 1000, 1e6, 1e9, 1e12] },
    { name: "real", kind: "number", scale: "log", from: 0, to: 10000, value: 0, marks: [0, 1, 100, 10000] },
    { name: "source", kind: "choice", options: ["fresh", "fixed"], value: "fresh", when: (now) => now.real > 0 },
    { name: "regime", kind: "choice", options: ["replace", "accumulate"], value: "replace" },
    { name: "prior", kind: "number", scale: "log", from: 0, to: 10000, value: 0, marks: [0, 1, 100, 10000] },
    {
      name: "temperature",
      kind: "number",
      from: 0.5,
      to: 1.5,
      whole: false,
      value: 1,
      marks: [0.5, 1, 1.5],
      when: (now) => now.family !== "poisson",
    },
    {
      name: "generations",
      kind: "number",
      scale: "log",
      from: 10,
      least: 10,
      to: 1000,
      value: 100,
      marks: [10, 100, 1000],
    },
    { name: "seed", kind: "number", from: 1, to: 999, value: 1 },
    { name: "steps", kind: "switch", value: false },
  ];

  // No more real points than points; counts that are written with a temperature are no Poisson law any more.
  const whole = (settings) => ({
    ...settings,
    real: Math.min(settings.real, settings.size),
    temperature: settings.family === "poisson" ? 1 : settings.temperature,
  });
  const anchored = (settings) => settings.real > 0 || settings.prior > 0 || settings.regime === "accumulate";

  // Where a density is drawn, and the truth there.
  const grids = {
    normal: Float64Array.from({ length: GRID }, (_, i) => -4 + 8 * i / (GRID - 1)),
    exponential: Float64Array.from({ length: GRID }, (_, i) => 6 * i / (GRID - 1)),
    poisson: Float64Array.from({ length: 13 }, (_, i) => i),
  };
  const densities = {
    normal:
      ({ mean, variance }) =>
      (x) =>
        variance > 0 ? Math.exp(-((x - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance) : 0,
    exponential:
      ({ mean }) =>
      (x) =>
        mean > 0 ? Math.exp(-x / mean) / mean : 0,
    poisson:
      ({ mean }) =>
      (x) => {
        if (!(mean > 0)) return x === 0 ? 1 : 0;
        let logarithm = x * Math.log(mean) - mean;
        for (let i = 2; i <= x; i += 1) logarithm -= Math.log(i);
        return Math.exp(logarithm);
      },
  };
  const truths = { normal: { mean: 0, variance: 1 }, exponential: { mean: 1 }, poisson: { mean: 3 } };

  // What the model of one generation writes, beside the truth.
  function distribution(place) {
    const rooms = {};
    const room = (family) => {
      if (rooms[family]) return rooms[family];
      const node = lab.element("div", {});
      place.append(node);
      if (densities[family]) {
        const chart = lab.curves(node, {
          xTitle: lab.say(`loop.values.${family}`),
          yTitle: lab.say("loop.density"),
          height: 300,
          format: (value) => lab.number(Number(value.toPrecision(2))),
        });
        const x = grids[family],
          truth = x.map(densities[family](truths[family]));
        const top = 1.9 * Math.max(...truth);
        rooms[family] = {
          node,
          set(now) {
            const values = now ? x.map(densities[family](now)).map((y) => Math.min(y, 2 * top)) : x.map(() => NaN);
            const lines = [
              { name: lab.say("loop.truth"), values: truth, hue: "real", fill: 25 },
              { name: now && lab.say("loop.model"), values, hue: 0, fill: 12 },
            ];
            chart.set({ x, lines, range: [0, top], words: lab.say("loop.shape") });
          },
        };
      } else {
        const names =
          family === "bernoulli" ? [lab.say("loop.yes"), lab.say("loop.no")] : lab.say("loop.categories").split(", ");
        const truth = lab.truth(family);
        const bars = lab.bars(node, names);
        rooms[family] = {
          node,
          set(now, final) {
            bars.set(truth, now && (family === "bernoulli" ? [now.p, 1 - now.p] : now.shares), final);
          },
        };
      }
      return rooms[family];
    };
    return (family, now, final) => {
      const here = room(family);
      for (const one of Object.values(rooms)) one.node.hidden = one !== here;
      here.set(now, final);
    };
  }

  function build(place, { change }) {
    const claim = lab.element("p", { class: "claim", "aria-live": "polite" });
    const more = lab.element("p", { class: "told" });
    const add = lab.element("button", {
      type: "button",
      class: "big add",
      onclick: () => {
        change("real", settings.real + 1);
        player.to(0);
        player.play();
      },
    });
    const free = lab.element(
      "button",
      { type: "button", class: "big free", onclick: () => change("real", 0) },
      lab.say("loop.without"),
    );
    const chartPlace = lab.element("div", {}),
      shapePlace = lab.element("div", { class: "shape" });
    let settings = null,
      law = null,
      alone = null,
      found = null;
    const player = lab.player({ last: 100, show: look });
    place.append(
      claim,
      lab.element("div", { class: "row" }, player.node, add, free),
      lab.element("div", { class: "pair" }, chartPlace, shapePlace),
      more,
    );
    const chart = lab.curves(chartPlace, {
      xTitle: lab.say("loop.generation"),
      yTitle: lab.say("loop.left"),
      height: 300,
      format: (value) => format(value),
    });
    const draw = distribution(shapePlace);
    const line = lab.line();
    const format = (value) =>
      settings.family === "categories" ? lab.number(Number(value.toPrecision(3))) : lab.percent(value);

    // Always as many lines, so that a chart is filled and not made anew; a line without a name is not in the key.
    function curves() {
      const none = Array.from(law.times, () => null),
        line = (name, values) => ({ name: values && name, values: values ?? none });
      const kind = law.middle ? law.kind.band : "expected",
        band = law.low ? null : found;
      const lines = [
        {
          ...line(lab.say("loop.alone"), alone && (alone.middle ?? alone.expected)),
          hue: "real",
          width: 1.5,
          dash: true,
        },
        {
          ...line(lab.say(`loop.law.${kind}`), law.middle ?? law.expected),
          hue: 1,
          dash: true,
          low: law.low ?? none,
          high: law.high ?? none,
        },
        ...Array.from({ length: TRACKS }, (_, i) => ({
          values: found?.tracks[i] ?? none,
          hue: 0,
          width: 1,
          faint: true,
        })),
        {
          ...line(lab.say("loop.simulated", { n: lab.number(found?.replicates ?? 0) }), found?.middle),
          hue: 0,
          low: band?.low ?? none,
          high: band?.high ?? none,
        },
      ];
      const highest = (values) => values.reduce((most, value) => (value > most && value < Infinity ? value : most), 0);
      const seen = lines.flatMap(({ values, high }) => [values, high ?? none]);
      const birds = settings.family === "categories";
      const top = birds ? 12.5 : Math.min(1.02 * Math.max(1.05, ...seen.map(highest)), 2.5);
      chart.set({
        x: law.times,
        lines,
        log: settings.steps,
        range: settings.steps ? [1e-6, Math.max(2, top)] : [0, top],
        marker: law.times[place_of(player.at)],
        title: lab.say(birds ? "loop.birds" : "loop.left"),
        words: claim.textContent,
      });
    }

    const place_of = (g) =>
      law.times.reduce((best, time, i) => (Math.abs(time - g) < Math.abs(law.times[best] - g) ? i : best), 0);

    function look(g) {
      if (!law) return;
      const i = place_of(g);
      chart.mark(law.times[i]);
      draw(settings.family, found?.story[i] ?? null, !anchored(settings));
    }

    function feed() {
      if (settings.real) return settings.real === 1 ? "one" : "many";
      return settings.regime === "accumulate" ? "all" : settings.prior ? "prior" : "alone";
    }

    // By the law where it is exact, by the simulation where it is not.
    function tell() {
      const last = law.times.length - 1, birds = settings.family === "categories";
      const from = law.kind.band === "exact" || !found ? law : found, values = from.middle ?? from.expected;
      const known = law.middle || law.expected ? "" : lab.say("loop.unknown");
      claim.textContent = known;
      more.textContent = known;
      if (!values) return;
      const half = birds || !from.middle ? -1 : from.middle.findIndex((value) => value < 0.5);
      const told = {
        left: format(values[last]),
        g: lab.number(law.times[last]),
        k: lab.number(settings.real),
        low: from.low && format(from.low[last]),
        high: from.low && format(from.high[last]),
        half: lab.number(law.times[half] ?? 0),
      };
      const claimed = `loop.claim.${from.low ? "" : "expected_"}${birds ? "categories" : "share"}`;
      claim.textContent = `${lab.say(`loop.fed.${feed()}`, told)} ${lab.say(claimed, told)}`;
      if (!known && half > 0) more.textContent = lab.say("loop.more.half", told);
      else if (!known && half < 0 && from.middle && !birds) more.textContent = lab.say("loop.more.kept", told);
    }

    return {
      player,
      leave() { player.pause(); },
      draw(wanted) {
        const again = JSON.stringify(whole(wanted)) !== JSON.stringify(settings);
        settings = whole(wanted);
        add.textContent = lab.say(settings.real ? "loop.another" : "loop.add");
        free.hidden = settings.real === 0;
        law = lab.law(settings);
        alone = anchored(settings) ? lab.law({ ...settings, real: 0, prior: 0, regime: "replace" }) : null;
        if (again) found = null;
        player.last(settings.generations);
        tell();
        curves();
        look(player.at);
        if (!again) return;
        line.ask("loop", { ...settings, replicates: REPLICATES, tracks: TRACKS }, ({ value, error }) => {
          if (error) lab.note(lab.say("page.failed", { what: error }));
          if (!value) return;
          found = value;
          tell();
          curves();
          look(player.at);
        });
      },
    };
  }

  const KELLET = {
    normal: { world: ["normal", "mean = 0.0\nvariance = 1.0", "Normal()"], family: ["gaussian", "Gaussian()"] },
    bernoulli: { world: ["bernoulli", "probability = 0.3", "Bernoulli(0.3)"], family: ["bernoulli", "Bernoulli()"] },
    poisson: { world: ["poisson", "mean = 3.0", "Poisson(3)"], family: ["poisson", "Poisson()"] },
    exponential: { world: ["exponential", "mean = 1.0", "Exponential(1)"], family: ["exponential", "Exponential()"] },
    categories: {
      world: ["zipf", "size = 12\nexponent = 1.0", "Zipf(12, 1)"],
      family: ["categorical", "Categorical()"],
    },
  };

  // The law as a command where it has one, and the run as Python and as a file.
  function copy(wanted) {
    const settings = whole(wanted);
    const { world, family } = KELLET[settings.family];
    const { size, real, source, regime, prior, temperature, generations, seed } = settings;
    const asked = ["kellet theory", `--family ${family[0]}`, `--size ${size}`];
    if (real) asked.push(`--anchor ${source}:${real}`);
    if (prior) asked.push(`--prior ${prior}`);
    if (temperature !== 1) asked.push(`--curation temperature:${temperature}`);
    asked.push(`--generations ${generations}`);
    const arm = [`kellet.${regime === "replace" ? "Replace" : "Accumulate"}()`];
    const file = [
      `size = ${size}`,
      `generations = ${generations}`,
      `replicates = ${REPLICATES}`,
      `seed = ${seed}`,
      "",
      "[world]",
      `kind = "${world[0]}"`,
      world[1],
      "",
      "[family]",
      `kind = "${family[0]}"`,
      "",
      "[arms.mine.regime]",
      `kind = "${regime}"`,
    ];
    if (real) {
      arm.push(`anchor=kellet.${source === "fresh" ? "Fresh" : "Fixed"}(${real})`);
      file.push("", "[arms.mine.anchor]", `draw = "${source}"`, `count = ${real}`);
    }
    if (prior) {
      arm.push(`prior=kellet.Prior(${prior})`);
      file.push("", "[arms.mine.prior]", `strength = ${prior}`);
    }
    if (temperature !== 1) {
      arm.push(`curation=kellet.curation.Temperature(${temperature})`);
      file.push("", "[arms.mine.curation]", 'kind = "temperature"', `tau = ${temperature}`);
    }
    const python = [
      "import kellet", "from kellet import families, worlds", "",
      `mine = kellet.Arm(${arm.join(", ")})`,
      `run = kellet.run(world=worlds.${world[2]}, family=families.${family[1]}, size=${size}, arms={"mine": mine},`,
      `                 generations=${generations}, replicates=${REPLICATES}, seed=${seed})`,
      "print(run.answer().sentence)", "",
    ];
    const run = `kellet run experiment.toml  # ${lab.say("loop.save")}`;
    const command = regime === "replace" ? `${asked.join(" ")}\n${run}` : run;
    return { command, python: python.join("\n"), toml: `${file.join("\n")}\n` };
  }

  lab.views.loop = { fields, build, copy };
}
