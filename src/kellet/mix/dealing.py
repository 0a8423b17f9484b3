"""Dealing: which of many rows are taken, and where each goes, one by one and without a memory of the others.

The i-th of m rows goes to place p(i), where p is an order of m things that a key settles: a permutation by a cipher of
six rounds, walked until it stays below m, or, of few things, any permutation at all.  So any batch of rows can be dealt
by itself, each place is filled once exactly, and the same rows go to the same places however they are cut into batches.

M. Luby and C. Rackoff, SIAM J. Comput. 17:373 (1988); J. Black and P. Rogaway, Ciphers with Arbitrary Finite Domains,
CT-RSA 2002.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from kellet.evidence import Integers
from kellet.mix.order import derive, permute
from kellet.profile.hashes import mix
from kellet.profile.tally import Hashes

ROUNDS = 6
FEW = 1 << 16
"""Things whose order is held: of so few, a cipher can't have every order."""


def scramble(places: Integers, many: int, key: int) -> Integers:
    """Where things (N,) of so many go, in an order that the key settles.

    >>> scramble(np.arange(5), 5, 7).tolist(), sorted(scramble(np.arange(5), 5, 8).tolist())
    ([1, 4, 2, 3, 0], [0, 1, 2, 3, 4])
    """
    if many <= FEW:
        return _order(many, key)[places]
    bits = ((many - 1).bit_length() + 1) // 2
    keys = [np.uint64(derive("dealing", key, turn)) for turn in range(ROUNDS)]
    found = _encipher(places.astype(np.uint64), bits, keys)
    while len(beyond := np.flatnonzero(found >= np.uint64(many))):
        found[beyond] = _encipher(found[beyond], bits, keys)
    return found.astype(np.int64)


def take_turns(places: Integers, many: int, wanted: int, start: int) -> tuple[Integers, Integers]:
    """Of many in their order, from `start` on and round again, the first `wanted` are taken: which of places (N,) are,
    and as the how many-th each; one that is taken again comes again.

    >>> which, turn = take_turns(np.arange(4), 4, 6, 3)
    >>> which.tolist(), turn.tolist()
    ([0, 1, 2, 3, 0, 3], [1, 2, 3, 0, 5, 4])
    """
    first = (places - start) % max(1, many)
    rounds = -(-wanted // many) if many else 0
    kept = [np.flatnonzero(first + turn * many < wanted) for turn in range(rounds)]
    if not kept:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(kept), np.concatenate([first[rows] + turn * many for turn, rows in enumerate(kept)])


@lru_cache(maxsize=64)
def _order(many: int, key: int) -> Integers:
    return permute(many, derive("dealing", key))


def _encipher(places: Hashes, bits: int, keys: list[np.uint64]) -> Hashes:
    """A permutation of the numbers below 4^bits."""
    half, low = np.uint64(bits), np.uint64((1 << bits) - 1)
    left, right = places >> half, places & low
    with np.errstate(over="ignore"):
        for key in keys:
            left, right = right, left ^ (mix(right + key) & low)
    return (left << half) | right
