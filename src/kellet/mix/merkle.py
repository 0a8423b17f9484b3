"""Merkle: one hash over all rows in their order, from which it can be proved of one row that it is among them.

A leaf is a window: BLAKE2b of its rows' entries, 20 bytes each: identity, origin, generation.  Above, a node is the
hash of the two below it, and a node without a neighbour goes up as it is, as in certificate transparency.

R. Merkle, A Digital Signature Based on a Conventional Encryption Function, CRYPTO 1987; B. Laurie et al., RFC 6962.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Integers
from kellet.mix.identity import VOID, Identities

ENTRY = np.dtype([("id", VOID), ("origin", "<u2"), ("generation", "<u2")])
LEAF, NODE = b"\0", b"\1"
Entries = NDArray[np.void]
"""(N,) of `ENTRY`."""


def enter(identities: Identities, origins: Integers, generations: Integers) -> Entries:
    """Rows as the tree has them; origins: their places among the names of origins, of which the first is real."""
    entries = np.empty(len(identities), ENTRY)
    entries["id"], entries["origin"], entries["generation"] = identities, origins, generations
    return entries


def hash_window(entries: Entries) -> bytes:
    """The leaf of one window."""
    return blake2b(LEAF + entries.tobytes(), digest_size=32).digest()


def find_root(leaves: Sequence[bytes]) -> bytes:
    """The hash over all leaves.

    >>> rows = enter(np.zeros(3, VOID), np.array([0, 0, 1]), np.array([0, 0, 4]))
    >>> leaves = [hash_window(rows[:2]), hash_window(rows[2:])]
    >>> find_root(leaves) == climb(leaves[1], 1, find_path(leaves, 1))
    True
    """
    level = list(leaves)
    while len(level) > 1:
        level = _rise(level)
    return level[0] if level else blake2b(LEAF, digest_size=32).digest()


def find_path(leaves: Sequence[bytes], place: int) -> list[bytes]:
    """The neighbours of a leaf and of all nodes above it, from below; empty bytes where there is none."""
    level, path = list(leaves), []
    while len(level) > 1:
        beside = place ^ 1
        path.append(level[beside] if beside < len(level) else b"")
        level, place = _rise(level), place // 2
    return path


def climb(leaf: bytes, place: int, path: Sequence[bytes]) -> bytes:
    """The root, from a leaf and its path."""
    for beside in path:
        if beside:
            leaf = _join(beside, leaf) if place % 2 else _join(leaf, beside)
        place //= 2
    return leaf


def _rise(level: list[bytes]) -> list[bytes]:
    above = [_join(a, b) for a, b in zip(level[::2], level[1::2], strict=False)]
    return above + level[-1:] if len(level) % 2 else above


def _join(left: bytes, right: bytes) -> bytes:
    return blake2b(NODE + left + right, digest_size=32).digest()
