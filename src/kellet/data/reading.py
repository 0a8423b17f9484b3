"""The door of the room: whatever people have, as rows, documents or pictures."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from kellet.data import files
from kellet.data.content import Content, Rows
from kellet.data.formats.recognition import read_files
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


@lru_cache(maxsize=2)
def _read(path: str, stamps: tuple[files.Stamp, ...]) -> Content:
    """Once a process, as long as the files stay as they are."""
    place, part = files.divide(path)
    return read_files(files.files(path), part, Path(place))
