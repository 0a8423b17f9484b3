"""Counter: keys of one kind by groups, chunk by chunk: in a grid of all there are while they are few, else in a
`Collector`.  What it gives depends neither on the chunks nor on which of the two it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from kellet.evidence import Integers
from kellet.profile.collector import GROUP, Collector, Counts
from kellet.profile.columns import MISSING, NOTHING
from kellet.profile.hashes import hash_word, join
from kellet.profile.tally import FINE, Hashes, Tally

if TYPE_CHECKING:
    pass

WIDE = 1 << 13
"""Values of a column that are held, each with its counts in all groups."""
CELLS = 1 << 15
"""Pairs of values that are."""
WAITING = 1 << 18
"""Occurrences that wait in each of the many collectors of a table."""
CACHED = 1 << 16
"""Hashes of names that are remembered."""
BLOCK = 1 << 16
"""Rows that are counted at once: what is held of them stays near the processor."""


def hash_value(name: str, salt: str) -> int:
    """The key of a value: its hash, of which the last eight bits give way to its group.

    >>> hash_value("anchor", "kellet") % 256
    0
    """
    return hash_word(name, salt) & ~int(GROUP)


@dataclass(eq=False)
class Names:
    """Keys of names, which are remembered as far as there is room."""

    salt: str
    known: dict[str, int] = field(default_factory=dict)

    def hash(self, names: Iterable[str]) -> Hashes:
        """(K,) keys."""
        return np.fromiter((self.known.get(name) or self._hash(name) for name in names), np.uint64)

    def _hash(self, name: str) -> int:
        key = hash_value(name, self.salt)
        if len(self.known) < CACHED:
            self.known[name] = key
        return key


@dataclass(frozen=True, eq=False)
class Coded:
    """Rows of a column as codes (N,) of names (K,), whose hashes are the keys (K,).

    lasting: whether a code stays the same in later chunks.
    """

    codes: Integers
    names: Sequence[str]
    keys: Hashes
    lasting: bool = True

    def show(self, code: int) -> str:
        """A name, as people read it."""
        name = self.names[code]
        return MISSING if name == NOTHING else name


_NOTHING: tuple[Hashes, Counts, list[str]] = np.empty(0, np.uint64), np.zeros((0, FINE), np.uint32), []


@dataclass(eq=False)
class Counter:
    """Counts of the values of one column, or of the pairs of two.

    counts: (K, FINE), or (K, L, FINE) of pairs, while they are few.  last: what codes stand for.
    """

    counts: Counts = field(default_factory=lambda: np.zeros((0, 0, FINE), np.uint32))
    last: tuple[Coded, ...] = ()
    collector: Collector | None = None

    def add(self, coded: tuple[Coded, ...], groups: Integers) -> None:
        """Count rows (N,) by one column or by two."""
        shape = (len(coded[0].names), len(coded[1].names) if len(coded) > 1 else 1)
        few = shape[0] * shape[1] <= (CELLS if len(coded) > 1 else WIDE)
        if self.collector is None and few and all(one.lasting for one in coded):
            self._grow(shape)
            self.last = coded
            cells = self.counts.reshape(-1)
            step = self.counts.shape[1]
            for start in range(0, len(groups), BLOCK):
                part = slice(start, start + BLOCK)
                places = coded[0].codes[part] * (step * FINE) + groups[part]
                if len(coded) > 1:
                    places += coded[1].codes[part] * FINE
                np.add.at(cells, places, np.uint32(1))
            return
        self._collect(coded, groups)

    def put(self, keys: Hashes, counts: Counts, names: Sequence[str]) -> None:
        """Count keys (K,) so often in each group (K, FINE), from now on by hash."""
        import polars as pl

        if self.collector is None:
            held, self.collector = self._list(), Collector(buffer=WAITING)
            self.counts, self.last = np.zeros((0, 0, FINE), np.uint32), ()
            self.put(*held)
        order = np.argsort(keys)
        keys, counts = keys[order], counts[order]
        own, groups = np.nonzero(counts)
        told = pl.DataFrame(
            {"key": keys, "name": [names[i] for i in order.tolist()]}, {"key": pl.UInt64, "name": pl.String}
        )
        self.collector.put(keys[own] | groups.astype(np.uint64), counts[own, groups], told)

    def take(self) -> Tally:
        """The tally of all that was added."""
        if self.collector is not None:
            return self.collector.take()
        return make_tally(*self._list())

    def _grow(self, shape: tuple[int, int]) -> None:
        had = self.counts.shape
        if shape[0] > had[0] or shape[1] > had[1]:
            # Some room beside, so that few new values are no reason to move all of them.
            room = [max(old, new + new // 8 if old else new) for old, new in zip(had[:2], shape, strict=True)]
            larger = np.zeros((*room, FINE), np.uint32)
            larger[: had[0], : had[1]] = self.counts
            self.counts = larger

    def _list(self) -> tuple[Hashes, Counts, list[str]]:
        """Keys that occurred, their counts and names."""
        if not self.last:
            return _NOTHING
        first, second = np.nonzero(self.counts.any(axis=2))
        counts, mine = self.counts[first, second], self.last[0]
        if len(self.last) == 1:
            return mine.keys[first], counts, [mine.show(i) for i in first.tolist()]
        theirs = self.last[1]
        names = [f"{mine.show(i)}, {theirs.show(j)}" for i, j in zip(first.tolist(), second.tolist(), strict=True)]
        return _join(mine.keys[first], theirs.keys[second]), counts, names

    def _collect(self, coded: tuple[Coded, ...], groups: Integers) -> None:
        if self.collector is None:
            self.put(*_NOTHING)
        keys = coded[0].keys[coded[0].codes]
        if len(coded) > 1:
            keys = _join(keys, coded[1].keys[coded[1].codes])

        def spell(places: Integers) -> list[str]:
            return [", ".join(one.show(one.codes[i]) for one in coded) for i in places.tolist()]

        assert self.collector is not None
        totals = np.bincount(groups, minlength=FINE).astype(np.int64)
        self.collector.add(keys, groups.astype(np.uint64), totals, spell)


def make_tally(keys: Hashes, counts: Counts, names: Sequence[str]) -> Tally:
    """Of keys (K,) that occur so often in each group (K, FINE)."""
    import polars as pl

    told = pl.DataFrame({"key": keys, "name": names}, {"key": pl.UInt64, "name": pl.String})
    order = np.argsort(keys)
    return Tally.of_grid(keys[order], counts[order], told)


def _join(first: Hashes, second: Hashes) -> Hashes:
    return join(first, second) & ~GROUP
