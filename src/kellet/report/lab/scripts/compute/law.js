// What theory expects of a loop: the mean of what is watched, its median and its middle nine tenths.
{
  // So much work at most goes into an exact chain; beyond it moments have to do.
  const WORK = 2e6, MOST = 200;

  // Means over loops, at each generation from 0: of the learnt mean, of its variance, of V(mean); exact.
  // law: {truth, linear, square} of V(mu), and ``scale``, what writing multiplies the statistic by.
  // This is kellet.theory.curves, for these families, and for a temperature of a scale family.
  function follow(settings, { truth, linear, square, scale = 1 }) {
    const { size, real, source, regime, prior, generations } = settings, m = size - real;
    const own = linear * truth + square * truth * truth, reuse = source === "fixed" && real ? 1 / real : 0;
    const means = new Float64Array(generations + 1), wander = means.slice(), spread = means.slice();
    let mean = truth, variance = 0, shared = 0, past = 0;
    for (let t = 0; t <= generations; t++) {
      // what is written for generation 0 is real
      const factor = t ? scale : 1, invented = past ? 0 : prior, total = past + size + invented;
      const written = factor * factor * (linear * mean + square * (mean * mean + variance));
      const keep = (past + m * factor) / total, fresh = real / total;
      const noise = (m * written + real * own) / total / total;
      variance = keep * keep * variance + noise + 2 * keep * fresh * shared;
      shared = keep * shared + fresh * reuse * own;
      mean = keep * mean + (real + invented) / total * truth;
      if (regime === "accumulate") past = total;
      [means[t], wander[t], spread[t]] = [mean, variance, linear * mean + square * (mean * mean + variance)];
    }
    return { means, wander, spread };
  }

  // spread: E of a normal's fitted variance, exact: with the mean's variance it makes the second moment, which is an
  // average, too.  sway: the variance of the fitted variance, but for what the mean's own wandering adds.
  function followNormal(settings) {
    const { size, real, source, regime, prior, generations, temperature } = settings, m = size - real;
    const sway = new Float64Array(generations + 1), spread = sway.slice();
    const reuse = source === "fixed" && real ? 1 / real : 0;
    let variance = 0, width = 1, second = 1, shared = 0, past = 0, swayed = 0, common = 0;
    for (let t = 0; t <= generations; t++) {
      const invented = past ? 0 : prior, total = past + size + invented, written = width * (t ? temperature : 1);
      const keep = (past + m) / total, fresh = real / total;
      // of m points m - 1 say how wide they lie
      const free = Math.max(m - 1, 0), held = (past + free * (t ? temperature : 1)) / total;
      const drawn = 2 * (t ? temperature ** 2 : 1) * free * (swayed + width * width) + 2 * real;
      swayed = held * held * swayed + drawn / total / total + 2 * held * fresh * common;
      common = held * common + 2 * fresh * reuse;
      second = (past * second + m * (variance + written) + real + invented) / total;
      variance = keep * keep * variance + (m * written + real) / total / total + 2 * keep * fresh * shared;
      shared = keep * shared + fresh * reuse;
      width = Math.max(second - variance, 0);
      if (regime === "accumulate") past = total;
      [sway[t], spread[t]] = [swayed, width];
    }
    return { sway, spread };
  }

  // At each time what ``find`` gives: {expected, band: [low, middle, high]}.
  function draw(times, statistic, kinds, find) {
    const [expected, low, middle, high] = Array.from({ length: 4 }, () => new Float64Array(times.length));
    times.forEach((t, i) => {
      const found = find(t);
      expected[i] = found.expected;
      [low[i], middle[i], high[i]] = found.band;
    });
    return { times, expected, low, middle, high, statistic, kind: { expected: kinds[0], band: kinds[1] } };
  }

  const isAlone = (settings) => settings.regime === "replace" && !settings.real && !settings.prior;

  // Alone ln V is a sum of independent logarithms of chi-squares. With anything beside, it has the exact mean and
  // nearly the variance that V has.
  function normal(settings, times) {
    const { size, temperature } = settings, { sway, spread } = followNormal(settings);
    if (isAlone(settings)) {
      return draw(times, "variance", ["exact", "exact"], (t) => {
        const logs = size > 1 ? lab.productQuantiles((size - 1) / 2, size / 2, t + 1) : Array(3).fill(-Infinity);
        return { expected: spread[t], band: logs.map((log) => Math.exp(log + t * Math.log(temperature))) };
      });
    }
    return draw(times, "variance", ["exact", "approximate"], (t) => {
      return { expected: spread[t], band: takePositive(settings, t, spread[t], sway[t]) };
    });
  }

  // From products of gamma variables, while the truth is remembered, to the stationary law, one over a gamma variable.
  function takePositive({ size, real, prior, regime }, t, mean, variance) {
    const kept = regime === "accumulate" ? 1 : Math.pow((size - real) / (size + prior), t);
    return lab.positiveQuantiles(mean, variance, kept, regime === "accumulate" ? -1 : -1 / (t + 1));
  }

  // How far off the shares are that lie below the ends of an approximate band, measured on 1500 to 4000 loops of up to
  // 200 generations (noise of 0.01 to 0.03): normal 0.10 at most of 20 points, 0.08 of 50, 0.07 of 100, exponential
  // 0.05 from 20 points on, Poisson 0.09 of one point and 0.05 from 20 on, Bernoulli 0.09 of 20 and 0.04 of 100 (few
  // values), categories 0.07; the mean number of categories is off by some per cent where few points are real.
  // Of fewer points than these it can be 0.24 (exponential, one point).
  // Where moments say too little: a few fixed points that stand for all, a normal of few points, a temperature at
  // which the statistic grows in spite of what is real.
  function isBeyondMoments({ family, size, real, source, regime, temperature, generations }) {
    const replaces = regime === "replace";
    if (family === "categories" && !replaces) return false;
    return (source === "fixed" && real > 0 && real < 10 && (!replaces || real * generations > 0.2 * size))
      || (family === "normal" && size < 20)
      || (family !== "poisson" && temperature > 1 && (!replaces || temperature * (size - real) > size));
  }

  function exponential(settings, times) {
    const { size, temperature } = settings, { truth, linear, square } = lab.families.exponential;
    const { means, wander, spread } = follow(settings, { truth, linear, square, scale: temperature });
    const alone = isAlone(settings);
    return draw(times, "variance", ["exact", alone ? "exact" : "approximate"], (t) => {
      const logs = alone && lab.productQuantiles(size, size, t + 1);
      const band = alone ? logs.map((log) => Math.exp(2 * (log + t * Math.log(temperature))))
        : takePositive(settings, t, means[t], wander[t]).map((mean) => mean * mean);
      return { expected: spread[t], band };
    });
  }

  function poisson(settings, times) {
    const { truth, linear, square, unit } = lab.families.poisson;
    const { means, wander, spread } = follow(settings, { truth, linear, square }), alone = isAlone(settings);
    let none = 0, at = 0;
    return draw(times, "variance", ["exact", "approximate"], (t) => {
      // a branching process, of as many lines as the first points add up to
      for (; at < t; at++) none = Math.exp(none - 1);
      const gone = alone ? Math.exp(truth * settings.size * (none - 1)) : 0;
      const band = lab.gammaQuantiles(means[t], wander[t], gone).map((mean) => mean / unit);
      return { expected: spread[t] / unit, band };
    });
  }

  // Whether a chain of n + 1 counts is short enough.
  const isShort = ({ size, generations }) => size <= MOST && generations * size * size <= WORK;

  function bernoulli(settings, times) {
    const { regime, source, real, temperature } = settings, { truth, linear, square, unit } = lab.families.bernoulli;
    const isChain = regime === "replace" && (source === "fresh" || !real);
    if (isChain && isShort(settings)) return bernoulliChain(settings, times);
    if (temperature !== 1) return null;
    const { means, wander, spread } = follow(settings, { truth, linear, square });
    return draw(times, "variance", ["exact", "approximate"], (t) => {
      const band = lab.betaSpreadQuantiles(means[t], wander[t]).map((value) => value / unit);
      return { expected: spread[t] / unit, band };
    });
  }

  // Chances of each count after each time, from those of the one before; rows: chances of what each count writes.
  function stepChain(now, rows, genuine) {
    const written = new Float64Array(rows[0].length);
    rows.forEach((row, x) => {
      const weight = now[x];
      if (weight < 1e-16) return;
      for (let i = row.first; i <= row.last; i++) written[i] += weight * row[i];
    });
    if (genuine.length === 1) return written;
    const next = new Float64Array(now.length);
    written.forEach((weight, i) => genuine.forEach((chance, j) => { next[i + j] += weight * chance; }));
    return next;
  }

  // Chances of 0..n, and between which of them any of them matters.
  function findRow(n, p) {
    const row = lab.binomialChances(n, p);
    [row.first, row.last] = [0, n];
    while (row[row.first] < 1e-15) row.first++;
    while (row[row.last] < 1e-15) row.last--;
    return row;
  }

  // Wright's chain, Genetics 16:97 (1931), with real points as migrants, and with whatever the writer does to p.
  function bernoulliChain({ size, real, prior, temperature }, times) {
    const { truth, unit } = lab.families.bernoulli, counts = Array.from({ length: size + 1 }, (_, x) => x);
    const shares = counts.map((x) => (x + prior * truth) / (size + prior));
    const rows = shares.map((p) => findRow(size - real, 1 / (1 + Math.pow((1 - p) / p, 1 / temperature))));
    const genuine = lab.binomialChances(real, truth), values = shares.map((p) => p * (1 - p) / unit);
    const order = counts.slice().sort((i, j) => values[i] - values[j]);
    let now = lab.binomialChances(size, truth), at = 0;
    return draw(times, "variance", ["exact", "exact"], (t) => {
      for (; at < t; at++) now = stepChain(now, rows, genuine);
      const expected = now.reduce((sum, chance, x) => sum + chance * values[x], 0);
      return { expected, band: lab.discreteQuantiles(values, order, now) };
    });
  }

  // How many categories are left, from the chances that one of probability p, and that both of two, are lost.
  function count(times, kind, lost) {
    const truth = lab.families.categories.truth, many = truth.length, pairs = [];
    truth.forEach((p, i) => { for (let j = 0; j < i; j++) pairs.push(p + truth[j]); });
    return draw(times, "categories", [kind, "approximate"], (t) => {
      const gone = lost(t, truth), both = lost(t, pairs), variance = gone + 2 * both - gone * gone;
      return { expected: many - gone, band: lab.countQuantiles(many - gone, variance, 1, many) };
    });
  }

  const sumOf = (ps, chance) => ps.reduce((sum, p) => sum + chance(p), 0);

  function categories(settings, times) {
    const { size, real, source, regime, prior, temperature } = settings, many = lab.families.categories.truth.length;
    // of imaginary points each has a few
    const all = { expected: many, band: [many, many, many] };
    if (prior) return draw(times, "categories", ["exact", "exact"], () => all);
    if (regime === "accumulate") {
      // what was seen once stays, what was not nobody writes
      const seen = (t) => size + (source === "fresh" ? real * t : 0);
      return count(times, "exact", (t, ps) => sumOf(ps, (p) => Math.exp(seen(t) * Math.log1p(-p))));
    }
    if (temperature !== 1) return null;
    return real || !isShort(settings) ? categoriesByDraws(settings, times) : categoriesByChain(settings, times);
  }

  // Each against the rest is a chain, followed backwards: ``lost`` of each count there may have been in generation 0.
  function categoriesByChain({ size }, times) {
    const rows = Array.from({ length: size + 1 }, (_, x) => findRow(size, x / size)), starts = new Map();
    let lost = Float64Array.from(rows, (_, x) => (x ? 0 : 1)), at = 0;
    const sumStarts = (ps) => {
      const sum = new Float64Array(size + 1);
      for (const p of ps) lab.binomialChances(size, p).forEach((chance, x) => { sum[x] += chance; });
      return sum;
    };
    return count(times, "exact", (t, ps) => {
      for (; at < t; at++) {
        lost = lost.map((_, x) => {
          let sum = 0;
          for (let i = rows[x].first; i <= rows[x].last; i++) sum += rows[x][i] * lost[i];
          return sum;
        });
      }
      if (!starts.has(ps)) starts.set(ps, sumStarts(ps));
      return starts.get(ps).reduce((sum, chance, x) => sum + chance * lost[x], 0);
    });
  }

  // By how many real draws the points descend from: kellet.theory.coverage, as if that number did not vary.
  function categoriesByDraws({ size, real, source, generations }, times) {
    const fixed = source === "fixed" && real > 0, share = real / size, draws = new Float64Array(generations + 1);
    let ancestors = fixed ? size - real : size, ended = fixed ? real : 0;
    for (let t = 0; t <= generations; t++) {
      draws[t] = ended + ancestors;
      // fixed points are there already, and their heirs add nothing
      if (!fixed) ended += share * ancestors;
      const parents = lab.coverage.parents(ancestors, size, fixed ? 0 : share);
      ancestors = fixed ? (1 - share) * parents : parents;
    }
    return count(times, "approximate", (t, ps) => sumOf(ps, (p) => Math.exp(draws[t] * Math.log1p(-p))));
  }

  const LAWS = { normal, bernoulli, poisson, exponential, categories };

  // In units of the truth, 1 being all; of categories how many are left.  What nothing is known of is null.
  lab.law = function (settings) {
    const { family } = settings, times = lab.times(settings.generations);
    const nothing = { low: null, middle: null, high: null };
    const law = LAWS[family](settings, times) || {
      times, expected: null, ...nothing, kind: { expected: null, band: null },
      statistic: lab.families[family].statistic,
    };
    const vague = law.kind.band === "approximate" && isBeyondMoments(settings);
    return vague ? { ...law, ...nothing, kind: { ...law.kind, band: null } } : law;
  };
}
