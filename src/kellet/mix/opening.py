"""Opening: a mix as it lies in its folder, of which shards are read one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from kellet.errors import InputError, check_path, quote
from kellet.evidence import Integers
from kellet.mix.manifest import NAME, Manifest, Shard, find_root, read
from kellet.mix.order import Order
from kellet.mix.recipe import GENERATION, ORIGIN, STRATUM

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
        expected, attempt = f"a mix with its {NAME}", "a folder that `kellet mix` wrote"
        try:
            manifest = read(folder)
        except OSError as error:
            raise InputError(expected, f"{folder}: {error.strerror or error}", attempt) from None
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise InputError(expected, f"{folder / NAME}: {error}", attempt) from None
        if find_root(manifest) != manifest.root:
            raise InputError("a manifest whose root is its hash", f"{folder / NAME}, edited", "`kellet verify`")
        for shard in manifest.shards:
            if shard.file.name in ("", ".", "..") or set("/\\\0") & set(shard.file.name):
                raise InputError("shards in the folder of their manifest", shard.file.name, attempt)
        return cls(folder, manifest)

    @property
    def columns(self) -> tuple[str, ...]:
        """Of every row, labels among them."""
        return tuple(self.manifest.columns)

    def order(self, seed: int) -> Order:
        """In which rows are read."""
        rows = tuple(shard.rows for shard in self.manifest.shards)
        return Order(self.manifest.root, seed, rows, self.manifest.recipe.window)

    def load(self, number: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """A shard.  columns: None for all."""
        import polars as pl

        shard = self.manifest.shards[number]
        path = self.path / shard.file.name
        try:
            if path.stat().st_size != shard.file.bytes:
                raise self._refuse(shard, "another size")
            # Polars takes some names for patterns or addresses; files that are open have none.
            with path.open("rb") as stream:
                frame = self._parse(stream, columns)
        except OSError as error:
            raise self._refuse(shard, error.strerror or str(error)) from None
        # A panic of polars is no Exception.
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise self._refuse(shard, str(error).strip().partition("\n")[0]) from None
        if frame.height != shard.rows:
            raise self._refuse(shard, f"{frame.height:,} rows")
        return frame

    def _parse(self, stream: Any, columns: Sequence[str] | None) -> pl.DataFrame:
        import polars as pl

        wanted = None if columns is None else list(columns)
        if self.manifest.recipe.format == "parquet":
            return pl.read_parquet(stream, columns=wanted)
        kinds = {name: getattr(pl, kind, None) for name, kind in self.manifest.columns.items()}
        plain = {name: kind for name, kind in kinds.items() if isinstance(kind, type) and issubclass(kind, pl.DataType)}
        frame = pl.read_ndjson(stream, schema_overrides=plain, infer_schema_length=None)
        return frame if wanted is None else frame.select(wanted)

    def _refuse(self, shard: Shard, found: str) -> InputError:
        expected = f"{shard.file.name} with {shard.file.bytes:,} bytes and {shard.rows:,} rows"
        return InputError(expected, f"{self.path / shard.file.name}: {found}", "`kellet verify`")

    @property
    def labels(self) -> list[str]:
        """The columns that say of which kind a row is."""
        return [name for name in (ORIGIN, GENERATION, STRATUM) if name in self.manifest.columns]

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
