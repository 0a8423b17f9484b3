"""Memory: whether what is written is copied from the training points."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from kellet.evidence import Array
from kellet.laws.model import Model
from kellet.metrics.distance import SLACK, spacing, squares
from kellet.metrics.look import Look
from kellet.metrics.metric import Metric
from kellet.metrics.real import Real, RealPoints

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
    training = look.data.training
    n = look.points.shape[1]
    asked = int(np.clip(WORK // len(training), FEWEST, MOST))
    points = look.points[:, :: max(1, n // asked)][:, :asked]
    return np.median(np.stack([_nearest(own, training) for own in points]), axis=1) / _real(look.data)


def _nearest(points: Array, training: Array) -> Array:
    """(n,): distances of points (n, d) to the nearest of training (N, d)."""
    starts = range(0, len(training), ROWS)
    found = np.stack([squares(points, training[start : start + ROWS]).min(axis=1) for start in starts])
    return np.sqrt(found.min(axis=0))  # type: ignore[no-any-return]


@lru_cache(maxsize=8)
def _real(real: RealPoints) -> float:
    return float(np.median(_nearest(real.heldout, real.training)))


def _apart(real: Real, model: Model | None) -> bool:
    """Whether real points differ from each other: where most coincide, a copy can't be told from a fresh point."""
    return isinstance(real, RealPoints) and _real(real) > SLACK * spacing(real)


NEAREST = Metric(
    "nearest_training", "distance from the training data",
    "Median distance of what is written to the nearest training point, against that of held-out points; 0 for copies.",
    nearest_training, _apart, fresh=RealPoints.unlearnt,
    limits="It tells copies from noise, not from good new things; one model may well do both at once.",
)  # fmt: skip
