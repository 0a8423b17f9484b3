"""Checks: what was asked of references and corpus before anything was said, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kellet.estimate.calibration import STRANGE, STRONG, find_chance
from kellet.estimate.excess import DRIFT
from kellet.estimate.excess import LEAST as PERIOD
from kellet.estimate.judging import ALIKE, LEAST, NEEDED, RESIDUAL, UNEXPLAINED
from kellet.estimate.outcome import Outcome, Writer


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
    if outcome.method == "excess":
        return tuple(_check_periods(outcome))
    found = list(_check(outcome))
    if any(one.passed is False for one in found[:-1]):
        found[-1] = replace(found[-1], passed=None)
    return tuple(found)


def _check_periods(outcome: Outcome) -> Iterator[Check]:
    """What a bound by excess vocabulary asks."""
    parts = [(one.finding, one.surplus) for one in outcome.slices] or [(outcome.whole, outcome.surplus)]
    most = max(one.documents for one, _ in parts)
    yield Check("enough of a period", most, PERIOD, most >= PERIOD, f"{PERIOD} {outcome.things} of one period or more")
    found = [one for _, one in parts if one is not None]
    base = max((len(one.base) for one in found), default=None)
    yield Check(
        "human periods to see a trend", base, 2, None if base is None else base >= 2,
        "human text of two periods or more, with its dates",
    )  # fmt: skip
    drifts = [drift for one in found if (drift := one.placebo) is not None]
    yield Check(
        "human text drifts slowly", min(drifts, default=None), DRIFT, min(drifts) <= DRIFT if drifts else None,
        "human text that is nearer in time, or more alike",
    )  # fmt: skip


def _check(outcome: Outcome) -> Iterator[Check]:
    whole, text = outcome.whole, outcome.nouns.text
    rows = not outcome.nouns.worded
    enough = whole.documents >= LEAST
    yield Check("enough of it", whole.documents, LEAST, enough, f"more of it, {LEAST} {outcome.things} or more")
    known = None if not enough or whole.known is None else whole.distance is not None
    yield Check(
        "the references' values" if rows else "the references' language", whole.known, None, known,
        "references with the values of the corpus" if rows else "references in the language of the corpus",
    )  # fmt: skip
    far, limit = whole.distance, whole.foreign
    alike = None if far is None or limit is None else far <= limit
    yield Check(
        "the references' subjects", far, limit, alike,
        f"human {text} of the same kind and about the same things as the corpus, such as older {outcome.things} of its "
        "sources, and what models write when they are asked for such",
    )  # fmt: skip
    longer = "rows of more columns" if rows else "longer documents"
    chances = [
        (one.detected, float(find_chance(max(outcome.human_documents, 1), max(one.documents, 1))))
        for one in outcome.writers
    ]
    best, chance = max(chances, key=lambda pair: pair[0] - pair[1], default=(None, None))
    apart = None if not alike or best is None else whole.verdict != "not identifiable"
    yield Check(f"human and model {text} told apart", best, chance, apart, f"{longer}, and more of them by each writer")
    reached = bool(alike and apart)
    for reading, most in zip(whole.readings, ALIKE, strict=False):
        yield Check(
            f"model {text} like the references', by {reading.name}", reading.unlike, most,
            reading.unlike <= most if reached else None,
            f"{text} of other models that may have written it, each as another --model",
        )  # fmt: skip
    if whole.residual is not None:
        explained = whole.residual <= RESIDUAL or (whole.unexplained or 0.0) <= UNEXPLAINED
        yield Check(
            f"{outcome.nouns.features} that the references explain", whole.residual, RESIDUAL,
            explained if reached else None,
            f"{text} of other models that may have written it, each as another --model, or human {text} of all its "
            "sources",
        )  # fmt: skip
    if whole.readings:
        apart_by = max(one.low for one in whole.readings) - min(one.high for one in whole.readings)
        yield Check(
            "methods that agree", max(apart_by, 0.0), 0.0, apart_by <= 0 if reached else None,
            "more references, of people and of each model",
        )  # fmt: skip
        strong = any(map(is_strong, outcome.writers))
        there = max(one.there for one in whole.readings)
        yield Check(
            f"{text} of a model told apart is there{'' if rows else ', or surely little of any'}", there, NEEDED,
            there > NEEDED or whole.verdict == "answered" if reached else None,
            f"more of it, or {text} of the models that may have written it, as --model" if strong else
            f"{longer}, of which nearly all of some model's are told apart from people's",
        )  # fmt: skip


def is_strong(writer: Writer) -> bool:
    """Whether a model's documents are told apart from human ones, as an answer needs it."""
    stranger = writer.as_stranger is None or not writer.as_stranger < STRANGE
    return writer.detected >= STRONG and stranger
