"""Workbooks: the sheets of Excel and OpenDocument files."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kellet.data.content import Rows
from kellet.data.formats.columns import flatten
from kellet.data.formats.headers import name_columns
from kellet.data.formats.packing import DAMAGE, LARGEST, RATIO, Opened
from kellet.errors import InputError, extra, quote
from kellet.memory import budget, spell

if TYPE_CHECKING:
    import polars as pl

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
    import polars as pl

    if find_spec("fastexcel") is None:
        got, attempt = f"none installed, for {opened.path}", f"{extra('excel')}, or saving it as CSV"
        raise InputError("the package fastexcel for workbooks", got, attempt)
    told, name, frame = _read_aside(opened)
    if name not in told:
        raise InputError(f"one of the sheets {quote(told)} in {opened.path}", f'"{name}"', f"{opened.path}::{told[0]}")
    if frame.height == 0 or frame.width == 0:
        got = f"{opened.path}: {frame.height} rows, {frame.width} columns"
        raise InputError("a table with rows and columns", got, "another file")
    titles = ["" if title.startswith("__UNNAMED__") else title for title in frame.columns]
    frame.columns = list(name_columns(titles))
    # A spreadsheet has no whole numbers of its own.
    whole = [
        c.name
        for c in frame
        if c.dtype.is_float() and c.is_finite().all() and (c == c.round()).all() and (c.abs() < 2**53).all()
    ]
    frame = frame.with_columns(pl.col(whole).cast(pl.Int64)) if whole else frame
    return Rows(flatten(frame), (*opened.read, f'the sheet "{name}"'))


def _read_aside(opened: Opened) -> tuple[list[str], str, pl.DataFrame]:
    """Names of all sheets, that of the one that is meant, and what is in it, as far as there is such a sheet."""
    import polars as pl

    raw, most = opened.take(), budget() // 4
    _require_size(raw, opened)
    command = [sys.executable, "-P", str(Path(__file__).with_name("sheet.py")), str(most), opened.part or ""]
    found = subprocess.run(command, input=raw, capture_output=True, check=False)
    line, _, table = found.stdout.partition(b"\n")
    told: dict[str, Any] = (
        json.loads(line) if line else {"wrong": f"more than {spell(most)} to be held at once, or a broken reader"}
    )
    if wrong := told.get("wrong"):
        got = f"{opened.path}: {wrong.splitlines()[0][:200]}"
        raise InputError("a workbook that can be read", got, "saving it again, or another format")
    if len(meant := told["meant"]) != 1:
        got = f"{len(meant)} in {opened.path}: {quote(meant)}" if meant else f"{opened.path}, where all are empty"
        attempt = f"{opened.path}::{meant[0]}" if meant else "another file"
        raise InputError("one sheet in a workbook, or which one is meant", got, attempt)
    return told["sheets"], meant[0], pl.read_ipc_stream(table) if table else pl.DataFrame()


def _require_size(raw: bytes, opened: Opened) -> None:
    """Refuse a workbook, a zip file mostly, that says of itself that it unpacks to more than any does."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as box:
            inside = sum(member.file_size for member in box.infolist())
    except DAMAGE:
        return
    if inside > (most := max(LARGEST, RATIO * len(raw))):
        raise InputError(
            f"a workbook of at most {most:,} bytes inside", f"{inside:,} in {opened.path}", "saving it as CSV"
        )
