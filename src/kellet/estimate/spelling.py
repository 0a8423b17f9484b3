"""Spelling: levels of columns, and pairs of levels, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from kellet.data.dates import TIMES
from kellet.estimate.layout import Column
from kellet.estimate.tables import Features, pair_up
from kellet.profile.coding import EXACT
from kellet.profile.columns import place
from kellet.profile.tally import Hashes

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def spell_features(features: Features, columns: Sequence[Column], words: Mapping[int, str]) -> list[str]:
    """(V,) what each level, and each pair of levels, is; words: by their keys."""
    levels = [
        _spell_column(column, cuts, size, words)
        for column, cuts, size in zip(columns, features.coding.cuts, features.coding.sizes, strict=True)
    ]
    cells = [*levels, *([f"{a} and {b}" for a in levels[i] for b in levels[j]] for i, j in pair_up(len(levels)))]
    # Features are numbered in the order of cells.
    every = (zip(*one, strict=True) for one in zip(cells, features.places, strict=True))
    return [cell for one in every for cell, at in one if at >= 0]


def _spell_column(column: Column, cuts: Hashes, size: int, words: Mapping[int, str]) -> list[str]:
    """All levels of a column, in the order of `Coding`."""
    name = column.name
    if column.form == "word":
        known = [f"{name} = {words.get(key, '(another)')}" for key in cuts.tolist()]
        return [f"{name} missing", f"{name} = (rare)", *known]
    edges = [_spell_number(column, value) for value in place(cuts).tolist()]
    if not edges:
        return [f"{name} missing", f"{name} there"]
    between = [f"{name} from {a} to {b}" for a, b in pairwise(edges)]
    found = [f"{name} missing"] * size
    found[1::2] = [f"{name} below {edges[0]}", *between, f"{name} above {edges[-1]}"]
    found[2::2] = [f"{name} = {edge}" for edge in edges]
    return found


def _spell_number(column: Column, value: float) -> str:
    if column.form == "number":
        return f"{value:.0f}" if value == value // 1 and abs(value) < EXACT else f"{value:.4g}"
    if column.style == TIMES:
        return (EPOCH + timedelta(days=value)).strftime("%H:%M:%S")
    at = EPOCH + timedelta(days=value)
    return at.strftime("%Y-%m-%d" if value == value // 1 else "%Y-%m-%d %H:%M")
