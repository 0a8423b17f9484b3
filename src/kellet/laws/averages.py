"""One-parameter laws whose sufficient statistic averages: the sum of n of them has a known law of its own.

Each is given by the mean of its statistic, (R,) or (R, d) for d independent columns.  Their variance is quadratic in
that mean, V(mu) = a mu^2 + b mu + c (Morris, Annals of Statistics 10:65, 1982), and ``shape`` of the family says a and
b.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Integers, Points, Sums
from kellet.laws.counts import binomial, poisson
from kellet.laws.model import ByReplicate


@dataclass(frozen=True, eq=False)
class MeanLaw(ByReplicate, ABC):
    """A law known by the mean (R, ...) of its statistic.

    collapsed: (R,), where there was nothing to learn from, or None.
    """

    mean: Array
    collapsed: NDArray[np.bool_] | None = field(default=None, kw_only=True)

    @property
    def absorbed(self) -> NDArray[np.bool_]:
        """(R,): it can write one value only."""
        return np.asarray(~self.moves.reshape(len(self.mean), -1).any(axis=1))

    @property
    def moves(self) -> NDArray[np.bool_]:
        """(R, ...): the statistic can take more than one value."""
        return self.mean > 0

    @property
    @abstractmethod
    def variance(self) -> Array:
        """(R, ...): variance of the statistic of one point."""

    @abstractmethod
    def total(self, n: int | Integers, rng: Generator) -> Array:
        """(R, ...): a sum of the statistics of n points, drawn from its own law."""

    @abstractmethod
    def draw(self, mean: Array, shape: tuple[int, ...], rng: Generator) -> Array:
        """Points of the given shape, mean broadcasting to it."""

    def sample(self, n: int, rng: Generator) -> Points:
        shape = (len(self.mean), n, *self.mean.shape[1:])
        return Points(self.draw(self.mean[:, None], shape, rng))

    def statistics(self, n: int | Integers, rng: Generator) -> Sums:
        if isinstance(n, int):
            return Sums(float(n), self.total(n, rng))
        return Sums(n.astype(np.float64), self.total(n.reshape(-1, *[1] * (self.mean.ndim - 1)), rng))


@dataclass(frozen=True, eq=False)
class Bernoulli(MeanLaw):
    """Successes in ``trials`` trials; sums are binomial."""

    trials: int = 1

    @property
    def variance(self) -> Array:
        return self.mean * (1 - self.mean / self.trials)

    @property
    def moves(self) -> NDArray[np.bool_]:
        return (self.mean > 0) & (self.mean < self.trials)

    def total(self, n: int | Integers, rng: Generator) -> Array:
        return binomial(np.asarray(n, dtype=np.float64) * self.trials, self.mean / self.trials, rng)

    def draw(self, mean: Array, shape: tuple[int, ...], rng: Generator) -> Array:
        if self.trials == 1:
            return (rng.random(shape) < mean).astype(np.float64)
        return binomial(self.trials, mean / self.trials, rng, shape)


@dataclass(frozen=True, eq=False)
class Poisson(MeanLaw):
    """Counts; sums are Poisson."""

    @property
    def variance(self) -> Array:
        return self.mean

    def total(self, n: int | Integers, rng: Generator) -> Array:
        return poisson(n * self.mean, rng)

    def draw(self, mean: Array, shape: tuple[int, ...], rng: Generator) -> Array:
        return poisson(mean, rng, shape)


@dataclass(frozen=True, eq=False)
class NegativeBinomial(MeanLaw):
    r"""Counts with :math:`V = \mu + \mu^2/r`, r the ``size``; r = 1 is the geometric law (failures before a success).

    A Poisson count whose mean is gamma distributed, and so are sums: with r n for r.
    """

    size: float = 1.0

    @property
    def variance(self) -> Array:
        return self.mean + self.mean**2 / self.size

    def total(self, n: int | Integers, rng: Generator) -> Array:
        means = rng.standard_gamma(n * self.size, self.mean.shape) * (self.mean / self.size)
        return poisson(means, rng)

    def draw(self, mean: Array, shape: tuple[int, ...], rng: Generator) -> Array:
        return poisson(rng.standard_gamma(self.size, shape) * (mean / self.size), rng)


@dataclass(frozen=True, eq=False)
class Waiting(MeanLaw):
    """A law whose statistic is gamma distributed with known ``shape``, and so are sums of it."""

    shape: float = 1.0

    @property
    def variance(self) -> Array:
        return self.mean**2 / self.shape

    def total(self, n: int | Integers, rng: Generator) -> Array:
        return rng.standard_gamma(n * self.shape, self.mean.shape) * (self.mean / self.shape)

    def draw(self, mean: Array, shape: tuple[int, ...], rng: Generator) -> Array:
        return rng.standard_gamma(self.shape, shape) * (mean / self.shape)


@dataclass(frozen=True, eq=False)
class GammaMean(Waiting):
    """Waiting times of known ``shape``; shape 1 is the exponential law."""


@dataclass(frozen=True, eq=False)
class Pareto(Waiting):
    r"""Sizes above a ``minimum`` :math:`x_0`; the statistic :math:`\ln(x/x_0)` is exponential with mean 1/exponent."""

    minimum: float = 1.0
    of_statistic: ClassVar[bool] = True

    def draw(self, mean: Array, shape: tuple[int, ...], rng: Generator) -> Array:
        return self.minimum * np.exp(super().draw(mean, shape, rng))


@dataclass(frozen=True, eq=False)
class Laplace(Waiting):
    r"""Two-sided exponential about ``location`` m; the statistic :math:`|x - m|` is exponential, its mean the scale."""

    location: float = 0.0
    of_statistic: ClassVar[bool] = True

    def draw(self, mean: Array, shape: tuple[int, ...], rng: Generator) -> Array:
        return self.location + rng.choice((-1.0, 1.0), shape) * super().draw(mean, shape, rng)
