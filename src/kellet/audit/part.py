"""Parts of a comparison: what is exchanged and measured together, such as a table's values, or one column's texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain

import msgspec
from numpy.random import Generator

from kellet.audit import texts as prose
from kellet.audit.embeddings import measure_points
from kellet.audit.exchange import Exchange
from kellet.audit.expectations import attach, expect
from kellet.audit.finding import Measured
from kellet.audit.fresh import Fresh
from kellet.audit.groups import measure_groups
from kellet.audit.numbers import measure_numbers
from kellet.audit.pairing import Pair
from kellet.audit.points import Pool
from kellet.audit.repeats import measure_rows
from kellet.audit.result import Loss
from kellet.audit.retention import sum_keys
from kellet.audit.richness import measure_richness, note_sampling
from kellet.audit.values import list_invented, list_kinds, list_losses, measure_keys, measure_values, name_column
from kellet.profile.profile import Profile, deal_whole
from kellet.profile.tally import Tally
from kellet.profile.text import PROSE

KEYS = ("words", "2-grams", "3-grams", "cell")
"""Kinds of keys that are no values of a table, the first that is there standing for everything where there are none."""
SHARED = 3
"""Openings, and closings, that are named."""


@dataclass(frozen=True, eq=False)
class Part:
    """pair: what is compared.  exchange: its groups.  about: of which column it is, empty where it is everything.
    known: by column, what a fresh real sample would have."""

    pair: Pair
    exchange: Exchange
    about: str = ""
    known: Mapping[str, Fresh] = field(default_factory=dict)

    @staticmethod
    def of(pair: Pair, exchange: Exchange, fresh: Profile | None, rng: Generator, about: str = "") -> Part:
        """With what is known of a fresh real sample, or a hold-out."""
        part = Part(pair, exchange, about)
        return replace(part, known=expect(exchange, part.kinds, fresh, rng))

    @cached_property
    def families(self) -> list[str]:
        """Of kinds of keys."""
        return [family for family in ("value", *KEYS) if self.has(family)]

    @cached_property
    def kinds(self) -> dict[str, str]:
        """What a finding is about, and the kind of its keys."""
        kinds = {name_column(kind): kind for family in self.families for kind in list_kinds(self.exchange, family)}
        if self.families and self.families[0] in KEYS:
            first = kinds.pop(self.families[0])
            of = f" of {self.about}" if self.about else ""
            kinds = {self.about: first, **{f"{name}{of}": kind for name, kind in kinds.items()}}
        return kinds

    def has(self, family: str) -> bool:
        """Whether both sides have keys of a family."""
        kinds = {*self.exchange.reference.tallies} & {*self.exchange.candidate.tallies}
        return any(kind == family or kind.startswith(f"{family}:") for kind in kinds)

    def measure(self) -> Iterator[Measured]:
        """By counts of keys."""
        return attach(self._measure(), self.known)

    def measure_again(self, about: frozenset[str], rng: Generator, many: int) -> Iterator[Measured]:
        """The same of some columns, by so many other assignments."""
        sides = (self.exchange.reference, self.exchange.candidate)
        reference, candidate = (replace(side, tallies=self._narrow(side, about)) for side in sides)
        if reference.tallies or candidate.tallies:
            exchange = replace(self.exchange, reference=reference, candidate=candidate).deal_again(rng, many)
            named = ((name, tuple(one for one in ones if f"{name}={one}" in about)) for name, ones in self._groups)
            pair = replace(self.pair, groups={name: ones for name, ones in named if ones})
            yield from replace(self, exchange=exchange, pair=pair).measure()

    @property
    def _groups(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        return (self.pair.groups or {}).items()

    def _narrow(self, profile: Profile, about: frozenset[str]) -> dict[str, Tally]:
        """What some findings rest on."""
        kinds = {self.kinds[name] for name in about if name in self.kinds}
        if about & {self.about, "words"}:
            kinds.update(PROSE)
        return {
            kind: tally
            for kind, tally in profile.tallies.items()
            if kind in kinds
            or name_column(kind) in about
            or any(one.startswith(f"{name_column(kind)}=") or f"@{one}:" in kind for one in about)
        }

    def _measure(self) -> Iterator[Measured]:
        exchange, about = self.exchange, self.about
        yield from measure_values(exchange)
        yield from measure_rows(exchange)
        yield from measure_numbers(exchange)
        if self.pair.groups:
            yield from measure_groups(exchange, dict(self.pair.groups))
        for name, kind in self.kinds.items():
            if kind in KEYS:
                yield from measure_keys(sum_keys(exchange, kind), name, {"cell": "cells"}.get(kind, kind))
        yield from self._rename(prose.measure_texts(exchange))
        for name, kind in self.kinds.items():
            # Of columns with few values there is nothing that a sample hasn't seen.
            if name == about or kind in KEYS:
                yield from measure_richness(exchange, kind, name)

    def measure_more(self, rng: Generator, many: int) -> Iterator[Measured]:
        """By what no profile holds."""
        if self.pair.texts:
            sides = [
                prose.Side(texts, deal_whole(len(texts), own).groups)
                for texts, own in zip(self.pair.texts, self.pair.clusters, strict=True)
            ]
            yield from self._rename(prose.measure_compression(self.exchange, *sides))
        if self.pair.points:
            pool = Pool.of(*self.pair.points, rng, min(many, 999), self.pair.clusters)
            yield from measure_points(pool, rng, self.about)

    def _rename(self, measured: Iterable[Measured]) -> Iterator[Measured]:
        """Where there are texts alone, they are everything."""
        about = "words" if self.has("value") else self.about
        return (replace(one, about=about) for one in measured)

    def list_losses(self) -> Iterator[Loss]:
        """What is lost."""
        return self._call(list_losses)

    def list_invented(self) -> Iterator[Loss]:
        """What the reference lacks."""
        return self._call(list_invented)

    def _call(self, find: Callable[[Exchange, str], tuple[Loss, ...]]) -> Iterator[Loss]:
        names = {kind: name for name, kind in self.kinds.items()} if self.about else {}
        for one in chain.from_iterable(find(self.exchange, family) for family in self.families):
            yield msgspec.structs.replace(one, about=names.get(one.kind, one.about))

    def tell(self) -> Iterator[str]:
        """What is to be borne in mind about keys, and what is odd about documents."""
        yield from filter(None, (note_sampling(self.exchange, kind) for kind in self.kinds.values()))
        yield from self._tell_shared()
        if self.pair.texts:
            yield from map(_tell_repeated, prose.find_repeated(self.pair.texts[1]))

    def _tell_shared(self) -> Iterator[str]:
        """The openings and closings that far more documents of the candidate have than should."""
        for kind, word in (("opening", "begin"), ("closing", "end")):
            if self.has(kind):
                for one in prose.name_shared(self.exchange, kind, SHARED):
                    name = repr(one.name or "unnamed")
                    yield f"{one.candidate:,} documents {word} alike, {one.expected:.1f} would: {name}."


def _tell_repeated(one: prose.Repeated) -> str:
    often = f'"{one.excerpt}" {one.times:,} times'
    return f"Document {one.document:,} repeats itself: {one.share:.0%} of its words were there before, {often}."
