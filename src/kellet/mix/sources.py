"""Sources: where rows come from, and of which kind each is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from kellet.data.shards import Division, Shard, read_batches
from kellet.evidence import Integers
from kellet.mix import manifest
from kellet.mix.recipe import GENERATION, ORIGIN, REAL

if TYPE_CHECKING:
    import polars as pl

TEXT = "text"
"""The column of a source without columns."""


class Kind(NamedTuple):
    """What a row is.  stratum: of real rows."""

    origin: str
    generation: int
    stratum: str | None = None


class Strata(Protocol):
    """What tells strata of rows."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that it looks at."""

    def find(self, frame: pl.DataFrame) -> pl.Series:
        """The stratum of each row, a word."""


@dataclass(frozen=True)
class Source:
    """origin: of its rows, real or a model's name; of an earlier mix nothing, since its rows say it themselves.
    generation: of rows that a model wrote.  shown: what a person calls it."""

    origin: str
    role: manifest.Kind
    shards: tuple[Shard, ...]
    division: Division
    generation: int = 0
    root: str | None = None

    @property
    def shown(self) -> str:
        """What messages call it."""
        return {"real": "the real rows", "previous": "the earlier mix"}.get(self.role, f'"{self.origin}"')

    def read(self, shard: Shard, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows of one of its files, batch by batch."""
        import polars as pl

        for batch in read_batches(shard, self.division, columns):
            yield pl.DataFrame({TEXT: batch}, {TEXT: pl.String}) if isinstance(batch, list) else batch

    def sort(self, frame: pl.DataFrame, strata: Strata | None) -> tuple[list[Kind], Integers]:
        """The kinds of some of its rows, and which of them each row (N,) is."""
        import polars as pl

        if self.role == "synthetic" or (self.role == "real" and strata is None):
            return [Kind(self.origin, self.generation)], np.zeros(frame.height, np.int64)
        words = strata.find(frame) if strata else pl.Series([""]).new_from_index(0, frame.height)
        if self.role == "real":
            names, codes = _code(words)
            return [Kind(REAL, 0, name) for name in names], codes
        known = pl.DataFrame({"o": frame[ORIGIN], "g": frame[GENERATION], "s": words})
        stratum = pl.when(pl.col("o") == REAL).then("s").otherwise(pl.lit(""))
        names, codes = _code(known.select(pl.format("{}\0{}\0{}", "g", "o", stratum)).to_series())
        parts = [name.split("\0", 2) for name in names]
        return [Kind(o, int(g), s if strata and o == REAL else None) for g, o, s in parts], codes


def _code(words: pl.Series) -> tuple[list[str], Integers]:
    """Different words, in their order, and which of them each is."""
    import polars as pl

    names = words.unique().sort()
    return names.to_list(), words.cast(pl.Enum(names)).to_physical().cast(pl.Int64).to_numpy()
