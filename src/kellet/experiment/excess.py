"""Excess: at least what share of a corpus models wrote, by dates and human text alone, from files of any size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from kellet.audit.rule import make_rule
from kellet.audit.scanning import Progress
from kellet.errors import InputError, quote
from kellet.estimate.bounds import Group, conclude
from kellet.estimate.excess import bound_excess
from kellet.estimate.gathering import Gathering, allot
from kellet.estimate.occurrence import learn
from kellet.estimate.periods import BASE, UNDATED, UNTIL, YEARS, Clock, Periods, choose, find_last_day
from kellet.estimate.result import Estimate
from kellet.evidence import Integers
from kellet.experiment.documents import Source

if TYPE_CHECKING:
    import polars as pl

DOCUMENTS, BYTES = 50_000, 1 << 27
"""That are looked at, at most."""
COMMON = 5
"""Documents that have a word, from which on it is looked at."""
WHOLE = 1 << 40
"""Words: no document is cut."""
LEFT = -(1 << 40)
"""The period of a document that is left out."""
REFERENCES = "the human references"


def estimate_excess(
    corpus: Any, human: Any, by: str | None, human_until: str | None, text: str | None, seed: int, tell: Progress
) -> Estimate:
    """What can be known without text of models; arguments as those of `kellet.estimate`."""
    if by is None and human is None:
        expected = "text of which it is known who wrote it, or the column of its dates"
        raise InputError(expected, "neither", "--by date, --human FILE, or that and --model NAME=FILE")
    if human_until is not None and by is None:
        raise InputError("the column of dates beside --human-until", "none", "--by date")
    with ExitStack() as stack:
        references = Source.open(human, REFERENCES, text, stack) if human is not None else None
        source = Source.open(corpus, "the corpus", text, stack, required=True)
        order = _Order.undated() if by is None else _put_in_order(source, references, by, human_until, tell)
        gatherings = order.gather(((references, True), (source, False)), tell)
    tell("comparing periods", 0.0)
    texts, groups, notes = _take(order, gatherings)
    vocabulary = learn(texts, make_rule(), COMMON, width=1)
    found = vocabulary.find(texts, WHOLE)
    numbers = np.repeat(list(groups), [one.looked for one in groups.values()])
    bounds = bound_excess(found.matrix, vocabulary.names, numbers, sorted(order.human), found.lengths, seed=seed)
    empty = sum(one.empty for one in gatherings.values())
    return conclude(source.name, by or "", groups, bounds, (*order.notes, *notes), empty)


@dataclass(frozen=True)
class _Order:
    """To which period documents belong.

    sizes: documents of each period, about.  human: those that are.  by: the column of dates, and clocks how it is read,
    of human references and of the corpus; None where there are no dates.  old: the period of human references without
    dates.  last: the day after which none can be.  notes: what of it a person should know.
    """

    sizes: Mapping[int, int]
    human: frozenset[int]
    by: str = ""
    clocks: tuple[Clock | None, Clock | None] = (None, None)
    periods: Periods | None = None
    old: int | None = None
    last: int = 0
    notes: tuple[str, ...] = ()

    @classmethod
    def undated(cls) -> _Order:
        """Human references before, and the corpus after."""
        return cls({0: DOCUMENTS, 1: DOCUMENTS}, frozenset([0]))

    def name(self, number: int) -> str:
        """A period's."""
        return REFERENCES if self.periods is None or number == self.old else self.periods.name(number)

    def find(self, frame: pl.DataFrame | None, size: int, known: bool) -> Integers:
        """(D,) the period of each document, or LEFT.  known: whether they are human references."""
        clock = self.clocks[0 if known else 1]
        if clock is None or self.periods is None or frame is None:
            return np.full(size, min(self.sizes) if known else max(self.sizes))
        days = clock.read(_get_column(frame, self.by))
        found = np.full(size, LEFT)
        there = (days != UNDATED) & (days <= self.last)
        found[there] = self.periods.number(days[there], known)
        return np.where(np.isin(found, list(self.sizes)), found, LEFT)

    def gather(self, sources: tuple[tuple[Source | None, bool], ...], tell: Progress) -> dict[int, Gathering]:
        """Documents of each period, those with the smallest hashes."""
        rule, room = make_rule(), BYTES // len(self.sizes)
        sizes = allot(list(self.sizes.values()), DOCUMENTS)
        found = {one: Gathering(rule, room, size) for one, size in zip(self.sizes, sizes, strict=True)}
        for source, known in sources:
            if source is None:
                continue
            tell(source.name, 0.0)
            for batch in source.read((self.by,) if self.by in source.columns else ()):
                numbers = self.find(batch.frame, len(batch.texts), known)
                for one in np.unique(numbers[numbers != LEFT]).tolist():
                    found[one].add(batch.texts.filter(numbers == one))
        return found


def _put_in_order(
    corpus: Source, references: Source | None, by: str, human_until: str | None, tell: Progress
) -> _Order:
    if by not in corpus.columns:
        there = f"one of the columns {quote(corpus.columns, 8)}" if corpus.columns else "tables with a column"
        raise InputError(f"{there}, of dates, to divide by without --model", repr(by), "--by date")
    dated = references is not None and by in references.columns
    if references is not None and not dated and human_until is not None:
        expected = f'dates of human documents beside --human-until, in "{by}"'
        raise InputError(expected, f"none in {references.name}", "no --human-until")
    until = human_until or (UNTIL if references is None else None)
    last = (date.today() - date(1970, 1, 1)).days
    tell("reading dates", 0.0)
    clock, days, notes = _count_days(corpus, by, last)
    theirs, own, more = _count_days(references, by, last) if references is not None and dated else (None, {}, ())
    periods = choose(days, own, None if until is None else find_last_day(until))
    known, others = periods.count(days, own)
    old = min(others, default=0) - BASE if references is not None and not dated else None
    if old is not None:
        known[old] = DOCUMENTS
    _require(periods, known, others, until)
    late = {one: many for one, many in known.items() if old is not None or one >= (periods.first or one)}
    told = (*_explain(periods, until, human_until, clock), *notes, *more)
    if early := sum(known.values()) - sum(late.values()):
        told = (*told, f"{early:,} human documents before {periods.name(min(late))} are left out: they are old.")
    return _Order({**late, **others}, frozenset(late), by, (theirs, clock), periods, old, last, told)


def _count_days(source: Source, by: str, last: int) -> tuple[Clock, Counter[int], tuple[str, ...]]:
    """How the dates of files are read, how many documents there are of each day, and of how many there is none."""
    days, clock, odd = Counter[int](), None, None
    for batch in source.read((by,)):
        if batch.frame is None:
            continue
        values = _get_column(batch.frame, by)
        clock = clock or Clock.of(values)
        if clock is None:
            raise InputError(f'dates in "{by}", such as 2022-11-30', _show(values), "--by with a column of dates")
        found = clock.read(values)
        if odd is None and (found == UNDATED).any():
            odd = _show(values.filter(found == UNDATED))
        days.update(dict(zip(*(part.tolist() for part in np.unique(found, return_counts=True)), strict=True)))
    undated, future = days.pop(UNDATED, 0), sum(days.pop(day) for day in [day for day in days if day > last])
    if future and not days:
        raise InputError(f'dates in "{by}" up to today', "later ones", "--by with another column")
    if clock is None or undated >= days.total():
        raise InputError(f'dates in "{by}" that are written alike', f"{odd} and {undated - 1:,} more", "2022-11-30")
    notes = (
        (undated, f"in {source.name} have no date that can be read, such as {odd}"),
        (future, f"in {source.name} are dated after today"),
    )
    return clock, days, tuple(f"{many:,} documents {why}: they are left out." for many, why in notes if many)


def _get_column(frame: pl.DataFrame, name: str) -> pl.Series:
    """A column, of nothing where a file doesn't have it."""
    import polars as pl

    return frame[name] if name in frame.columns else pl.repeat(None, frame.height, dtype=pl.String, eager=True)


def _show(values: pl.Series) -> str:
    some = values.drop_nulls()
    return repr(str(some[0])[:40]) if len(some) else "none"


def _require(periods: Periods, known: Counter[int], others: Counter[int], until: str | None) -> None:
    if not others:
        got = f"none, the last is of {periods.name(max(known))}" if known else "none"
        raise InputError(f"documents dated after {until}", got, "an earlier --human-until")
    if not known:
        got = f"none, the first is of {periods.name(min(others))}"
        raise InputError(
            f"documents dated up to {until}, which are human", got, "a later --human-until, or --human FILE"
        )


def _explain(periods: Periods, until: str | None, human_until: str | None, clock: Clock) -> Iterator[str]:
    """What counts as human."""
    if until is None or periods.until is None:
        return
    why = "" if human_until else ": the month in which chat models became public; --human-until says otherwise"
    yield f"Documents dated up to {until} count as human{why}."
    days = np.array([periods.until, periods.until + 1])
    if clock.style == YEARS:
        yield f"Where only the year is known, all of {until[:4]} does."
        return
    last, following = periods.number(days).tolist()
    plain = Periods(periods.step).number(days)
    if plain[0] == plain[1]:
        yield f"What {periods.name(last)} has after that counts for {periods.name(following)}."


def _take(order: _Order, gatherings: Mapping[int, Gathering]) -> tuple[pl.Series, dict[int, Group], tuple[str, ...]]:
    """Documents in the order of periods, human ones first, each once, and how many each period has."""
    import polars as pl

    groups, frames, repeated = {}, [], 0
    seen = np.empty(0, np.uint64)
    for number in sorted(gatherings, key=lambda one: (one not in order.human, one)):
        one = gatherings[number]
        frame = one.kept.filter(~np.isin(one.kept["hash"].to_numpy(), seen))
        different = round(one.sample.different * len(frame) / max(len(one.kept), 1))
        repeated += one.sample.repeated + one.sample.different - different
        words = different * float(frame["words"].mean() or 0.0)  # type: ignore[arg-type]
        groups[number] = Group(order.name(number), different, words, len(frame), number in order.human)
        frames.append(frame)
        seen = np.concatenate([seen, one.sample.hashes])
    looked, every = sum(map(len, frames)), sum(one.documents for one in groups.values())
    notes = []
    if repeated:
        notes.append(f"{repeated:,} documents are there for another time; each counts once, where it is dated first.")
    if looked < every:
        notes.append(f"Of {every:,} different documents {looked:,} were looked at, chosen by their hashes.")
    return pl.concat(frames)["text"], groups, tuple(notes)
