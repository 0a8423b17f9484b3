"""Families that learn numbers by maximum likelihood from the points themselves: no statistic holds all they say.

A replicate is collapsed when all its points are the same, when it has none, or when one is not finite; it writes the
one value that it saw.  A point outside the support of a law is an error.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from kellet import laws
from kellet.evidence import Array, Points
from kellet.families.abilities import Learner
from kellet.families.exponential.domain import Domain, Rows, guess_shape, shortfall, shortfall_slope
from kellet.families.exponential.newton import Numbers, balance, rise
from kellet.families.family import Prior
from kellet.laws.continuous import INSIDE, SMALLEST, circular_variance
from kellet.laws.room import blocks

CACHE = 2**17
"""Numbers worked on at a time: Newton's steps visit all points, and these stay in a processor's cache."""
POSITIVES = SMALLEST, np.inf
NOT_NEGATIVE = Domain("uniform", 0.0, np.inf, True, "a world of numbers from 0 up")
SHARES = Domain("beta", 0.0, 1.0, False, "a world of shares, or leaving out exact zeros and ones")
ANGLES = Domain("von Mises", -np.inf, np.inf, True, "angles in radians")
POSITIVE = "a world of positive numbers, or leaving out zeros"
GAMMA, WEIBULL = (Domain(name, 0.0, np.inf, False, POSITIVE) for name in ("gamma", "Weibull"))


class Uniform(Learner, frozen=True, tag="uniform"):
    r"""Learn where a uniform law from 0 ends: at the largest point.

    estimator: "mle", the largest of n points; or "unbiased", (n + 1)/n of it.  By maximum likelihood each generation is
    shorter than the last, to n/(n + 1) of it on average; unbiased, the average stays, and yet the logarithm loses
    :math:`1/n - \ln(1 + 1/n)`, about 1/(2n^2), per generation.

    A replicate is collapsed when its largest point is 0, too, but not when its points are all the same.  Points must be
    >= 0; those of weight 0 are absent, and other weights matter only to n.

    >>> Uniform().fit(Points(np.array([[1.0, 2.0, 6.0]]))).upper
    array([6.])
    >>> Uniform("unbiased").fit(Points(np.array([[1.0, 2.0, 6.0]]))).upper
    array([8.])
    """

    words = "a law that is even from 0 to its largest number ({settings})"
    span: ClassVar[tuple[float, float]] = 0.0, np.inf
    estimator: Literal["mle", "unbiased"] = "mle"

    def fit(self, evidence: Points, rng: object = None, previous: object = None) -> laws.Uniform:
        rows = NOT_NEGATIVE.rows(evidence)
        upper = rows.values.max(axis=1)
        if self.estimator == "unbiased":
            upper *= 1 + 1 / np.where(rows.lost, 1.0, rows.count)
        upper[rows.lost] = np.nan
        return laws.Uniform(rows.give(upper), rows.mark((upper == 0) | rows.lost))


class Gamma(Learner, frozen=True, tag="gamma"):
    r"""Learn shape and scale of a gamma law by maximum likelihood,

    .. math:: \ln k - \psi(k) = \ln\bar x - \overline{\ln x} =: s, \qquad \theta = \bar x / k .

    s is computed relative to the mean, so that its digits survive shapes of 10^12 and more, and Newton's method is
    applied to the logarithm of the left side as a function of ln k, which is very nearly a straight line.

    prior: strength A imaginary points of a gamma law with the given mean (default 1) and variance (default 1): their
    averages of x and of ln x are pooled with those of the points, the posterior mode under the conjugate prior.

    With a prior a replicate is collapsed only when a point is not finite.  Points must be > 0.
    Minka, Estimating a gamma distribution, Microsoft Research (2002); Damsleth, Conjugate classes for gamma
    distributions, Scand. J. Statist. 2:80 (1975).

    >>> model = Gamma().fit(Points(np.array([[1.0, 2.0, 6.0], [4.0, 4.0, 4.0]])))
    >>> model.shape.round(4), model.mean, model.collapsed
    (array([2.0004,    inf]), array([3., 4.]), array([False,  True]))
    """

    words = "a gamma law, of positive numbers"
    prior: Prior | None = None

    span: ClassVar[tuple[float, float]] = POSITIVES
    prior_span: ClassVar[tuple[float, float]] = POSITIVES

    def __post_init__(self) -> None:
        self.check_prior()

    def fit(self, evidence: Points, rng: object = None, previous: object = None) -> laws.Gamma:
        rows = GAMMA.rows(evidence)
        mean, gap = rows.log_gap()
        if self.prior and self.prior.strength:
            mean, gap = self._pool(self.prior, mean, gap, np.where(rows.lost, 0.0, rows.count), rows.shape)
            dead = rows.broken
        else:
            dead = (gap <= 0) | rows.lost
            mean[rows.lost] = np.nan
        mean[rows.broken] = np.nan
        shape = np.full(len(gap), np.inf)
        alive = np.flatnonzero(~dead)
        shape[alive] = solve_shape(gap[alive])
        return laws.Gamma(rows.give(shape), rows.give(mean / shape), rows.mark(dead), rows.give(mean))

    def _pool(self, prior: Prior, mean: Array, gap: Array, count: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
        centre = np.broadcast_to(np.asarray(1.0 if prior.mean is None else prior.mean, dtype=float), shape).ravel()
        own = shortfall(centre * centre / (1.0 if prior.variance is None else prior.variance))
        share = prior.strength / (prior.strength + count)
        pooled = mean + share * (centre - mean)
        return pooled, (1 - share) * (gap + np.log(pooled / mean)) + share * (own + np.log(pooled / centre))


def solve_shape(gap: Array) -> Array:
    """The shape (B,) of a gamma law with this gap (B,) between the logarithm of the mean and the mean of the logarithm.

    >>> solve_shape(np.array([np.euler_gamma, 5e-13])).round(6)
    array([1.e+00, 1.e+12])
    """
    target = np.log(gap)

    def equation(y: Array, at: Numbers) -> tuple[Array, Array]:
        k = np.exp(y)
        short = shortfall(k)
        return target[at] - np.log(short), -shortfall_slope(k) / short

    return np.exp(rise(equation, np.log(guess_shape(gap))))


class Beta(Learner, frozen=True, tag="beta"):
    r"""Learn a beta law by maximum likelihood,

    .. math:: \psi(\alpha) - \psi(\alpha+\beta) = \overline{\ln x}, \qquad
              \psi(\beta) - \psi(\alpha+\beta) = \overline{\ln(1-x)} .

    The unknowns are ln(alpha + beta) and how far the logit of the law's mean lies from that of the points' mean.  In
    them both equations are smooth and nearly straight, and none of their terms cancels when the law collapses to
    alpha + beta = 10^12 and more.

    Points must lie between 0 and 1, ends excluded.  Gnanadesikan, Pinkham and Hughes, Technometrics 9:607 (1967).

    >>> model = Beta().fit(Points(np.array([[0.2, 0.3, 0.7], [0.4, 0.4, 0.4]])))
    >>> model.alpha.round(4), model.beta.round(4), model.collapsed
    (array([2.0924,    inf]), array([3.0513,    inf]), array([False,  True]))
    """

    words = "a beta law, of numbers from 0 to 1"
    span: ClassVar[tuple[float, float]] = INSIDE

    def fit(self, evidence: Points, rng: object = None, previous: object = None) -> laws.Beta:
        rows = SHARES.rows(evidence)
        mean, up = rows.log_gap()
        rest, down = rows.log_gap(1 - rows.values)
        dead = (up <= 0) | (down <= 0) | rows.lost
        alpha, beta = np.full(len(mean), np.inf), np.full(len(mean), np.inf)
        mean[rows.lost] = np.nan
        alive = np.flatnonzero(~dead)
        alpha[alive], beta[alive] = _fit_beta(mean[alive], rest[alive], up[alive], down[alive])
        mean[alive] = alpha[alive] / (alpha[alive] + beta[alive])
        return laws.Beta(rows.give(alpha), rows.give(beta), rows.mark(dead), rows.give(mean))


def _fit_beta(mean: Array, rest: Array, up: Array, down: Array) -> tuple[Array, Array]:
    r"""alpha and beta (B,).

    mean m and rest 1 - m: of the points; up, down: ln m less the mean of ln x, and so for 1 - x.  The law's mean
    :math:`\mu` has the logit of m plus t, and alpha + beta = c = exp(y).  With L = `shortfall` and h(k) = k L(k),

    .. math:: t + up - down - L(\alpha) + L(\beta) = 0, \qquad
        \ln[\mu(up + \ln\tfrac\mu m) + (1-\mu)(down + \ln\tfrac{1-\mu}{1-m})] + y - \ln[h(\alpha) + h(\beta) - h(c)] = 0

    are the difference and the weighted sum of the likelihood equations.
    """

    def place(t: Array, m: Array, q: Array) -> tuple[Array, Array, Array, Array]:
        """The law's mean and its rest, and the logarithms of what they are of the points'."""
        above, below = -np.log1p(q * np.expm1(-t)), -np.log1p(m * np.expm1(t))
        return m * np.exp(above), q * np.exp(below), above, below

    def equations(unknown: Array, at: Numbers) -> tuple[Array, Array]:
        t, y = unknown.T
        mu, nu, above, below = place(t, mean[at], rest[at])
        c = np.exp(y)
        a, b = c * mu, c * nu
        short_a, short_b, short_c = shortfall(a), shortfall(b), shortfall(c)
        slope_a, slope_b, slope_c = shortfall_slope(a), shortfall_slope(b), shortfall_slope(c)
        bend_a, bend_b, bend_c = a * (short_a + slope_a), b * (short_b + slope_b), c * (short_c + slope_c)
        spread = mu * (up[at] + above) + nu * (down[at] + below)
        height = a * short_a + b * short_b - c * short_c
        values = np.stack([t + up[at] - down[at] - short_a + short_b, np.log(spread) + y - np.log(height)], axis=-1)
        slopes = np.empty((len(t), 2, 2))
        slopes[:, 0, 0] = 1 - slope_a * nu - slope_b * mu
        slopes[:, 0, 1] = slope_b - slope_a
        slopes[:, 1, 0] = mu * nu * (up[at] + above - down[at] - below) / spread - (bend_a * nu - bend_b * mu) / height
        slopes[:, 1, 1] = 1 - (bend_a + bend_b - bend_c) / height
        return values, slopes

    start = np.stack([np.zeros_like(mean), np.log(guess_shape(mean * up + rest * down))], axis=-1)
    t, y = balance(equations, start).T
    mu, nu, _, _ = place(t, mean, rest)
    return np.exp(y) * mu, np.exp(y) * nu


class Weibull(Learner, frozen=True, tag="weibull"):
    r"""Learn shape and scale of a Weibull law by maximum likelihood: with :math:`z = \ln x - \ln\max x`,

    .. math:: k\Big(\frac{\sum z e^{kz}}{\sum e^{kz}} - \bar z\Big) = 1, \qquad
              \lambda = \big(\overline{x^k}\big)^{1/k} .

    There is no statistic of fixed size: every Newton step visits all points.  It is applied to the logarithm of the
    left side as a function of ln k, which rises at least as fast as its argument.

    Points must be > 0.  Cohen, Technometrics 7:579 (1965).

    >>> model = Weibull().fit(Points(np.array([[1.0, 2.0, 6.0], [4.0, 4.0, 4.0]])))
    >>> model.shape.round(4), model.scale.round(4), model.collapsed
    (array([1.4569,    inf]), array([3.3354, 4.    ]), array([False,  True]))
    """

    words = "a Weibull law, of positive numbers"
    span: ClassVar[tuple[float, float]] = POSITIVES

    def fit(self, evidence: Points, rng: object = None, previous: object = None) -> laws.Weibull:
        rows = WEIBULL.rows(evidence)
        dead = rows.equal | rows.lost
        shape, scale = np.full(len(dead), np.inf), rows.values[:, 0].copy()
        alive = np.flatnonzero(~dead)
        for part in blocks(len(alive), rows.values.shape[1], CACHE):
            shape[alive[part]], scale[alive[part]] = _fit_weibull(rows, alive[part])
        scale[rows.lost] = np.nan
        return laws.Weibull(rows.give(shape), rows.give(scale), rows.mark(dead))


def _fit_weibull(rows: Rows, block: Numbers) -> tuple[Array, Array]:
    """Shape and scale (b,) of a block of rows."""
    values = rows.values[block]
    share = None if rows.share is None else rows.share[block]
    most = values.max(axis=1)
    below = (values - most[:, None]) / most[:, None]
    logs = np.log1p(np.maximum(below, -0.5))
    far = below < -0.5
    logs[far] = (np.log(values) - np.log(most)[:, None])[far]
    middle = rows.average(logs, block)

    def equation(y: Array, at: Numbers) -> tuple[Array, Array]:
        k, z = np.exp(y), logs[at]
        tilted = np.exp(k[:, None] * z)
        if share is not None:
            tilted *= share[at]
        mass = tilted.sum(axis=1)
        mean = np.einsum("bn,bn->b", tilted, z) / mass
        z = z - mean[:, None]
        variance = np.einsum("bn,bn,bn->b", tilted, z, z) / mass
        lead = mean - middle[at]
        return y + np.log(np.maximum(lead, np.finfo(float).tiny)), 1 + k * variance / lead

    apart = logs - middle[:, None]
    spread = np.sqrt(rows.average(apart * apart, block))
    y = rise(equation, np.log(np.pi / np.sqrt(6) / spread))
    k = np.exp(y)
    return k, most * np.exp(np.log(rows.average(np.exp(k[:, None] * logs), block)) / k)


class VonMises(Learner, frozen=True, tag="vonmises"):
    r"""Learn direction and concentration of angles (in radians) by maximum likelihood: with the resultant
    :math:`Re^{i\mu} = \overline{e^{ix}}`,

    .. math:: I_1(\kappa)/I_0(\kappa) = R .

    1 - R is computed from half the angles to the mean direction, so that its digits survive any concentration, and
    Newton's method is applied to the logit of the left side as a function of :math:`\ln\kappa`, nearly a straight line.

    Points that balance out teach the uniform law, concentration 0.
    Mardia and Jupp, Directional Statistics (2000), section 5.3.

    >>> model = VonMises().fit(Points(np.array([[0.0, 1.0, 2.0], [3.0, 3.0, 3.0]])))
    >>> model.direction, model.concentration.round(4), model.collapsed
    (array([1., 3.]), array([1.9745,    inf]), array([False,  True]))
    """

    words = "a von Mises law, the bell curve of angles"

    def fit(self, evidence: Points, rng: object = None, previous: object = None) -> laws.VonMises:
        rows = ANGLES.rows(evidence)
        sine, cosine = rows.average(np.sin(rows.values)), rows.average(np.cos(rows.values))
        direction = np.where(rows.equal, rows.values[:, 0], np.arctan2(sine, cosine))
        half = np.sin((rows.values - direction[:, None]) / 2)
        half *= half
        variance = np.where(rows.equal, 0.0, 2 * rows.average(half))
        dead = (variance <= 0) | rows.lost
        concentration = np.full(len(variance), np.inf)
        alive = np.flatnonzero(~dead)
        concentration[alive] = _find_concentration(np.hypot(sine, cosine)[alive], variance[alive])
        direction[rows.lost] = concentration[rows.lost] = np.nan
        return laws.VonMises(rows.give(direction), rows.give(concentration), rows.mark(dead))


def _find_concentration(length: Array, variance: Array) -> Array:
    """The concentration (B,) from the resultant length and 1 less it, both (B,), each with its own digits."""
    # Close to uniform the length is half the concentration, up to the square of that.
    faint = length < 1e-6
    target = np.log(np.where(faint, 1.0, length)) - np.log(variance)

    def equation(y: Array, at: Numbers) -> tuple[Array, Array]:
        kappa = np.exp(y)
        v = circular_variance(kappa)
        r = 1 - v
        h = 1 / np.maximum(kappa, 300.0)
        slope = np.where(kappa < 300.0, v * (1 + r) - r / kappa, h * h * (1 / 2 + h * (1 / 4 + h * 3 / 8)))
        return np.log(r) - np.log(v) - target[at], kappa * slope / (r * v)

    start = np.where(faint, 0.0, np.log(length * (2 - length**2) / (variance * (1 + length))))
    concentration = np.exp(rise(equation, start))
    return np.where(faint, 2 * length, concentration)
