"""Anchors: the real points that enter every generation."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

from kellet.errors import InputError
from kellet.loop.sizes import MOST, Size, size_at
from kellet.page.wording import number, percent
from kellet.struct import Struct

Draw = Literal["fresh", "fixed", "bank"]
Weight = float | Literal["optimal"]
HEAVIEST = 1e200
"""The largest weight: so many points of it can still be counted."""


@dataclass(frozen=True)
class Dose:
    """What an anchor puts into one generation.

    clean: how many real points.  dirty: how many that are taken for real and were in truth written by the previous
    model.  weight: what each of both counts, since nobody knows which is which.
    """

    clean: int
    dirty: int
    weight: float

    @property
    def count(self) -> int:
        """How many points it looks like."""
        return self.clean + self.dirty


class AnchorRecipe(Struct, frozen=True, omit_defaults=True, tag_field="draw"):
    """What all anchors have.

    count or share: how many of the n points are real; a share makes whole points of each generation, the nearest number
    and of two as near the even one.  weight: how many times each counts.  every: only each so-many-th generation.
    """

    count: int | None = None
    share: float | None = None
    weight: Weight = 1.0
    every: int = 1

    def __post_init__(self) -> None:
        if (self.count is None) == (self.share is None):
            got = "both" if self.count is not None else "neither"
            raise InputError("an anchor with either a count or a share", got, "Anchor(1) or Anchor(share=0.1)")
        if self.count is not None and self.count < 0:
            raise InputError("an anchor count >= 0", self.count, "1")
        if self.share is not None and not 0 <= self.share <= 1:
            raise InputError("an anchor share between 0 and 1", self.share, "0.1 for ten per cent")
        if self.weight != "optimal" and not 0 < self.weight <= HEAVIEST:
            expected = f"a positive, finite anchor weight of at most {HEAVIEST:g}"
            raise InputError(expected, self.weight, '1, or "optimal"')
        if self.weight == "optimal" and (self.draw != "fresh" or self.random):
            raise InputError("an optimal weight for a fixed number of fresh points", f"draw={self.draw!r}", "a number")
        if self.every < 1:
            raise InputError("an anchor every 1 or more generations", self.every, "1")
        for name, value in (("count", self.count), ("bank", self.bank), ("every", self.every)):
            if value is not None and value > MOST:
                raise InputError(f"an anchor's {name} of at most 10^18", value, "10")

    draw: ClassVar[Draw]

    @property
    def bank(self) -> int | None:
        """How many real points there are to draw from, where it is a bank."""
        return None

    @property
    def once(self) -> bool:
        """Whether a fresh point from a data set never comes back."""
        return False

    @property
    def random(self) -> bool:
        """Whether each point is real with a probability, instead of so many."""
        return False

    @property
    def contaminated(self) -> float:
        """The share of the points that the previous model wrote."""
        return 0.0

    @property
    def plain(self) -> bool:
        """Whether it is nothing but so many points, drawn as it says."""
        return (self.weight, self.every, self.once, self.random, self.contaminated) == (1.0, 1, False, False, 0.0)

    def dose(self, size: Size, t: int) -> Dose:
        """What enters generation t of a loop of these sizes; of a random anchor, as much as is to be expected.

        Everybody who counts an anchor's points asks here.  A fixed anchor keeps the points that generation 0 had room
        for.  In generation 0, where all is real, nothing is dirty and nothing weighs more, whatever stands here.

        >>> [Fresh(share=0.1).dose((14, 15, 25, 4), t).count for t in range(4)]
        [1, 2, 2, 0]
        >>> Fresh(4, contaminated=0.5, weight=3.0).dose(10, 1)
        Dose(clean=2, dirty=2, weight=3.0)
        """
        n = size_at(size, t)
        k = 0 if t % self.every else self.points(n, size_at(size, 0))
        dirty = round(k * self.contaminated)
        return Dose(k - dirty, dirty, self.weighs(k, n))

    def weighs(self, k: int, size: int) -> float:
        r"""What each of k real points among ``size`` counts.

        The optimal weight, the golden ratio when both parts are as large, is that of `kellet.theory.loop`.

        >>> round(Anchor(50, weight="optimal").weighs(50, 100), 3)
        1.618
        """
        if self.weight != "optimal":
            return float(self.weight)
        from kellet.theory.loop import optimal_weight

        return float(optimal_weight(k, size - k)) if k else 1.0

    def describe(self, size: int | tuple[int, ...]) -> str:
        """What enters a training set of ``size`` points, or of one size after the other.

        >>> Bank(3, weight=2.0, bank=9).describe(100)
        '3 real points drawn anew each time from a bank of 9, each counting 2 times'
        """
        sizes = size if isinstance(size, tuple) and self.draw != "fixed" else (size_at(size, 0),)
        share = percent(self.share or 0.0)
        none = [n for n in sizes if self.share and not self.random and not self.points(n)]
        if len(none) == len(sizes):
            return f"no real points, since {share} of {number(max(none))} is rounded to none"
        if self.share is not None and len(sizes) > 1:
            many = f"{share} real points"
        else:
            k = self.points(sizes[0])
            many = "1 real point" if k == 1 else f"{number(k)} real points"
        said = self._describe(many, "each time" if self.every == 1 else f"every {self.every} generations")
        if self.weight == "optimal":
            said = f"{said}, weighted as is best for the variance"
        elif self.weight != 1:
            said = f"{said}, each counting {self.weight:g} times"
        return f"{said} (none where a generation has {number(max(none))} points or fewer)" if none else said

    @abstractmethod
    def _describe(self, many: str, often: str) -> str:
        """So many real points, so often."""

    def points(self, size: int, first: int | None = None) -> int:
        """How many of ``size`` points are taken for real; first: the size of generation 0, if it is another."""
        room = first if self.draw == "fixed" and first is not None else size
        k = self.count if self.count is not None else round((self.share or 0.0) * room)
        if k > size:
            got = "a larger size or a smaller anchor"
            raise InputError(f"an anchor of at most the {size} points of a generation", k, got)
        if self.bank is not None and k > self.bank:
            raise InputError(f"an anchor of at most the {self.bank} points of its bank", k, "a larger bank")
        if abs(k * self.contaminated - round(k * self.contaminated)) > 1e-9:
            raise InputError(
                f"a contaminated share that makes whole points of {k}", self.contaminated, "a larger anchor"
            )
        return k


class Fresh(AnchorRecipe, frozen=True, tag="fresh"):
    """Real points that are drawn anew for each generation.

    once: a point from a data set never comes back; otherwise its reserve is a bank, and the report says so.  random:
    each point of a generation is real with probability ``share``.  contaminated: this share of the points was in truth
    written by the previous model, and passes curation as all that is written; it weighs what the others weigh, since
    nobody knows which points it is.  weight: also the "optimal" one; see `weighs`.

    One fresh point keeps a loop alive; it does not keep the tails.

    >>> Fresh(3).points(100), Fresh(share=0.1).points(200)
    (3, 20)
    """

    once: bool = False
    random: bool = False
    contaminated: float = 0.0
    draw: ClassVar[Draw] = "fresh"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.contaminated < 1:
            raise InputError("a contaminated share in [0, 1)", self.contaminated, "0.1")
        if self.random and (self.contaminated or self.once):
            beside = "contaminated" if self.contaminated else "once"
            raise InputError(f"a random anchor without {beside}", f"random=True and {beside}", "leaving out one")
        if self.random and (self.share is None or self.every > 1):
            raise InputError(
                "random only with a share of fresh points, every generation", self, "Anchor(share=0.1, random=True)"
            )

    def _describe(self, many: str, often: str) -> str:
        if self.random:
            return f"real points drawn fresh: each point is one with a chance of {percent(self.share or 0.0)}"
        dirty = f" ({percent(self.contaminated)} of them in truth written by the model)" if self.contaminated else ""
        return f"{many} drawn fresh {often}{dirty}"


class Fixed(AnchorRecipe, frozen=True, tag="fixed"):
    """The same real points in every generation.  One fixed point does not even keep a loop alive.

    >>> Fixed(share=0.1).points(50)
    5
    """

    draw: ClassVar[Draw] = "fixed"

    def _describe(self, many: str, often: str) -> str:
        return f"the same {many} {'every time' if self.every == 1 else often}"


class Bank(AnchorRecipe, frozen=True, kw_only=True, tag="bank"):
    """Real points drawn for each generation, without repetition, from a bank of ``bank`` of them.

    >>> Bank(5, bank=50).points(100)
    5
    """

    bank: int
    draw: ClassVar[Draw] = "bank"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_least(1, "bank")

    def _describe(self, many: str, often: str) -> str:
        return f"{many} drawn anew {often} from a bank of {number(self.bank)}"


AnyAnchor = Fresh | Fixed | Bank


def Anchor(  # noqa: N802
    count: int | None = None,
    share: float | None = None,
    draw: Draw = "fresh",
    bank: int | None = None,
    weight: Weight = 1.0,
    *,
    once: bool = False,
    every: int = 1,
    random: bool = False,
    contaminated: float = 0.0,
) -> AnyAnchor:
    """The short way to write a `Fresh`, a `Fixed` or a `Bank`.

    >>> Anchor(share=0.1, draw="fixed") == Fixed(share=0.1), Anchor(5, draw="bank", bank=50) == Bank(5, bank=50)
    (True, True)
    """
    if isinstance(share, str):
        raise InputError("a share of real points, a number", repr(share), f"Anchor({count}, draw={share!r})")
    if draw not in ("fresh", "fixed", "bank"):
        raise InputError("an anchor that is fresh, fixed or a bank", repr(draw), "Anchor(1)")
    if (draw == "bank") != (bank is not None):
        got = f"draw={draw!r} and bank={bank}"
        raise InputError('draw="bank" together with bank=K', got, 'Anchor(5, draw="bank", bank=50)')
    if draw == "fresh":
        return Fresh(count, share, weight, every, once, random, contaminated)
    if once:
        raise InputError("once=true only with fresh points", f"draw={draw!r}", "leaving out once")
    if contaminated:
        raise InputError("contamination of fresh points", f"draw={draw!r}, random={random}", "fresh")
    if random:
        raise InputError("random only with a share of fresh points", f"draw={draw!r}", "Anchor(share=0.1, random=True)")
    return Fixed(count, share, weight, every) if bank is None else Bank(count, share, weight, every, bank=bank)
