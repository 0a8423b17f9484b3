"""The bootstrap family: a model that remembers its training points, and writes nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import msgspec
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.data.source import Source
from kellet.evidence import Array, Integers, Points
from kellet.families.abilities import Learner, find_gaps
from kellet.families.family import NO_POINTS, NOT_FINITE
from kellet.laws.frequencies import search
from kellet.laws.mixture import last_true


class Bootstrap(Learner, frozen=True, tag="bootstrap"):
    """Memorise the training points, and draw from them with replacement.

    There is nothing to set, and nothing is lost but by chance: how many of the first n points are left after t
    generations is a count of ancestors, the same for points of any kind
    (`kellet.theory.forgetting.distinct_originals`).  Points keep their shape and dtype, and are drawn in proportion
    to their weights.  A replicate is collapsed when it has no points, or one that isn't finite.

    gaps: positions of the columns of which numbers may be missing (NaN); the world knows them.

    B. Efron, Annals of Statistics 7:1 (1979).

    >>> points = Points(np.array([["ash", "oak", "elm"]]), weights=np.array([[1.0, 0.0, 1.0]]))
    >>> Bootstrap().fit(points).sample(4, np.random.default_rng(0)).values
    array([['elm', 'ash', 'ash', 'ash']], dtype='<U3')
    """

    words = "a copy of what it was given, from which it draws at random (a bootstrap)"
    takes_gaps = True
    copies = True
    gaps: tuple[int, ...] = ()

    def prepare(self, source: Source) -> Self:
        return msgspec.structs.replace(super().prepare(source), gaps=find_gaps(source))

    def fit(self, evidence: Points, rng: Generator | None = None, previous: object = None) -> Copies:
        return Copies.of(evidence, self.gaps)


@dataclass(frozen=True, eq=False)
class Copies:
    """Points to draw from with replacement, in proportion to their weights.

    values: (R, n, ...), absent points (of weight 0) standing at a present one.  weights: (R, n), or None where all
    weigh the same.  collapsed: (R,), where there was nothing to remember; such a replicate writes zeros.  reason: why.
    """

    values: NDArray[Any]
    weights: Array | None
    collapsed: NDArray[np.bool_]
    reason: str | None = None

    @cached_property
    def absorbed(self) -> NDArray[np.bool_]:
        """(R,): all that it remembers is the same point."""
        same = self.values == self.values[:, :1]
        if self.values.dtype.kind in "fc":
            same |= np.isnan(self.values) & np.isnan(self.values[:, :1])
        return np.asarray(same.reshape(len(same), -1).all(axis=1))

    @staticmethod
    def of(points: Points, gaps: tuple[int, ...] = ()) -> Copies:
        """gaps: positions of the columns of points (R, n, d) where NaN is a value like others."""
        values, weights = points.values, points.weights
        if not points.size:
            nothing = np.zeros((len(values), 1, *values.shape[2:]), dtype=values.dtype)
            return Copies(nothing, None, np.ones(len(values), dtype=bool), NO_POINTS)
        absent = points.weighed <= 0
        empty, broken = absent.all(axis=1), np.zeros(len(values), dtype=bool)
        if values.dtype.kind in "fc":
            finite = np.isfinite(flat := values.reshape(*values.shape[:2], -1))
            finite[..., list(gaps)] |= np.isnan(flat[..., list(gaps)])
            fine = finite.all(axis=2)
            broken = (~fine & ~absent).any(axis=1)
        lost = empty | broken
        if absent.any() or lost.any():
            present = values[np.arange(len(values)), (~absent).argmax(axis=1)]
            values = np.where(_extend(absent, values), present[:, None], values)
            values[lost] = np.zeros((), dtype=values.dtype)
            weights = np.where(lost[:, None], 1.0, np.where(absent, 0.0, points.weighed))
        reason = NO_POINTS if empty.any() else None
        return Copies(values, weights, lost, NOT_FINITE if broken.any() else reason)

    @property
    def count(self) -> Array:
        """(R,): how many points' worth it remembers."""
        return np.full(len(self.values), float(self.values.shape[1])) if self.weights is None else self.weights.sum(1)

    @property
    def different(self) -> Array:
        """(R,): how many different points it can write."""
        rows = np.ascontiguousarray(self.values.reshape(*self.values.shape[:2], -1))
        # Copies are alike byte by byte, gaps and words too, and so are sums of their bytes, which are exact in whole
        # numbers; those of others with a chance of 2^-64 a pair.
        words = rows.view(f"u{math.gcd(rows.itemsize, 8)}")
        weights = np.random.default_rng(0).integers(2**64, size=words.shape[2], dtype=np.uint64) | np.uint64(1)
        ordered = np.sort(np.einsum("rnw,w->rn", words, weights, dtype=np.uint64, casting="unsafe"), axis=1)
        return np.asarray(1.0 + (np.diff(ordered, axis=1) != 0).sum(axis=1))

    @property
    def rows(self) -> Array:
        """(R, n, D): the points as vectors."""
        return self.values.reshape(*self.values.shape[:2], -1).astype(np.float64, copy=False)

    @cached_property
    def mean(self) -> Array:
        """(R,) for scalars, (R, D) for anything else, as vectors."""
        mean: Array = self._average(self.rows)
        return mean[:, 0] if self.values.ndim == 2 else mean

    @cached_property
    def covariance(self) -> Array:
        """(R,) for scalars, (R, D, D) for anything else; exactly 0 where all points coincide."""
        if self.values.ndim == 2:
            return self.variance
        apart = self.deviations
        spread = apart.swapaxes(1, 2) @ (apart if self.weights is None else apart * self.weights[..., None])
        return np.asarray(spread / self.count[:, None, None])

    @cached_property
    def variance(self) -> Array:
        """(R,) for scalars, (R, D) for anything else."""
        variance: Array = self._average(self.deviations**2)
        return variance[:, 0] if self.values.ndim == 2 else variance

    def sample(self, n: int, rng: Generator) -> Points:
        return Points(self.values[np.arange(len(self.values))[:, None], self.draw(n, rng)])

    def draw(self, n: int, rng: Generator) -> Integers:
        """(R, n): positions of points drawn with replacement."""
        r, size = self.values.shape[:2]
        drawn = rng.random((r, n))
        if self.weights is None:
            return np.asarray(np.minimum((drawn * size).astype(np.int64), size - 1))
        steps = np.cumsum(self.weights, axis=1)
        which = search(steps / steps[:, -1:], np.arange(r)[:, None], drawn)
        # A draw that rounds up to the last step still has to fall on a present point.
        return np.asarray(np.minimum(which, last_true(self.weights > 0)[:, None]))

    @property
    def deviations(self) -> Array:
        """(R, n, D): points less their mean, exactly 0 where they are all the same."""
        rows = self.rows
        return np.where((rows == rows[:, :1]).all(axis=1)[:, None], 0.0, rows - self._average(rows)[:, None])

    def _average(self, numbers: Array) -> Array:
        """(R, D) from (R, n, D)."""
        if self.weights is None:
            return np.asarray(numbers.mean(axis=1))
        return np.asarray(np.einsum("rn,rnd->rd", self.weights, numbers) / self.count[:, None])


def _extend(marks: NDArray[np.bool_], values: NDArray[Any]) -> NDArray[np.bool_]:
    """Marks (R, n) in as many dimensions as values (R, n, ...) have."""
    return marks.reshape(*marks.shape, *[1] * (values.ndim - 2))
