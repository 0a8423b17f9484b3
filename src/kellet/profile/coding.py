"""Coding: values of a column as numbers from 0 on, which stay the same from batch to batch as long as they are few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from kellet.evidence import Array, Integers
from kellet.profile.columns import NOTHING, Column, spell
from kellet.profile.counter import WIDE, Coded, Names
from kellet.profile.tally import Hashes

if TYPE_CHECKING:
    import polars as pl

EXACT = 2.0**53
"""Whole numbers below are exact as floats."""


@dataclass(eq=False)
class Words:
    """Values as words, in the order in which they were met; the first one is none.

    wide: whether they are too many to be held, and each batch has codes of its own.
    """

    hashes: Names
    wide: bool = False
    names: list[str] = field(default_factory=lambda: [NOTHING])
    keys: Hashes = field(default_factory=lambda: np.empty(0, np.uint64))

    def code(self, series: pl.Series) -> Coded:
        """A batch of values; null where there is none."""
        import polars as pl

        words = write_words(series)
        if not self.wide:
            codes = _find(words, self.names[1:])
            new = words.filter(pl.Series(codes == 0) & words.is_not_null()).unique().sort()
            if len(new):
                self.names += new.to_list()
                codes = _find(words, self.names[1:])
            self.keys = np.append(self.keys, self.hashes.hash(self.names[len(self.keys) :]))
            if len(self.names) <= WIDE:
                return Coded(codes, tuple(self.names), self.keys)
            self.wide = True
        names = [NOTHING, *words.drop_nulls().unique().sort().to_list()]
        return Coded(_find(words, names[1:]), names, self.hashes.hash(names), lasting=False)


def _find(words: pl.Series, names: list[str]) -> Integers:
    """(N,) places of words among names, from 1 on; 0 where there is none."""
    import polars as pl

    codes = words.cast(pl.Enum(names), strict=False).to_physical().cast(pl.Int64) + 1
    return codes.fill_null(0).to_numpy()


def write_words(series: pl.Series) -> pl.Series:
    """Values as words, each by itself; whole numbers without a point."""
    import polars as pl

    dtype = series.dtype
    if dtype.is_float():
        series = series.cast(pl.Float64).fill_nan(None)
        whole = (series == series.floor()) & (series.abs() < EXACT)
        whole_words = series.cast(pl.Int64, strict=False).cast(pl.String)
        return whole_words.zip_with(whole.fill_null(False), series.cast(pl.String))
    return series if dtype == pl.String else series.cast(pl.String)


def code_numbers(numbers: Array, hashes: Names) -> Coded:
    """Numbers (N,), not a number where there is none, as values of this batch."""
    values, codes = np.unique(numbers[~np.isnan(numbers)], return_inverse=True)
    every = np.zeros(len(numbers), np.int64)
    every[~np.isnan(numbers)] = codes + 1
    names = [NOTHING, *map(str, map(spell, values.tolist()))]
    return Coded(every, names, hashes.hash(names), lasting=False)


@dataclass(frozen=True, eq=False)
class Bins:
    """Numbers by the bins in which they lie, the last one of which is for none."""

    edges: tuple[float, ...]
    names: Sequence[str]
    keys: Hashes

    @staticmethod
    def of(column: Column, hashes: Names) -> Bins:
        """Those of a column's edges."""
        edges = [str(spell(edge)) for edge in column.edges]
        between = [f"{low} to {high}" for low, high in pairwise(edges)]
        names = (f"under {edges[0]}", *between, f"{edges[-1]} and more", NOTHING)
        return Bins(column.edges, names, hashes.hash(names))

    def code(self, numbers: Array) -> Coded:
        """Numbers (N,), not a number where there is none."""
        # Few edges: to compare with each takes a fraction of a search.
        codes = np.zeros(len(numbers), np.int64)
        for edge in self.edges:
            codes += numbers >= edge
        codes[np.isnan(numbers)] = len(self.edges) + 1
        return Coded(codes, self.names, self.keys)
