"""Distances between points, and how far apart they say that written and real ones are as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array
from kellet.laws.model import Model
from kellet.metrics.look import Look, once
from kellet.metrics.metric import Metric
from kellet.metrics.real import Real, RealPoints

NEIGHBOURS = 5
SIDES = 32
SLACK = 1e-6
"""Of the mean real distance: what is as near as a neighbour but for rounding counts as being as near."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """What all pairs of points say, so that every pair is looked at once for all metrics.

    across (R,): mean distance of a written to a held-out point.  within (R,): of two different written points.
    nearest (R, m): from each held-out point to the nearest written one.  holders (R, n): in how many held-out
    points' neighbourhoods each written point lies.  reached (R,): share of the held-out points that lie in a written
    point's neighbourhood.  alike (R,): mean squared kernel of two written points, each with itself included.
    """

    across: Array
    within: Array
    nearest: Array
    holders: NDArray[np.int64]
    reached: Array
    alike: Array


def energy_distance(look: Look) -> Array:
    r""":math:`2E|X-Y| - E|X-X'| - E|Y-Y'|` between written and held-out real points, in units of :math:`E|Y-Y'|`.

    Unbiased (pairs of a point with itself are left out), so that it scatters about 0 for a model that writes like
    the world and may be slightly negative.  G. Székely and M. Rizzo, Journal of Statistical Planning and Inference
    143:1249 (2013).
    """
    pairs, real = compare(look), spacing(look.data)
    return (2 * pairs.across - pairs.within - real) / real


@once
def compare(look: Look) -> Pairs:
    """All pairs of written points, and of written with held-out ones."""
    real, n = look.data, look.points.shape[1]
    scale, slack = width(real), SLACK * spacing(real)
    # One replicate at a time stays in the cache, in the same memory: all at once is three times slower, and asking
    # the system for these pages again and again costs more than filling them.
    room = np.empty((n, n)), np.empty((n, n)), np.empty((n, n), dtype=np.float32), np.empty((n, len(real.heldout)))
    rows = [_compare(points, real.heldout, neighbourhoods(real), scale, slack, room) for points in look.points]
    return Pairs(*(np.array(part) for part in zip(*rows, strict=True)))


def _compare(
    points: Array, heldout: Array, radius: Array, scale: float, slack: float, room: tuple[Any, ...]
) -> tuple[Any, ...]:
    n = len(points)
    inner, other, ranked, outer = room
    squares(points, points, inner)
    np.fill_diagonal(inner, 0.0)
    inner *= 1 / scale**2
    own = scale * neighbour(inner, ranked)
    alike = np.exp(np.negative(inner, out=other), out=other).mean()
    within = scale * np.sqrt(inner, out=inner).sum() / (n * (n - 1))
    between(points, heldout, outer)
    # Bytes add up five times as quickly as truth values do.
    holders = (outer <= radius + slack).view(np.uint8).sum(axis=1, dtype=np.int64)
    reached = (outer <= own[:, None] + slack).any(axis=0).mean()
    return outer.mean(), within, outer.min(axis=0), holders, reached, alike


def squares(x: Array, y: Array, out: Array | None = None) -> Array:
    """(n, m): squared Euclidean distances between the rows of x (n, d) and y (m, d)."""
    # |x|^2 + |y|^2 - 2xy as one product: every further pass over (n, m) numbers costs as much as the product.
    left = np.concatenate([-2 * x, np.einsum("ij,ij->i", x, x)[:, None], np.ones((len(x), 1))], axis=1)
    right = np.concatenate([y, np.ones((len(y), 1)), np.einsum("ij,ij->i", y, y)[:, None]], axis=1)
    found: Array = np.matmul(left, right.T, out=out)
    return np.maximum(found, 0, out=found)


def between(x: Array, y: Array, out: Array | None = None) -> Array:
    """(n, m): Euclidean distances between the rows of x (n, d) and y (m, d)."""
    found = squares(x, y, out)
    return np.sqrt(found, out=found)


def neighbour(squared: Array, room: NDArray[np.float32] | None = None) -> Array:
    """(n,): how far each point's fifth neighbour is, from all squared distances (n, n) in units of about 1."""
    # Sorting single precision is four times quicker than partitioning double, and errs by less than the slack.
    ranked = np.empty(squared.shape, dtype=np.float32) if room is None else room
    with np.errstate(over="ignore"):
        ranked[...] = squared
    ranked.sort(axis=1)
    return np.sqrt(ranked[:, min(NEIGHBOURS, ranked.shape[1] - 1)].astype(np.float64))


@lru_cache(maxsize=8)
def _heldout(real: RealPoints) -> Array:
    """(m, m): squared distances between held-out points."""
    found = squares(real.heldout, real.heldout)
    np.fill_diagonal(found, 0.0)
    return found


@lru_cache(maxsize=8)
def spacing(real: RealPoints) -> float:
    """Mean distance of two different held-out points."""
    n = len(real.heldout)
    return float(np.sqrt(_heldout(real)).sum() / (n * (n - 1)))


@lru_cache(maxsize=8)
def neighbourhoods(real: RealPoints) -> Array:
    """(m,): how far each held-out point's fifth neighbour is."""
    unit = spacing(real) or 1.0
    return unit * neighbour(_heldout(real) / unit**2)


@lru_cache(maxsize=8)
def width(real: RealPoints) -> float:
    """Of the kernel: the median of the neighbourhoods; where most points coincide, the mean distance; 1 if all do."""
    median = float(np.median(neighbourhoods(real)))
    return median if median > SLACK * spacing(real) else spacing(real) or 1.0


def with_points(real: Real, model: Model | None) -> bool:
    """Whether there are real points to compare with."""
    return isinstance(real, RealPoints)


def sliced_wasserstein(look: Look) -> Array:
    r"""Root mean square, over directions, of the Wasserstein-2 distance of written to held-out real points along each.

    .. math:: SW_2^2 = E_\theta \int_0^1 \big(F^{-1}_\theta(u) - G^{-1}_\theta(u)\big)^2\,du

    in units of the real standard deviation per dimension, :math:`\sqrt{\operatorname{tr}\Sigma/d}`, over 32 fixed
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


def _with_unit(real: Real, model: Model | None) -> bool:
    return isinstance(real, RealPoints) and spacing(real) > 0


ENERGY = Metric(
    "energy_distance", "distance from real data",
    "Energy distance between what the model writes and held-out real data; 0 for the real thing.",
    energy_distance, _with_unit, 0.0, RealPoints.all_but_heldout,
    limits="It is moved by the bulk of the data; losses in the tails hardly show.",
)  # fmt: skip
SLICED = Metric(
    "sliced_wasserstein", "how far it has been carried",
    "Sliced Wasserstein distance between what the model writes and held-out real data, in real standard deviations.",
    sliced_wasserstein, _with_unit, 0.0, RealPoints.all_but_heldout,
    limits="Real samples differ from each other too, most when small: read it by its band.",
)  # fmt: skip
