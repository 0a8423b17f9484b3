"""Several runs beside each other: what is left of each after its last generation, arm by arm."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from kellet.errors import InputError
from kellet.experiment.run import Run
from kellet.experiment.verdict.figures import figure, percent
from kellet.experiment.verdict.quantiles import Interval, interval, over
from kellet.experiment.verdict.summary import headlines
from kellet.metrics import Metric
from kellet.page.answer import Answer
from kellet.page.document import Document
from kellet.page.table import Table
from kellet.report.dots import Entry, draw

NOTES = (
    "Each run is measured against its own generation 0, which some families reach a good model in and others don't: a "
    "family that begins badly has little to lose. The second column says where each began.",
    "The numbers hold for these data, these sizes and this training. How much real data a practical system needs "
    "depends on all three, and is an open question.",
)


class ComparedMetric(msgspec.Struct, frozen=True):
    """What is compared.  real: what real data score, if that is one number."""

    name: str
    title: str
    meaning: str
    real: float | None


class ComparedArm(msgspec.Struct, frozen=True):
    """The metric at generation 0 and at the last one, and what that is in units of the former's median."""

    start: Interval
    end: Interval
    left: Interval


class ComparedRun(msgspec.Struct, frozen=True):
    """One run, arm by arm."""

    generations: int
    replicates: int
    arms: dict[str, ComparedArm]


class ComparisonDocument(Document, frozen=True, kw_only=True, tag="kellet/compare/1"):
    """What ``kellet compare`` found."""

    metric: ComparedMetric
    runs: dict[str, ComparedRun]


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
    def sentences(self) -> tuple[str, ...]:
        """Which run keeps most and which least, arm by arm."""
        return tuple(self._ends()) or (f"Nothing of {self.metric.title} can be compared.",)

    def answer(self) -> Answer:
        """For people and programs."""
        generations, replicates = (_span(numbers) for numbers in (self.generations, self.replicates))
        metric = self.metric
        caption = (
            f"What is left after {generations} generations, as a share of the median of generation 0: median and 90 % "
            f"interval over {replicates} replicates. {metric.meaning}"
        )
        headings = (metric.title, "generation 0", *self.arms)
        rows = tuple((run, self._first(run), *(_cell(self.of(run, arm)) for arm in self.arms)) for run in self.runs)
        return Answer(
            title="What is left, side by side",
            sentences=self.sentences,
            document=self._document,
            tables=(Table("What is left", headings, rows, caption),),
            charts=(draw(self.entries, self.runs, self.arms),),
            notes=NOTES,
            lede=f"The closed loops of {len(self.runs)} run{'' if len(self.runs) == 1 else 's'}, compared by "
            f"{metric.title}.",
        )

    def _repr_html_(self) -> str:
        return self.answer()._repr_html_()

    def _ends(self) -> Iterator[str]:
        title = self.metric.title[:1].upper() + self.metric.title[1:]
        for arm in self.arms:
            known = [e for run in self.runs if (e := self.of(run, arm)) and not math.isnan(e.left.median)]
            known.sort(key=lambda entry: -entry.left.median)
            if len(known) == 1:
                yield f"{title} left in “{arm}”: {_share_of(known[0])}, in {known[0].run}."
            elif known:
                most, least = (f"{entry.run}, {_share_of(entry)}" for entry in (known[0], known[-1]))
                yield f"{title} left in “{arm}”: most in {most}; least in {least}."

    def _first(self, run: str) -> str:
        entry = next(entry for entry in self.entries if entry.run == run)
        return figure(self.metric, entry.start.median)

    def _document(self) -> ComparisonDocument:
        metric = self.metric
        runs = {
            run: ComparedRun(
                generations, replicates,
                {e.arm: ComparedArm(e.start, e.end, e.left) for e in self.entries if e.run == run},
            )
            for run, generations, replicates in zip(self.runs, self.generations, self.replicates, strict=True)
        }  # fmt: skip
        what = ComparedMetric(metric.name, metric.title, metric.meaning, metric.real)
        return ComparisonDocument(sentence=" ".join(self.sentences), metric=what, runs=runs)


def compare(runs: Mapping[str, Run | str | Path], metric: str | None = None) -> Comparison:
    """Put runs, or the folders of finished ones, beside each other, one family each.

    runs: by the names that they are to have.  metric: what is compared; None takes the first of coverage, diversity
    and spread that all of them watched.

    >>> import kellet
    >>> settings = dict(world=kellet.worlds.normal(), size=20, generations=5, replicates=4)
    >>> runs = {"mle": kellet.run(family=kellet.families.Gaussian(), **settings),
    ...         "unbiased": kellet.run(family=kellet.families.Gaussian("unbiased"), **settings)}
    >>> compare(runs).answer().tables[0].headings
    ('variance', 'generation 0', 'replace')
    """
    if not runs:
        raise InputError("at least one run", "none", "kellet compare RUN RUN")
    read = {name: run if isinstance(run, Run) else Run.read(run) for name, run in runs.items()}
    chosen = _choose(list(read.values()), metric, ", ".join(read))
    entries = tuple(_entry(name, run, arm, chosen) for name, run in read.items() for arm in run.blocks)
    return Comparison(
        chosen,
        tuple(read),
        tuple(run.experiment.generations for run in read.values()),
        tuple(run.experiment.replicates for run in read.values()),
        tuple(dict.fromkeys(entry.arm for entry in entries)),
        entries,
    )


def _choose(runs: Sequence[Run], metric: str | None, names: str) -> Metric:
    """The metric of that name, or the first that stands for coverage, diversity or spread, which all of them have."""
    shared = {m.name: m for m in runs[0].metrics if all(m in run.metrics for run in runs)}
    if metric is not None:
        if metric not in shared:
            raise InputError("a metric that all these runs watched", metric, ", ".join(shared) or "none")
        return shared[metric]
    usual = shared.get("coverage") or next(iter(headlines(tuple(shared.values())).values()), None)
    if usual is None:
        raise InputError("runs that watched the same things", names, "--metric, or runs of like data")
    return usual


def _entry(name: str, run: Run, arm: str, metric: Metric) -> Entry:
    values = over(run, arm, metric)
    start, end = interval(values[:, 0]), interval(values[:, -1])
    unit = start.median if math.isfinite(start.median) and start.median > 0 else math.nan
    left = Interval(end.median / unit, end.low / unit, end.high / unit)
    return Entry(name, arm, start, end, left)


def by_family(runs: Mapping[str, Run]) -> dict[str, Run]:
    """Runs by the kind of their family, and by the names that they came with where two are of one kind.

    >>> import kellet
    >>> world, family = kellet.worlds.normal(), kellet.families.Gaussian()
    >>> run = kellet.run(world=world, family=family, size=9, generations=1, replicates=1)
    >>> list(by_family({"runs/one": run})), list(by_family({"runs/one": run, "runs/two": run}))
    (['gaussian'], ['gaussian (runs/one)', 'gaussian (runs/two)'])
    """
    kinds = {path: _kind(run) for path, run in runs.items()}
    often = Counter(kinds.values())
    return {kinds[path] if often[kinds[path]] == 1 else f"{kinds[path]} ({path})": run for path, run in runs.items()}


def _kind(run: Run) -> str:
    family: Any = run.experiment.family
    config = getattr(family, "__struct_config__", None)
    return str(config.tag) if config and config.tag else type(family).__name__.lower()


def _cell(entry: Entry | None) -> str:
    return "–" if entry is None or math.isnan(entry.left.median) else _share_of(entry).replace(" (", "\n(")


def _share_of(entry: Entry) -> str:
    median, low, high = (
        percent(v) if math.isfinite(v) else "∞" for v in (entry.left.median, entry.left.low, entry.left.high)
    )
    return f"{median} ({low.removesuffix(' %')} to {high})"


def _span(numbers: tuple[int, ...]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
