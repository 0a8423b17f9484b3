"""Buckets: numbers in their order, counted chunk by chunk; where they are too many, neighbours become one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array, Integers
from kellet.profile.columns import BUCKETS, order, place
from kellet.profile.counter import BLOCK, Counts
from kellet.profile.tally import FINE, Hashes, Tally, coarsen, differ

LARGEST = 1 << 20
"""Entries of a table in which buckets are looked up."""


@dataclass(eq=False)
class Buckets:
    """Buckets (K,), ascending, and how often each occurs in each group (K, FINE).

    level: the last bits that are 0, as in `Tally`.  table: from a number's first bits to its bucket, where these are
    few: `shift` bits are left out, and the first is `low`.
    """

    level: int = 0
    known: Hashes = field(default_factory=lambda: np.empty(0, np.uint64))
    counts: Counts = field(default_factory=lambda: np.zeros((0, FINE), np.uint32))
    table: NDArray[np.int64] | None = None
    shift: int = 0
    low: int = 0

    @property
    def numbers(self) -> list[float]:
        """The least one of each bucket."""
        found: list[float] = place(self.known).tolist()
        return found

    def find_new(self, numbers: Array) -> Hashes:
        """Different numbers that aren't known, as buckets of themselves."""
        found = [
            differ(np.sort(part[self._find(part) < 0]))
            for start in range(0, len(numbers), BLOCK)
            for part in (self._cut(order(numbers[start : start + BLOCK])),)
        ]
        return differ(np.sort(np.concatenate(found))) if found else np.empty(0, np.uint64)

    def add(self, numbers: Array, groups: Integers, new: Hashes) -> None:
        """Count finite numbers (N,) of groups.  new: see `find_new`."""
        if len(new):
            self._insert(new)
        cells = self.counts.reshape(-1)
        for start in range(0, len(numbers), BLOCK):
            part = slice(start, start + BLOCK)
            places = self._find(self._cut(order(numbers[part])))
            np.add.at(cells, places * FINE + groups[part], np.uint32(1))

    def take(self) -> Tally:
        """The tally of all that was added."""
        own, groups = np.nonzero(self.counts)
        return Tally.of(self.known[own], groups, self.counts[own, groups], most=BUCKETS, ordered=True, level=self.level)

    def _cut(self, buckets: Hashes) -> Hashes:
        return buckets >> np.uint64(self.level) << np.uint64(self.level) if self.level else buckets

    def _find(self, buckets: Hashes) -> Integers:
        """(N,) places of buckets, -1 where there is none."""
        if not len(self.known):
            return np.full(len(buckets), -1)
        if self.table is None:
            places = np.minimum(np.searchsorted(self.known, buckets), len(self.known) - 1)
        else:
            # What lies below the first wraps round, and so lies beyond the last.
            at = (buckets >> np.uint64(self.shift)) - np.uint64(self.low)
            places = self.table[np.minimum(at, np.uint64(len(self.table) - 1)).view(np.int64)]
        return np.where(self.known[places] == buckets, places, -1)

    def _insert(self, new: Hashes) -> None:
        whole = differ(np.sort(np.append(self.known, new)))
        self.level = coarsen(whole, self.level, BUCKETS)
        before, self.known = self.known, differ(self._cut(whole))
        counts = np.zeros((len(self.known), FINE), np.uint32)
        at = np.searchsorted(self.known, self._cut(before))
        if len(before):
            first = np.flatnonzero(np.append(True, at[1:] != at[:-1]))
            counts[at[first]] = np.add.reduceat(self.counts, first, axis=0)
        self.counts = counts
        self._tabulate()

    def _tabulate(self) -> None:
        """Let buckets be looked up by those bits that tell them apart."""
        bits = int(np.bitwise_or.reduce(self.known))
        self.shift = max((bits & -bits).bit_length() - 1, 0)
        first = self.known >> np.uint64(self.shift)
        self.low, span = int(first[0]), int(first[-1]) - int(first[0]) + 1
        self.table = None
        if span <= LARGEST:
            self.table = np.zeros(span, np.int64)
            self.table[(first - first[0]).view(np.int64)] = np.arange(len(first))
