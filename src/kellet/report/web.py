"""The web: what a page says of arms in which many writers learn from one pool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kellet.data.source import Source
from kellet.evidence import Array
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.experiment.run import Run
from kellet.experiment.verdict.quantiles import HIGH, LOW, Interval, figure, interval, over, quantiles, reach
from kellet.experiment.verdict.summary import Summary, find_since
from kellet.loop.pool.settings import Writer, spread
from kellet.loop.sizes import size_at
from kellet.metrics import Metric, find_metric
from kellet.metrics.between import BETWEEN
from kellet.page.table import Table
from kellet.page.wording import join, number, percent, spell
from kellet.report.alive import Survey, survey
from kellet.report.curves import Curves, draw, thin
from kellet.worlds.observable import observable

LOST = 0.9
"""Of what generation 0 had: who has less has lost a tenth."""
WIDTH, HEIGHT = 360, 200
"""Of small charts."""
FIRST = ("model_share", "model_share_read", "tail_anywhere", "writers_distance")
"""What is shown first of what there is between writers."""
TEXTS = {
    "model_share": (
        "How much of the pool models wrote",
        "Of all text that lies in the pool, the share that models wrote, before any filter. Of arms that are alike in "
        "this only the last line is seen.",
    ),
    "model_share_read": (
        "How much of what is read models wrote",
        "The same of what the models really learn from: after the filter, and beside old text from a vault. The mean "
        "of all models.",
    ),
    "tail_anywhere": (
        "Rare things that any model still knows",
        "Of the rarest tenth of the real data, the share that at least one of the models can still write: what none "
        "can write they don't read from each other either. The axis does not begin at 0.",
    ),
    "writers_distance": (
        "How differently two models write",
        "{} The mean of all pairs. Each has read another sample, so they differ from the start; it falls where all "
        "read the same. The axis does not begin at 0.",
    ),
    "differentiation": (
        "How much of all that varies lies between models",
        "0 would be models that are all alike. It is ruled by what is frequent, on which all of them agree; it falls "
        "where all of them learn from the same few sources.",
    ),
}  # fmt: skip
"""Name -> the title of a chart, and how to read it."""
SHORT = {
    "model_share": "models wrote of the pool", "model_share_read": "of what is read",
    "tail_anywhere": "rare things that any model knows", "writers_distance": "how far two models differ",
}  # fmt: skip
BEGUN = " Grey is where nine in ten lie that learnt from as much real data alone: what chance does by itself."
NAMED = 8
"""Writers that are named in a sentence, at most."""
MARGIN = 0.02
"""Of a chart, above and below what is drawn."""


@dataclass(frozen=True)
class Figure:
    """One chart.  text: how to read it."""

    name: str
    title: str
    text: str
    curves: Curves


@dataclass(frozen=True)
class WebPart:
    """All that a page says of pools.

    lede: who learns from what.  alone: whether all arms have a pool.  end: what came of it.  figures, more:
    charts of what is between writers, those that come first and others.  writers: one of each writer.  kept: what
    these show.  table: writer by writer.  survey: by how many of them rare things can still be written.
    """

    lede: str
    alone: bool
    end: Table
    figures: tuple[Figure, ...]
    more: tuple[Figure, ...]
    writers: tuple[Figure, ...]
    kept: Metric | None
    table: Table | None
    survey: Survey | None

    @property
    def charts(self) -> tuple[Figure, ...]:
        """All of them."""
        return (*self.figures, *self.more, *self.writers)


def show_web(run: Run, summary: Summary, source: Source | None) -> WebPart | None:
    """What a page says of the arms that have a pool; None where none has."""
    experiment = run.experiment
    arms = [name for name, arm in experiment.arms.items() if arm.pool is not None]
    if not arms:
        return None
    kept = summary.parts.get("rare") or next(iter(summary.parts.values()), None)
    between = {figure.name: figure for figure in _between(run, arms)}
    return WebPart(
        _lead(experiment, arms), len(arms) == len(experiment.arms), _sum_up(run, arms),
        tuple(between[name] for name in FIRST if name in between),
        tuple(one for name, one in between.items() if name not in FIRST),
        tuple(_each(run, arms, kept)) if kept else (), kept, _table(run, arms, kept) if kept else None,
        survey(run, source),
    )  # fmt: skip


def _writers(arm: Arm) -> dict[str, Writer]:
    return spread(arm.writers)


def _lead(experiment: Experiment, arms: Sequence[str]) -> str:
    """Who learns from what."""
    known = [_writers(experiment.arms[arm]) for arm in arms]
    alike = all(one == known[0] for one in known)
    names, unit = [*known[0]], observable(experiment.world).unit
    sizes = sorted({size_at(w.size or experiment.size, 0) for one in known for w in one.values()})
    reads = f"{number(sizes[0])}{f' to {number(sizes[-1])}' if len(sizes) > 1 else ''} {unit}"
    where = "Here" if len(arms) == len(experiment.arms) else f"In {join([f'“{arm}”' for arm in arms])}"
    who = f"{spell(len(names))} models" if alike else "several models"
    called = f" ({join(names)})" if alike and 1 < len(names) <= NAMED else ""
    return (
        f"{where} {who}{called} learn side by side. In generation 0 each learns from real data alone, {reads} of them. "
        "In every generation after that (think of a year) people write, all models write, and each model learns again "
        "from as much as before, drawn from a common pool in which the writing of all of them lies."
    )


def _sum_up(run: Run, arms: Sequence[str]) -> Table:
    """Arm by arm what became of the pool, and of what is between writers."""
    metrics = [metric for metric in BETWEEN if metric.name in FIRST and any(_has(run, arm, metric) for arm in arms)]
    metrics.sort(key=lambda metric: FIRST.index(metric.name))
    rows = [(arm, *(_end(run, arm, metric) if _has(run, arm, metric) else "–" for metric in metrics)) for arm in arms]
    headings = [SHORT[metric.name] for metric in metrics]
    caption = "Medians over replicates; below them where nine in ten replicates lie, and what it was in generation 0."
    return Table(f"The pool at generation {run.experiment.generations}", ("arm", *headings), tuple(rows), caption)


def _end(run: Run, arm: str, metric: Metric) -> str:
    values = over(run, arm, metric)
    begin, end = interval(values[:, 0]), interval(values[:, -1])
    if end.low == end.high:
        return figure(metric, end.median)
    return "\n".join([figure(metric, end.median), reach(metric, end), f"was {figure(metric, begin.median)}"])


def _has(run: Run, arm: str, metric: Metric) -> bool:
    """Whether an arm has numbers of what is between writers."""
    return run.has(arm, metric.name) and bool(np.isfinite(run.values(arm, metric.name)).any())


def _between(run: Run, arms: Sequence[str]) -> Iterator[Figure]:
    """What there is between writers, or of all of them together."""
    at = thin(len(run.generations))
    for metric in BETWEEN:
        if not (have := [arm for arm in arms if _has(run, arm, metric)]):
            continue
        pooled = metric.name.startswith("model_share")
        zero = None if pooled else _begin(run, have, metric)
        title, text = TEXTS.get(metric.name, (metric.title.capitalize(), metric.meaning))
        values = [over(run, arm, metric) for arm in have]
        frame = (0.0, 1.0) if pooled else _frame(values) if metric.name in FIRST else None
        curves = draw(run, metric, at, zero, have, frame=frame)
        yield Figure(metric.name, title, text.replace("{}", metric.meaning) + (BEGUN if zero else ""), curves)


def _each(run: Run, arms: Sequence[str], kept: Metric) -> Iterator[Figure]:
    """What each writer keeps of what it began with, on the same axis."""
    at, values = thin(len(run.generations)), dict[str, dict[str, Array]]()
    for arm in arms:
        for name in run.members(arm):
            values.setdefault(name, {})[arm] = over(run, arm, find_metric(f"{kept.name}@{name}"))
    first = {name: float(np.median(np.concatenate([v[:, 0] for v in own.values()]))) for name, own in values.items()}
    units = {name: unit if 0 < unit < np.inf else 1.0 for name, unit in first.items()}
    frame = _frame([v / units[name] for name, own in values.items() for v in own.values()])
    for name, own in values.items():
        metric = find_metric(f"{kept.name}@{name}")
        zero = _begin(run, [*own], metric)
        curves = draw(run, metric, at, zero, [*own], units[name], frame, width=WIDTH, height=HEIGHT)
        yield Figure(metric.name, name, f"At first {figure(kept, first[name])}, which is 100 % here.", curves)


def _frame(values: Sequence[Array]) -> tuple[float, float] | None:
    """Where an axis begins and ends that shows nine in ten of each; None where there is nothing to see."""
    ends = np.concatenate([quantiles(one, (LOW, HIGH)).ravel() for one in values]) if values else np.zeros(0)
    ends = ends[np.isfinite(ends)]
    if not len(ends) or ends.min() == ends.max():
        return None
    room = MARGIN * (ends.max() - ends.min())
    return float(ends.min() - room), float(ends.max() + room)


def _begin(run: Run, arms: Sequence[str], metric: Metric) -> Interval | None:
    """Where nine in ten lie that have learnt from real data alone; None where arms begin with different writers."""
    settings = run.experiment.arms
    if any((settings[arm].writers, settings[arm].prior) != (settings[arms[0]].writers, None) for arm in arms):
        return None
    # Those that draw from one vault are more alike than chance makes them.
    bare = [arm for arm in arms if settings[arm].anchor is None]
    return interval(np.concatenate([over(run, arm, metric)[:, 0] for arm in bare or arms]))


def _table(run: Run, arms: Sequence[str], kept: Metric) -> Table | None:
    """Writer by writer and arm by arm what it read, what it lost, and when."""
    members = list(dict.fromkeys(name for arm in arms for name in run.members(arm)))
    if not members:
        return None
    rows = [
        (
            _describe(run, arms, name),
            *(_cell(run, arm, kept, name) if name in run.members(arm) else "–" for arm in arms),
        )
        for name in members
    ]
    caption = (
        f"First line: {kept.title} at generation {run.experiment.generations}, the median over replicates; below it "
        "where nine in ten replicates lie, and what it was in generation 0. Then: how much of what the model read last "
        "models wrote, and the generation from which on it has lost a tenth of what it began with, if it has. Under "
        f"each name: how many {observable(run.experiment.world).unit} it reads in a generation, and how much of what "
        "all models write is its own."
    )
    return Table("Model by model: what it kept, what it read, and when it lost", ("model", *arms), tuple(rows), caption)


def _describe(run: Run, arms: Sequence[str], name: str) -> str:
    """Who that is, where it is the same in all arms."""
    settings = run.experiment.arms
    known = [one[name] for arm in arms if name in (one := _writers(settings[arm]))]
    if any(one != known[0] for one in known):
        return name
    size = size_at(known[0].size or run.experiment.size, 1)
    return f"{name}\nreads {number(size)}\nwrites {percent(known[0].share or 0.0)}"


def _cell(run: Run, arm: str, kept: Metric, name: str) -> str:
    values, share = over(run, arm, find_metric(f"{kept.name}@{name}")), find_metric("model_share_read")
    end, (medians,) = interval(values[:, -1]), quantiles(values, (0.5,))
    read = figure(share, float(np.median(run.values(arm, f"{share.name}@{name}")[:, -1])))
    lines = [figure(kept, end.median), reach(kept, end), f"was {figure(kept, float(medians[0]))}", f"{read} by models"]
    if not kept.lower and (since := find_since(medians, run.generations, LOST * medians[0])):
        lines.append(f"less from {since} on")
    return "\n".join(lines)
