"""Opening: a mix as it lies in its folder, of which shards are read one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kellet.errors import InputError, check_path, quote
from kellet.evidence import Integers
from kellet.mix.manifest import NAME, Manifest, Shard, find_root, read
from kellet.mix.order import Order
from kellet.mix.recipe import GENERATION, ID, ORIGIN, STRATUM
from kellet.mix.shards import list_labels, read_shard

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class MixFolder:
    """A mix and where it lies."""

    path: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: str | Path) -> MixFolder:
        """Of a folder; that rows are what the manifest says is for `kellet verify` to see."""
        check_path(path)
        folder = Path(path)
        manifest = read(folder)
        if find_root(manifest) != manifest.root:
            raise InputError("a manifest whose root is its hash", f"{folder / NAME}, edited", "`kellet verify`")
        return cls(folder, manifest)

    @property
    def columns(self) -> tuple[str, ...]:
        """Of every row, labels among them."""
        return (*self.manifest.columns, *list_labels(self.manifest))

    def order(self, seed: int) -> Order:
        """In which rows are read."""
        rows = tuple(shard.rows for shard in self.manifest.shards)
        return Order(self.manifest.root, seed, rows, self.manifest.recipe.window)

    def load(self, number: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """A shard.  columns: None for all."""
        shard = self.manifest.shards[number]
        path = self.path / shard.file.name
        try:
            size = path.stat().st_size
        except OSError as error:
            raise self._refuse(shard, error.strerror or str(error)) from None
        if size != shard.file.bytes:
            raise self._refuse(shard, "another size")
        frame = read_shard(path, self.manifest, columns)
        if frame.height != shard.rows:
            raise self._refuse(shard, f"{frame.height:,} rows")
        return frame

    def _refuse(self, shard: Shard, found: str) -> InputError:
        expected = f"{shard.file.name} with {shard.file.bytes:,} bytes and {shard.rows:,} rows"
        return InputError(expected, f"{self.path / shard.file.name}: {found}", "`kellet verify`")

    @property
    def labels(self) -> list[str]:
        """The columns that say of which kind a row is."""
        return [name for name in list_labels(self.manifest) if name != ID]

    def number_kinds(self, frame: pl.DataFrame) -> Integers:
        """(N,) of which kind each row is, by its place among the manifest's counts."""
        import polars as pl

        labels = self.labels
        counts = [(count.origin, count.generation, count.stratum) for count in self.manifest.counts]
        names = (ORIGIN, GENERATION, STRATUM)[: len(labels)]
        kinds = pl.DataFrame(
            [count[: len(labels)] for count in counts], {name: frame.schema[name] for name in names}, orient="row"
        )
        kinds = kinds.with_row_index("kind").unique(names, keep="first", maintain_order=True)
        found = frame.select(labels).join(kinds, on=labels, how="left", nulls_equal=True, maintain_order="left")
        if found["kind"].null_count():
            unknown = found.filter(pl.col("kind").is_null()).select(labels).row(0)
            got = quote(map(str, unknown))
            raise InputError("rows of the kinds that the manifest counts", got, "`kellet verify`, which names them")
        return np.asarray(found["kind"].to_numpy(), np.int64)
