r"""When half of the variance is lost in half of the loops.

Where a fitted scale multiplies by independent powers of gamma factors, :math:`\prod_i (g_i/c_i)^w` a generation, its
logarithm after t generations is a sum of t independent terms whose law is infinitely divisible, so that t may be any
positive number. Its mean crosses :math:`-\ln 2` too early, since the sum is skewed: for a Gaussian on 5 points at 1.40
generations, where the median does at 1.60.
"""

from __future__ import annotations

import numpy as np
from scipy.special import loggamma, polygamma

from kellet.theory.drift import log_of_mean
from kellet.theory.numbers import Array, Numbers, real

_CLOSE = 0.003
_STEPS = 20_000


def half_life(shapes: Numbers, scale: float, power: float = 1.0) -> float:
    r"""The t at which the median of such a product is 1/2, to a relative 1e-6; infinite where it doesn't fall.

    shapes: of the gamma factors :math:`g_i`, (d,) or one.  scale: c, of all.  power: w.  For a Gaussian on n points in
    d columns, its generalised variance a column, :math:`(n-i)/2` for i from 1 to d, n/2 and 1/d.

    With many points by the median's own expansion, mean - skewness/6 (Cornish and Fisher, Revue de l'Institut
    International de Statistique 5:307, 1938); with few by inversion of the characteristic function (Gil-Pelaez,
    Biometrika 38:481, 1951).

    >>> print(f"{half_life(2.0, 2.5):.3f} {half_life(499.5, 500.0):.2f}")
    1.603 346.42
    """
    a = np.atleast_1d(real(shapes))
    mean = power * float(np.sum(log_of_mean(a) + np.log1p((a - scale) / scale)))
    variance, third = (power**m * float(np.sum(polygamma(m - 1, a))) for m in (2, 3))
    if mean >= 0:
        return float("inf")
    bend = -third / variance / 6
    close = (np.log(2) + bend) / -mean
    if bend < _CLOSE:
        return float(close)
    width = 40 * np.sqrt(close * variance) + 40 * abs(power) / a.min()
    at = (np.arange(_STEPS) + 0.5) * 2 * np.pi / width
    logs = _characterise(a, scale, power * at)

    # Which takes as long to import as all else that theory needs.
    from scipy.optimize import brentq

    def exceed(t: float) -> float:
        # Half minus the chance to lie below -ln 2.
        return float(np.sum(np.exp(t * logs + 1j * at * np.log(2)).imag / at))

    return float(brentq(exceed, close / 20, 2 * close, xtol=1e-9 * close))


def _characterise(shapes: Array, scale: float, at: Array) -> Array:
    """Logarithm of the characteristic function of one generation."""
    total = -1j * at * len(shapes) * np.log(scale)
    for shape in shapes:
        total += loggamma(shape + 1j * at) - loggamma(shape)
    return np.asarray(total)
