"""Tables of which one column is a label, to be learnt from the others."""

from __future__ import annotations

import dataclasses
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from kellet.data import files
from kellet.data.codebook import convert, count_levels, encode
from kellet.data.content import Rows
from kellet.data.kinds import Reading
from kellet.data.labelled import LabelledSet
from kellet.data.sight import Kind, Sight
from kellet.data.source import split
from kellet.errors import InputError, quote
from kellet.evidence import Array
from kellet.worlds.observable import Recipe
from kellet.worlds.rows import Kinds, read_rows, require_some, sum_up


class Labelled(Recipe, frozen=True, omit_defaults=True, tag="labelled"):
    """A table, every row a point: the other columns as features, and last the label.

    Features are what the codebook of the training split makes of them: numbers and dates in standard deviations from
    their mean, 1 or 0 for each level of a category, and for each gap among numbers, which stand at the mean there.  A
    label that is a number is in standard deviations, too; one of categories is their code, 0 for the most frequent.
    Rows without a label are left out, and said to be.

    path: whatever holds a table; one file, a folder or a glob.  columns: which are features, None for all.  kinds:
    column -> what it is, where that is not what it seems to be; it also decides what the label is.  missing_words: what
    stands for nothing.  seed: of the split into training (60 %), reserve (20 %) and held-out (20 %).  digest: of the
    contents, filled in when an experiment is resolved.
    """

    path: str
    label: str
    columns: tuple[str, ...] | None = None
    kinds: dict[str, Kind] = msgspec.field(default_factory=dict)
    missing_words: tuple[str, ...] = ()
    seed: int = 0
    digest: str | None = None

    unit: ClassVar[str] = "labelled rows"
    subject: ClassVar[str] = "labels"

    def __post_init__(self) -> None:
        self.check_least(0, "seed")

    def describe(self) -> str:
        others = f"the columns {quote(self.columns)}" if self.columns else "the other columns"
        return f"“{self.label}” from {others} of {Path(self.path).name}"

    def open(self, replicates: int = 1) -> LabelledSet:
        return dataclasses.replace(self._read()[0], replicates=replicates)

    def sight(self) -> Sight:
        return self._read()[1]

    def _read(self) -> tuple[LabelledSet, Sight]:
        contents = files.check(self.path, self.digest)
        kinds = tuple(sorted(self.kinds.items()))
        return _rows(self.path, self.label, self.columns, kinds, self.missing_words, self.seed, contents)


def read_labelled(
    path: str, label: str, columns: tuple[str, ...] | None, kinds: Kinds, missing_words: tuple[str, ...]
) -> tuple[Rows, Reading, list[Reading]]:
    """A table, its label, and the columns that are read beside it."""
    chosen = columns if columns is None or label in columns else (*columns, label)
    table, readings = read_rows(path, chosen, kinds, missing_words)
    found = next((one for one in readings if one.sight.name == label), None)
    if found is None:
        names = quote(one.sight.name for one in readings)
        meant = get_close_matches(label, (one.sight.name for one in readings), 1) or [readings[-1].sight.name]
        raise InputError(f"one of the columns {names}", quote([label]), f"--label {meant[0]}")
    if not found.role:
        got = f"{quote([label])}, which is left out ({found.sight.reason})"
        raise InputError("a label of numbers or categories", got, f"--kinds {label}=category, or another label")
    return table, found, [one for one in readings if one.sight.name != label]


@lru_cache(maxsize=2)
def _rows(
    path: str, label: str, columns: tuple[str, ...] | None, kinds: Kinds, missing_words: tuple[str, ...], seed: int,
    contents: str,
) -> tuple[LabelledSet, Sight]:  # fmt: skip
    """The table, split, and what was seen; contents: a digest, so that a file that changed is read again."""
    table, found, others = read_labelled(path, label, columns, kinds, missing_words)
    there = np.flatnonzero(found.values.is_not_null().to_numpy())
    files.require_points(len(there), "rows with a label", path)
    targets, labels = _encode(found, there)
    parts = split(len(there), seed)
    points, book = encode(require_some(others, path), [there[part] for part in parts])
    if not labels:
        mean, sd = targets[parts[0]].mean(), targets[parts[0]].std()
        if not sd > 0:
            raise InputError("labels that differ", f"one value in {quote([label])}", "another --label")
        targets = (targets - mean) / sd
    training, reserve, heldout = (
        np.column_stack([book(rows), targets[part]]) for rows, part in zip(points, parts, strict=True)
    )
    left = len(found.values) - len(there)
    note = f"{left:,} of {len(found.values):,} rows have no {quote([label])}, and are left out." if left else ""
    source = LabelledSet(training, reserve, heldout, 1, names=(*book.columns, label), labels=labels)
    use = f"the label, a {'category' if labels else 'number'}"
    target = dataclasses.replace(found, sight=msgspec.structs.replace(found.sight, use=use))
    return source, sum_up(path, table, [*others, target], note)


def _encode(found: Reading, there: NDArray[np.int64]) -> tuple[Array, tuple[str, ...]]:
    """The labels (n,) of the rows that have one, and the classes that they are codes of, if they are categories."""
    if found.role != "category":
        return convert(found)[0][there], ()
    codes, levels, _ = count_levels(found.values.gather(there))
    if len(levels) < 2:
        raise InputError("labels that differ", f"one value in {quote([found.sight.name])}", "another --label")
    return codes.astype(np.float64), levels
