"""Absorption: how long a loop that draws categories, and learns their shares, can still move."""

from __future__ import annotations

import numpy as np

from kellet.theory import chain
from kellet.theory.numbers import Array, real


def survival(shares: tuple[float, ...], draws: int, fits: int) -> Array | None:
    r"""(T,): the chance that after fit t = 1 to T more than one category is left; None where that isn't known exactly.

    Each fit sees n draws from the law that the last one learnt, the first from the true ``shares``.  The loop has come
    to rest once all the other categories of one are lost, of which no two can be: :math:`S_t = 1-\sum_i w_t(1-p_i)`,
    w as in `kellet.theory.chain`, which is exact for n up to 2000.

    n trials or spins alike: of a Bernoulli loop with m trials a point, or an Ising loop of m spins without couplings, n
    is m times the points.  Ewens, Mathematical Population Genetics (2004), section 3.2.

    >>> survival((0.5, 0.5), 2, 3)
    array([0.5  , 0.25 , 0.125])
    """
    if draws > chain.MOST:
        return None
    others = 1 - real(shares)
    left = chain.survival(others, draws, np.arange(1, fits + 1), np.ones((1, len(others))))[0]
    return np.maximum(1 - (len(others) - left), 0.0)
