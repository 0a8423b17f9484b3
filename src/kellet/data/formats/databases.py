"""Databases: the tables of an SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from kellet.data.content import Rows
from kellet.data.formats.columns import build
from kellet.data.formats.packing import Opened
from kellet.data.formats.sampling import Sample, count_rows, describe_sample
from kellet.errors import InputError, quote

MAGIC = b"SQLite format 3\0"
STEP, BYTES = 50_000, 2**25
"""Rows that are fetched at once, and bytes of them, about."""
LONGEST = 2**26
"""Bytes of a value."""
TURNS, TICK = 20_000_000, 1_000_000
"""Steps of SQLite's machine that a view may take, beside a hundred for each byte of the file; and between two looks."""


def read_database(opened: Opened, share: float = 1.0) -> Rows:
    """A table or view: the only one, or the one that is named by ``PATH::TABLE``."""
    with _explain(opened.path), closing(_connect(opened)) as base:
        found = base.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
            " ORDER BY name"
        )
        name = _choose([str(row[0]) for row in found], opened)
        spelt = name.replace('"', '""')
        _bound(base, opened)
        rows = base.execute(f'SELECT * FROM "{spelt}"')
        names = [column[0] for column in rows.description]
        sample = Sample(max(1, int(share * count_rows(len(names)))))
        step = 100
        while part := rows.fetchmany(step):
            size = sum(len(value) for row in part for value in row if isinstance(value, str | bytes))
            step = int(min(STEP, 1 + BYTES * len(part) // max(size, 1)))
            places, drawn = sample.choose(len(part))
            columns = zip(*(part[i] for i in places), strict=True) if len(places) else ((),) * len(names)
            sample.add(build(dict(zip(names, columns, strict=True))), drawn)
    if sample.seen == 0:
        got = f"{opened.path}::{name}: 0 rows, {len(names)} columns"
        raise InputError("a table with rows and columns", got, "another table")
    frame = sample.take()
    sampled = sample.seen > frame.height
    notes = (describe_sample(frame.height, sample.seen),) if sampled else ()
    return Rows(frame, (*opened.read, f'the table "{name}"'), notes, sample.seen if sampled else None)


def _choose(names: list[str], opened: Opened) -> str:
    if not names:
        raise InputError("a database with a table", f"{opened.path}, which has none", "another file")
    if opened.part in names:
        return opened.part
    if opened.part is not None:
        expected = f"one of the tables {quote(names)} in {opened.path}"
        raise InputError(expected, f'"{opened.part}"', f"{opened.path}::{names[0]}")
    if len(names) > 1:
        got = f"{len(names)} in {opened.path}: {quote(names)}"
        raise InputError("one table in a database, or which one is meant", got, f"{opened.path}::{names[0]}")
    return names[0]


def _connect(opened: Opened) -> sqlite3.Connection:
    """To be read only: nothing of the file is changed, and nothing is written beside it."""
    if opened.packing:
        base = sqlite3.connect(":memory:")
        base.deserialize(opened.take())
    else:
        # What was written last may lie in a log beside the file; where none does, SQLite need not look for one.
        alone = not opened.path.with_name(f"{opened.path.name}-wal").exists()
        base = sqlite3.connect(f"{opened.path.absolute().as_uri()}?mode=ro{'&immutable=1' * alone}", uri=True)
    base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
    base.execute("PRAGMA trusted_schema = OFF")
    base.text_factory = lambda raw: raw.decode(errors="replace")
    return base


def _bound(base: sqlite3.Connection, opened: Opened) -> None:
    """A view that never ends is given up: a table has no more rows than its file has room for."""
    left = (TURNS + 100 * opened.path.stat().st_size) // TICK

    def look() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    base.set_progress_handler(look, TICK)


@contextmanager
def _explain(path: Path) -> Iterator[None]:
    try:
        yield
    # What a damaged file is said to hold may be no text.
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if str(error) == "interrupted":
            got = f"a view in {path} that doesn't, or hardly"
            raise InputError("a view that ends", got, "its rows as a table, by CREATE TABLE AS SELECT") from None
        raise InputError("an SQLite file that can be read", f"{path}: {error}", "fetching it again") from None
