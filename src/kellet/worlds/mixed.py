"""Tables of numbers and categories side by side."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import msgspec

from kellet.data import files
from kellet.data.codebook import encode
from kellet.data.sight import Kind, Sight
from kellet.data.source import DataSet, split
from kellet.worlds.observable import Recipe
from kellet.worlds.rows import Kinds, read_rows, require_some, sum_up
from kellet.worlds.tables import describe_columns


class Mixed(Recipe, frozen=True, omit_defaults=True, tag="mixed"):
    """A table whose columns are numbers, dates or categories, every row a point (d,).

    Numbers stand as they are in the file, and dates as days or seconds; a category stands as its code, 0 for the most
    frequent in the file, so that a rare one keeps its own.  A missing category is a category, "(missing)"; a missing
    number is NaN, which the codebook knows.  What names rows, never changes or is free text is left out, unless it is
    named.

    path: whatever holds a table; one file, a folder or a glob.  columns: which, None for all.  kinds: column -> what
    it is, where that is not what it seems to be.  missing_words: what stands for nothing.  seed: of the split into
    training (60 %), reserve (20 %) and held-out (20 %).  digest: of the contents, filled in when an experiment is
    resolved.
    """

    path: str
    columns: tuple[str, ...] | None = None
    kinds: dict[str, Kind] = msgspec.field(default_factory=dict)
    missing_words: tuple[str, ...] = ()
    seed: int = 0
    digest: str | None = None

    unit: ClassVar[str] = "rows"

    def __post_init__(self) -> None:
        self.check_least(0, "seed")

    def describe(self) -> str:
        return f"{describe_columns(self.columns) or 'the rows'} of {Path(self.path).name}"

    def open(self, replicates: int = 1) -> DataSet:
        return replace(self._read()[0], replicates=replicates)

    def sight(self) -> Sight:
        return self._read()[1]

    def _read(self) -> tuple[DataSet, Sight]:
        contents = files.check(self.path, self.digest)
        kinds = tuple(sorted(self.kinds.items()))
        return _rows(self.path, self.columns, kinds, self.missing_words, self.seed, contents)


@lru_cache(maxsize=2)
def _rows(
    path: str, columns: tuple[str, ...] | None, kinds: Kinds, missing_words: tuple[str, ...], seed: int, contents: str
) -> tuple[DataSet, Sight]:
    """The table, split, and what was seen; contents: a digest, so that a file that changed is read again."""
    rows, readings = read_rows(path, columns, kinds, missing_words)
    files.require_points(rows.frame.height, "rows", path)
    (training, reserve, heldout), book = encode(require_some(readings, path), split(rows.frame.height, seed))
    source = DataSet(training, reserve, heldout, 1, view=book, codebook=book, names=book.columns)
    return source, sum_up(path, rows, readings)
