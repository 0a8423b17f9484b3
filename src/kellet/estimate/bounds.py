"""Bounds: what excess vocabulary says of periods, and of all of them, as an estimate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from kellet.estimate.excess import DRIFT, ExcessBound, ExcessBounds
from kellet.estimate.judging import Finding
from kellet.estimate.outcome import Phrase, Placebo, Removed, Slice, Surplus
from kellet.estimate.result import Estimate
from kellet.page.wording import percent

ALONE = "no text of models was given"
UNLIKE = 0.3
"""Of documents that are unlike human ones, from which on it is said."""


@dataclass(frozen=True)
class Group:
    """Documents of one period.

    documents, words: how many different ones there are, and their words.  looked: how many of them are looked at.
    human: whether they surely are.
    """

    name: str
    documents: int
    words: float
    looked: int
    human: bool


def conclude(
    corpus: str,
    by: str,
    groups: Mapping[int, Group],
    found: ExcessBounds,
    notes: tuple[str, ...],
    empty: int,
) -> Estimate:
    """An estimate of documents that aren't known to be human.

    groups: all periods, by their numbers.  empty: how many documents were nearly empty.
    """
    bounds = sorted(found.bounds, key=lambda one: one.period)
    findings = [judge(one, groups[one.period]) for one in bounds]
    surpluses = [_measure(one, groups) for one in bounds]
    slices = tuple(
        Slice(groups[one.period].name, finding, surplus=surplus)
        for one, finding, surplus in zip(bounds, findings, surpluses, strict=True)
        if by
    )
    best = max(bounds, key=lambda one: (one.low, one.point, one.period))
    return Estimate(
        corpus, "documents", "excess", _add(findings), sum(one.documents for one in groups.values() if one.human),
        by=by,
        slices=slices,
        phrases=tuple(Phrase(one.name, one.documents, one.observed, one.expected, None) for one in best.words),
        removed=Removed(empty=empty),
        notes=(*notes, *_note(bounds, best, groups, by)),
        surplus=None if by else surpluses[0],
        placebos=tuple(_list_placebos(found, groups)),
    )  # fmt: skip


def judge(bound: ExcessBound, group: Group) -> Finding:
    """What is said of one period."""
    told = np.isfinite(bound.observed) and not bound.placebo > DRIFT
    reasons = (bound.reason,) if bound.reason else ()
    if not told:
        return Finding("not identifiable", group.documents, group.words, None, None, None, reasons=reasons)
    return Finding("bound only", group.documents, group.words, None, bound.low, None, reasons=(ALONE, *reasons))


def _add(findings: list[Finding]) -> Finding:
    r"""What is said of all periods: :math:`\sum n_t l_t / \sum n_t` of their limits, 0 where there is none.

    A standard error of a sum is no larger than the sum of standard errors, however they go together, so that a mean of
    limits, each so many of them below what is found, is a limit, too; but for limits that are cut off at 0, whose mean
    is above 0 as soon as one of them is.
    """
    documents, words = (sum(getattr(one, name) for one in findings) for name in ("documents", "words"))
    told = [one for one in findings if one.verdict == "bound only"]
    reasons = tuple(dict.fromkeys(reason for one in told or findings for reason in one.reasons))
    if not told:
        return Finding("not identifiable", documents, words, None, None, None, reasons=reasons)
    low = sum(one.documents * (one.low or 0.0) for one in told) / max(documents, 1)
    return Finding("bound only", documents, words, None, low, None, reasons=reasons)


def _measure(bound: ExcessBound, groups: Mapping[int, Group]) -> Surplus | None:
    if not np.isfinite(bound.observed):
        return None
    base = tuple(groups[one].name for one in bound.base)
    placebo = float(bound.placebo) if np.isfinite(bound.placebo) else None
    return Surplus(base, bound.documents, bound.observed, bound.expected, placebo, bound.point, bound.foreign)


def _list_placebos(found: ExcessBounds, groups: Mapping[int, Group]) -> Iterator[Placebo]:
    """Of each human period the most that is found."""
    most: dict[int, ExcessBound] = {}
    for one in found.placebos:
        if one.period not in most or one.point > most[one.period].point:
            most[one.period] = one
    for period in sorted(most):
        yield Placebo(groups[period].name, most[period].documents, most[period].point)


def _note(bounds: list[ExcessBound], best: ExcessBound, groups: Mapping[int, Group], by: str) -> Iterator[str]:
    if len(bounds) > 1:
        yield (
            "The bound of all is the mean of the periods' bounds, weighted by their documents; of 0 where none is. "
            "Where models wrote nothing, one bound in 20 is above 0, and the mean as soon as one of them is."
        )
    if by and best.words:
        yield f"The words that stand out are those of {groups[best.period].name}."
    for one in bounds:
        if one.foreign > UNLIKE:
            yield (
                f"{percent(one.foreign)} of the documents{f' of {groups[one.period].name}' if by else ''} are unlike"
                " nearly all human ones: of a new subject or genre; they carry nothing."
            )
