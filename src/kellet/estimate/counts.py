"""Counts: what is kept of a corpus, or a slice of it, after its documents were scored.  They add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from kellet.evidence import Array, Integers

if TYPE_CHECKING:
    from scipy.sparse import csr_array


UNIT = 2.0**20
"""Everything is summed up in its inverse, which is exact, so that no order of documents changes a bit."""


@dataclass(frozen=True, eq=False)
class Counts:
    """Sums over documents.

    documents: how many.  words: and their words.  known: those in the vocabulary.  squares: the sum of each passage's
    words, squared.  bins: (M, 2, B), for each method how many documents, and how many words, have a score there.
    topics: (K,), documents of each.  frequent: (W,), documents that have each frequent
    feature.
    """

    documents: float
    words: float
    known: float
    squares: float
    bins: Array
    topics: Array
    frequent: Array

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    @property
    def size(self) -> float:
        """How many documents of equal length the words are worth."""
        return self.words**2 / self.squares if self.squares else 0.0


def count(
    slices: Integers,
    many: int,
    weights: Array,
    words: Integers,
    known: Integers,
    bins: Array,
    topics: Integers,
    kinds: int,
    frequent: csr_array,
) -> list[Counts]:
    """The counts of each of ``many`` slices.

    slices: (D,), that of each passage, -1 of one that doesn't count.  weights: (D,), what share of its document it is,
    in `UNIT`.  bins: (M, D, B).  topics: (D,), of so many kinds.  frequent: (D, W), which frequent features it has.
    """
    from scipy.sparse import csr_array

    own = np.flatnonzero(slices >= 0)
    places, length = slices[own], words.astype(np.float64)

    def add(values: Array | Integers) -> list[float]:
        return list(map(float, np.bincount(places, values[own], many)))

    share = csr_array((weights[own], (places, own)), shape=(many, len(slices)))
    inside = csr_array((np.ones(len(own)), (places, own)), shape=(many, len(slices)))
    cells = np.stack([_round(each[:, None] * bins) for each in (weights, length)])
    sums = np.array([[inside @ cells[row, m] for row in range(2)] for m in range(len(bins))])
    by_topic = share @ csr_array((np.ones(len(topics)), (np.arange(len(topics)), topics)), (len(topics), kinds))
    columns = add(weights), add(length), add(known), add(length**2), sums.transpose(2, 0, 1, 3)
    return [Counts(*found) for found in zip(*columns, by_topic.toarray(), (share @ frequent).toarray(), strict=True)]


def share_out(passages: Integers) -> Array:
    """(D,) which share of its document each passage is, in `UNIT`; passages: (D,), whose each is, in order.

    >>> share_out(np.array([0, 1, 1, 1])).round(4).tolist(), share_out(np.array([0, 1, 1, 1]))[1:].sum()
    ([1.0, 0.3333, 0.3333, 0.3333], np.float64(1.0))
    """
    many = np.bincount(passages, minlength=1)[passages]
    rank = np.arange(len(passages)) - np.searchsorted(passages, passages)
    return _round((rank + 1) / many) - _round(rank / many)


def _round(values: Array) -> Array:
    return np.asarray(np.rint(values * UNIT) / UNIT)
