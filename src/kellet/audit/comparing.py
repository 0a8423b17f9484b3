"""Comparing: a data set against the reference, by whatever measures there are for its form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import msgspec
import numpy as np
from numpy.random import Generator

from kellet.audit import texts as prose
from kellet.audit.embeddings import measure_points
from kellet.audit.exchange import Exchange
from kellet.audit.expectations import attach, expect
from kellet.audit.finding import Finding, Measured
from kellet.audit.groups import measure_groups
from kellet.audit.history import adjust
from kellet.audit.numbers import measure_numbers
from kellet.audit.pairing import Pair, Question, Side, pair, pair_points
from kellet.audit.points import Pool
from kellet.audit.result import Look
from kellet.audit.retention import sum_keys
from kellet.audit.richness import measure_richness, note_sampling
from kellet.audit.use import measure_use
from kellet.audit.values import list_invented, list_kinds, list_losses, measure_keys, measure_values, name_column
from kellet.profile.profile import Profile, deal

KEYS = ("words", "2-grams", "3-grams", "cell")
"""Kinds of keys that are no values of a table, the first that is there standing for everything where there are none."""
UNEVEN = 0.05
"""Groups that differ more are told."""
SHARED = 3
"""Openings, and closings, that are named."""
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
    fresh = None if holdout is None or both.points else pair(reference, holdout, asked, rng).candidate
    look = _look(both, candidate.name, asked, fresh, rng)
    if both.points is not None and both.frames is not None:
        # Points beside a table are counted by themselves: a part of the reference is what cells are learnt from.
        cells = _look(pair_points(*both.points, "rows", rng), candidate.name, asked, None, rng, str(asked.embedding))
        look = msgspec.structs.replace(look, findings=(*look.findings, *cells.findings))
    height = len(both.points[0]) if both.points else both.reference.height
    return Compared(look, height, both.reference.things)


def _look(both: Pair, name: str, asked: Question, fresh: Profile | None, rng: Generator, about: str = "") -> Look:
    exchange = Exchange.of(both.reference, both.candidate, rng, asked.many)
    families = [family for family in ("value", *KEYS) if _has(exchange, family)]
    kinds = {name_column(kind): kind for family in families for kind in list_kinds(exchange, family)}
    if families and families[0] in KEYS:
        kinds = {about: kinds.pop(families[0]), **kinds}
    known = expect(exchange, kinds, fresh, rng)
    measured = chain(
        attach(_measure(exchange, both, kinds, about), known), _measure_more(exchange, both, asked, rng, about)
    )
    repeated = prose.find_repeated(both.texts[1]) if both.texts else ()
    return Look(
        name=name,
        documents=both.candidate.height,
        groups=exchange.grouping.many,
        findings=calm([Finding.of(one, asked.level) for one in measured], asked.level),
        losses=tuple(chain.from_iterable(list_losses(exchange, family) for family in families)),
        invented=tuple(chain.from_iterable(list_invented(exchange, family) for family in families)),
        notes=(*both.notes, *_tell(exchange, kinds), *_tell_shared(exchange), *map(_tell_repeated, repeated)),
    )


def calm(findings: Sequence[Finding], level: float) -> tuple[Finding, ...]:
    """The findings, of which those alarms stay that so many findings would not show by chance: first those of
    everything together, which make the verdict, then each measure over the columns."""
    families: dict[str | None, list[Finding]] = {None: []}
    for one in findings:
        families.setdefault(one.measure if one.about else None, []).append(one)
    return tuple(chain.from_iterable(adjust(family, level) for family in families.values()))


def _measure(exchange: Exchange, both: Pair, kinds: dict[str, str], about: str) -> Iterator[Measured]:
    """By counts of keys."""
    yield from measure_values(exchange)
    yield from measure_numbers(exchange)
    if both.groups:
        yield from measure_groups(exchange, dict(both.groups))
    for name, kind in kinds.items():
        if kind in KEYS:
            yield from measure_keys(sum_keys(exchange, kind), name, {"cell": "cells"}.get(kind, kind))
    yield from _rename(prose.measure_texts(exchange), exchange, about)
    for name, kind in kinds.items():
        # Of columns with few values there is nothing that a sample hasn't seen.
        if name == about or kind in KEYS:
            yield from measure_richness(exchange, kind, name)


def _measure_more(exchange: Exchange, both: Pair, asked: Question, rng: Generator, about: str) -> Iterator[Measured]:
    """By what no profile holds."""
    if both.texts:
        sides = [prose.Side(texts, deal(len(texts))[0]) for texts in both.texts]
        yield from _rename(prose.measure_compression(exchange, *sides), exchange, about)
    if both.points and not both.frames:
        yield from measure_points(Pool.of(*both.points, rng, min(asked.many, 999)), rng, about)
    if asked.target is not None and both.frames:
        mine, theirs = both.frames
        clusters = [None if asked.cluster is None else frame[asked.cluster] for frame in both.frames]
        hashes = [None if one is None else one.hash().to_numpy() for one in clusters]
        many = min(asked.many, RETRAINED)
        yield from measure_use((mine, hashes[0]), (theirs, hashes[1]), asked.target, rng, asked.group, many)


def _rename(measured: Iterator[Measured], exchange: Exchange, about: str) -> Iterator[Measured]:
    """Where there are texts alone, they are everything."""
    return (replace(one, about="words" if _has(exchange, "value") else about) for one in measured)


def _has(exchange: Exchange, family: str) -> bool:
    kinds = {*exchange.reference.tallies} & {*exchange.candidate.tallies}
    return any(kind == family or kind.startswith(f"{family}:") for kind in kinds)


def _tell(exchange: Exchange, kinds: Mapping[str, str]) -> Iterator[str]:
    """What is to be borne in mind about groups and keys."""
    if exchange.grouping.uneven > UNEVEN:
        differ = f"{100 * exchange.grouping.uneven:.0f} %"
        yield f"Groups of documents differ in size by up to {differ}: zeros are approximate here."
    yield from filter(None, (note_sampling(exchange, kind) for kind in kinds.values()))


def _tell_shared(exchange: Exchange) -> Iterator[str]:
    """The openings and closings that far more documents of the candidate have than should."""
    for kind, word in (("opening", "begin"), ("closing", "end")):
        if _has(exchange, kind):
            for one in prose.name_shared(exchange, kind, SHARED):
                yield f"{one.candidate:,} documents {word} alike, {one.expected:.1f} would: {one.name or 'unnamed'!r}."


def _tell_repeated(one: prose.Repeated) -> str:
    often = f'"{one.excerpt}" {one.times:,} times'
    return f"Document {one.document:,} repeats itself: {one.share:.0%} of its words were there before, {often}."
