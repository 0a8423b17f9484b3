"""Scanning: one pass over files of any size, after which their profile is known, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kellet.audit.rule import VERSION, make_rule
from kellet.audit.tables import TableScan, choose_table, read_like
from kellet.data.selection import choose, holds_records, write_rows
from kellet.data.shards import Division, Shard, choose_division, find_shards, read_batches
from kellet.errors import InputError, quote
from kellet.evidence import Integers
from kellet.profile.columns import NUMERIC, VALUED, Column, order_kinds
from kellet.profile.file import is_profile, read
from kellet.profile.profile import SALT, Dealing, Pending, Profile, deal
from kellet.profile.table import hash_clusters
from kellet.profile.tally import FINE
from kellet.profile.text import Text

if TYPE_CHECKING:
    import polars as pl

Progress = Callable[[str, float], None]
"""Told which file is read, and what share of all is done."""
UNSEEN = "[\u00ad\u2060\ufeff]"
"""Marks inside words that nobody sees."""


@dataclass(frozen=True)
class Reading:
    """How files become documents, decided by the first of them.

    columns: those that are text, None where files are texts themselves, and empty where none is.  things: what
    documents are.  division: what they are of a text.  table: how the columns of tables are counted, where they are.
    cluster: the column in which rows that belong together have one value.
    """

    columns: tuple[str, ...] | None
    things: str
    division: Division
    table: tuple[Column, ...] = ()
    cluster: str | None = None

    @property
    def useless(self) -> tuple[str, ...]:
        """What of a table may be left out."""
        used = (*(self.columns or ()), self.cluster)
        left = (one.name for one in self.table if one.role not in (*VALUED, *NUMERIC) and one.name not in used)
        return tuple(left)


@dataclass(frozen=True)
class Pass:
    """What is read in one pass, and how; the profiles of neighbouring ones, in their order, add up to one of all.

    reading: None where all are profiles already.
    """

    shards: tuple[Shard, ...]
    reading: Reading | None


def survey(
    shards: str | Path | Sequence[str | Path],
    *,
    text: str | None = None,
    merge: bool = False,
    shard: str | None = None,
    key: Sequence[str] = (),
    cluster: str | None = None,
    like: str | Path | Profile | None = None,
) -> Pass:
    """What `kellet.profile` reads of files, and how."""
    there = find_shards([str(path) for path in ([shards] if isinstance(shards, str | Path) else shards)])
    ready = [is_profile(path) for path, _ in there]
    if merge and not all(ready):
        raise InputError("profiles to merge", f"{there[ready.index(False)][0]}, which is none", "leaving out --merge")
    chosen = divide_shards(there, shard)
    known = read_like(like) if like is not None else None
    rest = [one for one, done in zip(there, ready, strict=True) if not done]
    return Pass(tuple(chosen), look(rest, text, tuple(key), cluster, known) if rest else None)


def add_up(one: Pass, progress: Progress) -> Profile:
    """The profile of all that a pass reads."""
    whole: Profile | None = None
    for path, found in _profile_each(one.shards, one.reading, progress):
        whole = found if whole is None else append(whole, found, path)
    assert whole is not None
    return whole


def append(whole: Profile, found: Profile, path: Path) -> Profile:
    """Both; path: of the second, where the two do not go together."""
    try:
        return whole + found
    except InputError as error:
        expected, got, attempt, _ = error.parts
        raise InputError(expected, f"{got} in {path}", attempt) from None


def divide_shards(shards: Sequence[Shard], told: str | None) -> Sequence[Shard]:
    """Those of part i of n, one after the other."""
    if told is None:
        return shards
    number, _, of = told.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of) <= len(shards)):
        expected = f"a part of {len(shards)} files as i/n, from 1/n to n/n"
        raise InputError(expected, repr(told), f"1/{len(shards)}")
    i, n = int(number), int(of)
    return shards[len(shards) * (i - 1) // n : len(shards) * i // n]


def look(
    shards: Sequence[Shard],
    text: str | None,
    key: Sequence[str] = (),
    cluster: str | None = None,
    like: Profile | None = None,
) -> Reading:
    """How to read files: by their first rows, so that all parts of them are read alike."""
    told = tuple(name.strip() for name in text.split(",")) if text else None
    division = choose_division(shards)
    batches = chain.from_iterable(read_batches(shard, division) for shard in shards)
    where = str(shards[0][0])
    first = next(batches)
    if isinstance(first, list):
        for option, got in (("text", text), ("key", ",".join(key)), ("cluster", cluster)):
            if got:
                raise InputError("no column for a text", repr(got), f"leaving out --{option}")
        return Reading(None, division, division)
    if like is not None and like.columns:
        return follow(like, division)
    if like is None and (key or cluster or told or not holds_records(first)):
        table = choose_table(chain([first], batches), where, told, key, cluster)
        if table is not None:
            return Reading(table.texts, "rows", division, table.columns, cluster)
    found = choose(first, told, where)
    return Reading(found.names, found.name_documents(False), division)


def follow(like: Profile, division: Division) -> Reading:
    """How the tables of a profile were read."""
    settings = like.settings or {}
    text, cluster = settings.get("text"), settings.get("clusters")
    names = tuple(text.split(",")) if isinstance(text, str) else ()
    return Reading(names, like.things, division, like.columns, cluster if isinstance(cluster, str) else None)


def _profile_each(
    shards: Sequence[Shard], reading: Reading | None, progress: Progress
) -> Iterator[tuple[Path, Profile]]:
    """The profiles of files: those that are there, and one of all files in a row that are none."""
    sizes = np.cumsum([0, *(path.stat().st_size for path, _ in shards)])
    scan: Scan | None = None
    for i, (path, part) in enumerate(shards):
        progress(path.name, float(sizes[i] / max(sizes[-1], 1)))
        if is_profile(path):
            if scan:
                yield shards[i - 1][0], scan.take()
                scan = None
            yield path, read(path)
        else:
            assert reading is not None
            scan = scan or Scan(reading)
            for batch in read_batches((path, part), reading.division, without=reading.useless):
                scan.add(batch, str(path))
    if scan:
        yield shards[-1][0], scan.take()


class Scan:
    """Counts what comes batch by batch; documents are dealt to groups in turn, or by their cluster."""

    def __init__(self, reading: Reading):
        self.reading = reading
        self.text = Text(make_rule(), SALT) if reading.columns != () else None
        self.table = TableScan(reading.table, SALT) if reading.table else None
        self.documents = np.zeros(FINE, np.int64)
        self.height = 0

    def add(self, batch: pl.DataFrame | list[str], where: str) -> None:
        """Count a frame, a row of which is a document, or documents."""
        require_kind(batch, self.reading, where)
        groups = self._deal(batch, where)
        if self.table and not isinstance(batch, list):
            self.table.add(batch, groups, where)
        if self.text:
            self.text.add(find_texts(batch, self.reading, where), groups)

    def take(self) -> Profile:
        """All that was added."""
        makers = dict(self.table.take()) if self.table else {}
        if self.text:
            makers |= {kind: partial(tallies.__getitem__, kind) for tallies in (self.text.take(),) for kind in tallies}
        settings: dict[str, str | int | float] = {"words": VERSION} if self.text else {}
        settings |= {"clusters": self.reading.cluster} if self.reading.cluster else {}
        if self.table and self.reading.columns:
            settings["text"] = ",".join(self.reading.columns)
        dealing: Dealing = "by cluster" if self.reading.cluster else "in turn"
        tallies = Pending({kind: makers[kind] for kind in order_kinds(makers, self.reading.table)})
        return Profile(
            self.documents.copy(), tallies, self.reading.things, dealing, SALT, settings, columns=self.reading.table
        )

    def _deal(self, batch: pl.DataFrame | list[str], where: str) -> Integers:
        clusters = None
        if self.reading.cluster is not None and not isinstance(batch, list):
            if self.reading.cluster not in batch.columns:
                got = f"{quote(batch.columns, 4)} in {where}"
                raise InputError(f"the column {quote([self.reading.cluster])}", got, "files that have it")
            clusters = hash_clusters(batch[self.reading.cluster])
        groups, documents = deal(len(batch), clusters)
        if clusters is None:
            groups, documents = (groups + self.height) % FINE, np.roll(documents, self.height % FINE)
        self.documents += documents
        self.height += len(batch)
        return groups


def require_kind(batch: pl.DataFrame | list[str], reading: Reading, where: str) -> None:
    """Refuse a table among texts, and a text among tables."""
    if isinstance(batch, list) != (reading.columns is None):
        kinds = ("a text", "a table") if reading.columns is None else ("a table", "a text")
        raise InputError(f"files of one kind: {kinds[0]}, as the first", f"{kinds[1]} in {where}", "one kind")


def find_texts(batch: pl.DataFrame | list[str], reading: Reading, where: str) -> pl.Series:
    """The documents of a batch."""
    import polars as pl

    if not isinstance(batch, list):
        batch = write_rows(choose(batch, reading.columns, where))
    return tidy(pl.Series(batch, dtype=pl.String))


def tidy(texts: pl.Series) -> pl.Series:
    """Texts as `documents.clean` has them, but for line ends, which no word has: Unicode NFC, without unseen marks."""
    if (texts.str.len_bytes() == texts.str.len_chars()).all():
        return texts
    return texts.str.replace_all(UNSEEN, "").str.normalize("NFC")
