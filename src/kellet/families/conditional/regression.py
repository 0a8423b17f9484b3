"""Linear and ridge regression, from the moments of rows with a label."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from kellet.evidence import Array, Moments, Points, column
from kellet.families.abilities import Learner
from kellet.families.family import NOT_FINITE
from kellet.laws import MultivariateNormal
from kellet.laws.conditional import LinearLaw, Mislabelled

TOO_FEW = "it was given no more rows than it has coefficients"
FLAT = 1e-10
"""Of the largest singular value: directions in which features vary less say nothing."""


class Regression(Learner, frozen=True, tag="regression"):
    r"""Learn a label, the last number of each row, as a linear function of the others, and the variance of its noise.

    With x and y less their means, :math:`S = \sum xx^T`,

    .. math:: w = (S + \lambda I)^{-1} \sum xy, \qquad s^2 = \frac{1}{n - p}\sum (y - w^Tx)^2

    where p is how many coefficients there are: the intercept, and :math:`\operatorname{tr} S(S+\lambda I)^{-1}`.  All
    of it is read off the square root of the scatter of whole rows, so that pooled moments teach what pooled rows
    teach.  A model writes labels with normal noise for features that the loop draws from the real ones; without a loop,
    for normal ones with the moments of those that it saw.

    ridge: :math:`\lambda`, the penalty on the squared weights, in rows whose features have variance 1.  intercept:
    whether there is one, which is not penalised.  noise: the variance of the noise, where it is known; 0 writes the
    likeliest label.  Directions in which features don't vary get no weight.

    A replicate is collapsed when nothing is left to learn the noise from, n <= p, or without any rows.

    >>> rows = Points(np.array([[[0.0, 1.0], [1.0, 3.2], [2.0, 4.8], [3.0, 7.0]]]))
    >>> model = Regression().fit(Regression().summarise(rows))
    >>> model.weights.round(3), model.intercept.round(3), model.expect(np.array([[10.0]])).round(3)
    (array([[1.96]]), array([1.06]), array([[20.66]]))
    """

    words = "a linear model, which writes labels for features that stay real ({settings})"
    ridge: float = 0.0
    intercept: bool = True
    noise: float | None = None

    learns = Moments
    models = (LinearLaw, Mislabelled)
    task = "regression"

    def __post_init__(self) -> None:
        self.check_finite("ridge", "noise", zero=True)

    def summarise(self, points: Points) -> Moments:
        return Moments.of(points.values, points.weights)

    def fit(self, evidence: Moments, rng: Generator | None = None, previous: object = None) -> LinearLaw:
        count, mean, root = evidence.count, evidence.mean, evidence.root
        if not self.intercept:
            # About 0 instead of the mean: as if the mirrored rows were there, too.
            mirrored = 0.5 * evidence + 0.5 * Moments(count, -mean, root)
            mean, root = mirrored.mean, mirrored.root
        finite = np.asarray(np.isfinite(root).all(axis=(1, 2)) & np.isfinite(mean).all(axis=1))
        root = np.where(finite[:, None, None], root, 0.0)
        weights, rest, used = _solve(root, self.ridge)
        free = count - used - self.intercept
        dead = np.asarray(~finite | (count <= 0))
        if self.noise is None:
            dead = np.asarray(dead | (free <= 0))
            spread = rest / np.sqrt(np.where(free > 0, free, 1.0))
        else:
            spread = np.full(len(weights), np.sqrt(self.noise))
        intercept = mean[:, -1] - np.einsum("rd,rd->r", weights, mean[:, :-1])
        seen = evidence.root[:, :-1, :-1] / column(np.sqrt(np.where(np.asarray(count) > 0, count, 1.0)), root)
        features = MultivariateNormal(evidence.mean[:, :-1], seen)
        reason = None if not dead.any() else TOO_FEW if finite.all() else NOT_FINITE
        return LinearLaw(features, weights, intercept, spread, dead if dead.any() else None, reason, self.ridge > 0)


def _solve(root: Array, ridge: float) -> tuple[Array, Array, Array]:
    """Weights (R, d), the root of the sum of squares that they leave (R,), and how many weights they are worth (R,).

    root: (R, d + 1, d + 1), lower triangular, of the scatter of rows with their label.  What is left is measured, and
    not subtracted from a sum of squares.
    """
    left, sizes, right = np.linalg.svd(root[:, :-1, :-1])
    own, lower = root[:, -1, :-1], root[:, -1, -1]
    there = sizes > FLAT * sizes[:, :1]
    known = np.where(there, sizes, 1.0)
    shrunk = np.where(there, known * known / (known * known + ridge), 0.0)
    turned = np.einsum("rij,rj->ri", right, own)
    weights = np.einsum("rij,rj->ri", left, turned * shrunk / known)
    unexplained = turned * (1 - shrunk)
    rest = np.sqrt(np.einsum("ri,ri->r", unexplained, unexplained) + lower * lower)
    return weights, rest, shrunk.sum(axis=1)
