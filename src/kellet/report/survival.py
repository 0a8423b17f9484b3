"""How many replicates can still move, as a picture."""

from __future__ import annotations

from collections.abc import Iterator

from kellet.experiment.run import Run
from kellet.experiment.verdict.absorption import Survival
from kellet.experiment.verdict.summary import Summary
from kellet.page.axis import Axis
from kellet.page.chart import Chart, Line
from kellet.report.curves import thin


def draw_survival(run: Run, summary: Summary) -> Chart | None:
    """The survival curves of the arms in which any replicate is absorbed; None where there are none."""
    arms = [(i, outcome.arm) for i, outcome in enumerate(summary.outcomes) if outcome.absorption.replicates]
    curves = {(i, arm): run.survival(arm) for i, arm in arms}
    if not curves:
        return None
    sources = sorted({f"{curve.source} ({curve.kind})" for curve in curves.values() if curve.source})
    lines = [line for (i, arm), curve in curves.items() for line in _lines(curve, i, arm)]
    caption = f"Dashed: {'; '.join(sources)}." if sources else ""
    across = Axis("generation", 0.0, float(run.experiment.generations) or 1.0)
    upward = Axis("replicates that can still move", 0.0, 1.02, share=True)
    return Chart("How many can still move", lines, across, upward, caption=caption)


def _lines(curve: Survival, i: int, arm: str) -> Iterator[Line]:
    """Share with its interval, and law, of one arm."""
    at = thin(len(curve.generations))
    x = curve.generations[at].astype(float)
    yield Line(arm, x, curve.share[at], i, curve.low[at], curve.high[at])
    if curve.theory is not None:
        yield Line(f"{arm}, theory", x, curve.theory[at], i, dashed=True)
