"""Curves over generations: the data of each chart, and its Vega-Lite drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kellet.evidence import Array, Integers
from kellet.experiment.predict import Prediction
from kellet.experiment.run import Run
from kellet.experiment.verdict.quantiles import HIGH, LOW, Interval, over, quantiles
from kellet.metrics import Metric
from kellet.page.palette import colour

MOST = 200
Number = float | None


@dataclass(frozen=True)
class Chart:
    """One chart.  columns: per arm, name -> numbers at the times, which the browser makes rows of.  spec: Vega-Lite.

    zero: where fresh real samples lie, if that is drawn.
    """

    metric: Metric
    logarithmic: bool
    columns: list[dict[str, Any]]
    spec: dict[str, Any]
    sources: tuple[str, ...] = ()
    zero: Interval | None = None


def drawn(recorded: int) -> Integers:
    """Which of the recorded generations are drawn: all, or the first ones and then ever fewer, 200 at most.

    >>> len(drawn(151)), len(drawn(10_001)) <= 200, drawn(10_001)[:4], drawn(10_001)[-1]
    (151, True, array([0, 1, 2, 3]), np.int64(10000))
    """
    if recorded <= MOST:
        return np.arange(recorded)
    first, rest = MOST // 4, MOST - MOST // 4
    later = np.geomspace(first, recorded - 1, rest).round().astype(np.int64)
    return np.unique(np.concatenate([np.arange(first), later]))


def chart(run: Run, metric: Metric, at: Integers, zero: Interval | None = None) -> Chart:
    """Median and 90 % band over replicates, arm by arm; in grey the same of fresh real samples."""
    bands = [quantiles(over(run, arm, metric)[:, at], (0.5, LOW, HIGH)) for arm in run.blocks]
    logarithmic, floor = _scale(metric, [band[0] for band in bands])
    columns = [
        {
            "i": i,
            "mid": _numbers(mid, floor),
            "lo": _numbers(low, floor, clip=True),
            "hi": _numbers(high, floor, clip=True),
        }
        for i, (mid, low, high) in enumerate(bands)
    ]
    if zero:
        bands = [*bands, np.array([[zero.median], [zero.low], [zero.high]])]
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "area", "opacity": 0.11, "clip": True},
            "encoding": {"y": _y("lo", metric, logarithmic, bands), "y2": {"field": "hi"}},
        },
        {
            "mark": {"type": "line", "strokeWidth": 2, "clip": True},
            "encoding": {"y": _y("mid", metric, logarithmic, bands)},
        },
        _pointer(
            "mid", metric, logarithmic, bands, [("lo", "5 % lie below"), ("mid", "median"), ("hi", "5 % lie above")]
        ),
    ]
    return Chart(metric, logarithmic, columns, _spec(run, layers, metric, zero), zero=zero)


def theory(run: Run, metric: Metric, at: Integers, expected: dict[str, Prediction]) -> Chart:
    """The simulated mean, thin, beside the theory's expected value, dashed."""
    curves: list[Array] = []
    columns: list[dict[str, Any]] = []
    for i, arm in enumerate(run.blocks):
        if arm in expected:
            with np.errstate(over="ignore"):
                mean = over(run, arm, metric)[:, at].mean(axis=0)
            curves += [mean, expected[arm].values[run.generations[at]]]
            columns.append({"i": i, "kind": expected[arm].kind})
    logarithmic, floor = _scale(metric, curves)
    for column, mean, value in zip(columns, curves[::2], curves[1::2], strict=True):
        column |= {"mean": _numbers(mean, floor), "expected": _numbers(value, floor)}
    bands = [curve[None] for curve in curves]
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "line", "strokeWidth": 1.2, "clip": True},
            "encoding": {"y": _y("mean", metric, logarithmic, bands)},
        },
        {
            "mark": {"type": "line", "strokeWidth": 2, "strokeDash": [6, 4], "clip": True},
            "encoding": {"y": _y("expected", metric, logarithmic, bands)},
        },
        _pointer(
            "expected",
            metric,
            logarithmic,
            bands,
            [("mean", "simulated mean"), ("expected", "theory"), ("kind", "which is")],
        ),
    ]
    sources = sorted(
        {f"{p.source} ({'approximation' if p.kind == 'approximation' else 'exact'})" for p in expected.values()}
    )
    return Chart(metric, logarithmic, columns, _spec(run, layers, metric), tuple(sources))


def _spec(run: Run, layers: list[dict[str, Any]], metric: Metric, zero: Interval | None = None) -> dict[str, Any]:
    arms = list(run.blocks)
    if zero:
        values = {"real": _round(zero.median), "low": _round(zero.low), "high": _round(zero.high)}
        layers = [{"data": {"values": [values]}, **mark} for mark in (_grey(), _rule())] + layers
    elif metric.real is not None:
        layers = [{"data": {"values": [{"real": metric.real}]}, **_rule()}, *layers]
    x = {
        "field": "g",
        "type": "quantitative",
        "title": "generation",
        "scale": {"domain": [0, run.experiment.generations], "nice": False},
        "axis": {"grid": False, "tickCount": 6},
    }
    hue = {
        "field": "arm",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": arms, "range": [colour(i) for i in range(len(arms))]},
    }
    for layer in layers:
        if "data" not in layer:
            layer["encoding"] = {"x": x, "color": hue, **layer["encoding"]}
    return {"width": "container", "height": 260, "data": {"name": "rows"}, "layer": layers}


def _grey() -> dict[str, Any]:
    return {
        "mark": {"type": "rect", "color": "#888888", "opacity": 0.22, "clip": True},
        "encoding": {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}},
    }


def _rule() -> dict[str, Any]:
    return {
        "mark": {"type": "rule", "color": "#888888", "strokeWidth": 1, "clip": True},
        "encoding": {"y": {"field": "real", "type": "quantitative"}},
    }


def _y(field: str, metric: Metric, logarithmic: bool, bands: list[Array]) -> dict[str, Any]:
    axis: dict[str, Any] = {"tickCount": 5, "format": ".3~g" if logarithmic else "~%" if metric.share else ".3~r"}
    made: dict[str, Any] = {"field": field, "type": "quantitative", "title": None, "axis": axis}
    top, bottom = _extent(metric, logarithmic, bands)
    if top is not None:
        made["scale"] = {"domain": [bottom, top], "nice": not logarithmic}
        if logarithmic:
            made["scale"]["type"] = "log"
    return made


def _extent(metric: Metric, logarithmic: bool, bands: list[Array]) -> tuple[Number, Number]:
    """The frame follows medians; bands are cut off where they leave it by far."""
    medians = np.concatenate([band[0] for band in bands])
    highs = np.concatenate([band[-1] for band in bands])
    medians, highs = medians[np.isfinite(medians)], highs[np.isfinite(highs)]
    if not len(medians) or not len(highs):
        return None, None
    if logarithmic:
        positive = medians[medians > 0]
        return _round(min(highs.max(), positive.max() * 10)), _round(max(positive.min() / 3, positive.max() * 1e-15))
    top = max(float(min(highs.max(), 2.5 * medians.max())), metric.real or 0.0)
    return _round(top * 1.02 if top > 0 else 1.0), _round(min(0.0, float(medians.min())))


def _pointer(
    field: str, metric: Metric, logarithmic: bool, bands: list[Array], told: list[tuple[str, str]]
) -> dict[str, Any]:
    """A dot on the nearest curve, and its numbers."""
    form = ".3~%" if metric.share else ".4~g"
    numbers = [
        {"field": name, "title": title, "type": "nominal"}
        if name == "kind"
        else {"field": name, "title": title, "type": "quantitative", "format": form}
        for name, title in told
    ]
    return {
        "mark": {"type": "point", "filled": True, "size": 50, "clip": True},
        "params": [
            {"name": "near", "select": {"type": "point", "on": "pointerover", "nearest": True, "clear": "pointerout"}}
        ],
        "encoding": {
            "y": _y(field, metric, logarithmic, bands),
            "opacity": {"condition": {"param": "near", "empty": False, "value": 1}, "value": 0},
            "tooltip": [
                {"field": "arm", "title": "arm", "type": "nominal"},
                {"field": "g", "title": "generation", "type": "quantitative"},
                *numbers,
            ],
        },
    }


def _scale(metric: Metric, curves: list[Array]) -> tuple[bool, float]:
    """Whether the axis is logarithmic, and the smallest number drawn on it."""
    every = np.concatenate(curves)
    positive = every[np.isfinite(every) & (every > 0)]
    if not metric.logarithmic or not len(positive) or positive.max() <= 1000 * positive.min():
        return False, -np.inf
    return True, max(float(positive.min()) / 3, float(positive.max()) * 1e-15)


def _numbers(values: Array, floor: float, clip: bool = False) -> list[Number]:
    """With four digits; None where there is no point to draw."""
    if clip:
        values = np.maximum(values, floor)
    return [_round(v) if np.isfinite(v) and v >= floor else None for v in values.tolist()]


def _round(value: float) -> float:
    short = float(f"{value:.4g}")
    return int(short) if short.is_integer() and abs(short) < 1e6 else short
