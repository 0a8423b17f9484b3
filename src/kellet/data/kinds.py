"""Kinds: what each column of a table is, why, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import msgspec

from kellet.data.content import Rows
from kellet.data.dates import read_dates
from kellet.data.inference import Found, describe_numbers, infer_words
from kellet.data.missing import drop_infinite, drop_numbers, drop_words, find_strays
from kellet.data.numerals import EXACT, has_points, read_numbers
from kellet.data.sight import Column, Kind
from kellet.errors import InputError, quote

if TYPE_CHECKING:
    import polars as pl

Role = Literal["number", "date", "category", ""]
"""As what a column is learnt; nothing where it is left out."""
ROLES: dict[Kind, Role] = {
    "number": "number", "count": "number", "date": "date", "category": "category", "truth": "category",
}  # fmt: skip
RARE = 5
"""A value that fewer rows have is rare."""
MOST = 2**12
"""Columns that are looked at where none are chosen: each takes milliseconds, and what learns them the square."""


@dataclass(frozen=True, eq=False)
class Reading:
    """A column as it was read.

    sight: what was seen.  role: as what it is learnt.  values: of a number Float64, or whole numbers where those are
    too large for it; of a date Date, Datetime or Time; of a category its words, as they are written; null where they
    are missing.  comma: whether its numbers surely have a decimal comma.
    """

    sight: Column
    role: Role
    values: pl.Series
    comma: bool = False


def read_columns(
    rows: Rows,
    columns: tuple[str, ...] | None = None,
    kinds: Mapping[str, Kind] | None = None,
    missing_words: tuple[str, ...] = (),
) -> tuple[Reading, ...]:
    """The columns of a table, each as what it is.

    columns: which, None for all; those that are named are learnt, whatever they are.  kinds: what a person says that
    columns are.  missing_words: what stands for nothing in any column; beside them, `MISSING_WORDS` do so in columns of
    numbers, dates and truth values.

    >>> import polars as pl
    >>> [age] = read_columns(Rows(pl.DataFrame({"age": ["41", "17", "23"] * 13 + ["unknown"]})))
    >>> age.sight.kind, age.sight.reason, age.sight.missing
    ('number', "39 numbers and 1 other ('unknown'), taken for missing; whole, only 3 different", 1)
    """
    said = kinds or {}
    if columns is None and rows.frame.width > MOST:
        expected = f"at most {MOST:,} columns, each of which is looked at"
        raise InputError(expected, f"{rows.frame.width:,}", "--columns A,B with those that matter")
    check_columns(rows.frame, columns, said)

    def read(name: str, comma: bool) -> Reading:
        return _read(rows.frame[name], said.get(name), columns is not None, missing_words, comma)

    found = {name: read(name, False) for name in columns or rows.frame.columns}
    if any(one.comma for one in found.values()):
        # Where columns have decimal commas and none has points, what may be read either way is read so, too.
        others = [name for name, one in found.items() if one.role == "number" and not one.comma]
        if not any(has_points(rows.frame[name]) for name in others):
            found |= {name: read(name, True) for name in others}
    if not any(one.role or one.sight.kind == "text" for one in found.values()):
        found = {name: one if name in said else _learn_names(one) for name, one in found.items()}
    return tuple(found.values())


def _learn_names(one: Reading) -> Reading:
    """What names rows, as what is learnt where nothing else is there."""
    if one.sight.kind != "identifier":
        return one
    role: Role = "number" if one.values.dtype.is_numeric() else "category"
    use = f"learnt as a {role}, since nothing else is there"
    return replace(one, role=role, sight=msgspec.structs.replace(one.sight, use=use))


def check_columns(frame: pl.DataFrame, columns: tuple[str, ...] | None, kinds: Mapping[str, Kind]) -> None:
    """Refuse columns that aren't there, and those that are named twice."""
    for name in (*(columns or ()), *kinds):
        if name not in frame.columns:
            raise InputError(f"one of the columns {quote(frame.columns)}", quote([name]), "a column that is there")
    if columns and len(set(columns)) < len(columns):
        once = ",".join(dict.fromkeys(columns))
        raise InputError("every column once", quote(columns), f"--columns {once}")
    if odd := [name for name in kinds if columns is not None and name not in columns]:
        attempt = f"--columns {','.join((*(columns or ()), odd[0]))}"
        raise InputError("kinds of the chosen columns", quote([odd[0]]), attempt)


def _read(series: pl.Series, kind: Kind | None, named: bool, missing_words: tuple[str, ...], comma: bool) -> Reading:
    import polars as pl

    name, dtype = series.name, series.dtype
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object, pl.Unknown):
        if named or kind not in (None, "list"):
            expected = "columns of numbers, dates or categories"
            raise InputError(expected, f"{_name_type(dtype)} in {quote([name])}", "--columns without it")
        reason = f"{_name_type(dtype)} in every row"
        return Reading(Column(name, "list", reason, series.null_count(), 0, "left out"), "", series)
    words = isinstance(dtype, pl.String | pl.Categorical | pl.Enum)
    if words:
        series = drop_words(series.cast(pl.String), missing_words)
        declared = not isinstance(dtype, pl.String)
        found = _take(series, kind, comma) if kind else infer_words(series, declared, comma)
    else:
        series = drop_numbers(series, missing_words)
        found = _take_typed(series, kind)
    if kind is None and found.kind in ROLES and not found.values.null_count() and found.values.n_unique() == 1:
        found = replace(found, kind="constant", reason=f"the same in every row, {_show(series)[0]}")
    role = ROLES.get(found.kind, "")
    if not role and kind is None and named and found.values.len() > found.values.null_count():
        made = found.values.dtype
        role = "number" if made.is_numeric() else "date" if made.is_temporal() else "category"
    values = found.values
    if role == "category":
        values = drop_words(series, (), found.kind == "truth") if words else _write(series)
    counts = values.drop_nulls().value_counts(name="_times")["_times"] if role == "category" else None
    distinct = found.distinct if counts is None else len(counts)
    distinct = values.drop_nulls().n_unique() if distinct is None else distinct
    rare = None if counts is None else int((counts < RARE).sum())
    use = f"learnt as a {role}{'' if found.kind in ROLES else ', since it is named'}" if role else "left out"
    sight = Column(name, found.kind, found.reason, values.null_count(), distinct, use, rare, _show(series))
    return Reading(sight, role, values, found.comma)


def _take(words: pl.Series, kind: Kind, comma: bool) -> Found:
    """Words as what a person says that they are; numbers and dates where at least half can be read so."""
    import polars as pl

    name, said = words.name, "as you say"
    if kind in ("number", "count"):
        numbers = read_numbers(words, comma)
        values, infinite = drop_infinite(numbers.values)
        how = [_require_half(words, values, "numbers"), *numbers.how, infinite]
        return Found(kind, values, "; ".join([said, *filter(None, how)]), numbers.comma)
    if kind == "date":
        dates = read_dates(words)
        values = words.str.to_date("%Y-%m-%d", strict=False) if dates is None else dates.values
        return Found(kind, values, f"{said}; {_require_half(words, values, dates.how if dates else 'dates')}")
    if kind == "truth" and (several := drop_words(words, (), known=True).drop_nulls().n_unique()) > 2:
        got = f"{several} different ones in {quote([name])}"
        raise InputError("two values in a column of truth values", got, f"--kinds {name}=category")
    return Found(kind, words.cast(pl.String), said)


def _require_half(words: pl.Series, values: pl.Series, noun: str) -> str:
    """What was read, in words; refused where it isn't half."""
    strays = find_strays(words, values)
    if sum(strays.odd.values()) > strays.read or not strays.read:
        first = next(iter(strays.odd or strays.every), None)
        others = sum(strays.every.values())
        got = f"{others:,} of {others + strays.read:,} that can't be read so, first {first!r}"
        raise InputError(f"{noun} in {quote([words.name])}, as you say", got, f"--kinds {words.name}=category")
    return strays.describe(noun)


def _take_typed(series: pl.Series, kind: Kind | None) -> Found:
    """Values that have a type already."""
    import polars as pl

    dtype, said = series.dtype, "as you say"
    if series.null_count() == len(series):
        return Found("constant", series, "nothing is written in it")
    if kind == "date" and dtype.is_integer():
        return _take(series.cast(pl.String), kind, comma=False)
    if kind in ("number", "count", "date", None):
        if dtype.is_temporal() and not isinstance(dtype, pl.Duration):
            if kind in ("number", "count"):
                raise InputError(
                    f"numbers in {quote([series.name])}, as you say", "dates", f"--kinds {series.name}=date"
                )
            return Found("date", series, said if kind else f"{series.count():,} {_name_type(dtype)}")
        if kind == "date":
            got = _name_type(dtype)
            raise InputError(f"dates in {quote([series.name])}, as you say", got, f"--kinds {series.name}=category")
        if isinstance(dtype, pl.Boolean) and kind is None:
            return Found("truth", series, "truth values")
        values, infinite = drop_infinite(_count(series))
        how = ["durations in seconds"] if isinstance(dtype, pl.Duration) else []
        how += [infinite] if infinite else []
        if kind is not None:
            return Found(kind, values, "; ".join([said, *how]))
        return describe_numbers(values, f"{values.count():,} numbers", tuple(how))
    if kind == "truth" and (several := series.drop_nulls().n_unique()) > 2:
        got = f"{several} different ones in {quote([series.name])}"
        raise InputError("two values in a column of truth values", got, f"--kinds {series.name}=category")
    return Found(kind, series, said)


def _count(series: pl.Series) -> pl.Series:
    """Numbers as floats, or whole where those are too large for it."""
    import polars as pl

    if isinstance(series.dtype, pl.Duration):
        return series.dt.total_microseconds().cast(pl.Float64) / 1e6
    largest = series.cast(pl.Float64).abs().max() if series.dtype.is_integer() else 0
    exact = isinstance(largest, float) and largest > EXACT
    return series.cast(pl.Int128) if exact else series.cast(pl.Float64)


def _write(values: pl.Series) -> pl.Series:
    """Typed values as words; floats that are whole, as those with gaps often are, without a point."""
    import polars as pl

    if values.dtype.is_float() and bool((values == values.floor()).all()):
        values = values.fill_nan(None).cast(pl.Int64, strict=False)
    return values.cast(pl.String)


def _name_type(dtype: pl.DataType) -> str:
    """What values of a type are called.

    >>> import polars as pl
    >>> _name_type(pl.List(pl.Int64)), _name_type(pl.Int8())
    ('lists', 'numbers')
    """
    import polars as pl

    names = {
        pl.List: "lists", pl.Array: "lists", pl.Struct: "records", pl.Binary: "bytes", pl.Boolean: "truth values",
        pl.Date: "dates", pl.Datetime: "dates and times", pl.Time: "times of day",
    }  # fmt: skip
    return next((name for kind, name in names.items() if dtype == kind), "numbers" if dtype.is_numeric() else "objects")


def _show(series: pl.Series) -> tuple[str, ...]:
    """The first three different values as they are written."""
    import polars as pl

    first = series.drop_nulls().head(1000).unique(maintain_order=True).head(3)
    words = map(str, first) if isinstance(first.dtype, pl.Duration) else first.cast(pl.String).to_list()
    return tuple(word if len(word) <= 40 else f"{word[:39]}…" for word in words)
