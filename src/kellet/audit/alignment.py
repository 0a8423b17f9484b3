"""Alignment: before any score, two tables are read as one kind of table, and whatever differs in writing is said.

The reference is read as what its columns seem to be, the candidate as the same.  A column that can't be read so is left
out and named; only tables with nothing in common are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kellet.audit.spelling import Spelt, agree
from kellet.data.content import Rows
from kellet.data.kinds import Reading, read_columns
from kellet.data.selection import LOOK, TEXTS, WORDS
from kellet.data.sight import Kind
from kellet.errors import InputError, quote
from kellet.profile.columns import NUMERIC, Column, Role, count_numbers

if TYPE_CHECKING:
    import polars as pl

SIDES = ("reference", "candidate")
REPEATING = 0.5
"""Different numbers a row, up to which they are values as well."""
CUTS = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
"""Quantiles of the reference between which its numbers are in one bin, for pairs."""
PAIRED = 128
"""Values of a category in the reference, up to which pairs of them are counted."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """Two tables of the same columns, of the same types.

    reference, candidate: frames; words, Float64, or dates, null where a value is missing.  columns: how each is
    counted, in the order of the reference.  notes: sentences about what differs, and what was done.
    """

    reference: pl.DataFrame
    candidate: pl.DataFrame
    columns: tuple[Column, ...]
    notes: tuple[str, ...]

    @property
    def roles(self) -> dict[str, Role]:
        """Of each column."""
        return {one.name: one.role for one in self.columns}


def align(
    reference: Rows,
    candidate: Rows,
    kinds: Mapping[str, Kind] | None = None,
    missing_words: tuple[str, ...] = (),
    text: Sequence[str] = (),
) -> Alignment:
    """Two tables as they can be compared.

    kinds, missing_words: what a person says of columns, as for `read_columns`.  text: columns of free text, whatever
    they seem to be.
    """
    import polars as pl

    for side, rows in zip(SIDES, (reference, candidate), strict=True):
        if not rows.frame.height:
            raise InputError("rows on either side", f"a {side} without any", "a file with rows")
    theirs, notes = _match(reference.frame, candidate.frame)
    shared = [name for name in reference.frame.columns if name in theirs.columns]
    if not shared:
        got = f"{quote(reference.frame.columns, 4)} against {quote(candidate.frame.columns, 4)}"
        raise InputError("columns that both tables have", got, "tables of the same columns")
    said: dict[str, Kind] = {name: kind for name, kind in (kinds or {}).items() if name in shared}
    said |= {name: "text" for name in shared if name in text}
    read = read_columns(Rows(reference.frame.select(shared)), None, said, missing_words)
    spelt = []
    for mine in read:
        if mine.sight.kind == "list":
            notes.append(f'"{mine.sight.name}" is left out: {mine.sight.reason}.')
            continue
        written, others = reference.frame[mine.sight.name], theirs[mine.sight.name]
        other = _read_alike(others, mine, missing_words, notes)
        if other is not None:
            spelt.append((choose_role(mine), agree(mine, other, written, others)))
    if not spelt:
        raise InputError(
            "columns that can be read alike on both sides", notes[-1].rstrip("."), "tables of the same columns"
        )
    first, second = (pl.DataFrame([getattr(one, side) for _, one in spelt]) for side in SIDES)
    notes += [note for role, one in spelt for note in (*one.notes, *_describe(role, one))]
    notes += _compare_rows(first, second, [role for role, _ in spelt])
    columns = tuple(
        Column(one.reference.name, role, cut_bins(one.reference, role), role != "category" or _levels(one) <= PAIRED)
        for role, one in spelt
    )
    return Alignment(first, second, columns, tuple(notes))


def _match(mine: pl.DataFrame, theirs: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """The candidate with the names of the reference, and what differs."""
    notes = []
    left = {_fold(name): name for name in mine.columns if name not in theirs.columns}
    renamed = {
        name: left.pop(_fold(name)) for name in theirs.columns if name not in mine.columns and _fold(name) in left
    }
    if renamed:
        pairs = ", ".join(f'"{old}" for "{new}"' for old, new in renamed.items())
        notes.append(f"Names of columns are written otherwise in the candidate ({pairs}), and were matched.")
    theirs = theirs.rename(renamed)
    for side, one, other in (("reference", mine, theirs), ("candidate", theirs, mine)):
        alone = [name for name in one.columns if name not in other.columns]
        if alone:
            notes.append(f"{_count(len(alone), 'column')} in the {side} alone, left out: {quote(alone)}.")
    return theirs, notes


def _fold(name: str) -> str:
    return re.sub(r"[\s_.\-]+", "", name).lower()


def _read_alike(series: pl.Series, mine: Reading, missing_words: tuple[str, ...], notes: list[str]) -> Reading | None:
    """The candidate's column as the reference's kind, or None where it can't be."""
    name, kind = mine.sight.name, mine.sight.kind
    if kind in ("constant", "identifier"):
        kind = "number" if mine.values.dtype.is_numeric() else "date" if mine.values.dtype.is_temporal() else "category"
    if kind == "truth":
        kind = "category"
    if series.null_count() == len(series):
        # Nothing to read: it is of any kind.
        return Reading(mine.sight, mine.role, series.clear().extend_constant(None, len(series)))
    try:
        [other] = read_columns(Rows(series.to_frame()), None, {name: kind}, missing_words)
    except InputError as error:
        got = error.line.split("; got ", 1)[-1].split(". Try ")[0]
        nouns = {"number": "numbers", "count": "numbers", "date": "dates"}
        notes.append(f'"{name}" is left out: {nouns.get(kind, "words")} in the reference, in the candidate {got}.')
        return None
    return other


def choose_role(mine: Reading) -> Role:
    """What a column is for an audit; one that is called a text is, where its values are all different or wordy."""
    import polars as pl

    kind, values = mine.sight.kind, mine.values
    if mine.sight.name.lower() in TEXTS and values.dtype == pl.String and kind in ("identifier", "category"):
        words = values.drop_nulls().head(LOOK).str.count_matches(r"\S+")
        if kind == "identifier" or int(words.sum()) >= WORDS * len(words):
            return "text"
    if kind in ("identifier", "constant", "text", "date"):
        return kind
    if kind in ("number", "count"):
        return "discrete" if mine.sight.distinct <= REPEATING * values.count() else "number"
    return "category"


def cut_bins(values: pl.Series, role: Role) -> tuple[float, ...]:
    """Where the bins of a column of numbers begin and end."""
    if role not in NUMERIC:
        return ()
    numbers = count_numbers(values).drop_nulls()
    found = {float(f"{edge:.6g}") for edge in np.quantile(numbers.to_numpy(), CUTS)} if len(numbers) else set()
    return tuple(sorted(found))


def _levels(one: Spelt) -> int:
    return one.reference.n_unique()


def _describe(role: Role, one: Spelt) -> list[str]:
    """What a column is, where that matters."""
    name, notes = one.reference.name, []
    if role == "identifier":
        both = int(one.candidate.drop_nulls().unique().is_in(one.reference.drop_nulls().unique().implode()).sum())
        shared = f"; {both:,} of them are the candidate's too" if both else ""
        notes.append(
            f'"{name}" names rows ({one.reference.n_unique():,} different values{shared}): it is not measured.'
        )
    if role == "category" and _levels(one) > PAIRED:
        notes.append(f'"{name}" has {_levels(one):,} different values: no pairs of them are counted.')
    if role == "constant" and one.reference.count():
        notes.append(f'"{name}" has one value in the reference, {one.reference.drop_nulls()[0]!r}.')
    for side, values in (("reference", one.reference), ("candidate", one.candidate)):
        if not values.count():
            notes.append(f'"{name}" is missing in all {len(values):,} rows of the {side}.')
    return notes


def _compare_rows(mine: pl.DataFrame, theirs: pl.DataFrame, roles: list[Role]) -> list[str]:
    """Rows that occur more than once, and rows of the candidate that are the reference's; names of rows left aside."""
    names = [name for name, role in zip(mine.columns, roles, strict=True) if role != "identifier"]
    if not names:
        return []
    here, there = (frame.select(names).hash_rows().to_numpy() for frame in (mine, theirs))
    again = [len(hashes) - len(np.unique(hashes)) for hashes in (here, there)]
    notes = []
    if any(again):
        sides = (f"{n:,} of {len(h):,} in the {side}" for n, h, side in zip(again, (here, there), SIDES, strict=True))
        notes.append(f"Rows that stand there once more, and stay: {', '.join(sides)}.")
    if copies := int(np.isin(there, here).sum()):
        notes.append(f"{copies:,} of {len(there):,} rows of the candidate are rows of the reference as well.")
    return notes


def _count(many: int, noun: str) -> str:
    """
    >>> _count(1, "column"), _count(2, "column")
    ('1 column is', '2 columns are')
    """
    return f"{many:,} {noun} is" if many == 1 else f"{many:,} {noun}s are"
