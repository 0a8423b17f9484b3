"""What a pool and its writers are made of: plain settings."""

from __future__ import annotations

from typing import Literal

import msgspec

from kellet.errors import InputError, check_text
from kellet.families.recipe import Recipe
from kellet.loop.anchors import AnyAnchor
from kellet.loop.curation.documents import Dedup
from kellet.loop.pool.humans import Humans
from kellet.loop.sizes import MOST, Size
from kellet.page.wording import join, number, percent, spell
from kellet.struct import Struct

Reading = Literal["laws", "documents"]
WRITERS = 1000
"""Writers of one pool: each learns by itself."""
SHOWN = 16
"""Writers of whom each is recorded by itself; of more there is only what they are together."""
STRONGEST = 1e100
"""The largest bias: as many documents can still be counted."""
CLOSE = 1e-9
"""How near to 1 shares must add up."""
LONGEST = 100
"""Characters of a writer's name."""


class Detector(Struct, frozen=True, omit_defaults=True):
    """A filter that throws out of the pool what it takes for model text.

    caught: the share of model text that it finds.  wrong: the share of people's text that it takes for model text;
    minority_wrong: of a minority's text, which are the rarest categories that come to the share ``minority`` of all.
    """

    caught: float
    wrong: float = 0.0
    minority: float = 0.0
    minority_wrong: float | None = None

    def __post_init__(self) -> None:
        for name in ("caught", "wrong", "minority", "minority_wrong"):
            if (value := getattr(self, name)) is not None and not 0 <= value <= 1:
                raise InputError(f"a filter's {name} between 0 and 1", value, "filter:0.9,0.05")
        if (self.minority_wrong is None) != (self.minority == 0):
            given = "a share of a minority alone" if self.minority else "its errors alone"
            expected = "a minority's share together with a filter's errors on it"
            raise InputError(expected, given, "filter:0.9,0.05,0.1,0.2")
        if self.caught < self.mistaken:
            got = f"{percent(self.caught)} of model text found, and {percent(self.mistaken)} of people's taken for it"
            attempt = f"filter:{self.mistaken:g},{self.caught:g}"
            raise InputError("a filter that is not worse than chance", got, attempt)

    @property
    def mistaken(self) -> float:
        """The share of all people's text that is thrown away."""
        return (1 - self.minority) * self.wrong + self.minority * (self.minority_wrong or 0.0)

    def describe(self) -> str:
        said = f"a filter finds {percent(self.caught)} of model text and takes {percent(self.wrong)} of people's for it"
        if self.minority:
            said += f" ({percent(self.minority_wrong or 0.0)} of what a minority of {percent(self.minority)} writes)"
        return said


class Pool(Struct, frozen=True, omit_defaults=True):
    """What writers read: what all of them and people wrote before.

    humans: what people write in each generation; None where they write no more.  before: how many documents people had
    written before the first model wrote; None for as many as the models write in a generation.  written: how many all
    models write in a generation; None for as many as they read.  window: only the newest so many generations lie in the
    pool; None for all.  halving: a document is read half as often for every so many generations that it is old.
    bias: how many times as often as people's a model's document is found.  filter: what becomes of both before anybody
    reads them.  dedup: copies in what somebody reads count once.  pools, migration: so many pools, each with its part
    of the writers and of people; the share of what is read that comes from all of them.

    reading: "laws" if the pool is far larger than what is read, so that every document is new to whoever reads it; or
    "documents" if it holds so many as were written, which are read again and again, but by nobody twice at a time.
    whole: all that lies in the pool is read, of documents.

    Theory beside it: `kellet.theory.pool`, `kellet.theory.islands`, `kellet.theory.writers`.
    """

    humans: Humans | None = None
    before: float | None = None
    written: float | None = None
    window: int | None = None
    halving: float | None = None
    bias: float = 1.0
    filter: Detector | None = None
    dedup: Dedup | None = None
    pools: int = 1
    migration: float = 0.0
    reading: Reading = "laws"
    whole: bool = False

    def __post_init__(self) -> None:
        self.check_least(0, "window")
        self.check_least(1, "pools")
        if (self.window or 0) > MOST or self.pools > WRITERS:
            expected = f"a window of at most 10^18 generations, and at most {WRITERS:,} pools"
            raise InputError(expected, self.window if self.pools <= WRITERS else self.pools, "window=3")
        self.check_finite("written", "halving", "bias")
        self.check_finite("before", zero=True)
        if not 1 / STRONGEST <= self.bias <= STRONGEST:
            raise InputError(f"a bias from {1 / STRONGEST:g} to {STRONGEST:g}", self.bias, "bias = 2")
        for name in ("written", "before"):
            if (value := getattr(self, name)) is not None and value > MOST:
                raise InputError(f"{name} of at most 10^18 documents", value, "1e12")
        if self.window == 0 and self.humans is None:
            got = "window=0 and nobody who writes"
            raise InputError("a pool that remembers something, or in which people write", got, "pool+humans:10%")
        if not 0 <= self.migration <= 1:
            raise InputError("a migration between 0 and 1", self.migration, "0.01 for one per cent")
        if self.migration and self.pools == 1:
            attempt = f"pools:5+migration:{self.migration:g}"
            raise InputError("more than one pool to migrate between", "pools=1", attempt)
        if self.reading == "laws" and (self.whole or self.dedup):
            got = "whole" if self.whole else "dedup"
            expected = f"a pool that is read as documents, for {got}"
            raise InputError(expected, 'reading = "laws"', f'reading = "documents", or pool+documents+{got}')
        if self.whole and (self.bias != 1 or self.halving or self.migration):
            got = "a bias" if self.bias != 1 else "a halving" if self.halving else "a migration"
            raise InputError("a whole pool, in which nothing is chosen", got, "leaving out one of the two")

    @property
    def caught(self) -> float:
        """The share of model text that no filter lets pass."""
        return self.filter.caught if self.filter else 0.0

    @property
    def mistaken(self) -> float:
        """The same of people's text."""
        return self.filter.mistaken if self.filter else 0.0

    @property
    def decay(self) -> float:
        """How often a document is read beside one that is a generation newer."""
        return 1.0 if self.halving is None else float(2.0 ** (-1 / self.halving))

    @property
    def by_points(self) -> bool:
        """Whether single documents must be kept: statistics don't tell which of them is found more often."""
        return self.dedup is not None or (self.reading == "documents" and (self.bias != 1 or self.halving is not None))

    def describe(self) -> str:
        """What is read, as a sentence: also by its name which of the two meanings reading has."""
        said = (
            f"Each writer learns from {'all that' if self.whole else 'a sample of what'} people and all writers wrote"
        )
        if self.pools > 1:
            said += f" in one of {spell(self.pools)} pools"
            if self.migration:
                said += f", and {percent(self.migration)} of what it reads comes from all of them"
        if self.window is not None:
            newest = {0: "people's newest is", 1: "the newest generation is"}
            said += f", of which only {newest.get(self.window, f'the newest {self.window:,} generations are')} left"
        more = [f"people write {self.humans.describe()}" if self.humans else "people write no more"]
        if self.halving:
            more.append(f"what is {self.halving:g} generations old is read half as often")
        if self.bias != 1:
            more.append(f"model text is found {self.bias:g} times as often")
        if self.filter:
            more.append(self.filter.describe())
        if self.dedup:
            more.append("copies count once")
        new = "every document read is new" if self.reading == "laws" else "documents are read again and again"
        return "; ".join([said, *more, f"{new} (reading: {self.reading})"])


class Writer(Struct, frozen=True, omit_defaults=True):
    """One who learns from a pool and writes into it, or ``many`` who are alike.

    family, size, anchor: its own; None for those of all.  private: so many real points of its own, always the same, are
    in each of its training sets.  share: of all that models write; None for an even part of what the others leave.
    every: it learns anew only in each so-many-th generation.
    """

    family: Recipe | None = None
    size: int | tuple[int, ...] | None = None
    anchor: AnyAnchor | None = None
    private: int = 0
    share: float | None = None
    every: int = 1
    many: int = 1

    def __post_init__(self) -> None:
        self.check_least(1, "every", "many")
        self.check_least(0, "private")
        if self.many > WRITERS:
            raise InputError(f"at most {WRITERS:,} writers", self.many, "10")
        sizes = () if self.size is None else self.size if isinstance(self.size, tuple) else (self.size,)
        if self.size is not None and not (sizes and min(sizes) >= 1 and max(sizes) <= MOST):
            raise InputError("a writer's size from 1 to 10^18 points", self.size, "size = 100")
        if max(self.private, self.every) > MOST:
            raise InputError("at most 10^18 private points, and generations", max(self.private, self.every), "10")
        if self.share is not None and not 0 <= self.share * self.many <= 1 + CLOSE:
            got = f"{self.share:g}" + (f" for each of {self.many}" if self.many > 1 else "")
            raise InputError("a writer's share of what models write, from 0 to 1", got, f"share = {1 / self.many:g}")

    def describe(self, size: Size) -> str:
        """What it has of its own; size: of those that have none.  As a list in brackets, empty where there is nothing.

        >>> Writer(size=1000, private=10, every=2).describe(100)
        '1,000 points, of which 10 are real ones of its own; learns anew every 2 generations'
        """
        said = [] if self.family is None else [self.family.describe()]
        sizes = self.size if isinstance(self.size, tuple) else (self.size,)
        private = f"{number(self.private)} are real ones of its own" if self.private else ""
        if self.size is not None:
            many = f"{join([number(size or 0) for size in sizes])} points"
            said.append(f"{many}, of which {private}" if private else many)
        elif private:
            said.append(f"of its points {private}")
        if self.anchor is not None:
            said.append(f"plus {self.anchor.describe(self.size or size)}")
        if self.share is not None:
            said.append(f"{percent(self.share)} of what models write")
        if self.every > 1:
            said.append(f"learns anew every {self.every:,} generations")
        return "; ".join(said)


Writers = dict[str, Writer]


def list_writers(writers: Writers) -> Writers:
    """The writers of a pool: one who has nothing of its own where none are named."""
    return writers or {"writer": Writer()}


def spread(writers: Writers) -> dict[str, Writer]:
    """Name -> each writer by itself, with its share of what models write; bad input where shares don't add up.

    >>> shares = {"small": Writer(share=0.1, many=2), "large": Writer()}
    >>> {name: writer.share for name, writer in spread(shares).items()}
    {'small 1': 0.1, 'small 2': 0.1, 'large': 0.8}
    """
    known = list_writers(writers)
    if (count := sum(writer.many for writer in known.values())) > WRITERS:
        raise InputError(f"at most {WRITERS:,} writers", f"{count:,}", "10")
    alone: dict[str, Writer] = {}
    for name, writer in known.items():
        for own in [name] if writer.many == 1 else [f"{name} {i + 1}".strip() for i in range(writer.many)]:
            if own in alone:
                raise InputError("a name of its own for each writer", f"two called {own!r}", "another name")
            alone[own] = writer
    given = [writer.share for writer in alone.values() if writer.share is not None]
    total, free = sum(given), len(alone) - len(given)
    if total > 1 + CLOSE or (not free and abs(total - 1) > CLOSE):
        raise InputError("writers' shares of what models write that add up to 1", f"{total:g}", "leaving one share out")
    rest = max(0.0, 1 - total) / max(1, free)
    return {
        name: msgspec.structs.replace(writer, share=rest if writer.share is None else writer.share, many=1)
        for name, writer in alone.items()
    }


def check_writers(writers: Writers) -> None:
    """Bad input where a name can't be one of a column, or shares don't add up."""
    for name, writer in writers.items():
        check_text(name)
        if not ((name.strip() or writer.many > 1) and name.isprintable() and "@" not in name and len(name) <= LONGEST):
            # What is recorded of a writer stands under metric@writer.
            expected = f"a writer's name of 1 to {LONGEST} letters, without @ and what can't be seen"
            raise InputError(expected, ascii(name), '[arms.web.writers."a name"]')
    spread(writers)


def describe_writers(writers: Writers, size: Size) -> str:
    """Who they are, as the end of a sentence; size: of those that have none of their own.

    >>> describe_writers({"writer": Writer(many=5)}, 100)
    'five writers who are alike'
    >>> describe_writers({"small": Writer(many=2), "large": Writer(size=1000)}, 100)
    'the writers “small” (two) and “large” (1,000 points)'
    """
    if len(writers) < 2:
        one = next(iter(writers.values()), Writer())
        own = f" ({said})" if (said := one.describe(size)) else ""
        return f"{spell(one.many)} writers who are alike{own}" if one.many > 1 else f"one writer{own}"
    told = []
    for name, writer in writers.items():
        own = "; ".join(filter(None, (spell(writer.many) if writer.many > 1 else "", writer.describe(size))))
        told.append(f"“{name}” ({own})" if own else f"“{name}”")
    return f"the writers {join(told)}"
