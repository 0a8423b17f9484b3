"""Worlds made of a person's own tables."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from kellet.data import files
from kellet.data.classes import Classes
from kellet.data.source import DataSet, split
from kellet.page.wording import join
from kellet.worlds.observable import Recipe
from kellet.worlds.words import Counted


class Table(Recipe, frozen=True, omit_defaults=True, tag="table"):
    """The numeric columns of a table.

    path: csv, tsv, jsonl, parquet, npy or npz; one file, a folder or a glob.  columns: which, None for all but the
    label. label: a column of classes, which a frozen reader then looks for in what models write.  seed: of the split
    into training (60 %), reserve (20 %) and held-out (20 %).  digest: of the contents, filled in when an experiment
    is resolved.  scale: "standard" counts in standard deviations of the training split from its mean; "raw" leaves the
    numbers as they are, for laws on part of the line, and a single column is then no vector.
    """

    path: str
    columns: tuple[str, ...] | None = None
    label: str | None = None
    seed: int = 0
    digest: str | None = None
    scale: Literal["standard", "raw"] = "standard"

    def describe(self) -> str:
        return f"{describe_columns(self.columns) or 'the numbers'} of {Path(self.path).name}"

    def open(self, replicates: int = 1) -> DataSet:
        contents = files.check(self.path, self.digest)
        found = _split(self.path, self.columns, self.label, self.seed, contents, self.scale == "raw")
        return replace(found, replicates=replicates)


class Column(Counted, frozen=True, omit_defaults=True, tag="column"):
    """One column of categories: the truth is how often each value occurs in the file."""

    path: str
    column: str
    digest: str | None = None

    things: ClassVar[str] = "values"

    def describe(self) -> str:
        return f"{describe_columns((self.column,))} of {Path(self.path).name}, and how often each of its values occurs"

    def rank(self) -> tuple[tuple[str, ...], np.ndarray]:
        return files.count_categories(self.path, self.column, files.digest(self.path))


def describe_columns(names: tuple[str, ...] | None) -> str:
    """Columns by their names; nothing where that is all of them."""
    if not names:
        return ""
    return f"the column{'s' if len(names) > 1 else ''} {join([f'“{name}”' for name in names])}"


@lru_cache(maxsize=2)
def _split(
    path: str, columns: tuple[str, ...] | None, label: str | None, seed: int, contents: str, raw: bool
) -> DataSet:
    values, columns, labels = files.read_numbers(path, columns, label, contents)
    training, reserve, heldout = split(len(values), seed)
    origin = unit = classes = None
    if raw:
        values = values[:, 0] if values.shape[1] == 1 else values
    else:
        origin, sd = values[training].mean(axis=0), values[training].std(axis=0)
        unit = np.where(sd > 0, sd, 1.0)
        values = (values - origin) / unit
    if labels is not None:
        names, codes = np.unique(labels, return_inverse=True)
        classes = Classes.learn(tuple(names), (values[training], codes[training]), (values[heldout], codes[heldout]))
    parts = values[training], values[reserve], values[heldout]
    return DataSet(*parts, 1, classes=classes, names=columns, origin=origin, unit=unit)
