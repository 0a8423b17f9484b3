"""Sliced Wasserstein distance: how far points would have to be carried, seen from many sides."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from kellet.evidence import Array
from kellet.metrics.distance import with_points
from kellet.metrics.look import Look
from kellet.metrics.metric import Metric
from kellet.metrics.real import RealPoints

SIDES = 32


def sliced_wasserstein(look: Look) -> Array:
    r"""Root mean square, over directions, of the Wasserstein-2 distance of written to held-out real points along each.

    .. math:: SW_2^2 = E_\theta \int_0^1 \big(F^{-1}_\theta(u) - G^{-1}_\theta(u)\big)^2\,du

    in units of the real standard deviation a dimension, :math:`\sqrt{\operatorname{tr}\Sigma/d}`, over 32 fixed
    directions (on the line, the one there is); exact along each, whatever the numbers of points.  As many real points
    are not at 0 but at the size of their sampling error.
    N. Bonneel et al., Sliced and Radon Wasserstein Barycenters, J. Math. Imaging and Vision 51:22 (2015).
    """
    points, real = look.points, look.data
    n, d = points.shape[1:]
    means, rest = _steps(real, n)
    # Sorting along the last axis, where numbers lie side by side, is several times quicker.
    seen = np.ascontiguousarray((points @ directions(d)).swapaxes(1, 2))
    seen.sort(axis=2)
    seen -= means
    scale = np.trace(real.covariance) / d
    return np.sqrt((np.einsum("rpn,rpn->r", seen, seen) / n / len(means) + rest) / scale)  # type: ignore[no-any-return]


@lru_cache(maxsize=8)
def directions(d: int) -> Array:
    """(d, SIDES): unit vectors, the same for everybody; (1, 1) on the line."""
    if d == 1:
        return np.ones((1, 1))
    drawn = np.random.default_rng(0).standard_normal((d, SIDES))
    return drawn / np.sqrt((drawn**2).sum(axis=0))  # type: ignore[no-any-return]


@lru_cache(maxsize=32)
def _steps(real: RealPoints, n: int) -> tuple[Array, float]:
    """Means of the held-out quantile function over n equal steps (SIDES, n), and the mean variance inside a step.

    The i-th of n sorted written points is carried to all of the i-th step:
    the squared distance is that to its mean and, whatever is written, the variance inside it.
    """
    ranked = np.sort((real.heldout @ directions(real.heldout.shape[1])).T, axis=1)
    m = ranked.shape[1]
    edges = np.arange(n + 1) * m / n
    whole = np.minimum(edges.astype(np.int64), m - 1)

    def upto(values: Array) -> Array:
        """The integral of a step function with these m values, from 0 to each edge, in units of 1/m."""
        sums = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
        return sums[:, whole] + (edges - whole) * values[:, whole]  # type: ignore[no-any-return]

    means = np.diff(upto(ranked), axis=1) * n / m
    rest = float((ranked**2).mean() - (means**2).mean())
    return means, max(rest, 0.0)


SLICED = Metric(
    "sliced_wasserstein", "how far it has been carried",
    "Sliced Wasserstein distance between what the model writes and held-out real data, in real standard deviations.",
    sliced_wasserstein, with_points, 0.0, RealPoints.unjudged,
    limits="Real samples differ from each other too, most when small: read it by its band.",
)  # fmt: skip
