"""Layout: which columns of tables are looked at, and their rows as keys.

A number's key is in the order of the numbers, a word's is its hash; what is missing has the key 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import numpy as np
from numpy.typing import NDArray

from kellet.data.content import Rows
from kellet.data.kinds import Reading, read_columns
from kellet.data.styles import Form, find_style, read_alike
from kellet.errors import InputError, quote
from kellet.estimate.fingerprints import SALT
from kellet.evidence import Integers
from kellet.profile.coding import write_words
from kellet.profile.columns import count_numbers, order
from kellet.profile.hashes import hash_words, join
from kellet.profile.tally import Hashes

if TYPE_CHECKING:
    import polars as pl

MISSING = np.uint64(0)
FEW = 50
"""Values, from which on it is told that none of them is like those of the human table."""
REPEATED = 0.5
"""Different words a row of the human table, up to which others must have some of them."""
NOUNS: dict[Form, str] = {"number": "numbers", "date": "dates", "word": "words that the human table has"}


@dataclass(frozen=True)
class Column:
    """How one column is read.  style: how numbers or dates are written, see `kellet.data.styles`."""

    name: str
    form: Form
    style: str


@dataclass(frozen=True, eq=False)
class Layout:
    """Columns as the human table has them.

    columns: those that are looked at.  words: (D,) of each, keys of those that other tables must have some of.  notes:
    sentences about columns that are left out.
    """

    columns: tuple[Column, ...]
    words: tuple[Hashes, ...]
    notes: tuple[str, ...]

    @property
    def numeric(self) -> NDArray[np.bool_]:
        """(D,) which are numbers or dates."""
        return np.array([one.form != "word" for one in self.columns])

    def read(self, frame: pl.DataFrame, where: str) -> Hashes:
        """(N, D) keys of rows; where: what table it is, for messages.  Values that can't be read are missing ones.

        >>> import polars as pl
        >>> human = pl.DataFrame({"age": ["41", "17", "23"] * 9, "sex": ["f", "m", None] * 9})
        >>> rows = lay_out(human).read(pl.DataFrame({"sex": ["m", None], "age": [18.0, 40.0]}), "the corpus")
        >>> (rows == 0).tolist(), bool(rows[0, 0] < rows[1, 0])
        ([[False, False], [False, True]], True)
        """
        if absent := [one.name for one in self.columns if one.name not in frame.columns]:
            got = f"no {quote(absent)} in {where}"
            raise InputError("the columns of the human table in every table", got, "columns that all of them have")
        rows = np.empty((frame.height, len(self.columns)), np.uint64)
        for i, column in enumerate(self.columns):
            rows[:, i], odd = _read(frame[column.name], column)
            if column.form != "word" and odd.sum() >= FEW and not (rows[:, i] != MISSING).any():
                first = frame[column.name].drop_nulls()[0]
                _refuse(column, where, f"others, first {str(first)[:40]!r}")
        return rows

    def name_words(self, frame: pl.DataFrame) -> dict[int, str]:
        """The words of its categories by their keys."""
        found: dict[int, str] = {}
        for column in self.columns:
            if column.form == "word" and column.name in frame.columns:
                words = _write(frame[column.name], column)[0].drop_nulls().unique().to_list()
                found |= zip(hash_words(words, SALT).tolist(), words, strict=True)
        return found

    def count_known(self, rows: Hashes) -> Integers:
        """(2, D) of rows (N, D), how many have a value, and how many one that the human table may have."""
        there = rows != MISSING
        known = [
            (np.isin(own, words) if len(words) else has).sum()
            for own, has, words in zip(rows.T, there.T, self.words, strict=True)
        ]
        return np.array([there.sum(axis=0), known])

    def check(self, counts: Integers, where: str) -> None:
        """Refuse a table in a column of which no word is the human table's; counts: (2, D), of it."""
        for column, there, known in zip(self.columns, *counts.tolist(), strict=True):
            if there >= FEW and not known:
                _refuse(column, where, "others alone")


def _refuse(column: Column, where: str, got: str) -> NoReturn:
    noun = f"{NOUNS[column.form]} in {quote([column.name])} of {where}"
    raise InputError(noun, got, "tables whose values are written alike")


def lay_out(human: pl.DataFrame) -> Layout:
    """The columns of human rows: numbers, dates and categories; what names rows, free text and lists are left out."""
    chosen: list[Column] = []
    notes = []
    for one in read_columns(Rows(human)):
        if one.role or one.sight.kind == "constant":
            chosen.append(_choose(one, human[one.sight.name]))
        else:
            notes.append(f'"{one.sight.name}" is left out: {one.sight.reason}.')
    if not chosen:
        got = quote(human.columns, 4) or "none"
        raise InputError("columns of numbers, dates or categories", got, "a table that has some")
    return Layout(tuple(chosen), tuple(_list_words(human[one.name], one) for one in chosen), tuple(notes))


def identify(rows: Hashes) -> Hashes:
    """(N,) a hash of each row (N, D): the same of rows that are the same in all columns that are looked at."""
    whole = np.zeros(len(rows), np.uint64)
    for keys in rows.T:
        whole = join(whole, keys)
    return whole


def _choose(one: Reading, written: pl.Series) -> Column:
    dtype = one.values.dtype
    form: Form = "word"
    if one.role != "category":
        form = "number" if dtype.is_numeric() else "date" if dtype.is_temporal() else "word"
    return Column(one.sight.name, form, find_style(written, form, one.comma))


def _list_words(written: pl.Series, column: Column) -> Hashes:
    words = np.unique(_read(written, column)[0])
    common = column.form == "word" and len(words) <= REPEATED * len(written)
    return words[words != MISSING] if common else words[:0]


def _read(written: pl.Series, column: Column) -> tuple[Hashes, NDArray[np.bool_]]:
    """(N,) keys, and in which rows something stands that can't be read."""
    values, odd = _write(written, column)
    if column.form == "word":
        return _hash(values), odd.to_numpy()
    numbers = count_numbers(values).fill_null(np.nan).to_numpy()
    missing = np.isnan(numbers)
    return np.where(missing, MISSING, order(np.where(missing, 0.0, numbers))), odd.to_numpy()


def _write(written: pl.Series, column: Column) -> tuple[pl.Series, pl.Series]:
    """Values, and in which rows something stands that is none."""
    words = column.form == "word" and written.dtype.is_float()
    return read_alike(write_words(written) if words else written, column.form, column.style)


def _hash(words: pl.Series) -> Hashes:
    import polars as pl

    levels: Sequence[str] = words.drop_nulls().unique().sort().to_list()
    codes = words.cast(pl.Enum(levels)).to_physical().cast(pl.Int64) + 1
    return np.asarray(np.append(MISSING, hash_words(levels, SALT))[codes.fill_null(0).to_numpy()])
