"""What a pool and its writers are made of: plain settings."""

from __future__ import annotations

import re
from typing import Any, Literal

from kellet.errors import InputError
from kellet.families.recipe import Recipe
from kellet.loop.anchors import AnyAnchor
from kellet.loop.curation.documents import Dedup
from kellet.loop.sizes import MOST
from kellet.page.wording import number, percent
from kellet.struct import Struct

Reading = Literal["laws", "documents"]
WRITERS = 1000
"""Writers of one pool: each learns by itself."""
SHOWN = 16
"""Writers of whom each is recorded by itself; of more there is only what they are together."""
PHRASE = re.compile(
    r"([\d.]+(?:e\d+)?)\s*(%?)(?:\s+(?:(falling|shrinking) by half|(doubling|growing by double)) every ([\d.]+) "
    r"generations?)?",
    re.ASCII,
)


class Humans(Struct, frozen=True, omit_defaults=True):
    """What people write in each generation.

    count: so many documents; or share: such a share of all that is written in the first generation.  halving: in how
    many generations it falls by half; below 0 in how many it doubles; None where people write on as ever.

    >>> Humans(share=0.1).amount(1, models=900.0), Humans(1000, halving=5).amount(6, models=900.0)
    (100.0, 500.0)
    """

    count: float | None = None
    share: float | None = None
    halving: float | None = None

    def __post_init__(self) -> None:
        if (self.count is None) == (self.share is None):
            got = "both" if self.count is not None else "neither"
            raise InputError("people who write a count or a share", got, "humans = 1000, or humans = 10%")
        if self.count is not None and not 0 <= self.count <= MOST:
            raise InputError("from 0 to 10^18 documents that people write in a generation", self.count, "1000")
        if self.share is not None and not 0 <= self.share < 1:
            raise InputError("a share that people write, from 0 to less than 1", self.share, "0.1 for ten per cent")
        if self.halving is not None and not 0.01 <= abs(self.halving) <= MOST:
            raise InputError("generations in which it falls by half, or with a minus doubles", self.halving, "5")

    def amount(self, t: int, models: float) -> float:
        """How many documents people write for generation t >= 1, beside so many that models write in the first."""
        first = self.count if self.count is not None else models * (self.share or 0.0) / (1 - (self.share or 0.0))
        return float(first if self.halving is None else first * 2.0 ** -max(-1000.0, (t - 1) / self.halving))

    def describe(self) -> str:
        many = percent(self.share) if self.share is not None else f"{number(round(self.count or 0))} documents"
        if self.halving is None:
            return f"{many} of each generation" if self.share is not None else f"{many} in each generation"
        falls = "falling by half" if self.halving > 0 else "doubling"
        return f"{many} of the first generation, {falls} every {number(abs(self.halving))} generations"


def parse_humans(text: str) -> Humans:
    """What people write, in words: "1000", "10%", "10% falling by half every 5 generations".

    >>> parse_humans("10%  falling by half every 5 generations")
    Humans(count=None, share=0.1, halving=5.0)
    >>> parse_humans("1e9 doubling every 3 generations").halving
    -3.0
    """
    found = PHRASE.fullmatch(" ".join(text.split()))
    if found is None:
        raise InputError(
            "what people write in each generation", repr(text[:60]),
            "1000, 10%, or 10% falling by half every 5 generations",
        )  # fmt: skip
    amount, sign, _, grows, every = found.groups()
    halving = None if every is None else float(every) * (-1 if grows else 1)
    many = float(amount)
    return Humans(share=many / 100, halving=halving) if sign else Humans(count=many, halving=halving)


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
        self.check_finite("written", "halving", "bias")
        self.check_finite("before", zero=True)
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
            raise InputError(f"documents to read, for {got}", 'reading="laws"', f'reading="documents", {got}')
        if self.whole and (self.bias != 1 or self.halving or self.migration):
            got = "a bias" if self.bias != 1 else "a halving" if self.halving else "a migration"
            raise InputError("a whole pool, in which nothing is chosen", got, "leaving out one of the two")

    @property
    def by_points(self) -> bool:
        """Whether single documents must be kept: statistics don't tell which of them is found more often."""
        return self.dedup is not None or (self.reading == "documents" and (self.bias != 1 or self.halving is not None))

    def describe(self) -> str:
        said = "Each writer learns from " + ("all of" if self.whole else "a sample of")
        said += " what people and all writers wrote"
        if self.pools > 1:
            said += f" in one of {self.pools} pools" + (
                f", and {percent(self.migration)} of what it reads comes from all of them" if self.migration else ""
            )
        if self.window is not None:
            newest = {0: "people's newest is", 1: "the newest generation is"}
            said += f", of which only {newest.get(self.window, f'the newest {self.window:,} generations are')} left"
        more = [f"people write {self.humans.describe()}" if self.humans else "people write no more"]
        if self.halving:
            more.append(f"what is {number(self.halving)} generations old is read half as often")
        if self.bias != 1:
            more.append(f"model text is found {number(self.bias)} times as often")
        if self.filter:
            more.append(self.filter.describe())
        if self.dedup:
            more.append("copies count once")
        return "; ".join([said, *more])


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
            raise InputError(f"at most {WRITERS} writers", self.many, "10")
        if self.share is not None and not 0 <= self.share * self.many <= 1 + 1e-9:
            raise InputError("a writer's share of what models write between 0 and 1", self.share, "0.2")


Writers = dict[str, Writer]


def spread(writers: Writers) -> dict[str, Writer]:
    """Name -> each writer by itself, with its share of what models write; bad input where shares don't add up.

    >>> shares = {"small": Writer(share=0.1, many=2), "large": Writer()}
    >>> {name: writer.share for name, writer in spread(shares).items()}
    {'small 1': 0.1, 'small 2': 0.1, 'large': 0.8}
    """
    import msgspec

    alone = {
        name if writer.many == 1 else f"{name} {i + 1}".strip(): writer
        for name, writer in (writers or {"writer": Writer()}).items()
        for i in range(writer.many)
    }
    if not 0 < len(alone) <= WRITERS:
        raise InputError(f"at most {WRITERS} writers", len(alone), "10")
    given = [writer.share for writer in alone.values() if writer.share is not None]
    total, free = sum(given), len(alone) - len(given)
    if total > 1 + 1e-9 or (not free and abs(total - 1) > 1e-9):
        raise InputError("writers' shares of what models write that add up to 1", f"{total:g}", "leaving one share out")
    rest = max(0.0, 1 - total) / max(1, free)
    return {
        name: msgspec.structs.replace(writer, share=rest if writer.share is None else writer.share, many=1)
        for name, writer in alone.items()
    }


def plain_pool(plain: Any) -> Any:
    """The plain values of a pool in which people's writing may stand in words or as a number."""
    if isinstance(plain, dict) and isinstance(humans := plain.get("humans"), str | int | float):
        told = parse_humans(humans if isinstance(humans, str) else f"{humans:g}")
        kept = {name: value for name in ("count", "share", "halving") if (value := getattr(told, name)) is not None}
        return {**plain, "humans": kept}
    return plain
