"""Entries: the labels of rows, as the hash over all rows has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kellet.mix.identity import BYTES, VOID
from kellet.mix.merkle import Entries, enter
from kellet.mix.recipe import GENERATION, ID, ORIGIN

if TYPE_CHECKING:
    import polars as pl

LAST = 0xFFFF


def enter_rows(frame: pl.DataFrame, origins: Sequence[str]) -> Entries:
    """Rows by their labels; what is no label stands for nothing that a mix has."""
    import polars as pl

    known = pl.Series(origins, dtype=pl.String)
    places = frame[ORIGIN].replace_strict(known, pl.int_range(len(known), eager=True), default=LAST)
    generations = frame[GENERATION].fill_null(LAST).clip(0, LAST)
    ids = np.frombuffer(bytes.fromhex("".join(_spell(frame[ID]).to_list())), VOID)
    return enter(ids, places.to_numpy(), generations.to_numpy())


def _spell(ids: pl.Series) -> pl.Series:
    """Those that are none as zeros."""
    import polars as pl

    right = ids.str.contains(f"^[0-9a-f]{{{2 * BYTES}}}$")
    return pl.select(pl.when(right).then(ids).otherwise(pl.lit("0" * (2 * BYTES)))).to_series()
