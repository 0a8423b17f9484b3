"""Curves over generations: what is in each chart, and how it is to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kellet.evidence import Array, Integers
from kellet.experiment.predicting.prediction import Prediction
from kellet.experiment.run import Run
from kellet.experiment.verdict.quantiles import HIGH, LOW, Interval, over, quantiles
from kellet.metrics import Metric
from kellet.page.axis import Axis
from kellet.page.chart import Chart, Level, Line

MOST = 200
LONG = 60
"""Letters of a title that still stands over an axis."""


@dataclass(frozen=True)
class Curves:
    """A chart of one metric.  sources: of the theory in it.  zero: where fresh real samples lie, if that is drawn."""

    metric: Metric
    chart: Chart
    sources: tuple[str, ...] = ()
    zero: Interval | None = None


def thin(count: int) -> Integers:
    """Which of so many generations are drawn: all, or the first ones and then ever fewer, 200 at most.

    >>> len(thin(151)), len(thin(10_001)) <= 200, thin(10_001)[:4], thin(10_001)[-1]
    (151, True, array([0, 1, 2, 3]), np.int64(10000))
    """
    if count <= MOST:
        return np.arange(count)
    first, rest = MOST // 4, MOST - MOST // 4
    later = np.geomspace(first, count - 1, rest).round().astype(np.int64)
    return np.unique(np.concatenate([np.arange(first), later]))


def draw(
    run: Run, metric: Metric, at: Integers, zero: Interval | None = None, arms: Sequence[str] | None = None,
    unit: float = 1.0, frame: tuple[float, float] | None = None, width: int = 520, height: int = 280,
    wide: bool = False,
) -> Curves:  # fmt: skip
    """Median and 90 % band over replicates, arm by arm; in grey the same of fresh real samples.

    arms: those that have the metric, None for all.  unit: what 1 stands for.  frame: where the axis begins and ends,
    unless it is logarithmic.  width, height, wide: of the `Chart`.
    """
    drawn, x = list(run.blocks if arms is None else arms), run.generations[at].astype(float)
    bands = [quantiles(over(run, arm, metric)[:, at], (0.5, LOW, HIGH)) / unit for arm in drawn]
    zero = zero and Interval(zero.median / unit, zero.low / unit, zero.high / unit)
    every = [*bands, np.array([[zero.median], [zero.low], [zero.high]])] if zero else bands
    places = [*run.blocks]
    lines = [
        Line(arm, x, mid, places.index(arm), low, high) for arm, (mid, low, high) in zip(drawn, bands, strict=True)
    ]
    if zero:
        levels = [Level("fresh samples of real data", zero.median, zero.low, zero.high)]
    else:
        levels = [] if metric.real is None else [Level("real data", metric.real)]
    upward = _axis(metric, every, frame)
    title = metric.title.capitalize()
    chart = Chart(title, lines, _across(run), upward, levels, width=width, height=height, wide=wide)
    return Curves(metric, chart, zero=zero)


def draw_theory(run: Run, metric: Metric, at: Integers, predictions: Mapping[str, Prediction]) -> Curves:
    """The simulated mean, thin, beside the theory's expected value, dashed."""
    arms, x = [(i, arm) for i, arm in enumerate(run.blocks) if arm in predictions], run.generations[at].astype(float)
    with np.errstate(over="ignore"):
        means = [over(run, arm, metric)[:, at].mean(axis=0) for _, arm in arms]
    expected = [predictions[arm].values[run.generations[at]] for _, arm in arms]
    lines = [
        line
        for (i, arm), mean, value in zip(arms, means, expected, strict=True)
        for line in (
            Line(f"{arm}, simulated mean", x, mean, i, thin=True),
            Line(f"{arm}, theory ({predictions[arm].kind})", x, value, i, dashed=True),
        )
    ]
    levels = [] if metric.real is None else [Level("real data", metric.real)]
    kinds = {f"{p.source} ({'approximation' if p.kind == 'approximation' else 'exact'})" for p in predictions.values()}
    title = f"{metric.title.capitalize()}, beside theory"
    upward = _axis(metric, [curve[None] for curve in means + expected])
    return Curves(metric, Chart(title, lines, _across(run), upward, levels), tuple(sorted(kinds)))


def _across(run: Run) -> Axis:
    return Axis("generation", 0.0, float(run.experiment.generations) or 1.0)


def _title(metric: Metric) -> str:
    """What an axis measures, and what its numbers are shares of, as far as there is room."""
    unit = f"{metric.title} (% {metric.unit})" if metric.share and metric.unit and "{" not in metric.unit else ""
    return next((text for text in (unit, metric.title) if 0 < len(text) <= LONG), "")


def _axis(metric: Metric, bands: list[Array], frame: tuple[float, float] | None = None) -> Axis:
    """The axis upwards.  The frame follows medians; bands are cut off where they leave it by far."""
    title = _title(metric)
    medians, highs = (np.concatenate([band[row] for band in bands]) for row in (0, -1))
    medians, highs = medians[np.isfinite(medians)], highs[np.isfinite(highs)]
    positive = medians[medians > 0]
    if metric.logarithmic and len(positive) and positive.max() > 1000 * positive.min():
        # Thrice beyond the medians, but not where digits end.
        low = max(float(positive.min()) / 3, float(positive.max()) * 1e-15)
        high = max(min(float(highs.max()), float(positive.max()) * 10), float(positive.max()))
        return Axis(title, low, high, logarithmic=True, share=metric.share)
    if frame is not None:
        return Axis(title, *frame, share=metric.share)
    if not len(medians) or not len(highs):
        return Axis(title, 0.0, 1.0, share=metric.share)
    top = max(float(min(highs.max(), 2.5 * medians.max())), metric.real or 0.0)
    return Axis(title, min(0.0, float(medians.min())), top * 1.03 if top > 0 else 1.0, share=metric.share)
