"""The opening: what stands on the first screen of a run's page, one claim, pictures before and after, one curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kellet.data.source import Source
from kellet.experiment.run import Run
from kellet.experiment.verdict.claim import RunClaim, claim
from kellet.experiment.verdict.naming import Naming, is_alone
from kellet.experiment.verdict.quantiles import Interval
from kellet.experiment.verdict.summary import Summary
from kellet.report.curves import Curves, draw, thin
from kellet.report.gallery import Strip
from kellet.report.strip import draw_strip
from kellet.worlds.observable import observable


@dataclass(frozen=True)
class Opening:
    """claim: what happened.  strip, chart: what it looks like; None where nothing can be claimed."""

    claim: RunClaim
    strip: Strip | None
    chart: Curves | None


def open_page(
    run: Run, source: Source | None, summary: Summary, namings: Mapping[str, Naming], zeros: Mapping[str, Interval]
) -> Opening:
    """What a page begins with.  zeros: metric -> where fresh real samples lie."""
    arms = run.experiment.arms
    alone = {name for name, arm in arms.items() if is_alone(arm)}
    anchored = {name for name, arm in arms.items() if arm.anchor is not None}
    found = claim(summary, observable(run.experiment.world).things, namings, alone, anchored)
    if found.metric is None:
        return Opening(found, None, None)
    at = thin(len(run.generations))
    chart = rename(draw(run, found.metric, at, zeros.get(found.metric.name)), run, namings)
    return Opening(found, draw_strip(run, source, found, namings), chart)


def rename(curves: Curves, run: Run, namings: Mapping[str, Naming]) -> Curves:
    """The same chart, whose lines are called what the page calls their arms."""
    arms, chart = [*run.blocks], curves.chart
    lines = [
        replace(line, name=namings[arms[line.arm]].title + line.name.removeprefix(arms[line.arm]))
        for line in chart.lines
    ]
    return replace(curves, chart=replace(chart, lines=lines))
