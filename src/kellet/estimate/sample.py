"""Sample: the documents with the smallest hashes, from which it is told how many are repeated or shared, whatever the
size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from kellet.evidence import Integers
from kellet.profile.tally import Hashes

ROOM = 1 << 17


@dataclass(frozen=True, eq=False)
class Sample:
    """Different documents whose hash begins with ``level`` zeros, ``ROOM`` of them at most; samples add, in any order.

    hashes: (N,), sorted.  counts: (N,), how often each is there.

    P. Flajolet, On adaptive sampling, Computing 43:391 (1990).

    >>> some = Sample.of(np.array([7, 7, 9], np.uint64))
    >>> (some + some).repeated, some.share_in(Sample.of(np.array([9], np.uint64)))
    (4, 0.5)
    """

    level: int
    hashes: Hashes
    counts: Integers

    @classmethod
    def of(cls, hashes: Hashes) -> Self:
        """Of documents (D,)."""
        return cls(0, *np.unique(hashes, return_counts=True))._fit()

    def __add__(self, other: Self) -> Self:
        level = max(self.level, other.level)
        one, two = self._rise(level), other._rise(level)
        hashes, place = np.unique(np.concatenate([one.hashes, two.hashes]), return_inverse=True)
        counts = np.bincount(place, np.concatenate([one.counts, two.counts]), len(hashes)).astype(np.int64)
        return type(self)(level, hashes, counts)._fit()

    @property
    def different(self) -> int:
        """How many different documents there are; exact while no more than ``ROOM`` are."""
        return len(self.hashes) << self.level

    @property
    def repeated(self) -> int:
        """How many are there for another time; as exact."""
        return int(self.counts.sum() - len(self.hashes)) << self.level

    def share_in(self, other: Self) -> float:
        """The share of different documents that are in another sample's collection too."""
        level = max(self.level, other.level)
        one, two = self._rise(level), other._rise(level)
        return float(np.isin(one.hashes, two.hashes).mean()) if len(one.hashes) else 0.0

    def _rise(self, level: int) -> Self:
        kept = int(np.searchsorted(self.hashes, np.uint64((1 << (64 - level)) - 1), "right"))
        return type(self)(level, self.hashes[:kept], self.counts[:kept])

    def _fit(self) -> Self:
        found = self
        while len(found.hashes) > ROOM:
            found = found._rise(found.level + 1)
        return found
