"""Tables of numbers and categories side by side."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kellet.data import files
from kellet.data.missing import MISSING
from kellet.data.source import Codebook, DataSet, split
from kellet.errors import InputError
from kellet.evidence import Array
from kellet.worlds.observable import Recipe
from kellet.worlds.tables import describe_columns

MOST = 500
"""Different values that a column of categories may have: a name or a number of each row tells nothing in general."""


class Mixed(Recipe, frozen=True, omit_defaults=True, tag="mixed"):
    """A table whose columns are numbers or categories, every row a point (d,).

    Numbers stand as they are in the file; a category stands as its code, 0 for the most frequent in the file, so that a
    rare one keeps its own.  What has no number type (words, dates, truth values) is a category, and so are the columns
    named in ``categorical``.  A missing category is a category, "(missing)"; a missing or infinite number is refused.

    path: csv, tsv, jsonl, parquet, npy or npz; one file, a folder or a glob.  columns: which, None for all.  seed: of
    the split into training (60 %), reserve (20 %) and held-out (20 %).  digest: of the contents, filled in when an
    experiment is resolved.
    """

    path: str
    columns: tuple[str, ...] | None = None
    categorical: tuple[str, ...] = ()
    seed: int = 0
    digest: str | None = None

    def describe(self) -> str:
        return f"{describe_columns(self.columns) or 'the rows'} of {Path(self.path).name}"

    def open(self, replicates: int = 1) -> DataSet:
        contents = files.check(self.path, self.digest)
        parts, codebook = _rows(self.path, self.columns, self.categorical, self.seed, contents)
        return DataSet(*parts, replicates, view=codebook, codebook=codebook, names=codebook.columns)


@lru_cache(maxsize=2)
def _rows(
    path: str, columns: tuple[str, ...] | None, categorical: tuple[str, ...], seed: int, contents: str
) -> tuple[tuple[Array, Array, Array], Codebook]:
    """The three parts of the split, and the codebook; contents: a digest, so that a file that changed is read again."""
    import polars as pl

    table = files.read_table(path)
    chosen = tuple(columns or table.columns)
    files.require_columns(table, *chosen, *categorical)
    if len(set(chosen)) < len(chosen):
        raise InputError("every column once", ", ".join(chosen), f"--columns {','.join(dict.fromkeys(chosen))}")
    if odd := [name for name in categorical if name not in chosen]:
        attempt = f"--columns {','.join((*chosen, odd[0]))}"
        raise InputError("categorical columns among the chosen ones", odd[0], attempt)
    files.require_points(table.height, "rows", path)
    values = np.empty((table.height, len(chosen)))
    levels: dict[str, tuple[str, ...]] = {}
    counts: dict[str, NDArray[np.int64]] = {}
    for j, name in enumerate(chosen):
        column = table[name]
        if column.dtype.is_numeric() and name not in categorical:
            values[:, j] = column.cast(float).to_numpy()
            continue
        if column.dtype.is_nested():
            raise InputError("columns of numbers or categories", f"lists in {name!r}", "--columns without it")
        words = column.cast(pl.String).fill_null(MISSING).to_numpy()
        found, codes, often = np.unique(words.astype(str), return_inverse=True, return_counts=True)
        if len(found) > MOST:
            expected = f"at most {MOST} different values in a categorical column"
            raise InputError(expected, f"{len(found)} in {name!r}", "--columns without it")
        order = np.argsort(-often, kind="stable")
        values[:, j] = np.argsort(order)[codes]
        levels[name], counts[name] = tuple(map(str, found[order])), often[order].astype(np.int64)
    files.require_numbers(values, chosen)
    parts = split(len(values), seed)
    numbers = values[parts[0]][:, [j for j, name in enumerate(chosen) if name not in levels]]
    mean, sd = numbers.mean(axis=0), numbers.std(axis=0)
    codebook = Codebook(chosen, levels, counts, mean, np.where(sd > 0, sd, 1.0))
    return (values[parts[0]], values[parts[1]], values[parts[2]]), codebook
