"""The picture of a forecast: expected curves of the loop and of its like, and what is kept of categories."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from kellet.evidence import Array
from kellet.forecast.sentences import describe_feed
from kellet.forecast.table import loop_of
from kellet.loop.anchors import AnyAnchor
from kellet.loop.numbers import Closing
from kellet.page.chart import COLOURS, Chart, Spec
from kellet.theory import Loop, accumulation

MARK = {"type": "line", "strokeWidth": 2, "clip": True}


def expect_curves(
    family: Closing, *, size: int, dim: int = 1, anchor: AnyAnchor | None = None, generations: int | None = None
) -> dict[str, tuple[Array, Array]]:
    """What becomes of the loop, and of its like without anything real, with fixed or fresh points, or keeping all data.

    Name -> (generations, values), the loop itself first.  values: E variance / true variance for families that lose it;
    else Var(mean), in units of one point's variance.  Exact.  generations: the last one; None stands for one when all
    has happened, for the loop that settles and for the one that nothing holds.

    >>> import kellet
    >>> from kellet.families import Gaussian
    >>> found = expect_curves(Gaussian(), size=100, anchor=kellet.Anchor(1), generations=1000)
    >>> {name: float(values[-1].round(3)) for name, (_, values) in found.items()}
    {'1 fresh real point': 0.664, '1 fixed real point': 0.0, 'nothing real': 0.0, 'all data kept': 0.984}
    """
    loop = loop_of(family, size, dim, anchor)
    plain = Loop(size, 0, loop.curvature)
    if generations is None:
        last = max(10 * loop.forgets if loop.forgets < np.inf else 0.0, 5.0 * size)
    else:
        last = max(float(generations), 1.0)
    at = np.unique(np.round(np.concatenate([[0], np.geomspace(max(1.0, last / 1e5), last, 200)])))
    loops = {describe_feed(loop): loop}
    if loop.k and not loop.prior:
        other = Loop(size, loop.k, loop.curvature, bank=None if loop.bank else loop.k)
        loops |= {describe_feed(other): other}
    wander = {name: each.wander(at + 1) for name, each in (loops | {"nothing real": plain}).items()}
    wander["all data kept"] = accumulation.wander(size, at + 1, loop.curvature)
    a = loop.curvature
    return {name: (at, np.maximum(1 + a * moved, 0.0) if a < 0 else moved) for name, moved in wander.items()}


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
