"""Wording: words that a period has more often than humans would, chosen on some of its documents only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kellet.estimate.counterfactual import Comparison, Flags, weigh_up
from kellet.estimate.scores import cut_folds
from kellet.evidence import Array, Integers

if TYPE_CHECKING:
    from scipy.sparse import csr_array

FOLDS = 5
GAP = 0.01
"""Of documents, by which a word must be too frequent, unless its ratio is large."""
NOISE = 2.5
"""Standard errors that a gap must have."""
EVEN = 0.0
"""Standard errors that it must have in the other half of the subjects."""
SIZES = 12
"""Numbers of words that are tried."""
PENALTY = 1.64
"""Standard errors of a set's bound that are taken from it before sets are compared."""


@dataclass(frozen=True, eq=False)
class Excess:
    """How frequent words are and were to be.

    observed, expected: (V,), shares of documents.  score: (V,), the gap between them, in standard errors.
    """

    observed: Array
    expected: Array
    score: Array

    @property
    def large(self) -> Flags:
        r"""(V,) which gaps are no noise and large: more than GAP of the documents, or a ratio :math:`p/q` beyond
        :math:`2^{-\log_{10}(p) / 4}`, the line of Kobak et al. (2025), from 2 for words that one document of 10,000 has
        to 1 for words that all have.

        >>> Excess(np.array([0.1, 0.1, 0.002]), np.array([0.08, 0.095, 0.001]), np.full(3, 9.0)).large.tolist()
        [True, False, True]
        """
        line = -np.log10(np.maximum(self.observed, 1e-4)) / 4 * np.log10(2)
        beyond = np.log10(self.observed / self.expected) > line
        return np.asarray((self.score > NOISE) & (beyond | (self.observed - self.expected > GAP)))


def compare(counts: Array, sizes: Array, comparison: Comparison) -> Excess:
    """How far words are in excess.

    counts: (1 + B, V), documents that have a word, of the target and of the base.  sizes: (1 + B, 1 or V), documents.
    """
    shares = (counts + 0.5) / (sizes + 1)
    expected = comparison.expect(shares[1:])
    error = np.sqrt(shares[0] * (1 - shares[0]) / (sizes[0] + 1) + comparison.vary(expected, sizes[1:] + 1))
    return Excess(shares[0], expected, (shares[0] - expected) / error)


def choose(counts: Array, sizes: Array, comparison: Comparison) -> Integers:
    """Words in excess, evenly, those of the largest ratios first.

    counts: (1 + B, K, V), documents of each subject that have a word.  sizes: (1 + B, K, 1).  A word is even if it is
    in excess without that half of the subjects that have the most of its excess, too: what the day brings is not.
    """
    whole = compare(counts.sum(axis=1), sizes.sum(axis=1), comparison)
    words = np.flatnonzero(whole.large)
    counts = counts[:, :, words]
    # Documents beyond what is expected, of each subject.
    each = compare(counts, sizes, comparison)
    beyond = sizes[0] * (each.observed - each.expected)
    few = np.argsort(beyond, axis=0, kind="stable")[: (len(beyond) + 1) // 2]
    less = np.take_along_axis(counts, few[None], axis=1).sum(axis=1)
    fewer = np.take_along_axis(np.broadcast_to(sizes, counts.shape), few[None], axis=1).sum(axis=1)
    words = words[compare(less, fewer, comparison).score > EVEN]
    return np.asarray(words[np.argsort(-(whole.observed / whole.expected)[words], kind="stable")])


def mark(
    matrix: csr_array, periods: Integers, comparison: Comparison, strata: list[Integers], seed: int
) -> tuple[Flags, Integers]:
    """Documents (D,) that have a word of a set which was chosen without them, and how many of the FOLDS sets have each
    word (V,).

    matrix: (D, V).  periods: (D,); of others than the comparison's nothing is learnt.  strata: labels (D,); the first
    are the subjects in which words are to be even.
    """
    from scipy.sparse import csr_array

    fold = cut_folds(np.unique(periods, return_inverse=True)[1], FOLDS, seed)
    matches = periods == np.array([[comparison.target], *([one] for one in comparison.base)])
    inside = matches.any(axis=0)
    shape = FOLDS, len(matches), strata[0].max() + 1
    cell = np.ravel_multi_index((fold[inside], matches.argmax(axis=0)[inside], strata[0][inside]), shape)
    cells = int(np.prod(shape))
    gather = csr_array((np.ones(len(cell), np.float32), (cell, np.flatnonzero(inside))), shape=(cells, len(fold)))
    counts = (gather @ matrix).toarray().reshape(*shape, -1)
    sizes = np.bincount(cell, minlength=cells).reshape(*shape, 1)
    having, often = np.zeros(len(periods), np.bool_), np.zeros(matrix.shape[1], np.int64)
    for i in range(FOLDS):
        others = np.arange(FOLDS) != i
        words = choose(counts[others].sum(axis=0), sizes[others].sum(axis=0), comparison)
        seen, rest = inside & (fold != i), fold == i
        words = words[: cut(matrix[seen], words, periods[seen], comparison, [labels[seen] for labels in strata])]
        often[words] += 1
        having[rest] = matrix[rest][:, words].sum(axis=1) > 0
    return having, often


def cut(matrix: csr_array, words: Integers, periods: Integers, comparison: Comparison, strata: list[Integers]) -> int:
    """How many of the words, in their order, to take: of the sets that are tried the one whose bound stands out most.

    matrix: (D, V) of the documents on which the words were chosen, with periods (D,) and labels (D,) of strata.
    """
    sizes = np.array([(periods == one).sum() for one in (comparison.target, *comparison.base)])
    first = np.full(matrix.shape[0], len(words))
    own = matrix[:, words].tocoo()
    np.minimum.at(first, own.row, own.col)
    best, most = -np.inf, 0
    for many in np.unique(np.geomspace(1, max(len(words), 1), SIZES).round().astype(int)):
        shares = weigh_up(first < many, periods, comparison, strata, None)
        p, q = shares.observed, shares.expected
        error = np.sqrt(p * (1 - p) / sizes[0] + comparison.vary(q, sizes[1:])) / (1 - q)
        worth = float((shares.bound - PENALTY * error)[0])
        if worth > best:
            best, most = worth, int(many)
    return min(most, len(words))
