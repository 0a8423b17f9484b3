"""Recognition: what a file is by what is in it, and its reading."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kellet.data.content import Content, Documents, Rows
from kellet.data.formats.columnar import read_arrow, read_parquet
from kellet.data.formats.databases import MAGIC, read_database
from kellet.data.formats.delimited import ENDINGS, read_delimited
from kellet.data.formats.packing import Opened, open_file
from kellet.data.formats.records import is_json, read_records
from kellet.data.formats.stacking import stack_documents, stack_rows
from kellet.data.formats.texts import read_text, sniff
from kellet.data.formats.workbooks import is_workbook, read_workbook
from kellet.errors import InputError

JSON = (".json", ".jsonl", ".ndjson", ".geojson")
FOREIGN = (b"%PDF", b"{\\rtf", b"\x7fELF", b"MZ\x90\0", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x93NUMPY")
"""How files begin that hold neither."""


def read_files(found: Sequence[Path], part: str | None, folder: Path) -> Content:
    """What some files hold together.  part: of each, that is meant.  folder: where they lie."""
    if len(found) == 1:
        return read_file(found[0], part)
    sizes = [max(1, file.stat().st_size) for file in found]
    contents = [read_file(file, part, size / sum(sizes)) for file, size in zip(found, sizes, strict=True)]
    first: dict[type, Path] = {}
    for path, one in zip(found, contents, strict=True):
        first.setdefault(type(one), path)
    if len(first) > 1:
        got = " and ".join(f"{kind.__name__.lower()} in {path}" for kind, path in first.items())
        raise InputError("files of one kind", got, f"one of them, or a glob such as '{folder}/*{found[0].suffix}'")
    if Rows in first:
        return stack_rows(found, [one for one in contents if isinstance(one, Rows)], folder)
    return stack_documents([one for one in contents if isinstance(one, Documents)])


def read_file(path: Path, part: str | None = None, share: float = 1.0) -> Content:
    """What one file holds.  share: of what can be held in memory that is this file's."""
    with open_file(path, part) as opened:
        if not opened.head:
            raise InputError("a file with something in it", f"{path}, which is empty", "another file")
        head = opened.head
        if head.startswith(b"PAR1"):
            return read_parquet(opened, share)
        if head.startswith((b"ARROW1", b"FEA1", b"\xff\xff\xff\xff")) or opened.ending == ".arrow":
            return read_arrow(opened, share)
        if head.startswith(MAGIC):
            return read_database(opened, share)
        if is_workbook(opened):
            return read_workbook(opened)
        if head.startswith(b"version https://git-lfs"):
            raise InputError("the data themselves", f"{path}, which Git LFS keeps elsewhere", "git lfs pull")
        if head.startswith(FOREIGN):
            raise InputError("a table, a text or pictures", f"{path}, which is none", "saving it as CSV or plain text")
        return _read_written(opened, share)


def _read_written(opened: Opened, share: float) -> Content:
    """A file of text: JSON, a table, or documents."""
    start = sniff(opened)
    if start is None:
        raise InputError("a table, a text or pictures", f"{opened.path}, which is none that is known", "CSV or Parquet")
    if opened.ending in JSON:
        return read_records(opened, share)
    if opened.ending not in ENDINGS and is_json(start):
        # A song may begin with [1], and a log with [2020: what is no JSON then is something else.
        try:
            return read_records(opened, share)
        except InputError:
            pass
    elif (rows := read_delimited(opened, opened.ending not in ENDINGS, share)) is not None:
        return rows
    elif opened.ending in ENDINGS:
        raise InputError("a table with rows and columns", f"{opened.path}, which has blank lines only", "another file")
    with open_file(opened.path, opened.part) as again:
        return read_text(again)
