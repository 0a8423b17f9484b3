"""The door of the room: whatever people have, as rows, documents or pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from kellet.data import files
from kellet.data.content import Content, Rows
from kellet.data.formats.choice import read_selection
from kellet.data.formats.folders import Selection
from kellet.errors import InputError


def read(path: str) -> Content:
    """What a path holds: rows, documents or pictures, by what its files are and not by their names alone.

    path: a file, a folder of files of one kind, or a glob; ``PATH::PART`` for a table of a database, a member of an
    archive, a sheet of a workbook.  It is read once, as long as the files stay as they are.
    """
    chosen = files.locate(path)
    return _read(_Choice(files.make_absolute(path), path, chosen), files.stamp(chosen.files))


def read_rows(path: str) -> Rows:
    """The table behind a path; an InputError where it is none."""
    found = read(path)
    if not isinstance(found, Rows):
        raise InputError("a table", f"{path}, which is none", "a file of CSV, JSON or Parquet")
    return found


@dataclass(frozen=True)
class _Choice:
    """What is to be read; the same under whatever path it is asked for."""

    absolute: str
    path: str = field(compare=False)
    selection: Selection = field(compare=False)


@lru_cache(maxsize=2)
def _read(choice: _Choice, stamps: tuple[files.Stamp, ...]) -> Content:
    """Once a process, as long as the files stay as they are."""
    return read_selection(choice.selection, Path(files.divide(choice.path)[0]))
