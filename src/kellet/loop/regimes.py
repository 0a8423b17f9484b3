"""Regimes: what the next generation's evidence keeps of the past."""

from __future__ import annotations

from typing import Any, Protocol, cast

import numpy as np
from numpy.random import Generator

from kellet.errors import InputError
from kellet.evidence import Counts, Evidence, Integers, Points
from kellet.families.family import E
from kellet.struct import Struct

DRAWN = 10**9
"""From so many things NumPy draws no counts without replacement."""
Number = int | Integers
"""How many points: one number, or one per replicate (R,); then as many are drawn as the largest says, and those that
are too many weigh nothing."""


class Regime(Protocol):
    """What the next training set keeps of the past."""

    def needs_points(self, evidence: type) -> bool:
        """Whether sufficient statistics of this kind are not enough and single points must be kept."""
        ...

    def next(self, memory: Any, anchored: E | None, written: E | None, wanted: Number, rng: Generator) -> tuple[E, Any]:
        """The next training evidence and the next memory.

        memory: what this method returned last, of any kind; at first generation 0's evidence.  anchored, written: the
        real and the model-written part of the new batch; either may be None, not both.  wanted: how many points the
        model was to write, whatever curation left of them.
        """
        ...


class RegimeRecipe(Struct, frozen=True, tag_field="kind"):
    """A regime that comes with Kellet."""

    def needs_points(self, evidence: type) -> bool:
        return False

    def batches(self, t: int) -> int:
        """How many batches' worth of evidence generation t learns from."""
        return 1


class Replace(RegimeRecipe, frozen=True, tag="replace"):
    """Each generation learns from the newest batch alone."""

    def next(self, memory: E, anchored: E | None, written: E | None, wanted: Number, rng: Generator) -> tuple[E, E]:
        batch = pool(anchored, written)
        return batch, batch

    def describe(self) -> str:
        return "Each generation learns only from what the one before wrote"


class Accumulate(RegimeRecipe, frozen=True, tag="accumulate"):
    """Each generation learns from everything so far: generation 0's real data and every batch since."""

    def batches(self, t: int) -> int:
        return t + 1

    def next(self, memory: E, anchored: E | None, written: E | None, wanted: Number, rng: Generator) -> tuple[E, E]:
        everything = memory + pool(anchored, written)
        return everything, everything

    def describe(self) -> str:
        return "Each generation learns from everything so far: the first real data and all that was ever written"


class Window(RegimeRecipe, frozen=True, tag="window"):
    """Each generation learns from the newest batches, so many ``generations`` of them.

    Each batch is what a model wrote and the anchor's real points beside it; generation 0's real data leave as all
    others do.  Of one generation it is `Replace`, of more than there are `Accumulate`.

    >>> Window(3).batches(1), Window(3).batches(100)
    (2, 3)
    """

    generations: int

    def __post_init__(self) -> None:
        if self.generations < 1:
            raise InputError("a window of at least 1 generation", self.generations, "Window(3)")

    def batches(self, t: int) -> int:
        return min(self.generations, t + 1)

    def next(
        self, memory: E | tuple[E, ...], anchored: E | None, written: E | None, wanted: Number, rng: Generator
    ) -> tuple[E, tuple[E, ...]]:
        past = memory if isinstance(memory, tuple) else (memory,)
        kept = (*past, pool(anchored, written))[-self.generations :]
        return pool(*kept), kept

    def describe(self) -> str:
        if self.generations == 1:
            return Replace().describe()
        return f"Each generation learns from the last {self.generations:,} batches: the newest and those just before it"


class Subsample(RegimeRecipe, frozen=True, tag="subsample"):
    """Everything is kept, but each generation learns from one batch's worth of it, drawn without replacement.

    The anchor's real points always enter; the rest is drawn from the pool.
    """

    def needs_points(self, evidence: type) -> bool:
        return evidence is not Counts

    def next(self, memory: E, anchored: E | None, written: E | None, wanted: Number, rng: Generator) -> tuple[E, E]:
        everything = memory + pool(anchored, written)
        some = None if written is None else subsample(everything, wanted, rng)
        return pool(anchored, some), everything

    def describe(self) -> str:
        return "Everything so far is kept, and each generation learns from a random part of it"


def pool(*evidence: E | None) -> E:
    """Sum of what there is."""
    total, *others = (e for e in evidence if e is not None)
    for e in others:
        total = total + e
    return total


def subsample(evidence: E, n: Number, rng: Generator) -> E:
    """n points of the evidence, without replacement, independently for each replicate.  n: one number, or (R,).

    From points with weights those of weight 0 are never drawn.  From counts the draw is multivariate hypergeometric.

    >>> subsample(Counts(np.array([[5, 0, 3]])), 8, np.random.default_rng(0)).values
    array([[5, 0, 3]])
    """
    some: Evidence
    match evidence:
        case Counts():
            each = zip(evidence.values, np.broadcast_to(n, evidence.replicates), strict=True)
            values = [rng.multivariate_hypergeometric(row, m, method="marginals") for row, m in each]
            some = Counts(np.array(values), evidence.categories, evidence.size)
        case Points(weights=weights, size=size):
            keys = rng.random((evidence.replicates, size))
            if weights is not None:
                keys[weights == 0] = 2.0
            if isinstance(n, int) and 0 < n < size:
                rows = np.argpartition(keys, n - 1, axis=1)[:, :n]
            else:
                rows = np.argsort(keys, axis=1)[:, : int(np.max(n))]
            some = evidence.take(rows).head(n)
        case _:
            raise TypeError(f"expected Points or Counts to draw from; got {type(evidence).__name__}")
    return cast(E, some)
