"""Survey: how many rows of each kind there are, and in which columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from kellet.data.shards import Shard, measure_parquet
from kellet.errors import InputError
from kellet.mix.recipe import GENERATION, ORIGIN, REAL
from kellet.mix.schema import select_content, unite, widen
from kellet.mix.sources import Kind, Source, Strata

if TYPE_CHECKING:
    import polars as pl

Progress = Callable[[str, float], None]
"""Told what is done, and which share of it."""
MOST_STRATA = 1000


@dataclass(eq=False)
class Survey:
    """schema: of all inputs.  rows: of each kind, by source and by its file.  size: bytes of all rows, about.  reasons:
    why what is there can't be what it is said to be."""

    schema: dict[str, pl.DataType] = field(default_factory=dict)
    rows: list[list[Counter[Kind]]] = field(default_factory=list)
    size: float = 0.0
    reasons: list[str] = field(default_factory=list)

    def total(self, source: int) -> Counter[Kind]:
        """Rows of a source, by kind."""
        return sum(self.rows[source], Counter[Kind]())


def survey(sources: Sequence[Source], strata: Strata | None, progress: Progress) -> Survey:
    """Look at all sources: at footers where those say enough."""
    found = Survey()
    schemas: dict[str, dict[str, pl.DataType]] = {}
    for place, source in enumerate(sources):
        progress(f"looking at {source.shown}", place / len(sources))
        schema: dict[str, pl.DataType] = {}
        wrong = 0
        rows = []
        for shard in source.shards:
            kinds: Counter[Kind] = Counter()
            for frame, many, size in _look(source, shard, strata):
                schema = widen(schema, frame.schema) if schema else dict(frame.schema)
                found.size += size
                if many:
                    kinds += _count(source, frame, many, strata)
                    wrong += _count_wrong(source, frame)
            rows.append(kinds)
        found.rows.append(rows)
        if not any(map(len, rows)):
            raise InputError(f"rows in {source.shown}", f"none in {source.shards[0][0]}", "another file")
        if wrong:
            is_real = source.role == "real"
            said = "as written by a model" if is_real else "as real"
            other = "by --synthetic" if is_real else "by --accumulate"
            found.reasons.append(f"{wrong:,} of {source.shown} are recorded {said} in {ORIGIN}: offer them {other}.")
        schemas[f"{source.shards[0][0]}"] = select_content(schema)
    found.schema = unite(schemas)
    if not found.schema:
        raise InputError("columns with content", f"none in {sources[0].shards[0][0]}", "another file")
    if strata and len(names := {kind.stratum for rows in found.rows for part in rows for kind in part}) > MOST_STRATA:
        got = f"{len(names):,} different values"
        raise InputError(f"at most {MOST_STRATA:,} strata", got, "a column with fewer labels, or --stratify auto")
    return found


def _look(source: Source, shard: Shard, strata: Strata | None) -> Iterator[tuple[pl.DataFrame, int, float]]:
    """Frames, for how many rows each stands, and their bytes: all that is needed of a file whose footer says how many
    it has."""
    measured = measure_parquet(shard)
    if measured is None:
        for frame in source.read(shard):
            yield frame, frame.height, frame.estimated_size()
        return
    first, many = measured
    size = first.estimated_size() / max(1, first.height) * many
    looked = [name for name in (ORIGIN, GENERATION) if name in first.columns]
    if strata and source.role != "synthetic":
        looked += strata.columns
    yield first, 0 if looked else many, size
    for frame in source.read(shard, looked) if looked else ():
        yield frame, frame.height, 0.0


def _count(source: Source, frame: pl.DataFrame, many: int, strata: Strata | None) -> Counter[Kind]:
    kinds, codes = source.sort(frame, strata)
    if len(kinds) == 1:
        return Counter({kinds[0]: many})
    return Counter(dict(zip(kinds, np.bincount(codes, minlength=len(kinds)).tolist(), strict=True)))


def _count_wrong(source: Source, frame: pl.DataFrame) -> int:
    """Rows that are recorded as the opposite of what they are offered as."""
    if source.role == "previous" or ORIGIN not in frame.columns:
        return 0
    if str(frame.schema[ORIGIN]) != "String":
        raise InputError(f"words in {ORIGIN}", f"{frame.schema[ORIGIN]} in {source.shown}", "dropping that column")
    is_real = frame[ORIGIN] == REAL
    return int((~is_real if source.role == "real" else is_real).sum())
