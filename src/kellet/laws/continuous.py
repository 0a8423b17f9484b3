"""Laws of numbers whose evidence is the points themselves: uniform, gamma, beta, Weibull, and von Mises on the circle.

Their parameters are (R,), or (R, d) for d independent columns, whose points are (R, n, d).  ``mean`` and ``variance``
are shaped like them.  collapsed: (R,), where nothing could be learnt, or None.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Points
from kellet.laws.model import ByReplicate

SMALLEST, LARGEST = np.finfo(float).tiny, np.finfo(float).max
INSIDE = SMALLEST, 1 - np.finfo(float).epsneg
ORDERS = np.arange(2.0, 12.0)


def _size(parameter: Array, n: int) -> tuple[int, ...]:
    """The shape of n points."""
    return (len(parameter), n, *parameter.shape[1:])


@dataclass(frozen=True, eq=False)
class Uniform(ByReplicate):
    """Uniform laws between 0 and ``upper``.

    >>> law = Uniform(np.array([1.0, 6.0]))
    >>> law.mean, law.variance.round(3)
    (array([0.5, 3. ]), array([0.083, 3.   ]))
    """

    upper: Array
    collapsed: NDArray[np.bool_] | None = None

    @property
    def mean(self) -> Array:
        return self.upper / 2

    @property
    def variance(self) -> Array:
        return self.upper / 12 * self.upper

    def sample(self, n: int, rng: Generator) -> Points:
        return Points(self.upper[:, None] * rng.random(_size(self.upper, n)))


@dataclass(frozen=True, eq=False)
class Gamma(ByReplicate):
    r"""Gamma laws, :math:`p(x) \propto x^{k-1} e^{-x/\theta}` for x > 0, of shape k and scale :math:`\theta`.

    centre: the mean, for where shape times scale cannot give it: at an infinite shape the law writes its centre and
    nothing else.  Points that underflow are written as the smallest normal number: 0 is no point of a gamma law.

    >>> law = Gamma(np.array([4.0, np.inf]), np.array([0.5, 0.0]), centre=np.array([2.0, 7.0]))
    >>> law.mean, law.variance
    (array([2., 7.]), array([1., 0.]))
    >>> law.sample(3, np.random.default_rng(0)).values[1]
    array([7., 7., 7.])
    """

    shape: Array
    scale: Array
    collapsed: NDArray[np.bool_] | None = None
    centre: Array | None = None

    @property
    def mean(self) -> Array:
        return self.shape * self.scale if self.centre is None else self.centre

    @property
    def variance(self) -> Array:
        """:math:`(mean / k) mean`."""
        return self.mean / self.shape * self.mean

    def sample(self, n: int, rng: Generator) -> Points:
        shape = self.shape[:, None]
        lively = np.isfinite(shape)
        values = rng.standard_gamma(np.where(lively, shape, 1.0), _size(self.shape, n))
        if self.centre is None:
            values *= self.scale[:, None]
        else:
            values /= shape
            values = np.where(lively, values, 1.0) * self.centre[:, None]
        return Points(np.maximum(values, SMALLEST, out=values))


@dataclass(frozen=True, eq=False)
class Beta(ByReplicate):
    r"""Beta laws, :math:`p(x) \propto x^{\alpha-1}(1-x)^{\beta-1}` for 0 < x < 1.

    centre: the mean, for where alpha and beta cannot give it: where both are infinite the law writes its centre and
    nothing else.

    Points that round to 0 or to 1 are written as the nearest numbers between.  Below 1 those lie 1e-16 apart, so that a
    law with much weight beyond 1 - 1e-16 (beta under about 0.1) is blunted there.

    >>> law = Beta(np.array([2.0, np.inf]), np.array([6.0, np.inf]), centre=np.array([0.25, 0.5]))
    >>> law.mean, law.variance.round(4)
    (array([0.25, 0.5 ]), array([0.0208, 0.    ]))
    """

    alpha: Array
    beta: Array
    collapsed: NDArray[np.bool_] | None = None
    centre: Array | None = None

    @property
    def mean(self) -> Array:
        return self.alpha / (self.alpha + self.beta) if self.centre is None else self.centre

    @property
    def variance(self) -> Array:
        r""":math:`m(1-m)/(\alpha+\beta+1)`."""
        return self.mean * (1 - self.mean) / (self.alpha + self.beta + 1)

    def sample(self, n: int, rng: Generator) -> Points:
        alpha, beta = self.alpha[:, None], self.beta[:, None]
        lively = np.isfinite(alpha + beta)
        values = rng.beta(np.where(lively, alpha, 1.0), np.where(lively, beta, 1.0), _size(self.alpha, n))
        if self.centre is not None:
            values = np.where(lively, values, self.centre[:, None])
        return Points(np.clip(values, *INSIDE, out=values))


@dataclass(frozen=True, eq=False)
class Weibull(ByReplicate):
    r"""Weibull laws, :math:`P(X > x) = e^{-(x/\lambda)^k}` for x > 0, of shape k and scale :math:`\lambda`.

    At an infinite shape the law writes its scale and nothing else.  Points too small or too large for a number are
    written as the smallest or the largest: 0 is no point of such a law.

    >>> law = Weibull(np.array([1.0, 1e9]), np.array([2.0, 2.0]))
    >>> print(law.mean, law.variance)
    [2. 2.] [4.00000000e+00 6.57973625e-18]
    """

    shape: Array
    scale: Array
    collapsed: NDArray[np.bool_] | None = None

    @property
    def mean(self) -> Array:
        r""":math:`\lambda\,\Gamma(1 + 1/k)`; infinite where that is too large for a number."""
        from scipy.special import gamma

        with np.errstate(over="ignore", divide="ignore"):
            return np.asarray(self.scale * gamma(1 + 1 / self.shape))

    @property
    def variance(self) -> Array:
        r""":math:`\lambda^2[\Gamma(1+2/k) - \Gamma(1+1/k)^2]`.

        At large shapes by the series of the logarithm of the ratio, :math:`\sum_j \zeta(j)(-1/k)^j(2^j-2)/j`.
        """
        from scipy.special import gammaln, zeta

        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            h = 1 / self.shape
            powers = np.minimum(h, 0.01)[..., None] ** ORDERS
            series = (powers * (zeta(ORDERS) * (-1.0) ** ORDERS * (2**ORDERS - 2) / ORDERS)).sum(axis=-1)
            log = np.where(h < 0.01, series, gammaln(1 + 2 * h) - 2 * gammaln(1 + h))
            return np.asarray(np.expm1(log) * self.mean * self.mean)

    def sample(self, n: int, rng: Generator) -> Points:
        with np.errstate(over="ignore"):
            values = rng.standard_exponential(_size(self.shape, n)) ** (1 / self.shape[:, None])
            values *= self.scale[:, None]
        return Points(np.clip(values, SMALLEST, LARGEST, out=values))


@dataclass(frozen=True, eq=False)
class VonMises(ByReplicate):
    r"""Von Mises laws, :math:`p(x) \propto e^{\kappa\cos(x-\mu)}` for angles x, in radians.

    direction :math:`\mu`.  concentration :math:`\kappa`: 0 is uniform on the circle, infinity writes the direction and
    nothing else.  Points lie between -pi and pi.  Beyond a concentration of 10^6 NumPy writes wrapped normal points of
    variance 1/kappa, whose circular variance is off by less than one part in a million.

    >>> law = VonMises(np.array([1.0, 1.0]), np.array([0.0, 50.0]))
    >>> law.mean, law.variance.round(4)
    (array([1., 1.]), array([1.    , 0.0101]))
    """

    direction: Array
    concentration: Array
    collapsed: NDArray[np.bool_] | None = None

    of_statistic: ClassVar[bool] = True

    @property
    def mean(self) -> Array:
        """The mean direction, in radians."""
        return self.direction

    @property
    def variance(self) -> Array:
        r"""The circular variance, 1 less the mean resultant length :math:`I_1(\kappa)/I_0(\kappa)`: from 0 to 1."""
        return circular_variance(self.concentration)

    def sample(self, n: int, rng: Generator) -> Points:
        direction, concentration = self.direction[:, None], self.concentration[:, None]
        broken = np.isnan(concentration)
        size = _size(self.direction, n)
        values = rng.vonmises(np.where(broken, 0.0, direction), np.where(broken, 0.0, concentration), size)
        return Points(np.where(broken, np.nan, values) if broken.any() else values)


def circular_variance(concentration: Array) -> Array:
    r""":math:`1 - I_1(\kappa)/I_0(\kappa)`, to about 13 digits at any concentration: by its series beyond 300.

    Mardia and Jupp, Directional Statistics (2000), section 3.5.4 and appendix 1.

    >>> print(circular_variance(np.array([0.0, 1.0, 1e12])))
    [1.00000000e+00 5.53610034e-01 5.00000000e-13]
    """
    from scipy.special import i0e, i1e

    kappa = np.asarray(concentration, dtype=np.float64)
    near = np.minimum(kappa, 300.0)
    close = (i0e(near) - i1e(near)) / i0e(near)
    h = 1 / np.maximum(kappa, 300.0)
    far = h * (1 / 2 + h * (1 / 8 + h * (1 / 8 + h * (25 / 128 + h * (13 / 32 + h * 1073 / 1024)))))
    return np.where(kappa < 300.0, close, far)
