"""Regimes: what the next generation's evidence keeps of the past."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.random import Generator

from kellet.evidence import Counts


class Regime(Protocol):
    """What the next training set keeps of the past."""

    def needs_points(self, evidence: type) -> bool:
        """Whether sufficient statistics of this kind are not enough and single points must be kept."""
        ...

    def next(self, memory: Any, anchored: Any, written: Any, rng: Generator) -> tuple[Any, Any]:
        """The next training evidence and the next memory.

        memory: what this method returned last, at first generation 0's evidence.  anchored, written: the real and the
        model-written part of the new batch; either may be None, not both.
        """
        ...


class Replace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="replace", tag_field="kind"):
    """Each generation learns from the newest batch alone."""

    def needs_points(self, evidence: type) -> bool:
        return False

    def next(self, memory: Any, anchored: Any, written: Any, rng: Generator) -> tuple[Any, Any]:
        return pool(anchored, written), None

    def describe(self) -> str:
        return "Each generation learns only from what the one before wrote"


class Accumulate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="accumulate", tag_field="kind"):
    """Each generation learns from everything so far: generation 0's real data and every batch since."""

    def needs_points(self, evidence: type) -> bool:
        return False

    def next(self, memory: Any, anchored: Any, written: Any, rng: Generator) -> tuple[Any, Any]:
        everything = memory + pool(anchored, written)
        return everything, everything

    def describe(self) -> str:
        return "Each generation learns from everything so far: the first real data and all that was ever written"


class Subsample(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="subsample", tag_field="kind"):
    """Everything is kept, but each generation learns from one batch's worth of it, drawn without replacement.

    The anchor's real points always enter; the rest is drawn from the pool.
    """

    def needs_points(self, evidence: type) -> bool:
        return evidence is not Counts

    def next(self, memory: Any, anchored: Any, written: Any, rng: Generator) -> tuple[Any, Any]:
        everything = memory + pool(anchored, written)
        if written is None:
            return anchored, everything
        return pool(anchored, subsample(everything, round(float(np.max(written.count))), rng)), everything

    def describe(self) -> str:
        return "Everything so far is kept, and each generation learns from a random part of it"


def pool(*evidence: Any) -> Any:
    """Sum of what there is."""
    there = [e for e in evidence if e is not None]
    total = there[0]
    for e in there[1:]:
        total = total + e
    return total


def subsample(evidence: Any, n: int, rng: Generator) -> Any:
    """n points of the evidence, without replacement, independently for each replicate.

    From points with weights those of weight 0 are never drawn.  From counts the draw is multivariate hypergeometric.

    >>> subsample(Counts(np.array([[5, 0, 3]])), 8, np.random.default_rng(0)).values
    array([[5, 0, 3]])
    """
    if isinstance(evidence, Counts):
        values = [rng.multivariate_hypergeometric(row, n, method="marginals") for row in evidence.values]
        return Counts(np.array(values), evidence.categories, evidence.size)
    keys = rng.random((evidence.replicates, evidence.size))
    if evidence.weights is not None:
        keys[evidence.weights == 0] = 2.0
    rows = np.argpartition(keys, n - 1, axis=1)[:, :n] if 0 < n < evidence.size else np.argsort(keys, axis=1)[:, :n]
    return evidence.take(rows)
