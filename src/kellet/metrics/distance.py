"""Distances between all pairs of points, and the energy distance that they make."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array
from kellet.metrics.look import Look, Metric, Real, with_heldout

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
    pairs = compare(look)
    real = spacing(key(look.real.heldout))
    return (2 * pairs.across - pairs.within - real) / real


def compare(look: Look) -> Pairs:
    """All pairs of written points, and of written with held-out ones; kept on the look."""
    found: Pairs | None = look.__dict__.get("_pairs")
    if found is None:
        heldout = look.real.heldout
        assert heldout is not None
        radius, scale = neighbourhoods(key(heldout)), width(key(heldout))
        slack = SLACK * spacing(key(heldout))
        n = look.points.shape[1]
        # One replicate at a time stays in the cache, in the same memory: all at once is three times slower, and asking
        # the system for these pages again and again costs more than filling them.
        room = np.empty((n, n)), np.empty((n, n)), np.empty((n, n), dtype=np.float32), np.empty((n, len(heldout)))
        rows = [_compare(points, heldout, radius, scale, slack, room) for points in look.points]
        found = look.__dict__["_pairs"] = Pairs(*(np.array(part) for part in zip(*rows, strict=True)))
    return found


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


class Fixed:
    """An array of real points as a key: equal only to itself."""

    def __init__(self, values: Array):
        self.values = values

    def __hash__(self) -> int:
        return id(self.values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fixed) and self.values is other.values


def key(values: Array | None) -> Fixed:
    """Real points, as what has been computed of them is looked up by."""
    assert values is not None
    return Fixed(values)


@lru_cache(maxsize=8)
def _heldout(heldout: Fixed) -> Array:
    """(m, m): squared distances between held-out points."""
    found = squares(heldout.values, heldout.values)
    np.fill_diagonal(found, 0.0)
    return found


@lru_cache(maxsize=8)
def spacing(heldout: Fixed) -> float:
    """Mean distance of two different points."""
    n = len(heldout.values)
    return float(np.sqrt(_heldout(heldout)).sum() / (n * (n - 1)))


@lru_cache(maxsize=8)
def neighbourhoods(heldout: Fixed) -> Array:
    """(m,): how far each point's fifth neighbour is."""
    unit = spacing(heldout) or 1.0
    return unit * neighbour(_heldout(heldout) / unit**2)


@lru_cache(maxsize=8)
def width(heldout: Fixed) -> float:
    """Of the kernel: the median of the neighbourhoods; where most points coincide, the mean distance; 1 if all do."""
    median = float(np.median(neighbourhoods(heldout)))
    return median if median > SLACK * spacing(heldout) else spacing(heldout) or 1.0


ENERGY = Metric(
    "energy_distance",
    "distance from real data",
    "Energy distance between what the model writes and held-out real data; 0 for the real thing.",
    energy_distance,
    with_heldout,
    0.0,
    Real.unjudged,
)
