"""Coding: values of rows as levels, by rows that were looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kellet.estimate.layout import MISSING
from kellet.evidence import Integers
from kellet.profile.tally import Hashes

COMMON = 5
"""Rows that have a word, from which on it is a level."""
LEVELS = 250
"""Of one column, the most frequent ones: trees know no more."""
BINS = 10


@dataclass(frozen=True, eq=False)
class Coding:
    """Values as levels: 0 is missing; of words 1 is any that is rare; of numbers each bin is one, and each edge.

    numeric: (D,), which columns are numbers.  cuts: (D,), of each the keys of levels, or of edges, in their order.
    """

    numeric: NDArray[np.bool_]
    cuts: tuple[Hashes, ...]

    @property
    def sizes(self) -> list[int]:
        """(D,) how many levels each column has."""
        return [len(cuts) * (1 + int(wide)) + 2 for wide, cuts in zip(self.numeric, self.cuts, strict=True)]

    def code(self, rows: Hashes) -> Integers:
        """(N, D) levels of rows."""
        codes = np.empty(rows.shape, np.int64)
        for i, (wide, cuts) in enumerate(zip(self.numeric, self.cuts, strict=True)):
            keys = rows[:, i]
            at = np.searchsorted(cuts, keys)
            if wide:
                found = at + np.searchsorted(cuts, keys, "right") + 1
            else:
                known = np.append(cuts, MISSING)[at] == keys
                found = np.where(known, at + 2, 1)
            codes[:, i] = np.where(keys == MISSING, 0, found)
        return codes


def learn_coding(rows: Hashes, numeric: NDArray[np.bool_]) -> Coding:
    """Levels and bins of rows (N, D): words that COMMON rows have, and edges between which numbers are as frequent."""
    cuts = []
    for keys, wide in zip(rows.T, numeric, strict=True):
        there = np.sort(keys[keys != MISSING])
        if wide:
            cuts.append(np.unique(there[np.arange(1, BINS) * len(there) // BINS]) if len(there) else there)
        else:
            levels, many = np.unique(there, return_counts=True)
            frequent = np.argsort(-many, kind="stable")[:LEVELS]
            cuts.append(np.sort(levels[frequent[many[frequent] >= COMMON]]))
    return Coding(numeric, tuple(cuts))
