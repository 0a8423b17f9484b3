"""The von Mises family: angles."""

from __future__ import annotations

import numpy as np

from kellet.evidence import Array, Points
from kellet.families.abilities import Learner
from kellet.families.exponential.domain import Domain
from kellet.families.exponential.newton import Numbers, rise
from kellet.laws.vonmises import VonMises as Law
from kellet.laws.vonmises import circular_variance

ANGLES = Domain("von Mises", -np.inf, np.inf, True, "angles in radians")


class VonMises(Learner, frozen=True, tag="vonmises"):
    r"""Learn direction and concentration of angles (in radians) by maximum likelihood: with the resultant
    :math:`Re^{i\mu} = \overline{e^{ix}}`,

    .. math:: I_1(\kappa)/I_0(\kappa) = R .

    1 - R is computed from half the angles to the mean direction, so that its digits survive any concentration, and
    Newton's method is applied to the logit of the left side as a function of :math:`\ln\kappa`, nearly a straight line.

    A replicate is collapsed when all its points are the same, when it has none, or when one is not finite; it writes
    the one value that it saw.  Points that balance out teach the uniform law, concentration 0.

    Mardia and Jupp, Directional Statistics (2000), section 5.3.

    >>> model = VonMises().fit(Points(np.array([[0.0, 1.0, 2.0], [3.0, 3.0, 3.0]])))
    >>> model.direction, model.concentration.round(4), model.collapsed
    (array([1., 3.]), array([1.9745,    inf]), array([False,  True]))
    """

    def describe(self) -> str:
        return "a von Mises law, the bell curve of angles"

    def fit(self, evidence: Points, rng: object = None, previous: object = None) -> Law:
        rows = ANGLES.rows(evidence)
        sine, cosine = rows.average(np.sin(rows.values)), rows.average(np.cos(rows.values))
        direction = np.where(rows.equal, rows.values[:, 0], np.arctan2(sine, cosine))
        half = np.sin((rows.values - direction[:, None]) / 2)
        half *= half
        variance = np.where(rows.equal, 0.0, 2 * rows.average(half))
        dead = (variance <= 0) | rows.lost
        concentration = np.full(len(variance), np.inf)
        alive = np.flatnonzero(~dead)
        if alive.size:
            concentration[alive] = _concentration(np.hypot(sine, cosine)[alive], variance[alive])
        direction[rows.lost] = concentration[rows.lost] = np.nan
        return Law(rows.give(direction), rows.give(concentration), rows.mark(dead))


def _concentration(length: Array, variance: Array) -> Array:
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
