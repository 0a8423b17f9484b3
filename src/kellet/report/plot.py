"""One metric of a run or a sweep, as a picture by itself."""

from __future__ import annotations

from dataclasses import replace

from kellet.errors import InputError
from kellet.experiment.run import Run
from kellet.experiment.sweep import Sweep
from kellet.experiment.verdict.answer import expectations, zeros
from kellet.experiment.verdict.choice import choose_metric
from kellet.metrics import Metric
from kellet.page.plot import Plot
from kellet.page.wording import join
from kellet.report import sweeping
from kellet.report.curves import draw, draw_theory, thin


def plot_run(run: Run, metric: str | None, theory: bool) -> Plot:
    """See `Run.plot`."""
    watched = choose_metric(run, metric)
    if theory:
        return _plot_theory(run, watched)
    zero = zeros(run).get(watched.name)
    arms = [arm for arm in run.blocks if run.has(arm, watched.name)]
    at = thin(len(run.generations))
    chart = draw(run, watched, at, zero, arms).chart
    told = f"Line: the median over {run.replicates:,} replicates. Band: where 90 % of them lie."
    grey = " Grey: the same of fresh samples of real data." if zero else ""
    return Plot(replace(chart, caption=f"{watched.meaning} {told}{grey}"))


def _plot_theory(run: Run, metric: Metric) -> Plot:
    known = expectations(run)
    curves = {arm: found[metric.name] for arm, found in known.items() if metric.name in found}
    if not curves:
        there = list(dict.fromkeys(name for found in known.values() for name in found))
        other = f'plot("{there[0]}", theory=True)' if there else "leaving theory out"
        raise InputError(f"a metric that theory knows here: {', '.join(there) or 'none'}", metric.name, other)
    drawn = draw_theory(run, metric, thin(len(run.generations)), curves)
    told = f"Mean over {run.replicates:,} replicates; dashed, what theory expects: {join(list(drawn.sources))}."
    return Plot(replace(drawn.chart, caption=told))


def plot_sweep(sweep: Sweep, metric: str | None, by: str | None) -> Plot:
    """See `Sweep.plot`."""
    by = by or sweeping.choose_field(sweep)
    sweep.check_field(by)
    watched = sweep.usual if metric is None else choose_metric(sweep.runs[0], metric)
    chart = next(sweeping.draw(sweeping.Last(sweep, watched, by)), None)
    if chart is None:
        raise InputError("a field of the grid that has several numbers", by, f'table("{by}")')
    return Plot(chart)
