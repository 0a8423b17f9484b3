r"""What an anchored loop's parameters are distributed like once it has settled.

With k fresh real points among very many, the parameter moves like a diffusion whose stationary density in the natural
parameter is proportional to exp(2k [theta mu0 - A(theta)]): the conjugate prior of Diaconis and Ylvisaker (Annals of
Statistics 7:269, 1979) with 2k pseudo-observations at the truth. For two categories it is Wright's law of mutation and
drift (Genetics 16:97, 1931). The same functions serve three loops:

    fresh anchor   points = k, at the truth
    fixed anchor   points = k, at the mean of the fixed set's statistic (which must lie inside)
    prior          points = A imaginary ones, at the prior's own mean: the truth is forgotten

Derived here for regular minimal exponential families and n much larger than ``points``; for finite n the variance is
V0 over `kellet.theory.Loop.effective_points`, and ``points`` had better be `kellet.theory.Loop.points`.
"""

from __future__ import annotations

import numpy as np

from kellet.theory.laws import Beta, Dirichlet, Gamma, InverseGamma, InverseWishart, Normal, Student
from kellet.theory.numbers import Numbers, real


def bernoulli(points: float, p: float) -> Beta:
    """Law of the success rate: Beta(2k p, 2k (1-p)).

    >>> bernoulli(1, 0.25)
    Beta(a=0.5, b=1.5)
    """
    return Beta(2 * points * p, 2 * points * (1 - p))


def categorical(points: float, p: Numbers) -> Dirichlet:
    """Law of the probabilities: Dirichlet(2k p); p: (V,).

    >>> categorical(2, [0.25, 0.75]).alpha
    array([1., 3.])
    """
    return Dirichlet(2 * points * real(p))


def poisson(points: float, mean: float) -> Gamma:
    """Law of the rate: Gamma(2k mu0, rate 2k).

    >>> poisson(2, 0.5)
    Gamma(shape=2.0, rate=4)
    """
    return Gamma(2 * points * mean, 2 * points)


def exponential(points: float, mean: float, shape: float = 1.0) -> InverseGamma:
    """Law of the mean: InvGamma(2kr + 1, 2kr mu0), for exponential points (r = 1) or gamma ones of known ``shape`` r.

    >>> exponential(1, 3.0)
    InverseGamma(shape=3.0, scale=6.0)
    """
    return InverseGamma(2 * points * shape + 1, 2 * points * shape * mean)


def normal_mean(points: float, mean: float, variance: float) -> Normal:
    """Law of the mean, the variance being known: N(mu0, sigma^2 / 2k).

    >>> normal_mean(2, 0.0, 1.0)
    Normal(mean=0.0, variance=0.25)
    """
    return Normal(mean, variance / (2 * points))


def normal_variance(points: float, variance: float) -> InverseGamma:
    """Law of the variance, the mean being known: InvGamma(k + 1, k sigma0^2).

    >>> normal_variance(2, 1.0)
    InverseGamma(shape=3, scale=2.0)
    """
    return InverseGamma(points + 1, points * variance)


def normal(points: float, mean: float, variance: float) -> tuple[InverseGamma, Student]:
    """Laws of the variance and of the mean, both fitted: InvGamma(k + 3/2, k sigma0^2) and Student's t.

    The t has 2k + 3 degrees of freedom and scale sigma0 / sqrt(2k + 3).

    >>> spread, centre = normal(1, 0.0, 1.0)
    >>> print(f"typical variance {spread.ppf(0.5):.2f}, mean variance {spread.mean:.2f}")
    typical variance 0.46, mean variance 0.67
    """
    freedom = 2 * points + 3
    return InverseGamma(freedom / 2, points * variance), Student(freedom, mean, float(np.sqrt(variance / freedom)))


def covariance(points: float, sigma: Numbers) -> InverseWishart:
    """Law of the covariance matrix of a d-dimensional normal: InvWishart(2k + d + 2, 2k Sigma0); sigma: (d, d).

    Given Sigma, the mean is N(mu0, Sigma / 2k).

    >>> covariance(1, [[1.0]]).freedom
    5
    """
    sigma = real(sigma)
    return InverseWishart(2 * points + len(sigma) + 2, 2 * points * sigma)
