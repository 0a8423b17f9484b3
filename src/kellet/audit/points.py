"""Points: embeddings and pictures as vectors, and those of both sides in groups that are exchanged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.audit.exchange import Exchange
from kellet.errors import InputError
from kellet.evidence import Array, Integers
from kellet.profile.profile import Profile, deal_whole
from kellet.profile.tally import Hashes

if TYPE_CHECKING:
    import polars as pl

Vectors = NDArray[np.float32]

MOST = 10_000
"""Points of either side between which distances are measured."""


def read_points(values: NDArray[np.generic] | pl.Series | Sequence[object]) -> Vectors:
    """(N, d) vectors of an array (N, ...), a column of lists or a list of vectors or pictures.

    Whatever an item has inside is laid out in one row.  An item that is missing, or holds what is not finite, becomes
    a row that is not a number.

    >>> read_points([[1, 2], None, [3, 4]])
    array([[ 1.,  2.],
           [nan, nan],
           [ 3.,  4.]], dtype=float32)
    """
    if not isinstance(values, np.ndarray) or values.dtype == object:
        items = [None if item is None else np.asarray(item, np.float32) for item in values]
        shapes = {item.shape for item in items if item is not None}
        if len(shapes) != 1:
            got = " and ".join(str(shape) for shape in sorted(shapes)[:3]) or "nothing"
            raise InputError("embeddings or pictures of one shape", got, "one model, or one size, for all of them")
        blank = np.full(shapes.pop(), np.nan, np.float32)
        values = np.stack([blank if item is None else item for item in items])
    flat = values.reshape(len(values), -1).astype(np.float32)
    flat[~np.isfinite(flat).all(axis=1)] = np.nan
    return flat


@dataclass(frozen=True, eq=False)
class Pool:
    """The points of both sides, sorted by group.

    values: (N, d), about their mean.  groups: (N,) ascending.  chosen: (G, P) 1 where a group is called the
    candidate's, the first as observed.  single: whether each point is a document that depends on no other.  note: what
    was left out.

    Groups are numbered at random: whatever depends on the order of points, such as which of two equally near ones comes
    first, knows nothing of the sides.
    """

    values: Vectors
    groups: Integers
    chosen: NDArray[np.int32]
    single: bool = True
    note: str = ""

    @staticmethod
    def of(
        reference: Vectors,
        candidate: Vectors,
        rng: Generator,
        many: int = 199,
        clusters: tuple[Hashes | None, Hashes | None] = (None, None),
        most: int = MOST,
    ) -> Pool:
        """Both sides, at most so many points of each.

        clusters: (n,) and (m,) hashes of what points belong to; those of one cluster stay together.
        """
        if reference.shape[1] != candidate.shape[1]:
            got = f"{reference.shape[1]} and {candidate.shape[1]}"
            raise InputError("points of as many numbers on both sides", got, "the same model, or size, for both")
        sides, notes = [], []
        for points, own, name in zip((reference, candidate), clusters, ("reference", "candidate"), strict=True):
            there = np.flatnonzero(np.isfinite(points).all(axis=1))
            rows = there[thin(len(there), None if own is None else own[there], most, rng)]
            if len(rows) < len(there):
                notes.append(f"{len(rows):,} of the {name}'s {len(there):,} points")
            sides.append((points[rows], None if own is None else own[rows]))
        (mine, owned), (theirs, own) = sides
        places, chosen = exchange_groups((len(mine), owned), (len(theirs), own), rng, many)
        order = rng.permutation(len(chosen))
        groups = np.where(places < 0, -1, np.argsort(order)[places])
        kept = np.argsort(groups, kind="stable")[np.count_nonzero(groups < 0) :]
        values = np.concatenate([mine, theirs])[kept]
        note = f"distances between {' and '.join(notes)}" if notes else ""
        return Pool(values - values.mean(axis=0), groups[kept], chosen[order], owned is None and own is None, note)

    @property
    def theirs(self) -> NDArray[np.bool_]:
        """(N, P): which points are called the candidate's."""
        return np.asarray(self.chosen[self.groups] == 1)

    @property
    def sizes(self) -> tuple[Array, Array]:
        """(P,), (P,): how many points either side has."""
        theirs = np.bincount(self.groups, minlength=len(self.chosen)).astype(np.float64) @ self.chosen
        return len(self.groups) - theirs, theirs


def exchange_groups(
    reference: tuple[int, Hashes | None], candidate: tuple[int, Hashes | None], rng: Generator, many: int
) -> tuple[Integers, NDArray[np.int32]]:
    """Groups of the documents of both sides (n + m,), -1 for those that are left out, and which of the groups are
    called the candidate's (G, P), the first as observed.

    reference, candidate: how many documents each has, and hashes of what they belong to.
    """
    mine, theirs = deal_whole(*reference), deal_whole(*candidate)
    sides = [Profile(one.documents, {}, clusters=one.clusters) for one in (mine, theirs)]
    exchange = Exchange.of(sides[0], sides[1], rng, many)
    own, other = exchange.grouping.reference[mine.groups], exchange.grouping.candidate[theirs.groups]
    other[other >= 0] += exchange.grouping.many[0]
    return np.concatenate([own, other]), exchange.chosen


def thin(height: int, clusters: Hashes | None, most: int, rng: Generator) -> Integers:
    """Rows of at most so many documents at random, by whole clusters where there are any."""
    if height <= most:
        return np.arange(height)
    if clusters is None:
        return np.sort(rng.permutation(height)[:most])
    _, own, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    order = rng.permutation(len(sizes))
    return np.flatnonzero(np.isin(own, order[np.cumsum(sizes[order]) <= most]))
