"""Distances between all pairs of points, and the energy distance that they make."""

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


ENERGY = Metric(
    "energy_distance", "distance from real data",
    "Energy distance between what the model writes and held-out real data; 0 for the real thing.",
    energy_distance, with_points, 0.0, RealPoints.unjudged,
    limits="It is moved by the bulk of the data; losses in the tails hardly show.",
)  # fmt: skip
