"""The door of the room: whatever people have, as rows, documents or pictures."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from kellet.data import files
from kellet.data.content import Album, Content, Documents, Rows
from kellet.data.formats.choice import read_selection
from kellet.errors import InputError


def read(path: str) -> Content:
    """What a path holds: rows, documents or pictures, by what its files are and not by their names alone.

    path: a file, a folder of files of one kind, or a glob; ``PATH::PART`` for a table of a database, a member of an
    archive, a sheet of a workbook.  It is read once, as long as the files stay as they are.
    """
    return _read(path, files.stamps(path))


def read_rows(path: str) -> Rows:
    """The table behind a path; an InputError where it is none."""
    found = read(path)
    if not isinstance(found, Rows):
        raise InputError("a table", f"{path}, which is none", "a file of CSV, JSON or Parquet")
    return found


def is_text(path: str) -> bool:
    """Whether the path holds text rather than a table or pictures."""
    return isinstance(read(path), Documents)


def are_pictures(path: str) -> bool:
    """Whether the path holds pictures."""
    return isinstance(read(path), Album)


@lru_cache(maxsize=2)
def _read(path: str, stamps: tuple[files.Stamp, ...]) -> Content:
    """Once a process, as long as the files stay as they are."""
    return read_selection(files.locate(path), Path(files.divide(path)[0]))
