"""Nothing left: training sets that curation has emptied, and what stands in for them."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Evidence, Points
from kellet.families.family import E


def find_emptied(evidence: Evidence) -> NDArray[np.bool_]:
    """(R,): the replicates none of whose points weighs anything; statistics are never emptied, since they are of points
    that nobody looks at.

    >>> find_emptied(Points(np.zeros((2, 3)), np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])))
    array([False,  True])
    """
    if not isinstance(evidence, Points) or (evidence.size and evidence.weights is None):
        return np.zeros(evidence.replicates, dtype=bool)
    return np.asarray(~(evidence.weighed > 0).any(axis=1))


def stand_in(evidence: E, emptied: NDArray[np.bool_], before: E) -> E:
    """The same points, but of the emptied replicates those of ``before``, over and over, so that whoever learns all
    replicates at once learns of the others what it would have learnt.  Where all are emptied, ``before`` itself.

    >>> gone, before = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]), Points(np.array([[7, 8], [9, 9]]))
    >>> some = stand_in(Points(np.array([[1, 2, 3], [4, 5, 6]]), gone), np.array([True, False]), before)
    >>> some.values, some.weights
    (array([[7, 8, 7],
           [4, 5, 6]]), array([[1., 1., 1.],
           [1., 1., 1.]]))
    """
    if emptied.all():
        return before
    assert isinstance(evidence, Points) and isinstance(before, Points)
    values, weights, origins = evidence.values.copy(), evidence.weighed.copy(), evidence.origins.copy()
    for row in np.flatnonzero(emptied):
        there = np.resize(np.flatnonzero(before.weighed[row] > 0), evidence.size)
        values[row], weights[row], origins[row] = before.values[row, there], 1.0, before.origins[row, there]
    return cast(E, Points(values, weights, origins))
