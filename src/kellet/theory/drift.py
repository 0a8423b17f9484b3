r"""Typical drifts of loops whose statistic is skewed: exponential, Pareto, uniform.

Where a fitted scale multiplies by an independent random factor each generation, its logarithm walks with a
constant drift, though its expectation may not move: unbiased is not stable. ``n`` points per generation, plain
replacement, drifts per generation. Derived here from the laws of the sample mean and the extremes.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import psi

from kellet.theory.numbers import Array, Numbers, real


def log_of_mean(shape: Numbers) -> Array:
    r"""E ln x of a gamma variable of this shape and mean one: :math:`\psi(r) - \ln r`, about -1/(2r).

    What every scale refitted to an average loses in a typical run. By its series where the difference would cancel.

    >>> log_of_mean([1.0, 1e15])
    array([-5.77215665e-01, -5.00000000e-16])
    """
    x = real(shape)
    few = np.minimum(x, 50)
    series = -1 / (2 * x) - 1 / (12 * x**2) + 1 / (120 * x**4) - 1 / (252 * x**6)
    return np.where(x < 50, psi(few) - np.log(few), series)[()]


def exponential(n: Numbers, unbiased_for: Literal["mean", "rate"] = "mean", shape: float = 1.0) -> Array:
    r"""E ln of the mean's factor: :math:`\psi(nr) - \ln(nr)`, or with -ln(nr - 1) if unbiased for the rate.

    shape: r of a gamma distribution, 1 for the exponential. The same data thus shrink or blow up as the
    estimator is unbiased for one parameter or for its inverse. Maximum likelihood is unbiased for the mean.

    >>> print(f"{100 * exponential(20):.3f} {100 * exponential(20, 'rate'):.3f}")
    -2.521 2.609
    """
    x = real(n) * shape
    return log_of_mean(x) - (np.log1p(-1 / x) if unbiased_for == "rate" else 0.0)


def pareto(n: Numbers, *, known_minimum: bool = True) -> Array:
    r"""E ln of the factor of 1/alpha by maximum likelihood: :math:`\psi(n)-\ln n`.

    With x_min refitted too :math:`\psi(n-1)-\ln n`. Negative: the tail exponent alpha typically grows, so
    tails get thin, by exp(t/2n) or exp(3t/2n).

    >>> print(f"{10 * pareto(20):.3f} {10 * pareto(20, known_minimum=False):.3f}")
    -0.252 -0.778
    """
    n = real(n)
    return log_of_mean(n) if known_minimum else log_of_mean(n - 1) + np.log1p(-1 / n)


def expected_inverse_exponent(n: Numbers, t: Numbers, *, known_minimum: bool = True) -> Array:
    r"""E[1/alpha_t] times alpha_0: 1 with the minimum known, :math:`(1-1/n)^t` with it refitted.

    >>> print(f"{expected_inverse_exponent(20, 10, known_minimum=False):.4f}")
    0.5987
    """
    n, t = real(n), real(t)
    return np.exp(t * np.log1p(-1 / n)) if not known_minimum else np.ones(np.broadcast(n, t).shape)[()]


def expected_uniform(n: Numbers, t: Numbers, *, unbiased: bool = False, power: int = 1) -> Array:
    r"""E (theta_t / theta_0)^q of the uniform law on (0, theta) fitted by the maximum: :math:`(n/(n+q))^t`.

    q: the ``power``.  unbiased: for (n + 1)/n times the maximum, :math:`((1+1/n)^q\,n/(n+q))^t`.

    >>> print(f"{expected_uniform(50, 50):.4f} {expected_uniform(50, 50, unbiased=True, power=2):.4f}")
    0.3715 1.0194
    """
    n = real(n)
    # Its own form, as the difference of both logarithms would lose the digits.
    rate = np.log1p(1 / (n * (n + 2))) if unbiased and power == 2 else -np.log1p(power / n)
    if unbiased and power != 2:
        rate = rate + power * np.log1p(1 / n)
    return np.exp(real(t) * rate)


def uniform(n: Numbers, *, unbiased: bool = False) -> Array:
    r"""E ln of the factor of theta: -1/n exactly; with (n + 1)/n times the maximum :math:`\ln(1+1/n)-1/n`.

    >>> print(uniform(50), f"{uniform(1e12, unbiased=True):.6e}")
    -0.02 -5.000000e-25
    """
    x = 1 / real(n)
    if not unbiased:
        return -x
    near = np.minimum(x, 1e-3)
    series = -(near**2) * (1 / 2 - near * (1 / 3 - near * (1 / 4 - near * (1 / 5 - near / 6))))
    return np.where(x > 1e-3, np.log1p(x) - x, series)[()]
