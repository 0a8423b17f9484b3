// Random numbers: one generator for each seed and keys, the same on every machine.
{
  const ROOT = Math.sqrt(2 * Math.PI);
  // ln k! less Stirling's formula for it, for k from 0 to 9.
  const TAIL = [
    0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.0207906721037650, 0.0166446911898211,
    0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.0092554621827127, 0.0083305634333628,
  ];

  function stirlingTail(k) {
    if (k < 10) return TAIL[k];
    const square = (k + 1) * (k + 1);
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1);
  }

  // The finaliser of splitmix32: every bit of the state changes every bit of what comes out.
  function mix(state) {
    let z = state | 0;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) | 0;
  }

  // sfc32 (C. Doty-Humphrey, PractRand), seeded by splitmix from whole numbers below 2^53.
  class Random {
    constructor(keys) {
      let hash = 0x9e3779b9 | 0;
      for (const key of keys) {
        hash = mix(hash ^ (key | 0)) + 0x9e3779b9;
        hash = mix(hash ^ Math.floor(key / 0x100000000)) + 0x9e3779b9;
      }
      const state = new Int32Array(4);
      for (let i = 0; i < 3; i++) state[i] = mix(hash += 0x9e3779b9);
      state[3] = 1;
      this.state = state;
      this.spare = NaN;
      for (let i = 0; i < 12; i++) this.uniform();
    }

    // Above 0 and below 1.
    uniform() {
      const s = this.state;
      const out = (s[0] + s[1] | 0) + s[3] | 0;
      s[3] = s[3] + 1 | 0;
      s[0] = s[1] ^ (s[1] >>> 9);
      s[1] = s[2] + (s[2] << 3) | 0;
      s[2] = ((s[2] << 21) | (s[2] >>> 11)) + out | 0;
      return ((out >>> 0) + 0.5) * 2.3283064365386963e-10;
    }

    // Marsaglia's polar method.
    normal() {
      const spare = this.spare;
      if (spare === spare) {
        this.spare = NaN;
        return spare;
      }
      for (;;) {
        const x = 2 * this.uniform() - 1, y = 2 * this.uniform() - 1, r = x * x + y * y;
        if (r >= 1 || r === 0) continue;
        const scale = Math.sqrt(-2 * Math.log(r) / r);
        this.spare = y * scale;
        return x * scale;
      }
    }

    // Of scale 1; 0 for shape 0. Marsaglia and Tsang, ACM Trans. Math. Software 26:363 (2000).
    gamma(shape) {
      if (shape < 1) return shape > 0 ? this.gamma(shape + 1) * Math.pow(this.uniform(), 1 / shape) : 0;
      const d = shape - 1 / 3, c = 1 / Math.sqrt(9 * d);
      for (;;) {
        const x = this.normal(), base = 1 + c * x;
        if (base <= 0) continue;
        const v = base * base * base, u = this.uniform();
        if (u < 1 - 0.0331 * x * x * x * x) return d * v;
        if (Math.log(u) < x * x / 2 + d * (1 - v + Math.log(v))) return d * v;
      }
    }

    chisquare(df) {
      return 2 * this.gamma(df / 2);
    }

    // By inversion, or PTRS: Hörmann, Insurance: Mathematics and Economics 12:39 (1993).
    poisson(mean) {
      if (mean < 10) return this._countUp(mean);
      const b = 0.931 + 2.53 * Math.sqrt(mean), a = -0.059 + 0.02483 * b;
      const inverse = 1.1239 + 1.1328 / (b - 3.4), quick = 0.9277 - 3.6224 / (b - 2);
      for (;;) {
        const u = this.uniform() - 0.5, v = this.uniform(), us = 0.5 - Math.abs(u);
        const k = Math.floor((2 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= quick) return k;
        if (k < 0 || (us < 0.013 && v > us)) continue;
        // ln of the probability, from the distance to the mean, so that large means keep their digits
        const apart = k + 1 - mean;
        const chance = k * Math.log1p(-apart / (k + 1)) + apart - Math.log(ROOT * Math.sqrt(k + 1)) - stirlingTail(k);
        if (Math.log(v * inverse / (a / (us * us) + b)) <= chance) return k;
      }
    }

    _countUp(mean) {
      let chance = Math.exp(-mean), left = this.uniform(), k = 0;
      while (left > chance && k < 200) {
        left -= chance;
        chance *= mean / ++k;
      }
      return k;
    }

    // By inversion, or BTRS: Hörmann, J. Statistical Computation and Simulation 46:101 (1993).
    binomial(n, p) {
      if (p <= 0 || n <= 0) return 0;
      if (p >= 1) return n;
      if (p > 0.5) return n - this.binomial(n, 1 - p);
      return n * p < 10 ? this._searchUp(n, p) : this._reject(n, p);
    }

    _searchUp(n, p) {
      const odds = p / (1 - p), most = Math.min(n, 200);
      let chance = Math.exp(n * Math.log1p(-p)), left = this.uniform(), k = 0;
      while (left > chance && k < most) {
        left -= chance;
        k++;
        chance *= odds * (n - k + 1) / k;
      }
      return k;
    }

    _reject(n, p) {
      const spread = Math.sqrt(n * p * (1 - p)), b = 1.15 + 2.53 * spread, quick = 0.92 - 4.2 / b;
      const a = -0.0873 + 0.0248 * b + 0.01 * p, middle = n * p + 0.5;
      for (;;) {
        const u = this.uniform() - 0.5, v = this.uniform(), us = 0.5 - Math.abs(u);
        const k = Math.floor((2 * a / us + b) * u + middle);
        if (us >= 0.07 && v <= quick) return k;
        if (k < 0 || k > n) continue;
        const m = Math.floor((n + 1) * p), odds = p / (1 - p), alpha = (2.83 + 5.1 / b) * spread;
        const chance = (m + 0.5) * Math.log((m + 1) / (odds * (n - m + 1)))
          + (n + 1) * Math.log1p((k - m) / (n - k + 1)) + (k + 0.5) * Math.log(odds * (n - k + 1) / (k + 1))
          + stirlingTail(m) + stirlingTail(n - m) - stirlingTail(k) - stirlingTail(n - k);
        if (Math.log(v * alpha / (a / (us * us) + b)) <= chance) return k;
      }
    }

    // Adds counts of n points to ``counts``; shares needn't sum to 1.  Few points are drawn one by one.
    multinomial(n, shares, counts = new Float64Array(shares.length)) {
      let rest = 0, last = -1;
      for (let i = 0; i < shares.length; i++) {
        if (shares[i] > 0) {
          rest += shares[i];
          last = i;
        }
      }
      if (n < 2 * shares.length) return this._one(n, shares, rest, last, counts);
      for (let i = 0; i < last && n > 0; i++) {
        if (shares[i] <= 0) continue;
        const count = this.binomial(n, Math.min(1, shares[i] / rest));
        counts[i] += count;
        n -= count;
        rest -= shares[i];
      }
      if (last >= 0) counts[last] += n;
      return counts;
    }

    _one(n, shares, whole, last, counts) {
      for (; n > 0; n--) {
        let left = this.uniform() * whole, i = 0;
        while (i < last && (left -= shares[i]) >= 0) i++;
        counts[i]++;
      }
      return counts;
    }
  }

  lab.random = (...keys) => new Random(keys);
}
