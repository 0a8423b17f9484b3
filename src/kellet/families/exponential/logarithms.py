r"""Differences of logarithms that keep their digits, however small they get.

A law that collapses has a shape of 10^12 and more: the logarithm of its mean and the mean of its logarithm then agree
in twelve digits, and what they differ by is all there is to learn from.
"""

from __future__ import annotations

import numpy as np

from kellet.evidence import Array

FAR = 20.0


def excess(u: Array) -> Array:
    r""":math:`u - \ln(1+u) \ge 0`, elementwise, for u > -1; about :math:`u^2/2`.

    With r = u/(2+u) it is :math:`ru - 2r^3(1/3 + r^2/5 + r^4/7 + \dots)`, where nothing cancels.

    >>> print(excess(np.array([1e-9, 1.0])))
    [5.00000000e-19 3.06852819e-01]
    """
    near = np.clip(u, -0.2, 0.2)
    r = near / (2 + near)
    square = r * r
    series = np.zeros_like(square)
    for order in range(19, 1, -2):
        series = series * square + 1 / order
    return np.where(abs(u) > 0.2, u - np.log1p(u), r * near - 2 * r * square * series)


def shortfall(k: Array) -> Array:
    r""":math:`\ln k - \psi(k) > 0`, psi the digamma function: from 1/k at small to 1/(2k) at large k.

    >>> print(shortfall(np.array([1e-3, 1.0, 1e12])))
    [9.93667817e+02 5.77215665e-01 5.00000000e-13]
    """
    from scipy.special import digamma

    near, h = np.minimum(k, FAR), 1 / np.maximum(k, FAR)
    square = h * h
    tail = 1 / 120 - square * (1 / 252 - square * (1 / 240 - square * (1 / 132 - square * 691 / 32760)))
    return np.where(k < FAR, np.log(near) - digamma(near), h * (1 / 2 + h * (1 / 12 - square * tail)))


def shortfall_slope(k: Array) -> Array:
    r"""The slope of `shortfall` along ln k, :math:`1 - k\psi'(k) < 0`.

    >>> print(shortfall_slope(np.array([1e-3, 1.0, 1e12])))
    [-9.99001643e+02 -6.44934067e-01 -5.00000000e-13]
    """
    from scipy.special import zeta

    near, h = np.minimum(k, FAR), 1 / np.maximum(k, FAR)
    square = h * h
    tail = 1 / 30 - square * (1 / 42 - square * (1 / 30 - square * (5 / 66 - square * 691 / 2730)))
    return np.where(k < FAR, 1 - near * zeta(2, near), -h * (1 / 2 + h * (1 / 6 - square * tail)))


def guess_shape(gap: Array) -> Array:
    r"""The shape at which `shortfall` is about this gap, within 2 %: a place for Newton to start.

    Minka, Estimating a gamma distribution (2002), after Thom, U.S. Weather Bureau (1958).
    """
    root = np.hypot(gap - 3, np.sqrt(24 * gap))
    return np.where(gap < 3, (3 - gap + root) / (12 * gap), 2 / (np.maximum(gap - 3, 0.0) + root))
