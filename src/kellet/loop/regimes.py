"""Regimes: what the next generation's evidence keeps of the past."""

from __future__ import annotations

from typing import Protocol, cast

import numpy as np
from numpy.random import Generator

from kellet.evidence import Counts, Evidence, Points
from kellet.families.family import E
from kellet.struct import Struct


class Regime(Protocol):
    """What the next training set keeps of the past."""

    def needs_points(self, evidence: type) -> bool:
        """Whether sufficient statistics of this kind are not enough and single points must be kept."""
        ...

    def next(self, memory: E, anchored: E | None, written: E | None, rng: Generator) -> tuple[E, E]:
        """The next training evidence and the next memory.

        memory: what this method returned last, at first generation 0's evidence.  anchored, written: the real and the
        model-written part of the new batch; either may be None, not both.
        """
        ...


class RegimeRecipe(Struct, frozen=True, tag_field="kind"):
    """A regime that comes with Kellet."""

    def needs_points(self, evidence: type) -> bool:
        return False


class Replace(RegimeRecipe, frozen=True, tag="replace"):
    """Each generation learns from the newest batch alone."""

    def next(self, memory: E, anchored: E | None, written: E | None, rng: Generator) -> tuple[E, E]:
        batch = pool(anchored, written)
        return batch, batch

    def describe(self) -> str:
        return "Each generation learns only from what the one before wrote"


class Accumulate(RegimeRecipe, frozen=True, tag="accumulate"):
    """Each generation learns from everything so far: generation 0's real data and every batch since."""

    def next(self, memory: E, anchored: E | None, written: E | None, rng: Generator) -> tuple[E, E]:
        everything = memory + pool(anchored, written)
        return everything, everything

    def describe(self) -> str:
        return "Each generation learns from everything so far: the first real data and all that was ever written"


class Subsample(RegimeRecipe, frozen=True, tag="subsample"):
    """Everything is kept, but each generation learns from one batch's worth of it, drawn without replacement.

    The anchor's real points always enter; the rest is drawn from the pool.
    """

    def needs_points(self, evidence: type) -> bool:
        return evidence is not Counts

    def next(self, memory: E, anchored: E | None, written: E | None, rng: Generator) -> tuple[E, E]:
        everything = memory + pool(anchored, written)
        if written is None:
            return pool(anchored, written), everything
        # As many as were written, whatever curation left of them: the past is never used up.
        n = written.size if isinstance(written, Points) else round(float(np.max(written.count)))
        return pool(anchored, subsample(everything, n, rng)), everything

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
