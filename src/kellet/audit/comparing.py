"""Comparing: two data sets of one form, by whatever measures they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from kellet.audit.alignment import Alignment, align
from kellet.audit.exchange import Exchange
from kellet.audit.expectations import attach, expect
from kellet.audit.finding import LEVEL, Finding, Measured
from kellet.audit.groups import choose_groups, measure_groups
from kellet.audit.history import adjust
from kellet.audit.numbers import measure_numbers
from kellet.audit.result import Look
from kellet.audit.retention import sum_keys
from kellet.audit.rule import make_rule
from kellet.audit.scanning import tidy
from kellet.audit.texts import measure_texts
from kellet.audit.values import list_invented, list_kinds, list_losses, measure_keys, measure_values, name_column
from kellet.data.content import Album, Content, Documents, Rows
from kellet.data.documents import collect
from kellet.errors import InputError
from kellet.profile.columns import profile_table
from kellet.profile.profile import Profile, deal
from kellet.profile.tally import Tally
from kellet.profile.text import Text

if TYPE_CHECKING:
    import polars as pl

TEXTS = ("words", "2-grams", "3-grams")
FORMS = {Rows: "a table", Documents: "texts", Album: "pictures", Profile: "a profile"}


@dataclass(frozen=True, eq=False)
class Side:
    """A data set.  name: its file's."""

    name: str
    content: Content | Profile


@dataclass(frozen=True)
class Question:
    """What is asked of all data sets; as the options of ``kellet audit``.

    many: assignments of groups beside the observed one.  level: of false alarms, all measures of a look together.
    """

    key: tuple[str, ...] = ()
    text: str | None = None
    embedding: str | None = None
    group: tuple[str, ...] = ()
    target: str | None = None
    cluster: str | None = None
    seed: int = 0
    many: int = 999
    level: float = LEVEL


@dataclass(frozen=True, eq=False)
class _Pair:
    """Both sides as profiles.  more: measures of what no profile holds.  groups: as `choose_groups` gives them."""

    reference: Profile
    candidate: Profile
    notes: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] | None = None
    more: tuple[Measured, ...] = ()


@dataclass(frozen=True, eq=False)
class Compared:
    """A look, and what the reference is in it: so many documents, called things."""

    look: Look
    documents: int
    things: str


def compare(reference: Side, candidate: Side, asked: Question, holdout: Side | None = None) -> Compared:
    """A data set against the reference; holdout: real data that no model has seen."""
    rng = np.random.default_rng(asked.seed)
    pair = _pair(reference, candidate, asked)
    exchange = Exchange.of(pair.reference, pair.candidate, rng, asked.many)
    families = [family for family in ("value", *TEXTS) if _has(exchange, family)]
    kinds = {name_column(kind): kind for family in families for kind in list_kinds(exchange, family)}
    if "value" not in families and "words" in kinds:
        kinds = {"": kinds.pop("words"), **kinds}
    fresh = None if holdout is None else _pair(reference, holdout, asked).candidate
    known = expect(exchange, kinds, fresh, rng)
    measured = chain(attach(_measure(exchange, pair), known), pair.more)
    look = Look(
        name=candidate.name,
        documents=pair.candidate.height,
        groups=exchange.grouping.many,
        findings=calm([Finding.of(one, asked.level) for one in measured], asked.level),
        losses=tuple(chain.from_iterable(list_losses(exchange, family) for family in families)),
        invented=tuple(chain.from_iterable(list_invented(exchange, family) for family in families)),
        notes=pair.notes,
    )
    return Compared(look, pair.reference.height, pair.reference.things)


def calm(findings: Sequence[Finding], level: float) -> tuple[Finding, ...]:
    """The findings, of which alarms stay that are no matter of how many were looked at: first those of everything
    together, which make the verdict, then each measure over the columns."""
    names = dict.fromkeys((one.measure if one.about else "", bool(one.about)) for one in findings)
    families = (
        [one for one in findings if (one.measure if one.about else "", bool(one.about)) == name] for name in names
    )
    return tuple(chain.from_iterable(adjust(family, level) for family in families))


def _measure(exchange: Exchange, pair: _Pair) -> Iterator[Measured]:
    yield from measure_values(exchange)
    yield from measure_numbers(exchange)
    if pair.groups:
        yield from measure_groups(exchange, dict(pair.groups))
    # Where there are texts alone, their words are everything.
    whole = "" if not _has(exchange, "value") else "words"
    yield from (replace(one, about=whole) for one in measure_texts(exchange))
    for kind in TEXTS:
        if _has(exchange, kind):
            yield from measure_keys(sum_keys(exchange, kind), whole if kind == "words" else kind, kind)


def _has(exchange: Exchange, family: str) -> bool:
    kinds = {*exchange.reference.tallies} & {*exchange.candidate.tallies}
    return any(kind == family or kind.startswith(f"{family}:") for kind in kinds)


def _pair(reference: Side, candidate: Side, asked: Question) -> _Pair:
    match reference.content, candidate.content:
        case Profile() as mine, Profile() as theirs:
            return _Pair(mine, theirs)
        case Rows() as mine, Rows() as theirs:
            return _pair_rows(_choose(mine, asked), _choose(theirs, asked), asked)
        case Documents() as mine, Documents() as theirs:
            return _pair_texts(_collect(mine, reference.name), _collect(theirs, candidate.name))
    forms = [f"{FORMS[type(side.content)]}, {side.name}" for side in (reference, candidate)]
    raise InputError("data of one form", " and ".join(forms), "two tables, two texts or two profiles")


def _choose(rows: Rows, asked: Question) -> Rows:
    """The columns that are to be looked at, as far as they are there."""
    if not asked.key:
        return rows
    wanted = (*asked.key, *asked.group, asked.target, asked.cluster, asked.text, asked.embedding)
    return replace(rows, frame=rows.frame.select(name for name in rows.frame.columns if name in wanted))


def _pair_rows(mine: Rows, theirs: Rows, asked: Question) -> _Pair:
    found = align(mine, theirs, text=asked.text)
    groups = choose_groups(found.reference, asked.group) if asked.group else {}
    notes = [*found.notes]
    profiles = []
    for frame in (found.reference, found.candidate):
        profile = profile_table(frame, found.columns, asked.cluster, within=groups)
        profiles.append(_add_texts(profile, frame, found))
    if len(profiles[0].tallies) == 0:
        raise InputError("columns that can be compared", f"none: {' '.join(notes)}", "other columns")
    return _Pair(profiles[0], profiles[1], tuple(notes), groups)


def _add_texts(profile: Profile, frame: pl.DataFrame, found: Alignment) -> Profile:
    """With the tallies of the first column of texts."""
    names = [one.name for one in found.columns if one.role == "text"]
    if not names:
        return profile
    texts = [text or "" for text in frame[names[0]].to_list()]
    return replace(profile, tallies={**profile.tallies, **_tally(texts, profile)})


def _collect(documents: Documents, name: str) -> tuple[str, ...]:
    return collect(documents, name).texts


def _pair_texts(mine: tuple[str, ...], theirs: tuple[str, ...]) -> _Pair:
    profiles = []
    for texts in (mine, theirs):
        _, documents = deal(len(texts))
        empty = Profile(documents, {}, things="texts")
        profiles.append(replace(empty, tallies=_tally(texts, empty)))
    return _Pair(profiles[0], profiles[1])


def _tally(texts: Sequence[str], profile: Profile) -> Mapping[str, Tally]:
    """All that is looked at in texts, dealt in turn."""
    import polars as pl

    groups, _ = deal(len(texts))
    counted = Text(make_rule(), profile.salt)
    counted.add(tidy(pl.Series(texts, dtype=pl.String)), groups)
    return counted.take()
