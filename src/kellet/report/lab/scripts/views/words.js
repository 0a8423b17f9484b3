// A text, and what is left of its words when models learn from it and from each other.
{
  const LARGEST = 20e6, SMALL = 50000, LINK = 5000, SHADES = 6, NAMED = 12;
  const fields = [
    { name: "text", kind: "text", value: "", most: 2000 },
    { name: "real", kind: "number", from: 0, to: 100, value: 10, marks: [0, 10, 50, 100] },
    { name: "size", kind: "number", scale: "log", from: 0, least: 100, to: 1e7, value: 0, marks: [0, 1000, 1e5, 1e7] },
    { name: "generations", kind: "number", from: 1, to: 100, value: 20, marks: [5, 20, 100] },
    { name: "seed", kind: "number", from: 1, to: 999, value: 1 },
  ];
  // What is seen: a text, and what lab.jobs.count found in it; long: a text that is too long for a link.
  let source = null, text = null, long = null;

  const whole = (settings) => {
    const size = settings.size ? Math.max(10, settings.size) : text.total;
    const real = lab.roundEven(settings.real / 100 * size);
    return { size, real, generations: settings.generations, seed: settings.seed };
  };
  const round = (value) => lab.number(Math.round(value));

  // The text in a column, each word by itself.
  function column(place) {
    const heading = lab.element("h3", {}), told = lab.element("p", { class: "count" });
    const passage = lab.element("div", { class: "passage", tabindex: "0", role: "group" }), spans = new Map();
    place.append(lab.element("div", {}, heading, told, passage));
    return {
      told,
      name(title) {
        heading.textContent = title;
        passage.setAttribute("aria-label", title);
      },
      read() {
        spans.clear();
        // Paragraphs, so that only those that are seen are laid out again.
        const parts = [lab.element("div", {})];
        for (const [between, spelled, word] of text.pieces) {
          const end = between.lastIndexOf("\n") + 1, span = lab.element("span", {}, spelled);
          if (end) {
            parts.at(-1).append(between.slice(0, end));
            parts.push(lab.element("div", {}));
          }
          parts.at(-1).append(between.slice(end), span);
          if (!spans.has(word)) spans.set(word, []);
          spans.get(word).push(span);
        }
        passage.replaceChildren(...parts);
      },
      // chance: of each word to be left; present: of those that are watched, 1 where one is; null where none is known.
      show(chance, present) {
        text.watch.forEach((word, i) => {
          const shade = Math.min(SHADES - 1, Math.floor((1 - chance(word)) * SHADES));
          const looks = `shade-${shade}${present?.[i] === 0 ? " lost" : ""}`;
          for (const span of spans.get(word)) if (span.className !== looks) span.className = looks;
        });
      },
    };
  }

  // A file to open, or to drop anywhere on the view.
  function opener(place, read) {
    const file = lab.element("input", { type: "file", "aria-label": lab.say("words.open") });
    const open = async (opened) => {
      if (!opened) return;
      if (opened.size > LARGEST) lab.note(lab.say("words.large", { most: LARGEST / 1e6 }));
      else read(new Uint8Array(await opened.arrayBuffer()));
    };
    file.addEventListener("change", async () => {
      await open(file.files[0]);
      file.value = "";
    });
    const stage = place.closest("section");
    stage.addEventListener("dragover", (event) => event.preventDefault());
    stage.addEventListener("drop", (event) => {
      event.preventDefault();
      const dropped = event.dataTransfer.files[0];
      if (dropped) open(dropped);
      else read(event.dataTransfer.getData("text/plain"));
    });
    return file;
  }

  // Where a text comes from: typed or pasted, dropped or opened; and where it goes, as a file for Kellet.
  function reader(place, take) {
    const area = lab.element("textarea", {
      rows: 4, "aria-label": lab.say("words.paste"), placeholder: lab.say("words.paste"), spellcheck: "false",
    });
    let wait = 0;
    const read = (given) => {
      if (given.length > LARGEST) lab.note(lab.say("words.large", { most: LARGEST / 1e6 }));
      else take(given);
    };
    area.addEventListener("paste", (event) => {
      const pasted = event.clipboardData?.getData("text/plain") ?? "";
      if (pasted.length <= SMALL) return;
      // A field that holds so much would make every key slow.
      event.preventDefault();
      read(pasted);
    });
    area.addEventListener("input", () => {
      clearTimeout(wait);
      wait = setTimeout(() => read(area.value), 250);
    });
    const button = (name, onclick) => {
      return lab.element("button", { type: "button", class: `own-${name}`, onclick }, lab.say(`words.${name}`));
    };
    const back = button("back", () => read("")), save = button("keep", () => {
      const link = lab.element("a", { href: URL.createObjectURL(new Blob([source])), download: "text.txt" });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
    const row = lab.element("div", { class: "row" }, opener(place, read), back, save);
    const told = lab.element("p", { class: "told" }, lab.say("words.private"));
    place.append(lab.element("div", { class: "own" }, area, row, told));
    return { show(given) { if (area.value !== given && document.activeElement !== area) area.value = given; } };
  }

  // Counts the words of a text, at once or by and by where there are many: took(what was found).
  function count(line, given, took) {
    source = given;
    if (typeof given === "string" && given.length <= SMALL) {
      const job = lab.jobs.count({ source: given });
      let step;
      do step = job.next(); while (!step.done);
      took(step.value);
      return;
    }
    line.ask("count", { source: given }, ({ value, done, error }) => {
      if (error) lab.note(lab.say("page.failed", { what: error }));
      else if (!done) lab.note(lab.say("words.reading", { share: lab.percent(value.read) }));
      else if (took(value)) lab.set({});
    });
  }

  // How many words are left, by generation: expected and in the simulation.
  function draw(chart, laws, found, marker, words) {
    const x = laws[0].left.map((_, t) => t), none = Array.from(x, () => null);
    const names = [lab.say("words.alone"), lab.say("words.fed")];
    const lines = laws.map(({ left }, i) => {
      return { name: lab.say("words.law", { name: names[i] }), values: left, hue: i, dash: true };
    });
    // Always as many lines, so that a chart is filled and not made anew.
    names.forEach((name, i) => lines.push({
      name, values: found ? Array.from(found.left[i], (one) => (one >= 0 ? one : null)) : none, hue: i,
      low: found?.band?.[i].low ?? none, high: found?.band?.[i].high ?? none,
    }));
    chart.set({ x, lines, range: [0, text.words.length * 1.03], marker, words });
  }

  function build(place, { change }) {
    const claim = lab.element("p", { class: "claim", "aria-live": "polite" });
    const key = lab.element("p", { class: "told" });
    const pair = lab.element("div", { class: "texts" }), curves = lab.element("div", {}), own = lab.element("div", {});
    let settings = null, share = 0, laws = null, found = null, pending = 0;
    const player = lab.player({ last: 20, show: look, speed: 2 });
    place.append(claim, player.node, pair, own, key, curves);
    const columns = [column(pair), column(pair)], reading = lab.line(), line = lab.line();
    const titles = { xTitle: lab.say("words.generation"), yTitle: lab.say("words.left") };
    const chart = lab.curves(curves, { ...titles, height: 220 });
    const area = reader(own, (given) => {
      const short = typeof given === "string" && given.length <= 2000
        && new URLSearchParams({ given }).toString().length <= LINK;
      long = short ? null : given;
      change("text", short ? given : "");
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

    function look(generation) {
      if (!laws) return;
      const known = found && generation <= found.done, all = text.words.length;
      chart.mark(generation);
      // Counts and curves at once; a long text takes a frame of its own to be laid out.
      cancelAnimationFrame(pending);
      pending = requestAnimationFrame(() => columns.forEach((one, i) => {
        one.show((word) => laws[i].chance(generation, word), known ? found.present[i][generation] : null);
      }));
      const lost = columns.map((one, i) => {
        const band = known && found.band?.[i], expected = laws[i].left[generation];
        const left = known ? found.left[i][generation] : expected;
        one.told.textContent = lab.say(band ? "words.between" : known ? "words.count" : "words.expected", {
          left: round(left), all: round(all), expected: round(expected),
          low: band ? round(band.low[generation]) : "", high: band ? round(band.high[generation]) : "",
        });
        return lab.percent(1 - left / all);
      });
      const zero = lab.percent(1 - laws[0].left[0] / all);
      claim.textContent = lab.say("words.claim", { g: generation, lost: lost[0], anchored: lost[1], share, zero });
      const gone = known ? text.watch.filter((_, i) => found.present[0][generation][i] === 0).slice(0, NAMED) : [];
      const error = Math.max(settings.size < 100 ? 0.8 : 0.2, settings.real ? 4.5 / settings.real : 0);
      const told = [lab.say("words.key", { error: lab.number(error) })];
      if (text.total > text.pieces.length) told.push(lab.say("words.beginning", { n: lab.number(text.pieces.length) }));
      if (gone.length) told.push(lab.say("words.gone", { names: gone.map((word) => text.words[word]).join(", ") }));
      key.textContent = told.join(" ");
    }

    function show() {
      look(player.at);
      draw(chart, laws, found, player.at, claim.textContent);
    }

    return {
      player,
      leave() { player.pause(); },
      draw(now) {
        const passage = lab.strings.words.passage.join("\n\n"), given = now.text || long || passage;
        if (!long) area.show(now.text);
        if (given !== source) count(reading, given, took);
        // What is no text changes nothing; at first there must be one.
        if (!text) count(reading, passage, took);
        const next = whole(now), again = JSON.stringify(next) !== JSON.stringify(settings);
        settings = next;
        share = now.real;
        columns[0].name(lab.say("words.alone"));
        columns[1].name(lab.say("words.anchored", { share }));
        laws = [0, settings.real].map((real) => lab.wordsLaw({ ...settings, counts: text.counts, real }));
        if (again) found = null;
        player.last(settings.generations);
        show();
        if (!again) return;
        line.ask("words", { ...settings, counts: text.counts, watch: text.watch }, ({ value, error }) => {
          if (error) lab.note(lab.say("page.failed", { what: error }));
          if (!value) return;
          found = value;
          show();
        });
      },
    };
  }

  function copy(settings) {
    const { size, real, generations, seed } = text ? whole(settings) : { ...settings, size: settings.size || 1000 };
    const name = `${settings.real} % real text`;
    const toml = [
      `size = ${size}`, `generations = ${generations}`, "replicates = 40", `seed = ${seed}`, "",
      "[world]", 'kind = "words"', 'path = "text.txt"', "", "[family]", 'kind = "categorical"', "",
      "[arms.alone]", "", `[arms."${name}".anchor]`, `count = ${real}`, "",
    ];
    const python = [
      "import kellet", "from kellet import families, worlds", "",
      `arms = {"alone": kellet.Arm(), "${name}": kellet.Arm(anchor=kellet.Fresh(${real}))}`,
      `run = kellet.run(world=worlds.Words("text.txt"), family=families.Categorical(), size=${size}, arms=arms,`,
      `                 generations=${generations}, replicates=40, seed=${seed})`, "print(run.answer().sentence)", "",
    ];
    const command = `kellet run experiment.toml  # ${lab.say("words.save")}`;
    return { command, python: python.join("\n"), toml: toml.join("\n") };
  }

  lab.views.words = { fields, build, copy };
}
