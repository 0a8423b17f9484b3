// Several models that read what people and all of them wrote: which rare words each still knows, year by year.
{
  const REPLICATES = 200;
  const HALVING = { never: 0, slowly: 5, quickly: 2 };
  const fields = [
    { name: "writers", kind: "number", from: 1, to: 20, value: 5, marks: [1, 5, 20] },
    { name: "people", kind: "number", from: 0, to: 99, value: 30, marks: [0, 10, 50, 99] },
    { name: "fading", kind: "choice", options: Object.keys(HALVING), value: "quickly", when: (now) => now.people > 0 },
    { name: "pool", kind: "choice", options: ["newest", "window", "all"], value: "newest" },
    { name: "cure", kind: "choice", options: ["none", "vault", "filter"], value: "none" },
    { name: "size", kind: "number", scale: "log", from: 10, to: 10000, value: 300, marks: [10, 300, 10000] },
    { name: "years", kind: "number", from: 1, to: 50, value: 10, marks: [1, 10, 50] },
    { name: "seed", kind: "number", from: 1, to: 999, value: 1 },
  ];
  const whole = ({ fading, people, ...rest }) => ({ ...rest, people: people / 100, halving: HALVING[fading] });
  const round = (value) => lab.number(Math.round(value));

  // A row for each model, a dot for each rare word: full where the model can still write it.
  function picture(place, names) {
    const box = lab.element("div", { class: "knowledge", role: "img" });
    let rows = [];
    place.append(box);
    const row = (name) => {
      const dots = names.map((word) => lab.element("i", { title: word }));
      const head = lab.element("span", {}, name);
      box.append(lab.element("div", { class: "writer" }, head, lab.element("div", { class: "dots" }, ...dots)));
      return dots;
    };
    // known: 0 or 1 for each rare word, one model after the other, null where nothing is known yet; any: of all models.
    return (writers, known, any, words) => {
      if (rows.length !== writers + 1) {
        box.replaceChildren();
        rows = Array.from({ length: writers }, (_, i) => row(lab.say("web.model", { i: i + 1 })));
        rows.push(row(lab.say("web.any")));
      }
      rows.forEach((dots, i) => dots.forEach((dot, word) => {
        const here = known && (i < writers ? known[i * names.length + word] : any[word]);
        const looks = here ? "known" : known && !any[word] ? "gone" : "";
        if (dot.className !== looks) dot.className = looks;
      }));
      box.setAttribute("aria-label", words);
    };
  }

  function build(place) {
    const names = lab.say("web.rare").split(", ");
    const claim = lab.element("p", { class: "claim", "aria-live": "polite" });
    const told = lab.element("p", { class: "told" }), only = lab.element("p", { class: "only" });
    const left = lab.element("div", {}, lab.element("div", { class: "chart-title" }, lab.say("web.picture")));
    const right = lab.element("div", {}), below = lab.element("div", {});
    let settings = null, law = null, found = null;
    const player = lab.player({ last: 10, show: look, speed: 1, unit: "year" });
    place.append(claim, player.node, lab.element("div", { class: "pair" }, left, right), below, told);
    const draw = picture(left, names), line = lab.line();
    left.append(only);
    const knowledge = lab.curves(right, { xTitle: lab.say("web.year"), yTitle: lab.say("web.known"), height: 240 });
    const diversity = lab.curves(below, {
      xTitle: lab.say("web.year"), yTitle: lab.say("web.diversity"), height: 150,
      format: (value) => `${(100 * value).toFixed(1)} %`,
    });

    function look(year) {
      if (!law) return;
      const { writers } = settings, known = found?.story[year] ?? null;
      const any = names.map((_, word) => (known ?? []).some((one, i) => one && i % names.length === word));
      const lost = known ? names.filter((_, word) => !any[word]) : [];
      knowledge.mark(year);
      diversity.mark(year);
      const kind = lost.length ? "lost" : "kept";
      only.textContent = known ? lab.say(`web.${kind}`, { n: lost.length, names: lost.join(", ") }) : "";
      draw(writers, known, any, only.textContent || lab.say("web.picture"));
      const read = lab.percent(law.read[year]);
      const values = { year, n: names.length, fresh: round(law.fresh), models: writers, read };
      if (found) {
        const { one, any: all } = found;
        Object.assign(values, { one: round(one.middle[year]), low: round(one.low[year]), high: round(one.high[year]) });
        Object.assign(values, { any: all.middle[year], only: names.length - all.middle[year] });
      }
      claim.textContent = lab.say(`web.claim.${found ? (writers === 1 ? "one" : "many") : "none"}`, values);
      told.textContent = lab.say("web.told", values);
    }

    function curves() {
      const x = law.within.map((_, year) => year), none = x.map(() => null), all = (value) => x.map(() => value);
      const spread = (name, hue) => {
        const { low, middle, high } = found?.[name] ?? { low: none, middle: none, high: none };
        return { name: lab.say(`web.${name}`), values: middle, low, high, hue };
      };
      // Always as many lines, so that a chart is filled and not made anew.
      const counts = [
        { name: lab.say("web.fresh"), values: all(law.fresh), hue: "real", dash: true },
        spread("one", 0), spread("any", 2),
      ];
      const exact = [
        { name: lab.say("web.fresh"), values: all(law.zero), hue: "real", dash: true },
        { name: lab.say("web.within"), values: law.within, hue: 0 },
        { name: lab.say("web.any"), values: law.together, hue: 2 },
      ];
      const marker = player.at, floor = Math.min(0.9, 0.98 * Math.min(...law.within));
      knowledge.set({ x, lines: counts, range: [0, names.length + 1], marker, words: claim.textContent });
      diversity.set({ x, lines: exact, range: [floor, 1.005], marker, words: lab.say("web.diversity") });
    }

    function show() {
      look(player.at);
      curves();
    }

    return {
      player,
      leave() { player.pause(); },
      draw(now) {
        const next = whole(now), again = JSON.stringify(next) !== JSON.stringify(settings);
        settings = next;
        law = lab.webLaw(settings);
        if (again) found = null;
        player.last(settings.years);
        show();
        if (!again) return;
        line.ask("web", { ...settings, replicates: REPLICATES }, ({ value, error }) => {
          if (error) lab.note(lab.say("page.failed", { what: error }));
          if (!value) return;
          found = value;
          show();
        });
      },
    };
  }

  function copy(settings) {
    const { writers, people, fading, pool, cure, size, years, seed } = settings;
    const { caught, wrong, vault, read, words } = lab.web, k = lab.roundEven(read * size);
    const window = { newest: 1, window: 3 }[pool], halving = people ? HALVING[fading] : 0;
    const says = halving ? `${people}% falling by half every ${halving} generations` : `${people}%`;
    const file = [
      `size = ${size}`, `generations = ${years}`, `replicates = ${REPLICATES}`, `seed = ${seed}`, "",
      "[world]", 'kind = "zipf"', `size = ${words}`, "", "[family]", 'kind = "categorical"', "",
      "[arms.web]", `writers = { model = { many = ${writers} } }`, "", "[arms.web.pool]", `humans = "${says}"`,
    ];
    const parts = [`humans=kellet.Humans(share=${people / 100}${halving ? `, halving=${halving}` : ""})`];
    if (window) {
      file.push(`window = ${window}`);
      parts.push(`window=${window}`);
    }
    if (cure === "filter") {
      file.push(`filter = { caught = ${caught}, wrong = ${wrong} }`);
      parts.push(`filter=kellet.Detector(caught=${caught}, wrong=${wrong})`);
    }
    let anchor = "";
    if (cure === "vault") {
      file.push("", "[arms.web.anchor]", 'draw = "bank"', `count = ${k}`, `bank = ${vault}`);
      anchor = `, anchor=kellet.Bank(${k}, bank=${vault})`;
    }
    const python = [
      "import kellet", "from kellet import families, worlds", "", `pool = kellet.Pool(${parts.join(", ")})`,
      `web = kellet.Arm(pool=pool, writers={"model": kellet.Writer(many=${writers})}${anchor})`,
      `run = kellet.run(world=worlds.Zipf(${words}), family=families.Categorical(), size=${size}, arms={"web": web},`,
      `                 generations=${years}, replicates=${REPLICATES}, seed=${seed})`,
      "print(run.answer().sentence)", "",
    ];
    const command = `kellet run experiment.toml  # ${lab.say("web.save")}`;
    return { command, python: python.join("\n"), toml: `${file.join("\n")}\n` };
  }

  lab.views.web = { fields, build, copy };
}
