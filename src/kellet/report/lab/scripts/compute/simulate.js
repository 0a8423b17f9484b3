// Loops by chance, from sufficient statistics alone: a generation costs the same for a hundred points and for 1e12.
{
  const SLICE = 20;

  // A family of one mean: Bernoulli, Poisson, exponential.  draw: the sum of n points of this mean.
  class Average {
    constructor(settings, random, draw, temper) {
      const { size, real, source, prior } = settings, { truth, linear, square, unit } = lab.families[settings.family];
      Object.assign(this, { size, real, prior, truth, linear, square, unit, draw, temper });
      this.accumulates = settings.regime === "accumulate";
      this.anchor = source === "fixed" ? draw(real, truth) : NaN;
      this.total = (source === "fixed" ? this.anchor : draw(real, truth)) + draw(size - real, truth);
      this.count = size;
      this.fit();
    }

    fit() {
      this.mean = (this.total + this.prior * this.truth) / (this.count + this.prior);
      this.value = this.mean * (this.linear + this.square * this.mean) / this.unit;
    }

    next() {
      const genuine = Number.isNaN(this.anchor) ? this.draw(this.real, this.truth) : this.anchor;
      const batch = genuine + this.draw(this.size - this.real, this.temper(this.mean));
      this.total = this.accumulates ? this.total + batch : batch;
      if (this.accumulates) this.count += this.size;
      this.fit();
    }

    get story() {
      return this.square < 0 ? { p: this.mean } : { mean: this.mean };
    }
  }

  class Normal {
    constructor(settings, random) {
      const { size, real, source, prior, temperature } = settings;
      Object.assign(this, { size, real, prior, random, sharpness: Math.sqrt(temperature) });
      this.accumulates = settings.regime === "accumulate";
      this.fixed = source === "fixed";
      this.count = this.mean = this.scatter = 0;
      this.add(real, 0, 1);
      this.anchorMean = this.mean;
      this.anchorScatter = this.scatter;
      this.add(size - real, 0, 1);
      this.fit();
    }

    // n points of a normal law, into what is learnt from.
    add(n, mean, deviation) {
      if (n <= 0) return;
      const drawn = mean + deviation * this.random.normal() / Math.sqrt(n);
      this.pool(n, drawn, deviation * deviation * 2 * this.random.gamma((n - 1) / 2));
    }

    pool(n, mean, scatter) {
      if (n <= 0) return;
      const whole = this.count + n, apart = mean - this.mean;
      this.scatter += scatter + apart * apart * n * (this.count / whole);
      this.mean += apart * n / whole;
      this.count = whole;
    }

    fit() {
      const whole = this.count + this.prior, part = this.prior / whole;
      this.learnt = this.mean * (1 - part);
      this.value = (this.scatter + this.prior) / whole + this.mean * this.mean * part * (1 - part);
    }

    next() {
      if (!this.accumulates) this.count = this.mean = this.scatter = 0;
      if (this.fixed) this.pool(this.real, this.anchorMean, this.anchorScatter);
      else this.add(this.real, 0, 1);
      this.add(this.size - this.real, this.learnt, Math.sqrt(this.value) * this.sharpness);
      this.fit();
    }

    get story() {
      return { mean: this.learnt, variance: this.value };
    }
  }

  class Categories {
    constructor(settings, random) {
      const { size, real, source, prior, temperature } = settings, truth = lab.families.categories.truth;
      Object.assign(this, { size, real, prior, temperature, random, truth });
      this.accumulates = settings.regime === "accumulate";
      this.fixed = source === "fixed" ? random.multinomial(real, truth) : null;
      this.counts = this.fixed ? Float64Array.from(this.fixed) : random.multinomial(real, truth);
      random.multinomial(size - real, truth, this.counts);
      this.count = size;
      this.shares = new Float64Array(truth.length);
      this.fit();
    }

    fit() {
      const { counts, shares, truth, prior } = this, whole = this.count + prior;
      let left = 0;
      for (let i = 0; i < counts.length; i++) {
        shares[i] = (counts[i] + prior * truth[i]) / whole;
        if (shares[i] > 0) left++;
      }
      this.value = left;
    }

    next() {
      const { counts, random, shares } = this;
      if (!this.accumulates) counts.fill(0);
      if (this.fixed) for (let i = 0; i < counts.length; i++) counts[i] += this.fixed[i];
      else if (this.real) random.multinomial(this.real, this.truth, counts);
      if (this.temperature !== 1) this.temper();
      random.multinomial(this.size - this.real, shares, counts);
      if (this.accumulates) this.count += this.size;
      this.fit();
    }

    temper() {
      const shares = this.shares, most = Math.max(...shares);
      for (let i = 0; i < shares.length; i++) shares[i] = Math.pow(shares[i] / most, 1 / this.temperature);
    }

    get story() {
      return { shares: Array.from(this.shares) };
    }
  }

  const same = (mean) => mean;

  function begin(settings, random) {
    const tau = settings.temperature;
    if (settings.family === "normal") return new Normal(settings, random);
    if (settings.family === "categories") return new Categories(settings, random);
    if (settings.family === "poisson") {
      return new Average(settings, random, (n, mean) => random.poisson(n * mean), same);
    }
    if (settings.family === "exponential") {
      return new Average(settings, random, (n, mean) => mean * random.gamma(n), (mean) => mean * tau);
    }
    const sharpen = tau === 1 ? same : (p) => 1 / (1 + Math.pow((1 - p) / p, 1 / tau));
    return new Average(settings, random, (n, p) => random.binomial(n, p), sharpen);
  }

  // Fills ``values``, one every ``step``, with the statistic at each of the times; tell: what hears of each of them.
  function follow(settings, random, times, values, at, step, tell) {
    const loop = begin(settings, random), alone = !settings.real && !settings.prior;
    const last = settings.family === "categories" ? 1 : 0;
    let t = 0;
    for (const time of times) {
      // where nothing real comes back, what is gone stays gone
      for (; t < time && !(alone && loop.value === last); t++) loop.next();
      values[at] = loop.value;
      at += step;
      if (tell) tell(loop.story);
    }
  }

  // low, middle, high: the middle nine tenths and the median of the first ``many`` replicates, at each time.
  function sum(times, values, replicates, many) {
    const [low, middle, high, expected] = Array.from({ length: 4 }, () => new Float64Array(times.length));
    const here = new Float64Array(many);
    for (let i = 0; i < times.length; i++) {
      here.set(values.subarray(i * replicates, i * replicates + many));
      here.sort();
      low[i] = lab.quantile(here, 0.05);
      middle[i] = lab.quantile(here, 0.5);
      high[i] = lab.quantile(here, 0.95);
      expected[i] = here.reduce((total, value) => total + value, 0) / many;
    }
    return { low, middle, high, expected };
  }

  // Rests after each ~20 ms, with partial results whenever twice as much is done, since summing up takes time as well;
  // ``replicates`` says how many are done, ``story`` what the first one has learnt
  // at each of the times.  A temperature is ignored in a family that is not ``tempered``.
  lab.jobs.loop = function* (settings) {
    const { replicates, tracks = 0 } = settings, times = lab.times(settings.generations);
    const values = new Float64Array(times.length * replicates), told = [];
    const show = (many) => ({
      times, replicates: many, story: told.slice(),
      tracks: Array.from({ length: Math.min(tracks, many) }, (_, r) => times.map((_, i) => values[i * replicates + r])),
      ...sum(times, values, replicates, many),
    });
    let since = Date.now(), shown = 0;
    for (let r = 0; r < replicates; r++) {
      const tell = r ? null : (story) => told.push(story);
      follow(settings, lab.random(settings.seed, r), times, values, r, replicates, tell);
      if (r + 1 < replicates && Date.now() - since > SLICE) {
        const worth = r + 1 >= 2 * shown;
        if (worth) shown = r + 1;
        yield worth ? show(shown) : null;
        since = Date.now();
      }
    }
    return show(replicates);
  };
}
