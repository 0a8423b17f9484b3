"""Slicing: the parts that a corpus is looked at in, by a column, or by what can be seen of each document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from kellet.data.dates import apply_style, read_dates
from kellet.data.segmentation import SCRIPTS
from kellet.errors import InputError, quote
from kellet.evidence import Integers

if TYPE_CHECKING:
    import polars as pl

MOST = 200
"""Slices, beside that of all others."""
MONTHS = 36
"""With more of them, years are looked at."""
VALUES = 1_000_000
"""Different ones of a column."""
NOTHING, OTHERS = "(none)", "(others)"
SPACED = ("Latin", "Cyrillic", "Greek", "Arabic", "Hebrew", "Devanagari", "Bengali", "Tamil", "Hangul", "Georgian")
START = 300
"""Signs of a document by which its script is told."""
Kind = Literal["whole", "column", "length", "script", "file"]


@dataclass(frozen=True)
class Slicing:
    """by: what it is called.  names: of the slices; a document of none of them is one of the others.  style: of a
    column of words that are dates, as `apply_style` has it, or "" of true dates; None of what are none.  form: of a
    date, as a name has it.  bounds: words of which each slice but the last has no more.
    """

    kind: Kind
    by: str = ""
    names: tuple[str, ...] = ("",)
    style: str | None = None
    form: str = "%Y-%m"
    bounds: tuple[int, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """That are read."""
        return (self.by,) if self.kind == "column" else ()

    @property
    def many(self) -> int:
        """Slices, with that of the others."""
        return len(self.names) + 1

    def find(self, frame: pl.DataFrame | None, texts: pl.Series, lengths: Integers, file: str) -> Integers:
        """(D,) the slice of each document.  frame: the rows that they are, if they are some."""
        import polars as pl

        if self.kind == "whole":
            return np.zeros(len(texts), np.int64)
        if self.kind == "length":
            return np.searchsorted(np.array(self.bounds), lengths)
        if self.kind == "file":
            return np.full(len(texts), self.names.index(file) if file in self.names else len(self.names))
        found = _find_scripts(texts) if self.kind == "script" else self.read(frame)
        places = found.cast(pl.Enum(self.names), strict=False).to_physical().cast(pl.Int64)
        return places.fill_null(len(self.names)).to_numpy()

    def read(self, frame: pl.DataFrame | None) -> pl.Series:
        """What rows have in the column, as words."""
        import polars as pl

        if frame is None or self.by not in frame.columns:
            return pl.Series([NOTHING]).new_from_index(0, 0 if frame is None else frame.height)
        values = frame[self.by]
        if self.style:
            values = apply_style(values.cast(pl.String), self.style)
        if self.style is not None:
            return values.dt.strftime(self.form).fill_null(NOTHING)
        if values.dtype.is_nested():
            raise InputError("a column of words, numbers or dates to divide by", f"lists in {self.by!r}", "another")
        return values.cast(pl.String).fill_null(NOTHING)

    def settle(self, counts: Mapping[str, int]) -> Slicing:
        """With the slices that a column has, by how many rows have each value."""
        if self.style is None:
            most = sorted(counts, key=lambda name: (-counts[name], name))[:MOST]
            return replace(self, names=tuple(most))
        form = self.form
        if len(counts.keys() - {NOTHING}) > MONTHS:
            form, years = "%Y", Counter[str]()
            for month, many in counts.items():
                years[month if month == NOTHING else month.split("-")[0]] += many
            counts = years
        most = sorted(counts, key=lambda name: (-counts[name], name))[:MOST]
        return replace(self, names=tuple(sorted(most)), form=form)


def choose(
    by: str, values: pl.Series | None, columns: Sequence[str], files: Sequence[str], lengths: Integers
) -> Slicing:
    """How a corpus is divided.

    values: the first ones of the column that is called so, if there is one among all columns.  files: their names.
    lengths: of references.
    """
    if values is not None:
        return Slicing("column", by, style=find_style(values))
    if by == "length":
        bounds = np.unique(np.quantile(lengths, (0.25, 0.5, 0.75)).astype(np.int64)).tolist()
        names = [f"up to {bounds[0]} words", *(f"{a + 1} to {b} words" for a, b in pairwise(bounds))]
        return Slicing("length", by, (*names, f"more than {bounds[-1]} words"), bounds=tuple(bounds))
    if by == "script":
        return Slicing("script", by, (*SPACED, *SCRIPTS))
    if by == "file":
        return Slicing("file", by, tuple(dict.fromkeys(files))[:MOST])
    there = f"one of the columns {quote(columns, 8)}, or " if columns else ""
    raise InputError(f'{there}"length", "script" or "file" to divide by', repr(by), 'by="length"')


def count_values(counts: Counter[str], values: pl.Series) -> None:
    """Add the values of some rows."""
    counts.update(dict(values.value_counts().iter_rows()))
    if len(counts) > VALUES:
        raise InputError(f"a column of at most {VALUES:,} values to divide by", "more", 'by="length"')


def find_style(values: pl.Series) -> str | None:
    """How dates are written, as `Slicing.style` has it."""
    import polars as pl

    if values.dtype in (pl.Date, pl.Datetime):
        return ""
    found = read_dates(values) if values.dtype == pl.String else None
    return found.style if found is not None and found.values.dtype != pl.Time else None


def _find_scripts(texts: pl.Series) -> pl.Series:
    """The script that each text begins with most letters of, or null."""
    import polars as pl

    kinds = {name: rf"\p{{{name}}}" for name in SPACED} | {name: f"[{signs}]" for name, signs in SCRIPTS.items()}
    start = pl.DataFrame({"start": texts.str.slice(0, START)}).lazy()
    counts = start.select(
        pl.col("start").str.count_matches(signs).alias(name) for name, signs in kinds.items()
    ).collect()
    # Japanese is written with Chinese characters too.
    japanese = pl.when(10 * pl.col("Japanese") >= pl.col("Chinese")).then(pl.col("Japanese") + pl.col("Chinese"))
    table = counts.with_columns(japanese.otherwise(pl.col("Japanese")).alias("Japanese")).to_numpy()
    best = np.array(counts.columns)[table.argmax(axis=1)]
    return pl.Series(np.where(table.max(axis=1) > 0, best, OTHERS), dtype=pl.String)
