"""Strata: parts of the real rows of which each keeps some in a mix.

By a column of labels, or by rarity: a row is as rare as the rarest thing in it, a word of a text or a value of a
column, by how many of the real rows have that.  Things are counted by their hashes in two tables of fixed size, of
which the smaller count holds, so that memory is bounded: where there are very many, some rare ones are taken for less
rare, and none for rarer.

G. Cormode and S. Muthukrishnan, An Improved Data Stream Summary: The Count-Min Sketch, J. Algorithms 55:58 (2005).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kellet.errors import InputError, quote
from kellet.evidence import Integers
from kellet.mix.sources import Source, Strata
from kellet.profile.hashes import hash_words, mix
from kellet.profile.tally import Hashes
from kellet.profile.words import Rule, find_words

if TYPE_CHECKING:
    import polars as pl

BANDS = ("once", "in 2 to 3", "in 4 to 7", "in 8 to 15", "in more")
"""Of how many real rows have a row's rarest thing."""
MOST = 15
CELLS = 1 << 25
MISSING = "(missing)"
APART = 0.5
"""Of a column's rows: with more different values than that it tells rows apart, and says nothing of what is rare."""
WORDS = Rule(word=r"[\p{L}\p{N}]+", letter=r"[\p{L}\p{N}]", joint="'’", odd=r"[\p{M}\x{10000}-\x{10ffff}]")
SALT = "kellet-strata"


@dataclass(frozen=True)
class Labels:
    """Strata by a column."""

    column: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The one that is looked at."""
        return (self.column,)

    def find(self, frame: pl.DataFrame) -> pl.Series:
        """The label of each row."""
        import polars as pl

        if self.column not in frame.columns:
            got = f'no "{self.column}" among {quote(frame.columns)}'
            raise InputError("a column to stratify by", got, "--stratify with one of them, or auto")
        if frame[self.column].dtype.is_nested():
            raise InputError("a column of labels", f'"{self.column}", which has lists or records', "another column")
        return frame[self.column].cast(pl.String).fill_null(MISSING)


@dataclass(eq=False)
class Rarity:
    """Strata by the rarest thing in a row.  texts, values: columns whose words, and whose values, are counted."""

    texts: tuple[str, ...]
    values: tuple[str, ...]
    counts: list[NDArray[np.uint8]] = field(default_factory=lambda: [np.zeros(CELLS, np.uint8) for _ in range(2)])

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that are looked at."""
        return self.texts + self.values

    def add(self, frame: pl.DataFrame) -> None:
        """Count the things in rows, each once a row."""
        for rows, keys in self._find_keys(frame):
            pairs = (
                np.unique(np.stack([rows.astype(np.uint64), keys]), axis=1)
                if len(keys)
                else np.empty((2, 0), np.uint64)
            )
            found, many = np.unique(pairs[1], return_counts=True)
            for turn, table in enumerate(self.counts):
                # Two keys may share a cell.
                cells, inverse = np.unique(_place(found, turn), return_inverse=True)
                grown = table[cells] + np.bincount(inverse, weights=many, minlength=len(cells)).astype(np.int64)
                table[cells] = np.minimum(grown, MOST + 1)

    def find(self, frame: pl.DataFrame) -> pl.Series:
        """The band of each row; a row without anything is in the last."""
        import polars as pl

        least = np.full(frame.height, MOST + 1, np.int64)
        for rows, keys in self._find_keys(frame):
            seen = np.minimum(*(table[_place(keys, turn)] for turn, table in enumerate(self.counts)))
            np.minimum.at(least, rows, np.maximum(seen, 1))
        return pl.Series(BANDS)[np.log2(least).astype(np.int64)]

    def _find_keys(self, frame: pl.DataFrame) -> Iterator[tuple[Integers, Hashes]]:
        """Rows, and what is in each."""
        import polars as pl

        there = [name for name, kind in frame.schema.items() if not kind.is_nested()]
        for name in filter(there.__contains__, self.texts):
            for places, words in find_words(frame[name].cast(pl.String).fill_null(""), WORDS, SALT):
                yield np.repeat(places, words.counts), words.hashes
        for name in filter(there.__contains__, self.values):
            column = frame[name].cast(pl.String).fill_null("\0")
            names = column.unique()
            hashes = pl.Series(hash_words(names.to_list(), f"{SALT}:{name}"))
            yield np.arange(frame.height), column.replace_strict(names, hashes, return_dtype=pl.UInt64).to_numpy()


def find_strata(stratify: str | None, real: Source) -> Strata | None:
    """What tells the strata; of rarity after a look at all real rows."""
    if stratify is None:
        return None
    if stratify != "auto":
        return Labels(stratify)
    rarity: Rarity | None = None
    for shard in real.shards:
        for frame in real.read(shard, rarity.columns if rarity else None):
            rarity = rarity or _look(frame)
            rarity.add(frame)
    return rarity


def _look(frame: pl.DataFrame) -> Rarity:
    """Which columns have words and which values, by the first rows."""
    import polars as pl

    texts, values = [], []
    for column in frame:
        if column.name.startswith("_kellet_") or not (column.dtype == pl.String or column.dtype.is_integer()):
            continue
        if column.dtype == pl.String and column.str.count_matches(r"\s").sum() > 2 * frame.height:
            texts.append(column.name)
        elif column.n_unique() <= APART * frame.height:
            values.append(column.name)
    if not texts and not values:
        expected = "a column of text, or of values that come again, to find what is rare"
        raise InputError(expected, f"none among {quote(frame.columns)}", "--stratify with a column of labels")
    return Rarity(tuple(texts), tuple(values))


def _place(keys: Hashes, turn: int) -> Integers:
    return (mix(keys + np.uint64(turn)) & np.uint64(CELLS - 1)).astype(np.int64)
