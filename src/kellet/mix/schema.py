"""Schema: the columns that all inputs have, and what each holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any

from kellet.data.formats.columns import spell
from kellet.errors import InputError

if TYPE_CHECKING:
    import polars as pl

OWN = "_kellet_"
"""How the names of columns begin that a mix adds: they are no content."""
Schema = Mapping[str, "pl.DataType"]


def select_content(schema: Schema) -> dict[str, pl.DataType]:
    """Without the columns of an earlier mix."""
    return {name: kind for name, kind in schema.items() if not name.startswith(OWN)}


def widen(first: Schema, second: Schema) -> dict[str, pl.DataType]:
    """The schema of one input after another part of it: what a part lacks is missing there, and what differs are words.

    >>> import polars as pl
    >>> widen({"a": pl.Int64(), "b": pl.Null()}, {"a": pl.Float64(), "c": pl.String()})
    {'a': Float64, 'b': Null, 'c': String}
    """
    import polars as pl

    both = {**second, **first}
    names = [*first, *(name for name in second if name not in first)]
    return {
        name: _join(first[name], second[name]) or pl.String() if name in first and name in second else both[name]
        for name in names
    }


def unite(schemas: Mapping[str, Schema]) -> dict[str, pl.DataType]:
    """The one schema of all inputs, by their names; bad input where they differ."""

    def agree(one: tuple[str, Schema], other: tuple[str, Schema]) -> tuple[str, Schema]:
        joined = {
            name: found for name, kind in one[1].items() if name in other[1] and (found := _join(kind, other[1][name]))
        }
        if not len(joined) == len(one[1]) == len(other[1]):
            shown = [
                f"{', '.join(f'{name}: {kind}' for name, kind in schema.items() if name not in joined) or 'no more'}"
                f" in {where}"
                for where, schema in (one, other)
            ]
            raise InputError(
                "inputs with the same columns", " but ".join(shown), "renaming, dropping or casting what differs"
            )
        return one[0], joined

    return dict(reduce(agree, schemas.items())[1])


def conform(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """A part of an input in that schema."""
    import polars as pl

    return pl.DataFrame(
        [
            _cast(frame[name], kind)
            if name in frame.columns
            else pl.Series(name, [None], kind).new_from_index(0, frame.height)
            for name, kind in schema.items()
        ]
    )  # fmt: skip


def require_json(schema: Schema) -> None:
    """Bad input where JSON has no way to write what a column holds, so that it would be read as something else."""
    import polars as pl

    for name, kind in schema.items():
        if any(inner.is_temporal() or inner.is_decimal() or inner == pl.Binary for inner in _look_inside(kind)):
            raise InputError("columns that JSON lines can hold", f'"{name}" of {kind}', "--format parquet")


def parse_kind(told: str) -> pl.DataType:
    """A kind of column from its name; words, where it has none that is known.

    >>> parse_kind("List(Struct({'role': String, 'n': Int64}))")
    List(Struct({'role': String, 'n': Int64}))
    >>> parse_kind("Datetime(time_unit='us', time_zone=None)"), parse_kind("__import__('os')")
    (Datetime(time_unit='us', time_zone=None), String)
    """
    import polars as pl

    try:
        found = _build(ast.parse(told, mode="eval").body)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return pl.String()
    return found


def _build(node: ast.expr) -> pl.DataType:
    """A name among those of Polars' kinds, and what it is of."""
    import polars as pl

    def find(name: ast.expr) -> type[pl.DataType]:
        kind = getattr(pl, name.id, None) if isinstance(name, ast.Name) else None
        if not (isinstance(kind, type) and issubclass(kind, pl.DataType)):
            raise ValueError(ast.dump(name))
        return kind

    if not isinstance(node, ast.Call):
        return find(node)()
    options = {one.arg: ast.literal_eval(one.value) for one in node.keywords if one.arg is not None}
    inner: list[Any] = []
    for one in node.args:
        if isinstance(one, ast.Dict):
            fields = zip(one.keys, one.values, strict=True)
            inner.append({str(ast.literal_eval(key)): _build(value) for key, value in fields if key})
        else:
            inner.append(_build(one))
    return find(node.func)(*inner, **options)


def _look_inside(kind: pl.DataType) -> Iterator[pl.DataType]:
    """What is no list and no record, in lists and records."""
    import polars as pl

    if isinstance(kind, pl.List | pl.Array):
        yield from _look_inside(kind.inner)  # type: ignore[arg-type]
    elif isinstance(kind, pl.Struct):
        for field in kind.fields:
            yield from _look_inside(field.dtype)  # type: ignore[arg-type]
    else:
        yield kind


def _join(first: pl.DataType, second: pl.DataType) -> pl.DataType | None:
    """What holds values of both; None where only words would."""
    import polars as pl

    if second in (first, pl.Null):
        return first
    if first == pl.Null:
        return second
    if first.is_integer() and second.is_integer():
        return pl.Int64()
    if first.is_numeric() and second.is_numeric():
        return pl.Float64()
    # Bytes that are UTF-8 are read as words, and another part of the file may have others.
    if {first, second} == {pl.Binary(), pl.String()}:
        return pl.Binary()
    if isinstance(first, pl.List) and isinstance(second, pl.List):
        inner = _join(first.inner, second.inner)  # type: ignore[arg-type]
        return pl.List(inner) if inner is not None else None
    if isinstance(first, pl.Struct) and isinstance(second, pl.Struct):
        ours, theirs = ({field.name: field.dtype for field in kind.fields} for kind in (first, second))
        return pl.Struct(widen(ours, theirs))  # type: ignore[arg-type]
    return None


def _cast(column: pl.Series, kind: pl.DataType) -> pl.Series:
    import polars as pl

    if column.dtype == kind:
        return column
    if kind == pl.String and column.dtype.is_nested():
        said = [None if value is None else spell(value) for value in column.to_list()]
        return pl.Series(column.name, said, pl.String)
    try:
        # A record with fewer fields can't be cast.
        return pl.Series(column.name, column.to_list(), kind) if kind.is_nested() else column.cast(kind)
    except pl.exceptions.PolarsError:
        got = f"{column.dtype} further down, which can't be that"
        raise InputError(f'"{column.name}" as its first rows are, {kind}', got, "casting the column") from None
