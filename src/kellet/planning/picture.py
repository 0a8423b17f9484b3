"""The picture of a plan."""

from __future__ import annotations

import numpy as np

from kellet.page.chart import COLOURS, Chart, Spec
from kellet.planning.need import Need
from kellet.planning.tables import wilson
from kellet.planning.threshold import Belief

CAPTION = (
    "Each dot is one number of real rows, with a 90 % interval over its replicates; the curve is what is believed "
    "after all of them; the band is where the answer lies (90 %)."
)


def draw(plan: Need) -> Chart:
    """How often loops keep everything, over the number of real points: trials, the fitted curve, the answer."""
    dots = [
        {"k": t.points, "share": t.successes / t.tries, "low": low, "high": high}
        for t in plan.trials
        if t.points and (low := wilson(t.successes, t.tries)[0]) >= 0 and (high := wilson(t.successes, t.tries)[1])
    ]
    trials = {t.points: (t.successes, t.tries) for t in plan.trials}
    belief = Belief(plan.most, plan.confidence, trials, trials.pop(0), plan.real or (1, 1))
    curve = [{"k": float(k), "share": belief.chance(k)} for k in np.geomspace(1, plan.most, 120)]
    x = {"field": "k", "type": "quantitative", "title": "real rows in every training set", "scale": {"type": "log"},
         "axis": {"grid": False, "tickCount": 6, "format": "~s"}}  # fmt: skip
    y = {"field": "share", "type": "quantitative", "title": "loops that keep everything", "scale": {"domain": [0, 1]},
         "axis": {"format": "%", "tickCount": 5}}  # fmt: skip
    layers: list[Spec] = []
    if plan.points:
        band = {"low": max(plan.low, 1.0), "high": min(plan.high, plan.most)}
        layers.append(
            {"data": {"values": [band]}, "mark": {"type": "rect", "color": COLOURS[4], "opacity": 0.15},
             "encoding": {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}}}
        )  # fmt: skip
        layers.append(
            {"data": {"values": [{"k": plan.points}]}, "mark": {"type": "rule", "color": COLOURS[4], "strokeWidth": 2},
             "encoding": {"x": x}}
        )  # fmt: skip
    layers += [
        {"data": {"values": [{"share": plan.confidence}]}, "encoding": {"y": y},
         "mark": {"type": "rule", "strokeDash": [4, 4], "color": "#888"}},
        {"data": {"values": curve}, "mark": {"type": "line", "color": COLOURS[4]}, "encoding": {"x": x, "y": y}},
        {"data": {"values": dots}, "mark": {"type": "rule", "color": COLOURS[0]},
         "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
        {"data": {"values": dots}, "encoding": {"x": x, "y": y},
         "mark": {"type": "point", "filled": True, "size": 45, "color": COLOURS[0], "opacity": 1}},
    ]  # fmt: skip
    return Chart("How the answer was found", {"width": 620, "height": 300, "layer": layers}, CAPTION)
