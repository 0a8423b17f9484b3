r"""Sums of powers that keep their digits: what every generation adds, and the next ones lose again in part."""

from __future__ import annotations

import numpy as np

from kellet.theory.numbers import Array, Numbers, real


def geometric(lost: float, t: Numbers) -> Array:
    r""":math:`\sum_{j<t}(1-x)^j = (1-(1-x)^t)/x`: what one a generation comes to after t, a share x being lost in each.

    lost: x, at most 1; 0 where nothing is lost, below 0 where it grows.

    >>> geometric(0.1, [0, 1, 1000]), geometric(0.0, 10), geometric(1.0, 3)
    (array([ 0.,  1., 10.]), np.float64(10.0), np.float64(1.0))
    >>> print(f"{geometric(1e-18, 1e18):.6e}")
    6.321206e+17
    """
    t = real(t)
    if not lost:
        return t[()]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # Where all is lost each time, 0 generations still are 0.
        return np.where(t > 0, -np.expm1(t * np.log1p(-lost)) / lost, 0.0)[()]


def mixed(lost: float, other: float, t: Numbers) -> Array:
    r""":math:`\sum_{j<t}(1-x)^{t-1-j}(1-y)^j`: the same, of what loses x at first and y from then on.

    lost, other: x and y, at most one of them 1.

    >>> mixed(0.5, 0.0, [0, 1, 2, 100]), mixed(0.5, 0.5, 3)
    (array([0. , 1. , 1.5, 2. ]), np.float64(0.75))
    """
    t = real(t)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        one, two = float(np.log1p(-lost)), float(np.log1p(-other))
        # From the larger of the two and their ratio.
        apart = abs(one - two)
        terms = np.expm1(-t * apart) / np.expm1(-apart) if apart else t
        return np.where(t > 0, np.exp((t - 1) * max(one, two)) * terms, 0.0)[()]
