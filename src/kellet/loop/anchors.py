"""Anchors: the real points that enter every generation."""

from __future__ import annotations

import math
from typing import Literal

import msgspec

from kellet.errors import InputError
from kellet.page.wording import number, percent


class Anchor(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Real points in every generation's training set.

    count or share: how many of the n points are real.  draw: "fresh" draws each generation, the "fixed" same ones, or
    draws without repetition from a "bank" of ``bank`` real points.  weight: how many times each counts,
    or the "optimal" one.  once: a fresh point from a data set never comes back; otherwise the reserve is a bank, and
    the report says so.  every: only each so-many-th generation.  random: each point of a generation is real with
    probability ``share``.  contaminated: this share of the points was in truth written by the previous model.

    One fresh point keeps a loop alive; it does not keep the tails.  One fixed point does not even keep it alive.

    >>> Anchor(3).points(100), Anchor(share=0.1).points(200)
    (3, 20)
    """

    count: int | None = None
    share: float | None = None
    draw: Literal["fresh", "fixed", "bank"] = "fresh"
    bank: int | None = None
    weight: float | Literal["optimal"] = 1.0
    once: bool = False
    every: int = 1
    random: bool = False
    contaminated: float = 0.0

    def __post_init__(self) -> None:
        if (self.count is None) == (self.share is None):
            raise InputError(
                "an anchor with either a count or a share",
                "both" if self.count is not None else "neither",
                "Anchor(1) or Anchor(share=0.1)",
            )
        if self.count is not None and self.count < 0:
            raise InputError("an anchor count >= 0", self.count, "1")
        if self.share is not None and not 0 <= self.share <= 1:
            raise InputError("an anchor share between 0 and 1", self.share, "0.1 for ten per cent")
        if self.weight != "optimal" and not 0 < self.weight < float("inf"):
            raise InputError("a positive, finite anchor weight", self.weight, '1, or "optimal"')
        if self.weight == "optimal" and (self.draw != "fresh" or self.random):
            raise InputError("an optimal weight for a fixed number of fresh points", f"draw={self.draw!r}", "a number")
        if (self.draw == "bank") != (self.bank is not None):
            raise InputError(
                'draw="bank" together with bank=K',
                f"draw={self.draw!r} and bank={self.bank}",
                'Anchor(5, draw="bank", bank=50)',
            )
        if self.every < 1:
            raise InputError("an anchor every 1 or more generations", self.every, "1")
        if not 0 <= self.contaminated < 1:
            raise InputError("a contaminated share in [0, 1)", self.contaminated, "0.1")
        if self.contaminated and (self.draw != "fresh" or self.random):
            raise InputError("contamination of fresh points", f"draw={self.draw!r}, random={self.random}", "fresh")
        if self.random and (self.share is None or self.draw != "fresh" or self.every > 1):
            raise InputError(
                "random only with a share of fresh points, every generation", self, "Anchor(share=0.1, random=True)"
            )
        if self.once and self.draw != "fresh":
            raise InputError("once=true only with fresh points", f"draw={self.draw!r}", "leaving out once")

    def weighs(self, k: int, size: int) -> float:
        r"""What each of k real points among ``size`` counts.

        The optimal weight gives the real part the share :math:`w = (\sqrt{r^2+4r} - r)/2` of the fit, where
        r = k / (size - k): the golden ratio's 0.618 when both parts are as large.  H. He, S. Xu and G. Cheng,
        arXiv:2502.18049 (2025).

        >>> round(Anchor(50, weight="optimal").weighs(50, 100), 3)
        1.618
        """
        if self.weight != "optimal":
            return float(self.weight)
        if k in (0, size):
            return 1.0
        r = k / (size - k)
        share = (math.sqrt(r * r + 4 * r) - r) / 2
        return share / (1 - share) / r

    def points(self, size: int) -> int:
        """How many of ``size`` points are real."""
        k = self.count if self.count is not None else round((self.share or 0.0) * size)
        if k > size:
            raise InputError(
                f"an anchor of at most the {size} points of a generation",
                k,
                "a larger size or a smaller anchor",
            )
        if self.bank is not None and k > self.bank:
            raise InputError(f"an anchor of at most the {self.bank} points of its bank", k, "a larger bank")
        if abs(k * self.contaminated - round(k * self.contaminated)) > 1e-9:
            raise InputError(
                f"a contaminated share that makes whole points of {k}", self.contaminated, "a larger anchor"
            )
        return k

    def describe(self, size: int | tuple[int, ...]) -> str:
        """What enters a training set of ``size`` points, or of one size after the other.

        >>> Anchor(3, draw="bank", bank=9, weight=2.0).describe(100)
        '3 real points drawn anew each time from a bank of 9, each counting 2 times'
        """
        if self.random:
            return f"real points drawn fresh: each point is one with a chance of {percent(self.share or 0.0)}"
        if self.share is not None and isinstance(size, tuple):
            many = f"{percent(self.share)} real points"
        else:
            k = self.points(size if isinstance(size, int) else size[0])
            many = "1 real point" if k == 1 else f"{number(k)} real points"
        often = "each time" if self.every == 1 else f"every {self.every} generations"
        match self.draw:
            case "fixed":
                said = f"the same {many} {'every time' if self.every == 1 else often}"
            case "bank":
                said = f"{many} drawn anew {often} from a bank of {number(self.bank or 0)}"
            case _:
                said = f"{many} drawn fresh {often}"
        if self.contaminated:
            said += f" ({percent(self.contaminated)} of them in truth written by the model)"
        if self.weight == "optimal":
            return f"{said}, weighted as is best for the variance"
        return said if self.weight == 1 else f"{said}, each counting {self.weight:g} times"
