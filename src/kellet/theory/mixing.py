"""What is mixed into a generation besides what the last model wrote: real points and imaginary ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kellet.theory.numbers import Array


@dataclass(frozen=True)
class Anchored:
    """The real points that enter every generation.

    count: real points per generation; or ``share`` of the generation's size. Exactly one of the two.
    kind: ``fresh`` draws, the ``fixed`` same ones for ever, or drawn without replacement from a ``bank`` of
    ``bank`` points.
    weight: of one real point in the fit, against 1 for a written point.
    weighs_first: whether the weight already counts in the first fit, where all points are real.
    every: real points enter the fits 1, 1 + every, 1 + 2 every, ... only.
    contaminated: share of the supposedly real points that the previous model wrote (fresh anchors only).
    random: each point is real with probability ``share``, not exactly that share (fresh anchors only).

    >>> Anchored(share=0.1).counts(np.array([100.0, 200.0]))
    array([10., 20.])
    """

    count: float | None = None
    share: float | None = None
    kind: Literal["fresh", "fixed", "bank"] = "fresh"
    bank: float | None = None
    weight: float = 1.0
    weighs_first: bool = False
    every: int = 1
    contaminated: float = 0.0
    random: bool = False

    def __post_init__(self) -> None:
        if (self.count is None) == (self.share is None):
            raise ValueError(f"expected either count or share; got count={self.count}, share={self.share}.")
        if (self.kind == "bank") != (self.bank is not None):
            raise ValueError(f"expected bank=K together with kind='bank'; got {self.kind!r}, {self.bank}.")
        if self.random and self.share is None:
            raise ValueError("a random anchor needs share, the probability that a point is real.")
        if self.every < 1 or self.weight < 0 or not 0 <= self.contaminated <= 1:
            raise ValueError(f"expected every >= 1, weight >= 0 and contaminated in [0, 1]; got {self}.")
        if self.kind != "fresh" and (self.random or self.contaminated):
            raise LookupError(f"no closed form for a {self.kind} anchor that is random or contaminated.")
        if self.random and (self.weight != 1 or self.contaminated):
            raise LookupError("no closed form for a random anchor that is weighted or contaminated.")

    def counts(self, size: Array) -> Array:
        """Real points in each fit; ``size`` and the answer have shape (fits,)."""
        k = np.full(len(size), float(self.count)) if self.count is not None else (self.share or 0.0) * size
        k[np.arange(len(size)) % self.every != 0] = 0.0
        if (k > size).any():
            raise ValueError(f"expected no more real points than points; got {k.max():g} of {size.min():g}.")
        used = k[k > 0]
        if self.kind != "fresh" and len(used) and used.min() != used.max():
            raise LookupError(f"no closed form for a {self.kind} anchor whose count changes.")
        if self.bank is not None and len(used) and used.max() > self.bank:
            raise ValueError(f"expected no more real points than the bank has; got {used.max():g}.")
        return k

    def reuse(self, count: float) -> float:
        """Covariance in units of V0 between the real means of two generations: 1 / points of the bank."""
        if self.kind == "fixed":
            return 1.0 / count if count else 0.0
        return 1.0 / self.bank if self.bank else 0.0

    def weigh(self, fit: int) -> float:
        """The weight of a real point in this fit (1 is the first)."""
        return self.weight if fit > 1 or self.weighs_first else 1.0


@dataclass(frozen=True)
class Prior:
    """``count`` imaginary points of this mean and variance V(mean), added to every fit, never written."""

    count: float
    mean: float
    variance: float
