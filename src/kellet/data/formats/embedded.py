"""Embedded: pictures that are values of a table's column, as `datasets` keeps them in Parquet and Arrow."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

from kellet.data.content import Album, Rows
from kellet.data.formats.pictures import begins_picture, classify, gather
from kellet.data.formats.pixels import decode
from kellet.errors import InputError

if TYPE_CHECKING:
    import polars as pl


def name_classes(rows: Rows, classes: dict[str, tuple[str, ...]]) -> Rows:
    """The table with the names of classes in place of their codes; codes without a name are gaps."""
    import polars as pl

    there = [column for column in classes if column in rows.frame.columns and rows.frame[column].dtype.is_integer()]
    named = [
        pl.col(column).replace_strict(
            list(range(len(classes[column]))), list(classes[column]), default=None, return_dtype=pl.String
        )
        for column in there
    ]
    read = tuple(f"{column!r} by the names of its classes" for column in there)
    return replace(rows, frame=rows.frame.with_columns(named), read=(*rows.read, *read))


def unfold_pictures(rows: Rows) -> Rows | Album:
    """The pictures of a table that has a column of them, with their classes; else the table as it is."""
    import polars as pl

    columns = {name: found for name in rows.frame.columns if (found := _packed(rows.frame[name])) is not None}
    if not columns:
        return rows
    name, packed = next(iter(columns.items()))
    if len(columns) > 1:
        raise InputError("one column of pictures", " and ".join(map(repr, columns)), f"a table with {name!r} alone")
    there = packed.is_not_null()
    album = gather(
        (f"row {i + 1:,} of {name!r}", decode(io.BytesIO(raw), name)) for i, raw in enumerate(packed) if raw is not None
    )
    notes = (*rows.notes, *album.notes)
    if gaps := len(packed) - int(there.sum()):
        notes = (*notes, f"{gaps:,} rows without a picture are left out.")
    album = replace(album, read=(*rows.read, f"pictures from the column {name!r}", *album.read), notes=notes)
    others = rows.frame.drop(name).filter(there)
    chosen = _find_label(others)
    if chosen is not None:
        labels = others[chosen].cast(pl.String).fill_null("(missing)").to_numpy().astype(str)
        album = classify(replace(album, read=(*album.read, f"classes from {chosen!r}")), labels)
    if left := [column for column in others.columns if column != chosen]:
        album = replace(album, notes=(*album.notes, f"Left out beside the pictures: {', '.join(left)}."))
    return album


def _packed(column: pl.Series) -> pl.Series | None:
    """The bytes of pictures in a column of bytes, or of {bytes, path}; None where it has none."""
    import polars as pl

    if isinstance(column.dtype, pl.Struct) and {"bytes", "path"} >= {f.name for f in column.dtype.fields} >= {"bytes"}:
        column = column.struct.field("bytes")
    if column.dtype != pl.Binary:
        return None
    first = column.drop_nulls().head(1).to_list()
    return column if first and begins_picture(first[0][:16]) else None


def _find_label(frame: pl.DataFrame) -> str | None:
    """The column of classes beside pictures: the one that is called so, or else the only one that may be."""
    import polars as pl

    fit = [
        name for name in frame.columns if frame[name].dtype.is_integer() or frame[name].dtype in (pl.String, pl.Boolean)
    ]
    named = [name for name in fit if name.lower() in ("label", "labels", "class", "target", "y", "fine_label")]
    return named[0] if named else fit[0] if len(fit) == 1 else None
