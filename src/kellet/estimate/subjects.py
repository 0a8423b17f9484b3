"""Subjects: what documents speak of, by the words that occur in them, as human documents have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kellet.estimate.clusters import cluster
from kellet.estimate.counterfactual import Flags
from kellet.evidence import Integers

if TYPE_CHECKING:
    from scipy.sparse import csr_array, csr_matrix

SUBJECTS = 4
SAMPLE = 10_000
"""Human documents that subjects are learnt from."""
NEIGHBOURS, AMONG = 5, 1_000
"""So many human documents, of so many, a document must be near to."""
FOREIGN = 0.1
"""Of human documents that are called foreign."""
BLOCK = 1_000


def find_subjects(matrix: csr_array, human: Flags, seed: int) -> Integers:
    """(D,) labels of documents (D, V) by subject, as human ones have them, by words that weigh the more the rarer they
    are."""
    return cluster(_weigh(matrix, human), _pick(human, SAMPLE, seed), SUBJECTS, seed)


def find_foreign(matrix: csr_array, human: Flags, seed: int) -> Flags:
    """(D,) which documents (D, V) are further from their nearest human ones than nine of ten human documents are.

    Near is the mean cosine with the NEIGHBOURS nearest of AMONG human documents.  On real text nearly all documents of
    another genre are foreign, or half of them where genres are mixed, and of what models write 3 to 13 %: they write of
    what humans write of.
    """
    weighed = _weigh(matrix, human)
    rows = _pick(human, AMONG, seed)
    others = weighed[rows].T.tocsc()
    near = np.empty(len(human))
    for start in range(0, len(human), BLOCK):
        cosines = (weighed[start : start + BLOCK] @ others).toarray()
        itself = np.flatnonzero((rows >= start) & (rows < start + BLOCK))
        cosines[rows[itself] - start, itself] = -1.0
        near[start : start + BLOCK] = np.partition(cosines, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS:].mean(axis=1)
    return np.asarray(near < np.quantile(near[human], FOREIGN))


def _weigh(matrix: csr_array, human: Flags) -> csr_matrix:
    """(D, V) documents of norm 1, in words that weigh the more the fewer human documents have them."""
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfTransformer

    plain = csr_matrix(matrix)
    return csr_matrix(TfidfTransformer().fit(plain[human]).transform(plain))


def _pick(human: Flags, most: int, seed: int) -> Integers:
    return np.sort(np.random.default_rng(seed).permutation(np.flatnonzero(human))[:most])
