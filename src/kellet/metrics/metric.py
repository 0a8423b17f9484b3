"""A metric: what is watched, how it is measured, and all words about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Literal, get_args

from kellet.evidence import Array
from kellet.laws.model import Model
from kellet.metrics.look import Look
from kellet.metrics.real import Real, RealPoints

Part = Literal["diversity", "spread", "skill", "rare"]
PARTS: tuple[Part, ...] = get_args(Part)
"""What a verdict is about."""


@dataclass(frozen=True)
class Metric:
    """What is watched.

    name: in files.  title: for people.  meaning: one plain sentence.  measure: a look -> (R,).  suits: whether a
    world and model of this kind have it; model None: one that is not known before it has learnt, nor its moments.
    real: its value for the real thing, where that is one number; where that is 1, values are read as per cent of it.
    fresh: for what is measured on written points, the real points that may be drawn in their place to see what it
    makes of them.  lower: whether less is better.

    part: the part of a verdict that it stands for.  rank: of several that stand for one, or that one word means, that
    of least rank is taken.  aliases: other words for it, when somebody says what is to be kept.  prominent: whether its
    curve is among the first though it stands for no part.  usual: whether it is watched where nobody says what is to
    be; one with the medians of another is not, nor one that costs much beside an exact loop.

    unit: what its numbers are numbers of, in a sentence: "12 % *of the real variance*"; without one its title says so.
    noun: what is lost where it falls: "lost 12 % of *the variance*"; without one its title says so.  less: what the
    median replicate did that has less than half of what generation 0 had.  In all three ``{things}`` is what the
    world's points are called.  whole: whether it counts things, "6 of 10 digits".  portion: whether it is a part of
    something, all of which is not what is real; it is read as per cent, too.  limits: what it can't see.
    logarithmic: whether its curve may need an axis on which each step multiplies.  notes: what it leaves out of these
    real data when so many points are judged, in sentences.  optional: whether there may be nothing to measure
    it on though no fit degenerated; it is no number then, and left out instead of counted as the worst.
    """

    name: str
    title: str
    meaning: str
    measure: Callable[[Look], Array]
    suits: Callable[[Real, Model | None], bool]
    real: float | None = 1.0
    fresh: Callable[[RealPoints], Array] | None = None
    _: KW_ONLY
    lower: bool = False
    part: Part | None = None
    rank: int = 0
    aliases: tuple[str, ...] = ()
    prominent: bool = False
    usual: bool = True
    unit: str = ""
    noun: str = ""
    less: str = "had less than half of what generation 0 had"
    whole: bool = False
    portion: bool = False
    limits: str = ""
    logarithmic: bool = False
    notes: Callable[[Real, int], tuple[str, ...]] | None = None
    optional: bool = False

    @property
    def share(self) -> bool:
        """Whether 1 means "as much as real data", or all of something, so that per cent is the natural unit."""
        return self.real == 1.0 or self.portion
