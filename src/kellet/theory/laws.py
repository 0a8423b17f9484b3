"""The few probability laws that settled loops follow: frozen, and no more of them than is needed.

Each has ``pdf``, ``cdf``, ``ppf``, ``mean``, ``variance`` and ``sample(rng, size)``; the two of many dimensions what
makes sense for them. A moment that does not exist is infinite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy import special

from kellet.theory.numbers import Array, Numbers, real


@dataclass(frozen=True)
class Beta:
    """On (0, 1), with densities like x^(a-1) (1-x)^(b-1).

    >>> law = Beta(0.2, 1.8)
    >>> print(f"{law.mean:.2f} {law.cdf(law.ppf(0.5)):.2f}")
    0.10 0.50
    """

    a: float
    b: float

    @property
    def mean(self) -> float:
        return self.a / (self.a + self.b)

    @property
    def variance(self) -> float:
        total = self.a + self.b
        return self.a * self.b / (total**2 * (total + 1))

    def pdf(self, x: Numbers) -> Array:
        x = real(x)
        log = special.xlogy(self.a - 1, x) + special.xlog1py(self.b - 1, -x) - special.betaln(self.a, self.b)
        return real(np.exp(log))[()]

    def cdf(self, x: Numbers) -> Array:
        return real(special.betainc(self.a, self.b, real(x)))[()]

    def ppf(self, q: Numbers) -> Array:
        return real(special.betaincinv(self.a, self.b, real(q)))[()]

    def sample(self, rng: Generator, size: int) -> Array:
        return rng.beta(self.a, self.b, size)


@dataclass(frozen=True)
class Gamma:
    """On (0, inf), with densities like x^(shape-1) exp(-rate x).

    >>> print(Gamma(4, 2).mean, Gamma(4, 2).variance)
    2.0 1.0
    """

    shape: float
    rate: float

    @property
    def mean(self) -> float:
        return self.shape / self.rate

    @property
    def variance(self) -> float:
        return self.shape / self.rate**2

    def pdf(self, x: Numbers) -> Array:
        y = self.rate * real(x)
        return real(np.exp(special.xlogy(self.shape - 1, y) - y - special.gammaln(self.shape)) * self.rate)[()]

    def cdf(self, x: Numbers) -> Array:
        return real(special.gammainc(self.shape, self.rate * real(x)))[()]

    def ppf(self, q: Numbers) -> Array:
        return real(special.gammaincinv(self.shape, real(q)) / self.rate)[()]

    def sample(self, rng: Generator, size: int) -> Array:
        return rng.gamma(self.shape, 1 / self.rate, size)


@dataclass(frozen=True)
class InverseGamma:
    """1 / x follows `Gamma` (shape, scale): densities like x^(-shape-1) exp(-scale/x).

    >>> print(f"{InverseGamma(2.5, 1.0).mean:.3f} {InverseGamma(2.5, 1.0).ppf(0.5):.2f}")
    0.667 0.46
    """

    shape: float
    scale: float

    @property
    def mean(self) -> float:
        return self.scale / (self.shape - 1) if self.shape > 1 else np.inf

    @property
    def variance(self) -> float:
        return self.mean**2 / (self.shape - 2) if self.shape > 2 else np.inf

    def pdf(self, x: Numbers) -> Array:
        y = self.scale / real(x)
        return real(np.exp(special.xlogy(self.shape + 1, y) - y - special.gammaln(self.shape)) / self.scale)[()]

    def cdf(self, x: Numbers) -> Array:
        return real(special.gammaincc(self.shape, self.scale / real(x)))[()]

    def ppf(self, q: Numbers) -> Array:
        return real(self.scale / special.gammainccinv(self.shape, real(q)))[()]

    def sample(self, rng: Generator, size: int) -> Array:
        return self.scale / rng.gamma(self.shape, 1.0, size)


@dataclass(frozen=True)
class Normal:
    """The normal law.

    >>> print(f"{Normal(1.0, 4.0).cdf(3.0):.3f}")
    0.841
    """

    mean: float
    variance: float

    def _standard(self, x: Numbers) -> Array:
        return real((real(x) - self.mean) / np.sqrt(self.variance))[()]

    def pdf(self, x: Numbers) -> Array:
        return real(np.exp(-(self._standard(x) ** 2) / 2) / np.sqrt(2 * np.pi * self.variance))[()]

    def cdf(self, x: Numbers) -> Array:
        return real(special.ndtr(self._standard(x)))[()]

    def ppf(self, q: Numbers) -> Array:
        return real(self.mean + np.sqrt(self.variance) * special.ndtri(real(q)))[()]

    def sample(self, rng: Generator, size: int) -> Array:
        return rng.normal(self.mean, np.sqrt(self.variance), size)


@dataclass(frozen=True)
class Student:
    """Student's t with ``freedom`` degrees of freedom, moved to ``centre`` and stretched by ``scale``.

    >>> print(f"{Student(5.0, 0.0, 2.0).variance:.3f}")
    6.667
    """

    freedom: float
    centre: float
    scale: float

    @property
    def mean(self) -> float:
        return self.centre if self.freedom > 1 else np.nan

    @property
    def variance(self) -> float:
        return self.scale**2 * self.freedom / (self.freedom - 2) if self.freedom > 2 else np.inf

    def pdf(self, x: Numbers) -> Array:
        v, z = self.freedom, (real(x) - self.centre) / self.scale
        norm = special.beta(0.5, v / 2) * np.sqrt(v) * self.scale
        return real(np.exp(-(v + 1) / 2 * np.log1p(z**2 / v)) / norm)[()]

    def cdf(self, x: Numbers) -> Array:
        return real(special.stdtr(self.freedom, (real(x) - self.centre) / self.scale))[()]

    def ppf(self, q: Numbers) -> Array:
        return real(self.centre + self.scale * special.stdtrit(self.freedom, real(q)))[()]

    def sample(self, rng: Generator, size: int) -> Array:
        return self.centre + self.scale * rng.standard_t(self.freedom, size)


@dataclass(frozen=True, eq=False)
class Dirichlet:
    """Probabilities of V categories; alpha: (V,).

    >>> Dirichlet(np.array([1.0, 3.0])).marginal(0)
    Beta(a=1.0, b=3.0)
    """

    alpha: Array

    @property
    def mean(self) -> Array:
        return real(self.alpha / self.alpha.sum())[()]

    @property
    def covariance(self) -> Array:
        """(V, V)."""
        p = self.mean
        return (np.diag(p) - np.outer(p, p)) / (float(self.alpha.sum()) + 1)

    def marginal(self, category: int) -> Beta:
        a = float(self.alpha[category])
        return Beta(a, float(self.alpha.sum()) - a)

    def sample(self, rng: Generator, size: int) -> Array:
        return rng.dirichlet(self.alpha, size)


@dataclass(frozen=True, eq=False)
class InverseWishart:
    """Covariance matrices whose inverse is Wishart; scale: (d, d), freedom > d - 1.

    >>> law = InverseWishart(5.0, np.array([[2.0]]))
    >>> print(f"{law.mean[0, 0]:.3f} {law.log_det_mean:.3f}")
    0.667 -0.703
    """

    freedom: float
    scale: Array

    @property
    def mean(self) -> Array:
        d = len(self.scale)
        return self.scale / (self.freedom - d - 1) if self.freedom > d + 1 else np.full((d, d), np.inf)

    @property
    def log_det_mean(self) -> float:
        """E ln det."""
        d = len(self.scale)
        halves = special.psi((self.freedom + 1 - np.arange(1, d + 1)) / 2).sum()
        return float(np.linalg.slogdet(self.scale)[1] - d * np.log(2) - halves)

    def sample(self, rng: Generator, size: int) -> Array:
        """(size, d, d), by Bartlett's decomposition."""
        d = len(self.scale)
        root = np.linalg.cholesky(self.scale)
        lower = np.tril(rng.standard_normal((size, d, d)), -1)
        lower[:, np.arange(d), np.arange(d)] = np.sqrt(rng.chisquare(self.freedom - np.arange(d), (size, d)))
        half = np.linalg.solve(lower, np.broadcast_to(root.T, (size, d, d)))
        return np.asarray(np.swapaxes(half, 1, 2) @ half)
