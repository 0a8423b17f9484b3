"""Scattering: one pass over all sources, after which the rows of each shard of the mix lie together on the disk.

Rows are dealt to shards as they come (see `dealing`).  Some are held; then they are written as one file, shard by
shard, with a list of where each begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kellet.errors import InputError
from kellet.evidence import Integers
from kellet.mix.dealing import scramble, take_turns
from kellet.mix.identity import VOID, Identities, identify
from kellet.mix.layout import Layout
from kellet.mix.ledger import Book, Ledger
from kellet.mix.nearness import sign
from kellet.mix.order import derive, permute
from kellet.mix.recipe import REAL, Recipe
from kellet.mix.schema import conform
from kellet.mix.sources import Kind, Source, Strata
from kellet.mix.survey import Progress, Survey
from kellet.mix.totals import Totals

if TYPE_CHECKING:
    import polars as pl

HELD = 3 << 25
"""Bytes of rows that wait for being written."""
KIND, TURN, FIRST, LAST = "_kellet_kind", "_kellet_turn", "_kellet_first", "_kellet_last"
"""Columns of rows under way: the place of the kind in the layout, as the how many-th of it a row comes, and the two
halves of its identity."""


@dataclass(eq=False)
class Spill:
    """Rows on their way, in a folder."""

    folder: Path
    layout: Layout
    waiting: list[pl.DataFrame] = field(default_factory=list)
    shards: list[Integers] = field(default_factory=list)
    held: int = 0
    files: int = 0

    def add(self, frame: pl.DataFrame, shards: Integers) -> None:
        """Rows, and to which shard each goes."""
        self.waiting.append(frame)
        self.shards.append(shards)
        self.held += int(frame.estimated_size())
        if self.held >= HELD:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        import polars as pl

        if not self.waiting:
            return
        shards = np.concatenate(self.shards)
        whole = pl.concat(self.waiting, rechunk=False)[np.argsort(shards, kind="stable")]
        cuts = np.cumsum(np.bincount(shards, minlength=self.layout.shards))
        places = np.zeros(self.layout.shards + 1, np.int64)
        with (self.folder / f"{self.files:06d}.rows").open("wb") as file:
            for shard, cut in enumerate(cuts.tolist()):
                start = int(cuts[shard - 1]) if shard else 0
                if start < cut:
                    part = BytesIO()
                    whole[start:cut].write_ipc(part)
                    file.write(part.getbuffer())
                places[shard + 1] = file.tell()
        np.save(self.folder / f"{self.files:06d}.npy", places)
        self.waiting, self.shards, self.held = [], [], 0
        self.files += 1


def read_spill(folder: Path, shard: int) -> pl.DataFrame:
    """The rows of one shard, by kind and by their turn."""
    import polars as pl

    parts = []
    for index in sorted(folder.glob("*.npy")):
        start, stop = np.load(index, mmap_mode="r")[shard : shard + 2].tolist()
        if start < stop:
            with index.with_suffix(".rows").open("rb") as file:
                file.seek(start)
                parts.append(pl.read_ipc(BytesIO(file.read(stop - start))))
    frame = pl.concat(parts, rechunk=False)
    return frame[np.lexsort((frame[TURN].to_numpy(), frame[KIND].to_numpy()))]


@dataclass(eq=False)
class Scatter:
    """starts: where in the order of the real rows of each kind this mix begins."""

    recipe: Recipe
    sources: Sequence[Source]
    survey: Survey
    strata: Strata | None
    totals: Totals
    layout: Layout
    starts: Mapping[Kind, int]

    def scatter(self, spill: Spill, ledger: Ledger, progress: Progress) -> None:
        """Once over all sources."""
        done, all_ = 0, sum(len(source.shards) for source in self.sources)
        for place, source in enumerate(self.sources):
            starts = self._find_starts(place)
            for number, shard in enumerate(source.shards):
                progress(f"reading {source.shown}", done / all_)
                seen = dict(starts[number])
                ends = {kind: many + self.survey.rows[place][number][kind] for kind, many in seen.items()}
                for raw in source.read(shard):
                    self._deal(place, raw, (seen, ends), spill, ledger)
                if seen != ends:
                    raise _refuse_change(source)
                done += 1
        spill.flush()

    def _find_starts(self, place: int) -> list[dict[Kind, int]]:
        """How many rows of each kind come before those of each file: files come one after the other, or shuffled."""
        rows = self.survey.rows[place]
        order: Sequence[int] = range(len(rows))
        if self.recipe.shuffle == "shards":
            order = permute(len(rows), derive("shards", self.recipe.seed, place)).tolist()
        before: dict[Kind, int] = dict.fromkeys(self.survey.total(place), 0)
        starts: list[dict[Kind, int]] = [{} for _ in rows]
        for number in order:
            starts[number] = dict(before)
            for kind, many in rows[number].items():
                before[kind] += many
        return starts

    def _deal(
        self,
        place: int,
        raw: pl.DataFrame,
        places: tuple[dict[Kind, int], Mapping[Kind, int]],
        spill: Spill,
        ledger: Ledger,
    ) -> None:
        """Some rows of a source; places: how many of each kind came before, and how many will have in the end."""
        seen, ends = places
        source = self.sources[place]
        frame = conform(raw, self.survey.schema)
        if self.recipe.format == "jsonl":
            require_finite(frame)
        identities = identify(frame)
        if self.recipe.near and source.role != "previous":
            signed, bands = sign(frame)
            book: Book = "near real" if source.role == "real" else "near written"
            ledger.add_near(book, identities[signed], bands)
        kinds, codes = source.sort(raw, self.strata)
        for code, kind in enumerate(kinds):
            own = np.flatnonzero(codes == code) if len(kinds) > 1 else np.arange(len(codes))
            if len(own) > ends.get(kind, 0) - seen.get(kind, 0):
                raise _refuse_change(source)
            if source.role != "previous":
                ledger.add("real" if kind.origin == REAL else "written", identities[own])
            which, turns = self._take(place, kind, seen[kind] + np.arange(len(own)))
            seen[kind] += len(own)
            if len(which):
                rows = own[which]
                if kind.origin == REAL:
                    ledger.add("mixed", identities[rows])
                number = self.layout.kinds.index(kind)
                taken = frame if len(rows) == frame.height and (rows[1:] > rows[:-1]).all() else frame[rows]
                spill.add(_mark(taken, number, turns, identities[rows]), self.layout.find_shards(number, turns))

    def _take(self, place: int, kind: Kind, places: Integers) -> tuple[Integers, Integers]:
        """Which of these rows of a kind are taken, and as the how many-th of their kind each."""
        parts = [part for part in self.totals.parts if part.kind == kind]
        part = next(part for part in parts if part.source == place)
        is_mixed = self.recipe.shuffle == "rows"
        if is_mixed:
            places = scramble(places, part.there, derive("take", self.recipe.seed, place, *kind))
        start = self.starts.get(kind, 0) if self.sources[place].role == "real" else 0
        which, turns = take_turns(places, part.there, part.wanted, start)
        if len(parts) > 1:
            turns = turns + sum(other.wanted for other in parts[: parts.index(part)])
            if is_mixed:
                turns = scramble(turns, sum(other.wanted for other in parts), derive("place", self.recipe.seed, *kind))
        return which, turns


def _refuse_change(source: Source) -> InputError:
    got = f"other numbers of rows in {source.shown}"
    return InputError("files that stay as they are", got, "the same command again")


def require_finite(frame: pl.DataFrame) -> None:
    """Bad input where a number is not finite, for which JSON has no sign."""
    for column in frame:
        if column.dtype.is_float() and not column.is_finite().all():
            raise InputError("finite numbers, as JSON has them", f'others in "{column.name}"', "--format parquet")


def _mark(frame: pl.DataFrame, kind: int, turns: Integers, identities: Identities) -> pl.DataFrame:
    import polars as pl

    halves = identities.astype(VOID).view(np.uint64).reshape(-1, 2)
    return frame.with_columns(
        pl.lit(kind, pl.UInt32).alias(KIND),
        pl.Series(TURN, turns),
        pl.Series(FIRST, halves[:, 0]),
        pl.Series(LAST, halves[:, 1]),
    )
