// The loops that the lab knows, and an anchored loop that replaces its data in numbers: kellet.theory.loop.
{
  const ZIPF = Float64Array.from({ length: 12 }, (_, i) => 1 / (i + 1));
  const whole = ZIPF.reduce((sum, share) => sum + share, 0);

  // truth: the mean that is learnt.  linear, square: V(mu) is linear mu + square mu^2.  unit: V at the truth.
  // curvature: a of V(mu).  tempered: whether a temperature makes another law of the family.
  lab.families = {
    normal: { statistic: "variance", truth: 0, curvature: -1, unit: 1, tempered: true },
    bernoulli: { statistic: "variance", truth: 0.3, curvature: -1, linear: 1, square: -1, unit: 0.21, tempered: true },
    poisson: { statistic: "variance", truth: 3, curvature: 0, linear: 1, square: 0, unit: 3, tempered: false },
    exponential: { statistic: "variance", truth: 1, curvature: 1, linear: 0, square: 1, unit: 1, tempered: true },
    categories: { statistic: "categories", truth: ZIPF.map((share) => share / whole), curvature: -1, tempered: true },
  };

  // Probabilities of what can happen, in a family of finitely many.
  lab.truth = (family) => (family === "bernoulli" ? Float64Array.of(0.3, 0.7) : lab.families.categories.truth);

  // The generations that are shown of 0..last: all, or 250 of them at even distances.
  lab.times = function (last) {
    const many = Math.min(last, 249);
    return Float64Array.from({ length: many + 1 }, (_, i) => Math.round(i * last / many));
  };

  // Of sorted numbers, the one below which the share lies, linear in between.
  lab.quantile = function (sorted, share) {
    const at = share * (sorted.length - 1), before = Math.floor(at);
    const low = sorted[before], high = sorted[Math.min(before + 1, sorted.length - 1)];
    return low + (at - before) * (high - low);
  };

  // The sum of (1 - x)^j over j < t: what 1 per generation adds up to, the share x being lost in each.
  const sumGeometric = function (lost, t) {
    if (!lost) return t;
    return t > 0 ? -Math.expm1(t * Math.log1p(-lost)) / lost : 0;
  };

  // The sum of (1 - x)^(t - 1 - j) (1 - y)^j over j < t.
  const sumMixed = function (lost, other, t) {
    if (t <= 0) return 0;
    const one = Math.log1p(-lost), two = Math.log1p(-other), apart = Math.abs(one - two);
    const terms = apart ? Math.expm1(-t * apart) / Math.expm1(-apart) : t;
    return (t > 1 ? Math.exp((t - 1) * Math.max(one, two)) : 1) * terms;
  };

  // n points per generation, k of them real, of weight 1, beside ``prior`` imaginary ones that lie at the truth.
  // curvature: a of V(mu).  bank: how many real points the k are drawn from; k for the same ones in every generation,
  // 0 for always fresh ones.  All of it holds up to n = 1e15: k / n enters as it is.
  lab.Loop = class {
    constructor({ size, real = 0, curvature, bank = 0, prior = 0 }) {
      Object.assign(this, { n: size, k: real, curvature, bank, prior });
      this.written = size - real;
      this.strength = real + prior;
      this.total = size + prior;
      // shares of an offset of the mean, and of Var(mean), that a generation takes back
      this.pull = this.strength / this.total;
      this.loss = Math.min(1, this.pull * (2 - this.pull) - curvature * this.written / this.total ** 2);
      this.noise = size / this.total ** 2;
      // what a bank's own offset adds to Var(mean) in every fit
      this.shared = bank && real ? 2 * (1 - this.pull) * real / this.total * real / this.strength / bank : 0;
    }

    // V0 / Var(mean), settled; 0 where Var(mean) grows for ever.
    get effectivePoints() {
      return Math.max(this.loss, 0) / (this.noise + this.shared);
    }

    // kappa: the stationary law is a conjugate one of 2 kappa pseudo-observations.
    get points() {
      const fresh = this.k * (this.bank ? 1 - this.k / this.bank : 1), scattered = this.written + fresh;
      const held = this.strength * (2 * this.total - this.strength);
      return scattered ? (held + this.curvature * fresh) / (2 * scattered) : Infinity;
    }

    // Generations until 1/e is left of an offset of the mean.
    get forgets() {
      return this.pull ? -1 / Math.log1p(-this.pull) : Infinity;
    }

    // Generations until 1/e is left of Var(mean)'s way to where it settles.
    get settles() {
      const own = this.loss > 0 ? -1 / Math.log1p(-this.loss) : Infinity;
      return this.shared ? Math.max(own, this.forgets) : own;
    }

    // Var(mean) / V0 after t fits from the truth, generation 0 being the first.
    wander(t) {
      if (t <= 0) return 0;
      const every = sumGeometric(this.loss, t);
      if (!this.shared) return this.noise * every;
      if (!Number.isFinite(every)) return Infinity;
      return this.noise * every + this.shared * (every - sumMixed(this.pull, this.loss, t));
    }

    // E V(mean) / V0 after t fits: what the model's own points vary by.
    variance(t) {
      return Math.max(0, 1 + this.curvature * this.wander(t));
    }

    // What is left after t fits of an offset of the mean.
    memory(t) {
      return t > 0 ? Math.exp(t * Math.log1p(-this.pull)) : 1;
    }
  };
}
