"""Neighbourhoods: which real points are still written, which written points are real, and which are copies.

The neighbourhood of a point reaches to its fifth neighbour among the points of its own sample.  A plain share depends
on how many points there are, so each is divided by that of a real sample of the same size, judged by the same held-out
points.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array
from kellet.laws.model import Model
from kellet.metrics.distance import SLACK, between, compare, neighbour, neighbourhoods, spacing, squares, with_points
from kellet.metrics.look import Look
from kellet.metrics.metric import Metric
from kellet.metrics.real import Real, RealPoints

ROWS = 4096
"""Training points looked at together, so that memory doesn't grow with their number."""
DRAWS = 32
"""Real samples that the real recall is the average of."""
MOST, FEWEST = 60, 20
WORK = 100_000
"""Pairs of a written and a training point that are looked at, about; with FEWEST to MOST written points."""


def coverage(look: Look) -> Array:
    """Share of held-out real points with a written point in their neighbourhood, relative to as many real points.

    M. Naeem et al., Reliable Fidelity and Diversity Metrics for Generative Models, ICML 2020.
    """
    return _cover(look, rare=False)


def rare_coverage(look: Look) -> Array:
    """The same for the tenth of the held-out points that lie farthest from others."""
    return _cover(look, rare=True)


def precision(look: Look) -> Array:
    """Share of written points that lie in the neighbourhood of a held-out real point, against that of real points.

    T. Kynkäänniemi et al., Improved Precision and Recall Metric for Assessing Generative Models, NeurIPS 2019.
    """
    return (compare(look).holders > 0).mean(axis=1) / _real_precision(look.data)[0]  # type: ignore[no-any-return]


def density(look: Look) -> Array:
    """In how many held-out points' neighbourhoods a written point lies on average, against a real point.

    Where real points lie close together it counts for more, so that one outlier among the real points doesn't vouch for
    what is written around it.  Naeem et al. 2020.
    """
    return compare(look).holders.mean(axis=1) / _real_precision(look.data)[1]  # type: ignore[no-any-return]


def recall(look: Look) -> Array:
    """Share of held-out real points in the neighbourhood of a written point, relative to as many real points.

    Kynkäänniemi et al. 2019.  A few written points far from each other have wide neighbourhoods, and reach much.
    """
    return compare(look).reached / _real_recall(look.data, look.points.shape[1])


def _cover(look: Look, rare: bool) -> Array:
    real = look.data
    which = _which(real, rare)
    reach = neighbourhoods(real)[which] + SLACK * spacing(real)
    covered = (compare(look).nearest[:, which] <= reach).mean(axis=1)
    return covered / _real_coverage(real, look.points.shape[1], rare)  # type: ignore[no-any-return]


@lru_cache(maxsize=8)
def _which(real: RealPoints, rare: bool) -> NDArray[np.intp]:
    radius = neighbourhoods(real)
    return np.argsort(radius)[-max(1, round(0.1 * len(radius))) :] if rare else np.arange(len(radius))


@lru_cache(maxsize=8)
def _held(real: RealPoints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many training points lie in each held-out neighbourhood (m,), and in how many each lies (N,)."""
    reach = neighbourhoods(real) + SLACK * spacing(real)
    hits, holders = np.zeros(len(reach), dtype=np.int64), []
    for start in range(0, len(real.training), ROWS):
        inside = between(real.training[start : start + ROWS], real.heldout) <= reach
        hits += np.count_nonzero(inside, axis=0)
        holders.append(np.count_nonzero(inside, axis=1))
    return hits, np.concatenate(holders)


@lru_cache(maxsize=32)
def _real_coverage(real: RealPoints, n: int, rare: bool) -> float:
    """What n real points cover: the expectation over draws without replacement from the training split, exactly."""
    hits = _held(real)[0][_which(real, rare)]
    total = len(real.training)
    if n >= total:
        return float((hits > 0).mean())
    steps = np.arange(n)
    with np.errstate(divide="ignore"):
        missed = np.exp(np.log(np.maximum(total - hits[:, None] - steps, 0) / (total - steps)).sum(axis=1))
    return float((1 - missed).mean())


@lru_cache(maxsize=8)
def _real_precision(real: RealPoints) -> tuple[float, float]:
    """Precision and density of the training split, which don't depend on how many points there are."""
    holders = _held(real)[1]
    return float((holders > 0).mean()), float(holders.mean())


@lru_cache(maxsize=32)
def _real_recall(real: RealPoints, n: int) -> float:
    """What n real points reach, on average over draws without replacement from the training split."""
    rng = np.random.default_rng(0)
    unit, total = spacing(real) or 1.0, len(real.training)
    found = []
    for _ in range(DRAWS):
        drawn = real.training[rng.choice(total, min(n, total), replace=False)]
        own = squares(drawn, drawn) / unit**2
        np.fill_diagonal(own, 0.0)
        reach = unit * (neighbour(own) + SLACK)
        found.append((between(drawn, real.heldout) <= reach[:, None]).any(axis=0).mean())
    return float(np.mean(found)) or np.nan


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
    """Whether a copy can be told from a fresh point: not where most coincide, nor where not all are looked at."""
    return isinstance(real, RealPoints) and not real.sampled and _real(real) > SLACK * spacing(real)


def _reached(real: Real, model: Model | None) -> bool:
    """Whether real points reach real ones at all, which they may not where they are few in many dimensions."""
    return isinstance(real, RealPoints) and bool(_held(real)[0].any())


def _rarely_reached(real: Real, model: Model | None) -> bool:
    return isinstance(real, RealPoints) and bool(_held(real)[0][_which(real, rare=True)].any())


COVERAGE = Metric(
    "coverage", "real data still covered",
    "Of real examples set aside, how many have something similar among what the model writes, relative to a real "
    "sample of the same size.",
    coverage, _reached, fresh=RealPoints.all_but_heldout, part="diversity", rank=1, unit="of the real data covered",
    noun="the real data that they covered",
    less="covered less than half as much of the real data as generation 0",
    limits="One written point near a real one is enough: it sees neither how many, nor what lies elsewhere.",
)  # fmt: skip
RARE_COVERAGE = Metric(
    "rare_coverage", "rare part kept",
    "Of the most unusual tenth of real examples set aside, how many have something similar among what the model "
    "writes, relative to a real sample of the same size.",
    rare_coverage, _rarely_reached, fresh=RealPoints.all_but_heldout, part="rare", rank=1, aliases=("rare",),
    noun="the unusual real data that they covered",
    limits="It rests on a tenth of the held-out real points, so it is the noisiest number here.",
)  # fmt: skip
PRECISION = Metric(
    "precision", "true to life",
    "Share of what the model writes that lies near a held-out real point, against that of real points.",
    precision, _reached, fresh=RealPoints.all_but_heldout,
    limits="A model that writes one good thing for ever has the best precision there is.",
)  # fmt: skip
DENSITY = Metric(
    "density", "crowded where real data are",
    "How many held-out real points what the model writes lies near, on average, against real points.",
    density, _reached, fresh=RealPoints.all_but_heldout,
    limits="It grows when a model writes only what is most usual.",
)  # fmt: skip
RECALL = Metric(
    "recall", "real data within reach",
    "Share of held-out real points among what the model writes, relative to a real sample of the same size.",
    recall, with_points, fresh=RealPoints.all_but_heldout,
    limits="A few points written far from everything have wide neighbourhoods, and reach much that is not written.",
)  # fmt: skip
NEAREST = Metric(
    "nearest_training", "distance from the training data",
    "Median distance of what is written to the nearest training point, against that of held-out points; 0 for copies.",
    nearest_training, _apart, fresh=RealPoints.only_reserve,
    limits="It tells copies from noise, not from good new things; one model may well do both at once.",
)  # fmt: skip
