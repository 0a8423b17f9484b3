"""The zero line: what a metric makes of fresh real points."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from kellet.evidence import Array, Points
from kellet.metrics.look import Look
from kellet.metrics.metric import Metric
from kellet.metrics.real import Real, RealPoints

TOGETHER = 20
"""Samples measured together, as replicates of one look."""


@dataclass(frozen=True, eq=False)
class _Writes:
    """A model that writes these points (R, n, d)."""

    values: Array

    def sample(self, n: int, rng: Generator) -> Points:
        return Points(self.values)


def null(watched: Iterable[Metric], real: Real, n: int, rng: Generator, repeats: int = 200) -> dict[str, Array]:
    r"""Name -> (repeats,): what each metric that is measured on points makes of n real points in place of written ones.

    The points are drawn from the N real ones that the metric isn't measured against.  Up to N/2 they are drawn without
    replacement; the values are then spread about their median by :math:`\sqrt{(N+n)/(N-n)}`, since such samples scatter
    by :math:`1/n - 1/N` where a fresh one, seen from the N, scatters by :math:`1/n + 1/N`.  Beyond, they are drawn with
    replacement and spread by :math:`\sqrt{1 + n/N}`.  So a fresh real sample lies between the 5 % and 95 % quantiles
    nine times in ten.

    D. Politis, J. Romano and M. Wolf, Subsampling (1999), section 2.2, the finite-population correction.
    """
    found: dict[str, Array] = {}
    if not isinstance(real, RealPoints):
        return found
    pools: dict[Callable[[RealPoints], Array], list[Metric]] = {}
    for metric in watched:
        if metric.fresh is not None:
            pools.setdefault(metric.fresh, []).append(metric)
    for fresh, metrics in pools.items():
        pool = fresh(real.written)
        size = len(pool)
        apart = 2 * n <= size
        spread = np.sqrt((size + n) / (size - n) if apart else 1 + n / size)
        parts: dict[str, list[Array]] = {metric.name: [] for metric in metrics}
        for start in range(0, repeats, TOGETHER):
            many = min(TOGETHER, repeats - start)
            rows = np.stack([rng.choice(size, n, replace=not apart) for _ in range(many)])
            for name, measured in _measure(metrics, pool[rows], real, rng).items():
                parts[name].append(measured)
        for name, values in parts.items():
            every = np.concatenate(values)
            middle = np.median(every)
            found[name] = middle + spread * (every - middle)
    return found


def repeat_one(watched: Iterable[Metric], real: Real, n: int, rng: Generator) -> dict[str, float]:
    """Name -> the most that each metric of points makes of n copies of one real point: lower it hardly falls.

    The most of TOGETHER tries, each with another real point.
    """
    found: dict[str, float] = {}
    if not isinstance(real, RealPoints):
        return found
    for metric in watched:
        if metric.fresh is not None:
            pool = metric.fresh(real.written)
            one = pool[rng.integers(len(pool), size=TOGETHER)]
            copies = np.repeat(one[:, None], n, axis=1)
            found[metric.name] = float(np.nan_to_num(_measure([metric], copies, real, rng)[metric.name]).max())
    return found


def _measure(watched: Iterable[Metric], points: Array, real: RealPoints, rng: Generator) -> dict[str, Array]:
    """Name -> (R,): what each makes of points (R, n, d): rows of a table as a model would write them, others as they
    are seen through the view."""
    look = Look(_Writes(points), real, points.shape[1], rng, seen=real.codebook is None)
    # Where all real points coincide, distances have no unit.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return {metric.name: metric.measure(look) for metric in watched}
