// How many real points per generation needs, from closed forms alone: the same numbers as `kellet plan --theory`
// (kellet.planning.solution) for a variance, as `kellet theory` for a distance from the truth or a rare category.
{
  const EXACT = "exact", LIMIT = "limit", APPROXIMATION = "approximation";
  const MANY = 1e5;

  // Chance that the variance V of a loop whose mean has the law of 2 * points pseudo-observations (Diaconis and
  // Ylvisaker, Annals of Statistics 7:269, 1979) exceeds v times the truth's.
  const exceeds = {
    normal: (points, v) => lab.gammaChance(points + 1.5, points / v),
    bernoulli: exceedBernoulli,
    poisson: (points, v) => 1 - lab.gammaChance(2 * points * 3, 2 * points * 3 * v),
    exponential: (points, v) => lab.gammaChance(2 * points + 1, 2 * points / Math.sqrt(v)),
  };

  // The success rate lies between both that have this variance.
  function exceedBernoulli(points, v) {
    const p = 0.3, room = 1 - 4 * v * p * (1 - p);
    if (room <= 0) return 0;
    const low = (2 * v * p * (1 - p)) / (1 + Math.sqrt(room)),
      a = 2 * points * p,
      b = 2 * points * (1 - p);
    const below =
      points < MANY
        ? (x) => lab.betaChance(a, b, x)
        : (x) => lab.normalChance((x - p) * Math.sqrt((2 * points + 1) / (p * (1 - p))));
    return below(1 - low) - below(low);
  }

  // The loop with k real points among n.
  function loopOf({ family, source, bank }, n, k) {
    const stock = source === "fresh" ? 0 : source === "fixed" ? k : bank;
    return new lab.Loop({ size: n, real: k, curvature: lab.families[family].curvature, bank: stock });
  }

  const fits = ({ horizon, generations }) => (horizon === "ever" ? Infinity : generations + 1);

  // Var(mean) in units of V0 after so many fits, or once it has settled; infinite where it grows for ever.
  const wander = (loop, fit) => (fit === Infinity ? 1 / loop.effectivePoints : loop.wander(fit));

  // Where nothing real enters a scale is multiplied by powers of gamma factors: chance that the product exceeds v,
  // as if it were lognormal.
  function exceedAlone(shape, scale, power, generations, v) {
    if (generations === Infinity) return 0;
    const mean = generations * (lab.polygamma(0, shape) + Math.log1p((shape - scale) / scale));
    return lab.normalChance((mean - Math.log(v) / power) / Math.sqrt(generations * lab.polygamma(1, shape)));
  }

  // What one fit to n real points comes to, in units of V0: the normal's expectation, the others' median.  Of many
  // points by the medians of gamma and beta laws, (a - 1/3) and (a - 1/3) / (a + b - 2/3), off by less than 1e-9.
  const references = new Map();
  function reference(family, n) {
    if (family === "normal") return 1 - 1 / n;
    const key = `${family} ${n}`;
    if (!references.has(key)) {
      if (references.size > 100) references.clear();
      references.set(
        key,
        n < MANY
          ? middle((v) => exceeds[family]((lab.families[family].curvature + n) / 2, v), 0.5)
          : medians[family](n),
      );
    }
    return references.get(key);
  }
  const medians = {
    poisson: (n) => 1 - 1 / (9 * n),
    exponential: (n) => ((n + 1) / (n + 5 / 3)) ** 2,
    bernoulli(n) {
      const p = (0.3 * (n - 1) - 1 / 3) / (n - 5 / 3);
      return p * (1 - p) / 0.21;
    },
  };

  // The v that is exceeded with this chance, by bisection of ln v; 0 below 1e-12.
  function middle(exceed, chance) {
    let low = Math.log(1e-12), high = Math.log(16);
    if (exceed(1e-12) < chance) return 0;
    for (let i = 0; i < 60 && high - low > 1e-13; i++) {
      const at = (low + high) / 2;
      if (exceed(Math.exp(at)) < chance) high = at;
      else low = at;
    }
    return Math.exp((low + high) / 2);
  }

  // Chance that one loop keeps v of V0 with k real points.
  function exceedWith(settings, n, k) {
    const { family } = settings, fit = fits(settings);
    if (!k && family === "normal") return (v) => exceedAlone((n - 1) / 2, n / 2, 1, fit - 1, v / reference(family, n));
    if (!k && family === "exponential") return (v) => exceedAlone(n, n, 2, fit - 1, v / reference(family, n));
    const gone = wander(loopOf(settings, n, k), fit);
    const points = family === "normal" ? (1 - gone) / gone / 2 : (lab.families[family].curvature + 1 / gone) / 2;
    return (v) => exceeds[family](Math.max(points, 1e-9), v);
  }

  // What is kept with k of n points real.  higher: whether more is better; kept: its value; enough: whether it is as
  // much as was asked, which costs less than its value.
  const goals = {
    variance: {
      kept(settings, n, k) {
        return middle(exceedWith(settings, n, k), settings.confidence) / reference(settings.family, n);
      },
      enough(settings, n, k) {
        return exceedWith(settings, n, k)(settings.level * reference(settings.family, n)) >= settings.confidence;
      },
      target: (settings) => settings.level,
      kind: () => LIMIT,
    },
    distance: {
      kept: (settings, n, k) => Math.sqrt(wander(loopOf(settings, n, k), fits(settings))),
      enough: (settings, n, k) => goals.distance.kept(settings, n, k) <= settings.distance,
      target: (settings) => settings.distance,
      kind: () => EXACT,
    },
    category: {
      kept(settings, n, k) {
        const bank = settings.source === "fresh" ? null : settings.source === "fixed" ? k : settings.bank;
        return lab.coverage.survive(n, k, bank, settings.rare, fits(settings));
      },
      enough: (settings, n, k) => goals.category.kept(settings, n, k) >= settings.chance,
      target: (settings) => settings.chance,
      kind: (settings) => (settings.source === "fixed" && settings.horizon === "ever" ? EXACT : APPROXIMATION),
    },
  };

  // The largest k there is.
  const mostOf = ({ source, bank }, n) => (source === "bank" ? Math.min(n, bank) : n);

  // The least whole number that is enough, which those above it are too; null where not even the most is.
  // near: where to look first.
  function least(enough, most, near = 1) {
    if (enough(0)) return 0;
    let low = 0, high = Math.min(most, Math.max(1, near));
    while (!enough(high)) {
      if (high >= most) return null;
      [low, high] = [high, Math.min(most, 2 * high)];
    }
    if (low === 0 && high > 4 && !enough(Math.floor(high / 2))) low = Math.floor(high / 2);
    while (high - low > 1) {
      const at = Math.floor((low + high) / 2);
      if (enough(at)) high = at;
      else low = at;
    }
    return high;
  }

  // Whole numbers from 1 to the most, evenly on a logarithmic scale.
  function grid(most, count) {
    const found = new Set(Array.from({ length: count }, (_, i) => Math.round(most ** (i / (count - 1)))));
    return [...found].sort((a, b) => a - b);
  }

  const leastOf = (settings, n, near) =>
    least((k) => goals[settings.goal].enough(settings, n, k), mostOf(settings, n), near);

  // The answer: {points: k or null, kind, target, kept: there, alone: with nothing real, best: with as many as there
  // can be, settles: generations, curve: {k, kept}}.
  lab.plan = function (settings) {
    const n = settings.size, goal = goals[settings.goal], most = mostOf(settings, n);
    const points = leastOf(settings, n);
    const there = points ?? most;
    const k = grid(Math.min(most, Math.max(1000, 30 * there)), 60);
    const loop = loopOf(settings, n, there);
    return {
      points, most, kind: goal.kind(settings), target: goal.target(settings),
      kept: goal.kept(settings, n, there), alone: goal.kept(settings, n, 0), best: goal.kept(settings, n, most),
      settles: loop.settles, forgets: loop.forgets,
      curve: { k: Float64Array.from(k), kept: Float64Array.from(k, (count) => goal.kept(settings, n, count)) },
    };
  };

  // The same answer for other numbers of points per generation, from 100 to 10^12: {sizes, points}, NaN where there is
  // none.
  lab.jobs.plan = function* (settings) {
    const sizes = Float64Array.from({ length: 21 }, (_, i) => Math.round(10 ** (2 + i / 2)));
    const points = new Float64Array(sizes.length).fill(NaN);
    let near = 1, since = performance.now();
    for (let i = sizes.length - 1; i >= 0; i--) {
      points[i] = leastOf(settings, sizes[i], near) ?? NaN;
      near = points[i] > 0 ? points[i] : 1;
      if (performance.now() - since > 20) {
        yield { sizes, points };
        since = performance.now();
      }
    }
    return { sizes, points };
  };
}
