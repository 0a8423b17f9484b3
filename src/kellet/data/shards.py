"""Shards: files of any size, batch by batch, so that memory is bounded whatever they hold.

A table comes in frames, as its file has it, a text in lists of documents.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kellet.data import files, reading
from kellet.data.content import Documents, Rows
from kellet.data.documents import clean, divide
from kellet.data.formats.columnar import FIRST, explain
from kellet.data.formats.columns import flatten, require_width
from kellet.data.formats.delimited import ENDINGS, LOOKED, Reader
from kellet.data.formats.encodings import LONGEST, Text, cut_blocks
from kellet.data.formats.layout import find_layout
from kellet.data.formats.others import IN_PARTS, WHOLE
from kellet.data.formats.packing import HEAD, Opened, open_file
from kellet.data.formats.recognition import JSON
from kellet.data.formats.records import is_json, read_records
from kellet.data.formats.sampling import Sample
from kellet.data.formats.texts import sniff
from kellet.errors import InputError

if TYPE_CHECKING:
    import polars as pl

Division = Literal["paragraphs", "lines"]
LINES = (".jsonl", ".ndjson")
BYTES = 1 << 23
"""Of a table that are held at once, about."""
SEPARATORS = "\x0b\x0c\x85\u2028\u2029"
"""Line ends that few texts have."""
Shard = tuple[Path, str | None]


def find_shards(paths: Sequence[str]) -> list[Shard]:
    """The files behind paths, globs and folders, in this order, and the part that is meant of each."""
    found = [(file, chosen.part) for path in paths for chosen in (files.locate(path),) for file in chosen.files]
    if not found:
        raise InputError("files to profile", "none", "the path of a text, a table, or a glob")
    return found


def read_batches(
    shard: Shard, division: Division, columns: Sequence[str] | None = None, without: Collection[str] = ()
) -> Iterator[pl.DataFrame | list[str]]:
    """What a file holds, batch by batch.

    division: what a document of a text is.  columns: those that are wanted, if not all; others may come too.  without:
    columns that may be left out.
    """
    path, part = shard
    with open_file(path, part) as opened:
        if opened.head.startswith(b"PAR1") and not opened.packing:
            yield from _read_parquet(opened, columns, without)
            return
        kind = _recognise(opened)
        if kind == "records":
            yield from _read_records(opened)
        elif kind == "table":
            yield from _read_delimited(opened)
        elif kind == "text":
            yield from _read_text(Text(opened.stream, str(path)).blocks(), division)  # type: ignore[arg-type]
    if kind == "other":
        yield _read_whole(shard)


def measure_parquet(shard: Shard) -> tuple[pl.DataFrame, int] | None:
    """The first rows of a Parquet file and how many it has; None of any other file."""
    path, part = shard
    with open_file(path, part) as opened:
        if not opened.head.startswith(b"PAR1") or opened.packing:
            return None
        with _scan_parquet(opened) as (lazy, height), explain(path, "a Parquet file"):
            return flatten(lazy.head(FIRST).collect()), height


def choose_division(shards: Iterable[Shard]) -> Division:
    """Paragraphs, or lines where texts have few of them: as a text is divided elsewhere, by its first block."""
    seen = 0
    for path, part in islice(shards, files.FEWEST):
        with open_file(path, part) as opened:
            if _recognise(opened) != "text":
                continue
            block = next(Text(opened.stream, str(path)).blocks(), "")  # type: ignore[arg-type]
            seen += len(divide([clean(block)], "paragraphs")[0])
        if seen >= files.FEWEST:
            return "paragraphs"
    return "lines"


def _recognise(opened: Opened) -> Literal["records", "table", "text", "other"]:
    """What a file of text is, in the order of `recognition`."""
    start = sniff(opened) if opened.head else None
    if start is None or any(fits(opened.path) for fits, _ in (*WHOLE, *IN_PARTS)):
        return "other"
    if opened.ending in LINES:
        return "records"
    if opened.ending in JSON or (opened.ending not in ENDINGS and is_json(start)):
        line, _, more = start.strip("\ufeff \t\r\n").partition("\n")
        # A list of records, or one over many lines, is read as a whole.
        return "records" if more and line.startswith("{") and line.rstrip().endswith("}") else "other"
    is_table = opened.ending in ENDINGS or find_layout(start, len(opened.head) < HEAD, False) is not None
    return "table" if is_table else "text"


def _read_whole(shard: Shard) -> pl.DataFrame | list[str]:
    path, part = shard
    content = reading.read(f"{path}::{part}" if part else str(path))
    if isinstance(content, Documents):
        return list(content.texts)
    if not isinstance(content, Rows):
        raise InputError("texts or tables", f"pictures in {path}", "`kellet audit`, which looks at pictures")
    if content.height is not None:
        raise InputError(
            "a file that can be read batch by batch", f"{path}, too large for its kind", "Parquet or JSONL"
        )
    return content.frame


def _read_parquet(opened: Opened, columns: Sequence[str] | None, without: Collection[str]) -> Iterator[pl.DataFrame]:
    with _scan_parquet(opened) as (whole, height):
        with explain(opened.path, "a Parquet file"):
            # A field of a record is read with the whole record.
            roots = None if columns is None else {name.split(".")[0] for name in columns} | set(columns)
            names = [
                name for name in whole.collect_schema() if name not in without and (roots is None or name in roots)
            ]
            lazy = whole.select(names)
            first = lazy.head(FIRST).collect()
        step = max(1, int(BYTES * max(1, first.height) / max(1, first.estimated_size())))
        for start in range(0, height, step):
            with explain(opened.path, "a Parquet file"):
                frame = flatten(lazy.slice(start, step).collect())
            yield frame


@contextmanager
def _scan_parquet(opened: Opened) -> Iterator[tuple[pl.LazyFrame, int]]:
    """A file to be read in parts, and how many rows it has."""
    import polars as pl

    # Absolute, since `file:a` would be a URL; and polars takes no name that isn't UTF-8.
    path = str(opened.path.absolute())
    with opened.path.open("rb") as stream:
        source: Any = path if path.isprintable() else stream
        with explain(opened.path, "a Parquet file"):
            lazy = pl.scan_parquet(source, glob=False, hive_partitioning=False)
            require_width(len(lazy.collect_schema()), opened.path)
            height = int(lazy.select(pl.len()).collect().item())
        yield lazy, height


def _read_records(opened: Opened) -> Iterator[pl.DataFrame]:
    """JSON lines: each block is read as a file of its own."""
    text = Text(opened.stream, str(opened.path))  # type: ignore[arg-type]
    for block in _join_short(cut_blocks(text.blocks(), "", str(opened.path))):
        raw = block.encode()
        yield read_records(replace(opened, stream=io.BytesIO(raw), head=raw[:64], packing=())).frame


def _join_short(blocks: Iterator[str]) -> Iterator[str]:
    """The same text in blocks of two lines at least: a single record might be taken for a list of them."""
    held = next(blocks, "")
    for block in blocks:
        if "\n" in held.strip() and "\n" in block.strip():
            yield held
            held = block
        elif block.strip():
            held += block
    yield held


def _read_delimited(opened: Opened) -> Iterator[pl.DataFrame]:
    import polars as pl

    text = Text(opened.stream, str(opened.path))  # type: ignore[arg-type]
    blocks = text.blocks()
    first = next(blocks, "")
    layout = find_layout(first[: 4 * LOOKED], len(first) <= 4 * LOOKED, opened.ending in ENDINGS)
    if layout is None:
        raise InputError("a table with rows and columns", f"{opened.path}, which is none", "another file")
    require_width(layout.width, opened.path)
    reader = Reader(layout, Sample(sys.maxsize), layout.skip, str(opened.path))
    skip = layout.skip
    for cut in cut_blocks(chain([first], blocks), layout.quote if layout.separator else "", str(opened.path)):
        block = cut.split("\n", skip)[-1] if skip else cut
        skip = 0
        reader.add(block)
        if reader.sample.held:
            frame = reader.take()
            reader.sample = Sample(sys.maxsize)
            yield frame if layout.width == 1 else frame.filter(~pl.all_horizontal(pl.all().is_null()))


def _read_text(blocks: Iterator[str], division: Division) -> Iterator[list[str]]:
    """Documents of a text, block by block, each cut where a document ends."""
    rest = ""
    for block in blocks:
        text = rest + block
        cut = text.rfind("\n") + 1 if division == "lines" else _find_break(text)
        if not cut and len(text) > LONGEST:
            cut = text.rfind("\n") + 1 or len(text)
        yield _divide(text[:cut], division)
        rest = text[cut:]
    yield _divide(rest, division)


def _find_break(text: str) -> int:
    """Where the last paragraph begins."""
    place = len(text)
    while (place := text.rfind("\n", 0, place)) > 0:
        before = text.rfind("\n", 0, place)
        if before >= 0 and not text[before:place].strip():
            return before
    return 0


def _divide(text: str, division: Division) -> list[str]:
    if any(sign in text for sign in SEPARATORS):
        text = clean(text)
    return [part for part in divide([text], division)[0] if part.strip()]
