"""Checks: what was asked of references and corpus before anything was said, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kellet.estimate.judging import ALIKE, FOREIGN, LEAST, NARROW, NEEDED
from kellet.estimate.outcome import Outcome

APART = 0.2
"""Of the best known model's documents, those above the line that 5 % of human ones pass, from which on text is told
apart at all."""


@dataclass(frozen=True)
class Check:
    """A condition of an answer.

    name: what was asked.  value: what was found.  limit: up to which, or from which on, it passes; None where it has no
    fixed one.  passed: None where it was not reached.  help: what would make it pass.
    """

    name: str
    value: float | None
    limit: float | None
    passed: bool | None
    help: str


def check(outcome: Outcome) -> tuple[Check, ...]:
    """All of them, in the order in which they are asked."""
    return () if outcome.method == "excess" else tuple(_check(outcome))


def _check(outcome: Outcome) -> Iterator[Check]:
    whole = outcome.whole
    enough = whole.documents >= LEAST
    yield Check("enough of it", whole.documents, LEAST, enough, f"more of it, {LEAST} {outcome.things} or more")
    known = None if not enough or whole.known is None else whole.distance is not None
    yield Check("the references' language", whole.known, None, known, "references in the language of the corpus")
    alike = None if whole.distance is None else whole.distance <= FOREIGN
    yield Check(
        "the references' subjects", whole.distance, FOREIGN, alike,
        "human text of the same kind and about the same things as the corpus, such as older documents of its sources, "
        "and what models write when they are asked for such",
    )  # fmt: skip
    best = max((one.detected for one in outcome.writers), default=None)
    apart = None if not alike or best is None else whole.verdict != "not identifiable" or best > APART
    yield Check(
        "human and model text told apart", best, APART, apart, "longer documents, and more of them by each writer"
    )
    reached = bool(alike and apart)
    for reading, limit in zip(whole.readings, ALIKE, strict=False):
        yield Check(
            f"model text like the references', by {reading.name}", reading.unlike, limit,
            reading.unlike <= limit if reached else None,
            "text of other models that may have written it, each as another --model",
        )  # fmt: skip
    if whole.readings:
        there = max(one.there for one in whole.readings)
        low, high = whole.readings[0].wide
        yield Check(
            "model text seen, or surely little of it", there, NEEDED,
            there > NEEDED or high - low <= NARROW if reached else None,
            "more of it, or text of the models that may have written it, as --model",
        )  # fmt: skip
