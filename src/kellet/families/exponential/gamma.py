"""The gamma family, both parameters unknown."""

from __future__ import annotations

from typing import Any

import numpy as np

from kellet.errors import InputError
from kellet.evidence import Array, Points
from kellet.families.abilities import Learner
from kellet.families.exponential.domain import Domain
from kellet.families.exponential.logarithms import shape_of, shortfall, shortfall_slope
from kellet.families.exponential.newton import Numbers, rise
from kellet.families.family import Prior
from kellet.laws.gamma import Gamma as Law

POSITIVE = Domain("gamma", 0.0, np.inf, False, "a world of positive numbers, or leaving out zeros")


class Gamma(Learner, frozen=True, tag="gamma"):
    r"""Learn shape and scale of a gamma law by maximum likelihood,

    .. math:: \ln k - \psi(k) = \ln\bar x - \overline{\ln x} =: s, \qquad \theta = \bar x / k .

    s is computed relative to the mean, so that its digits survive shapes of 10^12 and more, and Newton's method is
    applied to the logarithm of the left side as a function of ln k, which is very nearly a straight line.

    prior: strength A imaginary points of a gamma law with the given mean (default 1) and variance (default 1): their
    averages of x and of ln x are pooled with those of the points, the posterior mode under the conjugate prior.

    A replicate is collapsed when all its points are the same (without a prior), when it has none, or when one is not
    finite; it writes the one value that it saw.  Points must be > 0.

    Minka, Estimating a gamma distribution, Microsoft Research (2002); Damsleth, Conjugate classes for gamma
    distributions, Scand. J. Statist. 2:80 (1975).

    >>> model = Gamma().fit(Points(np.array([[1.0, 2.0, 6.0], [4.0, 4.0, 4.0]])))
    >>> model.shape.round(4), model.mean, model.collapsed
    (array([2.0004,    inf]), array([3., 4.]), array([False,  True]))
    """

    prior: Prior | None = None

    def __post_init__(self) -> None:
        if self.prior and self.prior.mean is not None and not np.all(np.asarray(self.prior.mean) > 0):
            raise InputError("a prior mean > 0 for the gamma family", self.prior.mean, "1")

    def describe(self) -> str:
        return "a gamma law, of positive numbers"

    def fit(self, evidence: Points, rng: object = None, previous: object = None) -> Law:
        rows = POSITIVE.rows(evidence)
        mean, gap = rows.log_gap()
        if self.prior and self.prior.strength:
            mean, gap = self._pool(self.prior, mean, gap, np.where(rows.lost, 0.0, rows.count), rows.shape)
            dead = rows.broken
        else:
            dead = (gap <= 0) | rows.lost
            mean[rows.lost] = np.nan
        mean[rows.broken] = np.nan
        shape = np.full(len(gap), np.inf)
        alive = np.flatnonzero(~dead)
        if alive.size:
            shape[alive] = shape_from(gap[alive])
        return Law(rows.give(shape), rows.give(mean / shape), rows.mark(dead), rows.give(mean))

    def _pool(self, prior: Prior, mean: Array, gap: Array, count: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
        centre: Any = np.broadcast_to(1.0 if prior.mean is None else np.asarray(prior.mean, dtype=float), shape).ravel()
        own = shortfall(centre * centre / (1.0 if prior.variance is None else prior.variance))
        share = prior.strength / (prior.strength + count)
        pooled = mean + share * (centre - mean)
        return pooled, (1 - share) * (gap + np.log(pooled / mean)) + share * (own + np.log(pooled / centre))


def shape_from(gap: Array) -> Array:
    """The shape (B,) of a gamma law with this gap (B,) between the logarithm of the mean and the mean of the logarithm.

    >>> shape_from(np.array([np.euler_gamma, 5e-13])).round(6)
    array([1.e+00, 1.e+12])
    """
    target = np.log(gap)

    def equation(y: Array, at: Numbers) -> tuple[Array, Array]:
        k = np.exp(y)
        short = shortfall(k)
        return target[at] - np.log(short), -shortfall_slope(k) / short

    return np.exp(rise(equation, np.log(shape_of(gap))))
