"""Tallies: how often each key of one kind occurs in each group of documents.

A key is whatever is looked at, by a hash of 64 bits: a value of a column, a word, "missing".  Where keys are too many,
those are kept whose hash is small, the same ones in every data set (P. Gibbons, Distinct Sampling for Highly-Accurate
Answers to Distinct Values Queries, VLDB 2001).  Which those are depends on what was counted and not on its order, so
tallies of parts add up to that of the whole, bit for bit.

Keys that are ordered (buckets of numbers) are all kept; where they are too many, their last bits go, so that buckets
that lie side by side become one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Integers

if TYPE_CHECKING:
    import polars as pl

Hashes = NDArray[np.uint64]

FINE = 240
"""Groups in which documents are counted: many, of which larger ones of equal numbers are put together, since it has
many divisors."""
MOST, ROWS = 1 << 20, 1 << 21
"""Keys of one kind that are kept, and counts of them."""


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts of keys by groups.

    rows: a frame (key UInt64, group UInt16, count Int64), by key and then by group, no pair twice and no count of 0.
    names: a frame (key UInt64, name String), by key: what some keys stand for.  totals: (FINE,) occurrences of all
    keys, those that aren't kept too.  level: kept are the keys below 2^(64 - level), the least level at which they are
    at most ``most``, in at most `ROWS` rows.  spelt: names that are kept, of those whose keys are least.  ordered:
    whether keys are buckets in their order, of which the last bits, as many as the level, are 0.

    >>> tally = Tally.of(np.array([5, 5, 9], np.uint64), np.array([0, 1, 1]))
    >>> (tally + tally).rows.rows(), tally.shift(1).rows["group"].to_list()
    ([(5, 0, 2), (5, 1, 2), (9, 1, 2)], [1, 2, 2])
    """

    rows: pl.DataFrame
    names: pl.DataFrame
    totals: Integers
    level: int = 0
    most: int = MOST
    spelt: int = MOST
    ordered: bool = False

    @staticmethod
    def of(
        keys: Hashes,
        groups: NDArray[np.integer],
        counts: NDArray[np.integer] | None = None,
        names: pl.DataFrame | None = None,
        most: int = MOST,
        ordered: bool = False,
        spelt: int = MOST,
        level: int = 0,
        totals: Integers | None = None,
    ) -> Tally:
        """The tally of occurrences (N,), each of a key in a group, once or so many times.

        level: from which on.  totals: of all keys, where those that aren't kept are not among these.
        """
        import polars as pl

        many = np.ones(len(keys), np.int64) if counts is None else np.asarray(counts, np.int64)
        if totals is None:
            totals = np.bincount(groups, many, FINE).astype(np.int64)
        if ordered:
            level = coarsen(differ(np.sort(keys)), level, most)
            keys = keys >> np.uint64(level) << np.uint64(level)
        rows = pl.DataFrame(
            {"key": keys, "group": groups, "count": many},
            schema={"key": pl.UInt64, "group": pl.UInt16, "count": pl.Int64},
        )
        known = pl.DataFrame(schema={"key": pl.UInt64, "name": pl.String}) if names is None else names
        return Tally(_sum(rows), _unique(known), totals, level, most, spelt, ordered)._fit()

    @staticmethod
    def of_grid(
        keys: Hashes,
        counts: NDArray[np.unsignedinteger],
        names: pl.DataFrame | None = None,
        most: int = MOST,
        ordered: bool = False,
        level: int = 0,
    ) -> Tally:
        """The same of keys (K,), ascending, that occur so often in each group (K, FINE); level: of buckets."""
        import polars as pl

        own, groups = np.nonzero(counts)
        rows = pl.DataFrame(
            {"key": keys[own], "group": groups.astype(np.uint16), "count": counts[own, groups].astype(np.int64)}
        )
        totals = counts.sum(axis=0, dtype=np.int64)
        known = pl.DataFrame(schema={"key": pl.UInt64, "name": pl.String}) if names is None else _unique(names)
        # Two keys that are one would be a collision of hashes.
        alone = len(differ(keys)) == len(keys)
        return Tally(rows if alone else _sum(rows), known, totals, level, most, ordered=ordered)._fit()

    @property
    def keys(self) -> Hashes:
        """(K,) those that are kept, ascending."""
        return self.rows["key"].unique(maintain_order=True).to_numpy()

    @property
    def share(self) -> float:
        """Of all keys, that which is kept."""
        return 1.0 if self.ordered else 2.0**-self.level

    def __add__(self, other: Tally) -> Tally:
        """Both together; what only one of them keeps is dropped."""
        import polars as pl

        level = max(self.level, other.level)
        parts = [one.raise_to(level) for one in (self, other)]
        return Tally(
            _sum(pl.concat([one.rows for one in parts])),
            _unique(pl.concat([one.names for one in parts])),
            self.totals + other.totals,
            level,
            min(self.most, other.most),
            min(self.spelt, other.spelt),
            self.ordered,
        )._fit()

    def shift(self, by: int) -> Tally:
        """The same documents, dealt to groups from another one on."""
        import polars as pl

        moved = ((pl.col("group") + by) % FINE).cast(pl.UInt16)
        rows = self.rows.with_columns(moved).sort("key", "group")
        return replace(self, rows=rows, totals=np.roll(self.totals, by))

    def raise_to(self, level: int) -> Tally:
        """With the keys that are kept at a higher level only, or in larger buckets."""
        import polars as pl

        if level <= self.level:
            return self
        if self.ordered:
            width = pl.lit(1 << level, pl.UInt64)
            rows = _sum(self.rows.with_columns(pl.col("key") // width * width))
            return replace(self, rows=rows, level=level)
        low = pl.col("key") <= find_last(level)
        return replace(self, rows=self.rows.filter(low), names=self.names.filter(low), level=level)

    def redact(self) -> Tally:
        """Without names."""
        return replace(self, names=self.names.clear())

    def _fit(self) -> Tally:
        """At the least level at which not too much is kept."""
        import polars as pl

        if self.ordered:
            return self.raise_to(coarsen(self.keys, self.level, self.most))
        keys = self.rows["key"].to_numpy()
        level, kept = fit(keys, self.level, self.most)
        height, _ = fit(keys[:kept], level, self.spelt)
        names = self.names if height == level else self.names.filter(pl.col("key") <= find_last(height))
        return replace(self, names=names).raise_to(level)


def find_last(level: int) -> int:
    """The largest key that is kept at a level."""
    return (1 << (64 - level)) - 1


def fit(keys: Hashes, level: int, most: int) -> tuple[int, int]:
    """The least level, from one on, at which at most so many keys and ROWS rows are kept, and how many rows are.

    keys: (R,) of each row, ascending.
    """
    # In how many rows there are how many keys.
    many = np.cumsum(np.append(True, keys[1:] != keys[:-1]), dtype=np.int32) if len(keys) > most else keys
    while True:
        kept = int(np.searchsorted(keys, np.uint64(find_last(level)), "right"))
        if kept <= ROWS and (kept <= most or many[kept - 1] <= most):
            return level, kept
        level += 1


def add(tallies: list[Tally]) -> Tally:
    """All of them."""
    if not tallies:
        raise InputError("tallies to add", "none", "at least one")
    return reduce(lambda one, other: one + other, tallies)


def _sum(rows: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    # Rows that are sorted already, as those of tallies to add are, take a fraction of what a `group_by` takes.
    rows = rows.filter(pl.col("count") > 0).sort("key", "group")
    key, group, count = (rows[name].to_numpy() for name in rows.columns)
    first = np.flatnonzero(np.append(True, (key[1:] != key[:-1]) | (group[1:] != group[:-1]))[: len(rows)])
    if len(first) == len(rows):
        return rows
    return rows[first].with_columns(pl.Series("count", np.add.reduceat(count, first)))


def coarsen(buckets: Hashes, level: int, most: int) -> int:
    """From a level on, the least one at which there are not too many of buckets (K,), ascending."""
    while len(buckets) > most:
        level += 1
        buckets = differ(buckets >> np.uint64(level) << np.uint64(level))
    return level


def differ(keys: Hashes) -> Hashes:
    """Each of several, ascending, once; NumPy's `unique` would sort them again, or hash them."""
    return keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys


def _unique(names: pl.DataFrame) -> pl.DataFrame:
    # Two names of one key would be a collision of hashes; whichever is first by spelling stays, in any order of adding.
    return names.sort("key", "name").unique("key", keep="first", maintain_order=True)
