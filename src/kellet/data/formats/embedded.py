"""Embedded: pictures that are values of a table's column, as `datasets` keeps them in Parquet and Arrow."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kellet.data.content import Album, Rows
from kellet.data.formats.folders import Classes, find_classes
from kellet.data.formats.pictures import begins_picture, classify, gather
from kellet.data.formats.pixels import decode
from kellet.errors import InputError, quote

if TYPE_CHECKING:
    import polars as pl

LEAST, LONGEST = 12, 2**24
"""Bytes of a Parquet file, and of the footer that is looked into."""


def name_classes(rows: Rows, classes: Classes) -> Rows:
    """The table with the names of classes in place of their codes; codes without a name are gaps."""
    import polars as pl

    there = {c: names for c, names in classes if c in rows.frame.columns and rows.frame[c].dtype.is_integer()}
    named = [
        pl.col(column).replace_strict(list(range(len(names))), list(names), default=None, return_dtype=pl.String)
        for column, names in there.items()
    ]
    read = tuple(f"{column!r} by the names of its classes" for column in there)
    return replace(rows, frame=rows.frame.with_columns(named), read=(*rows.read, *read))


def find_parquet_classes(path: Path) -> Classes:
    """The names of classes, where `datasets` wrote them into the footer of a Parquet file."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        if size < LEAST:
            return ()
        stream.seek(size - 8)
        length, mark = struct.unpack("<I4s", stream.read(8))
        if mark != b"PAR1" or length > min(size - 8, LONGEST):
            return ()
        stream.seek(size - 8 - length)
        footer = stream.read(length)
    _, _, told = footer.partition(b"huggingface")
    start = told.find(b'{"info"')
    try:
        found, _ = json.JSONDecoder().raw_decode(told[start:].decode(errors="replace")) if start >= 0 else ({}, 0)
        return find_classes(found["info"].get("features")) if found else ()
    except (ValueError, AttributeError, RecursionError):
        return ()


def unfold_pictures(rows: Rows) -> Rows | Album:
    """The pictures of a table that has a column of them, with their classes; else the table as it is."""
    import polars as pl

    columns = [name for name in rows.frame.columns if _are_pictures(rows.frame[name])]
    if not columns:
        return rows
    column = columns[0]
    name, packed = column.removesuffix(".bytes"), rows.frame[column]
    if len(columns) > 1:
        raise InputError("one column of pictures", quote(columns), f'a table with "{column}" alone')
    there = packed.is_not_null()
    album = gather(
        (f"row {i + 1:,} of {name!r}", decode(io.BytesIO(raw), name)) for i, raw in enumerate(packed) if raw is not None
    )
    notes = (*rows.notes, *album.notes)
    if gaps := len(packed) - int(there.sum()):
        notes = (*notes, f"{gaps:,} rows without a picture are left out.")
    album = replace(album, read=(*rows.read, f"pictures from the column {name!r}", *album.read), notes=notes)
    others = rows.frame.drop(column, f"{name}.path", strict=False).filter(there)
    chosen = _find_label(others)
    if chosen is not None:
        labels = others[chosen].cast(pl.String).fill_null("(missing)").to_numpy().astype(str)
        album = classify(replace(album, read=(*album.read, f"classes from {chosen!r}")), labels)
    if left := [other for other in others.columns if other != chosen]:
        album = replace(album, notes=(*album.notes, f"Left out beside the pictures: {', '.join(left)}."))
    return album


def _are_pictures(column: pl.Series) -> bool:
    """Whether a column holds the bytes of pictures."""
    import polars as pl

    first = column.drop_nulls().head(1).to_list() if column.dtype == pl.Binary else []
    return bool(first) and begins_picture(first[0][:16])


def _find_label(frame: pl.DataFrame) -> str | None:
    """The column of classes beside pictures: the one that is called so, or else the only one that may be."""
    import polars as pl

    fit = [
        name for name in frame.columns if frame[name].dtype.is_integer() or frame[name].dtype in (pl.String, pl.Boolean)
    ]
    named = [name for name in fit if name.lower() in ("label", "labels", "class", "target", "y", "fine_label")]
    return named[0] if named else fit[0] if len(fit) == 1 else None
