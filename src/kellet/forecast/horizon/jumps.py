r"""Many generations in one draw, where the law of so many is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from kellet.errors import InputError
from kellet.evidence import Array
from kellet.families import Gaussian, Poisson
from kellet.families.exponential.averages import WaitingTime
from kellet.forecast.horizon.stationary import AUTOREGRESSION, MATRIX
from kellet.forecast.horizon.transition import build_chain
from kellet.forecast.horizon.truth import Truth, evidence_of, find_truth, multivariate
from kellet.laws.counts import binomial, poisson
from kellet.loop.anchors import AnyAnchor
from kellet.loop.numbers import Closing, quantify
from kellet.theory import Loop, forgetting
from kellet.theory.drift import log_of_mean
from kellet.theory.loop import geometric_sum
from kellet.worlds.world import World

CORNISH_FISHER = "Cornish-Fisher approximation with four exact cumulants, its cdf off by < 0.00001"
BRANCHING = "branching: every line survives by its exact chance, its size by the geometric (Yaglom) approximation, \
whose cdf is off by < 0.004"
FEW = 256
"""So many generations are walked through, one draw each; the errors above are the largest beyond."""
STATES = 256

Leap = Callable[[Any, int, Generator], "Jump"]


@dataclass(frozen=True, eq=False)
class Jump:
    """A model so many generations later.

    kind: "exact", or the name of the approximation.  source: where the law comes from.
    """

    model: Any
    kind: str
    source: str


def jump(
    model: Any, world: World, family: Closing, *, size: int, generations: int, anchor: AnyAnchor | None = None,
    rng: Generator,
) -> Jump:  # fmt: skip
    r"""The model that ``generations`` more generations of replacement lead to, in one draw.

    Gaussian, variance known      exact: an autoregression; with fresh points, a prior, or neither
    Bernoulli, n <= 256           exact: a draw for each binary digit of ``generations``; likewise
    Gaussian, mean known;         exact up to 256 generations, by adding up as many logarithms of gamma draws;
    exponential, Pareto, Laplace  beyond, their sum by its Cornish-Fisher approximation; nothing real, no prior
    Poisson                       exact up to 256 generations; beyond, every line survives by its exact chance, and the
                                  size of those that do is geometric, with the exact mean; nothing real, no prior

    For everything else InputError: see `kellet.horizon.far`.

    >>> import kellet
    >>> world, family = kellet.worlds.Normal(), Gaussian(variance=1.0)
    >>> start = next(kellet.generations(world, family, size=10**6, replicates=1000, rng=np.random.default_rng(0))).model
    >>> later = jump(start, world, family, size=10**6, generations=10**6, rng=np.random.default_rng(1))
    >>> later.kind, later.model.mean.var().round(1)
    ('exact', np.float64(1.0))
    """
    if generations < 1:
        raise InputError("at least 1 generation to jump over", generations, "generations=1000")
    truth = find_truth(world, family)
    if (leap := find_leap(family, truth, size, anchor)) is None:
        attempt = "horizon.far, by coarse generations"
        raise InputError("a loop whose law over many generations is known", repr(family), attempt)
    return leap(model, generations, rng)


def find_leap(family: Closing, truth: Truth, size: int | tuple[int, ...], anchor: AnyAnchor | None) -> Leap | None:
    """How to jump in such a loop, or None where nothing is known."""
    if not isinstance(size, int) or multivariate(truth):
        return None
    if (chain := build_chain(family, truth, size, anchor, most=STATES)) is not None:
        walk = chain.walk
        return lambda model, t, rng: Jump(chain.model(walk(chain.step(model.mean, rng), t - 1, rng)), "exact", MATRIX)
    loop = quantify(family, size, anchor)
    if isinstance(family, Gaussian) and family.variance is not None:
        plain = anchor is None or (anchor.draw == "fresh" and anchor.every == 1 and not anchor.random)
        return _autoregression(family, truth, loop) if plain else None
    if loop.strength > 0:
        return None
    if isinstance(family, Poisson):
        return _lines(size)
    if isinstance(family, WaitingTime):
        sums = size * family.shape
        scale = sums if family.unbiased_for == "mean" else sums - 1
        return None if scale <= 0 else _product(sums, scale, lambda model, factor: family.law(model.mean * factor))
    if isinstance(family, Gaussian) and family.mean is not None:
        mean = family.mean
        return _product(
            size / 2, size / 2,
            lambda model, factor: replace(model, mean=np.full_like(model.mean, mean), sd=model.sd * np.sqrt(factor)),
        )  # fmt: skip
    return None


def _autoregression(family: Gaussian, truth: Any, loop: Loop) -> Leap:
    variance = float(family.variance or 1.0)
    loop = replace(loop, ratio=float(truth.variance[0]) / variance)
    target = family.fit(evidence_of(truth, loop.weight * loop.k)).mean[0] if loop.strength else 0.0

    def leap(model: Any, generations: int, rng: Generator) -> Jump:
        there = target + float(loop.memory(generations)) * (model.mean - target)
        scatter = np.sqrt(variance * loop.noise * geometric_sum(loop.loss, generations))
        return Jump(replace(model, mean=there + scatter * rng.standard_normal(len(there))), "exact", AUTOREGRESSION)

    return leap


def _product(shape: float, scale: float, stretch: Callable[[Any, Array], Any]) -> Leap:
    def leap(model: Any, generations: int, rng: Generator) -> Jump:
        law = log_product(shape, generations, scale)
        factor = np.exp(law.sample(rng, len(model.mean)))
        return Jump(stretch(model, factor), law.kind, "independent gamma factors")

    return leap


def _lines(size: int) -> Leap:
    def leap(model: Any, generations: int, rng: Generator) -> Jump:
        alive = np.rint(size * model.mean)
        if generations <= FEW:
            for _ in range(generations):
                alive = poisson(alive, rng)
            return Jump(replace(model, mean=alive / size), "exact", "a critical branching process")
        chance = float(forgetting.line_survival(generations))
        lines = binomial(alive, np.asarray(chance), rng)
        # Each line that lives is 1 and a geometric number more, with mean 1 / chance in all.
        more = poisson(rng.standard_gamma(lines) * (1 - chance) / chance, rng)
        return Jump(replace(model, mean=(lines + more) / size), BRANCHING, "Harris, Branching Processes (1963)")

    return leap


def log_product(shape: float, generations: int, scale: float | None = None) -> LogProduct:
    r"""The law of :math:`\sum_{t\le T}\ln(g_t/s)`, with gamma variables :math:`g_t` of one shape: what a scale goes
    through.

    shape: n r where the mean of n points of shape r is learnt, (n-1)/2 for the variance of a Gaussian with both
    parameters learnt (its logarithm, whatever the mean does), n/2 with the mean known.  scale: s, by default
    ``shape``; d/2 for a Gaussian estimator that divides by d.

    >>> law = log_product((50 - 1) / 2, 10**4, 50 / 2)                                     # a Gaussian on 50 points
    >>> law.kind
    'Cornish-Fisher approximation with four exact cumulants, its cdf off by < 0.00001'
    >>> round(law.mean, 1), law.ppf([0.05, 0.95]).round(1)
    (-407.5, array([-441.1, -373.9]))
    """
    if not shape > 0 or generations < 1:
        raise InputError("a shape > 0 and at least 1 generation", f"{shape} and {generations}", "log_product(50, 100)")
    return LogProduct(float(shape), int(generations), float(shape if scale is None else scale))


@dataclass(frozen=True)
class LogProduct:
    """The law of a sum of logarithms of gamma draws; see `log_product`.

    Draws of up to 256 generations are exact sums; quantiles, and draws of more generations, are Cornish and Fisher's
    expansion to the fourth cumulant.
    """

    shape: float
    generations: int
    scale: float

    @property
    def kind(self) -> str:
        """What `sample` draws from."""
        return "exact" if self.generations <= FEW else CORNISH_FISHER

    @property
    def mean(self) -> float:
        """Exactly."""
        apart = (self.scale - self.shape) / self.shape
        return float(self.generations * (log_of_mean(self.shape) - np.log1p(apart)))

    @property
    def variance(self) -> float:
        """Exactly."""
        return self.generations * self._cumulants[0]

    @property
    def _cumulants(self) -> list[float]:
        from scipy.special import polygamma

        return [float(polygamma(m, self.shape)) for m in (1, 2, 3)]

    def stretch(self, z: ArrayLike) -> Array:
        """Where a standard normal number goes to."""
        z = np.asarray(z, dtype=np.float64)
        second, third, fourth = self._cumulants
        skew = third / second**1.5 / np.sqrt(self.generations)
        excess = fourth / second**2 / self.generations
        bent = z + skew * (z**2 - 1) / 6 + excess * (z**3 - 3 * z) / 24 - skew**2 * (2 * z**3 - 5 * z) / 36
        return np.asarray(self.mean + np.sqrt(self.variance) * bent)

    def ppf(self, q: ArrayLike) -> Array:
        """Quantiles, by Cornish and Fisher's expansion."""
        from scipy.special import ndtri

        return self.stretch(ndtri(np.asarray(q, dtype=np.float64)))

    def cdf(self, x: ArrayLike) -> Array:
        """P(sum <= x): the same expansion, turned round by bisection."""
        from scipy.special import ndtr

        x = np.asarray(x, dtype=np.float64)
        low, high = np.full(x.shape, -12.0), np.full(x.shape, 12.0)
        for _ in range(60):
            middle = (low + high) / 2
            below = self.stretch(middle) < x
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray(ndtr(high))

    def sample(self, rng: Generator, size: int) -> Array:
        """(size,): draws."""
        if self.generations > FEW:
            return self.stretch(rng.standard_normal(size))
        total = np.zeros(size)
        for _ in range(self.generations):
            total += np.log(rng.standard_gamma(self.shape, size) / self.scale)
        return total
