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
  const whole = ({ fading, people, ...settings }) => ({ ...settings, people: people / 100, halving: HALVING[fading] });

  // A row for each model, a dot for each rare word: full where it still writes it.
  function picture(place, names) {
    const box = lab.element("div", { class: "knowledge", role: "img" });
    place.append(box);
    let rows = [];
    const row = (name) => {
      const dots = names.map((word) => lab.element("i", { title: word }));
      box.append(lab.element("div", { class: "writer" }, lab.element("span", {}, name), lab.element("div", { class: "dots" }, ...dots)));
      return dots;
    };
    return {
      // known: arrays of 0 and 1, one a model after the other; null where nothing is known yet.
      set(writers, known, any, words) {
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
      },
    };
  }

  function build(place) {
    const names = lab.say("web.rare").split(", ");
    const claim = lab.element("p", { class: "claim", "aria-live": "polite" }), told = lab.element("p", { class: "told" });
    const only = lab.element("p", { class: "only" });
    const left = lab.element("div", {}), right = lab.element("div", {}), below = lab.element("div", {});
    let settings = null, law = null, found = null;
    const player = lab.player({ last: 10, show: look, speed: 1 });
    left.append(lab.element("div", { class: "chart-title" }, lab.say("web.picture")));
    place.append(claim, player.node, lab.element("div", { class: "pair" }, left, right), below, told);
    const draw = picture(left, names);
    left.append(only);
    const knowledge = lab.curves(right, { xTitle: lab.say("web.year"), yTitle: lab.say("web.known"), height: 240 });
    const diversity = lab.curves(below, { xTitle: lab.say("web.year"), yTitle: lab.say("web.diversity"), height: 150, format: (value) => `${(100 * value).toFixed(1)} %` });
    const line = lab.line();

    function look(year) {
      if (!law) return;
      knowledge.mark(year);
      diversity.mark(year);
      const { writers } = settings, known = found?.story[year] ?? null;
      const any = names.map((_, word) => (known && Array.from({ length: writers }, (__, i) => known[i * names.length + word]).some(Boolean) ? 1 : 0));
      const lost = known ? names.filter((_, word) => !any[word]) : [];
      only.textContent = known ? lab.say(lost.length ? "web.lost" : "web.kept", { n: lost.length, names: lost.join(", ") }) : "";
      draw.set(writers, known, any, only.textContent || lab.say("web.picture"));
      const values = {
        year: lab.number(year), n: names.length, fresh: lab.number(Math.round(law.fresh)), models: lab.number(writers), read: lab.percent(law.read[year]),
        one: found ? lab.number(Math.round(found.one.middle[year])) : "–", any: found ? lab.number(found.any.middle[year]) : "–",
        low: found ? lab.number(Math.round(found.one.low[year])) : "", high: found ? lab.number(Math.round(found.one.high[year])) : "",
        only: found ? lab.number(names.length - found.any.middle[year]) : "–",
      };
      claim.textContent = lab.say(found ? (writers === 1 ? "web.claim.one" : "web.claim.many") : "web.claim.none", values);
      told.textContent = lab.say("web.told", values);
    }

    function curves() {
      const x = law.within.map((_, year) => year), lines = [{ name: lab.say("web.fresh"), values: x.map(() => law.fresh), hue: "real", dash: true }];
      if (found) {
        lines.push({ name: lab.say("web.one"), values: found.one.middle, low: found.one.low, high: found.one.high, hue: 0 });
        if (settings.writers > 1) lines.push({ name: lab.say("web.any"), values: found.any.middle, low: found.any.low, high: found.any.high, hue: 2 });
      }
      knowledge.set({ x, lines, range: [0, names.length + 1], marker: player.at, words: claim.textContent });
      const exact = [
        { name: lab.say("web.zero"), values: x.map(() => law.zero), hue: "real", dash: true },
        { name: lab.say("web.within"), values: law.within, hue: 0 },
        { name: lab.say("web.together"), values: law.together, hue: 2 },
      ];
      diversity.set({ x, lines: exact, range: [Math.min(0.9, 0.98 * Math.min(...law.within)), 1.005], marker: player.at, words: lab.say("web.diversity") });
    }

    return {
      leave() { player.pause(); },
      draw(now) {
        const next = whole(now), again = JSON.stringify(next) !== JSON.stringify(settings);
        settings = next;
        law = lab.webLaw(settings);
        if (again) found = null;
        player.last(settings.years);
        look(player.at);
        curves();
        if (!again) return;
        line.ask("web", { ...settings, replicates: REPLICATES }, ({ value, error }) => {
          if (error) lab.note(lab.say("page.failed", { what: error }));
          if (!value) return;
          found = value;
          look(player.at);
          curves();
        });
      },
    };
  }

  function copy(settings) {
    const { writers, people, fading, pool, cure, size, years, seed } = settings;
    const window = { newest: 1, window: 3 }[pool], halving = people ? HALVING[fading] : 0;
    const says = halving ? `${people}% falling by half every ${halving} generations` : `${people}%`;
    const k = lab.roundEven(lab.web.read * size), file = [
      `size = ${size}`, `generations = ${years}`, `replicates = ${REPLICATES}`, `seed = ${seed}`, "", "[world]", 'kind = "zipf"', `size = ${lab.web.words}`,
      "", "[family]", 'kind = "categorical"', "", "[arms.web]", `writers = { model = { many = ${writers} } }`, "", "[arms.web.pool]", `humans = "${says}"`,
    ];
    const parts = [`humans=kellet.Humans(share=${people / 100}${halving ? `, halving=${halving}` : ""})`];
    if (window) {
      file.push(`window = ${window}`);
      parts.push(`window=${window}`);
    }
    if (cure === "filter") {
      file.push(`filter = { caught = ${lab.web.caught}, wrong = ${lab.web.wrong} }`);
      parts.push(`filter=kellet.Detector(caught=${lab.web.caught}, wrong=${lab.web.wrong})`);
    }
    if (cure === "vault") file.push("", "[arms.web.anchor]", 'draw = "bank"', `count = ${k}`, `bank = ${lab.web.vault}`);
    const anchor = cure === "vault" ? `, anchor=kellet.Bank(${k}, bank=${lab.web.vault})` : "";
    const python = [
      "import kellet", "from kellet import families, worlds", "", `pool = kellet.Pool(${parts.join(", ")})`,
      `web = kellet.Arm(pool=pool, writers={"model": kellet.Writer(many=${writers})}${anchor})`,
      `run = kellet.run(world=worlds.Zipf(${lab.web.words}), family=families.Categorical(), size=${size}, arms={"web": web},`,
      `                 generations=${years}, replicates=${REPLICATES}, seed=${seed})`, "print(run.answer().sentence)", "",
    ];
    return { command: `kellet run experiment.toml  # ${lab.say("web.save")}`, python: python.join("\n"), toml: `${file.join("\n")}\n` };
  }

  lab.views.web = { fields, build, copy };
}
