"""The beta family."""

from __future__ import annotations

import numpy as np

from kellet.evidence import Array, Points
from kellet.families.abilities import Learner
from kellet.families.exponential.domain import Domain
from kellet.families.exponential.logarithms import shape_of, shortfall, shortfall_slope
from kellet.families.exponential.newton import Numbers, balance
from kellet.laws.beta import Beta as Law

SHARES = Domain("beta", 0.0, 1.0, False, "a world of shares, or leaving out exact zeros and ones")


class Beta(Learner, frozen=True, tag="beta"):
    r"""Learn a beta law by maximum likelihood,

    .. math:: \psi(\alpha) - \psi(\alpha+\beta) = \overline{\ln x}, \qquad
              \psi(\beta) - \psi(\alpha+\beta) = \overline{\ln(1-x)} .

    The unknowns are ln(alpha + beta) and how far the logit of the law's mean lies from that of the points' mean.  In
    them both equations are smooth and nearly straight, and none of their terms cancels when the law collapses to
    alpha + beta = 10^12 and more.

    A replicate is collapsed when all its points are the same, when it has none, or when one is not finite; it writes
    the one value that it saw.  Points must lie between 0 and 1, ends excluded.

    Gnanadesikan, Pinkham and Hughes, Technometrics 9:607 (1967).

    >>> model = Beta().fit(Points(np.array([[0.2, 0.3, 0.7], [0.4, 0.4, 0.4]])))
    >>> model.alpha.round(4), model.beta.round(4), model.collapsed
    (array([2.0924,    inf]), array([3.0513,    inf]), array([False,  True]))
    """

    def describe(self) -> str:
        return "a beta law, of numbers from 0 to 1"

    def fit(self, evidence: Points, rng: object = None, previous: object = None) -> Law:
        rows = SHARES.rows(evidence)
        mean, up = rows.log_gap()
        rest, down = rows.log_gap(1 - rows.values)
        dead = (up <= 0) | (down <= 0) | rows.lost
        alpha, beta = np.full(len(mean), np.inf), np.full(len(mean), np.inf)
        mean[rows.lost] = np.nan
        alive = np.flatnonzero(~dead)
        if alive.size:
            alpha[alive], beta[alive] = _parameters(mean[alive], rest[alive], up[alive], down[alive])
            mean[alive] = alpha[alive] / (alpha[alive] + beta[alive])
        return Law(rows.give(alpha), rows.give(beta), rows.mark(dead), rows.give(mean))


def _parameters(mean: Array, rest: Array, up: Array, down: Array) -> tuple[Array, Array]:
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

    start = np.stack([np.zeros_like(mean), np.log(shape_of(mean * up + rest * down))], axis=-1)
    t, y = balance(equations, start).T
    mu, nu, _, _ = place(t, mean, rest)
    return np.exp(y) * mu, np.exp(y) * nu
