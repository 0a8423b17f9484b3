"""Scanning: one pass over files of any size, after which their profile is known, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kellet.audit.rule import VERSION, make_rule
from kellet.data.selection import choose, write_rows
from kellet.data.shards import Division, Shard, choose_division, find_shards, read_batches
from kellet.errors import InputError
from kellet.evidence import Integers
from kellet.profile.file import is_profile, read
from kellet.profile.profile import SALT, Profile
from kellet.profile.tally import FINE
from kellet.profile.text import Text
from kellet.struct import checked

if TYPE_CHECKING:
    import polars as pl

Progress = Callable[[str, float], None]
"""Told which file is read, and what share of all is done."""
UNSEEN = "[\u00ad\u2060\ufeff]"
"""Marks inside words that nobody sees."""


@dataclass(frozen=True)
class Reading:
    """How files become documents, decided by the first of them.

    columns: those that are text.  things: what documents are.  division: what they are of a text.
    """

    columns: tuple[str, ...] | None
    things: str
    division: Division


@checked
def profile(
    shards: str | Path | Sequence[str | Path],
    *,
    text: str | None = None,
    merge: bool = False,
    redact: bool = False,
    shard: str | None = None,
    progress: Progress | None = None,
) -> Profile:
    """What is in files, as counts that add: words, 2 and 3 in a row, lengths; one pass, whatever the size.

    shards: paths, globs or folders, read in this order; profiles that are there already are added.  text: the column of
    a table that holds the text, several with commas between.  merge: whether all are to be profiles.  redact: whether
    names of words are left out.  shard: "2/8" reads the second of eight parts of the files only; the profiles of all
    parts, merged in their order, are that of one pass, bit for bit.

    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp(), "a.txt")
    >>> _ = file.write_text("To be\\nor not\\nto be.")
    >>> found = profile(file)
    >>> found.height, int(found.tallies["words"].totals.sum()), len(found.tallies["words"].keys)
    (3, 6, 4)
    """
    paths = [str(path) for path in ([shards] if isinstance(shards, str | Path) else shards)]
    there = find_shards(paths)
    ready = [is_profile(path) for path, _ in there]
    if merge and not all(ready):
        raise InputError("profiles to merge", f"{there[ready.index(False)][0]}, which is none", "leaving out --merge")
    chosen = divide_shards(there, shard)
    reading = None if all(ready) else look([one for one, done in zip(there, ready, strict=True) if not done], text)
    whole: Profile | None = None
    for path, found in _profile_each(chosen, reading, progress or (lambda name, share: None)):
        try:
            whole = found if whole is None else whole + found
        except InputError as error:
            expected, got, attempt, _ = error.parts
            raise InputError(expected, f"{got} in {path}", attempt) from None
    assert whole is not None
    return whole.redact() if redact else whole


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


def look(shards: Sequence[Shard], text: str | None) -> Reading:
    """How to read files: by the first, so that all parts of them are read alike."""
    columns = tuple(name.strip() for name in text.split(",")) if text else None
    division = choose_division(shards)
    first = next(read_batches(shards[0], division))
    if isinstance(first, list):
        if columns:
            raise InputError("no column for a text", repr(text), "leaving out --text")
        return Reading(None, division, division)
    found = choose(first, columns, str(shards[0][0]))
    return Reading(found.names, found.name_documents(False), division)


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
            for batch in read_batches((path, part), reading.division):
                scan.add(batch, str(path))
    if scan:
        yield shards[-1][0], scan.take()


class Scan:
    """Counts what comes batch by batch; documents are dealt to groups in turn."""

    def __init__(self, reading: Reading):
        self.reading = reading
        self.text = Text(make_rule(), SALT)
        self.height = 0

    def add(self, batch: pl.DataFrame | list[str], where: str) -> None:
        """Count a frame, a row of which is a document, or documents."""
        texts = self._find_texts(batch, where)
        self.text.add(texts, self._deal(len(texts)))

    def take(self) -> Profile:
        """All that was added."""
        documents = np.bincount(np.arange(self.height % FINE), minlength=FINE) + self.height // FINE
        return Profile(documents, self.text.take(), self.reading.things, settings={"words": VERSION})

    def _deal(self, count: int) -> Integers:
        groups = (self.height + np.arange(count)) % FINE
        self.height += count
        return groups

    def _find_texts(self, batch: pl.DataFrame | list[str], where: str) -> pl.Series:
        import polars as pl

        if isinstance(batch, list) != (self.reading.columns is None):
            kinds = ("a table", "a text") if self.reading.columns else ("a text", "a table")
            raise InputError(f"files of one kind: {kinds[0]}, as the first", f"{kinds[1]} in {where}", "one kind")
        if not isinstance(batch, list):
            batch = write_rows(choose(batch, self.reading.columns, where))
        return tidy(pl.Series(batch, dtype=pl.String))


def tidy(texts: pl.Series) -> pl.Series:
    """Texts as `documents.clean` has them, but for line ends, which no word has: Unicode NFC, without unseen marks."""
    if (texts.str.len_bytes() == texts.str.len_chars()).all():
        return texts
    return texts.str.replace_all(UNSEEN, "").str.normalize("NFC")
