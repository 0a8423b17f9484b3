"""The picture of a forecast: the loop beside its like, and what is kept of categories."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from kellet.evidence import Array
from kellet.page.chart import COLOURS, Chart, Spec

MARK = {"type": "line", "strokeWidth": 2, "clip": True}


def draw(curves: Mapping[str, tuple[Array, Array]], kept: tuple[Array, Array] | None, loses: bool) -> Chart:
    """curves: name -> (generations, values), the loop itself first.  kept: (probabilities, chances that a category is
    kept), where they are known.  loses: whether values are shares of the true variance."""
    panels = [_over_time(curves, loses)]
    if kept:
        rows = [{"x": float(p), "y": float(chance)} for p, chance in zip(*kept, strict=True)]
        y = {"field": "y", "type": "quantitative", "title": "chance that it is kept in the end"}
        encoding = {"x": _logarithmic(rows, "probability of a category"), "y": y}
        mark = MARK | {"color": COLOURS[2]}
        panels.append({"width": 300, "height": 260, "data": {"values": rows}, "mark": mark, "encoding": encoding})
    return Chart("The loop beside its like", {"hconcat": panels, "spacing": 50})


def _over_time(curves: Mapping[str, tuple[Array, Array]], loses: bool) -> Spec:
    rows: list[Spec] = [
        {"x": float(t), "y": float(y), "loop": name}
        for name, (at, values) in curves.items()
        for t, y in zip(at, values, strict=True)
        if t > 0 and np.isfinite(y)
    ]
    heights = [float(y) for _, values in curves.values() for y in values if 0 < y < np.inf]
    spread = not loses and max(heights) > 100 * min(heights)
    rows = [row for row in rows if not spread or row["y"] > 0]
    names = list(curves)
    hue = {
        "field": "loop", "type": "nominal", "title": None, "sort": names,
        "scale": {"domain": names, "range": [COLOURS[i] for i in (2, 4, 0, 1)][: len(names)]},
        "legend": {"orient": "bottom", "columns": 2, "labelLimit": 400},
    }  # fmt: skip
    what = "expected variance / true variance" if loses else "variance of the learnt mean / of one point"
    scale = {"type": "log"} if spread else {"domain": [0, 1]} if loses else {"zero": True}
    up = {"field": "y", "type": "quantitative", "title": what, "scale": scale}
    encoding = {"x": _logarithmic(rows, "generation"), "y": up, "color": hue}
    return {"width": 380, "height": 260, "data": {"values": rows}, "mark": MARK, "encoding": encoding}


def _logarithmic(rows: list[Spec], title: str) -> Spec:
    """A logarithmic axis, marked at powers of ten."""
    low, high = (math.log10(end(row["x"] for row in rows)) for end in (min, max))
    words = "datum.value > 1e5 || datum.value < 1e-3 ? format(datum.value, '.0e') : format(datum.value, '~g')"
    marks = [10.0**power for power in range(math.ceil(low), math.floor(high) + 1)]
    axis = {"values": marks, "labelExpr": words, "grid": False, "labelOverlap": True}
    return {"field": "x", "type": "quantitative", "title": title, "scale": {"type": "log", "nice": False}, "axis": axis}
