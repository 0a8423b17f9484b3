"""Kernel density estimates and pooled unbiased variances: loops whose variance grows instead of dying."""

from __future__ import annotations

import numpy as np
from scipy.special import xlog1py

from kellet.theory.numbers import Array, Numbers, real


def kernel_variance(n: Numbers, bandwidth: Numbers, t: Numbers, variance: Numbers = 1.0) -> Array:
    r"""E of the sample variance (divisor n) of fit t's data, each drawn from the last one's kernel estimate.

    :math:`E v_{t+1} = (1-1/n)(E v_t + h^2)`, towards (n-1) h^2: the width survives while the structure is
    lost. Fit 1 sees real points, so E v_1 = (1-1/n) V0. bandwidth: h, the standard deviation of a Gaussian
    kernel, kept fixed. The setting is that of Kazdan et al., arXiv:2410.16713 (2024); derived here.

    >>> print(f"{kernel_variance(20, 0.3, 150):.3f}")
    1.710
    """
    n, t, h2 = real(n), real(t), real(bandwidth) ** 2
    limit = (n - 1) * h2
    start = (1 - 1 / n) * real(variance)
    now: Array = limit + (start - limit) * np.exp(xlog1py(t - 1, -1 / n))
    return now


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
