"""Several runs beside each other: what is left of each after its last generation, arm by arm, as one page."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from kellet.errors import InputError
from kellet.experiment.run import Run
from kellet.experiment.verdict.quantiles import Interval, interval, over
from kellet.experiment.verdict.summary import headlines
from kellet.metrics import Metric
from kellet.metrics.neighbours import COVERAGE
from kellet.page import script
from kellet.page.palette import colour
from kellet.page.wording import percent
from kellet.report.figures import figure
from kellet.version import __version__

if TYPE_CHECKING:
    from rich.console import Console

FORMAT = "kellet.compare/1"
ACROSS = 3
"""Panels in a row of the figure."""


@dataclass(frozen=True)
class Entry:
    """One arm of one run: its metric at generation 0 and at the last, and the last in units of the first's median."""

    run: str
    arm: str
    start: Interval
    end: Interval
    left: Interval


@dataclass(frozen=True)
class Comparison:
    """Runs beside each other.  generations, replicates: of each run.  arms: in the order in which they first occur."""

    metric: Metric
    runs: tuple[str, ...]
    generations: tuple[int, ...]
    replicates: tuple[int, ...]
    arms: tuple[str, ...]
    entries: tuple[Entry, ...]

    def of(self, run: str, arm: str) -> Entry | None:
        """The entry of an arm in a run, None where the run doesn't have that arm."""
        return next((entry for entry in self.entries if (entry.run, entry.arm) == (run, arm)), None)

    @property
    def headings(self) -> list[str]:
        """Of the table."""
        return [self.metric.title, "generation 0", *self.arms]

    @property
    def rows(self) -> list[list[str]]:
        """Of the table: per run what generation 0 had, then per arm how much of that is left and its 90 % interval."""
        return [[run, self._first(run), *(_cell(self.of(run, arm)) for arm in self.arms)] for run in self.runs]

    def _first(self, run: str) -> str:
        entry = next(entry for entry in self.entries if entry.run == run)
        return figure(self.metric, entry.start.median)

    @property
    def caption(self) -> str:
        """How to read the numbers."""
        generations, replicates = (_span(numbers) for numbers in (self.generations, self.replicates))
        return (
            f"What is left after {generations} generations, as a share of the median of generation 0: median and 90 % "
            f"interval over {replicates} replicates. {self.metric.meaning}"
        )


def compare(runs: Mapping[str, Run], metric: str | None = None) -> str:
    """A page that puts runs beside each other, one family each: a figure, a table, no script, no network.

    runs: by the names that they are to have.  metric: what is compared; None takes the first of coverage, diversity
    and spread that all of them watched.

    >>> import kellet
    >>> settings = dict(world=kellet.worlds.normal(), size=20, generations=5, replicates=4)
    >>> runs = {"mle": kellet.run(family=kellet.families.Gaussian(), **settings),
    ...         "unbiased": kellet.run(family=kellet.families.Gaussian("unbiased"), **settings)}
    >>> compare(runs)[:15]
    '<!doctype html>'
    """
    return html(beside(runs, metric))


def beside(runs: Mapping[str, Run], metric: str | None = None) -> Comparison:
    """What the page says, in numbers; see `compare`."""
    if not runs:
        raise InputError("at least one run", "none", "kellet compare RUN RUN")
    shared = [m for m in next(iter(runs.values())).metrics if all(m in run.metrics for run in runs.values())]
    if metric is None:
        chosen = next((m for m in (COVERAGE, *headlines(tuple(shared)).values()) if m in shared), None)
        if chosen is None:
            raise InputError("runs that watched the same things", ", ".join(runs), "--metric, or runs of like data")
    else:
        chosen = next((m for m in shared if m.name == metric), None)
        if chosen is None:
            raise InputError(
                "a metric that all these runs watched", metric, ", ".join(m.name for m in shared) or "none"
            )
    entries = tuple(_entry(name, run, arm, chosen) for name, run in runs.items() for arm in run.blocks)
    return Comparison(
        chosen,
        tuple(runs),
        tuple(run.experiment.generations for run in runs.values()),
        tuple(run.experiment.replicates for run in runs.values()),
        tuple(dict.fromkeys(entry.arm for entry in entries)),
        entries,
    )


def _entry(name: str, run: Run, arm: str, metric: Metric) -> Entry:
    values = over(run, arm, metric)
    start, end = interval(values[:, 0]), interval(values[:, -1])
    unit = start.median if math.isfinite(start.median) and start.median > 0 else math.nan
    left = Interval(end.median / unit, end.low / unit, end.high / unit)
    return Entry(name, arm, start, end, left)


def named(runs: Mapping[str, Run]) -> dict[str, Run]:
    """Runs by the kind of their family, and by the names that they came with where two are of one kind.

    >>> import kellet
    >>> world, family = kellet.worlds.normal(), kellet.families.Gaussian()
    >>> run = kellet.run(world=world, family=family, size=9, generations=1, replicates=1)
    >>> list(named({"runs/one": run})), list(named({"runs/one": run, "runs/two": run}))
    (['gaussian'], ['gaussian (runs/one)', 'gaussian (runs/two)'])
    """
    kinds = {path: _kind(run) for path, run in runs.items()}
    often = Counter(kinds.values())
    return {kinds[path] if often[kinds[path]] == 1 else f"{kinds[path]} ({path})": run for path, run in runs.items()}


def _kind(run: Run) -> str:
    family: Any = run.experiment.family
    config = getattr(family, "__struct_config__", None)
    return str(config.tag) if config and config.tag else type(family).__name__.lower()


def document(comparison: Comparison) -> dict[str, Any]:
    """One machine-readable document; what is no finite number is None."""
    metric = comparison.metric
    return {
        "format": FORMAT,
        "kellet": __version__,
        "metric": {"name": metric.name, "title": metric.title, "meaning": metric.meaning, "real": metric.real},
        "runs": {
            run: {
                "generations": generations,
                "replicates": replicates,
                "arms": {
                    entry.arm: {key: _numbers(getattr(entry, key)) for key in ("start", "end", "left")}
                    for entry in comparison.entries
                    if entry.run == run
                },
            }
            for run, generations, replicates in zip(
                comparison.runs, comparison.generations, comparison.replicates, strict=True
            )
        },
    }


def render(comparison: Comparison, console: Console) -> None:
    """The same table in a terminal."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title="What is left", caption=comparison.caption, title_justify="left", caption_justify="left")
    for i, heading in enumerate(comparison.headings):
        table.add_column(Text(heading), justify="right" if i else "left")
    for row in comparison.rows:
        # Text, never markup: a name may hold square brackets.
        table.add_row(Text(row[0]), *(Text(cell.replace(" (", "\n(")) for cell in row[1:]))
    console.print(table)


def html(comparison: Comparison) -> str:
    """The page as text: no script, no network."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    return _template().render(
        told=comparison, policy=policy, style=script.style(), figure=Markup(svg(comparison)), version=__version__
    )


def svg(comparison: Comparison) -> str:
    """The figure: a panel for each arm, a row for each run, a dot and its interval."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(chart(comparison))
    # Scaled by the page, not by its own numbers.
    return drawn.replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


def chart(comparison: Comparison) -> dict[str, Any]:
    """The figure as a Vega-Lite specification."""
    ends = [e.left.high for e in comparison.entries if math.isfinite(e.left.high)]
    # A loop that runs away would press all others against the axis.
    top = min(max([1.05, *ends]), 2.0)
    rows = {arm: [_dot(entry, top) for entry in comparison.entries if entry.arm == arm] for arm in comparison.arms}
    x = {"type": "quantitative", "title": None, "scale": {"domain": [0, top], "nice": False, "clamp": True},
         "axis": {"format": "%", "tickCount": 5, "gridColor": "#ececec"}}  # fmt: skip
    panels = [
        {
            "title": arm, "width": 190, "height": {"step": 22}, "data": {"values": [dot for dot in rows[arm] if dot]},
            "layer": [
                {"data": {"values": [{"one": 1}]}, "mark": {"type": "rule", "strokeDash": [4, 4], "color": "#888"},
                 "encoding": {"x": x | {"field": "one"}}},
                {"mark": {"type": "rule", "strokeWidth": 2, "color": colour(i)},
                 "encoding": {"x": x | {"field": "low"}, "x2": {"field": "high"}, "y": _across(comparison, i)}},
                {"mark": {"type": "point", "filled": True, "size": 55, "opacity": 1, "color": colour(i)},
                 "encoding": {"x": x | {"field": "median"}, "y": _across(comparison, i)}},
            ],
        }
        for i, arm in enumerate(comparison.arms)
    ]  # fmt: skip
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "concat": panels, "columns": ACROSS,
        "spacing": 24, "background": "white", "padding": 12,
        "config": {"font": "sans-serif", "view": {"stroke": None}, "title": {"fontSize": 12, "anchor": "start"}},
    }  # fmt: skip


def _across(comparison: Comparison, panel: int) -> dict[str, Any]:
    """The axis of runs; named in the first panel of each row."""
    axis = {"labels": panel % ACROSS == 0, "ticks": False, "domain": False, "labelLimit": 220, "labelFontSize": 12}
    return {"field": "run", "type": "nominal", "title": None, "sort": None, "axis": axis,
            "scale": {"domain": list(comparison.runs)}}  # fmt: skip


def _dot(entry: Entry, top: float) -> dict[str, Any] | None:
    if math.isnan(entry.left.median):
        return None
    low, median, high = (min(value, top) for value in (entry.left.low, entry.left.median, entry.left.high))
    return {"run": entry.run, "low": low, "median": median, "high": high}


def _cell(entry: Entry | None) -> str:
    if entry is None or math.isnan(entry.left.median):
        return "–"
    median, low, high = (_share(value) for value in (entry.left.median, entry.left.low, entry.left.high))
    return f"{median} ({low.removesuffix(' %')} to {high})"


def _share(value: float) -> str:
    return percent(value) if math.isfinite(value) else "∞"


def _numbers(over: Interval) -> dict[str, float | None]:
    numbers = {"median": over.median, "low": over.low, "high": over.high}
    return {key: value if np.isfinite(value) else None for key, value in numbers.items()}


def _span(numbers: tuple[int, ...]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("compare.html.j2")
