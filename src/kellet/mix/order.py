"""Order: in which order the rows of a mix are read, in whatever epoch, by however many readers.

It follows from the manifest's root, a seed and the number of the epoch alone, by hashes that no library's version
changes: so a place in it is one number, and whoever goes on from there reads what would have come.  In epoch 0 rows are
read as they lie in the shards.  Later, shards come in another order, windows in another one inside of each, and inside
of each window the rows of a kind take each other's places: so kinds come as evenly as they lie, and each row anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from kellet.evidence import Integers
from kellet.profile.hashes import mix
from kellet.profile.tally import Hashes

CACHED = 1 << 14
"""Rows at once, about, so that what is computed of them stays in a processor's cache."""


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


def exchange(kinds: Integers, window: int, key: int) -> Integers:
    """An order of rows (N,) in which those of a kind have each other's places, inside of each window.

    >>> kinds = np.array([0, 1, 0, 1, 0, 0, 1, 0, 0, 1])
    >>> found = exchange(kinds, 5, 3)
    >>> found.tolist(), bool((kinds[found] == kinds).all())
    ([2, 3, 4, 1, 0, 8, 9, 5, 7, 6], True)
    """
    found = np.empty(len(kinds), np.int64)
    whole = len(kinds) - len(kinds) % window
    step = max(window, CACHED // window * window)
    for start in range(0, whole, step):
        _exchange(kinds, found, slice(start, min(start + step, whole)), window, key)
    _exchange(kinds, found, slice(whole, len(kinds)), len(kinds) - whole, key)
    return found


def _exchange(kinds: Integers, found: Integers, rows: slice, width: int, key: int) -> None:
    """Of some rows, windows of this width side by side."""
    if rows.start == rows.stop:
        return
    low, high = np.uint64(int(width).bit_length()), np.uint64(64 - int(kinds.max()).bit_length() - 1)
    mask = np.uint64((1 << int(low)) - 1)
    # Kind, hash and place in one number: an order of hashes would take three times as long.
    places = kinds[rows].astype(np.uint64).reshape(-1, width) << high | np.arange(width, dtype=np.uint64)
    hashes = _scatter(len(kinds), key, rows).reshape(-1, width)
    hashed = places | (hashes >> (np.uint64(64) - high + low)) << low
    places.sort(axis=1)
    hashed.sort(axis=1)
    order = np.empty(places.shape, np.int64)
    np.put_along_axis(order, (places & mask).astype(np.int64), (hashed & mask).astype(np.int64), 1)
    found[rows] = (order + np.arange(rows.start, rows.stop, width)[:, None]).reshape(-1)


def derive(*words: object) -> int:
    """A key of 64 bits from words and numbers.

    >>> derive("root", 0, 1) == derive("root", 0, 1) != derive("root", 1, 0)
    True
    """
    raw = "\0".join(map(str, words)).encode()
    return int.from_bytes(blake2b(raw, digest_size=8).digest(), "little")


def _scatter(many: int, key: int, rows: slice = slice(None)) -> Hashes:
    with np.errstate(over="ignore"):
        return mix(_count(many)[rows] + mix(np.array([key], np.uint64)))


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
        rows = exchange(kinds, self.window, derive(*words, "rows"))
        turns = permute(len(starts), derive(*words)).tolist()
        return np.concatenate([rows[:0], *(rows[starts[i] : starts[i] + self.window] for i in turns)])


@lru_cache(4)
def _order_shards(root: str, seed: int, many: int, epoch: int) -> Integers:
    return permute(many, derive(root, seed, epoch)) if epoch else np.arange(many)
