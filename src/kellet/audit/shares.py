"""Shares: counts of groups, put together to those of both sides under each assignment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kellet.audit.exchange import Exchange
from kellet.evidence import Array, Integers

if TYPE_CHECKING:
    import polars as pl


def spread(exchange: Exchange, rows: pl.DataFrame, cells: Integers, size: int) -> Array:
    """(size, groups) how much each group has of each cell.

    rows: of a tally, see `Exchange.rows`.  cells: (rows,) to which of them each belongs; those below 0 are left out.
    """
    many, inside = len(exchange.chosen), cells >= 0
    found = cells[inside] * many + rows["place"].to_numpy()[inside]
    counts = np.bincount(found, rows["count"].to_numpy()[inside], size * many)
    return np.asarray(counts.reshape(size, many), np.float64)


def assign(exchange: Exchange, cells: Array) -> tuple[Array, Array]:
    """(size, P), (size, P): sums of both sides, the reference's first, of what groups have (size, groups)."""
    theirs = np.asarray(cells @ exchange.chosen, np.float64)
    return cells.sum(axis=1)[:, None] - theirs, theirs
