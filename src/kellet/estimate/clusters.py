"""Clusters: documents that speak of the same things, by the words that occur in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kellet.evidence import Array, Integers

if TYPE_CHECKING:
    from scipy.sparse import csr_array

CLUSTERS = 4
DIRECTIONS = 20
SAMPLE = 10_000
"""Documents that the directions and the centres are learnt from."""


def find_clusters(matrix: csr_array, seed: int) -> Integers:
    """(D,) labels of documents (D, V): k-means of CLUSTERS centres by angle, in the leading DIRECTIONS of words that
    weigh the more the rarer they are.

    >>> from scipy.sparse import csr_array
    >>> some = csr_array(np.kron(np.eye(4), np.ones((50, 10))).astype(np.float32))
    >>> [len(set(part.tolist())) for part in find_clusters(some, 0).reshape(4, 50)]
    [1, 1, 1, 1]
    """
    from scipy.sparse import csr_matrix
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfTransformer

    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(matrix.shape[0])[:SAMPLE])
    weighed = TfidfTransformer().fit_transform(csr_matrix(matrix))
    directions = TruncatedSVD(min(DIRECTIONS, matrix.shape[1]), random_state=seed).fit(weighed[rows])
    places = _shorten(directions.transform(weighed))
    centres = KMeans(CLUSTERS, n_init=2, random_state=seed).fit(places[rows])
    return np.asarray(centres.predict(places), np.int64)


def _shorten(places: Array) -> Array:
    return np.asarray(places / np.maximum(np.linalg.norm(places, axis=1, keepdims=True), 1e-12))
