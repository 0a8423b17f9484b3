"""Layout: which rows of the mix lie in which window and shard."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kellet.evidence import Integers
from kellet.mix.apportionment import apportion, deal
from kellet.mix.order import derive, spread
from kellet.mix.recipe import REAL
from kellet.mix.sources import Kind
from kellet.mix.totals import Totals

TARGET = 1 << 26
"""Bytes of a shard, about, as they are in memory."""


@dataclass(frozen=True, eq=False)
class Layout:
    """kinds: K of them.  rows: (windows, K) of each kind in each window.  block: windows of a shard."""

    kinds: tuple[Kind, ...]
    rows: Integers
    block: int
    ends: Integers = field(init=False)

    def __post_init__(self) -> None:
        shards = np.add.reduceat(self.rows, np.arange(0, len(self.rows), self.block), axis=0)
        object.__setattr__(self, "ends", np.cumsum(shards, axis=0))

    @property
    def shards(self) -> int:
        """How many files."""
        return len(self.ends)

    def find_shards(self, kind: int, turns: Integers) -> Integers:
        """(N,) in which shard the rows of a kind lie that come as the how many-th of it."""
        return np.searchsorted(self.ends[:, kind], turns, "right")

    def windows(self, shard: int) -> Integers:
        """(windows, K) rows of those of a shard."""
        return self.rows[shard * self.block : (shard + 1) * self.block]

    def arrange(self, shard: int, seed: int) -> Integers:
        """(N,) which row stands where in a shard: places in an order by kind, and by turn within a kind.

        Within a window each kind comes evenly.
        """
        windows = self.windows(shard)
        starts = np.cumsum(windows.sum(axis=0)) - windows.sum(axis=0)
        taken = np.zeros_like(starts)
        parts = []
        for place, counts in enumerate(windows):
            kinds = np.repeat(np.arange(len(counts)), counts)
            pattern = kinds[spread(kinds, derive("window", seed, shard * self.block + place))]
            # The rows of a kind keep their order.
            places = np.empty(len(kinds), np.int64)
            places[np.argsort(pattern, kind="stable")] = np.repeat(
                starts + taken - np.cumsum(counts) + counts, counts
            ) + np.arange(len(kinds))
            parts.append(places)
            taken += counts
        return np.concatenate(parts)


def lay_out(totals: Totals, window: int, size: float) -> Layout:
    """size: bytes of a row."""
    kinds = tuple(totals.rows)
    many = list(totals.rows.values())
    real = [i for i, kind in enumerate(kinds) if kind.origin == REAL]
    written = [i for i, kind in enumerate(kinds) if kind.origin != REAL]
    rows = apportion([sum(many[i] for i in real), *(many[i] for i in written)], window)
    strata = deal([many[i] for i in real], rows[:, 0])
    whole = np.concatenate([strata, rows[:, 1:]], axis=1)
    return Layout(kinds, whole, max(1, int(TARGET / max(1.0, size) / window)))
