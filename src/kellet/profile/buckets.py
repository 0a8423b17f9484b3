"""Buckets: numbers in their order, counted chunk by chunk; where they are too many, neighbours become one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array, Integers
from kellet.profile.collector import Counts
from kellet.profile.columns import BUCKETS, order, place
from kellet.profile.counter import BLOCK
from kellet.profile.tally import FINE, Hashes, Tally, coarsen, differ

LARGEST = 1 << 20
"""Entries of a table in which buckets are looked up."""


def _make_counts() -> Counts:
    return np.zeros((BUCKETS, FINE), np.uint32)


@dataclass(eq=False)
class Buckets:
    """Buckets (K,), ascending, and how often each occurs in each group.

    held: (BUCKETS, FINE), of which those of each bucket lie at its slot (K,), so that new ones are no reason to move
    them.  level: the last bits that are 0, as in `Tally`.  table: from a number's first bits to its bucket, where
    these are few: `shift` bits are left out, and the first is `low`.
    """

    level: int = 0
    known: Hashes = field(default_factory=lambda: np.empty(0, np.uint64))
    slots: Integers = field(default_factory=lambda: np.empty(0, np.int64))
    held: Counts = field(default_factory=_make_counts)
    table: NDArray[np.int64] | None = None
    shift: int = 0
    low: int = 0

    @property
    def counts(self) -> Counts:
        """(K, FINE)"""
        return self.held[self.slots]

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
        cells = self.held.reshape(-1)
        for start in range(0, len(numbers), BLOCK):
            part = slice(start, start + BLOCK)
            places = self._find(self._cut(order(numbers[part])))
            np.add.at(cells, self.slots[places] * FINE + groups[part], np.uint32(1))

    def take(self) -> Tally:
        """The tally of all that was added."""
        return Tally.of_grid(self.known, self.counts, most=BUCKETS, ordered=True, level=self.level)

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
        whole = np.sort(np.append(self.known, new))
        level = coarsen(whole, self.level, BUCKETS)
        if level > self.level:
            before, counts, self.level = self.known, self.counts, level
            self.known, self.slots, self.held = before[:0], self.slots[:0], _make_counts()
            cut = self._cut(before)
            first = np.flatnonzero(np.append(True, cut[1:] != cut[:-1])[: len(cut)])
            if len(first):
                self.held[: len(first)] = np.add.reduceat(counts, first, axis=0)
            self.known, self.slots = cut[first], np.arange(len(first))
            new = np.setdiff1d(self._cut(new), self.known)
        at = np.searchsorted(self.known, new)
        self.slots = np.insert(self.slots, at, len(self.known) + np.arange(len(new)))
        self.known = np.insert(self.known, at, new)
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
