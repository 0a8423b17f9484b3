"""How many replicates can still move, as a picture."""

from __future__ import annotations

from kellet.experiment.run import Run
from kellet.experiment.verdict.absorption import Survival
from kellet.experiment.verdict.summary import Summary
from kellet.page.chart import Chart, Spec, colour
from kellet.report.curves import thin


def draw_survival(run: Run, summary: Summary) -> Chart | None:
    """The survival curves of the arms in which any replicate is absorbed; None where there are none."""
    arms = [(i, outcome.arm) for i, outcome in enumerate(summary.outcomes) if outcome.absorption.replicates]
    curves = {i: run.survival(arm) for i, arm in arms}
    if not curves:
        return None
    sources = sorted({f"{curve.source} ({curve.kind})" for curve in curves.values() if curve.source})
    layers = [layer for i, curve in curves.items() for layer in _layers(curve, colour(i))]
    caption = f"Dashed: {'; '.join(sources)}." if sources else ""
    return Chart("How many can still move", {"width": 640, "height": 260, "layer": layers}, caption)


def _layers(curve: Survival, hue: str) -> list[Spec]:
    """Interval, share and law of one arm."""
    at = thin(len(curve.generations))
    columns = {"g": curve.generations, "share": curve.share, "low": curve.low, "high": curve.high}
    if curve.theory is not None:
        columns["law"] = curve.theory
    numbers = [column[at].tolist() for column in columns.values()]
    data = {"values": [dict(zip(columns, row, strict=True)) for row in zip(*numbers, strict=True)]}
    looks: dict[str, Spec] = {"share": {"strokeWidth": 2}, "law": {"strokeDash": [6, 4]}}
    x: Spec = {"field": "g", "type": "quantitative", "title": "generation", "axis": {"grid": False, "tickCount": 6}}

    def y(field: str) -> Spec:
        scale = {"domain": [0, 1]}
        return {"field": field, "type": "quantitative", "title": None, "axis": {"format": "%"}, "scale": scale}

    band = {"type": "area", "opacity": 0.15, "color": hue}
    return [
        {"data": data, "mark": band, "encoding": {"x": x, "y": y("low"), "y2": {"field": "high"}}},
        *(
            {"data": data, "mark": look | {"type": "line", "color": hue}, "encoding": {"x": x, "y": y(field)}}
            for field, look in looks.items()
            if field in columns
        ),
    ]
