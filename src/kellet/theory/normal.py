r"""The normal distribution refitted to its own samples: exact in n and in t.

One generation multiplies the variance by chi2_{n-1} / divisor, independently of the past. The divisor names
the estimator:

    ``mle``        n            maximum likelihood
    ``unbiased``   n - 1        E s^2 constant
    ``deviation``  (n-1) c4^2   E s constant
    ``log``        2 exp(psi((n-1)/2))   E ln s^2 constant
    ``precision``  n - 3        E 1/s^2 constant

All expectations are about s = sigma_t / sigma_0 and in units of sigma_0; t counts fits, 0 is the truth;
everything broadcasts over n and t. Expectations of s^2 say little about one loop (a few replicates carry
them): the typical loop follows E ln s^2.

Two loops whose variance grows instead of dying stand at the end: kernel density estimates, and pooled unbiased
variances.

Shumailov et al., Nature 631:755 (2024), and Alemohammad et al., ICLR (2024), describe the loop; the formulas
are derived here.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import gammaln, polygamma, psi, xlog1py

from kellet.theory.drift import log_of_mean
from kellet.theory.numbers import Array, Numbers, real

Estimator = Literal["mle", "unbiased", "deviation", "log", "precision"]


def divisor(n: Numbers, estimator: Estimator = "mle") -> Array:
    """What the sum of squares about the mean is divided by.

    >>> [float(divisor(10, e).round(3)) for e in ("mle", "unbiased", "deviation", "log", "precision")]
    [10.0, 9.0, 8.515, 8.021, 7.0]
    """
    n = real(n)
    if estimator == "mle":
        return n + 0.0
    if estimator == "unbiased":
        return n - 1
    if estimator == "deviation":
        return (n - 1) * np.exp(2 * log_c4(n))
    if estimator == "log":
        return 2 * np.exp(real(psi((n - 1) / 2)))
    if estimator == "precision":
        return n - 3
    raise ValueError(f"expected mle, unbiased, deviation, log or precision; got {estimator!r}.")


def log_c4(n: Numbers) -> Array:
    r"""ln c4, where E s = c4 sigma for the root of the unbiased variance of n points: about -1/(4n).

    :math:`c_4 = \sqrt{2/(n-1)}\,\Gamma(n/2)/\Gamma((n-1)/2)`; for many points by its series, where the
    difference of two log-gammas would lose the digits.

    >>> log_c4([2, 10, 1e15])
    array([-2.25791353e-01, -2.77214389e-02, -2.50000000e-16])
    """
    x = (real(n) - 1) / 2
    few = np.minimum(x, 50)
    exact = gammaln(few + 0.5) - gammaln(few) - np.log(few) / 2
    series = -1 / (8 * x) + 1 / (192 * x**3) - 1 / (640 * x**5) + 17 / (14336 * x**7)
    return np.where(x < 50, exact, series)[()]


def log_drift(n: Numbers, estimator: Estimator = "mle") -> Array:
    r"""E ln s^2 gained per generation: :math:`\psi((n-1)/2) - \ln(d/2)`, d the divisor.

    About -2/n (mle), -1/n (unbiased), -1/(2n) (deviation), 0 (log), +1/n (precision).

    >>> names = ("mle", "unbiased", "deviation", "log", "precision")
    >>> [float((1e6 * log_drift(1e6, e)).round(3)) for e in names]
    [-2.0, -1.0, -0.5, 0.0, 1.0]
    """
    n = real(n)
    if estimator == "log":
        return np.zeros_like(n)[()]
    return log_of_mean((n - 1) / 2) + log_growth(n, estimator)


def log_growth(n: Numbers, estimator: Estimator = "mle") -> Array:
    """ln of the factor of E s^2 per generation, ln((n-1)/d).

    >>> print(f"{log_growth(10):.4f} {log_growth(10, 'precision'):.4f}")
    -0.1054 0.2513
    """
    n = real(n)
    if estimator == "mle":
        return np.log1p(-1 / n)
    if estimator == "unbiased":
        return 0.0 * n
    if estimator == "deviation":
        return -2 * log_c4(n)
    if estimator == "precision":
        return -np.log1p(-2 / (n - 1))
    if estimator == "log":
        return -log_of_mean((n - 1) / 2)
    raise ValueError(f"expected mle, unbiased, deviation, log or precision; got {estimator!r}.")


def expected_variance(n: Numbers, t: Numbers, estimator: Estimator = "mle") -> Array:
    r"""E s_t^2 = :math:`((n-1)/d)^t`; :math:`(1-1/n)^t` by mle, as E Sigma_t / Sigma_0 in any dimension.

    >>> expected_variance(50, [0, 10]).round(3)
    array([1.   , 0.817])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.exp(real(t) * log_growth(real(n), estimator))


def expected_log_variance(n: Numbers, t: Numbers, estimator: Estimator = "mle") -> Array:
    """E ln s_t^2 = t times `log_drift`; the median of s_t^2 is close to its exponential.

    >>> print(f"{expected_log_variance(50, 50):.3f}")
    -2.037
    """
    return real(t) * log_drift(n, estimator)


def log_variance_variance(n: Numbers, t: Numbers) -> Array:
    r"""Var ln s_t^2 = :math:`t\,\psi_1((n-1)/2)`, about 2t/n, for every estimator.

    >>> print(f"{log_variance_variance(50, 50):.3f}")
    2.083
    """
    return real(t) * real(polygamma(1, (real(n) - 1) / 2))


def expected_deviation(n: Numbers, t: Numbers, estimator: Estimator = "mle") -> Array:
    r"""E s_t = :math:`(c_4\sqrt{(n-1)/d})^t`; about exp(-3t/4n) for mle, exp(-t/4n) for unbiased.

    Suresh et al., AISTATS (2025), bound the same quantity by exp(-t/4n).

    >>> expected_deviation(50, 50, "unbiased").round(3)
    np.float64(0.775)
    """
    n = real(n)
    return np.exp(real(t) * (log_c4(n) + log_growth(n, estimator) / 2))


def wander(n: Numbers, t: Numbers, estimator: Estimator = "mle") -> Array:
    r"""Var(mean_t) = :math:`\frac1n\sum_{j<t} g^j`; t/n unbiased, :math:`1-(1-1/n)^t` by mle.

    g is the growth of E s^2 per generation.

    >>> wander(50, [10, 50], "unbiased")
    array([0.2, 1. ])
    """
    n, t = real(n), real(t)
    rate = log_growth(n, estimator) + 0.0 * t
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(rate == 0, t / n, np.expm1(t * rate) / np.expm1(rate) / n)[()]


def expected_w2(n: Numbers, t: Numbers, estimator: Estimator = "mle") -> Array:
    r"""E W2^2(truth, model_t) = Var(mean_t) + E (s_t - 1)^2, squared 2-Wasserstein distance.

    It diverges for the unbiased estimator and stays below 2 by maximum likelihood. Shumailov et al., Nature
    631:755 (2024), give its first order, (3/2) t/n.

    >>> expected_w2(30, 30, "unbiased").round(3), expected_w2(30, 30).round(3)
    (np.float64(1.456), np.float64(1.071))
    """
    n, t = real(n), real(t)
    rate = log_growth(n, estimator)
    # Each as it differs from 1, so that the digits of many points stay.
    square, s = np.expm1(t * rate), np.expm1(t * (log_c4(n) + rate / 2))
    return real(wander(n, t, estimator) + square - 2 * s)[()]


def expected_divergence(n: Numbers, t: Numbers, estimator: Estimator = "mle") -> Array:
    r"""E KL(truth || model_t) in nats; infinite for n <= 3.

    .. math:: \tfrac12 [g^t + \tfrac1n \sum_{j=1}^t g^j - 1 + E\ln s_t^2], \quad g = d/(n-3)

    About t/n early (two parameters, t D/(2n)), exponential in t late. Few replicates carry it.

    >>> expected_divergence(30, [1, 30], "unbiased").round(3)
    array([0.037, 5.063])
    """
    n, t = np.broadcast_arrays(real(n), real(t))
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = -np.log1p(-2 / (n - 1)) - log_growth(n, estimator)
        summed = np.where(rate == 0, t, np.expm1(t * rate) / -np.expm1(-rate))
        kl = (np.expm1(t * rate) + summed / n + expected_log_variance(n, t, estimator)) / 2
    return np.where(n > 3, kl, np.where(t == 0, 0.0, np.inf))[()]


def half_life(n: Numbers, estimator: Estimator = "mle", of: Literal["mean", "typical"] = "typical") -> Array:
    """Generations until the variance has halved, in expectation (``mean``), or in its mean logarithm (``typical``).

    The median of loops halves 0.2 generations later or so: `kellet.theory.halving`.  0.69 n and 0.35 n by maximum
    likelihood; never and 0.69 n unbiased. Infinite where it does not shrink.

    >>> half_life(1000, "mle", "mean").round(), half_life(1000).round(), half_life(1000, "unbiased").round()
    (np.float64(693.0), np.float64(346.0), np.float64(692.0))
    """
    rate = log_growth(real(n), estimator) if of == "mean" else log_drift(n, estimator)
    with np.errstate(divide="ignore"):
        return np.where(rate < 0, np.log(2) / np.maximum(-rate, 0.0), np.inf)[()]


def kernel_variance(n: Numbers, bandwidth: Numbers, t: Numbers, variance: Numbers = 1.0) -> Array:
    r"""E of the sample variance (divisor n) of fit t's data, each drawn from the last one's kernel estimate.

    :math:`E v_{t+1} = (1-1/n)(E v_t + h^2)`, towards (n-1) h^2: the width survives while the structure is
    lost. Fit 1 sees real points, so E v_1 = (1-1/n) V0. bandwidth: h, the standard deviation of a Gaussian
    kernel, kept fixed. The setting is that of Kazdan et al., arXiv:2410.16713 (2024); derived here.

    >>> print(f"{kernel_variance(20, 0.3, 150):.3f}")
    1.710
    """
    n, t, h2 = real(n), real(t), real(bandwidth) ** 2
    left = xlog1py(t - 1, -1 / n)
    return real((1 - 1 / n) * real(variance) * np.exp(left) - (n - 1) * h2 * np.expm1(left))[()]


def pooled_unbiased_variance(n: Numbers, k: Numbers) -> Array:
    r"""Stationary E sigma^2 / sigma_0^2 when n - 1 divides the scatter of k fresh real and n - k written points.

    :math:`[k - k/(n(1+\lambda))] / [k - 1/(1+\lambda)]`, about k/(k - 1/2): 2 at k = 1, though the median is
    0.84. "Unbiased" counts the wander of the mean as if it were variance. Infinite where the denominator is
    not positive. Derived here.

    >>> pooled_unbiased_variance(1e6, [1, 3, 100]).round(3)
    array([2.   , 1.2  , 1.005])
    """
    n, k = real(n), real(k)
    free = 1 / (2 - k / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(k > free, (k - k / n * free) / (k - free), np.inf)[()]
