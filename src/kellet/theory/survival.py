r"""Which categories are left in a loop that replaces its data, whatever its sizes and its fresh real points.

Exact where the chain is small; else by the real draws that the points of a generation descend from
(`kellet.theory.coverage`), :math:`(1-p)^D` being the chance that D of them show none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kellet.theory import chain, coverage
from kellet.theory.categorical import laws
from kellet.theory.numbers import Array, Numbers, real

WORK = 2e9
"""Multiplications that an exact law may cost where sizes change or points are real: a fifth of a second."""
LONG = 3000
"""Generations up to which points are followed back through sizes that change."""


@dataclass(frozen=True)
class Survival:
    """values: (W, T), sums of the chances to be left, for fits 1 to T.  error: at most, for weights that sum to 1; 0
    where they are exact."""

    values: Array
    error: float


def see(p: Numbers, sizes: Sequence[int], real_points: Sequence[int], weights: Numbers) -> Survival:
    """The same where nothing is ever thrown away: what is left is what any real point so far has shown.

    >>> see([0.5, 0.1], [1, 1, 9], [0, 1, 1], np.eye(2)).values.round(3)
    array([[0.5  , 0.75 , 0.875],
           [0.1  , 0.19 , 0.271]])
    """
    lost = chain.miss(p, sizes[0] + np.cumsum(real_points), weights)
    return Survival(real(weights).sum(axis=1, keepdims=True) - lost, 0.0)


def survive(
    p: Numbers, sizes: Sequence[int], real_points: Sequence[int], weights: Numbers | None = None
) -> Survival | None:
    r"""Chances that categories are left after each fit; None where nothing is known.

    p: (V,) true probabilities.  sizes: (T,) points of each fit, at the first all real.  real_points: (T,) how many of
    them are fresh real ones.  weights: (W, V), what each category counts in each sum; by default each is by itself.

    Without real points the error is that of `kellet.theory.chain`, or 0.18/n for the least n where sizes change.  With
    k of them or more, in every fit, it is below 0.045/k.  Both measured against the exact chain, for n = 2 to 1000
    and n = 20 to 400 with k = 1 to n/4, p from 1e-4 to 0.9, until the loop has settled.

    >>> survive([0.5, 0.1], [10, 10, 5], [0, 1, 1]).values.round(3)
    array([[0.999, 0.991, 0.934],
           [0.651, 0.526, 0.349]])
    >>> survive([0.1], [10**6] * 2, [0, 5]).error
    0.009
    """
    p = real(p)
    weights = np.eye(len(p)) if weights is None else real(weights)
    n, count = max(sizes), len(sizes)
    alike, anchored = min(sizes) == n, np.asarray(real_points[1:])
    if alike and not anchored.any():
        return Survival(chain.survival(p, n, np.arange(1, count + 1), weights), chain.ERROR if n > chain.MOST else 0.0)
    places = chain.count_places(n)
    work = min(len(p), places) * sum(float(a) * b for a, b in pairwise(sizes))
    if work <= WORK:
        where, fit = (p, None) if len(p) <= places else chain.place(n)
        lost = np.array([law[:, 0] for law in laws(where, sizes, real_points)]).T
        lost = weights @ lost if fit is None else chain.add_up(p, weights, places) @ (fit @ lost)
        return Survival(weights.sum(axis=1, keepdims=True) - lost, 0.0)
    k = int(anchored.min())
    if alike and (anchored == k).all():
        found, first = coverage.draws(n, k, np.arange(1, count + 1))
    elif count <= LONG and (k or not anchored.any()):
        found, first = coverage.trace(sizes, real_points)
    else:
        return None
    if not k:
        return Survival(chain.by_ancestors(p, first, weights), max(chain.ERROR, 0.18 / min(sizes)))
    lost = chain.miss(p, found + first, weights)
    return Survival(weights.sum(axis=1, keepdims=True) - lost, 0.045 / k)
