r"""What becomes of the loop that forgets nothing: every batch joins the pool and the model is refitted to the pool.

Batch t is a 1/t of the pool, so sampling errors shrink like 1/t^2 and add up to a limit; a systematic bias
shrinks like 1/t and does not. The exact curves for finite t come from `kellet.theory.curves`; here are their
closed forms and limits.
"""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, gamma, poch, polygamma, zeta

from kellet.theory.numbers import Array, Numbers, real

FEW = 1000


def wander(n: float, t: Numbers, curvature: float, variance: float = 1.0) -> Array:
    r"""Var(mu_t) of the fit to t pooled batches of n: :math:`\frac{V_0}{a}[\prod_{j\le t}(1+\frac{a}{nj^2})-1]`.

    t: any shape.  a = 0: :math:`(V_0/n)\sum 1/j^2`. Equal batches, the first one real. Factors as they are up to 1000
    batches, then the series of their logarithm, by Hurwitz's zeta function. For a = 0, or many points: Gerstgrasser et
    al., COLM (2024), Dey and Donoho, arXiv:2410.22812 (2024); other curvatures derived here.

    >>> [wander(10, [60, 1e18], a).round(4) for a in (-1, 0, 1)]
    [array([0.1552, 0.1566]), array([0.1628, 0.1645]), array([0.1709, 0.1728])]
    """
    t = real(t)
    if not curvature:
        return variance / n * real(zeta(2, 1) - zeta(2, t + 1))[()]
    x = curvature / n
    with np.errstate(divide="ignore"):
        early = np.concatenate([[0.0], np.cumsum(np.log1p(x / np.arange(1.0, FEW + 1) ** 2))])
    second, fourth = (zeta(s, FEW + 1) - zeta(s, np.maximum(t, FEW) + 1) for s in (2, 4))
    late = x * second - x**2 / 2 * fourth
    return real(variance / curvature * np.expm1(early[np.minimum(t, FEW).astype(np.int64)] + late))[()]


def inflation(n: Numbers, curvature: float) -> Array:
    r"""Limit of Var(mu_t) against one real batch: pi^2/6 for a = 0, or for many points.

    a > 0: :math:`\frac na[\frac{\sinh z}{z}-1]`, :math:`z=\pi\sqrt{a/n}`; a < 0: sin, and -a in z. So Bernoulli stays
    below pi^2/6 and the exponential above it, and all tend to it with n. Euler's products; applied here.

    >>> [float(inflation(10, a).round(4)) for a in (-1, 0, 1)]
    [1.5656, 1.6449, 1.728]
    """
    n = real(n)
    x = np.pi**2 * curvature / n
    # the power series of (sinh(z)/z - 1) / z^2 in x = z^2, where the closed form would cancel
    series = np.pi**2 * (1 / 6 + x / 120 + x**2 / 5040 + x**3 / 362880)
    if curvature == 0:
        return series
    z = np.sqrt(abs(x))
    exact = n / curvature * ((np.sinh(z) if curvature > 0 else np.sin(z)) / z - 1)
    return np.where(abs(x) < 1e-2, series, exact)[()]


def settled_variance(n: Numbers) -> Array:
    r"""Limit of E sigma_t^2 / sigma_0^2 of a normal refitted to the pool by maximum likelihood.

    :math:`\sin(z)/z`, :math:`z=\pi/\sqrt n`. The rest went into Var(mean). Derived here; Kazdan et al.,
    arXiv:2410.16713 (2024), report the stabilising.

    >>> print(f"{settled_variance(10):.4f}")
    0.8434
    """
    return np.sinc(1 / np.sqrt(real(n)))


def batch_ratio_inflation(ratio: Numbers) -> Array:
    r"""The same limit when the real batch is K times a written one (a = 0, or many points): :math:`1 + K\psi_1(K+1)`.

    ratio: K > 0. From 1 (K -> 0, few real points) to 2 (K -> infinity, small additions for ever). Derived here.

    >>> batch_ratio_inflation([0.1, 1, 10, 100]).round(3)
    array([1.143, 1.645, 1.952, 1.995])
    """
    ratio = real(ratio)
    return 1 + ratio * real(polygamma(1, ratio + 1))[()]


def subsampled_inflation() -> tuple[float, float]:
    r"""Limits of Var(mu_t) against one real batch, for many points, when a fit sees only n points of the pool.

    The model's own, :math:`\pi^2/2-2`, and the pool's, :math:`\pi^2/2-3`. For finite n and t:
    `kellet.theory.curves`. Derived here; the setting is that of Kazdan et al., arXiv:2410.16713 (2024).

    >>> [round(x, 3) for x in subsampled_inflation()]
    [2.935, 1.935]
    """
    return np.pi**2 / 2 - 2, np.pi**2 / 2 - 3


def accumulated_bias(step: Numbers, t: Numbers, share: float = 0.0) -> Array:
    r"""Bias of the fit to t pooled batches when every written batch is off by ``step``: about ln t steps.

    Without real points :math:`\delta(H_t - 1)`, H_t the harmonic number.  share: rho of real points in each
    batch; then :math:`\delta\frac{1-\rho}\rho[1-\prod_{j=2}^t(1-\rho/j)]`, bounded but approached only as
    t^-rho. Derived here. Accumulating is no cure for a generator that is wrong.

    >>> accumulated_bias(0.01, [1, 10, 1000]).round(4)
    array([0.    , 0.0193, 0.0649])
    >>> accumulated_bias(0.01, [1, 10, 1000], 0.5).round(4)
    array([0.    , 0.0065, 0.0096])
    """
    step, t = real(step), real(t)
    if share == 0:
        return step * real(digamma(t + 1) - digamma(2.0))
    left = real(poch(t + 1, -share) / gamma(2 - share))
    return step * (1 - share) / share * (1 - left)


def shrinking_variance(factor: Numbers, t: Numbers) -> Array:
    r"""Pool variance when writing multiplies the variance by b: :math:`\prod_{j=2}^t(1-(1-b)/j)`, about t^-(1-b).

    factor: b.  Very many points a batch, so no other loss. Derived here.

    >>> print(f"{shrinking_variance(0.9, 1000):.3f}")
    0.521
    """
    b, t = real(factor), real(t)
    return real(poch(t + 1, b - 1) / gamma(1 + b))[()]
