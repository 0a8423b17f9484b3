"""Quantiles over replicates, in which a replicate that degenerated counts as the worst there is; and values of metrics
as people read them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array
from kellet.experiment.running.results import Results
from kellet.laws.room import blocks
from kellet.metrics import Metric
from kellet.page.wording import percent

LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True)
class Interval:
    """The median over replicates, and where the middle 90 % of them lie."""

    median: float
    low: float
    high: float


def over(results: Results, arm: str, metric: Metric) -> Array:
    """(R, G): what is counted of one arm, or of a writer of its pool (`find_metric("kl@small")`), those replicates left
    out whose program failed or that had nothing left to learn from; a single row of NaN where that is so of all."""
    values = results.values(arm, metric.name)
    sound = keep(values, results.counted(arm))
    return fill_in(sound, metric) if len(sound) else np.full((1, values.shape[1]), np.nan)


def keep(values: Array, counted: NDArray[np.bool_]) -> Array:
    """Those rows; the same array where that is all of them, since it may be large."""
    return values if counted.all() else values[counted]


def fill_in(values: Array, metric: Metric) -> Array:
    """The same values, with the worst in place of NaN: a model that degenerated writes nothing that could be measured.

    The worst is 0, or infinity for distances, whose real value is 0, and where less is better.  Leaving those
    replicates out instead would make an arm look better the more of its replicates die.  Of a metric for which there
    may be nothing to measure NaN stays.
    """
    if metric.optional:
        return values
    worst = np.inf if metric.real == 0.0 or metric.lower else 0.0
    missing = np.isnan(values)
    return np.where(missing, worst, values) if missing.any() else values


def quantiles(values: Array, levels: tuple[float, ...]) -> Array:
    """(levels, ...): quantiles over axis 0, linear between neighbours, and right where values are infinite; NaN is left
    out, and the answer where there is nothing else.

    >>> quantiles(np.array([1.0, 2.0, np.inf]), (0.25, 0.5, 1.0))
    array([1.5, 2. , inf])
    >>> quantiles(np.array([3.0, np.nan, 1.0]), (0.5,))
    array([2.])
    """
    wide = values.reshape(len(values), -1)
    found = [_rank(wide[:, some], levels) for some in blocks(wide.shape[1], len(values))]
    return np.concatenate(found, axis=1).reshape(len(levels), *values.shape[1:])


def _rank(values: Array, levels: tuple[float, ...]) -> Array:
    # What is no number comes last.
    ranked = np.sort(values, axis=0)
    last = np.maximum((~np.isnan(ranked)).sum(axis=0) - 1, 0)
    found = []
    for level in levels:
        place = level * last
        ends = np.floor(place).astype(np.int64), np.ceil(place).astype(np.int64)
        below, above = (np.take_along_axis(ranked, end[None], axis=0)[0] for end in ends)
        with np.errstate(invalid="ignore"):
            between = below + (place - np.floor(place)) * (above - below)
        found.append(np.where(above == below, below, between))
    return np.stack(found)


def interval(values: Array) -> Interval:
    """Of values (R,)."""
    low, median, high = quantiles(values, (LOW, 0.5, HIGH))
    return Interval(float(median), float(low), float(high))


class Ends(msgspec.Struct, frozen=True):
    """One metric at generation 0 and at the last one.  mean: over replicates, at the last."""

    start: Interval
    end: Interval
    mean: float


def ends(values: Array) -> Ends:
    """Of values (R, G)."""
    last = values[:, -1]
    known = last[~np.isnan(last)]
    with np.errstate(over="ignore"):
        mean = float(known.mean()) if len(known) else np.nan
    return Ends(interval(values[:, 0]), interval(last), mean)


def figure(metric: Metric, value: float) -> str:
    """One value of a metric.

    >>> from kellet import metrics
    >>> [figure(metrics.find_metric("variance_ratio"), v) for v in (1.004, 0.4321, 0.0123, 1e-9, 0.0)]
    ['100 %', '43 %', '1.2 %', 'under 0.1 %', '0 %']
    >>> figure(metrics.find_metric("surviving_classes"), 6.5), figure(metrics.find_metric("kl"), 19683.2)
    ('6.5', '19700')
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞"
    if metric.share:
        return percent(value)
    return f"{float(f'{value:.3g}'):.12g}" if abs(value) >= 1e-4 or value == 0 else f"{value:.1e}"


def reach(metric: Metric, over: Interval) -> str:
    """The interval in brackets' worth of words: "31 to 45 %".

    >>> from kellet import metrics
    >>> reach(metrics.find_metric("variance_ratio"), Interval(0.4, 0.31, 0.452))
    '31 to 45 %'
    """
    low, high = over.low, over.high
    if metric.whole and math.isfinite(low) and math.isfinite(high):
        low, high = math.floor(low), math.ceil(high)
    return _between(figure(metric, low), figure(metric, high))


def _between(low: str, high: str) -> str:
    if low == high:
        return f"all {low}"
    if low.endswith(" %") and high.endswith(" %") and not low.startswith("under"):
        low = low.removesuffix(" %")
    return f"{low} to {high}"
