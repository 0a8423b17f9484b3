"""What is left of several runs, drawn: a panel for each arm, a row for each run, a dot and its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping

from kellet.experiment.verdict.quantiles import Interval
from kellet.page.chart import Chart, Spec
from kellet.page.palette import colour

ACROSS = 3
"""Panels in a row."""
CAPTION = (
    "One panel for each arm; the dot is the median, the line the middle 90 % of replicates; the dashed line is "
    "generation 0. What lies beyond twice generation 0 is drawn at the edge."
)


def draw(runs: list[str], left: Mapping[str, Mapping[str, Interval]]) -> Chart:
    """left: arm -> run -> what is left, where anything can be said."""
    ends = [one.high for there in left.values() for one in there.values() if math.isfinite(one.high)]
    # A loop that runs away would press all others against the axis.
    top = min(max([1.05, *ends]), 2.0)
    x: Spec = {"type": "quantitative", "title": None, "scale": {"domain": [0, top], "nice": False, "clamp": True},
         "axis": {"format": "%", "tickCount": 5, "gridColor": "#ececec"}}  # fmt: skip
    panels = [
        {
            "title": arm, "width": 190, "height": {"step": 22},
            "data": {"values": [
                {"run": run, "low": min(one.low, top), "median": min(one.median, top), "high": min(one.high, top)}
                for run, one in there.items()
            ]},
            "layer": [
                {"data": {"values": [{"one": 1}]}, "mark": {"type": "rule", "strokeDash": [4, 4], "color": "#888"},
                 "encoding": {"x": x | {"field": "one"}}},
                {"mark": {"type": "rule", "strokeWidth": 2, "color": colour(i)},
                 "encoding": {"x": x | {"field": "low"}, "x2": {"field": "high"}, "y": _down(runs, i)}},
                {"mark": {"type": "point", "filled": True, "size": 55, "opacity": 1, "color": colour(i)},
                 "encoding": {"x": x | {"field": "median"}, "y": _down(runs, i)}},
            ],
        }
        for i, (arm, there) in enumerate(left.items())
    ]  # fmt: skip
    return Chart("Arm by arm", {"concat": panels, "columns": ACROSS, "spacing": 24}, CAPTION)


def _down(runs: list[str], panel: int) -> Spec:
    """The axis of runs; named in the first panel of each row."""
    axis = {"labels": panel % ACROSS == 0, "ticks": False, "domain": False, "labelLimit": 220, "labelFontSize": 12}
    return {"field": "run", "type": "nominal", "title": None, "sort": None, "axis": axis, "scale": {"domain": runs}}
