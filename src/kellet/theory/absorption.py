"""Absorption: how long a loop that draws categories, and learns their shares, can still move."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from kellet.theory.numbers import Array

MOST = 4e8
"""Products of the exact chain that are still worth it, about a second."""


@lru_cache(maxsize=16)
def survival(shares: tuple[float, ...], draws: int, fits: int) -> Array | None:
    r"""(T,): the chance that after fit t = 1 to T more than one category is left; None where the chain is too large.

    Each fit sees n draws from the law that the last one learnt, the first from the true ``shares``.  The count of one
    category alone is a Markov chain, Wright's and Fisher's, from x to a binomial count of chance x/n; the loop has come
    to rest once one of them has reached n, so

    .. math:: S_t = 1 - \sum_i \mathbf E\,v_t(X_i), \quad X_i \sim B(n, p_i), \quad
              v_1(x) = [x = n], \quad v_{t+1} = P v_t .

    Exact.  n trials or spins alike: of a Bernoulli loop with m trials a point, or an Ising loop of m spins without
    couplings, n is m times the points.  Ewens, Mathematical Population Genetics (2004), section 3.2.

    >>> survival((0.5, 0.5), 2, 3)
    array([0.5  , 0.25 , 0.125])
    """
    from scipy.stats import binom

    if (draws + 1) ** 2 * (fits + len(shares)) > MOST:
        return None
    count = np.arange(draws + 1)
    step = binom.pmf(count, draws, count[:, None] / draws)
    first = binom.pmf(count, draws, np.array(shares)[:, None]).sum(axis=0)
    reached, alive = (count == draws).astype(float), np.empty(fits)
    for t in range(fits):
        alive[t] = 1 - first @ reached
        reached = step @ reached
    return np.maximum(alive, 0.0)
