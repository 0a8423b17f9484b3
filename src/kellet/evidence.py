"""Evidence: everything a family can learn from. All of it adds.

``a + b`` pools two bodies of evidence, ``w * a`` makes each of its points count ``w`` times, and ``a.count`` says how
many points' worth it is.  Axis 0 of every array is the replicate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any, Protocol, Self, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Count = float | Array


@runtime_checkable
class Evidence(Protocol):
    """What a family learns from."""

    @property
    def count(self) -> Count:
        """How many points it is worth: one number, or one per replicate (R,)."""
        ...

    @property
    def replicates(self) -> int:
        """Length of axis 0."""
        ...

    def __add__(self, other: Self, /) -> Self:
        """Pool."""
        ...

    def __rmul__(self, weight: float, /) -> Self:
        """Weigh."""
        ...


@dataclass(frozen=True, eq=False)
class Points:
    """Data points themselves.

    values: (R, n, ...).  weights: (R, n), or None where every point counts once; a filter sets a weight to 0 rather
    than make the array ragged.  origin: broadcasts to (R, n); 0 for real points, else the generation whose training set
    the point was written for.

    >>> real, written = Points(np.zeros((1, 3))), Points(np.ones((1, 2)), origin=1)
    >>> pool = real + 2.0 * written
    >>> pool.count, pool.origins
    (array([7.]), array([[0, 0, 0, 1, 1]]))
    """

    values: NDArray[Any]
    weights: Array | None = None
    origin: int | Integers = 0

    @property
    def replicates(self) -> int:
        return len(self.values)

    @property
    def size(self) -> int:
        """Number of points per replicate, whatever they weigh."""
        return int(self.values.shape[1])

    @property
    def count(self) -> Count:
        return float(self.size) if self.weights is None else self.weights.sum(axis=1)

    @property
    def origins(self) -> Integers:
        """(R, n): where each point came from."""
        return np.broadcast_to(np.asarray(self.origin, dtype=np.int64), self.values.shape[:2])

    @property
    def weighed(self) -> Array:
        """(R, n): the weights, ones where none were given."""
        return np.ones(self.values.shape[:2]) if self.weights is None else self.weights

    def __add__(self, other: Points) -> Points:
        plain = self.weights is None and other.weights is None
        same = isinstance(self.origin, int) and isinstance(other.origin, int) and self.origin == other.origin
        return Points(
            np.concatenate([self.values, other.values], axis=1),
            None if plain else np.concatenate([self.weighed, other.weighed], axis=1),
            self.origin if same else np.concatenate([self.origins, other.origins], axis=1),
        )

    def __rmul__(self, weight: float) -> Points:
        return Points(self.values, weight * self.weighed, self.origin)

    def head(self, n: int | Integers) -> Points:
        """Of replicate r the first n[r] points, the others weighing nothing; where n is one number, all of them."""
        if not isinstance(n, np.ndarray):
            return self
        return Points(self.values, self.weighed * (np.arange(self.size) < n[:, None]), self.origin)

    def take(self, rows: NDArray[np.integer]) -> Points:
        """Pick points: rows is (R, k), positions along axis 1 for each replicate."""
        at = np.arange(self.replicates)[:, None]
        weights = None if self.weights is None else self.weights[at, rows]
        origin = self.origin if isinstance(self.origin, int) else self.origins[at, rows]
        return Points(self.values[at, rows], weights, origin)


@dataclass(frozen=True, eq=False)
class Moments:
    r"""Count, mean and scatter, with the scatter :math:`S = \sum (x-\bar x)(x-\bar x)^T` held as a square root.

    count: a number or (R,).  mean: (R,) for scalars, (R, d) for vectors.  root: (R,), or (R, d, d) lower triangular,
    with :math:`S = LL^T`.  Pooling follows Chan, Golub and LeVeque (The American Statistician 37:242, 1983) in
    square-root form: nothing is ever subtracted from a sum of squares, so a variance of 1e-300 survives beside a
    mean of 5, and eigenvalues that part by hundreds of orders of magnitude keep their digits.

    >>> a = Moments.of(np.array([[1.0, 2.0]])); b = Moments.of(np.array([[6.0]]))
    >>> pool = a + b
    >>> pool.count, pool.mean, pool.scatter.round(12)
    (3.0, array([3.]), array([14.]))
    """

    count: Count
    mean: Array
    root: Array

    @staticmethod
    def of(values: NDArray[np.generic], weights: Array | None = None) -> Moments:
        """Moments of points: values is (R, n) or (R, n, d), weights is (R, n) or None."""
        x = np.asarray(values, dtype=np.float64)
        if weights is None:
            count: Count = float(x.shape[1])
            mean = x.mean(axis=1) if x.shape[1] else np.zeros(x.shape[:1] + x.shape[2:])
            apart = x - mean[:, None]
        else:
            count = weights.sum(axis=1)
            share = weights / np.where(count > 0, count, 1.0)[:, None]
            mean = np.einsum("rn,rn...->r...", share, x)
            root_weight = np.sqrt(weights)
            apart = (x - mean[:, None]) * (root_weight if x.ndim == 2 else root_weight[..., None])
        if x.ndim == 2:
            return Moments(count, mean, np.sqrt(np.einsum("rn,rn->r", apart, apart)))
        return Moments(count, mean, compress(apart))

    @property
    def replicates(self) -> int:
        return len(self.mean)

    @property
    def scatter(self) -> Array:
        """(R,) or (R, d, d): the sum of squares about the mean."""
        return self.root**2 if self.root.ndim == 1 else self.root @ self.root.swapaxes(-1, -2)

    @property
    def sum(self) -> Array:
        """(R,) or (R, d): the sum of the points."""
        return column(self.count, self.mean) * self.mean

    def __add__(self, other: Moments) -> Moments:
        total = self.count + other.count
        share = other.count / np.where(total > 0, total, 1.0)
        gap = other.mean - self.mean
        mean = self.mean + column(share, gap) * gap
        between = column(np.sqrt(self.count * share), gap) * gap
        if self.root.ndim == 1:
            return Moments(total, mean, length(self.root, other.root, between))
        rows = [self.root.swapaxes(-1, -2), other.root.swapaxes(-1, -2), between[:, None, :]]
        return Moments(total, mean, compress(np.concatenate(rows, axis=1)))

    def __rmul__(self, weight: float) -> Moments:
        return Moments(weight * self.count, self.mean, np.sqrt(weight) * self.root)


@dataclass(frozen=True, eq=False)
class Counts:
    """How often each category occurred.

    values: (R, A), the counts of the living categories.  categories: (A,), their increasing positions among all
    ``size`` categories, or None where all are alive.  Whoever has seen a category die everywhere may drop it: a dead
    category costs nothing.

    >>> pool = Counts(np.array([[2, 1]]), np.array([0, 5]), 8) + Counts(np.array([[3]]), np.array([5]), 8)
    >>> pool.categories, pool.values, pool.count
    (array([0, 5]), array([[2, 4]]), array([6]))
    >>> pool.dense()
    array([[2, 0, 0, 0, 0, 4, 0, 0]])
    """

    values: NDArray[Any]
    categories: Integers | None = None
    size: int = 0

    def __post_init__(self) -> None:
        if self.categories is None:
            object.__setattr__(self, "size", self.values.shape[1])

    @cached_property
    def count(self) -> Array:
        return self.values.sum(axis=1)  # type: ignore[no-any-return]

    @property
    def replicates(self) -> int:
        return len(self.values)

    def dense(self) -> NDArray[Any]:
        """(R, size): the counts of all categories, dead ones too."""
        if self.categories is None:
            return self.values
        full = np.zeros((len(self.values), self.size), dtype=self.values.dtype)
        full[:, self.categories] = self.values
        return full

    def __add__(self, other: Counts) -> Counts:
        if self.size != other.size:
            raise ValueError(f"expected counts over the same {self.size} categories; got {other.size}")
        if self.categories is other.categories:
            return Counts(self.values + other.values, self.categories, self.size)
        if self.categories is None or other.categories is None:
            return Counts(self.dense() + other.dense())
        union = np.union1d(self.categories, other.categories)
        values = np.zeros((self.replicates, len(union)), dtype=np.result_type(self.values, other.values))
        values[:, np.searchsorted(union, self.categories)] = self.values
        values[:, np.searchsorted(union, other.categories)] += other.values
        return Counts(values, union, self.size)

    def __rmul__(self, weight: float) -> Counts:
        return Counts(weight * self.values, self.categories, self.size)

    def living(self) -> Counts:
        """The same counts without the columns that no replicate has any more, once they are worth dropping."""
        alive = self.values.any(axis=0)
        if not alive.any():
            return self
        kept = int(np.count_nonzero(alive))
        if kept > 0.95 * self.values.shape[1]:
            return self
        where = np.flatnonzero(alive)
        return Counts(self.values[:, where], where if self.categories is None else self.categories[where], self.size)


@dataclass(frozen=True, eq=False)
class Sums:
    """The sum of a statistic over points: enough for any one-parameter exponential family.

    count: a number or (R,).  total: (R, ...).

    >>> pool = Sums(2.0, np.array([3.0])) + 10.0 * Sums(1.0, np.array([5.0]))
    >>> pool.count, pool.mean
    (12.0, array([4.41666667]))
    """

    count: Count
    total: Array

    @property
    def replicates(self) -> int:
        return len(self.total)

    @property
    def mean(self) -> Array:
        """(R, ...): the average of the statistic; 0 where there are no points."""
        there = np.where(self.count > 0, self.count, 1.0) if isinstance(self.count, np.ndarray) else self.count or 1.0
        return self.total / column(there, self.total)

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.count + other.count, self.total + other.total)

    def __rmul__(self, weight: float) -> Sums:
        return Sums(weight * self.count, weight * self.total)


def find_empty(evidence: Evidence) -> NDArray[np.bool_] | None:
    """(R,): the replicates that hold no point's worth; None where all hold some.

    >>> find_empty(Sums(np.array([3.0, 0.0]), np.array([5.0, 0.0])))
    array([False,  True])
    """
    empty = np.less_equal(evidence.count, 0)
    return np.broadcast_to(empty, evidence.replicates) if empty.any() else None


def column(number: Count, beside: NDArray[np.generic]) -> Count:
    """Shape one number per replicate so that it multiplies an array (R, ...)."""
    return number.reshape(-1, *[1] * (beside.ndim - 1)) if isinstance(number, np.ndarray) else number


def distinct(array: Array) -> Array:
    """The array, or (1, ...) where all its rows are the same memory: the same sums in less time."""
    return array if array.strides[0] else array[:1]


def length(*legs: Array) -> Array:
    """Root of the sum of squares, elementwise; the careful way, five times slower, only where squares underflow."""
    total: Array = np.sqrt(sum(leg * leg for leg in legs))
    return total if total.min(initial=1.0) > 1e-140 else reduce(np.hypot, legs)


def compress(rows: Array) -> Array:
    """The lower triangular L (R, d, d) with :math:`LL^T = A^T A` for A (R, n, d), without forming the product."""
    short = rows.shape[2] - rows.shape[1]
    if short > 0:
        rows = np.concatenate([rows, np.zeros((len(rows), short, rows.shape[2]))], axis=1)
    upper = cast(Array, np.linalg.qr(rows, mode="r"))
    # The signs of QR are arbitrary; with a diagonal >= 0 the same products always have the same root.
    upper *= np.where(np.diagonal(upper, axis1=1, axis2=2) < 0, -1.0, 1.0)[..., None]
    return upper.swapaxes(-1, -2)
