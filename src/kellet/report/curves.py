"""Curves over generations: the data of each chart, and its Vega-Lite drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kellet.evidence import Array, Integers
from kellet.experiment.predicting.prediction import Prediction
from kellet.experiment.run import Run
from kellet.experiment.verdict.quantiles import HIGH, LOW, Interval, over, quantiles
from kellet.metrics import Metric
from kellet.page.chart import Spec, colour

MOST = 200
Number = float | None


@dataclass(frozen=True)
class Curves:
    """One chart.  columns: per arm, name -> numbers at the times, which the browser makes rows of.  spec: Vega-Lite.

    zero: where fresh real samples lie, if that is drawn.
    """

    metric: Metric
    logarithmic: bool
    columns: list[Spec]
    spec: Spec
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
    unit: float = 1.0, frame: tuple[float, float] | None = None,
) -> Curves:  # fmt: skip
    """Median and 90 % band over replicates, arm by arm; in grey the same of fresh real samples.

    arms: those that have the metric, None for all.  unit: what 1 stands for.  frame: where the axis begins and ends,
    unless it is logarithmic.
    """
    drawn = list(run.blocks if arms is None else arms)
    bands = [quantiles(over(run, arm, metric)[:, at], (0.5, LOW, HIGH)) / unit for arm in drawn]
    zero = zero and Interval(zero.median / unit, zero.low / unit, zero.high / unit)
    logarithmic, floor = _scale(metric, [band[0] for band in bands])
    columns: list[Spec] = [
        {"i": [*run.blocks].index(arm), "mid": _numbers(mid, floor), "lo": _numbers(np.maximum(low, floor), floor),
         "hi": _numbers(np.maximum(high, floor), floor)}
        for arm, (mid, low, high) in zip(drawn, bands, strict=True)
    ]  # fmt: skip
    y = _axis(metric, logarithmic, [*bands, np.array([[zero.median], [zero.low], [zero.high]])] if zero else bands)
    if frame is not None and not logarithmic:
        y["scale"] = {"domain": [_round(end) for end in frame], "nice": False, "zero": False}
    area = {"y": y | {"field": "lo"}, "y2": {"field": "hi"}}
    layers = [
        {"mark": {"type": "area", "opacity": 0.11, "clip": True}, "encoding": area},
        _line(y | {"field": "mid"}, strokeWidth=2),
        _pointer(y | {"field": "mid"}, metric, {"lo": "5 % lie below", "mid": "median", "hi": "5 % lie above"}),
    ]
    return Curves(metric, logarithmic, columns, _spec(run, layers, metric, zero), zero=zero)


def draw_theory(run: Run, metric: Metric, at: Integers, predictions: Mapping[str, Prediction]) -> Curves:
    """The simulated mean, thin, beside the theory's expected value, dashed."""
    arms = [(i, arm) for i, arm in enumerate(run.blocks) if arm in predictions]
    with np.errstate(over="ignore"):
        means = [over(run, arm, metric)[:, at].mean(axis=0) for _, arm in arms]
    expected = [predictions[arm].values[run.generations[at]] for _, arm in arms]
    logarithmic, floor = _scale(metric, means + expected)
    columns: list[Spec] = [
        {"i": i, "kind": predictions[arm].kind, "mean": _numbers(mean, floor), "expected": _numbers(value, floor)}
        for (i, arm), mean, value in zip(arms, means, expected, strict=True)
    ]
    y = _axis(metric, logarithmic, [curve[None] for curve in means + expected])
    titles = {"mean": "simulated mean", "expected": "theory", "kind": "which is"}
    layers = [
        _line(y | {"field": "mean"}, strokeWidth=1.2),
        _line(y | {"field": "expected"}, strokeWidth=2, strokeDash=[6, 4]),
        _pointer(y | {"field": "expected"}, metric, titles),
    ]
    kinds = {f"{p.source} ({'approximation' if p.kind == 'approximation' else 'exact'})" for p in predictions.values()}
    return Curves(metric, logarithmic, columns, _spec(run, layers, metric), tuple(sorted(kinds)))


def _spec(run: Run, layers: list[Spec], metric: Metric, zero: Interval | None = None) -> Spec:
    arms = list(range(len(run.blocks)))
    x = {
        "field": "g", "type": "quantitative", "title": "generation", "axis": {"grid": False, "tickCount": 6},
        "scale": {"domain": [0, run.experiment.generations], "nice": False},
    }  # fmt: skip
    # By number: Vega parts lines by objects, whose keys can't be any name ("constructor").
    hue = {
        "field": "i", "type": "nominal", "legend": None,
        "scale": {"domain": arms, "range": [colour(i) for i in arms]},
    }  # fmt: skip
    ours = {"x": x, "color": hue, "description": {"field": "arm", "type": "nominal"}}
    drawn: list[Spec] = [layer | {"encoding": ours | layer["encoding"]} for layer in layers]
    real = {"real": metric.real} if zero is None else {"real": _round(zero.median)}
    if zero:
        real |= {"low": _round(zero.low), "high": _round(zero.high)}
    grey = {"color": "#888888", "clip": True}
    band: Spec = {
        "data": {"values": [real]}, "mark": grey | {"type": "rect", "opacity": 0.22},
        "encoding": {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}},
    }  # fmt: skip
    rule: Spec = {
        "data": {"values": [real]}, "mark": grey | {"type": "rule", "strokeWidth": 1},
        "encoding": {"y": {"field": "real", "type": "quantitative"}},
    }  # fmt: skip
    below = [band, rule] if zero else [rule] if metric.real is not None else []
    return {"width": "container", "height": 260, "data": {"name": "rows"}, "layer": below + drawn}


def _line(y: Spec, **look: object) -> Spec:
    return {"mark": {"type": "line", "clip": True} | look, "encoding": {"y": y}}


def _axis(metric: Metric, logarithmic: bool, bands: list[Array]) -> Spec:
    """The axis upwards.  The frame follows medians; bands are cut off where they leave it by far."""
    axis = {"tickCount": 5, "format": ".3~g" if logarithmic else "~%" if metric.share else ".3~r"}
    y: Spec = {"type": "quantitative", "title": None, "axis": axis}
    medians, highs = (np.concatenate([band[row] for band in bands]) for row in (0, -1))
    medians, highs = medians[np.isfinite(medians)], highs[np.isfinite(highs)]
    if not len(medians) or not len(highs):
        return y
    if logarithmic:
        positive = medians[medians > 0]
        bottom, top = max(positive.min() / 3, positive.max() * 1e-15), min(highs.max(), positive.max() * 10)
        return y | {"scale": {"domain": [_round(bottom), _round(top)], "nice": False, "type": "log"}}
    top = max(float(min(highs.max(), 2.5 * medians.max())), metric.real or 0.0)
    domain = [_round(min(0.0, float(medians.min()))), _round(top * 1.02 if top > 0 else 1.0)]
    return y | {"scale": {"domain": domain, "nice": True}}


def _pointer(y: Spec, metric: Metric, titles: Mapping[str, str]) -> Spec:
    """A dot on the nearest curve, and its numbers.  titles: of those, by their fields."""
    number = {"type": "quantitative", "format": ".3~%" if metric.share else ".4~g"}
    near = {"type": "point", "on": "pointerover", "nearest": True, "clear": "pointerout"}
    looks = {"arm": {"type": "nominal"}, "g": {"type": "quantitative"}, "kind": {"type": "nominal"}}
    tips = [
        {"field": field, "title": title} | looks.get(field, number)
        for field, title in {"arm": "arm", "g": "generation", **titles}.items()
    ]
    shown = {"condition": {"param": "near", "empty": False, "value": 1}, "value": 0}
    return {
        "mark": {"type": "point", "filled": True, "size": 50, "clip": True},
        "params": [{"name": "near", "select": near}], "encoding": {"y": y, "opacity": shown, "tooltip": tips},
    }  # fmt: skip


def _scale(metric: Metric, curves: list[Array]) -> tuple[bool, float]:
    """Whether the axis is logarithmic, and the smallest number drawn on it."""
    every = np.concatenate(curves)
    positive = every[np.isfinite(every) & (every > 0)]
    if not metric.logarithmic or not len(positive) or positive.max() <= 1000 * positive.min():
        return False, -np.inf
    return True, max(float(positive.min()) / 3, float(positive.max()) * 1e-15)


def _numbers(values: Array, floor: float) -> list[Number]:
    """With four digits; None where there is no point to draw."""
    return [_round(v) if np.isfinite(v) and v >= floor else None for v in values.tolist()]


def _round(value: float) -> float:
    short = float(f"{value:.4g}")
    return int(short) if short.is_integer() and abs(short) < 1e6 else short
