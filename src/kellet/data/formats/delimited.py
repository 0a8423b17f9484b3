"""Tables that are written as text: CSV and its relatives."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from kellet.data.content import Rows
from kellet.data.formats.columns import require_width
from kellet.data.formats.encodings import Text, cut_blocks
from kellet.data.formats.headers import Record
from kellet.data.formats.layout import Layout, find_layout, split_records
from kellet.data.formats.numbers import normalise
from kellet.data.formats.packing import Opened
from kellet.data.formats.sampling import Sample, count_rows, describe_sample
from kellet.errors import InputError

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".csv", ".tsv", ".tab", ".psv")
"""Names that say that a file is a table, even of one column."""


LOOKED = 1 << 20
"""Signs that the layout is seen from, where they are lines enough."""
WIDE = 2000
"""Columns from which on each of them costs polars more than its few rows cost Python."""


@dataclass
class Reader:
    """Rows of a layout, block by block, and what was odd among them.

    long, short: how many rows had more fields than there are columns, or less.  where: the first line of each kind.
    """

    layout: Layout
    sample: Sample
    line: int
    name: str
    odd: dict[str, int] = field(default_factory=dict)
    where: dict[str, int] = field(default_factory=dict)

    def add(self, block: str) -> None:
        """Read a block that begins and ends between rows."""
        if not self._add_regular(block):
            self._add_odd(block)
        self.line += block.count("\n")

    def _add_regular(self, block: str) -> bool:
        """By polars, where nothing is quoted and each line has as many separators as it should."""
        layout = self.layout
        if layout.separator in ("", " ") or layout.quote in block or (layout.comments and "#" in block):
            return False
        if layout.width > WIDE:
            return False
        text = block if block.endswith("\n") else f"{block}\n"
        height = text.count("\n")
        if layout.width < 2 or text.count(layout.separator) != height * (layout.width - 1):
            return False
        places, drawn = self.sample.choose(height)
        if len(places) < height:
            lines = text.split("\n")
            text = "\n".join([lines[i] for i in places]) + "\n"
        frame = _parse(text, layout)
        if frame is None or frame.height != len(places):
            self.sample.seen -= height
            return False
        self.sample.add(frame, drawn)
        return True

    def _add_odd(self, block: str) -> None:
        rows, row = [], [""]
        quote = self.layout.quote
        try:
            for row, end in split_records(io.StringIO(block, newline="\n"), self.layout.separator, quote):
                if (found := self._fit(row, self.line + end)) is not None:
                    rows.append(found)
        except csv.Error as error:
            raise InputError("fields of a table", f"line {self.line}: {error}", "looking at that line") from None
        if row and "\n" in row[-1] and block.count(quote) % 2:
            line = self.line + block.rstrip("\n").count("\n") + 1 - row[-1].count("\n")
            got = f"one that never closes, at line {line:,} of {self.name}"
            raise InputError(f"a second {quote} for each one", got, "mending that line")
        places, drawn = self.sample.choose(len(rows))
        chosen = rows if len(places) == len(rows) else [rows[i] for i in places]
        self.sample.add(_build(chosen, self.layout.width), drawn)

    def _fit(self, row: Record, line: int) -> Record | None:
        """The row with as many fields as there are columns, or None if it is none."""
        width = self.layout.width
        if width == 1 and not any(row):
            # The only column has no value there; blank lines at the end are none of it.
            return [""]
        if not any(row) or (self.layout.comments and row[0].startswith("#")):
            return None
        if len(row) == width or (len(row) > width and not any(row[width:])):
            return row[:width]
        if len(row) > width:
            self._count("long", line)
        elif width > 2 and sum(map(bool, row)) == 1:
            self._count("lone", line)
        else:
            self._count("short", line)
            return row + [""] * (width - len(row))
        return None

    def _count(self, kind: str, line: int) -> None:
        self.odd[kind] = self.odd.get(kind, 0) + 1
        self.where.setdefault(kind, line)

    def take(self) -> pl.DataFrame:
        """All rows, with the names of the columns."""
        frame = self.sample.take()
        frame.columns = list(self.layout.names)
        return frame

    def notes(self) -> Iterator[str]:
        """Sentences about what was odd."""
        meaning = {
            "long": "had more fields than there are columns and {were} left out",
            "lone": "had a single field and {were} left out",
            "short": "ended early: what {they} lack{s} is missing",
        }
        for kind, text in meaning.items():
            if n := self.odd.get(kind):
                many = {"were": "were", "they": "they", "s": ""} if n > 1 else {"were": "was", "they": "it", "s": "s"}
                yield f"{n:,} {'rows' if n > 1 else 'row'} {text.format(**many)} (first at line {self.where[kind]:,})"


def read_delimited(opened: Opened, only_plain: bool, share: float = 1.0) -> Rows | None:
    """The table, or None where it is none.

    only_plain: whether it must show by itself that it is one.  share: of what can be held that is this file's.
    """
    text = Text(opened.stream, str(opened.path))  # type: ignore[arg-type]
    blocks = text.blocks()
    first = next(blocks, "")
    second = next(blocks, None)
    csv.field_size_limit(1 << 26)
    start = first[: LOOKED if first.count("\n", 0, LOOKED) > 100 else 4 * LOOKED]
    layout = find_layout(start, second is None and len(start) == len(first), not only_plain)
    if layout is None:
        return None
    require_width(layout.width, opened.path)
    later = chain([first], [] if second is None else [second], blocks)
    reader = None
    for text_block in cut_blocks(later, layout.quote if layout.separator != "" else "", str(opened.path)):
        block = text_block
        if reader is None:
            size = len(block) / max(1, block.count("\n"))
            reader = Reader(
                layout, Sample(max(1, int(share * count_rows(layout.width, size)))), layout.skip, str(opened.path)
            )
            block = block[_find_line(block, layout.skip) :]
        if block:
            reader.add(block)
    return _finish(opened, text, layout, reader)


def _finish(opened: Opened, text: Text, layout: Layout, reader: Reader | None) -> Rows:
    frame, again = _drop_rows(reader.take(), layout) if reader and reader.sample.seen else (None, [])
    if reader is None or frame is None or frame.height == 0:
        got = f"{opened.path}: 0 rows, {layout.width} columns"
        raise InputError("a table with rows and columns", got, "another file")
    notes = [*reader.notes(), *again]
    if layout.preamble:
        lines = "lines" if layout.preamble > 1 else "line"
        notes.insert(0, f"{layout.preamble} {lines} above the names of the columns left out")
    if text.zeros:
        notes.append(f"{text.zeros:,} NUL bytes dropped")
    height = reader.sample.seen if reader.sample.seen > reader.sample.most else None
    if height is not None:
        notes.append(describe_sample(frame.height, height))
    frame, said = normalise(frame, comma=layout.separator not in (",", ""))
    encoding = (text.encoding,) if text.encoding else ()
    read = (*opened.read, *encoding, *layout.said, *said)
    return Rows(frame, read, tuple(notes), height)


def _find_line(text: str, n: int) -> int:
    """Where line n begins, the first being 0."""
    place = 0
    for _ in range(n):
        place = text.find("\n", place) + 1
        if place == 0:
            return len(text)
    return place


def _parse(text: str, layout: Layout) -> pl.DataFrame | None:
    """Lines without quotes, as words without spaces around them; None where they are no table."""
    import polars as pl

    names = [str(j) for j in range(layout.width)]
    try:
        frame = pl.read_csv(
            io.BytesIO(text.encode()),
            separator=layout.separator,
            has_header=False,
            new_columns=names,
            quote_char=None,
            infer_schema=False,
            schema_overrides=dict.fromkeys(names, pl.String),
        )
    except pl.exceptions.PolarsError:
        return None
    beside = (layout.separator, "\n")
    if text.isascii() and not any(
        f"{b} " in text or f" {b}" in text or f"\t{b}" in text or f"{b}\t" in text for b in beside
    ):
        return frame
    words = pl.all().str.strip_chars()
    return frame.select(pl.when(words.str.len_bytes() > 0).then(words))


def _build(rows: list[Record], width: int) -> pl.DataFrame:
    import polars as pl

    columns = zip(*rows, strict=True) if rows else ((),) * width
    return pl.DataFrame([pl.Series(str(j), [w or None for w in words], pl.String) for j, words in enumerate(columns)])


def _drop_rows(frame: pl.DataFrame, layout: Layout) -> tuple[pl.DataFrame, list[str]]:
    """Without rows in which nothing stands or that repeat the names, and columns that have neither name nor value."""
    import polars as pl

    notes = []
    gaps = frame.null_count().row(0)
    unnamed = [name for name, told in zip(frame.columns, layout.header or [""] * frame.width, strict=False) if not told]
    bare = [name for name, n in zip(frame.columns, gaps, strict=True) if n == frame.height and name in unnamed]
    if frame.width == 1:
        told = frame.to_series().is_not_null().arg_true()
        frame = frame.head(told[-1] + 1 if len(told) else 0)
    elif all(gaps):
        frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    if layout.header and (frame.to_series(0) == layout.header[0]).any() and len(layout.header) == frame.width:
        same = [
            pl.col(name).eq_missing(pl.lit(told or None))
            for name, told in zip(frame.columns, layout.header, strict=True)
        ]
        height = frame.height
        frame = frame.filter(~pl.all_horizontal(same))
        if n := height - frame.height:
            rows = f"{n:,} rows repeated the names and were" if n > 1 else "1 row repeated the names and was"
            notes.append(f"{rows} left out")
    return frame.drop(bare), notes
