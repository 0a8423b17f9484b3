"""Tables that stream by: what their columns are is decided by the first rows, or taken from a profile, and all later
ones are read so, value by value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kellet.audit.alignment import PAIRED, choose_role, cut_bins
from kellet.data.content import Rows
from kellet.data.formats.columns import stack
from kellet.data.kinds import Reading, read_columns
from kellet.data.selection import TEXTS, choose
from kellet.data.sight import Kind
from kellet.data.styles import Form, find_style, is_style, read_alike
from kellet.errors import InputError, quote
from kellet.evidence import Integers
from kellet.profile.coding import Words, write_words
from kellet.profile.columns import NUMERIC, VALUED, Column
from kellet.profile.counter import Counter, Names, hash_value
from kellet.profile.file import read
from kellet.profile.profile import SALT, Profile
from kellet.profile.table import Makers, Table
from kellet.profile.tally import FINE

if TYPE_CHECKING:
    import polars as pl

MEASURED = ("number", "discrete", "date", "category")
HEAD = 100_000
"""Rows by which it is decided how a table is read."""
BYTES = 1 << 26
"""In memory, of which there are fewer."""
ABSENT, BEYOND = "(no such column)", "(not in the first rows)"
"""In place of a value: what stands for rows of a file that lacks a column, or has one more."""
NOUNS: dict[Form, str] = {"number": "numbers", "date": "dates", "word": "words"}
SHOWN = 3


def read_head(batches: Iterable[pl.DataFrame | list[str]]) -> pl.DataFrame:
    """The first rows of tables."""
    frames: list[pl.DataFrame] = []
    height, size = 0, 0.0
    for batch in batches:
        if isinstance(batch, list) or height >= HEAD or size > BYTES:
            break
        frames.append(batch.head(HEAD - height))
        height, size = height + frames[-1].height, size + frames[-1].estimated_size()
    return stack(frames)


def choose_columns(head: pl.DataFrame, text: Sequence[str] = ()) -> tuple[Column, ...]:
    """What the columns of a table are, by its first rows.  text: those that are texts, whatever they seem to be."""
    said: dict[str, Kind] = dict.fromkeys((name for name in text if name in head.columns), "text")
    return tuple(_choose(one, head[one.sight.name]) for one in read_columns(Rows(head), None, said))


def _choose(mine: Reading, written: pl.Series) -> Column:
    import polars as pl

    name, role = mine.sight.name, choose_role(mine)
    if mine.sight.kind == "list":
        return Column(name, "list")
    if role in NUMERIC and mine.values.dtype == pl.Int128:
        # As floats, they would not be told apart.
        role = "category"
    elif role == "constant" and mine.values.dtype.is_numeric():
        # Later rows may well have others.
        role = "discrete"
    form = find_form(role)
    values = read_alike(_prepare(written, form), form, "")[0] if form == "word" else mine.values
    paired = role != "category" or values.n_unique() <= PAIRED
    return Column(name, role, cut_bins(mine.values, role), paired, find_style(written, form, mine.comma))


def find_form(role: str) -> Form:
    """As what values of a role are read."""
    return "date" if role == "date" else "number" if role in NUMERIC else "word"


@dataclass(frozen=True)
class Choice:
    """columns: how those of a table are counted.  texts: those that are read as texts."""

    columns: tuple[Column, ...]
    texts: tuple[str, ...]


def choose_table(
    batches: Iterable[pl.DataFrame | list[str]],
    where: str,
    text: Sequence[str] | None,
    key: Sequence[str],
    cluster: str | None,
) -> Choice | None:
    """What a table is, by its first rows; None where there is nothing in it but texts.

    where: its first file.  Others as the options of ``kellet profile``.
    """
    head = read_head(batches)
    if not (key or cluster or text) and {name.lower() for name in head.columns} <= {*TEXTS}:
        return None
    for name in (*key, *([cluster] if cluster else [])):
        if name not in head.columns:
            raise InputError(f"one of the columns {quote(head.columns)}", quote([name]), "a column that is there")
    if key:
        head = head.select(name for name in head.columns if name in (*key, cluster, *(text or ())))
    columns = choose_columns(head, text or ())
    texts = tuple(text or [one.name for one in columns if one.role == "text"][:1])
    counted = [one for one in columns if one.role in MEASURED and one.name not in texts]
    if not counted and not (key or cluster) and (texts or _holds_texts(head, columns, where)):
        return None
    if text:
        choose(head, texts, where)
    return Choice(columns, texts)


def _holds_texts(head: pl.DataFrame, columns: Sequence[Column], where: str) -> bool:
    """Whether there are texts in a table of which nothing else can be counted; bad input where there is nothing."""
    constant = {one.name for one in columns if one.role == "constant" and one.name.lower() not in TEXTS}
    try:
        found = choose(head, None, where)
    except InputError:
        if not constant:
            raise
        return False
    return not constant.intersection(found.names)


def read_like(like: str | Path | Profile) -> Profile:
    """A profile as whose data others are to be read; files are untrusted."""
    found = like if isinstance(like, Profile) else read(like)
    for one in found.columns:
        if not is_style(one.style, find_form(one.role)):
            got = f"{one.style!r} for {quote([one.name])}"
            raise InputError("a way to write numbers or dates", got, "making the profile again")
    return found


def _prepare(series: pl.Series, form: Form) -> pl.Series:
    return write_words(series) if form == "word" and series.dtype.is_float() else series


@dataclass(eq=False)
class _Unread:
    """Words of one column that are not what its role says."""

    words: Words
    counter: Counter = field(default_factory=Counter)

    def add(self, words: pl.Series, groups: Integers) -> None:
        self.counter.add((self.words.code(words),), groups)

    def put(self, word: str, counts: Integers) -> None:
        """In place of all values of a file: so many in each group (FINE,)."""
        self.counter.put(self.words.hashes.hash([word]), counts[None].astype(np.uint32), [word])


class TableScan:
    """Counts tables that are read as columns say, file by file.

    rows: (FINE,) of this file, how many are in each group.  seen: its columns.
    """

    def __init__(self, columns: Sequence[Column], salt: str = SALT):
        self.columns = [one for one in columns if one.role in (*VALUED, *NUMERIC)]
        self.texts = [one.name for one in columns if one.role == "text"]
        self.names = {one.name for one in columns}
        self.table, self.hashes = Table(columns, salt), Names(salt)
        self.unread: dict[str, _Unread] = {}
        self.where = ""
        self.seen: set[str] = set()
        self.rows = np.zeros(FINE, np.int64)

    def add(self, frame: pl.DataFrame, groups: Integers, where: str) -> None:
        """Count rows of a file and of these groups (N,)."""
        import polars as pl

        if where != self.where:
            self._end()
            self.where = where
        there = frame.columns
        self.seen.update(there)
        self.rows += np.bincount(groups, minlength=FINE)
        read = []
        for one in self.columns:
            form = find_form(one.role)
            written = frame[one.name] if one.name in there else pl.repeat(None, len(groups), dtype=pl.Null, eager=True)
            values, odd = read_alike(_prepare(written, form), form, one.style)
            if odd.any():
                self._find(one.name).add(_spell(written.filter(odd)), groups[odd.to_numpy()])
            read.append(values.alias(one.name))
        for name in self.texts:
            told = frame[name] if name in there and frame[name].dtype == pl.String else None
            read.append(pl.Series(name, [None], pl.String).new_from_index(0, len(groups)) if told is None else told)
        self.table.add(pl.DataFrame(read), groups)

    def take(self) -> Makers:
        """All that was added."""
        self._end()
        return self.table.take() | {f"unread:{name}": one.counter.take for name, one in self.unread.items()}

    def _end(self) -> None:
        """A file is read: which columns it lacks, and which it has beside, is counted for all of its rows."""
        if self.seen:
            wanted = {one.name for one in self.columns}
            if not wanted & self.seen:
                got = f"{quote(sorted(self.seen), 4)} in {self.where}"
                raise InputError(f"one of the columns {quote(sorted(wanted), 4)}", got, "tables of the same columns")
            for name in sorted(wanted - self.seen):
                self._find(name).put(ABSENT, self.rows)
            for name in sorted(self.seen - self.names):
                self._find(name).put(BEYOND, self.rows)
        self.rows, self.seen = np.zeros(FINE, np.int64), set()

    def _find(self, name: str) -> _Unread:
        return self.unread.setdefault(name, _Unread(Words(self.hashes)))


def _spell(series: pl.Series) -> pl.Series:
    """Values that can't be read, as words."""
    import polars as pl

    if series.dtype.is_nested() or series.dtype in (pl.Binary, pl.Object):
        return pl.repeat("(a list, a record or bytes)", len(series), dtype=pl.String, eager=True)
    return series.cast(pl.String).str.head(80)


def tell_unread(profile: Profile, side: str) -> list[str]:
    """What of a table could not be read as its columns say, in sentences."""
    import polars as pl

    notes, forms = [], {one.name: find_form(one.role) for one in profile.columns}
    absent, beyond = (hash_value(word, profile.salt) for word in (ABSENT, BEYOND))
    for kind, tally in profile.tallies.items():
        family, _, name = kind.partition(":")
        if family != "unread":
            continue
        many = tally.rows.group_by("key").agg(times=pl.col("count").sum())
        for key, told in (
            (beyond, "is in {} and not in the first ones: left out."),
            (absent, "is missing in {}, whose files have no such column."),
        ):
            if times := int(many.filter(key=key)["times"].sum()):
                notes.append(f'"{name}" {told.format(_rows(times, side))}')
        others = many.filter(~many["key"].is_in([absent, beyond]))
        words = others.join(tally.names, "key", "left").sort("times", "name", descending=[True, False])["name"]
        if others.height:
            shown = ", ".join([*map(repr, words.drop_nulls().head(SHOWN)), *(["..."] if len(words) > SHOWN else [])])
            what = NOUNS[forms.get(name, "word")]
            rows = _rows(int(others["times"].sum()), side)
            notes.append(f'"{name}" has {shown or "something"} in {rows}, no {what}: taken for missing.')
    return notes


def _rows(many: int, side: str) -> str:
    return f"{many:,} row{'' if many == 1 else 's'} of the {side}"
