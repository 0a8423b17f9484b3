// Special functions, and quantiles of laws that are known by their density, their chances or their characteristic
// function.
{
  const HALF_LOG = Math.log(2 * Math.PI) / 2;
  // the standard normal quantiles of what a band shows: its lower end, the median, its upper end
  const SHARES = [0.05, 0.5, 0.95], SCORES = [-1.6448536269514722, 0, 1.6448536269514722];
  const GRID = 80;

  // What is left of ln Gamma(x) beyond Stirling's formula, for x of at least 8.
  const restOfStirling = (x) => (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / (x * x)) / (x * x)) / (x * x)) / x;

  lab.logGamma = function (x) {
    let product = 1;
    while (x < 8) product *= x++;
    return (x - 0.5) * Math.log(x) - x + HALF_LOG + restOfStirling(x) - Math.log(product);
  };

  // The m-th derivative of the digamma function, m from 0 to 3, less ln x for m = 0.
  lab.polygamma = function (m, x) {
    let shifted = 0;
    const sign = m % 2 ? 1 : -1, order = [1, 1, 2, 6][m], start = x;
    for (; x < 20; x++) shifted += sign * order / Math.pow(x, m + 1);
    const y = 1 / (x * x);
    if (m === 0) {
      const series = -1 / (2 * x) - y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y / 240)));
      return shifted + series + (x > start ? Math.log(x / start) : 0);
    }
    const [lead, half, second, fourth, sixth] = {
      1: [1, 1 / 2, 1 / 6, -1 / 30, 1 / 42], 2: [1, 1, 1 / 2, -1 / 6, 1 / 6], 3: [2, 3, 2, -1, 4 / 3],
    }[m];
    return shifted + sign * Math.pow(x, -m) * (lead + half / x + y * (second + y * (fourth + y * sixth)));
  };

  // Quantiles of the logarithm of a product of ``times`` independent gamma variables of this shape over ``scale``: of
  // a sum, whose characteristic function is inverted (Gil-Pelaez, Biometrika 38:481, 1951), to 1e-8 standard
  // deviations; where very many points make it nearly normal by Cornish and Fisher's expansion, to 1e-5.
  lab.productQuantiles = function (shape, scale, times) {
    const mean = times * (lab.polygamma(0, shape) + Math.log1p((shape - scale) / scale));
    const deviation = Math.sqrt(times * lab.polygamma(1, shape));
    const skewness = times * lab.polygamma(2, shape) / deviation ** 3;
    const excess = times * lab.polygamma(3, shape) / deviation ** 4;
    const expand = (z) => z + (z * z - 1) * skewness / 6 + (z ** 3 - 3 * z) * excess / 24
      - (2 * z ** 3 - 5 * z) * skewness ** 2 / 36;
    const inverse = shape * times > 4000 ? null : invert(shape, scale, times, mean, deviation);
    return SCORES.map((z, i) => mean + deviation * (inverse ? inverse(SHARES[i], expand(z)) : expand(z)));
  };

  // ln (Gamma(x + iy) / Gamma(x)): its real part and its angle, up to multiples of 2 pi.
  function logGammaAlong(x, y) {
    let real = 1, imaginary = 0, plain = x;
    for (; plain < 8; plain++) {
      const next = real * plain - imaginary * y;
      imaginary = imaginary * plain + real * y;
      real = next;
    }
    const square = plain * plain + y * y, length = Math.log(square) / 2, angle = Math.atan2(y, plain);
    // Stirling's formula, its rest by powers of 1/z
    const a = plain / square, b = -y / square, c = a * a - b * b, d = 2 * a * b;
    const e = 1 / 360 - c / 1260, f = -d / 1260, g = 1 / 12 - (c * e - d * f), h = -(c * f + d * e);
    return [
      (plain - 0.5) * length - y * angle - plain + HALF_LOG + a * g - b * h
        - Math.log(real * real + imaginary * imaginary) / 2 - lab.logGamma(x),
      (plain - 0.5) * angle + y * length - y + a * h + b * g - Math.atan2(imaginary, real),
    ];
  }

  function invert(shape, scale, times, mean, deviation) {
    const step = 2 * Math.PI / (12 + 35 / (shape * deviation)), at = [], size = [], phase = [];
    for (let w = step / 2; at.length < 4000; w += step) {
      const [length, angle] = logGammaAlong(shape, w / deviation);
      if (times * length < -30) break;
      at.push(w);
      size.push(Math.exp(times * length) * step / Math.PI);
      phase.push(times * (angle - w / deviation * Math.log(scale)) - w * mean / deviation);
    }
    return function (share, z) {
      for (let i = 0; i < 40; i++) {
        let below = 0.5, density = 0;
        for (let j = 0; j < at.length; j++) {
          const angle = phase[j] - at[j] * z;
          below -= size[j] * Math.sin(angle) / at[j];
          density += size[j] * Math.cos(angle);
        }
        const move = Math.max(-0.5, Math.min(0.5, (share - below) / Math.max(density, 1e-12)));
        z += move;
        if (Math.abs(move) < 1e-8) break;
      }
      return z;
    };
  }

  // Quantiles of what rises along a grid from low to high, of this log density.  total: ln of the whole integral,
  // where some of it lies below the grid; that takes the lowest value.  none: a chance, beside, of 0.
  function alongGrid(low, high, logDensity, value, total = null, none = 0) {
    const step = (high - low) / GRID;
    const logs = Float64Array.from({ length: GRID + 1 }, (_, i) => logDensity(low + i * step));
    const most = total === null ? logs.reduce((a, b) => Math.max(a, b)) : total - Math.log(step);
    const mass = logs.map((one) => Math.exp(one - most)), sum = mass.reduce((a, b) => a + b);
    const whole = total === null ? sum : Math.max(1, sum), found = [];
    let below = whole - sum, i = 0;
    for (const given of SHARES) {
      const share = (given - none) / (1 - none);
      if (!(share > 0)) {
        found.push(0);
        continue;
      }
      // the mass of a place lies half on either side of it
      while (i < GRID && below + mass[i] < share * whole) below += mass[i++];
      const part = mass[i] > 0 ? (share * whole - below) / mass[i] - 0.5 : 0;
      found.push(share * whole < below ? value(low) : value(low + (i + Math.max(-0.5, Math.min(0.5, part))) * step));
    }
    return found;
  }

  // Of a variable of this mean and variance that is 0 with a chance, and otherwise a gamma variable.
  lab.gammaQuantiles = function (mean, variance, none = 0) {
    if (none > 0) {
      const second = (variance + mean * mean) / (1 - none);
      mean /= 1 - none;
      variance = second - mean * mean;
    }
    if (!(variance > 0)) return SHARES.map((share) => (share > none ? mean : 0));
    const shape = mean * mean / variance, rate = mean / variance;
    const reach = 8 / Math.sqrt(shape), low = Math.max(-60, -reach - 25 / shape);
    const high = Math.min(reach, Math.log1p(60 / shape) + 1);
    const total = shape < 1 ? lab.logGamma(shape) - shape * Math.log(shape) : null;
    return alongGrid(low, high, (y) => shape * (y - Math.exp(y)), (y) => mean * Math.exp(y), total, none);
  };

  // Of a positive variable of this mean and variance: between nearly lognormal, of a logarithm whose third cumulant is
  // ``skew`` times the square of its variance (-1 for a gamma variable), and, for the rest 1 - kept, one over a gamma
  // variable.
  lab.positiveQuantiles = function (mean, variance, kept, skew) {
    const both = Math.log1p(variance / mean / mean), shape = 2 + mean * mean / variance;
    // ln E x^2 - 2 ln E x is the second cumulant and the third
    const early = 2 * both / (1 + Math.sqrt(Math.max(0.1, 1 + 4 * skew * both))), late = lab.polygamma(1, shape);
    const square = kept * early + (1 - kept) * late, deviation = Math.sqrt(square), bent = kept * skew + 1 - kept;
    const middle = Math.log(mean) - kept * (early / 2 + skew * early * early / 6)
      + (1 - kept) * (Math.log1p(-1 / shape) - lab.polygamma(0, shape));
    return SCORES.map((z) => Math.exp(middle + deviation * z + square * (z * z - 1) * bent / 6));
  };

  // Of p (1 - p), p being a beta variable of this mean and variance.
  lab.betaSpreadQuantiles = function (mean, variance) {
    const strength = mean * (1 - mean) / variance - 1, a = Math.max(mean * strength, 1e-9);
    const b = Math.max((1 - mean) * strength, 1e-9), mode = Math.log(a / b), reach = 8 * Math.sqrt(1 / a + 1 / b);
    const least = Math.max(-40, mode - reach - 25 / a), most = Math.min(40, mode + reach + 25 / b);
    const log = (y) => a * (y - mode) - (a + b) * (Math.max(y, 0) - Math.max(mode, 0)
      + Math.log1p(Math.exp(-Math.abs(y))) - Math.log1p(Math.exp(-Math.abs(mode))));
    const whole = Math.min(a, b) < 1 ? lab.logGamma(a) + lab.logGamma(b) - lab.logGamma(a + b) : null;
    const total = whole === null ? null
      : whole - a * mode + (a + b) * (Math.max(mode, 0) + Math.log1p(Math.exp(-Math.abs(mode))));
    const spread = (y) => 1 / (2 + Math.exp(y) + Math.exp(-y));
    // p (1 - p) rises as |logit| falls
    if (most < 0) return alongGrid(least, most, log, spread, total);
    if (least > 0) return alongGrid(-most, -least, (y) => log(-y), spread, total);
    const both = (y) => {
      const one = log(y), other = log(-y), larger = Math.max(one, other);
      return larger + Math.log1p(Math.exp(-Math.abs(one - other))) - (y === 0 ? Math.LN2 : 0);
    };
    return alongGrid(-Math.max(-least, most), 0, both, spread, total);
  };

  // Of finitely many values (rising by ``order``) with these chances: the least that the share doesn't exceed.
  lab.discreteQuantiles = function (values, order, chances) {
    const found = [];
    let below = 0, i = -1;
    for (const share of SHARES) {
      while (i < order.length - 1 && below < share - 1e-12) below += chances[order[++i]];
      found.push(values[order[Math.max(i, 0)]]);
    }
    return found;
  };

  // Of a count between least and most that has this mean and variance, as if it were a rounded normal variable.
  lab.countQuantiles = function (mean, variance, least, most) {
    const deviation = Math.sqrt(Math.max(variance - 1 / 12, 0));
    return SCORES.map((z) => Math.max(least, Math.min(most, Math.round(mean + z * deviation))));
  };

  // Chances of 0..n successes.
  lab.binomialChances = function (n, p) {
    const found = new Float64Array(n + 1), mode = Math.min(n, Math.floor((n + 1) * p));
    if (p <= 0 || p >= 1) {
      found[p > 0 ? n : 0] = 1;
      return found;
    }
    const log = lab.logGamma(n + 1) - lab.logGamma(mode + 1) - lab.logGamma(n - mode + 1), odds = p / (1 - p);
    found[mode] = Math.exp(log + mode * Math.log(p) + (n - mode) * Math.log1p(-p));
    for (let k = mode; k < n; k++) found[k + 1] = found[k] * odds * (n - k) / (k + 1);
    for (let k = mode; k > 0; k--) found[k - 1] = found[k] * k / (odds * (n - k + 1));
    return found;
  };
}
