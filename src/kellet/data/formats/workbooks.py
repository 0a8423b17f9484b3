"""Workbooks: the sheets of Excel and OpenDocument files."""

from __future__ import annotations

from kellet.data.content import Rows
from kellet.data.formats.columnar import explain
from kellet.data.formats.columns import flatten
from kellet.data.formats.headers import name_columns
from kellet.data.formats.packing import Opened
from kellet.errors import InputError, extra, quote

OLD = b"\xd0\xcf\x11\xe0"
"""How files of Office before 2007 begin."""


def is_workbook(opened: Opened) -> bool:
    """Whether it is a workbook, by what is in it."""
    if opened.head.startswith(OLD):
        return opened.ending in (".xls", ".xlt", "")
    marks = (b"xl/workbook", b"xl/worksheets", b"xl/_rels", b"opendocument.spreadsheet")
    if not opened.head.startswith(b"PK\x03\x04"):
        return False
    return opened.ending in (".xlsx", ".xlsm", ".xlsb", ".ods") or any(mark in opened.head for mark in marks)


def read_workbook(opened: Opened) -> Rows:
    """A sheet: the only one with something in it, or the one that is named by ``PATH::SHEET``."""
    try:
        import fastexcel
    except ImportError:
        expected = "the package fastexcel for workbooks"
        raise InputError(
            expected, f"none installed, for {opened.path}", f"{extra('excel')}, or saving it as CSV"
        ) from None
    import polars as pl

    with explain(opened.path, "a workbook"):
        book = fastexcel.read_excel(opened.take())
        name = opened.part
        if name is not None and name not in book.sheet_names:
            expected = f"one of the sheets {quote(book.sheet_names)} in {opened.path}"
            raise InputError(expected, f'"{name}"', f"{opened.path}::{book.sheet_names[0]}")
        names = (
            [name] if name is not None else [n for n in book.sheet_names if book.load_sheet(n, header_row=None).height]
        )
        if len(names) != 1:
            got = f"{len(names)} in {opened.path}: {quote(names)}" if names else f"{opened.path}, where all are empty"
            attempt = f"{opened.path}::{names[0]}" if names else "another file"
            raise InputError("one sheet in a workbook, or which one is meant", got, attempt)
        frame = book.load_sheet(names[0]).to_polars()
    if frame.height == 0 or frame.width == 0:
        got = f"{opened.path}: {frame.height} rows, {frame.width} columns"
        raise InputError("a table with rows and columns", got, "another file")
    titles = ["" if title.startswith("__UNNAMED__") else title for title in frame.columns]
    frame.columns = list(name_columns(titles))
    # A spreadsheet has no whole numbers of its own.
    whole = [
        c.name
        for c in frame
        if c.dtype.is_float() and c.is_finite().all() and (c == c.round()).all() and c.abs().max() < 2**53
    ]
    frame = frame.with_columns(pl.col(whole).cast(pl.Int64)) if whole else frame
    return Rows(flatten(frame), (*opened.read, f'the sheet "{names[0]}"'))
