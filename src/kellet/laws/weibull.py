"""The Weibull law."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Points

ORDERS = np.arange(2.0, 12.0)
NUMBERS = np.finfo(float).tiny, np.finfo(float).max


@dataclass(frozen=True, eq=False)
class Weibull:
    r"""Weibull laws, :math:`P(X > x) = e^{-(x/\lambda)^k}` for x > 0.

    shape k, scale :math:`\lambda`: (R,), or (R, d) for d independent columns, whose points are (R, n, d).  At an
    infinite shape the law writes its scale and nothing else.  collapsed: (R,), where nothing could be learnt, or None.

    Points too small or too large for a number are written as the smallest or the largest: 0 is no point of such a law.

    >>> law = Weibull(np.array([1.0, 1e9]), np.array([2.0, 2.0]))
    >>> print(law.mean, law.variance)
    [2. 2.] [4.00000000e+00 6.57973625e-18]
    """

    shape: Array
    scale: Array
    collapsed: NDArray[np.bool_] | None = None

    @property
    def mean(self) -> Array:
        r""":math:`\lambda\,\Gamma(1 + 1/k)`, like the parameters; infinite where that is too large for a number."""
        from scipy.special import gamma

        with np.errstate(over="ignore", divide="ignore"):
            mean: Array = self.scale * gamma(1 + 1 / self.shape)
        return mean

    @property
    def variance(self) -> Array:
        r""":math:`\lambda^2[\Gamma(1+2/k) - \Gamma(1+1/k)^2]`, like the parameters.

        At large shapes by the series of the logarithm of the ratio, :math:`\sum_j \zeta(j)(-1/k)^j(2^j-2)/j`.
        """
        from scipy.special import gammaln, zeta

        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            h = 1 / self.shape
            powers = np.minimum(h, 0.01)[..., None] ** ORDERS
            series = (powers * (zeta(ORDERS) * (-1.0) ** ORDERS * (2**ORDERS - 2) / ORDERS)).sum(axis=-1)
            log = np.where(h < 0.01, series, gammaln(1 + 2 * h) - 2 * gammaln(1 + h))
            variance: Array = np.expm1(log) * self.mean * self.mean
        return variance

    def sample(self, n: int, rng: Generator) -> Points:
        shape = self.shape[:, None]
        with np.errstate(over="ignore"):
            values = rng.standard_exponential((len(shape), n, *shape.shape[2:])) ** (1 / shape)
            values *= self.scale[:, None]
        return Points(np.clip(values, *NUMBERS, out=values))
