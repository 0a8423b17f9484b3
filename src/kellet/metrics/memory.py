"""Memory: whether what is written is copied from the training points."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from kellet.evidence import Array
from kellet.metrics.distance import SLACK, Fixed, key, spacing, squares
from kellet.metrics.look import Look, Metric, Real

MOST, FEWEST = 60, 20
ROWS = 4096
"""Training points looked at together, so that memory doesn't grow with their number."""
WORK = 100_000
"""Pairs of a written and a training point that are looked at, about; with FEWEST to MOST written points."""


def nearest_training(look: Look) -> Array:
    """Median distance of written points to the nearest real training point, over that of held-out real points.

    0: everything is copied.  1: as far from the training points as fresh real points are.  Above 1: where no real
    points are.  The training points are all that generation 0 may have drawn from.  At most 60 written points are
    asked, fewer where there are many training points.
    """
    training = look.real.training
    assert training is not None
    n = look.points.shape[1]
    asked = int(np.clip(WORK // len(training), FEWEST, MOST))
    points = look.points[:, :: max(1, n // asked)][:, :asked]
    real = _real(key(look.real.heldout), key(training))
    return np.median(np.stack([_nearest(own, training) for own in points]), axis=1) / real


def _nearest(points: Array, training: Array) -> Array:
    """(n,): distances of points (n, d) to the nearest of training (N, d)."""
    starts = range(0, len(training), ROWS)
    found = np.stack([squares(points, training[start : start + ROWS]).min(axis=1) for start in starts])
    return np.sqrt(found.min(axis=0))  # type: ignore[no-any-return]


@lru_cache(maxsize=8)
def _real(heldout: Fixed, training: Fixed) -> float:
    return float(np.median(_nearest(heldout.values, training.values)))


def _apart(real: Real, model: Any) -> bool:
    """Whether real points differ from each other: where most coincide, a copy can't be told from a fresh point."""
    if real.heldout is None or real.training is None:
        return False
    return _real(key(real.heldout), key(real.training)) > SLACK * spacing(key(real.heldout))


NEAREST = Metric(
    "nearest_training",
    "distance from the training data",
    "Median distance of what is written to the nearest training point, against that of held-out points; 0 for copies.",
    nearest_training,
    _apart,
    fresh=Real.unlearnt,
)
