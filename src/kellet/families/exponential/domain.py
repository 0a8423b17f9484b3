r"""Points as a family needs them: inside the support of its laws, a row for every replicate and column.

Differences of logarithms keep their digits here, however small they get: a law that collapses has a shape of 10^12 and
more, the logarithm of its mean and the mean of its logarithm then agree in twelve digits, and what they differ by is
all there is to learn from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Array, Points
from kellet.families.mixtures.bootstrap import Copies

FAR = 20.0


@dataclass(frozen=True, eq=False)
class Domain:
    """Where the points of a law lie: between low and high.  closed: 0 and the other ends belong to it.

    family, attempt: for people.
    """

    family: str
    low: float
    high: float
    closed: bool
    attempt: str

    def rows(self, points: Points) -> Rows:
        """The points, sorted out; one outside the support is an error and not an outcome."""
        values = np.asarray(points.values, dtype=np.float64)
        if values.ndim not in (2, 3):
            shapes = f"points of shape (R, n) or (R, n, d) for the {self.family} family"
            raise InputError(shapes, values.shape, "flat columns")
        shape = (len(values), *values.shape[2:])
        columns = int(np.prod(shape[1:]))
        flat = np.ascontiguousarray(np.moveaxis(values, 1, -1)).reshape(len(values) * columns, -1)
        weights = None if points.weights is None else np.repeat(points.weights, columns, axis=0)
        copies = Copies.of(Points(flat, weights))
        lost, weights = copies.collapsed, copies.weights
        count = np.repeat(np.broadcast_to(points.count, len(values)), columns)
        flat = np.where(lost[:, None], 0.5 if np.isfinite(self.high) else 1.0, copies.values)
        outside = (flat < self.low) | (flat > self.high)
        if not self.closed:
            outside |= (flat == self.low) | (flat == self.high)
        if outside.any():
            where = f"points between {self.low:g} and {self.high:g}" if np.isfinite(self.high) else "points"
            where += " (both excluded)" if np.isfinite(self.high) and not self.closed else ""
            where += "" if np.isfinite(self.high) else f" {'>=' if self.closed else '>'} {self.low:g}"
            raise InputError(f"{where} for the {self.family} family", f"{flat[outside][0]:g}", self.attempt)
        share = None if weights is None else weights / weights.sum(axis=1, keepdims=True)
        equal = np.asarray(flat.max(axis=1) == flat.min(axis=1))
        return Rows(flat, share, count, lost & (count > 0), lost, equal, shape)


@dataclass(frozen=True, eq=False)
class Rows:
    """Points of B = R d replicates and columns.

    values: (B, n).  share: (B, n), weights that sum to 1, or None where all weigh the same.  count: (B,).
    broken: (B,), a point is not finite.  lost: (B,), broken or without any points; its values are made up.
    equal: (B,), all values are the same.  shape: (R,) or (R, d).
    """

    values: Array
    share: Array | None
    count: Array
    broken: NDArray[np.bool_]
    lost: NDArray[np.bool_]
    equal: NDArray[np.bool_]
    shape: tuple[int, ...]

    def average(self, numbers: Array, at: NDArray[np.intp] | None = None) -> Array:
        """(B,): averages of numbers (B, n); at: the rows that they belong to, all by default."""
        if self.share is None:
            return np.asarray(numbers.mean(axis=1))
        return np.asarray(np.einsum("bn,bn->b", numbers, self.share if at is None else self.share[at]))

    def log_gap(self, values: Array | None = None) -> tuple[Array, Array]:
        """Means (B,), and the logarithm of each mean less the mean of the logarithms (B,), exact at any spread."""
        values = self.values if values is None else values
        mean = np.where(self.equal, values[:, 0], self.average(values))
        ratio = values / mean[:, None]
        np.maximum(ratio, np.finfo(float).tiny, out=ratio)
        gap = -self.average(np.log(ratio))
        # Where points lie close together the logarithms would cancel: each is then taken relative to the mean.
        if (close := np.flatnonzero((gap < 0.01) & ~self.equal)).size:
            apart = (values[close] - mean[close, None]) / mean[close, None]
            rest = self.average(apart, close)
            gap[close] = self.average(excess(apart), close) - excess(rest)
            mean[close] += mean[close] * rest
        return mean, np.where(self.equal, 0.0, np.maximum(gap, 0.0))

    def mark(self, dead: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
        """(R,): the replicates all of whose columns are dead (B,); None where there are none."""
        return np.asarray(dead.reshape(self.shape[0], -1).all(axis=1)) if dead.any() else None

    def give(self, numbers: Array) -> Array:
        """(R,) or (R, d) from (B,)."""
        return numbers.reshape(self.shape)


def excess(u: Array) -> Array:
    r""":math:`u - \ln(1+u) \ge 0`, elementwise, for u > -1; about :math:`u^2/2`.

    With r = u/(2+u) it is :math:`ru - 2r^3(1/3 + r^2/5 + r^4/7 + \dots)`, where nothing cancels.

    >>> print(excess(np.array([1e-9, 1.0])))
    [5.00000000e-19 3.06852819e-01]
    """
    near = np.clip(u, -0.2, 0.2)
    r = near / (2 + near)
    square = r * r
    series = np.zeros_like(square)
    for order in range(19, 1, -2):
        series = series * square + 1 / order
    return np.where(abs(u) > 0.2, u - np.log1p(u), r * near - 2 * r * square * series)


def shortfall(k: Array) -> Array:
    r""":math:`\ln k - \psi(k) > 0`, psi the digamma function: from 1/k at small to 1/(2k) at large k.

    >>> print(shortfall(np.array([1e-3, 1.0, 1e12])))
    [9.93667817e+02 5.77215665e-01 5.00000000e-13]
    """
    from scipy.special import digamma

    near, h = np.minimum(k, FAR), 1 / np.maximum(k, FAR)
    square = h * h
    tail = 1 / 120 - square * (1 / 252 - square * (1 / 240 - square * (1 / 132 - square * 691 / 32760)))
    return np.where(k < FAR, np.log(near) - digamma(near), h * (1 / 2 + h * (1 / 12 - square * tail)))


def shortfall_slope(k: Array) -> Array:
    r"""The slope of `shortfall` along ln k, :math:`1 - k\psi'(k) < 0`.

    >>> print(shortfall_slope(np.array([1e-3, 1.0, 1e12])))
    [-9.99001643e+02 -6.44934067e-01 -5.00000000e-13]
    """
    from scipy.special import zeta

    near, h = np.minimum(k, FAR), 1 / np.maximum(k, FAR)
    square = h * h
    tail = 1 / 30 - square * (1 / 42 - square * (1 / 30 - square * (5 / 66 - square * 691 / 2730)))
    return np.where(k < FAR, 1 - near * zeta(2, near), -h * (1 / 2 + h * (1 / 6 - square * tail)))


def guess_shape(gap: Array) -> Array:
    r"""The shape at which `shortfall` is about this gap, within 2 %: a place for Newton to start.

    Minka, Estimating a gamma distribution (2002), after Thom, U.S. Weather Bureau (1958).
    """
    root = np.hypot(gap - 3, np.sqrt(24 * gap))
    return np.where(gap < 3, (3 - gap + root) / (12 * gap), 2 / (np.maximum(gap - 3, 0.0) + root))
