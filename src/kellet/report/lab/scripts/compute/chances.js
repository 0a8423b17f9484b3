// Chances to lie below a value, of the laws that settled loops follow: to 1e-12, of the largest shapes to 1e-8.
{
  const MANY = 1e5, STEPS = 1e5, FINE = 1e-16;

  // x^a e^-x / Gamma(a + 1), without cancellation where a is large.
  function front(a, x) {
    if (a < 100) return Math.exp(a * Math.log(x) - x - lab.logGamma(a + 1));
    const u = (x - a) / a;
    const loss =
      Math.abs(u) < 0.01
        ? u * u * (1 / 2 - u * (1 / 3 - u * (1 / 4 - u * (1 / 5 - u * (1 / 6 - u * (1 / 7 - u / 8))))))
        : u - Math.log1p(u);
    return Math.exp(-a * loss - 1 / (12 * a) + 1 / (360 * a ** 3)) / Math.sqrt(2 * Math.PI * a);
  }

  // A gamma variable of this shape and rate 1: by its series or its continued fraction (Lentz's method); of very large
  // shapes its cube root is nearly normal (Wilson and Hilferty, PNAS 17:684, 1931).
  lab.gammaChance = function (shape, x) {
    if (!(x > 0)) return 0;
    if (shape > MANY) return lab.normalChance(3 * Math.sqrt(shape) * (Math.cbrt(x / shape) - 1 + 1 / (9 * shape)));
    if (x < shape + 1) {
      let term = 1, sum = 1;
      for (let i = 1; i < STEPS && term > FINE * sum; i++) sum += term *= x / (shape + i);
      return front(shape, x) * sum;
    }
    if (x === Infinity) return 1;
    let b = x + 1 - shape, c = 1e300, d = 1 / b, product = d;
    for (let i = 1; i < STEPS; i++) {
      b += 2;
      d = 1 / (b - i * (i - shape) * d);
      c = b - i * (i - shape) / c;
      product *= c * d;
      if (Math.abs(c * d - 1) < FINE) break;
    }
    return 1 - front(shape, x) * shape * product;
  };

  lab.normalChance = function (z) {
    const half = lab.gammaChance(0.5, z * z / 2) / 2;
    return z > 0 ? 0.5 + half : 0.5 - half;
  };

  // A beta variable, by its continued fraction.
  lab.betaChance = function (a, b, x) {
    if (!(x > 0)) return 0;
    if (x >= 1) return 1;
    if (x > (a + 1) / (a + b + 2)) return 1 - lab.betaChance(b, a, 1 - x);
    const log = a * Math.log(x) + b * Math.log1p(-x) + lab.logGamma(a + b) - lab.logGamma(a) - lab.logGamma(b);
    let c = 1, d = 1 / (1 - (a + b) * x / (a + 1)), product = d;
    for (let m = 1; m < STEPS; m++) {
      const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
      d = 1 / (1 + even * d);
      c = 1 + even / c;
      product *= c * d;
      const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
      d = 1 / (1 + odd * d);
      c = 1 + odd / c;
      product *= c * d;
      if (Math.abs(c * d - 1) < FINE) break;
    }
    return Math.exp(log) / a * product;
  };
}
