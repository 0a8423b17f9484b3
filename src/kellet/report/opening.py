"""The opening: what stands on the first screen of a run's page, one claim, pictures before and after, one curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kellet.data.source import Source
from kellet.experiment.run import Run
from kellet.experiment.verdict.claim import Claim, claim
from kellet.experiment.verdict.naming import Naming, is_alone
from kellet.experiment.verdict.quantiles import Interval
from kellet.experiment.verdict.summary import Summary
from kellet.page.chart import Chart
from kellet.report.curves import draw, thin
from kellet.report.gallery import Strip
from kellet.report.strip import draw_strip
from kellet.worlds.observable import observable


@dataclass(frozen=True)
class Opening:
    """claim: what happened.  strip, chart: what it looks like; None where nothing can be claimed."""

    claim: Claim
    strip: Strip | None
    chart: Chart | None


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
    chart = draw(run, found.metric, at, zeros.get(found.metric.name), namings)
    return Opening(found, draw_strip(run, source, found, namings), chart)
