"""Curation: what of the written data becomes training data.

Decoding and filtering are biases, the same every generation, and bias is where the *share* of real data matters: a cut
that costs a thousandth once costs everything when it is repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from kellet.data.source import Source
from kellet.errors import InputError
from kellet.evidence import Integers, Points
from kellet.laws.model import Model
from kellet.page.wording import percent
from kellet.struct import Struct

LEAST = 1e-9
"""The smallest share that is kept: for each point so many more are written."""


class Curation:
    """Either the law that writes is another one (``law``), or single written points are dropped (``points``).

    by_points: whether it looks at single points.  What a curation doesn't say is as it stands here: all is kept.
    """

    __slots__ = ()
    by_points: ClassVar[bool] = False

    def describe(self) -> str:
        """What becomes of what is written, as the end of a sentence."""
        return f"passes {type(self).__name__}"

    def open(self, model: Model, source: Source) -> Curation:
        """The curation that knows what it asks of generation 0's model and of the real source."""
        return self

    def law(self, model: Model) -> Model:
        """The model that really writes."""
        return model

    def enough(self, n: int) -> int:
        """How many points to write so that about n remain."""
        return n

    def points(self, points: Points, n: int, rng: Generator) -> Points:
        """What is kept of written points, about n of them."""
        return points


class ByPoints(Curation, Struct, frozen=True, tag_field="kind"):
    """Curation that looks at single points."""

    by_points: ClassVar[bool] = True


class Share(ByPoints, frozen=True):
    """Of the written points only the ``keep`` share; more are written, so that as many remain."""

    keep: float

    def __post_init__(self) -> None:
        if not LEAST <= self.keep <= 1:
            raise InputError(f"a share to keep in (0, 1], and of at least {LEAST:g}", self.keep, "0.95, or 95%")

    def enough(self, n: int) -> int:
        return int(np.ceil(n / self.keep))


class Quantile(Share, frozen=True, tag="quantile"):
    """Of the written points only the ``keep`` share nearest to their mean, in units of each column's spread; more are
    written, so that as many remain.  A missing number counts as the mean."""

    def points(self, points: Points, n: int, rng: Generator) -> Points:
        if not np.issubdtype(points.values.dtype, np.floating):
            raise InputError("points in space, for a quantile", "categories", "top-k or top-p")
        flat = points.values.reshape(*points.values.shape[:2], -1)
        if (missing := np.isnan(flat)).any():
            count = np.maximum((~missing).sum(axis=1, keepdims=True), 1)
            flat = np.where(missing, np.nansum(flat, axis=1, keepdims=True) / count, flat)
        spread = flat.std(axis=1, keepdims=True)
        apart = (flat - flat.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0)
        return points.take(np.argsort((apart**2).sum(axis=2), axis=1, kind="stable")[:, :n])

    def describe(self) -> str:
        return f"is cut to the {percent(self.keep)} nearest to the mean"


class Verifier(ByPoints, frozen=True, tag="verifier"):
    """A judge that believes real points to lie between ``low`` and ``high`` in every column, and errs.

    misses: share of good points that it refuses.  passes: share of bad points that it lets through.  Refused points
    weigh 0; a missing number is not judged.  Retraining under a verifier improves at first and then converges to what
    the verifier believes, not to the truth: Yi, Liu, Cheng and Xu, arXiv:2510.16657 (2025).
    """

    low: float
    high: float
    misses: float = 0.0
    passes: float = 0.0

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise InputError("low < high", f"{self.low} and {self.high}", "low = -2, high = 2")
        for name, share in (("misses", self.misses), ("passes", self.passes)):
            if not 0 <= share <= 1:
                raise InputError(f"{name} between 0 and 1", share, "0.1")

    def points(self, points: Points, n: int, rng: Generator) -> Points:
        flat = points.values.reshape(*points.values.shape[:2], -1)
        good = ~((flat < self.low) | (flat > self.high)).any(axis=2)
        chance = rng.random(good.shape)
        accepted = np.where(good, chance >= self.misses, chance < self.passes)
        return Points(points.values, points.weighed * accepted, points.origin)

    def describe(self) -> str:
        return f"passes a judge who believes points to lie between {self.low:g} and {self.high:g}"


@dataclass(frozen=True)
class Filter(Curation):
    """Anybody's own filter: a function of (points, rng)."""

    function: Callable[[Points, Generator], Points]
    by_points: ClassVar[bool] = True

    def points(self, points: Points, n: int, rng: Generator) -> Points:
        return self.function(points, rng)

    def describe(self) -> str:
        return "passes a filter of the reader's own"


def curate(curation: Curation, points: Points, n: int | Integers, rng: Generator) -> Points:
    """What is kept of written points, ``curation.enough(n)`` of them: about n, one number or one per replicate (R,).

    What is kept of a replicate depends on how many points it needs itself, never on how many another one does.
    """
    if not isinstance(n, np.ndarray):
        return curation.points(points, n, rng)
    if not curation.by_points:
        return points.head(n)
    values, weights = points.values.copy(), np.zeros(points.values.shape[:2])
    width = 0
    for m in np.unique(n[n > 0]):
        rows = n == m
        few = np.broadcast_to(np.arange(curation.enough(int(m))), (points.replicates, curation.enough(int(m))))
        kept = curation.points(points.take(few), int(m), rng)
        values[rows, : kept.size], weights[rows, : kept.size] = kept.values[rows], kept.weighed[rows]
        width = max(width, kept.size)
    return Points(values[:, :width], weights[:, :width], points.origin)
