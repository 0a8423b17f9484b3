// How much?: the number of real points that keeps what must be kept, and that more synthetic points don't change it.
{
  const LONG = 1e15, CAREFUL = 1000;
  const number = (least, whole = true) => ({ kind: "number", scale: "log", from: least, least, whole });
  const share = {
    kind: "number",
    from: 0.5,
    to: 0.99,
    whole: false,
    percent: true,
    value: 0.9,
    marks: [0.5, 0.9, 0.99],
  };
  const when = (goal) => ({ when: (now) => asked(now).goal === goal });
  const choice = (...options) => ({ kind: "choice", options, value: options[0] });
  const fields = [
    { name: "family", ...choice("normal", "bernoulli", "poisson", "exponential", "categories") },
    { name: "goal", ...choice("variance", "distance"), when: (now) => now.family !== "categories" },
    { name: "level", ...share, from: 0.05, to: 0.95, value: 0.8, marks: [0.5, 0.8, 0.9], ...when("variance") },
    { name: "confidence", ...share, ...when("variance") },
    { name: "distance", ...number(0.01, false), to: 1, value: 0.1, marks: [0.01, 0.1, 1], ...when("distance") },
    { name: "rare", ...number(1e-6, false), to: 0.1, value: 0.01, marks: [1e-6, 0.0001, 0.01], ...when("category") },
    { name: "chance", ...share, ...when("category") },
    { name: "horizon", ...choice("ever", "generations") },
    {
      name: "generations",
      ...number(1),
      to: 1e6,
      value: 100,
      marks: [10, 1000, 1e6],
      when: (now) => now.horizon !== "ever",
    },
    { name: "source", ...choice("fresh", "fixed", "bank") },
    { name: "bank", ...number(1), to: 1e6, value: 1000, marks: [10, 1000, 1e6], when: (now) => now.source === "bank" },
    { name: "size", ...number(100), to: 1e12, value: 1000, marks: [100, 1e6, 1e12] },
  ];

  // Of categories nothing but their being there is asked for.
  const asked = (settings) => (settings.family === "categories" ? { ...settings, goal: "category" } : settings);

  const formats = {
    variance: lab.percent,
    category: lab.percent,
    distance: (value) => lab.number(Number(value.toPrecision(2))),
  };
  const count = (value) => (value < 1e6 ? lab.number(Math.round(value)) : lab.number(value));

  function build(place) {
    const claim = lab.element("p", { class: "claim", "aria-live": "polite" });
    const facts = lab.element("p", { class: "told" }),
      kind = lab.element("p", { class: "told" });
    const keptPlace = lab.element("div", { class: "plan-kept" }),
      sizePlace = lab.element("div", { class: "plan-sizes" });
    place.append(
      claim,
      facts,
      lab.element("div", { class: "pair" }, keptPlace, sizePlace),
      kind,
      lab.element("p", { class: "told" }, lab.say("plan.unknown")),
    );
    const line = lab.line(),
      kept = {};
    let settings = null,
      plan = null,
      sizes = null,
      before = "";
    const draw = (where, xTitle, yTitle, format) =>
      lab.curves(where, {
        xTitle: lab.say(xTitle),
        yTitle: lab.say(yTitle),
        height: 260,
        format,
        xFormat: count,
        logX: true,
      });
    const bySize = draw(sizePlace, "plan.points", "plan.needed", count);

    // One chart a goal, since each has its own unit.
    function chart(goal) {
      if (!kept[goal]) {
        const node = lab.element("div", {});
        keptPlace.append(node);
        kept[goal] = { node, curve: draw(node, "plan.real", `plan.left.${goal}`, formats[goal]) };
      }
      for (const [name, one] of Object.entries(kept)) one.node.hidden = name !== goal;
      return kept[goal].curve;
    }

    // Of new real points a category needs the fewer, the more copies there are.
    const falls = () => settings.goal === "category" && settings.source !== "fixed";
    const flatness = () => (settings.horizon !== "ever" ? "generations" : falls() ? "fewer" : "ever");

    function say() {
      const { goal, source } = settings, format = formats[goal];
      const answer = plan.points === null ? "none" : { 0: "zero", 1: "one" }[plan.points] ?? "many";
      const values = {
        k: count(plan.points ?? plan.most), n: count(settings.size), level: format(plan.target), most: count(plan.most),
        kept: format(plan.kept), alone: format(plan.alone), best: format(plan.best), p: lab.number(settings.rare),
        chance: lab.percent(goal === "variance" ? settings.confidence : settings.chance), bank: count(settings.bank),
        generations: count(settings.generations), rest: count(settings.size - (plan.points ?? 0)),
        settles: count(Math.ceil(plan.settles)),
      };
      values.given = answer === "zero" ? "" : lab.say(`plan.given.${answer}.${source}`, values);
      values.goal = lab.say(`plan.goals.${goal}`, values);
      values.horizon = lab.say(`plan.horizons.${settings.horizon}`, values);
      claim.textContent = lab.say(`plan.answer.${answer}`, values);
      facts.textContent = [
        answer === "none" ? "" : lab.say("plan.rest", values),
        lab.say(`plan.zero.${goal}`, values),
      ].join(" ");
      const settled = settings.horizon === "ever" && plan.points && Number.isFinite(plan.settles);
      kind.textContent = [
        lab.say(`plan.flat.${flatness()}`),
        settled ? lab.say("plan.settling", values) : "",
        lab.say(`plan.kinds.${goal}.${plan.kind}`),
      ].join(" ");
    }

    function curves() {
      const { k, kept: values } = plan.curve, { goal } = settings;
      const shown = values.map((value) => Math.min(value, 1.5));
      chart(goal).set({
        x: k, range: [0, goal === "distance" ? Math.min(1.5, Math.max(...shown)) * 1.05 : 1.05],
        marker: plan.points || null, words: claim.textContent,
        lines: [
          { name: lab.say(`plan.left.${goal}`), values: shown, hue: 1 },
          { name: lab.say("plan.asked"), values: k.map(() => plan.target), hue: "real", dash: true, width: 1.5 },
        ],
      });
    }

    function flat() {
      if (!sizes) return;
      const values = Array.from(sizes.points, (value) => (Number.isNaN(value) ? null : value));
      const top = Math.max(4, ...values.filter((value) => value !== null), plan.points ?? 0);
      bySize.set({
        x: sizes.sizes, range: [0, top * 1.15], marker: settings.size, words: lab.say(`plan.flat.${flatness()}`),
        lines: [{ name: lab.say("plan.needed"), values, hue: 0 }],
      });
    }

    return {
      leave() { line.drop(); },
      draw(wanted) {
        settings = asked(wanted);
        plan = lab.plan(settings);
        say();
        curves();
        // The curve over the size is the same for every size.
        const { size, ...others } = settings, now = JSON.stringify(others);
        if (now === before) {
          flat();
          return;
        }
        before = now;
        line.ask("plan", settings, ({ value, error }) => {
          if (error) lab.note(lab.say("page.failed", { what: error }));
          if (!value) return;
          sizes = value;
          flat();
        });
      },
    };
  }

  const kinds = {
    normal: ["gaussian", "Gaussian()", "Normal()", ['kind = "normal"']],
    bernoulli: ["bernoulli", "Bernoulli()", "Bernoulli(0.3)", ['kind = "bernoulli"', "probability = 0.3"]],
    poisson: ["poisson", "Poisson()", "Poisson(3)", ['kind = "poisson"', "mean = 3.0"]],
    exponential: ["exponential", "Exponential()", "Exponential(1)", ['kind = "exponential"', "mean = 1.0"]],
    categories: ["categorical", "Categorical()", "Zipf(12, 1)", ['kind = "zipf"', "size = 12", "exponent = 1.0"]],
  };

  function copy(wanted) {
    const settings = asked(wanted), { goal, size, source, bank, level, confidence, rare } = settings;
    const [family, recipe, world] = kinds[settings.family], { points, most } = lab.plan(settings);
    const ever = settings.horizon === "ever", generations = ever ? LONG : settings.generations;
    const draw = source === "bank" ? `bank:/${bank}` : source;
    const k = points ?? most, anchor = source === "bank" ? `bank:${k}/${bank}` : `${source}:${k}`;
    const toml = describe(settings, k);
    if (goal === "variance") {
      return {
        command: [
          `cat > plan.toml <<'END'\n${toml}END`,
          `kellet plan plan.toml --keep variance=${level} --confidence ${confidence} --anchor ${draw} \\`,
          `  --generations ${generations} --theory`, "",
        ].join("\n"),
        python: [
          "import kellet", "from kellet import families, worlds", "",
          `plan = kellet.plan(world=worlds.${world}, family=families.${recipe}, size=${size},`,
          `                   generations=${generations}, keep={"variance": ${level}}, confidence=${confidence},`,
          `                   anchor="${draw}", theory_alone=True)`,
          "print(plan.sentence)", "",
        ].join("\n"),
        toml,
      };
    }
    const p = goal === "category" ? [` --p ${rare}`, `, p=[${rare}]`] : ["", ""];
    const then = ever ? ["", ""] : [` --generations ${generations}`, `, generations=${generations}`];
    const pyAnchor = { fresh: `Fresh(${k})`, fixed: `Fixed(${k})`, bank: `Bank(${k}, bank=${bank})` }[source];
    const fed = k ? [` --anchor ${anchor}`, `, anchor=kellet.${pyAnchor}`] : ["", ""];
    return {
      command: `kellet theory --family ${family} --size ${size}${fed[0]}${p[0]}${then[0]}\n`,
      python: [
        "import kellet", "from kellet import families", "",
        `print(kellet.theory(families.${recipe}, size=${size}${fed[1]}${p[1]}${then[1]}))`, "",
      ].join("\n"),
      toml,
    };
  }

  // An experiment that has the answer as an arm.
  function describe({ family, size, horizon, generations, source, bank }, k) {
    const anchor = [`draw = "${source}"`, `count = ${k}`, ...(source === "bank" ? [`bank = ${bank}`] : [])];
    return [
      `size = ${size}`,
      `generations = ${horizon === "ever" ? CAREFUL : Math.min(generations, CAREFUL)}`,
      "replicates = 500",
      "seed = 1",
      "",
      "[world]",
      ...kinds[family][3],
      "",
      "[family]",
      `kind = "${kinds[family][0]}"`,
      "",
      '[arms."nothing real"]',
      ...(k ? ["", '[arms."the answer".anchor]', ...anchor] : []),
      "",
    ].join("\n");
  }

  lab.views.plan = { fields, build, copy };
}
