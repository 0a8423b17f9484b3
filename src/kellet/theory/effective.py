r"""How many real points an anchored loop is worth, and how fast it gets there.

An anchored loop settles with Var(mu) = V0 / (effective points). For fresh anchors that is about 2k, whatever
the size n of a generation; a fixed anchor is worth a third of that. All functions broadcast, and take n up
to 1e15 without losing digits: the share k/n enters as it is, never as 1 - lambda. Curvature a as in
`kellet.theory.recursion`. Zero effective points means that the stationary variance is infinite, although the
loop is anchored.
"""

from __future__ import annotations

import numpy as np
from scipy.special import xlog1py

from kellet.theory.numbers import Array, Numbers, real


def fresh(n: Numbers, k: Numbers, curvature: Numbers) -> Array:
    r"""Effective points of k fresh real points: :math:`n(1-\lambda^2) - a\lambda`, :math:`\lambda=1-k/n`.

    Derived here; for two categories it is Wright's drift-migration balance (Genetics 16:97, 1931). The loop
    itself: Jangjoo et al., arXiv:2506.20623 (2025).

    >>> fresh(100, [1, 10, 50], -1).round(2)
    array([ 2.98, 19.9 , 75.5 ])
    >>> print(fresh(1e15, 1, -1))
    2.999999999999998
    """
    k, a = real(k), real(curvature)
    share = k / real(n)
    return np.maximum(k * (2 - share) - a * (1 - share), 0.0)


def bank(n: Numbers, k: Numbers, points: Numbers, curvature: Numbers) -> Array:
    r"""Effective points when the k real points are drawn, each generation, from a bank of K = ``points``.

    .. math:: 1/n_{eff} = 1/K + [\rho(1-k/K) + \lambda(1+a/K)] / n_{fresh}, \quad \rho = k/n = 1-\lambda

    The variance is that around the truth, so no bank is worth more than its K points. Derived here.

    >>> bank(100, 4, [4, 8, 40, 1e9], -1).round(2)
    array([3.01, 4.49, 7.38, 8.8 ])
    """
    k, size, a = real(k), real(points), real(curvature)
    share = k / real(n)
    once = fresh(n, k, a)
    with np.errstate(divide="ignore"):
        wander = 1 / size + (share * (1 - k / size) + (1 - share) * (1 + a / size)) / once
    return 1 / wander


def fixed(n: Numbers, k: Numbers, curvature: Numbers) -> Array:
    r"""Effective points of the same k real points in every generation: about (2k+1)/3 for a = -1 and k << n.

    A bank that is used up each time. With a = -1 and k = 1 it is worth 1 point: the loop copies that point.
    Derived here.

    >>> fixed(1e6, [1, 2, 10], -1).round(3)
    array([1.   , 1.667, 7.   ])
    """
    return bank(n, k, k, curvature)


def weighted(k: Numbers, m: Numbers, weight: Numbers, curvature: Numbers = 0.0) -> Array:
    r"""Effective points when k fresh points carry the share ``weight`` of a fit and m written ones the rest.

    .. math:: n_{eff} = \frac{1 - l^2 - a l^2/m}{w^2/k + l^2/m}, \quad l = 1-w

    weight: share w in (0, 1] of all the weight; one real point weighs w m / ((1-w) k) against 1 for a
    written one. He, Xu and Cheng, arXiv:2502.18049 (2025) for a = 0; curvature derived here.

    >>> print(f"{weighted(100, 100, 0.618):.1f}", f"{weighted(100, 100, 0.5):.1f}")
    161.8 150.0
    """
    k, m, w, a = real(k), real(m), real(weight), real(curvature)
    rest = (1 - w) ** 2
    return np.maximum((w * (2 - w) - a * rest / m) / (w**2 / k + rest / m), 0.0)


def best_weight(k: Numbers, m: Numbers) -> Array:
    r"""The share of the weight that k fresh real points should carry beside m written ones (a = 0).

    .. math:: w^* = (\sqrt{r^2 + 4r} - r)/2, \quad r = k/m

    The inverse golden ratio for k = m. There the loop is worth k / w* points (about sqrt(k m) for m >> k),
    and it takes about 1/w* generations to get there. He, Xu and Cheng, arXiv:2502.18049 (2025); the worth
    derived here.

    >>> best_weight([100, 1], [100, 10_000]).round(4)
    array([0.618, 0.01 ])
    """
    r = real(k) / real(m)
    return 2 * r / (np.sqrt(r**2 + 4 * r) + r)


def memory(n: Numbers, k: Numbers, t: Numbers) -> Array:
    r"""What is left after t generations of an offset of the mean: :math:`\lambda^t = (1-k/n)^t`.

    Derived here; classical for migration in population genetics.

    >>> print(f"{memory(1e15, 1, 1e15):.4f}")
    0.3679
    """
    return np.exp(real(xlog1py(t, -real(k) / real(n)))[()])


def approach(n: Numbers, k: Numbers, t: Numbers, curvature: Numbers) -> Array:
    r"""Share of the stationary variance reached after t fits from the truth, fresh anchor: :math:`1 - g^t`.

    :math:`g = \lambda^2 + a\lambda/n = 1 - n_{eff}/n`; so n / n_eff generations are the time scale. Where
    n_eff is 0 there is nothing to approach, and the answer is 0. Derived here.

    >>> approach(100, 1, [0, 10, 100], -1).round(3)
    array([0.   , 0.261, 0.951])
    """
    return 0.0 - np.expm1(real(xlog1py(t, -fresh(n, k, curvature) / real(n)))[()])


def wander(n: Numbers, k: Numbers, t: Numbers, curvature: Numbers, variance: Numbers = 1.0) -> Array:
    r"""Var(mu_t) of the loop with k fresh real points per generation, from the truth; k = 0: replacement.

    :math:`V_0 (1-g^t)/n_{eff}`, and for every sign of n_eff it is :math:`(V_0/n)\sum_{j<t} g^j`. Derived
    here.

    >>> wander(100, [0, 1], 100, -1).round(4)
    array([0.634 , 0.3193])
    """
    share = real(k) / real(n)
    gap = (real(k) * (2 - share) - real(curvature) * (1 - share)) / real(n)
    t = real(t)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = np.where(gap == 0, t, -np.expm1(xlog1py(t, -gap)) / gap)[()]
    return real(variance) / real(n) * total
