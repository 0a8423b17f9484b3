{
  lab.truth = (family) => (family === "bernoulli" ? [0.3, 0.7] : Array.from({ length: 12 }, (_, i) => 1 / (i + 1)).map((x, _, all) => x / all.reduce((a, b) => a + b)));
  lab.law = function (s) {
    const T = s.generations, times = Array.from({ length: Math.min(T, 250) + 1 }, (_, i) => Math.round(i * T / Math.min(T, 250)));
    const f = (t) => (s.real || s.regime === "accumulate" ? 0.66 + 0.34 * Math.exp(-t / 10) : (1 - 1 / s.size) ** (t + 1));
    const e = Float64Array.from(times, f), m = e.map((x) => x * 0.9), lo = e.map((x) => x * 0.5), hi = e.map((x) => x * 1.5);
    if (s.family === "categories") for (const a of [e, m, lo, hi]) a.forEach((x, i) => { a[i] = 12 * Math.min(1, x); });
    return { times, expected: e, low: lo, middle: m, high: hi, kind: { expected: "exact", band: "exact" }, statistic: "variance" };
  };
  lab.jobs.loop = function* (s) {
    const law = lab.law(s);
    const tracks = Array.from({ length: 12 }, (_, j) => law.middle.map((x, i) => x * (1 + 0.3 * Math.sin(i / 5 + j))));
    const story = law.times.map((t, i) => ({ mean: s.family === "poisson" ? 3 : 0.2, variance: law.middle[i], p: 0.3, shares: lab.truth("categories").map((p, k) => (k > 12 * (1 - i / law.times.length) ? 0 : p)) }));
    return { times: law.times, low: law.low, middle: law.middle, high: law.high, expected: law.expected, replicates: 500, tracks, story };
  };
}
