"""Census: what is kept of a corpus after its documents were looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from kellet.estimate.counts import Counts
from kellet.estimate.gathering import SHORTEST
from kellet.estimate.occurrence import Occurrence
from kellet.estimate.reference import Reference
from kellet.estimate.sample import Sample
from kellet.evidence import Integers
from kellet.profile.tally import Hashes


@dataclass(frozen=True, eq=False)
class Census:
    """Sums over documents; they add, and no order changes a bit.

    slices: of each the counts.  features: (V,), how many documents have each.  sample: of documents that count.
    known, empty: how many don't, since references have them, or since there is nearly nothing in them.
    """

    slices: tuple[Counts, ...]
    features: Integers
    sample: Sample
    known: int
    empty: int

    def __add__(self, other: Self) -> Self:
        slices = tuple(one + two for one, two in zip(self.slices, other.slices, strict=True))
        features, sample = self.features + other.features, self.sample + other.sample
        return type(self)(slices, features, sample, self.known + other.known, self.empty + other.empty)

    @property
    def whole(self) -> Counts:
        """The counts of all slices."""
        first, *others = self.slices
        return sum(others, first)


def take(reference: Reference, found: Occurrence, slices: Integers, many: int, hashes: Hashes) -> Census:
    """The census of documents (N,) that were looked at, each of which is in one of so many slices.  hashes: sorted, of
    the references' own documents."""
    empty = found.lengths < SHORTEST
    at = np.minimum(np.searchsorted(hashes, found.hashes), len(hashes) - 1)
    known = ~empty & (hashes[at] == found.hashes)
    kept = ~empty & ~known
    return Census(
        tuple(reference.sum_up(found, np.where(kept, slices, -1), many)),
        found.count_documents(kept),
        Sample.of(found.hashes[kept]),
        int(known.sum()),
        int(empty.sum()),
    )
