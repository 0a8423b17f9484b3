"""Counts: what is kept of a corpus, or a slice of it, after its documents were scored.  They add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from kellet.evidence import Array, Integers

if TYPE_CHECKING:
    from scipy.sparse import csr_array


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

    slices: (D,), that of each passage.  weights: (D,), what share of its document it is.  bins: (M, D, B).  topics:
    (D,), of so many kinds.  frequent: (D, W), which frequent features it has.
    """
    found = []
    for place in range(many):
        own = np.flatnonzero(slices == place)
        share, length = weights[own], words[own].astype(np.float64)
        found.append(
            Counts(
                float(share.sum()),
                float(length.sum()),
                float(known[own].sum()),
                float((length**2).sum()),
                np.einsum("wd,mdb->mwb", np.stack([share, length]), bins[:, own]),
                np.bincount(topics[own], share, kinds).astype(np.float64),
                np.asarray(frequent[own].T @ share, np.float64),
            )
        )
    return found
