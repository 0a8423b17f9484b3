"""Shards: the files of a mix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kellet.errors import InputError
from kellet.mix.manifest import Manifest
from kellet.mix.recipe import GENERATION, ID, ORIGIN, STRATUM
from kellet.mix.schema import parse_kind

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".parquet", ".jsonl")
LABELS = {ORIGIN: "String", GENERATION: "Int32", ID: "String", STRATUM: "String"}


def list_shards(folder: Path) -> set[str]:
    """The names of all files of rows."""
    return {file.name for file in folder.iterdir() if file.name.startswith("data-") and file.suffix in ENDINGS}


def list_labels(manifest: Manifest) -> list[str]:
    """The columns of labels that shards have."""
    return [name for name in LABELS if name != STRATUM or manifest.recipe.stratify is not None]


def read_shard(file: Path, manifest: Manifest, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """The rows of a shard, or some of their columns."""
    import polars as pl

    kinds = {**manifest.columns, **{name: LABELS[name] for name in list_labels(manifest)}}
    wanted = list(kinds) if columns is None else list(columns)
    try:
        # Polars takes some names for patterns or addresses; files that are open have none.
        with file.open("rb") as stream:
            if manifest.recipe.format == "parquet":
                frame = pl.read_parquet(stream, columns=wanted).select(wanted)
            else:
                schema = {name: parse_kind(kind) for name, kind in kinds.items()}
                frame = pl.read_ndjson(stream, schema=schema).select(wanted)
    # A panic of polars is no Exception.
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise InputError(f"{file.name} as it was mixed", f"{file}: {reason}", "`kellet verify`") from None
    for name, kind in frame.schema.items():
        if name in LABELS and str(kind) != LABELS[name]:
            raise InputError(f"{file.name} as it was mixed", f"{file}: {name} of {kind}", "`kellet verify`")
    return frame
