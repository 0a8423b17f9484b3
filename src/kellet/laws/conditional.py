"""Models that write labels: a law of the label beside features that are real."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Integers, Moments, Points
from kellet.laws.model import Model
from kellet.laws.normal import MultivariateNormal


@runtime_checkable
class Conditional(Model, Protocol):
    """A model that writes rows (d + 1,): features from where they are, and last the label that it gives them."""

    @property
    def spread(self) -> Array:
        """(R,): standard deviation of the noise of labels that are numbers."""
        ...

    def expect(self, features: Array) -> Array:
        """(R, N): the expected label of each of the features (N, d); or (R, N, K), the chances of K classes."""
        ...

    def beside(self, features: Model) -> Self:
        """The same model, which writes labels for features that are drawn from there."""
        ...


@dataclass(frozen=True, eq=False)
class LinearLaw:
    r"""Labels :math:`y = a + w^T x + s e` with e standard normal.

    features: the law of x, R replicates.  weights: w (R, d).  intercept: a (R,).  spread: s (R,).  collapsed, reason:
    as in `kellet.laws.model.Marks`.  shrinks: whether the next one's weights are smaller, as under a penalty.

    With normal features rows are normal, too, and the statistics of n rows are drawn from their own law; else rows are
    drawn.
    """

    features: Model
    weights: Array
    intercept: Array
    spread: Array
    collapsed: NDArray[np.bool_] | None = None
    reason: str | None = None
    shrinks: bool = False

    @property
    def absorbed(self) -> NDArray[np.bool_]:
        """(R,): without noise the next one learns the same, but for what a penalty takes from it."""
        return np.asarray((self.spread == 0) & ~(self.shrinks & self.weights.any(axis=1)))

    @property
    def clean(self) -> LinearLaw:
        """The law whose labels are right."""
        return self

    def expect(self, features: Array) -> Array:
        return np.asarray(self.intercept[:, None] + self.weights @ features.T)

    def beside(self, features: Model) -> LinearLaw:
        return replace(self, features=features)

    def sample(self, n: int, rng: Generator) -> Points:
        x = self.features.sample(n, rng).values
        noise = self.spread[:, None] * rng.standard_normal(x.shape[:2])
        labels = self.intercept[:, None] + np.einsum("rnd,rd->rn", x, self.weights) + noise
        return Points(np.concatenate([x, labels[..., None]], axis=2))

    def statistics(self, n: int | Integers, rng: Generator) -> Moments:
        if isinstance(self.features, MultivariateNormal):
            return self.join(self.features).statistics(n, rng)
        points = self.sample(int(np.max(n)), rng)
        if isinstance(n, np.ndarray):
            # Features come in no particular order, but not in a random one.
            points = points.take(rng.random(points.values.shape[:2]).argsort(axis=1)).head(n)
        return Moments.of(points.values, points.weights)

    def join(self, features: MultivariateNormal) -> MultivariateNormal:
        """The normal law of whole rows."""
        r, d = self.weights.shape
        mean = np.concatenate([features.mean, self._give(features.mean)[:, None]], axis=1)
        factor = np.zeros((r, d + 1, d + 1))
        factor[:, :d, :d] = features.factor
        factor[:, d, :d] = np.einsum("rd,rde->re", self.weights, features.factor)
        factor[:, d, d] = self.spread
        return MultivariateNormal(mean, factor)

    def _give(self, features: Array) -> Array:
        """(R,): the expected label of one row of features (R, d) each."""
        return np.asarray(self.intercept + np.einsum("rd,rd->r", self.weights, features))


@dataclass(frozen=True, eq=False)
class Mislabelled:
    """Rows of a law, of which a share has labels of another one."""

    clean: LinearLaw
    other: LinearLaw
    share: float

    @property
    def features(self) -> Model:
        return self.clean.features

    def sample(self, n: int, rng: Generator) -> Points:
        rows, other = self.clean.sample(n, rng).values, self.other
        wrong = rng.random(rows.shape[:2]) < self.share
        gap = other.weights - self.clean.weights
        rows[..., -1] += wrong * np.einsum("rnd,rd->rn", rows[..., :-1], gap)
        return Points(rows)

    def statistics(self, n: int | Integers, rng: Generator) -> Moments:
        wrong = rng.binomial(n, self.share, len(self.clean.weights))
        return self.clean.statistics(n - wrong, rng) + self.other.statistics(wrong, rng)
