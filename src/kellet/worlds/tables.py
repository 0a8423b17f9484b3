"""Worlds made of a person's own tables."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from kellet.data import files
from kellet.data.classes import Classes
from kellet.data.codebook import Form, convert, count_levels
from kellet.data.kinds import Reading
from kellet.data.sight import Kind, Sight
from kellet.data.source import DataSet, split
from kellet.errors import InputError, quote
from kellet.evidence import Array
from kellet.page.wording import join
from kellet.worlds.observable import Recipe
from kellet.worlds.rows import Kinds, describe_gaps, read_rows, require_some, sum_up
from kellet.worlds.words import Counted


class Table(Recipe, frozen=True, omit_defaults=True, tag="table"):
    """The columns of numbers of a table: dates are days or seconds, truth values 0 and 1.

    Rows with gaps are left out, and said to be.

    path: whatever holds a table; one file, a folder or a glob.  columns: which, None for all but the label.  kinds:
    column -> what it is, where that is not what it seems to be.  missing_words: what stands for nothing.  label: a
    column of classes, which a frozen reader then looks for in what models write.  seed: of the split into training
    (60 %), reserve (20 %) and held-out (20 %).  digest: of the contents, filled in when an experiment is resolved.
    scale: "standard" counts in standard deviations of the training split from its mean; "raw" leaves the numbers as
    they are, for laws on part of the line, and a single column is then no vector.
    """

    path: str
    columns: tuple[str, ...] | None = None
    label: str | None = None
    seed: int = 0
    digest: str | None = None

    unit: ClassVar[str] = "rows"
    scale: Literal["standard", "raw"] = "standard"
    kinds: dict[str, Kind] = msgspec.field(default_factory=dict)
    missing_words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.check_least(0, "seed")

    def describe(self) -> str:
        return f"{describe_columns(self.columns) or 'the numbers'} of {Path(self.path).name}"

    def open(self, replicates: int = 1) -> DataSet:
        return replace(self._read()[0], replicates=replicates)

    def sight(self) -> Sight:
        return self._read()[1]

    def _read(self) -> tuple[DataSet, Sight]:
        contents = files.check(self.path, self.digest)
        kinds = tuple(sorted(self.kinds.items()))
        raw = self.scale == "raw"
        return _split(self.path, self.columns, self.label, kinds, self.missing_words, self.seed, contents, raw)


class Column(Counted, frozen=True, omit_defaults=True, tag="column"):
    """One column of categories: the truth is how often each value occurs in the file.

    missing_words: what stands for nothing.
    """

    path: str
    column: str
    digest: str | None = None
    missing_words: tuple[str, ...] = ()

    things: ClassVar[str] = "values"

    def describe(self) -> str:
        return f"{describe_columns((self.column,))} of {Path(self.path).name}, and how often each of its values occurs"

    def rank(self) -> tuple[tuple[str, ...], np.ndarray]:
        return self._count()[:2]

    def sight(self) -> Sight:
        return self._count()[2]

    def _count(self) -> tuple[tuple[str, ...], np.ndarray, Sight]:
        return _count(self.path, self.column, self.missing_words, files.check(self.path, self.digest))


def describe_columns(names: tuple[str, ...] | None) -> str:
    """Columns by their names; nothing where that is all of them."""
    if not names:
        return ""
    return f"the column{'s' if len(names) > 1 else ''} {join([f'“{name}”' for name in names])}"


@lru_cache(maxsize=2)
def _split(
    path: str, columns: tuple[str, ...] | None, label: str | None, kinds: Kinds, missing_words: tuple[str, ...],
    seed: int, contents: str, raw: bool,
) -> tuple[DataSet, Sight]:  # fmt: skip
    chosen = columns if columns is None or label is None or label in columns else (*columns, label)
    rows, readings = read_rows(path, chosen, _with_label(kinds, label), missing_words)
    files.require_points(rows.frame.height, "rows", path)
    own = [one for one in readings if one.sight.name != label or label in (columns or ())]
    found = _require_numbers(require_some(own, path))
    forms: dict[str, Form] = {}
    values = np.empty((rows.frame.height, len(found)))
    for j, one in enumerate(found):
        values[:, j], form = _count_truth(one) if one.role == "category" else convert(one)
        if form != Form():
            forms[one.sight.name] = form
    whole = np.asarray(~np.isnan(values).any(axis=1))
    gaps = describe_gaps(found, values, whole)
    if whole.sum() < files.FEWEST:
        most = max(found, key=lambda one: one.sight.missing).sight
        got = f"{whole.sum()} of {len(values):,}; {most.missing:,} have no {quote([most.name])}"
        raise InputError(f"at least {files.FEWEST} rows without gaps", got, "--family copula, which learns gaps")
    sight = sum_up(path, rows, readings, gaps)
    if raw:
        values += [forms.get(one.sight.name, Form()).origin for one in found]
    values = values if whole.all() else values[whole]
    training, reserve, heldout = split(len(values), seed)
    origin = unit = classes = None
    if raw:
        values = values[:, 0] if values.shape[1] == 1 else values
    else:
        origin, sd = values[training].mean(axis=0), values[training].std(axis=0)
        unit = np.where(sd > 0, sd, 1.0)
        values = (values - origin) / unit
    if label is not None:
        codes, names = _classify(next(one for one in readings if one.sight.name == label))
        codes = codes[whole]
        classes = Classes.learn(names, (values[training], codes[training]), (values[heldout], codes[heldout]))
    parts = values[training], values[reserve], values[heldout]
    names = tuple(one.sight.name for one in found)
    return DataSet(*parts, 1, classes=classes, names=names, origin=origin, unit=unit, forms=forms), sight


def _with_label(kinds: Kinds, label: str | None) -> Kinds:
    """A label is a category, whatever it seems to be."""
    return kinds if label is None else tuple({**dict(kinds), label: "category"}.items())


def _require_numbers(found: list[Reading]) -> list[Reading]:
    """The same columns; refused where some are no numbers."""
    odd = [one.sight for one in found if one.role == "category" and one.sight.kind != "truth"]
    if not odd:
        return found
    numeric = [one.sight.name for one in found if one.sight not in odd]
    attempt = f"--columns {','.join(numeric[:8])}, or --family copula" if numeric else "--family copula"
    example = odd[0].examples[0] if odd[0].examples else "empty"
    more = f"{len(odd)} that are not, {quote([odd[0].name])} first (e.g. {example!r})"
    raise InputError("columns of numbers", more, f"{attempt}, or --columns {odd[0].name} --family categorical")


def _count_truth(one: Reading) -> tuple[Array, Form]:
    """Truth values as 0 and 1, NaN where they are missing; what comes first by spelling is 0."""
    import polars as pl

    values = sorted(one.values.drop_nulls().unique().to_list())
    codes = one.values.replace_strict(values, range(len(values)), default=None, return_dtype=pl.Float64)
    return codes.to_numpy(), Form("whole")


def _classify(label: Reading) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The class (N,) of each row, and the names of the classes by spelling."""
    codes, levels, _ = count_levels(label.values)
    order = np.argsort(np.array(levels, dtype=object))
    return np.argsort(order)[codes], tuple(levels[i] for i in order)


@lru_cache(maxsize=2)
def _count(
    path: str, column: str, missing_words: tuple[str, ...], contents: str
) -> tuple[tuple[str, ...], np.ndarray, Sight]:
    """The values of a column, most frequent first, how often each occurs, and what was seen."""
    rows, (found,) = read_rows(path, (column,), (), missing_words)
    if found.role != "category":
        rows, (found,) = read_rows(path, (column,), ((column, "category"),), missing_words)
    _, levels, counts = count_levels(found.values)
    if len(levels) < 2:
        got = f"{len(levels)} in {quote([column])}"
        raise InputError("a column with at least two different values", got, "another column")
    return levels, counts, sum_up(path, rows, (found,))
