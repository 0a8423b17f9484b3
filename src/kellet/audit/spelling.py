"""Spelling: one column of both tables, with what is the same written in the same way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kellet.data.kinds import Reading
from kellet.data.missing import MISSING_WORDS

if TYPE_CHECKING:
    import polars as pl

SHOWN = 3
"""Examples in a sentence."""


@dataclass(frozen=True, eq=False)
class Spelt:
    """The values of both sides, of one type, and sentences about what differed."""

    reference: pl.Series
    candidate: pl.Series
    notes: tuple[str, ...] = ()


def agree(mine: Reading, theirs: Reading, written: pl.Series, other: pl.Series) -> Spelt:
    """A column as it was read on both sides, and as it was written on both."""
    import polars as pl

    here, there = mine.values, theirs.values.alias(mine.values.name)
    notes = _tell_types(mine, theirs, written, other)
    if here.dtype.is_numeric() and here.dtype != pl.Int128:
        return Spelt(here.cast(pl.Float64), there.cast(pl.Float64, strict=False), notes)
    if here.dtype.is_temporal():
        return Spelt(*_unify_dates(here, there), notes)
    spelt = Spelt(here.cast(pl.String), there.cast(pl.String), notes)
    if mine.sight.kind in ("identifier", "text"):
        return spelt
    for step in (_strip, _drop_missing, _pad, _fold):
        spelt = step(spelt)
    return spelt


def _tell_types(mine: Reading, theirs: Reading, written: pl.Series, other: pl.Series) -> tuple[str, ...]:
    """What is of another type or style, and what could not be read."""
    import polars as pl

    name, notes = written.name, []
    what = "numbers" if mine.values.dtype.is_numeric() else "dates" if mine.values.dtype.is_temporal() else "words"
    kinds = [_call(series) for series in (written, other)]
    if kinds[0] != kinds[1] and written.count() and other.count():
        notes.append(f'"{name}" is of {kinds[0]} in the reference and of {kinds[1]} in the candidate: read as {what}.')
    if mine.comma != theirs.comma:
        side = "reference" if mine.comma else "candidate"
        notes.append(f'"{name}" has decimal commas in the {side} alone: read as numbers.')
    for side, before, after in (("reference", written, mine.values), ("candidate", other, theirs.values)):
        lost = before.filter(before.is_not_null() & after.is_null())
        if len(lost):
            words = _show(lost.cast(pl.String).unique(maintain_order=True).to_list())
            notes.append(f'"{name}" has {words} in {_rows(len(lost))} of the {side}, no {what}: taken for missing.')
    return tuple(notes)


def _unify_dates(here: pl.Series, there: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Days, or moments of UTC where either side has those."""
    import polars as pl

    if here.dtype == there.dtype:
        return here, there
    if pl.Time in (here.dtype, there.dtype) or not there.dtype.is_temporal():
        return here, there.clear().cast(here.dtype).extend_constant(None, len(there))
    first, second = (
        (one.dt.convert_time_zone("UTC") if getattr(one.dtype, "time_zone", None) else one)
        .cast(pl.Datetime("us", "UTC") if getattr(one.dtype, "time_zone", None) else pl.Datetime("us"))
        .dt.replace_time_zone(None)
        for one in (here, there)
    )
    return first, second


def _strip(spelt: Spelt) -> Spelt:
    """Without blanks in front and behind."""
    import polars as pl

    notes, sides = [], []
    for side, words in (("reference", spelt.reference), ("candidate", spelt.candidate)):
        bare = words.str.strip_chars()
        if changed := int((bare != words).sum()):
            notes.append(f'"{words.name}" has blanks in front or behind in {_rows(changed)} of the {side}: taken off.')
        sides.append(pl.select(pl.when(bare != "").then(bare)).to_series().alias(words.name))
    return Spelt(sides[0], sides[1], (*spelt.notes, *notes))


def _drop_missing(spelt: Spelt) -> Spelt:
    """Words for missing: on one side, where nothing is written on the other, they are missing values as well."""
    import polars as pl

    sides, notes, name = [spelt.reference, spelt.candidate], [], spelt.reference.name
    words = [side.filter(side.str.to_lowercase().is_in(MISSING_WORDS)).unique().sort() for side in sides]
    for i, side in enumerate(("reference", "candidate")):
        alone = words[i].filter(~words[i].is_in(words[1 - i].implode()))
        rows = sides[i].is_in(alone.implode())
        if not len(alone):
            continue
        taken = sides[1 - i].null_count() > 0
        verb = "taken for missing" if taken else "words like any other"
        notes.append(f'"{name}" has {_show(alone.to_list())} in {_rows(int(rows.sum()))} of the {side} alone: {verb}.')
        if taken:
            sides[i] = pl.select(pl.when(~rows).then(sides[i])).to_series().alias(name)
    if both := words[0].filter(words[0].is_in(words[1].implode())).to_list():
        notes.append(f'"{name}" has {_show(both)} on both sides: a value like any other.')
    return Spelt(sides[0], sides[1], (*spelt.notes, *notes))


def _pad(spelt: Spelt) -> Spelt:
    """Codes with the leading zeros that a program took off."""
    here, there = spelt.reference.drop_nulls(), spelt.candidate
    length = here.str.len_chars()
    if not len(here) or length.min() != length.max() or not here.str.contains(r"^\d+$").all():
        return spelt
    width = int(length[0])
    short = (there.str.contains(r"^\d+$") & (there.str.len_chars() < width)).fill_null(False)
    if not here.str.starts_with("0").any() or not short.any():
        return spelt
    note = f'"{here.name}" lacks leading zeros in {_rows(int(short.sum()))} of the candidate: put back.'
    return replace(spelt, candidate=there.str.zfill(width).zip_with(short, there), notes=(*spelt.notes, note))


def _fold(spelt: Spelt) -> Spelt:
    """Values that differ in upper and lower case only, as the reference has them."""
    import polars as pl

    levels = spelt.reference.drop_nulls().value_counts(name="_times").sort("_times", spelt.reference.name)
    known = {word.lower(): word for word in levels[spelt.reference.name].to_list()}
    alike = {word for word in levels[spelt.reference.name].to_list() if known[word.lower()] != word}
    name, notes = spelt.reference.name, []
    if alike:
        notes.append(
            f'"{name}" has values in the reference that differ in case only, and stay apart: {_show(sorted(alike))}.'
        )
    new = spelt.candidate.unique().drop_nulls()
    new = new.filter(~new.is_in(levels[name].implode()))
    mended = {word: known[word.lower()] for word in sorted(new.to_list()) if word.lower() in known}
    if not mended:
        return replace(spelt, notes=(*spelt.notes, *notes))
    rows = int(spelt.candidate.is_in(list(mended)).sum())
    shown = _show([f"{old} for {right}" for old, right in mended.items()])
    notes.append(f'"{name}" differs in upper and lower case in {_rows(rows)} of the candidate ({shown}): read alike.')
    candidate = pl.Series(name, spelt.candidate.replace(mended))
    return Spelt(spelt.reference, candidate, (*spelt.notes, *notes))


def _call(series: pl.Series) -> str:
    """What the values of a type are called."""
    import polars as pl

    dtype = series.dtype
    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return "words"
    return "dates" if dtype.is_temporal() else "truth values" if dtype == pl.Boolean else "numbers"


def _rows(many: int) -> str:
    return f"{many:,} row{'' if many == 1 else 's'}"


def _show(words: list[str]) -> str:
    return ", ".join([*map(repr, words[:SHOWN]), *(["..."] if len(words) > SHOWN else [])])
