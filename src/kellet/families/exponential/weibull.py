"""The Weibull family."""

from __future__ import annotations

import numpy as np

from kellet.evidence import Array, Points
from kellet.families.abilities import Learner
from kellet.families.exponential.domain import Domain, Rows
from kellet.families.exponential.newton import Numbers, rise
from kellet.laws.room import blocks
from kellet.laws.weibull import Weibull as Law

POSITIVE = Domain("Weibull", 0.0, np.inf, False, "a world of positive numbers, or leaving out zeros")
CACHE = 2**17
"""Numbers worked on at a time: Newton's steps visit all points, and these stay in a processor's cache."""


class Weibull(Learner, frozen=True, tag="weibull"):
    r"""Learn shape and scale of a Weibull law by maximum likelihood: with :math:`z = \ln x - \ln\max x`,

    .. math:: k\Big(\frac{\sum z e^{kz}}{\sum e^{kz}} - \bar z\Big) = 1, \qquad
              \lambda = \big(\overline{x^k}\big)^{1/k} .

    There is no statistic of fixed size: every Newton step visits all points.  It is applied to the logarithm of the
    left side as a function of ln k, which rises at least as fast as its argument.

    A replicate is collapsed when all its points are the same, when it has none, or when one is not finite; it writes
    the one value that it saw.  Points must be > 0.

    Cohen, Technometrics 7:579 (1965).

    >>> model = Weibull().fit(Points(np.array([[1.0, 2.0, 6.0], [4.0, 4.0, 4.0]])))
    >>> model.shape.round(4), model.scale.round(4), model.collapsed
    (array([1.4569,    inf]), array([3.3354, 4.    ]), array([False,  True]))
    """

    def describe(self) -> str:
        return "a Weibull law, of positive numbers"

    def fit(self, evidence: Points, rng: object = None, previous: object = None) -> Law:
        rows = POSITIVE.rows(evidence)
        dead = rows.equal | rows.lost
        shape, scale = np.full(len(dead), np.inf), rows.values[:, 0].copy()
        alive = np.flatnonzero(~dead)
        for part in blocks(len(alive), rows.values.shape[1], CACHE):
            shape[alive[part]], scale[alive[part]] = _parameters(rows, alive[part])
        scale[rows.lost] = np.nan
        return Law(rows.give(shape), rows.give(scale), rows.mark(dead))


def _parameters(rows: Rows, block: Numbers) -> tuple[Array, Array]:
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
