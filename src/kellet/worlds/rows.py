"""The rows of people's tables, as worlds take them: which columns they learn, and what they say of the others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kellet.data import files, reading
from kellet.data.content import Rows
from kellet.data.kinds import Reading, read_columns
from kellet.data.sight import Kind, Sight
from kellet.data.source import LARGE
from kellet.errors import InputError, quote
from kellet.evidence import Array

Kinds = tuple[tuple[str, Kind], ...]
"""What a person says that columns are, as a key of a cache."""
SURE = 4.0
"""Standard errors, from which on rows with gaps are said to be other than those without."""


def read_rows(
    path: str, columns: tuple[str, ...] | None, kinds: Kinds, missing_words: tuple[str, ...]
) -> tuple[Rows, tuple[Reading, ...]]:
    """A table, and its columns as what they are; once a process, as long as its files stay as they are."""
    return _read(files.make_absolute(path), columns, kinds, missing_words, files.stamps(path))


@lru_cache(maxsize=1)
def _read(
    path: str, columns: tuple[str, ...] | None, kinds: Kinds, missing_words: tuple[str, ...],
    stamps: tuple[files.Stamp, ...],
) -> tuple[Rows, tuple[Reading, ...]]:  # fmt: skip
    rows = reading.read_rows(path)
    return rows, read_columns(rows, columns, dict(kinds), missing_words)


def sum_up(path: str, rows: Rows, readings: Sequence[Reading], *notes: str) -> Sight:
    """What was seen in a table."""
    columns = tuple(found.sight for found in readings)
    few = f"What models write is compared with at most {LARGE:,} of the training rows."
    every = (*rows.notes, *filter(None, notes), *([few] if 0.6 * rows.frame.height > LARGE else []))
    return Sight(Path(path).name, "table", rows.height or rows.frame.height, rows.read, columns, every)


def require_some(readings: Sequence[Reading], path: str) -> list[Reading]:
    """The columns that are learnt; refused where there are none."""
    if found := [one for one in readings if one.role]:
        return found
    first = min((one.sight for one in readings), key=lambda column: column.kind == "list")
    got = f"none in {Path(path).name}: {quote([first.name])} is left out ({first.reason})"
    attempt = {"list": "another table", "text": "--family ngram:order=2, which learns texts"}
    raise InputError("columns of numbers, dates or categories", got, attempt.get(first.kind, f"--columns {first.name}"))


def describe_gaps(readings: Sequence[Reading], values: Array, whole: NDArray[np.bool_]) -> str:
    """How many rows a family of complete rows leaves out, and where they differ most; nothing where all are complete.

    values: (N, d), NaN where a number is missing.  whole: (N,), which rows are complete.
    """
    if whole.all():
        return ""
    left = int((~whole).sum())
    most = max(readings, key=lambda one: one.sight.missing).sight
    many = f"{left:,} of {len(whole):,} rows ({left / len(whole):.0%})"
    said = f"{many} have gaps, most of them in {quote([most.name])}, and are left out"
    apart = [(_compare(column, whole), one) for column, one in zip(values.T, readings, strict=True)]
    (sure, gap), one = max(apart, key=lambda item: item[0][0])
    if sure < SURE:
        return f"{said}."
    higher = f"{abs(gap):.3g} {'higher' if gap > 0 else 'lower'}"
    return f"{said}, which biases what is learnt: among them {quote([one.sight.name])} is {higher} on average."


def _compare(column: Array, whole: NDArray[np.bool_]) -> tuple[float, float]:
    """By how many standard errors the mean of a column differs in rows with gaps, and by how much."""
    there = ~np.isnan(column)
    inside, outside = column[there & whole], column[there & ~whole]
    if min(len(inside), len(outside)) < files.FEWEST:
        return 0.0, 0.0
    gap = float(outside.mean() - inside.mean())
    error = float(np.sqrt(inside.var() / len(inside) + outside.var() / len(outside)))
    return (abs(gap) / error if error > 0 else 0.0), gap
