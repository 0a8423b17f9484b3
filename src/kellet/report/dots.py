"""What is left of several runs, drawn: a panel for each arm, a row for each run, a dot and its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kellet.experiment.verdict.quantiles import Interval
from kellet.page.chart import Chart, Spec
from kellet.page.palette import colour

ACROSS = 3
"""Panels in a row."""
CAPTION = (
    "One panel for each arm; the dot is the median, the line the middle 90 % of replicates; the dashed line is "
    "generation 0. What lies beyond twice generation 0 is drawn at the edge."
)


@dataclass(frozen=True)
class Entry:
    """One arm of one run: its metric at generation 0 and at the last, and the last in units of the first's median."""

    run: str
    arm: str
    start: Interval
    end: Interval
    left: Interval


def draw(entries: Sequence[Entry], runs: Sequence[str], arms: Sequence[str]) -> Chart:
    """The figure; runs and arms in the order in which they are to stand."""
    ends = [e.left.high for e in entries if math.isfinite(e.left.high)]
    # A loop that runs away would press all others against the axis.
    top = min(max([1.05, *ends]), 2.0)
    x: Spec = {"type": "quantitative", "title": None, "scale": {"domain": [0, top], "nice": False, "clamp": True},
         "axis": {"format": "%", "tickCount": 5, "gridColor": "#ececec"}}  # fmt: skip
    panels = [
        {
            "title": arm, "width": 190, "height": {"step": 22}, "data": {"values": _dots(entries, arm, top)},
            "layer": [
                {"data": {"values": [{"one": 1}]}, "mark": {"type": "rule", "strokeDash": [4, 4], "color": "#888"},
                 "encoding": {"x": x | {"field": "one"}}},
                {"mark": {"type": "rule", "strokeWidth": 2, "color": colour(i)},
                 "encoding": {"x": x | {"field": "low"}, "x2": {"field": "high"}, "y": _down(runs, i)}},
                {"mark": {"type": "point", "filled": True, "size": 55, "opacity": 1, "color": colour(i)},
                 "encoding": {"x": x | {"field": "median"}, "y": _down(runs, i)}},
            ],
        }
        for i, arm in enumerate(arms)
    ]  # fmt: skip
    return Chart("Arm by arm", {"concat": panels, "columns": ACROSS, "spacing": 24}, CAPTION)


def _down(runs: Sequence[str], panel: int) -> Spec:
    """The axis of runs; named in the first panel of each row."""
    axis = {"labels": panel % ACROSS == 0, "ticks": False, "domain": False, "labelLimit": 220, "labelFontSize": 12}
    scale = {"domain": list(runs)}
    return {"field": "run", "type": "nominal", "title": None, "sort": None, "axis": axis, "scale": scale}


def _dots(entries: Sequence[Entry], arm: str, top: float) -> list[dict[str, str | float]]:
    return [
        {"run": entry.run, **{name: min(getattr(entry.left, name), top) for name in ("low", "median", "high")}}
        for entry in entries
        if entry.arm == arm and not math.isnan(entry.left.median)
    ]
