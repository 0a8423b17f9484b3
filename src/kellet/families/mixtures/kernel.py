"""The kernel family: a small normal law around every training point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Array, Points
from kellet.families.abilities import Learner
from kellet.families.mixtures.bootstrap import Copies
from kellet.laws.room import ROOM, blocks

JUDGES = 1000
"""Points left out, one at a time, to choose a bandwidth; of more, every second, or every third, and so on."""
CANDIDATES = 11
"""Bandwidths to choose from: twice Scott's, and each next one smaller by the root of 2, down to a sixteenth."""


class Kernel(Learner, frozen=True, tag="kernel"):
    r"""Learn a kernel density estimate with normal kernels, whose axes are the columns.

    .. math:: p(x) = \frac1n \sum_i \prod_j N(x_j;\, x_{ij},\, h_j^2)

    bandwidth: a number is every :math:`h_j`, in units of the data.  With the rules it is :math:`h_j = f s_j`, where
    s_j is the standard deviation (divisor n) of column j:

    * "scott": :math:`f = n^{-1/(d+4)}`;
    * "silverman": :math:`f = (n(d+2)/4)^{-1/(d+4)}`, best for a normal truth;
    * "cross-validated": the f of a grid, from 2 to 1/16 of Scott's, that gives left-out points the largest likelihood.
      Points that coincide (to 1e-5 s) with the left-out one are left out with it, or copies would ask for f = 0.

    Writing is drawing a training point and adding noise, so no model is narrower than its data.  A fixed h lets the
    variance go to :math:`(n-1)h^2` (`kellet.theory.normal.kernel_variance`); a rule makes the variance of each column
    grow by the factor :math:`(1-1/n)(1+f^2)` per generation, for ever, while covariances, which the noise doesn't have,
    shrink by :math:`1-1/n`.  In many dimensions the rules give an f near 1, and a fresh real share below about
    :math:`f^2/(1+f^2)` doesn't hold such a loop.

    A point of weight w counts as w points, in n too; points of weight 0 are absent.  A replicate is collapsed when it
    has no points, one that isn't finite, or (with a rule) points that all coincide, which set no width; it then writes
    one point again and again.

    Silverman, Density Estimation (1986), sections 3.4 and 4.3; Scott, Multivariate Density Estimation (1992), section
    6.3; Habbema, Hermans and van den Broek, COMPSTAT 101 (1974), and Duin, IEEE Trans. Comput. C-25:1175 (1976), for
    leaving one out.

    >>> points = Points(np.array([[0.0, 1.0, 2.0, 3.0]]))
    >>> Kernel(0.5).fit(points).variance, Kernel("scott").fit(points).widths.round(3)
    (array([1.5]), array([[0.847]]))
    """

    words = "the points that it was given, each blurred by a bell (a kernel density estimate)"
    bandwidth: float | Literal["silverman", "scott", "cross-validated"] = "silverman"

    def __post_init__(self) -> None:
        if not isinstance(self.bandwidth, str) and not 0 < self.bandwidth < np.inf:
            raise InputError("a finite bandwidth > 0 (a standard deviation)", self.bandwidth, "silverman")

    def fit(self, evidence: Points, rng: Generator | None = None, previous: object = None) -> KernelEstimate:
        copies = Copies.of(Points(np.asarray(evidence.values, dtype=np.float64), evidence.weights))
        if not isinstance(self.bandwidth, str):
            widths = np.full((len(copies.values), copies.rows.shape[2]), float(self.bandwidth))
            return KernelEstimate(copies, widths, copies.collapsed, copies.reason)
        with np.errstate(over="ignore"):
            sd = np.sqrt(copies.variance).reshape(len(copies.values), -1)
        flat, burst = ~(sd > 0).any(axis=1), ~np.isfinite(sd).all(axis=1)
        collapsed = copies.collapsed | flat | burst
        sd[collapsed] = 0.0
        still = "its points coincide, which sets no bandwidth" if (flat & ~copies.collapsed).any() else None
        reason = copies.reason or still or ("its variance left the range of numbers" if burst.any() else None)
        return KernelEstimate(copies, self._choose_factors(copies, sd)[:, None] * sd, collapsed, reason)

    def _choose_factors(self, copies: Copies, sd: Array) -> Array:
        """(R,): f."""
        d = sd.shape[1]
        if self.bandwidth == "silverman":
            return np.asarray((copies.count * (d + 2) / 4) ** (-1 / (d + 4)))
        scott = np.asarray(copies.count ** (-1 / (d + 4)))
        if self.bandwidth == "scott":
            return scott
        weights = np.ones(copies.values.shape[:2]) if copies.weights is None else copies.weights
        for r in np.flatnonzero(sd.any(axis=1)):
            there, wide = weights[r] > 0, sd[r] > 0
            points = copies.rows[r][there][:, wide] / sd[r][wide]
            scott[r] = _cross_validate(points, weights[r][there], 2 * scott[r])
        return scott


@dataclass(frozen=True, eq=False)
class KernelEstimate:
    """Normal laws around points.

    copies: the points.  widths: (R, D), standard deviations of the kernels.  collapsed: (R,).  reason: why.
    """

    copies: Copies
    widths: Array
    collapsed: NDArray[np.bool_]
    reason: str | None = None

    @property
    def mean(self) -> Array:
        return self.copies.mean

    @property
    def variance(self) -> Array:
        """(R,) for scalars, (R, D) for anything else."""
        return self.copies.variance + self.widths.reshape(self.copies.variance.shape) ** 2

    @property
    def covariance(self) -> Array:
        """(R,) for scalars, (R, D, D) for anything else."""
        if self.copies.values.ndim == 2:
            return self.variance
        return self.copies.covariance + self.widths[:, :, None] ** 2 * np.eye(self.widths.shape[1])

    def sample(self, n: int, rng: Generator) -> Points:
        drawn = self.copies.sample(n, rng).values
        noise = rng.standard_normal(drawn.shape)
        noise *= self.widths.reshape(len(drawn), 1, *drawn.shape[2:])
        noise += drawn
        return Points(noise)

    def log_density(self, values: Array) -> Array:
        """(R, m): values is (R, m, ...), or (1, m, ...) for all replicates; -inf where a width is 0."""
        there = np.asarray(values, dtype=np.float64).reshape(*values.shape[:2], -1)
        rows, weights = self.copies.rows, self.copies.weights
        r, n, d = rows.shape
        scores = np.full((r, there.shape[1]), -np.inf)
        for k in np.flatnonzero((self.widths > 0).all(axis=1)):
            shares = np.full(n, 1 / n) if weights is None else weights[k] / weights[k].sum()
            height = -np.log(self.widths[k]).sum() - d / 2 * np.log(2 * np.pi)
            points, judged = rows[k] / self.widths[k], there[k % len(there)] / self.widths[k]
            for part in blocks(len(judged), n):
                squares = _measure_squares(judged[part], points)
                squares[:, shares == 0] = np.inf
                nearest = squares.min(axis=1)
                total = np.exp(-(squares - nearest[:, None]) / 2) @ shares
                scores[k, part] = height - nearest / 2 + np.log(total)
        return scores


def _cross_validate(points: Array, weights: Array, widest: float) -> float:
    """The best of widest / sqrt(2)^k for points (n, D) in standard deviations, left out one at a time."""
    n, d = points.shape
    judges = np.arange(0, n, -(-n // JUDGES))
    candidates = widest * 2.0 ** (-np.arange(CANDIDATES) / 2)
    scores = -d * weights[judges].sum() * np.log(candidates)
    for part in np.array_split(judges, -(-len(judges) * n // ROOM)):
        squares = _measure_squares(points[part], points)
        squares[squares < 1e-10] = np.inf
        nearest = squares.min(axis=1)
        # Half the squared bandwidth squares every kernel: one exponential serves all candidates.
        kernels = np.exp((nearest[:, None] - squares) / (2 * widest**2))
        for k, h in enumerate(candidates):
            scores[k] += weights[part] @ (np.log(kernels @ weights) - nearest / (2 * h**2))
            kernels *= kernels
    return float(candidates[scores.argmax()])


def _measure_squares(x: Array, y: Array) -> Array:
    """(n, m): squared distances between the rows of x (n, D) and y (m, D)."""
    centre = y.mean(axis=0)
    x, y = x - centre, y - centre
    squares: Array = x @ y.T
    squares *= -2.0
    squares += (x**2).sum(axis=1)[:, None]
    squares += (y**2).sum(axis=1)
    return np.maximum(squares, 0.0, out=squares)
