"""The door of the room: whatever people have, as rows, documents or pictures."""

from __future__ import annotations

from kellet.data import files
from kellet.data.content import Content, Documents, Rows


def read_rows(path: str) -> Rows:
    """The table behind a path; a CSV file has words only."""
    import polars as pl

    return Rows(files.read_table(path).cast(pl.String))


def read(path: str) -> Content:
    """What a path holds."""
    if files.is_text(path):
        found = files.files(path)
        return Documents(tuple(files.decode(file) for file in found), tuple(file.name for file in found))
    return Rows(files.read_table(path))
