"""Distances between points: energy distance, and which held-out real points are still covered."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kedge.evidence import Array
from kedge.metrics.look import Look, Metric, Real

NEIGHBOURS = 5


def energy_distance(look: Look) -> Array:
    r""":math:`2E|X-Y| - E|X-X'| - E|Y-Y'|` between written and held-out real points, in units of :math:`E|Y-Y'|`.

    Unbiased (pairs of a point with itself are left out), so that it scatters about 0 for a model that writes like
    the world and may be slightly negative.  G. Székely and M. Rizzo, Journal of Statistical Planning and Inference
    143:1249 (2013).
    """
    across, _ = _across(look)
    n = look.points.shape[1]
    within = np.array([between(points, points).sum() for points in look.points]) / (n * (n - 1))
    real = _spacing(_key(look.real.heldout))
    return (2 * across - within - real) / real  # type: ignore[no-any-return]


def coverage(look: Look) -> Array:
    """Share of held-out real points with a written point in their neighbourhood, against what as many real ones cover.

    The neighbourhood of a held-out point reaches to its fifth neighbour among the held-out points.
    M. Naeem et al., Reliable Fidelity and Diversity Metrics for Generative Models, ICML 2020.
    """
    return _covered(look, rare=False)


def rare_coverage(look: Look) -> Array:
    """The same for the tenth of the held-out points that lie farthest from others."""
    return _covered(look, rare=True)


def between(x: Array, y: Array) -> Array:
    """(n, m): Euclidean distances between the rows of x (n, d) and y (m, d)."""
    squares: Array = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1) - 2 * x @ y.T
    return np.sqrt(np.maximum(squares, 0, out=squares), out=squares)


def _across(look: Look) -> tuple[Array, Array]:
    """Mean distance of written to held-out points (R,), and from each held-out point to the nearest (R, m)."""
    # Three metrics want it, and it is the costly part: kept on the look.
    found: tuple[Array, Array] | None = look.__dict__.get("_across")
    if found is None:
        assert look.real.heldout is not None
        # One replicate at a time stays in the cache; all at once is three times slower.
        distances = (between(points, look.real.heldout) for points in look.points)
        means, nearest = zip(*((d.mean(), d.min(axis=0)) for d in distances), strict=True)
        found = look.__dict__["_across"] = np.array(means), np.array(nearest)
    return found


def _covered(look: Look, rare: bool) -> Array:
    radius, which = _neighbourhoods(_key(look.real.heldout), rare)
    real = _real_coverage(_key(look.real.heldout), _key(look.real.training), look.points.shape[1], rare)
    nearest = _across(look)[1][:, which]
    return (nearest <= radius).mean(axis=1) / real  # type: ignore[no-any-return]


class _Fixed:
    """An array of real points as a key: equal only to itself."""

    def __init__(self, values: Array):
        self.values = values

    def __hash__(self) -> int:
        return id(self.values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Fixed) and self.values is other.values


def _key(values: Array | None) -> _Fixed:
    assert values is not None
    return _Fixed(values)


@lru_cache(maxsize=8)
def _spacing(heldout: _Fixed) -> float:
    n = len(heldout.values)
    return float(between(heldout.values, heldout.values).sum() / (n * (n - 1)))


@lru_cache(maxsize=8)
def _neighbourhoods(heldout: _Fixed, rare: bool) -> tuple[Array, NDArray[np.intp]]:
    every = np.sort(between(heldout.values, heldout.values), axis=1)
    radius = every[:, min(NEIGHBOURS, every.shape[1] - 1)]
    which = np.argsort(radius)[-max(1, round(0.1 * len(radius))) :] if rare else np.arange(len(radius))
    return radius[which], which


@lru_cache(maxsize=32)
def _real_coverage(heldout: _Fixed, training: _Fixed, n: int, rare: bool) -> float:
    """What n real points cover: the expectation over draws without replacement from the training split, exactly."""
    radius, which = _neighbourhoods(heldout, rare)
    hits = (between(heldout.values[which], training.values) <= radius[:, None]).sum(axis=1)
    total = len(training.values)
    if n >= total:
        return max(float((hits > 0).mean()), 1e-12)
    steps = np.arange(n)
    with np.errstate(divide="ignore"):
        missed = np.exp(np.log(np.maximum(total - hits[:, None] - steps, 0) / (total - steps)).sum(axis=1))
    return max(float((1 - missed).mean()), 1e-12)


def _with_heldout(real: Real, model: Any) -> bool:
    return real.heldout is not None


ENERGY = Metric(
    "energy_distance",
    "distance from real data",
    "Energy distance between what the model writes and held-out real data; 0 for the real thing.",
    energy_distance,
    _with_heldout,
    0.0,
)
COVERAGE = Metric(
    "coverage",
    "real data still covered",
    "Share of held-out real points near which the model still writes, against what as many real points cover.",
    coverage,
    _with_heldout,
)
RARE_COVERAGE = Metric(
    "rare_coverage",
    "rare part kept",
    "Share of the most unusual tenth of held-out real points near which the model still writes, against what as many real points cover.",
    rare_coverage,
    _with_heldout,
)
