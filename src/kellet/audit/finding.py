"""Findings: a number, its interval, its zero, and what that says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np

from kellet.audit.exchange import Zero
from kellet.evidence import Array

Verdict = Literal["pass", "lost", "copied", "more", "inconclusive"]
"""lost: less than one law allows at these sizes.  copied: more of what is rare than another real sample can have.
more: too much of what should be as in the reference.  inconclusive: too little would have been seen."""
Meaning = Literal["kept", "lacking", "copies", "amount", "enough"]
"""What a low value of a measure says.  kept: of what is rare little is left, and much is a copy.  lacking: little is
good (invented values).  copies: little is good, and much is copied.  amount: as much as in the reference is right, less
is lost and more is more.  enough: less is lost, and more is as good."""
LEVEL = 0.05
"""Of one finding, both sides together."""
BLIND = 0.5
"""Where only a greater relative loss would have been seen, nothing is said."""
POWER = 1.96 + 1.2816
"""Standard deviations between what is tested for and what is found nine times in ten."""


@dataclass(frozen=True, eq=False)
class Measured:
    """What a measure is for each assignment of groups (P,), the first as observed.

    measure: its name, in gates and files.  about: a column, "words"; empty for all together.  title: for people.
    share: whether it is read in per cent.  fresh: what a fresh real sample of the candidate's size would have, as far
    as the reference alone tells; where it is not given, the mean of the other assignments is shown.
    """

    measure: str
    about: str
    title: str
    values: Array
    meaning: Meaning = "kept"
    share: bool = True
    fresh: float | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What an audit says of one measure.

    value: with its interval of 95 %, low to high.  zero, zero_low, zero_high: what documents of one law score at these
    sizes, and where 95 % of them lie.  fresh: as in `Measured`.  p: two-sided, exact.  detectable: the least relative
    loss that would have been found nine times in ten.
    """

    measure: str
    about: str
    title: str
    value: float
    low: float
    high: float
    zero: float
    zero_low: float
    zero_high: float
    fresh: float | None
    p: float
    detectable: float
    verdict: Verdict
    share: bool = True

    @staticmethod
    def of(measured: Measured, level: float = LEVEL) -> Finding:
        """Judged by its exact zero."""
        zero = Zero.of(measured.values)
        # The scatter of the other assignments, put around what was observed.
        low, high = zero.value - (zero.high - zero.middle), zero.value + (zero.middle - zero.low)
        low, high = min(low, zero.value), max(high, zero.value)
        floor = 0.0 if measured.share else -np.inf
        detectable = POWER * zero.scatter / zero.middle if zero.middle > 0 else np.nan
        return Finding(
            measure=measured.measure, about=measured.about, title=measured.title, value=zero.value,
            low=max(low, floor), high=high, zero=zero.middle, zero_low=zero.low, zero_high=zero.high,
            fresh=measured.fresh, p=zero.both, detectable=detectable, share=measured.share,
            verdict=judge(zero, measured.meaning, detectable, level),
        )  # fmt: skip


def judge(zero: Zero, meaning: Meaning, detectable: float, level: float = LEVEL) -> Verdict:
    """The verdict on one measure; level: of both sides together."""
    if not np.isfinite(zero.less):
        return "inconclusive"
    little = meaning in ("lacking", "copies")
    if zero.less <= level / 2 and not little:
        return "lost"
    if zero.more <= level / 2 and meaning != "enough":
        return "copied" if meaning in ("kept", "copies") else "more"
    return "pass" if little or detectable <= BLIND else "inconclusive"
