"""Hashes: 64 bits of a key, the same on every machine and under every version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from kellet.profile.tally import Hashes

PRIME = np.uint64(0x9E3779B97F4A7C15)
"""An odd number whose bits are spread evenly: 2^64 over the golden ratio."""


def hash_word(word: str, salt: str) -> int:
    """The hash of one word, by BLAKE2b.

    >>> hash_word("anchor", "kellet") == hash_word("anchor", "kellet") != hash_word("anchor", "other")
    True
    """
    raw = word.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8, key=salt.encode()[:64]).digest(), "little")


def hash_words(words: Iterable[str], salt: str) -> Hashes:
    """(N,) hashes of words."""
    return np.fromiter((hash_word(word, salt) for word in words), np.uint64)


def mix(hashes: Hashes) -> Hashes:
    """Each bit of the result depends on each bit of a hash (the finaliser of SplitMix64; S. Vigna)."""
    with np.errstate(over="ignore"):
        mixed = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(mixed ^ (mixed >> np.uint64(31)), np.uint64)


def join(first: Hashes, second: Hashes) -> Hashes:
    """(N,) the hash of each pair, in this order.

    >>> one, other = np.array([1], np.uint64), np.array([2], np.uint64)
    >>> bool(join(one, other)[0] != join(other, one)[0])
    True
    """
    with np.errstate(over="ignore"):
        return mix(first * PRIME + second)
