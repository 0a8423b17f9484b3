"""Inventory: what is kept of a corpus after its rows were looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from kellet.estimate.counts import Counts
from kellet.estimate.layout import identify
from kellet.estimate.rows import RowReference
from kellet.estimate.sample import Sample
from kellet.evidence import Integers
from kellet.profile.tally import Hashes


@dataclass(frozen=True, eq=False)
class Inventory:
    """Sums over rows; they add, and no order changes a bit.

    slices: of each the counts.  features: (V,), how many rows have each.  columns: (2, D), how many have a value, and
    how many one that the human table has.  sample: of rows that count.  known: how many don't, since references have
    them.  empty: none.
    """

    slices: tuple[Counts, ...]
    features: Integers
    columns: Integers
    sample: Sample
    known: int
    empty: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(
            tuple(one + two for one, two in zip(self.slices, other.slices, strict=True)),
            self.features + other.features, self.columns + other.columns, self.sample + other.sample,
            self.known + other.known,
        )  # fmt: skip

    @property
    def whole(self) -> Counts:
        """The counts of all slices."""
        first, *others = self.slices
        return sum(others, first)


def take(reference: RowReference, rows: Hashes, slices: Integers, many: int, hashes: Hashes) -> Inventory:
    """The inventory of rows (N, D), each of which is in one of so many slices.  hashes: sorted, of rows of references
    that don't count; where there are none, rows may be equal by chance, and are no copies."""
    own = identify(rows)
    known = np.isin(own, hashes)
    kept = rows[~known]
    return Inventory(
        tuple(reference.count(kept, slices[~known], many)),
        np.asarray(reference.features.mark(kept).sum(axis=0), np.int64).ravel(),
        reference.layout.count_known(rows),
        Sample.of(own[~known] if len(hashes) else own[:0]),
        int(known.sum()),
    )
