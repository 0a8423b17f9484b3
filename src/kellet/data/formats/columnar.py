"""Parquet, Arrow and Feather: tables with types."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kellet.data.content import Rows
from kellet.data.formats.batches import measure_arrow
from kellet.data.formats.columns import flatten, require_width
from kellet.data.formats.footers import measure_parquet
from kellet.data.formats.packing import Opened
from kellet.data.formats.sampling import choose_rows, count_rows, describe_sample
from kellet.errors import InputError
from kellet.memory import require

if TYPE_CHECKING:
    import polars as pl

STEP = 250_000
"""Rows that are read at once where only some are kept."""
FIRST = 100
"""Rows by which it is seen how large they are."""
LARGEST = 1 << 28
"""Bytes of a row, on average."""


def read_parquet(opened: Opened, share: float = 1.0) -> Rows:
    """A Parquet file; of a large one a sample of its rows."""
    import polars as pl

    with io.BytesIO(opened.take()) if opened.packing else opened.path.open("rb") as stream:
        total = measure_parquet(stream) or 0
        stream.seek(0)
        # Absolute, since `file:a` would be a URL; and polars takes no name that isn't UTF-8.
        name = str(opened.path.absolute())
        source: Any = name if not opened.packing and name.isprintable() else stream
        with explain(opened.path, "a Parquet file"):
            lazy = pl.scan_parquet(source, glob=False, hive_partitioning=False)
            # Not by `read_parquet_schema`, which takes a name for a pattern.
            schema = lazy.collect_schema()
            require_width(_count_leaves(schema), opened.path)
            height = int(lazy.select(pl.len()).collect().item())
            size = total / max(1, height)
            if size > LARGEST:
                got = f"rows of {size:,.0f} on average in {opened.path}"
                raise InputError(f"rows of at most {LARGEST:,} bytes", got, "shorter values")
            # What a dictionary holds once, its rows hold again and again, of which the footer says nothing.
            first = lazy.head(FIRST).collect()
            size = max(size, first.estimated_size() / max(1, first.height))
            places = choose_rows(height, max(1, int(share * count_rows(_count_leaves(schema), size))))
            if places is None:
                return _finish(lazy.collect(), opened, height)
            step = min(STEP, count_rows(1, size))
            parts = []
            for start in range(0, height, step):
                inside = places[(places >= start) & (places < start + step)] - start
                parts.append(lazy.slice(start, step).collect()[inside])
            return _finish(pl.concat(parts), opened, height)


def read_arrow(opened: Opened, share: float = 1.0) -> Rows:
    """An Arrow file (Feather too) or a stream."""
    import polars as pl

    if opened.head.startswith(b"FEA1"):
        raise InputError(
            "Feather of version 2, Arrow or Parquet", f"{opened.path}, of version 1", "saving it again with pandas"
        )
    as_file = opened.head.startswith(b"ARROW1")
    source: Any = io.BytesIO(opened.take()) if opened.packing else opened.path.open("rb")
    with source, explain(opened.path, "an Arrow file"):
        require(2 * (measure_arrow(source) or 0), f"{opened.path}, unpacked", "saving it as Parquet")
        source.seek(0)
        frame = pl.read_ipc(source) if as_file else pl.read_ipc_stream(source)
        require_width(_count_leaves(frame.schema), opened.path)
        height = frame.height
        size = frame.estimated_size() / max(1, height)
        places = choose_rows(height, max(1, int(share * count_rows(_count_leaves(frame.schema), size))))
        return _finish(frame if places is None else frame[places], opened, height)


def _finish(frame: pl.DataFrame, opened: Opened, height: int) -> Rows:
    if height == 0 or frame.width == 0:
        got = f"{opened.path}: {height} rows, {frame.width} columns"
        raise InputError("a table with rows and columns", got, "another file")
    sampled = height > frame.height
    notes = (describe_sample(frame.height, height),) if sampled else ()
    return Rows(flatten(frame), opened.read, notes, height if sampled else None)


def _count_leaves(schema: Any) -> int:
    """Columns, each field of a struct for itself."""

    def count(kind: Any) -> int:
        fields = getattr(kind, "fields", None)
        return sum(count(field.dtype) for field in fields) if fields else 1

    return sum(map(count, schema.values()))


@contextmanager
def explain(path: Path, kind: str) -> Iterator[None]:
    """Whatever polars says of a damaged file, as one line; also where it gives up altogether."""
    with _without_echo():
        try:
            yield
        except (InputError, KeyboardInterrupt, SystemExit):
            raise
        # A panic of polars is no Exception, and what it says of itself goes past Python.
        except BaseException as error:
            said = str(error).strip().splitlines()
            got = f"{path}: {said[0][:200] if said else type(error).__name__}"
            raise InputError(f"{kind} that can be read", got, "saving it again, or another format") from None


@contextmanager
def _without_echo() -> Iterator[None]:
    """Without what libraries in other languages write on standard error while they give up."""
    kept = os.dup(2)
    try:
        with tempfile.TemporaryFile() as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
