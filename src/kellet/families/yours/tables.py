"""Tables as somebody's own models know them: arrays or DataFrames, with words for codes and nothing for a gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from numbers import Real
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kellet.data.missing import MISSING
from kellet.data.source import DataSet, Source
from kellet.errors import InputError
from kellet.evidence import Array
from kellet.families.yours.guarded import Failure

Kind = Literal["array", "pandas", "polars", "texts"]
"""What a model learns from: an array, a DataFrame, or a list of texts."""
Levels = dict[str, tuple[str, ...]]
"""Column -> its categories by name, in the order of their codes; columns of numbers are not there."""


@dataclass(frozen=True)
class Layout:
    """What the columns of points (n, d) are.

    columns: their names; None where the world has none.  levels: the categories of those that have some.  gaps:
    positions of columns of numbers in which some may be missing, NaN.
    """

    columns: tuple[str, ...] | None = None
    levels: Levels = field(default_factory=dict)
    gaps: tuple[int, ...] = ()

    @staticmethod
    def of(source: Source) -> Layout:
        """That of a world's points."""
        if not isinstance(source, DataSet):
            return Layout()
        return Layout(source.names or None, source.levels, source.codebook.gaps if source.codebook else ())

    def names(self, width: int) -> tuple[str, ...]:
        """The names of that many columns: those that are known, or x0, x1, ...

        >>> Layout().names(2), Layout(("age",)).names(1)
        (('x0', 'x1'), ('age',))
        """
        if self.columns is None:
            return tuple(f"x{i}" for i in range(width))
        if len(self.columns) != width:
            got = f"{len(self.columns)}: {', '.join(self.columns)}"
            raise InputError(f"names for {width} columns", got, "leaving columns out")
        return self.columns

    def categories(self, name: str) -> tuple[str, ...] | None:
        """The categories of a column, by their codes; None of a column of numbers."""
        return self.levels.get(name)

    def decode(self, rows: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """The columns of rows (n, d) by name: categories by theirs, None for one that is missing, NaN for a number.

        >>> layout = Layout(("age", "job"), {"job": ("cook", "(missing)")})
        >>> layout.decode(np.array([[0.5, 1.0], [0.7, 0.0]]))["job"].tolist()
        [None, 'cook']
        """
        columns: dict[str, NDArray[Any]] = {}
        for j, name in enumerate(self.names(rows.shape[1])):
            levels = self.categories(name)
            columns[name] = rows[:, j]
            if levels is not None:
                words = np.array([None if level == MISSING else level for level in levels], dtype=object)
                columns[name] = words[rows[:, j].astype(np.int64)]
        return columns

    def make(self, rows: NDArray[Any], kind: Kind) -> Any:
        """Rows (n, d) as a model of that kind learns from them; in polars a gap is null."""
        if kind == "array":
            return rows
        columns = self.decode(rows)
        if kind == "pandas":
            import pandas as pd

            return pd.DataFrame(columns)
        import polars as pl

        # A column that is missing throughout has a type, too.
        types = {name: pl.String for name in columns if self.categories(name) is not None}
        table = pl.DataFrame({name: values.tolist() for name, values in columns.items()}, schema_overrides=types)
        return table.with_columns(pl.nth(list(self.gaps)).fill_nan(None)) if self.gaps else table

    def read(self, written: Any, width: int) -> Array:
        """(n, width): what a model wrote, as a DataFrame of pandas or polars, an Arrow table, an array, rows, or rows
        or columns by name; a Failure where that is none of these columns, or what is in them none of their kind."""
        names = self.names(width)
        columns = _find_columns(written)
        if columns is None:
            return self._read_rows(written, names)
        if missing := [name for name in names if name not in columns]:
            # What has learnt from an array knows no names.
            if len(columns) != width or any(isinstance(name, str) for name in columns):
                raise Failure(f"sample wrote no column {missing[0]!r}")
            columns = dict(zip(names, columns.values(), strict=True))
        parts = [self._read_column(name, columns[name]) for name in names]
        if len({len(part) for part in parts}) > 1:
            raise Failure("sample wrote columns of different lengths")
        return np.stack(parts, axis=1)

    def _read_rows(self, written: Any, names: tuple[str, ...]) -> Array:
        if not self.levels and (numbers := _find_numbers(written)) is not None:
            return numbers
        try:
            rows = [list(row) if np.ndim(row) or isinstance(row, Sequence) else [row] for row in written]
        except TypeError:
            raise Failure(f"sample wrote {type(written).__name__}, which is no table and no array") from None
        if odd := next((row for row in rows if len(row) != len(names)), None):
            raise Failure(f"sample wrote rows of {len(odd)} values where it learnt from rows of {len(names)}")
        return np.stack([self._read_column(name, [row[j] for row in rows]) for j, name in enumerate(names)], axis=1)

    def _read_column(self, name: str, values: Any) -> Array:
        """(n,): codes of categories, or numbers; NaN for one that is missing."""
        levels = self.categories(name)
        if levels is not None:
            return encode(_list(values), name, levels)
        numbers = _find_numbers(values)
        if numbers is not None:
            return numbers
        return np.array([_read_number(value, name) for value in _list(values)], dtype=np.float64)


def _find_numbers(values: Any) -> Array | None:
    """Values as an array of numbers, where they are nothing else."""
    try:
        known = np.asarray(values)
    except (TypeError, ValueError):
        return None
    return known.astype(np.float64) if known.dtype.kind in "biuf" else None


def encode(words: Sequence[Any], column: str, levels: tuple[str, ...]) -> Array:
    """(n,): the codes of categories; a Failure where there is no such one.  Nothing is the one that is missing."""
    codes = {level: float(code) for code, level in enumerate(levels)}
    nothing = codes.get(MISSING, codes.get(""))
    numbers = [nothing if _is_nothing(word) else codes.get(str(word)) for word in words]
    if None in numbers:
        odd = words[numbers.index(None)]
        what = "nothing" if _is_nothing(odd) else repr(str(odd))
        raise Failure(f"sample wrote {what} in column {column!r}, which has no such category")
    return np.array(numbers, dtype=np.float64)


def _find_columns(written: Any) -> Mapping[Any, Any] | None:
    """The columns of a table by name; None where it is an array, or rows without names."""
    if isinstance(written, Mapping):
        return written
    if isinstance(written, Sequence) and written and all(isinstance(row, Mapping) for row in written):
        names = dict.fromkeys(name for row in written for name in row)
        return {name: [row.get(name) for row in written] for name in names}
    # Arrow and `datasets` say `column_names`, where Arrow's `columns` have none; pandas and polars say `columns`.
    titles = getattr(written, "column_names", getattr(written, "columns", None))
    return None if titles is None else {name: written[name] for name in list(titles)}


def _list(values: Any) -> list[Any]:
    """A column as a list of plain values."""
    for verb in ("to_pylist", "tolist", "to_list"):
        if callable(convert := getattr(values, verb, None)):
            return list(convert())
    return list(values)


def _is_nothing(value: Any) -> bool:
    """None, NaN, and pandas' NA, which equals nothing either."""
    if value is None:
        return True
    try:
        return bool(value != value)  # noqa: PLR0124
    except TypeError:
        return True


def _read_number(value: Any, column: str) -> float:
    if _is_nothing(value):
        return np.nan
    if not isinstance(value, Real | Decimal | np.number | np.bool_):
        raise Failure(f"sample wrote what is no number in column {column!r}: {str(value)[:40]!r}")
    return float(value)
