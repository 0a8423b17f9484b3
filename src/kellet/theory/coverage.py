r"""How much of the tail an anchored loop keeps.

Follow every training point back to the real draw it descends from. With k fresh real points of n a
generation, a generation's points descend from K_eff independent real draws, about 2k ln(1 + n/2k) of them:
the loop knows the categories that one real sample of that size shows. Moments cost a number of real points
that does not depend on what is watched; a category of probability p costs about 1/p of them.
"""

from __future__ import annotations

import numpy as np
from scipy.special import xlog1py

from kellet.theory.numbers import Array, Numbers, real

STEPS = 1000
"""Generations that are followed one by one."""


def effective_draws(n: Numbers, k: Numbers) -> Array:
    r"""Independent real draws behind one generation's n training points, k of them fresh: :math:`\sum_s \rho a_s`.

    a_0 = n and :math:`a_{s+1} = n(1-(1-1/n)^{\lambda a_s})` count the ancestors s generations back, of which a share
    rho = k/n = 1 - lambda are real draws; a last one has nobody to share a parent with. After 1000 generations the sum
    is continued by its integral. About 2k ln(1 + n/2k), the number of alleles of Ewens (Theoretical Population
    Biology 3:87, 1972); its use for loops derived here. It treats a_s as if it did not vary, which makes it 5 % high
    at k = 1 and 1 % at k = 5; n = k gives n.

    >>> effective_draws(1500, [3, 15, 150, 1500]).round(1)
    array([  34.8,  122.9,  600.3, 1500. ])
    """
    n, k = np.broadcast_arrays(real(n), real(k))
    share, ancestors, total = k / n, n + 0.0, np.zeros_like(n)
    for _ in range(STEPS):
        total = total + share * ancestors
        ancestors = _parents(ancestors, n, share)
    several = np.maximum(ancestors, 1.0)
    rest = 2 * k * np.log1p((several - 1) / np.maximum(2 * k, 1e-300)) + np.minimum(ancestors, 1.0)
    return real(total + rest + share * ancestors / 2)[()]


def draws(n: float, k: float, t: Numbers) -> tuple[Array, Array]:
    r"""Independent real draws behind the n points of fit t: those of the anchor, and those of the first fit.

    Of the ancestors s fits back (see `effective_draws`) a share k/n are real draws; at fit 1 all of them are.  After
    1000 steps by the solution of :math:`a' = -\frac kn a - \frac{a^2}{2n}`.  Together they go from n to about
    `effective_draws`, which takes more care of the last ancestors.  t: any shape.

    >>> anchored, first = draws(1500, 15, [1, 20, 10**6])
    >>> anchored.round(1), first.round(1)
    (array([  0. ,  72.5, 122.9]), array([1500. ,  124.6,    0. ]))
    """
    share, ancestors = k / n, np.full(STEPS + 1, float(n))
    for s in range(STEPS):
        ancestors[s + 1] = _parents(ancestors[s], n, share)
    found = share * np.concatenate([[0.0], np.cumsum(ancestors[:-1])])
    back = np.maximum(real(t) - 1, 0)
    early, more = np.minimum(back, STEPS).astype(np.int64), np.maximum(back - STEPS, 0)
    last = ancestors[STEPS]
    # Where nothing is real the last ancestor stays.
    gone = share or -1 / (2 * n)
    with np.errstate(over="ignore"):
        left = np.exp(gone * more)
        met = last / (2 * n) * np.where(k, -np.expm1(-gone * more) / gone, 0.0)
        late = last / (left + last / (2 * n) * (left - 1) / gone)
    return found[early] + 2 * k * np.log1p(met), np.where(back <= STEPS, ancestors[early], late)[()]


def trace(sizes: Numbers, real_points: Numbers) -> tuple[Array, Array]:
    """The same draws for every fit of a loop whose sizes (T,) or real points (T,) change; what is first is all real.

    >>> anchored, first = trace([1500, 1500, 300], [0, 15, 15])
    >>> anchored.round(1), first.round(1)
    (array([ 0. , 15. , 17.6]), array([1500. ,  942.8,  236.3]))
    """
    sizes, real_points = real(sizes), real(real_points)
    anchored, ancestors = np.zeros(len(sizes)), sizes.copy()
    for t in range(len(sizes) - 1, 0, -1):
        share = real_points[t] / sizes[t]
        anchored[t:] += share * ancestors[t:]
        ancestors[t:] = _parents(ancestors[t:], sizes[t - 1], share)
    return anchored, ancestors


def _parents(heirs: Array, n: Array | float, share: Array | float) -> Array:
    """How many ancestors so many points have one generation back, but those that are real."""
    written = (1 - share) * heirs
    # A single point shares its parent with nobody.
    return np.where(written > 1, -n * np.expm1(np.log1p(-1 / np.maximum(n, 2.0)) * written), written)


def expected_types(p: Numbers, n: Numbers, k: Numbers) -> Array:
    r"""Expected number of distinct categories in a settled training set: :math:`\sum_i 1 - e^{-K_{eff} p_i}`.

    p: (V,).  n, k: broadcast; the answer has their shape. Derived here; good to a few percent for k >= 3.

    >>> p = 1 / np.arange(1, 1501)
    >>> expected_types(p / p.sum(), 1500, [3, 15, 150]).round(1)
    array([ 27.1,  77.3, 260.4])
    """
    draws = effective_draws(n, k)
    return real(-np.expm1(-draws[..., None] * real(p)).sum(axis=-1))[()]


def rarest_kept(n: Numbers, k: Numbers) -> Array:
    """Probability of the categories that are kept with chance 1 - 1/e: 1 / `effective_draws`.

    >>> print(f"{rarest_kept(1e6, 100):.1e}")
    5.8e-04
    """
    return 1 / effective_draws(n, k)


def points_for_types(p: float, n: float) -> float:
    """The fewest fresh real points of n per generation that keep categories of probability p with chance 1 - 1/e.

    Those with `effective_draws` (n, k) >= 1/p; infinite where n < 1/p cannot show them even when all are real.

    >>> points_for_types(1e-3, 1e6), points_for_types(1e-3, 100), points_for_types(0.1, 1e15)
    (55.0, inf, 1.0)
    """
    if n < 1 / p:
        return float("inf")
    low, high = 0, int(n)
    while high - low > 1:
        tried = np.unique(np.geomspace(max(low, 1), high, 60).round())
        enough = effective_draws(n, tried) >= 1 / p
        # All points being real, each of them is a draw, whatever rounding says.
        at = int(np.argmax(enough)) if enough.any() else len(tried) - 1
        low, high = (int(tried[at - 1]) if at else low), int(tried[at])
        if at == 0:
            break
    return float(high)


def rescue(p: Numbers, share: Numbers, t: Numbers) -> Array:
    r"""E p_t of a category lost at t = 0, once a share rho of every generation is real: :math:`p(1-(1-\rho)^t)`.

    Time scale 1/rho = n/k generations. Derived here.

    >>> rescue(0.1, 0.05, [0, 20, 100]).round(4)
    array([0.    , 0.0642, 0.0994])
    """
    return real(-real(p) * np.expm1(xlog1py(t, -real(share))) + 0.0)[()]
