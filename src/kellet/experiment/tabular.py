"""Tabular: what share of a corpus of rows models wrote, from tables of any size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kellet.audit.scanning import Progress, look
from kellet.audit.tables import read_head
from kellet.data.selection import TEXTS
from kellet.data.shards import Division, Shard, choose_division, find_shards, read_batches
from kellet.errors import InputError, quote
from kellet.estimate import slicing
from kellet.estimate.collecting import Collection, RowReferences, choose
from kellet.estimate.inventory import Inventory, take
from kellet.estimate.layout import Layout, lay_out
from kellet.estimate.rows import RowReference
from kellet.estimate.slicing import Slicing
from kellet.experiment.documents import locate
from kellet.experiment.surveying import Look, Survey
from kellet.profile.tally import Hashes

if TYPE_CHECKING:
    import polars as pl

BATCH = 1 << 16
"""Rows that are looked at together."""


@dataclass(frozen=True)
class Table:
    """Files that are tables of rows.  name: as sentences have it."""

    name: str
    shards: tuple[Shard, ...]
    division: Division

    @classmethod
    def open(cls, thing: Any, name: str, stack: ExitStack) -> Table:
        """What a person gave, as `documents.Source.open` has it."""
        shards = tuple(find_shards([str(path) for path in locate(thing, stack)]))
        return cls(Path(str(thing)).name if isinstance(thing, str | Path) else name, shards, choose_division(shards))

    def take(self, shards: tuple[Shard, ...]) -> Table:
        """Some of the files."""
        return replace(self, shards=shards)

    def read(self, columns: Sequence[str] | None = None) -> Iterator[tuple[pl.DataFrame, Path]]:
        """Its rows, batch by batch, and the file in which they are.  columns: that are wanted, if not all."""
        for path, part in self.shards:
            for batch in read_batches((path, part), self.division, columns):
                if isinstance(batch, list):
                    got = f"a text in {self.name}, {path.name}"
                    raise InputError("tables, as the human reference is one", got, "references of the corpus's kind")
                for start in range(0, max(batch.height, 1), BATCH):
                    yield batch.slice(start, BATCH), path

    def read_frames(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """Its rows alone."""
        return (frame for frame, _ in self.read(columns))

    def read_head(self) -> pl.DataFrame:
        """The first of them."""
        return read_head(self.read_frames())


def holds_rows(human: Sequence[str | Path]) -> bool:
    """Whether human references are tables in which rows are what is counted, since there is no column of text."""
    shards = find_shards([str(path) for path in human])
    try:
        reading = look(shards, None)
    except InputError:
        return False
    if not reading.table or reading.columns:
        return False
    return not any(
        column.name.lower() in TEXTS and column.role in ("category", "identifier") for column in reading.table
    )


@dataclass(frozen=True)
class _Count:
    """Scores a part of the corpus."""

    source: Table
    sliced: Slicing
    reference: RowReference
    hashes: Hashes

    def work(self) -> Inventory:
        """The inventory of a part."""
        return reduce(add, self._read())

    def _read(self) -> Iterator[Inventory]:
        layout, sliced = self.reference.layout, self.sliced
        for frame, path in self.source.read([*(one.name for one in layout.columns), *sliced.columns]):
            rows = layout.read(frame, self.source.name)
            slices = sliced.find(frame, frame.to_series(0), np.empty(0, np.int64), path.name)
            yield take(self.reference, rows, slices, sliced.many, self.hashes)


def count_rows(
    human: Sequence[str | Path], models: Mapping[str, Any], corpus: Any, by: str | None, seed: int,
    survey: Survey, stack: ExitStack,
) -> tuple[str, RowReference, RowReferences, Slicing, Inventory]:  # fmt: skip
    """The corpus's name, what tables taught, how the corpus is divided, and what it holds.

    human, models, corpus, by: as `estimate` has them.
    """
    people = Table.open(list(human), "the human references", stack)
    written = {name: Table.open(one, f"the references of {name}", stack) for name, one in models.items()}
    target = Table.open(corpus, "the corpus", stack)
    head = people.read_head()
    layout = lay_out(head.drop(by, strict=False) if by else head)
    first = next(target.read_frames())
    layout.read(first, target.name)
    sliced = _choose_slices(target, first, by, survey)
    spelling = layout.name_words(head)
    for table in written.values():
        spelling |= layout.name_words(table.read_head())
    references = _gather(layout, people, written, survey.tell)
    survey.tell("learning from the references", 0.0)
    reference = RowReference.learn(layout, references.human, references.models, seed, spelling)
    found = survey.count(target, lambda part: _Count(part, sliced, reference, references.hashes))
    layout.check(found.columns, target.name)
    return target.name, reference, references, sliced, found


def _gather(layout: Layout, human: Table, models: Mapping[str, Table], tell: Progress) -> RowReferences:
    names = [column.name for column in layout.columns]
    collections = []
    for table in (human, *models.values()):
        tell(table.name, 0.0)
        collections.append(Collection(len(names)))
        for frame in table.read_frames(names):
            collections[-1].add(layout.read(frame, table.name))
        layout.check(layout.count_known(collections[-1].rows), table.name)
    found = choose(collections[0], dict(zip(models, collections[1:], strict=True)))
    return replace(found, notes=(*layout.notes, *found.notes))


def _choose_slices(target: Table, first: pl.DataFrame, by: str | None, survey: Survey) -> Slicing:
    if by is None:
        return Slicing("whole")
    if by in first.columns:
        sliced = slicing.choose(by, first[by], first.columns, [], np.empty(0, np.int64))
        return sliced.settle(survey.count(target, lambda part: Look(part, sliced)))
    if by == "file":
        return slicing.choose(by, None, (), [path.name for path, _ in target.shards], np.empty(0, np.int64))
    expected = f'one of the columns {quote(first.columns, 8)}, or "file", to divide rows by'
    raise InputError(expected, repr(by), 'by="file"')
