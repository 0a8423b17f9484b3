"""Order: in which order the rows of a mix are read, in whatever epoch, by however many readers.

It follows from the manifest's root, a seed and the number of the epoch alone, by hashes that no library's version
changes: so a place in it is one number, and whoever goes on from there reads what would have come.  In epoch 0 rows are
read as they lie in the shards.  Later, shards come in another order, windows in another one inside of each, and rows in
another one inside of each window, spread so that each kind of rows comes evenly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from kellet.evidence import Integers
from kellet.profile.hashes import mix
from kellet.profile.tally import Hashes


def permute(many: int, key: int) -> Integers:
    """An order of so many things, which the key settles.

    >>> permute(5, 7).tolist(), sorted(permute(5, 8).tolist())
    ([4, 1, 0, 3, 2], [0, 1, 2, 3, 4])
    """
    return np.argsort(_scatter(many, key), kind="stable")


def spread(kinds: Integers, key: int) -> Integers:
    """An order of rows (N,) of kinds in which any stretch has each kind's share of rows, but for two or so.

    The i-th of m rows of a kind comes at a place between i / m and (i + 1) / m of the whole, which one at random.

    >>> np.array([0, 0, 0, 0, 1, 1])[spread(np.array([0, 0, 0, 0, 1, 1]), 3)].tolist()
    [0, 1, 0, 1, 0, 0]
    """
    shuffled = permute(len(kinds), key)
    by_kind = shuffled[np.argsort(kinds[shuffled], kind="stable")]
    many = np.bincount(kinds)
    many = many[many > 0]
    rank = np.arange(len(kinds)) - np.repeat(np.cumsum(many) - many, many)
    jitter = (_scatter(len(kinds), key ^ 1) >> np.uint64(11)) * 2.0**-53
    return np.asarray(by_kind[np.argsort((rank + jitter) / np.repeat(many, many), kind="stable")])


def derive(*words: object) -> int:
    """A key of 64 bits from words and numbers.

    >>> derive("root", 0, 1) == derive("root", 0, 1) != derive("root", 1, 0)
    True
    """
    raw = "\0".join(map(str, words)).encode()
    return int.from_bytes(blake2b(raw, digest_size=8).digest(), "little")


def _scatter(many: int, key: int) -> Hashes:
    with np.errstate(over="ignore"):
        return mix(_count(many) + mix(np.array([key], np.uint64)))


@lru_cache(4)
def _count(many: int) -> Hashes:
    return mix(np.arange(many, dtype=np.uint64))


@dataclass(frozen=True)
class Place:
    """Where a position lies.  epoch, shard: which.  turn: the shard's place in the epoch's order.  row: of those that
    are read of this shard."""

    epoch: int
    turn: int
    shard: int
    row: int


@dataclass(frozen=True)
class Order:
    """root: of the manifest.  rows: of each shard.  window: rows of a window; windows begin with each shard."""

    root: str
    seed: int
    rows: tuple[int, ...]
    window: int

    @property
    def size(self) -> int:
        """Rows of an epoch."""
        return sum(self.rows)

    def shards(self, epoch: int) -> Integers:
        """In which order shards are read."""
        return _order_shards(self.root, self.seed, len(self.rows), epoch)

    def find(self, position: int) -> Place:
        """Where to go on after so many rows, from the beginning of epoch 0."""
        epoch, left = divmod(position, self.size)
        shards = self.shards(epoch)
        ends = np.cumsum(np.array(self.rows)[shards])
        turn = int(np.searchsorted(ends, left, "right"))
        before = int(ends[turn - 1]) if turn else 0
        return Place(epoch, turn, int(shards[turn]), left - before)

    def inside(self, epoch: int, shard: int, kinds: Integers) -> Integers:
        """In which order the rows of a shard are read; kinds: (N,) of each, as they lie there."""
        if not epoch:
            return np.arange(len(kinds))
        starts = range(0, len(kinds), self.window)
        words = self.root, self.seed, epoch, shard
        turns = permute(len(starts), derive(*words)).tolist()
        parts = (starts[i] + spread(kinds[starts[i] : starts[i] + self.window], derive(*words, i)) for i in turns)
        return np.concatenate([np.empty(0, np.int64), *parts])


@lru_cache(4)
def _order_shards(root: str, seed: int, many: int, epoch: int) -> Integers:
    return permute(many, derive(root, seed, epoch)) if epoch else np.arange(many)
