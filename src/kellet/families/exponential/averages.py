r"""Families of one parameter: maximum likelihood sets the mean of the statistic to its sample mean.

With a conjugate prior of strength A at :math:`\phi` the fit is :math:`(n\bar t + A\phi)/(n + A)`: the posterior mean of
:math:`\mu` and at the same time the posterior mode in the natural parameter.  The mode in the mean parameter is another
point,

.. math:: \hat\mu = \frac{n\bar t + A\phi - b}{n + A + 2a}, \qquad V(\mu) = a\mu^2 + b\mu + c,

since the density picks up a factor 1/V(mu) on the way: a uniform prior on a probability (A = 2, phi = 1/2) leaves the
absorbing states absorbing in the one parametrisation and not in the other.  P. Diaconis and D. Ylvisaker, Annals of
Statistics 7:269 (1979); F. Jangjoo et al., PRL 136, 197301 (2026), on what a prior does to a closed loop.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import fields
from functools import lru_cache
from typing import Literal

import msgspec
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Array, Points, Sums, column, find_empty
from kellet.families.abilities import Learner
from kellet.families.family import Prior
from kellet.laws import averages as laws


class Average(Learner, frozen=True):
    """What the families of this file share.  prior: imaginary points of the given mean of the statistic."""

    words = "a law with one number to learn, an average ({settings})"
    prior: Prior | None = None

    learns = Sums
    discrete = True
    heeds = ("parametrisation",)

    def __post_init__(self) -> None:
        self.check_prior()

    def law(self, mean: Array, collapsed: NDArray[np.bool_] | None = None) -> laws.MeanLaw:
        """The law with that mean of the statistic, and with the settings that it shares with the family."""
        law: type[laws.MeanLaw] = self.models[0]
        return law(mean, **_share_settings(self), collapsed=collapsed)

    @property
    @abstractmethod
    def bend(self) -> tuple[float, float]:
        """a and b of the variance function."""

    @property
    def middle(self) -> float:
        """Where a prior lies that doesn't say."""
        return 1.0

    @property
    def top(self) -> float:
        """The largest mean that the statistic can have."""
        return np.inf

    @property
    def span(self) -> tuple[float, float]:
        return 0.0, self.top

    @property
    def prior_span(self) -> tuple[float, float]:
        return 0.0, self.top

    @property
    def imagined(self) -> tuple[float, float] | None:
        """How many points its prior is worth, and where those lie, so that the fit is the mean of all points.

        None where it isn't: the posterior mode may then sit at an edge of what means can be.

        >>> Poisson(Prior(3, 2.0)).imagined, Bernoulli(Prior(2, parametrisation="mean")).imagined
        ((3.0, 2.0), (0.0, 0.5))
        """
        if (given := self.prior) is None:
            return 0.0, self.middle
        strength, middle = given.strength, self.middle if given.mean is None else float(np.mean(given.mean))
        if given.parametrisation == "natural":
            return float(strength), middle
        a, b = self.bend
        left, total = strength + 2 * a, strength * middle - b
        if left < 0 or not 0 <= total <= left * self.top:
            return None
        return left, total / left if left else middle

    def statistic(self, values: Array) -> Array:
        """What averages."""
        return values

    def summarise(self, points: Points) -> Sums:
        statistic, w = self.statistic(np.asarray(points.values, dtype=np.float64)), points.weights
        total = statistic.sum(axis=1) if w is None else np.einsum("rn,rn...->r...", w, statistic)
        return Sums(points.count, total)

    def fit(self, evidence: Sums, rng: Generator | None = None, previous: object = None) -> laws.MeanLaw:
        if not self.prior:
            return self.law(self.average(evidence), find_empty(evidence))
        strength = self.prior.strength
        middle = self.middle if self.prior.mean is None else np.asarray(self.prior.mean, dtype=np.float64)
        pooled = evidence + Sums(strength, np.broadcast_to(strength * middle, evidence.total.shape))
        if self.prior.parametrisation == "natural":
            return self.law(self.average(pooled), find_empty(pooled))
        # Where there are no points either, a prior of no mode says nothing.
        left = pooled.count + 2 * self.bend[0]
        empty = find_empty(evidence) if np.min(left) <= 0 else None
        return self.law(self._find_mode(pooled), empty)

    def _find_mode(self, pooled: Sums) -> Array:
        """Where the posterior density of the mean is largest, in the middle of where it is if it is flat."""
        a, b = self.bend
        left = np.asarray(column(pooled.count + 2 * a, pooled.total))
        inside = np.clip((pooled.total - b) / np.where(left > 0, left, 1.0), 0.0, self.top)
        if (left > 0).all():
            return inside
        # So few points that the density is infinite at both edges: where it grows faster.
        return np.where(left > 0, inside, self.top * (1 + np.sign(pooled.mean - self.top / 2)) / 2)

    def average(self, evidence: Sums) -> Array:
        """The mean of the statistic, or what stands for it."""
        # Weights add up with rounding, and so the mean of equal numbers may lie beyond them.
        return np.minimum(evidence.mean, self.top)

    def knows(self, truth: object) -> bool:
        """Whether a true law gives this family's statistics: the same kind, with the same known parameters."""
        mine = self.law(np.ones(1))
        return type(truth) is type(mine) and {**vars(truth), "mean": None} == {**vars(mine), "mean": None}


@lru_cache
def _share_settings(family: Average) -> dict[str, float]:
    own = msgspec.structs.asdict(family)
    return {field.name: own[field.name] for field in fields(family.models[0]) if field.name in own}


class Bernoulli(Average, frozen=True, tag="bernoulli"):
    """Successes in ``trials`` trials (1: yes or no), from the mean number of successes.

    >>> Bernoulli().fit(Sums(10.0, np.array([3.0]))).mean
    array([0.3])
    >>> uniform = Prior(2)
    >>> Bernoulli(uniform).fit(Sums(10.0, np.array([0.0]))).mean.round(4)
    array([0.0833])
    """

    trials: int = 1
    models = (laws.Bernoulli,)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_least(1, "trials")

    @property
    def bend(self) -> tuple[float, float]:
        return -1 / self.trials, 1.0

    @property
    def middle(self) -> float:
        return self.trials / 2

    @property
    def top(self) -> float:
        return float(self.trials)


class Poisson(Average, frozen=True, tag="poisson"):
    """Counts, from their mean."""

    models = (laws.Poisson,)
    bend = 0.0, 1.0


class NegativeBinomial(Average, frozen=True, tag="negative-binomial"):
    """Counts of known ``size`` r, from their mean; r = 1 is the geometric family."""

    size: float = 1.0
    models = (laws.NegativeBinomial,)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_finite("size")

    @property
    def bend(self) -> tuple[float, float]:
        return 1 / self.size, 1.0


class Geometric(Average, frozen=True, tag="geometric"):
    """Failures before a success, from their mean: the negative binomial family of size 1."""

    models = (laws.NegativeBinomial,)
    bend = 1.0, 1.0


class WaitingTime(Average, frozen=True):
    r"""What the families of waiting times share.

    shape: known; 1 makes the statistic exponential.  unbiased_for: "mean", which is maximum likelihood, or "rate":
    :math:`\hat\mu = \bar t\, nr/(nr-1)`, whose loop blows up where the other one collapses.
    """

    shape: float = 1.0
    unbiased_for: Literal["mean", "rate"] = "mean"

    discrete = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_finite("shape")
        if self.unbiased_for == "rate" and self.prior and self.prior.parametrisation == "mean":
            raise InputError("a posterior mode or a fit unbiased for the rate", "both", "leaving out unbiased_for")

    @property
    def bend(self) -> tuple[float, float]:
        return 1 / self.shape, 0.0

    def average(self, evidence: Sums) -> Array:
        if self.unbiased_for == "mean":
            return evidence.mean
        points = evidence.count * self.shape
        return evidence.mean * column(points / np.maximum(points - 1, np.finfo(float).tiny), evidence.total)


class Exponential(WaitingTime, frozen=True, tag="exponential"):
    """Waiting times of an exponential law (or, with a known shape, a gamma law), from their mean."""

    models = (laws.GammaMean,)


class Pareto(WaitingTime, frozen=True, tag="pareto"):
    r"""Sizes above a known ``minimum``: the mean of :math:`\ln(x/x_0)` is 1/exponent."""

    minimum: float = 1.0
    models = (laws.Pareto,)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_finite("minimum")

    @property
    def span(self) -> tuple[float, float]:
        return self.minimum, np.inf

    def statistic(self, values: Array) -> Array:
        return np.log(values / self.minimum)


class Laplace(WaitingTime, frozen=True, tag="laplace"):
    """Both sides of a known ``location``: the mean distance from it is the scale."""

    location: float = 0.0
    models = (laws.Laplace,)
    span = -np.inf, np.inf

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_finite("location", negative=True)

    def statistic(self, values: Array) -> Array:
        return np.abs(values - self.location)
