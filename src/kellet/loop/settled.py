"""What the mean of a loop of an average is distributed like, once it has settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from kellet.evidence import Array
from kellet.families import Bernoulli, Geometric, NegativeBinomial
from kellet.families.exponential.averages import Average, WaitingTime
from kellet.theory import laws, stationary


class Parameter(Protocol):
    """The law of a parameter, from `kellet.theory.laws`."""

    def sample(self, rng: Generator, size: int) -> Array: ...


@runtime_checkable
class Number(Parameter, Protocol):
    """The law of a parameter that is one number."""

    def cdf(self, x: ArrayLike) -> Array: ...
    def ppf(self, q: ArrayLike) -> Array: ...


@dataclass(frozen=True, eq=False)
class Transform:
    """The law of an increasing function of a variable whose law is known.  to: that function; back: its inverse."""

    law: Number
    to: Callable[[Array], Array]
    back: Callable[[Array], Array]

    def cdf(self, x: ArrayLike) -> Array:
        return self.law.cdf(self.back(np.asarray(x, dtype=np.float64)))

    def ppf(self, q: ArrayLike) -> Array:
        return self.to(self.law.ppf(q))

    def sample(self, rng: Generator, size: int) -> Array:
        return self.to(self.law.sample(rng, size))


def settle_mean(family: Average, mean: float, points: float) -> Number:
    """The conjugate law of the mean, of 2 ``points`` pseudo-observations at this ``mean``.

    See `kellet.theory.stationary`; for counts of failures it is that of odds, r p / (1 - p) with p of a beta law.

    >>> from kellet.families import Poisson
    >>> settle_mean(Poisson(), 3.0, 2.0)
    Gamma(shape=12.0, rate=4.0)
    """
    if isinstance(family, Bernoulli):
        n = family.trials
        return Transform(stationary.bernoulli(points * n, mean / n), lambda p: n * p, lambda m: m / n)
    if isinstance(family, NegativeBinomial | Geometric):
        r = family.size if isinstance(family, NegativeBinomial) else 1.0
        odds = laws.Beta(2 * points * mean, 2 * points * r + 1)
        return Transform(odds, lambda p: r * p / (1 - p), lambda m: m / (r + m))
    if isinstance(family, WaitingTime):
        return stationary.exponential(points, mean, family.shape)
    return stationary.poisson(points, mean)
