"""Arranging: a shard of the mix from the rows that were dealt to it, in their windows, with labels and hashes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from kellet.evidence import Integers
from kellet.mix.blame import add_up
from kellet.mix.identity import VOID, spell_identities
from kellet.mix.layout import Layout
from kellet.mix.manifest import FileMark
from kellet.mix.merkle import enter, hash_window
from kellet.mix.recipe import GENERATION, ID, ORIGIN, STRATUM, Recipe
from kellet.mix.scattering import FIRST, KIND, LAST, TURN, read_spill

if TYPE_CHECKING:
    import polars as pl

LEVEL = 1
"""Of Zstandard: higher ones take far longer and save little."""


class Written(msgspec.Struct, frozen=True):
    """A shard that is done.  sums, leaves: of its windows.  counts: (windows, kinds) rows that were laid there."""

    file: FileMark
    rows: int
    sums: str
    leaves: tuple[bytes, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Arrangement:
    """origins: their names, in the order in which they are entered."""

    recipe: Recipe
    layout: Layout
    origins: tuple[str, ...]

    def name(self, shard: int) -> str:
        """Of the file."""
        return f"data-{shard:05d}-of-{self.layout.shards:05d}.{self.recipe.format}"

    def write(self, spill: Path, folder: Path, shard: int) -> Written:
        """Lay the rows of a shard where they belong, and write them."""
        frame = read_spill(spill, shard)
        frame = frame[self.layout.arrange(shard, self.recipe.seed)]
        kinds = frame[KIND].to_numpy().astype(np.int64)
        identities = np.stack([frame[name].to_numpy() for name in (FIRST, LAST)], axis=1).view(VOID).reshape(-1)
        places = {name: place for place, name in enumerate(self.origins)}
        origins = np.array([places[kind.origin] for kind in self.layout.kinds])[kinds]
        generations = np.array([kind.generation for kind in self.layout.kinds])[kinds]
        entries = enter(identities, origins, generations)
        counts = self.layout.windows(shard)
        ends = np.cumsum(counts.sum(axis=1)).tolist()
        starts = [0, *ends[:-1]]
        leaves = tuple(hash_window(entries[a:b]) for a, b in zip(starts, ends, strict=True))
        laid = [np.bincount(kinds[a:b], minlength=len(self.layout.kinds)) for a, b in zip(starts, ends, strict=True)]
        raw = self._encode(self._label(frame, kinds, spell_identities(identities)))
        write_whole(folder / self.name(shard), raw)
        mark = FileMark(name=self.name(shard), bytes=len(raw), sha256=sha256(raw).hexdigest())
        sums = add_up(entries, self.recipe.window)
        return Written(mark, len(kinds), sums, leaves, tuple(tuple(row.tolist()) for row in laid))

    def _label(self, frame: pl.DataFrame, kinds: Integers, names: list[str]) -> pl.DataFrame:
        import polars as pl

        known = self.layout.kinds
        labels = {
            ORIGIN: pl.Series([kind.origin for kind in known])[kinds],
            GENERATION: pl.Series([kind.generation for kind in known], dtype=pl.Int32)[kinds],
            ID: pl.Series(names, dtype=pl.String),
        }
        if self.recipe.stratify is not None:
            labels[STRATUM] = pl.Series([kind.stratum for kind in known], dtype=pl.String)[kinds]
        return frame.drop(KIND, TURN, FIRST, LAST).with_columns(**labels)

    def _encode(self, frame: pl.DataFrame) -> memoryview:
        import polars as pl

        file = BytesIO()
        if self.recipe.format == "parquet":
            frame.write_parquet(file, compression="zstd", compression_level=LEVEL, row_group_size=max(1, frame.height))
        else:
            # A short float would be written as if it were a long one.
            frame.cast({pl.Float32: pl.Float64}).write_ndjson(file)
        return file.getbuffer()


def count_kinds(written: Iterator[Written]) -> Integers:
    """(windows, kinds) of all shards."""
    return np.array([row for shard in written for row in shard.counts])


def write_whole(path: Path, raw: bytes | memoryview) -> None:
    """A file that is there as a whole or not at all, whatever happens."""
    young = path.with_name(f"{path.name}.tmp")
    with young.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    young.replace(path)
