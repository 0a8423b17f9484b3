"""The strip: what models wrote before and after, in the pictures that a page begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from markupsafe import Markup

from kellet.data.source import Corpus, DataSet, Law, Source
from kellet.experiment.run import Run
from kellet.experiment.verdict.claim import RunClaim
from kellet.experiment.verdict.naming import Naming
from kellet.experiment.verdict.quantiles import figure, interval, over, reach
from kellet.laws import Frequencies
from kellet.metrics import Metric
from kellet.metrics.diversity import RARE_LEVELS, SURVIVING_LEVELS
from kellet.page.colours import colour
from kellet.report import alive, grids, losses, passages, shapes
from kellet.report.alive import TALL
from kellet.report.drawing import WIDTH
from kellet.report.gallery import Panel, Shown, Strip
from kellet.worlds.observable import observable


def draw_strip(run: Run, source: Source | None, claim: RunClaim, namings: Mapping[str, Naming]) -> Strip | None:
    """What generation 0 wrote and what the last one did, in the arms that a claim is about; bars where no first
    replicate was kept, or the real data are gone; None where there is no claim."""
    if claim.worst is None or claim.metric is None:
        return None
    arms = [*run.blocks]
    told = [(claim.worst, 0), (claim.worst, -1), *([(claim.best, -1)] if claim.best else [])]
    wanted = [Shown(arm, arms.index(arm), at, _caption(run, at, namings[arm].title, len(arms) > 1)) for arm, at in told]
    drawn = None
    if source is not None and all(run.specimens(one.arm) for one in wanted):
        drawn = _draw(run, source, wanted, claim.metric)
    places = tuple(one.place if one.at else None for one in wanted)
    return replace(drawn or _draw_bars(run, claim, wanted), places=places)


def _caption(run: Run, at: int, title: str, several: bool) -> str:
    if not at:
        return "generation 0, which learnt from real data"
    return f"generation {run.experiment.generations}{f': {title}' if several else ''}"


def _draw(run: Run, source: Source, wanted: list[Shown], metric: Metric) -> Strip | None:
    """None where what was kept of the first replicate can't be drawn."""
    kept = [run.specimens(one.arm) for one in wanted]
    if isinstance(source, Corpus):
        return passages.strip(run, source, wanted) if all("written" in one and "lost" in one for one in kept) else None
    if isinstance(source, Law) and isinstance(source.truth, Frequencies):
        if all("alive" in one for one in kept):
            return alive.strip(run, source, wanted)
        return losses.strip(run, source, wanted) if all("probabilities" in one for one in kept) else None
    if not all("points" in one for one in kept) or (isinstance(source, Law) and source.truth is None):
        return None
    if isinstance(source, DataSet) and (codebook := source.codebook) is not None:
        if codebook.numeric and not (metric in (SURVIVING_LEVELS, RARE_LEVELS) and codebook.names):
            return shapes.strip(run, source, wanted, codebook.numeric)
        return losses.strip_levels(run, codebook, wanted)
    if isinstance(source, DataSet) and observable(run.experiment.world).pictures(source.heldout[:1]) is not None:
        return grids.strip(run, source, wanted)
    return shapes.strip(run, source, wanted)


def _draw_bars(run: Run, claim: RunClaim, wanted: list[Shown]) -> Strip:
    """How much of the metric there is, as bars with their intervals."""
    metric, panels = claim.metric, []
    assert metric is not None
    found = [interval(over(run, one.arm, metric)[:, one.at]) for one in wanted]
    ends = [end for one in found for end in (one.median, one.high) if np.isfinite(end)]
    top = max((*ends, metric.real or 0.0)) or 1.0
    for one, seen in zip(wanted, found, strict=True):
        low, middle, high = (WIDTH * min(1.0, max(0.0, end / top)) for end in (seen.low, seen.median, seen.high))
        svg = Markup(
            '<svg viewBox="0 0 {} {}" aria-hidden="true"><rect width="{:.1f}" height="{}" fill="{}"/>'
            '<path d="M{:.1f} {}H{:.1f}" stroke="currentColor"/></svg>'
        ).format(WIDTH, TALL, middle, TALL, colour(one.place), low, TALL / 2, high)
        said = f"{metric.title}: {figure(metric, seen.median)} ({reach(metric, seen)})"
        panels.append(Panel(one.caption, f"{one.caption}: {said}", svg=svg, note=said))
    return Strip(tuple(panels), "Bars are medians over replicates; the line across holds 90 % of them.")
