r"""The d-dimensional normal in a loop, and any regular model of D parameters: what dimension adds.

Replacement shrinks E Sigma as in one dimension, but ln det Sigma loses a little more with every dimension. With a fresh
anchor k against d governs the divergence: the trace of Sigma looks right while typical directions are gone.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, polygamma

from kellet.theory.drift import log_of_mean
from kellet.theory.loop import Loop
from kellet.theory.numbers import Array, Numbers, real


def lyapunov(n: Numbers, d: int, divisor: Numbers | None = None) -> Array:
    r"""What the logarithm of each eigenvalue of Sigma gains per replacement in the long run, the largest first.

    .. math:: \chi_i = \psi((n-i)/2) - \ln(D/2), \qquad i = 1 \dots d

    (d,) and the shape of n.  n: points per generation, more than d.  d: dimensions.  divisor: D, of the scatter matrix;
    None for n (maximum likelihood).  Sigma is a product of independent Wishart matrices of n - 1 degrees of freedom,
    and these are its Lyapunov exponents (Newman, Communications in Mathematical Physics 103:121, 1986); their sum holds
    from the first generation on, each of them once the directions have parted, after some n/d generations.

    >>> lyapunov(50, 3).round(4)
    array([-0.0407, -0.0618, -0.0833])
    """
    n = real(n)
    rows = _rows(d, n)
    return log_of_mean((n - rows) / 2) + _log_scale(n, rows, divisor)


def log_det_drift(n: Numbers, d: int, divisor: Numbers | None = None) -> Array:
    r"""E ln det Sigma gained per replacement: :math:`\sum_{i=1}^d \psi((n-i)/2) - d\ln(D/2)`.

    The arguments are those of `lyapunov`. From Bartlett's decomposition of the Wishart distribution (Anderson,
    Multivariate Statistical Analysis, 2003, sec. 7.5).

    >>> print(f"{log_det_drift(50, 1):.4f} {log_det_drift(50, 5):.4f}")
    -0.0407 -0.4189
    """
    return real(lyapunov(n, d, divisor).sum(axis=0))[()]


def expected_spread(n: Numbers, d: int, t: Numbers, divisor: Numbers | None = None) -> Array:
    r"""E of :math:`(\det\Sigma_t/\det\Sigma_0)^{1/d}` after t replacements, the effective variance per direction.

    .. math:: \Big[\frac2D\prod_{i=1}^d\frac{\Gamma((n-i)/2+1/d)}{\Gamma((n-i)/2)}\Big]^t

    The arguments are those of `lyapunov`; n one number. Same source as `log_det_drift`.

    >>> expected_spread(50, 1, 10).round(3), expected_spread(50, 5, 10).round(3)
    (np.float64(0.817), np.float64(0.452))
    """
    n = real(n)
    rows, h = _rows(d, n), 1 / d
    x = (n - rows) / 2
    few = np.minimum(x, 1000)
    # ln of the ratio of gamma functions, less h ln x; of many points by its series, where nothing cancels.
    exact = gammaln(few + h) - gammaln(few) - h * np.log(few)
    bend = h * (h - 1)
    series = bend / (2 * x) - bend * (2 * h - 1) / (12 * x**2) + bend**2 / (12 * x**3)
    factor = np.where(x < 1000, exact, series) + h * _log_scale(n, rows, divisor)
    return real(np.exp(real(t) * factor.sum(axis=0)))[()]


def _log_scale(n: Array, rows: Array, divisor: Numbers | None) -> Array:
    """ln (n - i)/D, term by term, so that it keeps its digits where n is large."""
    return np.log1p(-rows / n) - (0.0 if divisor is None else np.log1p((real(divisor) - n) / n))


def _rows(d: int, n: Array) -> Array:
    """1 to d, along an axis before those of n."""
    return real(np.arange(1, d + 1)).reshape(-1, *[1] * n.ndim)


def log_det_variance(n: Numbers, d: int) -> Array:
    r"""Var ln det Sigma gained per replacement, independently: :math:`\sum_{i=1}^d \psi_1((n-i)/2)`.

    Same source as `log_det_drift`.

    >>> print(f"{log_det_variance(50, 5):.4f}")
    0.2176
    """
    n = real(n)
    return real(real(polygamma(1, (n - _rows(d, n)) / 2)).sum(axis=0))[()]


def parameters(d: Numbers) -> Array:
    """Parameters of a d-dimensional normal, d (d + 3) / 2.

    >>> parameters([1, 2, 100])
    array([2.00e+00, 5.00e+00, 5.15e+03])
    """
    d = real(d)
    return d * (d + 3) / 2


def anchored_divergence(k: Numbers, d: int) -> Array:
    r"""Stationary E KL(truth || model), nats, of a d-dimensional normal; k fresh real points of very many.

    .. math:: \tfrac12 [d(2k+d+3)/(2k) - d + d \ln k - \sum_{i=1}^d \psi((2k+d+3-i)/2)]

    About D/(4k) once k exceeds d. From the stationary law (`kellet.theory.stationary`); derived here.

    >>> anchored_divergence([1, 10], 1).round(3), anchored_divergence([1, 10], 20).round(2)
    (array([0.648, 0.052]), array([97.  ,  7.13]))
    >>> print(f"{anchored_divergence(1e12, 1):.6e}")
    5.000000e-13
    """
    k = real(k)
    # psi(k + c) - ln k, term by term, so that nothing cancels where k is large.
    more = (d + 3 - np.arange(1, d + 1).reshape(-1, *[1] * k.ndim)) / 2
    shrunk: Array = real(log_of_mean(k + more) + np.log1p(more / k)).sum(axis=0)
    return (d * (d + 3) / (2 * k) - shrunk) / 2


def points_for_divergence(nats: float, d: int) -> int:
    """Smallest k of fresh real points that keeps `anchored_divergence` at or below ``nats``.

    >>> [points_for_divergence(0.1, d) for d in (1, 2, 5, 20)]
    [6, 14, 52, 579]
    """
    if not nats > 0:
        raise ValueError(f"expected a positive divergence; got {nats}.")
    high = 1
    while anchored_divergence(high, d) > nats:
        high *= 2
    low = high // 2  # not enough, or zero
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if anchored_divergence(middle, d) > nats else (low, middle)
    return high


def regular_divergence(parameters: Numbers, n: float, k: float) -> Array:
    r"""Stationary E KL, nats, of any regular model, for large k: :math:`D / (2n(1-\lambda^2))`, about D/(4k).

    Derived here from the score's covariance; asymptotic, so it needs k well above D.

    >>> print(f"{regular_divergence(5, 2000, 100):.5f}")
    0.01282
    """
    return real(parameters) / (2 * Loop(n, k, 0).effective_points)


def early_divergence(parameters: Numbers, n: Numbers, t: Numbers) -> Array:
    """E KL, nats, of any regular model of D parameters after t replacements while t << n: t D / (2n).

    Each refit costs what the first one cost. Derived here (Wilks's law added up).

    >>> print(early_divergence(2, 1000, 5))
    0.005
    """
    return real(t) * real(parameters) / (2 * real(n))
