"""The claim: a run in one sentence or two, each with one number, for whoever reads nothing else."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kellet.experiment.verdict.level import EDGES
from kellet.experiment.verdict.naming import Naming
from kellet.experiment.verdict.quantiles import figure, reach
from kellet.experiment.verdict.summary import Left, Outcome, Summary
from kellet.metrics.metric import PARTS, Metric
from kellet.page.claim import Claim
from kellet.page.wording import join, number, percent

SILENT = ("no verdict", "failed", "nothing left")


@dataclass(frozen=True)
class RunClaim(Claim):
    """What a run's page begins with.

    metric: what it is about; worst, best: the arms that it is about.  All three None where there is nothing to claim.
    """

    metric: Metric | None = None
    worst: str | None = None
    best: str | None = None


def claim(
    summary: Summary,
    noun: str,
    namings: Mapping[str, Naming],
    alone: Collection[str] = (),
    anchored: Collection[str] = (),
) -> RunClaim:
    """What became of the arm that lost most, and of one that kept more.

    noun: what the world's points are called.  alone: arms that learn from models only; of several that lost about as
    much, such a one is told.  anchored: arms with real data, which are told before others that kept more.

    A loss is 1 - x/m, x an arm's median at the last generation and m generation 0's; its interval is that of x over
    replicates.  "Lost", "kept more" and "nothing was lost" are said only where the 95 % bounds of the medians' ratios
    allow nothing else, or of a single replicate with the remark that it may be chance.
    """
    outcomes = [one for one in summary.outcomes if one.counted and one.kind != "nothing left"]
    if not outcomes:
        return RunClaim(*_tell_end(summary, namings))
    found = _choose(outcomes, alone)
    if found is None:
        text = "What was watched here can't show whether anything was lost."
        return RunClaim(text, "The sentences below say why.")
    worst, left = found
    lead, metric, span = namings[worst.arm].lead, left.metric, _warn(summary, namings)
    share = left.level.share
    low, high = (share, share) if worst.counted == 1 else (left.level.low, left.level.high)
    if low >= EDGES[-1]:
        kept = _kept(left, noun)
        subject = f"{lead}, the models" if len(outcomes) == 1 else "Whatever they learnt from, the models"
        span = (_bound(worst, "kept", _keeps(left)), _zero(left, noun), *span)
        return RunClaim(f"Nothing was lost: {_lower(subject)} kept {kept}.", " ".join(span), metric, worst.arm, None)
    if high >= EDGES[-1]:
        text = f"Whether the models lost any of {_noun(metric, noun)}, {_times(worst.counted)} can't tell."
        middle = f"{lead}, the median replicate kept {_kept(left, noun)}."
        span = (middle, _bound(worst, "kept", _keeps(left)), _zero(left, noun), *span)
        return RunClaim(text, " ".join(span), metric, worst.arm, None)
    better = _better(outcomes, worst, left, anchored)
    text, bounds = _tell_loss(worst, left, better, noun, namings)
    if better is None and len(outcomes) > 1:
        text += " Nothing else that was tried kept measurably more."
    return RunClaim(text, " ".join((bounds, _zero(left, noun), *span)), metric, worst.arm, better and better[0].arm)


def _tell_loss(
    worst: Outcome, left: Left, better: tuple[Outcome, Left] | None, noun: str, namings: Mapping[str, Naming]
) -> tuple[str, str]:
    """What was lost, and what another arm kept; and the intervals of both."""
    verb = "forgot" if left.metric.whole else "lost"
    text = f"{namings[worst.arm].lead}, the models {verb} {_lost(left, noun)}."
    bounds = _bound(worst, verb, _loses(left))
    if better is None:
        return text, bounds
    lead, more = namings[better[0].arm].lead, better[1]
    text += f" {lead} they kept {_kept(more, noun, short=True)}."
    if worst.counted == 1:
        return text, bounds
    return text, f"{bounds.removesuffix('.')}; {_lower(lead)} they kept {_keeps(more)}."


def _choose(outcomes: list[Outcome], alone: Collection[str]) -> tuple[Outcome, Left] | None:
    """The arm that lost most, and the part in which that is seen best: the first in which half is lost for certain, or
    else a tenth, or else the first that can be judged."""
    found: list[tuple[int, Outcome, Left]] = []
    for part in PARTS:
        judged = [(one, left) for one in outcomes if (left := one.of(part)) and left.kind not in SILENT]
        if not judged:
            continue
        worst, left = min(judged, key=lambda pair: pair[1].level.share)
        for one, other in judged:
            if one.arm in alone and other.level.low <= left.level.high:
                worst, left = one, other
        most = left.level.share if worst.counted == 1 else left.level.high
        found.append((0 if most < EDGES[1] else 1 if most < EDGES[-1] else 2, worst, left))
    return min(found, key=lambda one: one[0])[1:] if found else None


def _better(
    outcomes: list[Outcome], worst: Outcome, left: Left, anchored: Collection[str]
) -> tuple[Outcome, Left] | None:
    """An arm that kept more for certain: the best of those with real data, or else of all."""
    others = [
        (one, more)
        for one in outcomes
        if one is not worst and (more := one.of(left.part)) and more.kind not in SILENT and _exceeds(one, more, left)
    ]
    real = [pair for pair in others if pair[0].arm in anchored]
    return max(real or others, key=lambda pair: pair[1].level.share, default=None)


def _exceeds(one: Outcome, more: Left, left: Left) -> bool:
    if one.counted == 1:
        return more.level.share > left.level.share + 1 - EDGES[-1]
    return more.level.low > left.level.high


def _lost(left: Left, noun: str) -> str:
    """What is gone at the end, as a part of what generation 0 had."""
    start, end, metric = left.start.median, left.end.median, left.metric
    if metric.whole:
        had = figure(metric, start)
        return f"all {had} {noun}" if end == 0 else f"{figure(metric, start - end)} of the {had} {noun}"
    if end == 0:
        return f"all of {_noun(metric, noun)}"
    return f"{_percent(1 - end / start)} of {_noun(metric, noun)}"


def _kept(left: Left, noun: str, short: bool = False) -> str:
    start, end, metric = left.start.median, left.end.median, left.metric
    if metric.whole:
        had = figure(metric, start)
        what = "all of them" if short else f"all {had} {noun}"
        some = figure(metric, end) if short else f"{figure(metric, end)} of the {had} {noun}"
        return what if end >= start else some
    share = _percent(min(1.0, end / start))
    return share if short else f"{share} of {_noun(metric, noun)}"


def _loses(left: Left) -> str:
    start, metric = left.start.median, left.metric
    if metric.whole:
        low, high = max(0.0, start - math.ceil(left.end.high)), start - math.floor(left.end.low)
        return _between(figure(metric, low), figure(metric, high))
    return _between(*(_percent(max(0.0, 1 - end / start)) for end in (left.end.high, left.end.low)))


def _keeps(left: Left) -> str:
    if left.metric.whole:
        return reach(left.metric, left.end)
    return _between(*(_percent(end / left.start.median) for end in (left.end.low, left.end.high)))


def _between(low: str, high: str) -> str:
    if low == high:
        return low
    return f"{low.removesuffix(' %') if low[0].isdigit() and high[0].isdigit() else low} to {high}"


def _percent(share: float) -> str:
    """A share in per cent that is 100 % only where nothing is missing.

    >>> _percent(0.96), _percent(0.9996), _percent(0.997), _percent(1.0)
    ('96 %', 'over 99.9 %', '99.7 %', '100 %')
    """
    if 0.9995 <= share < 1:
        return "over 99.9 %"
    return f"{100 * share:.1f} %" if 0.995 <= share < 1 else percent(share)


def _noun(metric: Metric, noun: str) -> str:
    return metric.noun.replace("{things}", noun) or f"“{metric.title}”"


def _bound(outcome: Outcome, verb: str, interval: str) -> str:
    if outcome.counted == 1:
        return "This is one replicate only, so all of it may be chance."
    return f"In 90 % of {_times(outcome.counted)} they {verb} {interval}."


def _zero(left: Left, noun: str) -> str:
    """What the number is measured against."""
    had = figure(left.metric, left.start.median)
    unit = noun if left.metric.whole else left.metric.unit.replace("{things}", noun)
    what = f"{had} {unit}" if unit else f"{had} ({left.metric.title})"
    return f"No loss would be what generation 0 had, which learnt from real data alone: {what}."


def _times(count: int) -> str:
    return "one replicate" if count == 1 else f"{number(count)} replicates"


def _warn(summary: Summary, namings: Mapping[str, Naming]) -> tuple[str, ...]:
    """Which arms are told of only in part, or not at all."""
    broken = [f"“{namings[one.arm].title}”" for one in summary.outcomes if one.failed]
    emptied = [f"“{namings[one.arm].title}”" for one in summary.outcomes if one.emptied]
    return (
        *((f"A program broke in {join(broken)}: see below.",) if broken else ()),
        *((f"In {join(emptied)} nothing was left to learn from in some replicates: see below.",) if emptied else ()),
    )


def _tell_end(summary: Summary, namings: Mapping[str, Naming]) -> tuple[str, str]:
    """Where no arm has an outcome."""
    if all(one.failed for one in summary.outcomes):
        return "A program broke before anything could be measured.", " ".join(_warn(summary, namings))
    emptied = max(summary.outcomes, key=lambda one: one.emptied)
    text = f"Nothing was left to learn from in {emptied.emptied} of {_times(emptied.replicates)}."
    return text, "All that was written was refused. What is said below is of the others alone."


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
