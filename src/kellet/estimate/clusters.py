"""Clusters: documents that have words in common."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from kellet.evidence import Integers

if TYPE_CHECKING:
    from scipy.sparse import csr_array

DIRECTIONS = 20


def cluster(matrix: csr_array, rows: Integers, many: int, seed: int) -> Integers:
    """(D,) the nearest of so many centres for each document (D, W), by k-means and by angle, in the leading DIRECTIONS;
    centres and directions are learnt from the documents at ``rows``.

    >>> from scipy.sparse import csr_array
    >>> some = csr_array(np.kron(np.eye(4), np.ones((50, 10))).astype(np.float32))
    >>> [len(set(part.tolist())) for part in cluster(some, np.arange(200), 4, 0).reshape(4, 50)]
    [1, 1, 1, 1]
    """
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.exceptions import ConvergenceWarning

    directions = TruncatedSVD(min(DIRECTIONS, matrix.shape[1]), random_state=seed).fit(matrix[rows])
    places = directions.transform(matrix)
    places /= np.maximum(np.linalg.norm(places, axis=1, keepdims=True), 1e-12)
    with warnings.catch_warnings():
        # That there are fewer kinds of documents than centres is no concern of anybody's.
        warnings.simplefilter("ignore", ConvergenceWarning)
        centres = KMeans(many, n_init=4, random_state=seed).fit(places[rows])
    return np.asarray(centres.predict(places), np.int64)
