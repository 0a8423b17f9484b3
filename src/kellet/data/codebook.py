"""The codebook: what the numbers of a table's points stand for, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from kellet.data.kinds import Reading
from kellet.data.missing import MISSING
from kellet.errors import InputError, quote
from kellet.evidence import Array, Integers

if TYPE_CHECKING:
    import polars as pl

WIDTH, LEAST = 128, 16
"""Places of the view for all levels of all columns, where there are more; and for those of one column at least."""
FEW = 50_000
"""Rows whose numbers are standardised at once."""
HUGE = 1e150
"""The largest number that can be learnt."""
APART = 0.8
"""Of a column's places, the share that have one level each."""


@dataclass(frozen=True)
class Form:
    """How the numbers of a column are written in people's files.

    kind: as they are, as whole numbers, as days (since 1970-01-01), as moments (seconds since then) or as times of day
    (seconds since midnight).  zone: of moments.  origin: where whole numbers are counted from that are too large to be
    told apart otherwise.
    """

    kind: Literal["number", "whole", "date", "moment", "time"] = "number"
    zone: str | None = None
    origin: int = 0

    def write(self, values: Array) -> pl.Series:
        """Numbers (n,) as people write them; null where they are missing.

        >>> Form("date").write(np.array([0.2, np.nan])).to_list()
        [datetime.date(1970, 1, 1), None]
        """
        import polars as pl

        series = pl.Series(values).fill_nan(None)
        match self.kind:
            case "number":
                return series
            case "date":
                return series.round().cast(pl.Int32).cast(pl.Date)
            case "moment":
                return (series * 1e6).round().cast(pl.Int64).cast(pl.Datetime("us", self.zone))
            case "time":
                return ((series * 1e6).round().cast(pl.Int64) % 86_400_000_000 * 1000).cast(pl.Time)
        whole = series.round().cast(pl.Int64)
        return pl.select(whole.cast(pl.Int128) + pl.lit(self.origin, pl.Int128)).to_series() if self.origin else whole

    def spell(self, value: float) -> str:
        """One number in short.

        >>> Form("date").spell(365.0), Form().spell(1234.5)
        ('1971-01-01', '1,230')
        """
        if self.kind in ("number", "whole"):
            return f"{float(f'{value + self.origin:.3g}'):,.9g}"
        written = self.write(np.array([value]))[0]
        return written.isoformat(" ", "minutes") if self.kind == "moment" else str(written)[:10]


@dataclass(frozen=True, eq=False)
class Codebook:
    """What the columns of a mixed table are, and what the codes of its categories stand for.

    columns: d names.  levels: column -> the names of its codes 0, 1, ..., most frequent first; only the categorical
    columns are there.  counts: column -> how often each occurs in the file.  mean, sd: (numbers,), of the columns of
    numbers in the training split, sd 1 where it would be 0; of what is not missing.  gaps: positions of the columns of
    numbers that are missing (NaN) in some rows.  absent: in how many rows of the file each of those is.  height: how
    many rows the file has.  forms: how the numbers of a column are written, where that isn't just as numbers.

    It is also a view: called with points (..., d), it gives them as vectors (..., D) that distances and variances make
    sense of.  Numbers come first, in standard deviations; then, for each level, 1 or 0.  Two different levels lie
    :math:`\\sqrt 2` apart, as two unrelated numbers do on average (by root mean square), and the variance of a
    categorical column is the chance that two rows differ in it.  A missing number stands at the mean, and has a level
    of its own, which comes last.  Where there are more than 128 levels, the columns that have most share their places:
    the most frequent levels are told apart, and the others meet in a fifth of the places.
    """

    columns: tuple[str, ...]
    levels: dict[str, tuple[str, ...]]
    counts: dict[str, NDArray[np.int64]]
    mean: Array
    sd: Array
    gaps: tuple[int, ...] = ()
    absent: tuple[int, ...] = ()
    height: int = 0
    forms: Mapping[str, Form] = field(default_factory=dict)

    @property
    def numeric(self) -> tuple[int, ...]:
        """Positions of the columns of numbers."""
        return tuple(j for j, name in enumerate(self.columns) if name not in self.levels)

    @property
    def categorical(self) -> tuple[int, ...]:
        """Positions of the columns of categories."""
        return tuple(j for j, name in enumerate(self.columns) if name in self.levels)

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """(column, level) of every level: of categories column by column, then of missing numbers."""
        named = [(self.columns[j], level) for j in self.categorical for level in self.levels[self.columns[j]]]
        return (*named, *((self.columns[j], MISSING) for j in self.gaps))

    @property
    def groups(self) -> tuple[tuple[str, Integers], ...]:
        """(column, positions in the view) of the levels of every category, and of being missing for every gap."""
        sizes = [(j, min(len(self._levels(j)), self.places)) for j in self.categorical] + [(j, 1) for j in self.gaps]
        ends = np.cumsum([len(self.numeric), *(size for _, size in sizes)])
        return tuple(
            (self.columns[j], np.arange(end - size, end)) for (j, size), end in zip(sizes, ends[1:], strict=True)
        )

    @property
    def occurrences(self) -> NDArray[np.int64]:
        """(L,): how many of the file's rows have each level, in the order of the names."""
        found = [self.counts[self.columns[j]] for j in self.categorical]
        return np.concatenate([np.zeros(0, dtype=np.int64), *found, np.array(self.absent, dtype=np.int64)])

    @property
    def shares(self) -> Array:
        """(L,): share of the file's rows that have each level, in the order of the names."""
        return np.asarray(self.occurrences / max(self.height, 1))

    @property
    def incomplete(self) -> tuple[int, ...]:
        """Positions of all columns that are missing in some rows."""
        return tuple(j for j in range(len(self.columns)) if j in self.gaps or MISSING in self._levels(j))

    def find_missing(self, points: Array) -> NDArray[np.bool_]:
        """(..., g): which of the ``incomplete`` columns are missing in points (..., d)."""
        found = [
            np.isnan(points[..., j]) if j in self.gaps else points[..., j] == self._levels(j).index(MISSING)
            for j in self.incomplete
        ]
        return np.stack(found, axis=-1) if found else np.zeros((*points.shape[:-1], 0), dtype=bool)

    def find_written(self, points: Array) -> NDArray[np.bool_]:
        """(R, L): which levels are written among points (R, n, d), in the order of the names.

        What is no code of the column, as another family may write it, is no level.
        """
        parts = []
        for j in self.categorical:
            size, codes = len(self._levels(j)), points[..., j]
            valid = (codes >= 0) & (codes < size) & (codes == np.floor(codes))
            found = np.zeros((len(points), size + 1), dtype=bool)
            found[np.arange(len(points))[:, None], np.where(valid, codes, size).astype(np.int64)] = True
            parts.append(found[:, :size])
        missing = np.isnan(points[..., list(self.gaps)]).any(axis=1)
        return np.concatenate([*parts, missing], axis=1)

    def find_shares(self, points: Array) -> Array:
        """(L,): share of points (n, d) that have each level, in the order of the names."""
        sizes = [(j, len(self._levels(j))) for j in self.categorical]
        found = [np.bincount(points[:, j].astype(np.int64), minlength=size) for j, size in sizes]
        return np.concatenate([*found, np.isnan(points[:, list(self.gaps)]).sum(axis=0)]) / len(points)

    def rows(self, points: Array) -> pl.DataFrame:
        """Points (n, d) as the rows that a person would write."""
        import polars as pl

        columns = {}
        for j, name in enumerate(self.columns):
            if name not in self.levels:
                columns[name] = self.forms.get(name, Form()).write(points[:, j])
                continue
            words = [None if level == MISSING else level for level in self.levels[name]]
            valid = (points[:, j] >= 0) & (points[:, j] < len(words))
            codes = np.where(valid, points[:, j], len(words)).astype(np.int64)
            columns[name] = pl.Series([*words, None], dtype=pl.String).gather(codes)
        return pl.DataFrame(columns)

    def __call__(self, points: NDArray[np.float64]) -> Array:
        numbers = (points[..., list(self.numeric)] - self.mean) / self.sd
        if self.gaps:
            numbers = np.nan_to_num(numbers, nan=0.0, posinf=np.inf, neginf=-np.inf)
        # What is no code of the column, as another family may write it, is no level.
        parts = [numbers, *(self._spread(points[..., j], len(self._levels(j))) for j in self.categorical)]
        parts += [np.isnan(points[..., list(self.gaps)])] if self.gaps else []
        return np.concatenate(parts, axis=-1, dtype=np.float64)

    @cached_property
    def places(self) -> int:
        """How many places of the view one column has at most."""
        sizes = sorted(map(len, self.levels.values()))
        left = WIDTH
        for done, size in enumerate(sizes):
            if size * (len(sizes) - done) > left:
                return max(LEAST, left // (len(sizes) - done))
            left -= size
        return WIDTH

    def _spread(self, codes: Array, size: int) -> NDArray[np.bool_]:
        """1 or 0 for each level, or place of levels."""
        if size > self.places:
            first = round(APART * self.places)
            others = first + (codes - first) % (self.places - first)
            codes = np.where(codes < first, codes, np.where(codes < size, others, -1))
            size = self.places
        return np.asarray(codes[..., None] == np.arange(size))

    def _levels(self, j: int) -> tuple[str, ...]:
        return self.levels.get(self.columns[j], ())


def encode(readings: Sequence[Reading], parts: Sequence[NDArray[np.int64]]) -> tuple[list[Array], Codebook]:
    """The rows at those positions as points (N, d), for each of the parts, training first; and their codebook."""
    points = [np.empty((len(part), len(readings))) for part in parts]
    levels: dict[str, tuple[str, ...]] = {}
    counts: dict[str, NDArray[np.int64]] = {}
    forms: dict[str, Form] = {}
    absent: dict[int, int] = {}
    for j, reading in enumerate(readings):
        name = reading.sight.name
        codes: NDArray[Any]
        if reading.role == "category":
            codes, levels[name], counts[name] = count_levels(reading.values)
        else:
            codes, form = convert(reading)
            if form != Form():
                forms[name] = form
            if reading.sight.missing:
                absent[j] = reading.sight.missing
        for part, rows in zip(points, parts, strict=True):
            part[:, j] = codes[rows]
    mean, sd = _standardise(points[0], [j for j, reading in enumerate(readings) if reading.role != "category"])
    columns = tuple(reading.sight.name for reading in readings)
    height, gaps = len(readings[0].values), tuple(absent)
    return points, Codebook(columns, levels, counts, mean, sd, gaps, tuple(absent.values()), height, forms)


def count_levels(words: pl.Series) -> tuple[NDArray[np.uint32], tuple[str, ...], NDArray[np.int64]]:
    """Codes (N,) of words, which levels they stand for, most frequent first, and how often each occurs.

    Of equally frequent ones the first by spelling comes first: the same order everywhere.
    """
    import polars as pl

    filled = words.fill_null(MISSING).alias("word")
    found = filled.value_counts(name="times").sort("times", "word", descending=[True, False])
    codes = filled.cast(pl.Enum(found["word"])).to_physical().cast(pl.UInt32).to_numpy()
    return codes, tuple(found["word"].to_list()), found["times"].cast(pl.Int64).to_numpy()


def convert(reading: Reading) -> tuple[Array, Form]:
    """The numbers (N,) of a column, NaN where they are missing, and how they are written."""
    import polars as pl

    values = reading.values
    match values.dtype:
        case pl.Date:
            return values.to_physical().cast(pl.Float64).to_numpy(), Form("date")
        case pl.Datetime():
            micro = values.dt.epoch("us").cast(pl.Float64).to_numpy() / 1e6
            return micro, Form("moment", getattr(values.dtype, "time_zone", None))
        case pl.Time:
            return values.to_physical().cast(pl.Float64).to_numpy() / 1e9, Form("time")
    if not values.dtype.is_float():
        origin = values.min()
        assert isinstance(origin, int)
        counted = pl.select(values - pl.lit(origin, pl.Int128)).to_series()
        return counted.cast(pl.Float64).to_numpy(), Form("whole", origin=origin)
    if (values.abs() > HUGE).any():
        name, largest = reading.sight.name, float(np.nanmax(np.abs(values.to_numpy())))
        expected = f"numbers of at most {HUGE:g}, whose squares are numbers too"
        raise InputError(expected, f"{largest:g} in {quote([name])}", f"--kinds {name}=category, or another unit")
    whole = bool((values == values.floor()).all())
    return values.to_numpy(), Form("whole") if whole else Form()


def _standardise(points: Array, columns: list[int]) -> tuple[Array, Array]:
    """Mean and standard deviation of columns of points (N, d), of what is there; sd 1 where it would be 0."""
    if len(points) <= FEW and not np.isnan(numbers := points[:, columns]).any():
        mean, sd = numbers.mean(axis=0), numbers.std(axis=0)
    else:
        # One by one: copies of all of a large table's numbers at once would be more than all else.
        there = (points[~np.isnan(points[:, j]), j] for j in columns)
        found = [(column.mean(), column.std()) if len(column) else (0.0, 0.0) for column in there]
        mean, sd = np.array(found).reshape(-1, 2).T
    return mean, np.where(sd > 0, sd, 1.0)
