"""The page of a sweep: curves over the fields of its grid, and tables in the colour of what is left."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from markupsafe import Markup

from kellet.evidence import Array
from kellet.experiment.sweep import Sweep
from kellet.experiment.values import show_value
from kellet.experiment.verdict.quantiles import Interval, figure, reach
from kellet.metrics import Metric
from kellet.page.answer import Answer
from kellet.page.axis import Axis, find_step
from kellet.page.chart import Chart, Level, Line
from kellet.page.claim import Claim, Origin, name_file
from kellet.page.colours import colour
from kellet.page.html import fill
from kellet.page.picture import Picture
from kellet.page.wording import join
from kellet.worlds.observable import observable

MOST = 7
"""Lines of a chart that are values of a field."""
CELLS = 1_000
"""Arms at points of the grid up to which all metrics are drawn, and not the one alone that the page is about."""
STEEP = 5.0
"""How many times as large the largest value of a field is as the smallest, from which on its axis is logarithmic."""
CAPTION = "The line is the median at the last generation, the band where 90 % of replicates lie."
TOO_FEW = 1e-15
"""Of the largest median, what is drawn as nothing on a logarithmic axis."""


@dataclass(frozen=True)
class Last:
    """One metric at the last generation: arm -> (R,) for every point of the grid.  by: the field that it is shown
    over."""

    sweep: Sweep
    metric: Metric
    by: str

    @cached_property
    def values(self) -> dict[str, list[Array]]:
        """Of the arms that have it."""
        arms = (arm for arm in self.sweep.runs[0].blocks if self.sweep.runs[0].has(arm, self.metric.name))
        return {arm: self.sweep.last(arm, self.metric) for arm in arms}

    def pool(self, arm: str, *fields: str) -> list[tuple[tuple[Any, ...], Interval]]:
        """As of a sweep."""
        return self.sweep.pool(self.values[arm], *fields)


def answer(sweep: Sweep, by: str | None = None, metric: str | None = None) -> Answer:
    """What a sweep found, with its pictures.  by: the field that curves are drawn over; None: the number that has most
    values.  metric: what it is about; None: the usual one."""
    by, watched = by or choose_field(sweep), sweep.find(metric)
    told = sweep.answer(by, watched.name)
    few = len(sweep.runs) * len(sweep.runs[0].blocks) <= CELLS
    others = [one for one in sweep.metrics if few and one.name != watched.name]
    last = Last(sweep, watched, by)
    charts = [*draw(last), *draw_apart(last)]
    charts += [chart for one in others for chart in draw(Last(sweep, one, by))]
    charts[:1] = [replace(chart, wide=True) for chart in charts[:1]]
    first, *rest = told.tables
    fields = [sweep.tabulate(field, watched) for field in sweep.axes if field != by]
    return replace(
        told, title=f"What becomes of {observable(sweep.experiment.world).subject}, over {' and '.join(sweep.axes)}",
        charts=(*charts, *show_heat(last)), tables=(first, *fields, *rest),
        claim=make_claim(last), origin=name_origin(sweep),
        key=tuple(sweep.runs[0].blocks) if charts else (),
    )  # fmt: skip


def choose_field(sweep: Sweep) -> str:
    """The field whose values are numbers, and of several the one that has most of them; or the first."""
    counts = {field: len(values) for field, values in sweep.axes.items() if is_numeric(values)}
    return max(counts, key=lambda field: counts[field]) if counts else next(iter(sweep.axes))


def is_numeric(values: Sequence[object]) -> bool:
    """Whether values of a field can stand on an axis."""
    return len(values) > 1 and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def name_origin(sweep: Sweep) -> Origin:
    """Which data, seed, date and command."""
    experiment, status = sweep.experiment, sweep.folder.status() if sweep.folder else None
    world = observable(experiment.world)
    path = getattr(experiment.world, "path", "")
    data = name_file(path, getattr(experiment.world, "columns", None) or ()) if path else world.describe()
    grid = (f"{field} at {len(values)} values" for field, values in sweep.axes.items())
    settings = (*grid, f"{experiment.replicates:,} replicates", f"seed {experiment.seed}")
    kept = (name_file(str(sweep.folder)),) if sweep.folder else ()
    return Origin(data, (*settings, *kept), status.started if status else "", status.call if status else ())


def make_claim(last: Last) -> Claim | None:
    """What the field changes most: of which arm, from what to what."""
    sweep, metric, by = last.sweep, last.metric, last.by
    changes: list[tuple[float, str, tuple[object, Interval], tuple[object, Interval]]] = []
    for arm in last.values:
        pooled = last.pool(arm, by)
        ((low,), one), ((high,), other) = pooled[0], pooled[-1]
        if math.isfinite(one.median) and math.isfinite(other.median):
            changes.append((abs(one.median - other.median), arm, (low, one), (high, other)))
    if not changes:
        return None
    _, arm, (low, one), (high, other) = max(changes, key=lambda change: change[0])
    unit = metric.unit.replace("{things}", observable(sweep.experiment.world).things)
    what = f" {unit}" if unit else f" ({metric.title})"
    verb = " keeps" if unit else ":"
    text = (
        f"“{arm}”{verb} {figure(metric, other.median)}{what} at {by} {show_value(high)}, and "
        f"{figure(metric, one.median)} at {by} {show_value(low)}"
    )
    span = f"90 % of replicates: {reach(metric, other)}, and {reach(metric, one)}"
    zero = sweep.zero(metric)
    others = sweep.name(arm, by).removeprefix(arm).strip(" ()")
    span += f"; pooled over {others}" if others else ""
    return Claim(text, span + (f"; a fresh real sample: {figure(metric, zero.median)}" if zero else ""))


def draw(last: Last) -> Iterator[Chart]:
    """A line for each arm, over one field; none where its values are no numbers."""
    sweep, by = last.sweep, last.by
    if not is_numeric(sweep.axes[by]):
        return
    places = {arm: i for i, arm in enumerate(sweep.runs[0].blocks)}
    lines = [_line(arm, last.pool(arm, by), places[arm]) for arm in last.values]
    # Where a field makes no difference all bands would lie over each other.
    flat = {arm for arm in last.values if not sweep.varies(arm, by)}
    lines = [replace(line, low=None, high=None) if line.name in flat else line for line in lines]
    others = [field for field in sweep.axes if field != by and any(sweep.varies(arm, field) for arm in last.values)]
    caption = f" Pooled over {join(others)}." if others else ""
    caption += f" Without a band: arms that have no {by}." if flat else ""
    yield _frame(last, f"{_head(last)} by {by}", lines, caption)


def draw_apart(last: Last) -> Iterator[Chart]:
    """Of each arm that a second field makes a difference to, a line for each of its values."""
    sweep, by = last.sweep, last.by
    if not is_numeric(sweep.axes[by]):
        return
    for arm in last.values:
        other = choose_other(sweep, arm, by)
        if other is None:
            continue
        values = sweep.axes[other]
        shown = sorted({round(k) for k in np.linspace(0, len(values) - 1, min(MOST, len(values)))})
        found = last.pool(arm, other, by)
        lines = [
            _line(f"{other} {show_value(values[k])}", [(at[1:], one) for at, one in found if at[0] == values[k]], i)
            for i, k in enumerate(shown, len(sweep.runs[0].blocks))
        ]
        yield _frame(last, f"{_head(last)} in “{arm}”", lines)


def choose_other(sweep: Sweep, arm: str, by: str) -> str | None:
    """A second field that makes a difference to an arm, if the first does, too: the one that has most values."""
    others = [field for field in sweep.axes if field != by and sweep.varies(arm, field)]
    return max(others, key=lambda field: len(sweep.axes[field])) if others and sweep.varies(arm, by) else None


def _line(name: str, found: Sequence[tuple[tuple[object, ...], Interval]], arm: int) -> Line:
    x = np.array([float(at[0]) for at, _ in found])  # type: ignore[arg-type]
    low, mid, high = (np.array([getattr(one, end) for _, one in found]) for end in ("low", "median", "high"))
    order = np.argsort(x)
    return Line(name, x[order], mid[order], arm, low[order], high[order])


def _head(last: Last) -> str:
    return f"{last.metric.title[0].upper()}{last.metric.title[1:]}"


def _frame(last: Last, title: str, lines: list[Line], more: str = "") -> Chart:
    """Lines in their axes, with the zero."""
    metric, by, zero = last.metric, last.by, last.sweep.zero(last.metric)
    medians = _known([line.y for line in lines] + ([np.array([zero.median])] if zero else []))
    highs = _known([line.high for line in lines if line.high is not None])
    x = np.concatenate([line.x for line in lines])
    steep = bool(x.min() > 0 and x.max() >= STEEP * x.min())
    across = Axis(by, float(x.min()), float(x.max()), logarithmic=steep)
    unit = f"{metric.title}, at the last generation"
    positive = medians[medians > 0]
    if metric.logarithmic and positive.size and positive.max() > 1000 * positive.min():
        bottom = max(positive.min() / 3, positive.max() * TOO_FEW)
        up = Axis(unit, float(bottom), float(3 * positive.max()), logarithmic=True, share=metric.share)
    else:
        top = min(highs.max(initial=0.0), 2.5 * medians.max(initial=0.0)) or 1.0
        low, high = float(min(0.0, medians.min(initial=0.0))), float(max(top, medians.max(initial=0.0)))
        step = find_step((high - low) / 5)
        low, high = math.floor(low / step) * step, math.ceil(high / step) * step
        up = Axis(unit, low, high, share=metric.share)
    level = [Level("a fresh real sample", zero.median, *_ends(zero))] if zero else []
    below = f" Grey: {'where 90 % of fresh real samples lie' if zero.low < zero.high else 'real data'}." if zero else ""
    return Chart(title, lines, across, up, level, f"{CAPTION}{below}{more}")


def _known(parts: Sequence[Array]) -> Array:
    every = np.concatenate(parts) if parts else np.zeros(0)
    return every[np.isfinite(every)]


def _ends(zero: Interval) -> tuple[float, float] | tuple[None, None]:
    return (zero.low, zero.high) if zero.low < zero.high else (None, None)


@dataclass(frozen=True)
class Warmth:
    """A cell of a table in colour.  part: how much of the colour it has, in per cent; which is no more than can be
    read on."""

    shown: str
    between: str
    part: int


def show_heat(last: Last) -> Iterator[Picture]:
    """Of each arm that two fields make a difference to, a table whose cells have the more colour, the more is left."""
    sweep, metric, by = last.sweep, last.metric, last.by
    for arm in last.values:
        other = choose_other(sweep, arm, by)
        if other is None:
            continue
        found = last.pool(arm, other, by)
        known = _known([np.array([one.median for _, one in found])])
        least, most = known.min(initial=0.0), known.max(initial=0.0)
        cells = [
            Warmth(figure(metric, one.median), reach(metric, one), _warm(one.median, least, most)) for _, one in found
        ]
        across = len(sweep.axes[by])
        rows = [(show_value(v), cells[i * across : (i + 1) * across]) for i, v in enumerate(sweep.axes[other])]
        shown = fill(
            "heat.html.j2", "kellet.report", rows=rows, columns=[show_value(v) for v in sweep.axes[by]], by=by,
            other=other, hue=colour(4), title=f"{_head(last)} in “{arm}”, by {other} and {by}",
        )  # fmt: skip
        caption = (
            "The more colour, the larger the median at the last generation; below it where 90 % of replicates lie."
        )
        yield Picture(f"{_head(last)} in “{arm}”, by {other} and {by}", Markup(shown), caption)


def _warm(value: float, least: float, most: float) -> int:
    if not math.isfinite(value) or most <= least:
        return 0
    return round(40 * (value - least) / (most - least))
