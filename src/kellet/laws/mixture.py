"""Mixtures of normal laws."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Points
from kellet.laws.model import ByReplicate
from kellet.laws.room import blocks


@dataclass(frozen=True, eq=False)
class GaussianMixture(ByReplicate):
    r"""Mixtures of J normal laws, :math:`p(x) = \sum_j w_j\,N(x;\,\mu_j,\,F_jF_j^T)`.

    weights: (R, J), rows sum to 1, 0 for a component that died.  means: (R, J, d).  factors: (R, J, d, d), lower
    triangular.  collapsed: (R,), where nothing could be learnt; such a replicate writes one value again and again, and
    gives every point density 0.  scalar: the points are (R, n) rather than (R, n, 1).
    """

    weights: Array
    means: Array
    factors: Array
    collapsed: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    scalar: bool = False

    def __post_init__(self) -> None:
        if not self.collapsed.size:
            object.__setattr__(self, "collapsed", np.zeros(len(self.weights), dtype=bool))

    @property
    def mean(self) -> Array:
        """(R, d), or (R,) for scalars."""
        mean: Array = np.einsum("rj,rjd->rd", self.weights, self.means)
        return mean[:, 0] if self.scalar else mean

    @property
    def covariance(self) -> Array:
        """(R, d, d), or (R,) for scalars: within the components plus between them."""
        apart = self.means - np.einsum("rj,rjd->rd", self.weights, self.means)[:, None]
        rows = np.concatenate([self.factors, apart[..., None]], axis=3) * np.sqrt(self.weights)[:, :, None, None]
        covariance: Array = np.einsum("rjik,rjlk->ril", rows, rows, optimize=True)
        return covariance[:, 0, 0] if self.scalar else covariance

    @property
    def variance(self) -> Array:
        """(R, d), or (R,) for scalars."""
        return self.covariance if self.scalar else np.einsum("rdd->rd", self.covariance)

    def sample(self, n: int, rng: Generator) -> Points:
        r, _, d = self.means.shape
        steps = np.cumsum(self.weights, axis=1)
        drawn = rng.random((r, n)) * steps[:, -1:]
        values = rng.standard_normal((r, n, d))
        at = np.arange(r)[:, None]
        # A draw that rounds up to the last step still has to fall on a living component.
        which = np.minimum((drawn[:, :, None] >= steps[:, None]).sum(axis=2), last_true(self.weights > 0)[:, None])
        for part in blocks(n, r * d * d):
            turned = (self.factors[at, which[:, part]] @ values[:, part, :, None])[..., 0]
            values[:, part] = self.means[at, which[:, part]] + turned
        return Points(values[:, :, 0] if self.scalar else values)

    def log_density(self, values: Array) -> Array:
        """(R, n): values is (R, n, d), or (R, n) for scalars; (1, n, d) is shared by all replicates."""
        points = columns(np.asarray(values, dtype=np.float64))
        r, j, d = self.means.shape
        scores = np.empty((r, points.shape[2]))
        with np.errstate(divide="ignore"):
            weights = np.log(self.weights)
        whole = np.where(self.collapsed[:, None, None, None], np.eye(d), self.factors)
        whitening = inverse_factors(whole)
        for part in blocks(points.shape[2], r * j * d):
            apart = points[:, None, :, part] - self.means[..., None]
            scores[:, part] = expect(squared_lengths(whitening, apart), weights, whitening)[0]
        scores[self.collapsed] = -np.inf
        return scores


def squared_lengths(whitening: Array, apart: Array, spare: Array | None = None) -> Array:
    """(R, J, n): squared lengths of points less means (R, J, d, n), in standard deviations."""
    white = np.matmul(whitening, apart, out=spare)
    return np.asarray(np.einsum("rjdn,rjdn->rjn", white, white))


def expect(lengths: Array, weights: Array, whitening: Array) -> tuple[Array, Array]:
    """Log densities (R, n) and responsibilities (R, J, n), which take the place of lengths.

    weights: (R, J), logarithms.  whitening: (R, J, d, d), inverse factors, or (R, J, d), inverse widths.
    """
    widths = whitening if whitening.ndim == 3 else np.einsum("rjdd->rjd", whitening)
    height = weights + np.log(widths).sum(axis=2) - widths.shape[2] / 2 * np.log(2 * np.pi)
    joint = np.multiply(lengths, -0.5, out=lengths)
    joint += height[..., None]
    top = joint.max(axis=1)
    joint -= top[:, None]
    # Shares below e^-200 change no sum, but as subnormal numbers they would make every product many times slower.
    np.maximum(joint, -200.0, out=joint)
    np.exp(joint, out=joint)
    total = joint.sum(axis=1)
    joint /= total[:, None]
    return np.asarray(top + np.log(total)), joint


def inverse_factors(factors: Array) -> Array:
    """Inverses of lower triangular factors (R, J, d, d): a row at a time, all at once."""
    r, j, d, _ = factors.shape
    work = np.ascontiguousarray(np.moveaxis(factors.reshape(r * j, d, d), 0, -1))
    inverse = np.zeros_like(work)
    for k in range(d):
        inverse[k, k] = 1.0 / work[k, k]
        if k:
            inverse[k, :k] = -inverse[k, k] * np.einsum("ib,ijb->jb", work[k, :k], inverse[:k, :k])
    return np.ascontiguousarray(np.moveaxis(inverse, -1, 0)).reshape(r, j, d, d)


def columns(values: Array) -> Array:
    """(R, d, n) from (R, n, d) or (R, n)."""
    return values[:, None] if values.ndim == 2 else np.ascontiguousarray(values.swapaxes(1, 2))


def last_true(alive: NDArray[np.bool_]) -> NDArray[np.intp]:
    """(R,): position of the last True in each row of (R, J)."""
    return np.asarray(alive.shape[1] - 1 - alive[:, ::-1].argmax(axis=1))
