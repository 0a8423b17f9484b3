"""Columns of values that a program wrote: of one type where they are alike, and as words where not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kellet.errors import InputError, quote

if TYPE_CHECKING:
    import polars as pl


SECONDS = -62_135_596_800, 253_402_300_799
"""Since 1970, of the first and the last moment that Python's dates know: the years 1 and 9999."""
UNITS = {"ms": 10**3, "us": 10**6}
"""Of moments that may lie beyond them; what 64 bits hold of nanoseconds does not."""
DAY = 86_400
LONGEST = 999_999_999 * DAY
"""Seconds of a duration."""
FARTHEST = 2**63 - 1
"""Of anything that 64 bits hold."""
WIDEST = 2**15
"""Columns of a table: each takes milliseconds and more, however few rows there are."""
DEEPEST = 16
"""Lists inside of lists that are kept as such."""


def require_width(width: int, source: object) -> None:
    """Refuse a table that is too wide."""
    if width > WIDEST:
        raise InputError(
            f"at most {WIDEST:,} columns", f"{width:,} in {source}", "some of them, or the table on its side"
        )


def drop_far(frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """A table without moments and durations that Python can't hold, and what is to be said of them."""
    import polars as pl

    notes = []
    for name, dtype in frame.schema.items():
        unit: float | None = 1 / DAY if isinstance(dtype, pl.Date) else None
        if isinstance(dtype, pl.Datetime | pl.Duration):
            unit = UNITS.get(dtype.time_unit)
        if unit is None:
            continue
        low, high = (-LONGEST, LONGEST) if isinstance(dtype, pl.Duration) else SECONDS
        low, high = max(int(low * unit), -FARTHEST), min(int(high * unit), FARTHEST)
        there = frame[name].to_physical().cast(pl.Int64).is_between(low, high)
        if far := int((~there).sum()):
            frame = frame.with_columns(pl.when(there).then(pl.col(name)).alias(name))
            notes.append(f"{far:,} of the times in {quote([name])} can not be held and are taken for missing.")
    return frame, tuple(notes)


def build(columns: Mapping[str, Sequence[Any]]) -> pl.DataFrame:
    """A table of Python's values, each column by what is in it."""
    import polars as pl

    # Half of a sign that UTF-16 writes as two is no name.
    named = {spell(name): values for name, values in columns.items()}
    return pl.DataFrame([build_column(name, values) for name, values in named.items()])


def build_column(name: str, values: Sequence[Any]) -> pl.Series:
    """Numbers, truth values, words or lists as they are; what is mixed as the words that would be written."""
    import polars as pl

    kinds = {type(value) for value in values} - {type(None)}
    if not kinds:
        return pl.Series(name, values, pl.Null)
    try:
        if kinds == {bool}:
            return pl.Series(name, values, pl.Boolean)
        if kinds == {int}:
            return pl.Series(name, values, pl.Int64)
        if kinds <= {int, float}:
            return pl.Series(name, [None if value is None else float(value) for value in values], pl.Float64)
        if kinds == {str}:
            return pl.Series(name, values, pl.String)
        if kinds == {bytes}:
            return pl.Series(name, values, pl.Binary)
        if kinds == {list} and (inner := _build_lists(name, values)) is not None:
            return inner
    # A whole number that has no place in 64 bits, or half of a sign that UTF-16 writes as two.
    except (OverflowError, TypeError, UnicodeEncodeError, pl.exceptions.PolarsError):
        pass
    return pl.Series(name, [None if value is None else spell(value) for value in values], pl.String)


def _build_lists(name: str, values: Sequence[Any]) -> pl.Series | None:
    """Lists of values that are alike; None where they are not."""
    import polars as pl

    inside = {type(one) for value in values if value is not None for one in value} - {type(None)}
    if inside == {list} and any(map(_is_deep, values)):
        return None
    if inside <= {int, float} or len(inside) == 1:
        if inside == {int, float}:
            values = [None if v is None else [None if x is None else float(x) for x in v] for v in values]
        return pl.Series(name, values, strict=True)
    return None


def _is_deep(value: Any) -> bool:
    """Whether lists lie too deep inside of each other, for which polars takes ever longer."""
    layer = [value]
    for _ in range(DEEPEST):
        layer = [inner for outer in layer if isinstance(outer, list) for inner in outer]
    return any(isinstance(inner, list) for inner in layer)


def spell(value: Any) -> str:
    """A value as it would be written."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    try:
        return json.dumps(value, ensure_ascii=False).encode(errors="replace").decode()
    except RecursionError:
        return "(nested too deeply)"


def flatten(frame: pl.DataFrame) -> pl.DataFrame:
    """Without structs: their fields are columns, by their path; bytes that are UTF-8 are words."""
    import polars as pl

    while any(isinstance(kind, pl.Struct) for kind in frame.dtypes):
        parts: list[pl.Series] = []
        for column in frame:
            if isinstance(column.dtype, pl.Struct):
                parts += [
                    column.struct.field(field.name).alias(f"{column.name}.{field.name}")
                    for field in column.dtype.fields
                ]
            else:
                parts.append(column)
        frame = pl.DataFrame(parts)
    return frame.select(_plain(column) for column in frame)


def _plain(column: pl.Series) -> pl.Series:
    import polars as pl

    kind = column.dtype
    if kind == pl.Binary:
        try:
            return column.cast(pl.String)
        except pl.exceptions.PolarsError:
            return column
    if isinstance(kind, pl.Categorical | pl.Enum):
        return column.cast(pl.String)
    if str(kind) in ("Float16", "Int128", "UInt128"):
        return column.cast(pl.Float64)
    return column


def stack(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One below the other: columns that some lack have gaps there, and types that differ become words."""
    import polars as pl

    kinds: dict[str, list[Any]] = {}
    for frame in frames:
        for name, kind in frame.schema.items():
            if kind != pl.Null:
                kinds.setdefault(name, []).append(kind)
    wanted = {name: _join_kinds(found) for name, found in kinds.items()}
    alike = []
    for frame in frames:
        # Asking a frame for its schema takes as long as it is wide.
        odd = [name for name, kind in frame.schema.items() if name in wanted and kind != wanted[name]]
        alike.append(frame.with_columns(_cast(frame[name], wanted[name]) for name in odd) if odd else frame)
    if all(frame.columns == alike[0].columns for frame in alike[1:]):
        return pl.concat(alike, rechunk=False)
    return pl.concat(alike, how="diagonal_relaxed", rechunk=False)


def _join_kinds(found: Sequence[Any]) -> Any:
    import polars as pl

    if all(kind == found[0] for kind in found):
        return found[0]
    if all(kind.is_integer() for kind in found):
        return pl.Int64
    if all(kind.is_numeric() for kind in found):
        return pl.Float64
    return pl.String


def _cast(column: pl.Series, kind: Any) -> pl.Series:
    import polars as pl

    if kind == pl.String and column.dtype.is_nested():
        return pl.Series(
            column.name, [None if value is None else spell(value) for value in column.to_list()], pl.String
        )
    return column.cast(kind, strict=False)
