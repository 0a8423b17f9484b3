"""What is mixed into a generation besides what the last model wrote: real points and imaginary ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kellet.theory.numbers import Array, Numbers, real


@dataclass(frozen=True)
class Anchored:
    """The real points that enter every generation.

    count: real points per generation, a number or one per fit; or, of a random one, their ``share``.
    kind: ``fresh`` draws, the ``fixed`` same ones for ever, or drawn without replacement from a ``bank`` of
    ``bank`` points.
    weight: of one of them in the fit, against 1 for a written point; a number or one per fit.
    weighs_first: whether the weight already counts in the first fit, where all points are real.
    every: real points enter the fits 1, 1 + every, 1 + 2 every, ... only.
    contaminated: share of the supposedly real points that the previous model wrote (fresh anchors only).  They weigh
    what the others weigh.
    random: each point is real with probability ``share`` (fresh anchors only).

    >>> Anchored(4, every=2).counts(np.array([100.0, 14.0, 15.0]))
    array([4., 0., 4.])
    """

    count: Numbers | None = None
    share: float | None = None
    kind: Literal["fresh", "fixed", "bank"] = "fresh"
    bank: float | None = None
    weight: Numbers = 1.0
    weighs_first: bool = False
    every: int = 1
    contaminated: float = 0.0
    random: bool = False

    def __post_init__(self) -> None:
        if (self.count is None) == (self.share is None):
            raise ValueError(f"expected either count or share; got count={self.count}, share={self.share}.")
        if self.random != (self.share is not None):
            raise ValueError(
                "expected share, the probability that a point is real, of a random anchor and of no other."
            )
        if (self.kind == "bank") != (self.bank is not None):
            raise ValueError(f"expected bank=K together with kind='bank'; got {self.kind!r}, {self.bank}.")
        if self.every < 1 or (real(self.weight) < 0).any() or not 0 <= self.contaminated <= 1:
            raise ValueError(f"expected every >= 1, weight >= 0 and contaminated in [0, 1]; got {self}.")
        if self.kind != "fresh" and (self.random or self.contaminated):
            raise LookupError(f"no closed form for a {self.kind} anchor that is random or contaminated.")
        if self.random and (self.is_weighted or self.contaminated):
            raise LookupError("no closed form for a random anchor that is weighted or contaminated.")

    @property
    def is_weighted(self) -> bool:
        """Whether a real point ever counts more or less than a written one."""
        return bool((real(self.weight) != 1).any())

    def counts(self, size: Array) -> Array:
        """Real points in each fit; ``size`` and the answer have shape (fits,).

        Of a random anchor, so many as are to be expected.
        """
        given = (self.share or 0.0) * size if self.count is None else real(self.count)
        k = np.array(np.broadcast_to(given, size.shape))
        k[np.arange(len(size)) % self.every != 0] = 0.0
        if (k > size).any():
            raise ValueError(f"expected no more real points than points; got {k.max():g} of {size.min():g}.")
        used = k[k > 0]
        if self.kind == "fixed" and len(used) and used.min() != used.max():
            raise LookupError("no closed form for a fixed anchor whose count changes.")
        if self.bank is not None and len(used) and used.max() > self.bank:
            raise ValueError(f"expected no more real points than the bank has; got {used.max():g}.")
        return k

    def weights(self, fits: int) -> Array:
        """(fits,): the weight of a real point in each fit."""
        w = np.array(np.broadcast_to(real(self.weight), (fits,)))
        if not self.weighs_first:
            w[:1] = 1.0
        return w

    def reuse(self, count: float) -> float:
        """Covariance in units of V0 between the real means of two generations: 1 / points of the bank."""
        if self.kind == "fixed":
            return 1.0 / count if count else 0.0
        return 1.0 / self.bank if self.bank else 0.0


@dataclass(frozen=True)
class Prior:
    """``count`` imaginary points of this mean and variance V(mean), added to every fit, never written."""

    count: float
    mean: float
    variance: float
