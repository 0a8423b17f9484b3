"""Regimes: what the next generation's evidence keeps of the past."""

from __future__ import annotations

from typing import Any, Protocol, cast

import numpy as np
from numpy.random import Generator

from kellet.errors import InputError
from kellet.evidence import Counts, Evidence, Points
from kellet.families.family import E
from kellet.struct import Struct


class Regime(Protocol):
    """What the next training set keeps of the past."""

    def needs_points(self, evidence: type) -> bool:
        """Whether sufficient statistics of this kind are not enough and single points must be kept."""
        ...

    def next(self, memory: Any, anchored: E | None, written: E | None, rng: Generator) -> tuple[E, Any]:
        """The next training evidence and the next memory.

        memory: what this method returned last, of any kind; at first generation 0's evidence.  anchored, written: the
        real and the model-written part of the new batch; either may be None, not both.
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

    def next(self, memory: E, anchored: E | None, written: E | None, rng: Generator) -> tuple[E, E]:
        batch = pool(anchored, written)
        return batch, batch

    def describe(self) -> str:
        return "Each generation learns only from what the one before wrote"


class Accumulate(RegimeRecipe, frozen=True, tag="accumulate"):
    """Each generation learns from everything so far: generation 0's real data and every batch since."""

    def batches(self, t: int) -> int:
        return t + 1

    def next(self, memory: E, anchored: E | None, written: E | None, rng: Generator) -> tuple[E, E]:
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
        self, memory: E | tuple[E, ...], anchored: E | None, written: E | None, rng: Generator
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

    def next(self, memory: E, anchored: E | None, written: E | None, rng: Generator) -> tuple[E, E]:
        everything = memory + pool(anchored, written)
        some = None if written is None else subsample(everything, round(float(np.max(written.count))), rng)
        return pool(anchored, some), everything

    def describe(self) -> str:
        return "Everything so far is kept, and each generation learns from a random part of it"


def pool(*evidence: E | None) -> E:
    """Sum of what there is."""
    total, *others = (e for e in evidence if e is not None)
    for e in others:
        total = total + e
    return total


def subsample(evidence: E, n: int, rng: Generator) -> E:
    """n points of the evidence, without replacement, independently for each replicate.

    From points with weights those of weight 0 are never drawn.  From counts the draw is multivariate hypergeometric.

    >>> subsample(Counts(np.array([[5, 0, 3]])), 8, np.random.default_rng(0)).values
    array([[5, 0, 3]])
    """
    some: Evidence
    match evidence:
        case Counts():
            values = [rng.multivariate_hypergeometric(row, n, method="marginals") for row in evidence.values]
            some = Counts(np.array(values), evidence.categories, evidence.size)
        case Points(weights=weights, size=size):
            keys = rng.random((evidence.replicates, size))
            if weights is not None:
                keys[weights == 0] = 2.0
            rows = np.argpartition(keys, n - 1, axis=1)[:, :n] if 0 < n < size else np.argsort(keys, axis=1)[:, :n]
            some = evidence.take(rows)
        case _:
            raise TypeError(f"expected Points or Counts to draw from; got {type(evidence).__name__}")
    return cast(E, some)
