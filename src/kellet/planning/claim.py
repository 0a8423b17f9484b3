"""The claim of a plan: how much is needed, as one plain sentence with one number and its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kellet.page.claim import Claim
from kellet.planning.need import Need

FARTHEST = 20.0
"""How many times the largest possible k an extrapolation may say."""
NEEDED = {
    "anchor": "keep {} {} in every training set of {:,}", "humans": "people must write {} documents in each generation",
    "vault": "a vault must hold {} clean documents",
}  # fmt: skip


def claim(need: Need) -> Claim:
    """What one plan says first."""
    span = f"{_span(need)}, for {100 * need.confidence:g} % of loops to keep everything"
    if need.points == 0 and need.conclusive:
        return Claim(f"No {need.unit} are needed over {need.generations:,} generations", _tell_none(need))
    if need.points is None:
        many = f"at least {math.ceil(max(1.0, min(need.low, need.most))):,}"
        return Claim(f"Inconclusive: {_needed(need, many)}; {need.most:,} may not be enough", span)
    if not need.conclusive:
        perhaps = _needed(need, f"perhaps {need.points:,}") if need.points else f"perhaps no {need.unit} are needed"
        return Claim(f"Inconclusive: {perhaps}", span)
    said = _needed(need, f"{need.points:,}")
    return Claim(f"{said[0].upper()}{said[1:]}", span)


def _needed(need: Need, many: str) -> str:
    kind = {"fresh": "fresh ", "fixed": "fixed "}.get(need.draw, "")
    unit = need.unit.removesuffix("s") if need.points == 1 else need.unit
    return NEEDED[need.search].format(many, kind + unit, need.size)


def claim_over(needs: Sequence[Need]) -> Claim:
    """What plans for several sizes say first: how the number changes from the smallest to the largest."""
    few, many = (pick(needs, key=lambda need: need.size) for pick in (min, max))
    if few.points is None or many.points is None:
        return claim(few if few.points is None else many)
    text = f"Keep {few.points:,} real rows of every {few.size:,}, and {many.points:,} of every {many.size:,}"
    spans = (f"{_ends(need)} of {need.size:,}" for need in (few, many))
    return Claim(text, f"{_sort(few)} {', '.join(spans)}")


def _sort(need: Need) -> str:
    """What kind of interval it is."""
    return "90 % intervals:" if need.trials else "by theory alone:"


def _span(need: Need) -> str:
    return f"90 % interval {_ends(need)}" if need.trials else "by theory alone, without an interval"


def _ends(need: Need) -> str:
    low = f"{math.ceil(need.low) if need.low >= 1 else 0:,}"
    if not math.isfinite(need.high) or need.high >= FARTHEST * need.most:
        return f"{low} or more"
    return f"{low} to {math.ceil(need.high):,}"


def _tell_none(need: Need) -> str:
    """How often loops without anything keep everything."""
    none = next((trial for trial in need.trials if trial.points == 0), None)
    if none is None:
        return "by theory alone, without an interval"
    return f"without any, {none.successes:,} of {none.tries:,} loops kept everything; later generations may not"
