"""Comparing: a data set against the reference, by whatever measures there are for its form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.random import Generator

from kellet.audit.exchange import Exchange, TooFewError
from kellet.audit.expectations import attach
from kellet.audit.finding import Finding, Measured
from kellet.audit.flags import settle
from kellet.audit.pairing import Pair, Question, Side, pair
from kellet.audit.part import Part
from kellet.audit.result import Look
from kellet.audit.retention import sum_keys
from kellet.audit.use import measure_use
from kellet.audit.values import add_sums, measure_keys

UNEVEN = 0.05
"""Groups that differ more are told."""
RETRAINED = 199
"""Assignments at most, where each is learnt from anew."""


@dataclass(frozen=True, eq=False)
class Compared:
    """A look, and what the reference is in it: so many documents, called things."""

    look: Look
    documents: int
    things: str


def compare(reference: Side, candidate: Side, asked: Question, holdout: Side | None = None) -> Compared:
    """A data set against the reference; holdout: real data that no model has seen."""
    rng = np.random.default_rng(asked.seed)
    both = pair(reference, candidate, asked, rng)
    fresh = None
    if holdout is not None and not both.points:
        fresh = pair(reference, holdout, replace(asked, embedding=None), rng)
    height = len(both.points[0]) if both.points else both.reference.height
    try:
        parts = list(_divide(both, fresh, asked, rng))
    except TooFewError as error:
        needed, there, *_ = error.parts
        told = f"Nothing can be told: there are {there}, and {needed} are needed."
        few = Look(name=candidate.name, documents=both.candidate.height, groups=(0, 0), findings=(), notes=(told,))
        return Compared(few, height, both.reference.things)
    measured = chain(
        *(part.measure() for part in parts),
        _measure_words(parts),
        *(part.measure_more(rng, asked.many) for part in parts),
        _measure_use(both, asked, rng),
    )

    def again(about: frozenset[str], many: int) -> Iterator[Measured]:
        return chain.from_iterable(part.measure_again(about, rng, many) for part in parts)

    found = [Finding.of(one, asked.level) for one in measured]
    look = Look(
        name=candidate.name,
        documents=both.candidate.height,
        groups=parts[0].exchange.grouping.many,
        findings=settle(found, asked.many, again, asked.level),
        losses=tuple(chain.from_iterable(part.list_losses() for part in parts)),
        invented=tuple(chain.from_iterable(part.list_invented() for part in parts)),
        notes=(*both.notes, *_tell(parts[0].exchange), *chain.from_iterable(part.tell() for part in parts)),
    )
    return Compared(look, height, both.reference.things)


def _divide(both: Pair, fresh: Pair | None, asked: Question, rng: Generator) -> Iterator[Part]:
    """What is measured together: all of it, and then columns by themselves."""
    exchange = Exchange.of(both.reference, both.candidate, rng, asked.many)
    yield Part.of(both, exchange, fresh.candidate if fresh else None, rng)
    for name, column in both.columns.items():
        if column.points:
            # A part of the reference is what cells are learnt from, so other rows are exchanged.
            own = Exchange.of(column.reference, column.candidate, rng, asked.many)
        else:
            own = replace(exchange, reference=column.reference, candidate=column.candidate)
        known = fresh.columns.get(name) if fresh else None
        yield Part.of(column, own, known.candidate if known else None, rng, name)


def _measure_words(parts: Sequence[Part]) -> Iterator[Measured]:
    """What is rare among the words of a table's texts, and what is invented: a part of the verdict."""
    texts = [part for part in parts if part.about and part.has("words")]
    if texts:
        sums = add_sums(sum_keys(part.exchange, "words") for part in texts)
        known = {"": texts[0].known[texts[0].about]} if len(texts) == 1 and texts[0].about in texts[0].known else {}
        for one in attach(measure_keys(sums, "", "words"), known):
            if one.measure in ("rare", "invented"):
                yield replace(one, measure=f"{one.measure} words")


def _measure_use(both: Pair, asked: Question, rng: Generator) -> Iterator[Measured]:
    if asked.target is not None and both.frames:
        sides = [(frame, own) for frame, own in zip(both.frames, both.clusters, strict=True)]
        many = min(asked.many, RETRAINED)
        yield from measure_use(sides[0], sides[1], asked.target, rng, asked.group, many)


def _tell(exchange: Exchange) -> Iterator[str]:
    """What is to be borne in mind about groups."""
    if exchange.grouping.uneven > UNEVEN:
        differ = f"{100 * exchange.grouping.uneven:.0f} %"
        yield f"Groups of documents differ in size by up to {differ}: zeros are approximate here."
