// Texts: which words they are made of, how often each stands there, and how many of them a loop of copies keeps.
{
  // Letters and marks of scripts that are written without spaces: each is a word.
  const UNSPACED = "\\u2e80-\\u2fdf\\u3005-\\u3007\\u3021-\\u3029\\u3038-\\u303b\\u3400-\\u4dbf"
    + "\\u4e00-\\u9fff\\uf900-\\ufaff"
    + "\\u{20000}-\\u{3ffff}\\u3041-\\u3096\\u3099-\\u309f\\u30a1-\\u30fa\\u30fc-\\u30ff\\u31f0-\\u31ff\\uff66-\\uff9f"
    + "\\u0e01-\\u0e3a\\u0e40-\\u0e4e\\u0e81-\\u0ecd\\u0edc-\\u0edf\\u1000-\\u103f\\u1050-\\u108f\\u109a-\\u109d"
    + "\\ua9e0-\\ua9ef\\uaa60-\\uaa7f\\u1780-\\u17d3\\u17d7\\u17dc\\u17dd\\u1950-\\u19cf\\u1a20-\\u1a7c";
  const LETTER = `(?![${UNSPACED}])[\\p{L}\\p{Nl}\\p{No}]`;
  const STEM = `(?:${LETTER})+(?:[\\p{M}\\u200c\\u200d]+(?:${LETTER})*)*`;
  const INSIDE = "(?:['’]|(?<=[lL])·(?=[lL])|(?<=[\\u05d0-\\u05ea])[\"\\u05f4\\u05f3](?=[\\u05d0-\\u05ea]))";
  const CHARACTER = `[${UNSPACED}](?:[\\u17d2\\u1039\\u1a60][${UNSPACED}]|[\\p{M}\\u0e33\\u0eb3])*`;
  const SLICE = 2 ** 16, SHOWN = 2000, LONGEST = 100, BUDGET = 15;

  // The words of a text by the rule of kellet.data.segmentation.compile_words(signs=False), so that what is copied from
  // the page means the same; Intl.Segmenter has another, and not the same one in each browser.
  lab.matchWords = (text) => text.matchAll(new RegExp(`${STEM}(?:${INSIDE}${STEM})*|${CHARACTER}`, "gu"));

  // Slices of a text that part no word, from its letters or the bytes of a file in UTF-8; throws where it is no text.
  function* slice(source) {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    const many = source.length;
    let rest = "";
    for (let at = 0; at < many || at === 0; at += SLICE) {
      const last = at + SLICE >= many;
      const part = source.slice(at, at + SLICE);
      const piece = rest + (typeof part === "string" ? part : decoder.decode(part, { stream: !last }));
      if (piece.includes("\0")) throw new TypeError("binary");
      const cut = last ? piece.length : Math.max(piece.lastIndexOf(" "), piece.lastIndexOf("\n")) + 1 || piece.length;
      rest = piece.slice(cut);
      yield piece.slice(0, cut);
    }
  }

  // source: a text, or the bytes of a file.  Returns {words, counts, total, pieces}: the words, the most frequent
  // first, and how often each occurs; pieces: the text's beginning as [between, word, which of the words], 2,000 of
  // them at most.  Or {fault: "binary" | "short"}.  Partial results are {read}, the share that has been read.
  lab.jobs.count = function* ({ source }) {
    const counts = new Map(), found = [];
    let read = 0, since = performance.now();
    try {
      for (const text of slice(source)) {
        let end = 0;
        for (const { 0: spelled, index } of lab.matchWords(text)) {
          const word = spelled.toLowerCase();
          counts.set(word, (counts.get(word) ?? 0) + 1);
          if (found.length < SHOWN) found.push([text.slice(Math.max(end, index - LONGEST), index), spelled, word]);
          end = index + spelled.length;
        }
        read += SLICE;
        if (performance.now() - since > BUDGET) {
          yield { read: Math.min(1, read / source.length) };
          since = performance.now();
        }
      }
    } catch {
      return { fault: "binary" };
    }
    if (counts.size < 2) return { fault: "short" };
    const ranked = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    const place = new Map(ranked.map(([word], i) => [word, i]));
    const values = Float64Array.from(ranked, ([, count]) => count);
    return {
      words: ranked.map(([word]) => word), counts: values, total: values.reduce((a, b) => a + b, 0),
      pieces: found.map(([between, spelled, word]) => [between, spelled, place.get(word)]),
    };
  };
}
// Which words are left, by theory and by one seeded loop.
{
  const MANY = 125, BUDGET = 15;

  // The real draws that the n points of fits 1 to T descend from, k of each being fresh and real: {anchored, first},
  // (T,) each, those of the anchor and those of the first fit.  As kellet.theory.coverage.draws.
  lab.descend = function (n, k, fits) {
    const share = k / n, anchored = new Float64Array(fits), first = new Float64Array(fits);
    let ancestors = n;
    for (let t = 0; t < fits; t += 1) {
      first[t] = ancestors;
      if (t) anchored[t] = anchored[t - 1] + share * first[t - 1];
      const written = (1 - share) * ancestors;
      ancestors = written > 1 ? -n * Math.expm1(Math.log1p(-1 / Math.max(n, 2)) * written) : written;
    }
    return { anchored, first };
  };

  // The chance that diffusion has lost a category of probability p, so long that its points descend from so few
  // ancestors: M. Kimura, PNAS 41:144 (1955), the time in units of n generations being that in which Kingman's
  // coalescent comes to as many.
  function lose(p, ancestors) {
    const time = -2 * Math.log1p(-1 / Math.max(ancestors, 1)), x = 1 - 2 * p;
    let sum = 0, now = 1, before = 0;
    for (let i = 1, decay = Math.exp(-time); decay > 1e-16; i += 1, decay = Math.exp(-i * (i + 1) * time / 2)) {
      sum += 2 * (2 * i + 1) / (i * (i + 1)) * now * decay;
      [now, before] = [((2 * i + 1) * x * now - (i + 1) * before) / i, now];
    }
    return (1 - p) * (1 - p * sum);
  }

  // Chances (T, V), fit by fit, that categories of probabilities p (V,) are left in the fits 1 to T of n points, k of
  // them fresh and real.  Approximate: with k = 0 within 0.002 of kellet.theory.survival from n = 100 on, else within
  // 0.045/k of it where that is exact.
  lab.survive = function (p, n, k, fits) {
    const { anchored, first } = lab.descend(n, k, fits);
    return Array.from(first, (ancestors, t) => Float64Array.from(p, (one) => {
      if (one >= 1) return 1;
      if (k === 0 && ancestors < MANY) return 1 - lose(one, ancestors);
      return -Math.expm1((anchored[t] + ancestors) * Math.log1p(-one));
    }));
  };

  // counts: of each word in the text.  {chances, left}: of each word after generations 0 to T, by how often it occurs;
  // and how many are expected to be left, (T + 1,).
  lab.wordsLaw = function ({ counts, size, real, generations }) {
    const total = counts.reduce((a, b) => a + b, 0), kinds = new Map();
    for (const count of counts) kinds.set(count, (kinds.get(count) ?? 0) + 1);
    const each = [...kinds.keys()];
    const chances = lab.survive(each.map((count) => count / total), size, real, generations + 1);
    const add = (row) => row.reduce((sum, chance, i) => sum + chance * kinds.get(each[i]), 0);
    const left = Float64Array.from(chances, add);
    const index = new Map(each.map((count, i) => [count, i]));
    return { left, chance: (generation, word) => chances[generation][index.get(counts[word])] };
  };

  // Half to even, as Python rounds.
  lab.roundEven = function (value) {
    const low = Math.floor(value);
    return value - low === 0.5 ? low + low % 2 : Math.round(value);
  };

  // One loop of random numbers ``random``: how often each word occurs in generations 0, 1, ... T.
  lab.copyWords = function* (p, { size, real, generations }, random) {
    let alive = p.map((_, i) => i), shares = p;
    for (let t = 0; t <= generations; t += 1) {
      const counts = new Float64Array(p.length);
      const written = random.multinomial(t ? size - real : size, shares);
      alive.forEach((word, i) => { counts[word] = written[i]; });
      if (t && real) random.multinomial(real, p).forEach((count, word) => { counts[word] += count; });
      alive = [...counts.keys()].filter((word) => counts[word]);
      shares = alive.map((word) => counts[word] / size);
      yield counts;
    }
  };

  // So many loops of so many words take about a second at most.
  const WORK = 2e7, MOST = 40, LEAST = 20;

  // One loop without real text and one with: {done, left, present, band}.  done: generations so far.  left: in each of
  // the two, how many words are left after each generation (T + 1,).  present: which of those in ``watch`` are, 0 or 1,
  // for each generation.  band: the middle 90 % of left as {low, high}, by 40 loops where these are quick; else null.
  lab.jobs.words = function* ({ counts, watch, size, real, generations, seed }) {
    const total = counts.reduce((a, b) => a + b, 0), p = Array.from(counts, (count) => count / total);
    const begin = (k, ...keys) => lab.copyWords(p, { size, real: k, generations }, lab.random(seed, ...keys));
    const start = (replicate) => [begin(0, 0, replicate), begin(real, 1, replicate)];
    const count = (values) => values.reduce((many, value) => many + (value > 0), 0);
    const first = start(0), present = [[], []], all = [[], []];
    const left = first.map(() => new Float64Array(generations + 1).fill(NaN));
    let since = performance.now(), done = 0;
    const late = () => performance.now() - since > BUDGET && ((since = performance.now()), true);
    for (; done <= generations; done += 1) {
      if (done && late()) yield { done: done - 1, left, present, band: null };
      first.forEach((loop, i) => {
        const now = loop.next().value;
        present[i].push(Uint8Array.from(watch, (word) => (now[word] > 0 ? 1 : 0)));
        left[i][done] = count(now);
      });
    }
    left.forEach((row, i) => all[i].push(row));
    const replicates = Math.min(MOST, Math.floor(WORK / (counts.length * (generations + 1))));
    const whole = { done: generations, left, present };
    for (let replicate = 1; replicate < replicates && replicates >= LEAST; replicate += 1) {
      if (late()) yield { ...whole, band: null };
      start(replicate).forEach((loop, i) => all[i].push(Float64Array.from(loop, count)));
    }
    return { ...whole, band: all[0].length < LEAST ? null : all.map(findMiddle) };
  };

  // The middle 90 % of loops (R, T + 1).
  function findMiddle(rows) {
    const sorted = Array.from(rows[0], (_, t) => Float64Array.from(rows, (row) => row[t]).sort());
    const cut = Math.floor(rows.length / 20);
    return { low: sorted.map((column) => column[cut]), high: sorted.map((column) => column.at(-1 - cut)) };
  }
}
