"""Shards: the files of a mix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kellet.errors import InputError
from kellet.mix.manifest import Manifest

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".parquet", ".jsonl")


def list_shards(folder: Path) -> set[str]:
    """The names of all files of rows."""
    return {file.name for file in folder.iterdir() if file.name.startswith("data-") and file.suffix in ENDINGS}


def read_shard(file: Path, manifest: Manifest, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """The rows of a shard, or some of their columns."""
    import polars as pl

    try:
        with file.open("rb") as stream:
            frame = pl.read_parquet(stream, columns=None if columns is None else list(columns))
        return frame.select(columns or [*manifest.columns, *(set(frame.columns) - set(manifest.columns))])
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(f"a shard, {file.name}", reason, "`kellet verify`") from None
