"""The normal law, one- and d-dimensional, with the law of its own statistics."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Count, Integers, Moments, Points, distinct
from kellet.laws.model import ByReplicate

LOGARITHMS = np.log(np.finfo(float).tiny), np.log(np.finfo(float).max)
"""Of the smallest and the largest number."""


@dataclass(frozen=True, eq=False)
class Normal(ByReplicate):
    r"""One-dimensional normal models.  mean, sd: (R,).  collapsed: (R,), or None where all had something to learn from.

    The statistics of n points are drawn from their own law: :math:`\bar x \sim N(\mu, \sigma^2/n)` and, independently,
    :math:`\sum (x-\bar x)^2 \sim \sigma^2 \chi^2_{n-1}`.  Who learns but one of the two needs but one drawn: ``free``
    says which, and then the root is 0, or the sum of squares is about the known mean and has n degrees of freedom.
    """

    mean: Array
    sd: Array
    collapsed: NDArray[np.bool_] | None = None
    free: Literal["both", "mean", "variance"] = "both"

    @property
    def variance(self) -> Array:
        sd = distinct(self.sd)
        return np.broadcast_to(sd * sd, self.sd.shape)

    @property
    def absorbed(self) -> NDArray[np.bool_]:
        """(R,): it can write one point only."""
        return np.equal(self.sd, 0.0)

    def sample(self, n: int, rng: Generator) -> Points:
        return Points(self.mean[:, None] + self.sd[:, None] * rng.standard_normal((len(self.mean), n)))

    def statistics(self, n: int | Integers, rng: Generator) -> Moments:
        r = len(self.mean)
        count = float(n) if isinstance(n, int) else n.astype(np.float64)
        if self.free == "variance":
            mean, freedom = self.mean, n
        else:
            mean, freedom = rng.standard_normal(r), n - 1
            mean *= distinct(self.sd) / (math.sqrt(n) if isinstance(n, int) else np.sqrt(np.maximum(n, 1)))
            mean += self.mean
        if self.free == "mean":
            return Moments(count, mean, np.broadcast_to(0.0, r))
        freedom = max(freedom, 0) if isinstance(freedom, int) else np.maximum(freedom, 0)
        root = rng.standard_gamma(freedom / 2, r)
        np.sqrt(root, out=root)
        root *= math.sqrt(2) * self.sd
        return Moments(count, mean, root)


@dataclass(frozen=True, eq=False)
class MultivariateNormal(ByReplicate):
    r"""d-dimensional normal models.  mean: (R, d); factor: (R, d, d), lower triangular with :math:`\Sigma = FF^T`.
    collapsed: as in `Normal`.

    The scatter of n points is Wishart with n - 1 degrees of freedom, drawn as :math:`(FA)(FA)^T` with A lower
    triangular, :math:`A_{ii}^2 \sim \chi^2_{n-i}` (i from 1) and normals below (Bartlett, Proc. R. Soc. Edinburgh
    53:260, 1933).  The product of triangular factors is never squared, so a covariance whose eigenvalues part by
    hundreds of orders of magnitude stays exact.
    """

    mean: Array
    factor: Array
    collapsed: NDArray[np.bool_] | None = None

    @property
    def covariance(self) -> Array:
        return self.factor @ self.factor.swapaxes(-1, -2)

    @property
    def variance(self) -> Array:
        """(R, d): the diagonal of the covariance."""
        return np.einsum("rij,rij->ri", self.factor, self.factor)  # type: ignore[no-any-return]

    @property
    def absorbed(self) -> NDArray[np.bool_]:
        """(R,): it can write one point only."""
        return np.asarray(~np.any(self.factor, axis=(1, 2)))

    def sample(self, n: int, rng: Generator) -> Points:
        r, d = self.mean.shape
        return Points(self.mean[:, None] + rng.standard_normal((r, n, d)) @ self.factor.swapaxes(-1, -2))

    def statistics(self, n: int | Integers, rng: Generator) -> Moments:
        r, d = self.mean.shape
        normal = rng.standard_normal((r, d * (d + 1) // 2))
        count: Count
        if isinstance(n, int):
            count, size = float(n), np.sqrt(np.full((1, 1), max(n, 1)))
            # Column by column: NumPy draws for one shape twice as quickly as for an array of them.
            squares = np.stack([rng.standard_gamma(max(n - 1 - i, 0) / 2, r) for i in range(d)], axis=1)
            few = n <= d
        else:
            count, size = n.astype(np.float64), np.sqrt(np.maximum(n, 1))[:, None]
            squares = rng.standard_gamma(np.maximum(n[:, None] - 1 - np.arange(d), 0) / 2)
            few = bool((n <= d).any())
        mean = self.mean + np.einsum("rij,rj->ri", self.factor, normal[:, :d]) / size
        bartlett = np.zeros((r, d, d))
        bartlett[:, *np.tril_indices(d, -1)] = normal[:, d:]
        squares *= 2
        bartlett.reshape(r, d * d)[:, :: d + 1] = np.sqrt(squares, out=squares)
        if few:
            bartlett *= (squares > 0)[:, None]
        return Moments(count, mean, self.factor @ bartlett)


@dataclass(frozen=True, eq=False)
class LogNormal(ByReplicate):
    """Lognormal models: ``logarithm``, and ``mean`` and ``variance`` too, are of the points' logarithms.

    Points too small or too large for a number are written as the smallest and the largest there is.
    """

    logarithm: Normal | MultivariateNormal
    of_statistic: ClassVar[bool] = True

    @property
    def mean(self) -> Array:
        return self.logarithm.mean

    @property
    def variance(self) -> Array:
        return self.logarithm.variance

    @property
    def collapsed(self) -> NDArray[np.bool_] | None:
        return self.logarithm.collapsed

    @property
    def absorbed(self) -> NDArray[np.bool_]:
        return self.logarithm.absorbed

    def sample(self, n: int, rng: Generator) -> Points:
        logarithms = self.logarithm.sample(n, rng).values
        return Points(np.exp(np.clip(logarithms, *LOGARITHMS, out=logarithms)))

    def statistics(self, n: int | Integers, rng: Generator) -> Moments:
        return self.logarithm.statistics(n, rng)
