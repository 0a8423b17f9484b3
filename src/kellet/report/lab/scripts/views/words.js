// A text, and what is left of its words when models learn from it and from each other.
{
  const LARGEST = 20e6, SMALL = 50000, LINK = 5000, SHADES = 6, NAMED = 12;
  const fields = [
    { name: "text", kind: "text", value: "", most: 2000 },
    { name: "real", kind: "number", from: 0, to: 100, value: 10, marks: [0, 1, 10, 50, 100] },
    { name: "size", kind: "number", scale: "log", from: 0, least: 100, to: 1e7, value: 0, marks: [0, 1000, 1e5, 1e7] },
    { name: "generations", kind: "number", from: 1, to: 100, value: 20, marks: [1, 5, 20, 100] },
    { name: "seed", kind: "number", from: 1, to: 999, value: 1 },
  ];
  // The text that is seen: what lab.jobs.count found in it, and which words are to be watched.
  let text = null, source = null, long = null;

  const sizeOf = (settings) => (settings.size ? Math.max(10, settings.size) : text.total);
  const whole = (settings) => {
    const size = sizeOf(settings);
    return { size, real: lab.roundEven(settings.real / 100 * size), generations: settings.generations, seed: settings.seed };
  };

  // The text in a column, each word by itself; show(generation) strikes out what is lost.
  function column(place, title) {
    const told = lab.element("p", { class: "count", "aria-live": "polite" });
    const passage = lab.element("div", { class: "passage", tabindex: "0", role: "group" });
    const heading = lab.element("h3", {}), spans = new Map();
    place.append(lab.element("div", {}, heading, told, passage));
    return {
      told,
      fill(settings) {
        heading.textContent = title(settings);
        passage.setAttribute("aria-label", heading.textContent);
      },
      read() {
        spans.clear();
        passage.replaceChildren(...text.pieces.flatMap(([between, spelled, word]) => {
          const span = lab.element("span", {}, spelled);
          if (!spans.has(word)) spans.set(word, []);
          spans.get(word).push(span);
          return [between, span];
        }));
      },
      show(chance, lost) {
        text.watch.forEach((word, i) => {
          const shade = Math.min(SHADES - 1, Math.floor((1 - chance(word)) * SHADES));
          const looks = `shade-${shade}${lost?.[i] === 0 ? " lost" : ""}`;
          for (const span of spans.get(word)) if (span.className !== looks) span.className = looks;
        });
      },
    };
  }

  // Where a text comes from: typed or pasted, dropped or opened.
  function reader(place, read) {
    const area = lab.element("textarea", { rows: 4, "aria-label": lab.say("words.paste"), placeholder: lab.say("words.paste"), spellcheck: "false" });
    const file = lab.element("input", { type: "file", "aria-label": lab.say("words.open") });
    let wait = 0;
    const take = (value) => {
      if (value.length > LARGEST) lab.note(lab.say("words.large", { most: LARGEST / 1e6 }));
      else read(value);
    };
    const open = async (opened) => {
      if (!opened) return;
      if (opened.size > LARGEST) lab.note(lab.say("words.large", { most: LARGEST / 1e6 }));
      else read(new Uint8Array(await opened.arrayBuffer()));
    };
    area.addEventListener("paste", (event) => {
      const pasted = event.clipboardData?.getData("text/plain") ?? "";
      if (pasted.length <= SMALL) return;
      // A field that holds so much would make every key slow.
      event.preventDefault();
      take(pasted);
    });
    area.addEventListener("input", () => {
      clearTimeout(wait);
      wait = setTimeout(() => take(area.value), 250);
    });
    file.addEventListener("change", () => { open(file.files[0]); file.value = ""; });
    const stage = place.closest("section") ?? place;
    stage.addEventListener("dragover", (event) => event.preventDefault());
    stage.addEventListener("drop", (event) => {
      event.preventDefault();
      const dropped = event.dataTransfer.files[0];
      if (dropped) open(dropped);
      else take(event.dataTransfer.getData("text/plain"));
    });
    const back = lab.element("button", { type: "button", class: "own-back", onclick: () => { area.value = ""; read(""); } }, lab.say("words.back"));
    const save = lab.element("button", { type: "button", class: "own-save", onclick: () => {
      const link = lab.element("a", { href: URL.createObjectURL(new Blob([source])), download: "text.txt" });
      link.click();
      URL.revokeObjectURL(link.href);
    } }, lab.say("words.keep"));
    place.append(lab.element("div", { class: "own" }, area, lab.element("div", { class: "row" }, file, back, save), lab.element("p", { class: "told" }, lab.say("words.private"))));
    return { show(value) { if (area.value !== value && document.activeElement !== area) area.value = value; } };
  }

  function build(place, { change }) {
    const claim = lab.element("p", { class: "claim", "aria-live": "polite" });
    const key = lab.element("p", { class: "told" });
    const pair = lab.element("div", { class: "texts" }), chartPlace = lab.element("div", {}), ownPlace = lab.element("div", {});
    let settings = null, wanted = null, laws = null, found = null;
    const player = lab.player({ last: 20, show: look, speed: 2 });
    place.append(claim, player.node, pair, key, chartPlace, ownPlace);
    const columns = [
      column(pair, () => lab.say("words.alone")),
      column(pair, () => lab.say("words.anchored", { share: wanted.real })),
    ];
    const chart = lab.curves(chartPlace, { xTitle: lab.say("words.generation"), yTitle: lab.say("words.left"), height: 220 });
    const line = lab.line();
    const own = reader(ownPlace, (given) => {
      const short = typeof given === "string" && given.length <= 2000 && new URLSearchParams({ given }).toString().length <= LINK;
      long = short ? null : given;
      if (short && given === wanted.text) lab.set({});
      else change("text", short ? given : "");
    });

    function took(result) {
      if (result.fault) {
        lab.note(lab.say(`words.fault.${result.fault}`));
        return false;
      }
      text = { ...result, watch: [...new Set(result.pieces.map(([, , word]) => word))] };
      for (const one of columns) one.read();
      settings = null;
      return true;
    }

    // Counts the words of a text: at once, or by and by where there are many.
    function count(given) {
      source = given;
      if (typeof given === "string" && given.length <= SMALL) {
        let step;
        const job = lab.jobs.count({ source: given });
        do step = job.next(); while (!step.done);
        return took(step.value);
      }
      line.ask("count", { source: given }, ({ value, done, error }) => {
        if (error) lab.note(lab.say("page.failed", { what: error }));
        else if (!done) lab.note(lab.say("words.reading", { share: lab.percent(value.read) }));
        else if (took(value)) lab.set({});
      });
      return false;
    }

    function look(generation) {
      if (!laws) return;
      chart.mark(generation);
      columns.forEach((one, i) => {
        const present = found && generation <= found.done ? found.present[i][generation] : null;
        one.show((word) => laws[i].chance(generation, word), present);
        const left = present ? found.left[i][generation] : laws[i].left[generation];
        const band = present && found.band?.[i], round = (value) => lab.number(Math.round(value));
        one.told.textContent = lab.say(band ? "words.between" : present ? "words.count" : "words.expected", {
          left: round(left), all: round(text.words.length), expected: round(laws[i].left[generation]),
          low: band ? round(band.low[generation]) : "", high: band ? round(band.high[generation]) : "",
        });
      });
      tell(generation);
    }

    function tell(generation) {
      const [alone, anchored] = laws.map((law, i) => (found && generation <= found.done ? found.left[i] : law.left)[generation] / text.words.length);
      claim.textContent = lab.say("words.claim", { g: lab.number(generation), lost: lab.percent(1 - alone), anchored: lab.percent(1 - anchored), share: wanted.real, zero: lab.percent(1 - laws[0].left[0] / text.words.length) });
      const gone = found && generation <= found.done ? text.watch.filter((_, i) => found.present[0][generation][i] === 0) : [];
      const error = Math.max(settings.size < 100 ? 0.8 : 0.2, settings.real ? 4.5 / settings.real : 0);
      key.textContent = [
        lab.say("words.key", { error: lab.number(error) }),
        gone.length ? lab.say("words.gone", { names: gone.slice(0, NAMED).map((word) => text.words[word]).join(", ") }) : "",
      ].join(" ");
    }

    function curves() {
      const names = [lab.say("words.alone"), lab.say("words.anchored", { share: wanted.real })];
      const lines = laws.map((law, i) => ({ name: lab.say("words.law", { name: names[i] }), values: law.left, hue: i, dash: true }));
      if (found) found.left.forEach((left, i) => lines.push({ name: names[i], values: Array.from(left, (one) => (one >= 0 ? one : null)), hue: i, low: found.band?.[i].low, high: found.band?.[i].high }));
      chart.set({ x: laws[0].left.map((_, t) => t), lines, range: [0, text.words.length * 1.03], marker: player.at, words: claim.textContent });
    }

    return {
      leave() { player.pause(); },
      draw(now) {
        wanted = now;
        own.show(now.text);
        const given = now.text || long || lab.strings.words.passage.join("\n\n");
        if (given !== source && !count(given)) return;
        const next = whole(now), again = JSON.stringify(next) !== JSON.stringify(settings);
        settings = next;
        for (const one of columns) one.fill(now);
        laws = [0, settings.real].map((real) => lab.wordsLaw({ ...settings, counts: text.counts, real }));
        if (again) found = null;
        player.last(settings.generations);
        look(player.at);
        curves();
        if (!again) return;
        line.ask("words", { ...settings, counts: text.counts, watch: text.watch }, ({ value, error }) => {
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
    const { size, real, generations, seed } = text ? whole(settings) : { ...settings, size: settings.size || 1000 };
    const name = `${settings.real} % real text`;
    const toml = [
      `size = ${size}`, `generations = ${generations}`, "replicates = 40", `seed = ${seed}`, "", "[world]", 'kind = "words"', 'path = "text.txt"',
      "", "[family]", 'kind = "categorical"', "", "[arms.alone]", "", `[arms."${name}".anchor]`, `count = ${real}`, "",
    ];
    const python = [
      "import kellet", "from kellet import families, worlds", "",
      `arms = {"alone": kellet.Arm(), "${name}": kellet.Arm(anchor=kellet.Fresh(${real}))}`,
      `run = kellet.run(world=worlds.Words("text.txt"), family=families.Categorical(), size=${size}, arms=arms,`,
      `                 generations=${generations}, replicates=40, seed=${seed})`, "print(run.answer().sentence)", "",
    ];
    return { command: `kellet run experiment.toml  # ${lab.say("words.save")}`, python: python.join("\n"), toml: toml.join("\n") };
  }

  lab.views.words = { fields, build, copy };
}
