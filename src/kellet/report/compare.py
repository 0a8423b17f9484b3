"""Several runs beside each other: what is left of each after its last generation, arm by arm."""

from __future__ import annotations

import math
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from kellet.characters import reveal
from kellet.data.sight import Sight
from kellet.errors import InputError
from kellet.experiment.box import box, see
from kellet.experiment.run import Run
from kellet.experiment.running.status import name_call
from kellet.experiment.verdict.absorption import absorption_of
from kellet.experiment.verdict.quantiles import Interval, figure, interval, over
from kellet.experiment.verdict.summary import headlines
from kellet.families.abilities import abilities
from kellet.metrics import Metric, match_metrics
from kellet.metrics.neighbours import COVERAGE
from kellet.page.answer import Answer
from kellet.page.claim import Claim, Origin, name_file
from kellet.page.document import Document
from kellet.page.table import Table
from kellet.page.wording import join
from kellet.report.beside import draw_beside, tell
from kellet.struct import checked
from kellet.worlds.observable import observable

NOTES = (
    "Each run is measured against its own generation 0, which some families reach a good model in and others don't: a "
    "family that begins badly has little to lose. The second column says where each began.",
    "The numbers hold for these data, these sizes and this training. How much real data a practical system needs "
    "depends on all three, and is an open question.",
)


class ComparisonMetric(msgspec.Struct, frozen=True):
    """What is compared.  real: what real data score, if that is one number."""

    name: str
    title: str
    meaning: str
    real: float | None


class ComparisonArm(msgspec.Struct, frozen=True):
    """The metric at generation 0 and at the last one, and what that is in units of the former's median, over the
    replicates that count: in those that are emptied nothing was left to learn from.  absorbed: those that can't move.
    """

    start: Interval
    end: Interval
    left: Interval
    emptied: int = 0
    absorbed: int = 0


class ComparisonRun(msgspec.Struct, frozen=True):
    """One run, arm by arm.

    world: its data, in words; data: what was seen in them.  folder, begun, command: where it is kept, and when and how
    it was made, if it is kept.
    """

    generations: int
    replicates: int
    arms: dict[str, ComparisonArm]
    world: str
    seed: int
    folder: str | None = None
    begun: str | None = None
    command: tuple[str, ...] = ()
    data: Sight | None = None

    @property
    def origin(self) -> str:
        """Which data, seed, folder, date and command."""
        kept = f"; {self.folder}" if self.folder else ""
        when = f", begun {self.begun[:10]} by {shlex.join(self.command)}" if self.begun else ""
        span = f"{self.generations:,} generations, {self.replicates:,} replicates, seed {self.seed}"
        return f"{self.world}; {span}{kept}{when}"


class ComparisonDocument(Document, frozen=True, kw_only=True, tag="kellet/compare/1"):
    """What ``kellet compare`` found."""

    metric: ComparisonMetric
    runs: dict[str, ComparisonRun]


@dataclass(frozen=True)
class Comparison:
    """Runs beside each other, by the names that they were given.  command: what put them there."""

    metric: Metric
    runs: dict[str, ComparisonRun]
    command: tuple[str, ...] = ()

    @property
    def left(self) -> dict[str, dict[str, Interval]]:
        """Arm -> run -> what is left of the metric, in units of generation 0's median; where anything can be said."""
        arms = dict.fromkeys(arm for run in self.runs.values() for arm in run.arms)
        return {
            arm: {
                name: run.arms[arm].left
                for name, run in self.runs.items()
                if arm in run.arms and not math.isnan(run.arms[arm].left.median)
            }
            for arm in arms
        }

    @property
    def sentences(self) -> tuple[str, ...]:
        """Which run keeps most and which least, arm by arm."""
        title, found = self.metric.title[:1].upper() + self.metric.title[1:], []
        for arm, there in self.left.items():
            known = sorted(there.items(), key=lambda one: -one[1].median)
            if len(known) == 1:
                found.append(f"{title} left in “{arm}”: {tell(known[0][1])}, in {known[0][0]}.")
            elif known:
                most, least = (f"{run}, {tell(left)}" for run, left in (known[0], known[-1]))
                found.append(f"{title} left in “{arm}”: most in {most}; least in {least}.")
        found = found or [f"Nothing of {self.metric.title} can be compared."]
        lost = [
            f"In {name}, “{arm}”: {what} {one} of {run.replicates} replicates{rest}."
            for name, run in self.runs.items()
            for arm, there in run.arms.items()
            for one, what, rest in (
                (there.emptied, "nothing was left to learn from in", ", whose numbers don't count"),
                (there.absorbed, "the models can write one thing only and move no more in", ""),
            )
            if one
        ]
        if not any(self.left.values()):
            return (*found, *lost)
        return (*found, *lost, "In brackets: where 90 % of replicates lie.")

    @property
    def claim(self) -> Claim | None:
        """Where runs differ most: what one keeps of the metric, and what another does."""
        known = {
            arm: sorted(there.items(), key=lambda one: -one[1].median) for arm, there in self.left.items() if there
        }
        if not known:
            return None
        arm = max(known, key=lambda arm: min(known[arm][0][1].median, 2.0) - min(known[arm][-1][1].median, 2.0))
        (most, left), (least, other) = known[arm][0], known[arm][-1]
        kept, _, span = tell(left).removesuffix(")").partition(" (")
        beside = "" if least == most else f"; least: {least}, {tell(other)}"
        return Claim(
            f"In “{arm}”, {most} keeps {kept} of what it began with",
            f"{self.metric.title}, 90 % of replicates: {span}; generation 0: 100 %{beside}",
        )

    @property
    def origin(self) -> Origin:
        """Which runs, of which data, their seeds, the last day, and the command that put them beside each other."""
        runs = self.runs.values()
        worlds = dict.fromkeys(name_file(run.data.source) if run.data else run.world for run in runs)
        folders = [f"{name}: {run.folder}" for name, run in self.runs.items() if run.folder and run.folder not in name]
        seeds = join([f"{seed}" for seed in sorted({run.seed for run in runs})])
        named = (*(folders or self.runs), f"seed{'s' * (len({run.seed for run in runs}) > 1)} {seeds}")
        return Origin(join(list(worlds)), named, max(run.begun or "" for run in runs), self.command)

    def answer(self) -> Answer:
        """For people and programs."""
        metric, left, runs = self.metric, self.left, self.runs.values()
        generations, replicates = _span(run.generations for run in runs), _span(run.replicates for run in runs)
        caption = (
            f"What is left after {generations} generations, as a share of the median of generation 0: median and 90 % "
            f"interval over {replicates} replicates. {metric.meaning}"
        )
        rows = tuple(
            (
                reveal(name if run.folder is None or run.folder in name else f"{name} ({run.folder})"),
                figure(metric, next(iter(run.arms.values())).start.median),
                *(tell(there[name]).replace(" (", "\n(") if name in there else "–" for there in left.values()),
            )
            for name, run in self.runs.items()
        )  # fmt: skip
        return Answer(
            title="What is left, side by side",
            sentences=self.sentences,
            document=lambda: ComparisonDocument(
                sentence=" ".join(self.sentences),
                metric=ComparisonMetric(metric.name, metric.title, metric.meaning, metric.real),
                runs=self.runs,
            ),
            tables=(
                Table("What is left", (metric.title, "generation 0", *left), rows, caption),
                *map(box, dict.fromkeys(run.data for run in runs if run.data)),
            ),
            charts=(draw_beside(left),),
            notes=(*NOTES, *(f"{name}: {run.origin}." for name, run in self.runs.items())),
            lede=f"The closed loops of {len(runs)} run{'' if len(runs) == 1 else 's'}, compared by {metric.title}.",
            claim=self.claim,
            origin=self.origin,
        )

    def _repr_html_(self) -> str:
        return self.answer()._repr_html_()


@checked
def compare(runs: Mapping[str, Run | str | Path], metric: str | None = None) -> Comparison:
    """Put runs, or the folders of finished ones, beside each other, one family each.

    runs: by the names that they are to have.  metric: what is compared; None takes the first of coverage, diversity
    and spread that all of them watched.

    >>> import kellet
    >>> settings = dict(world=kellet.worlds.Normal(), size=20, generations=5, replicates=4)
    >>> runs = {"mle": kellet.run(family=kellet.families.Gaussian(), **settings),
    ...         "unbiased": kellet.run(family=kellet.families.Gaussian("unbiased"), **settings)}
    >>> compare(runs).answer().tables[0].headings
    ('variance', 'generation 0', 'replace')
    """
    if not runs:
        raise InputError("at least one run", "none", "kellet compare RUN RUN")
    read = {name: run if isinstance(run, Run) else Run.read(run) for name, run in runs.items()}
    chosen = _choose(list(read.values()), metric, ", ".join(read))
    return Comparison(chosen, {name: _compare(run, chosen) for name, run in read.items()}, name_call())


def _choose(runs: Sequence[Run], metric: str | None, names: str) -> Metric:
    """The metric of that name or word, or the first for coverage, diversity or spread, which all of them have."""
    shared = {m.name: m for m in runs[0].metrics if all(m in run.metrics for run in runs)}
    if metric is not None:
        between = {m.name: m for m in runs[0].between if all(m in run.between for run in runs)}
        found = next((m for m in match_metrics(metric) if m.name in shared), between.get(metric))
        if found is None:
            raise InputError("a metric that all these runs watched", metric, ", ".join(shared) or "none")
        return found
    wished = (COVERAGE, *headlines(tuple(shared.values())).values())
    usual = next((m for m in wished if m.name in shared), None)
    if usual is None:
        raise InputError("runs that watched the same things", names, "--metric, or runs of like data")
    return usual


def _compare(run: Run, metric: Metric) -> ComparisonRun:
    arms = {}
    for arm in run.blocks:
        if not run.has(arm, metric.name):
            continue
        values = over(run, arm, metric)
        start, end = interval(values[:, 0]), interval(values[:, -1])
        unit = start.median if math.isfinite(start.median) and start.median > 0 else math.nan
        left = Interval(end.median / unit, end.low / unit, end.high / unit)
        absorption = absorption_of(run, arm)
        stuck = absorption.replicates if absorption.stays else 0
        arms[arm] = ComparisonArm(start, end, left, int((run.emptied(arm) >= 0).sum()), stuck)
    experiment, folder = run.experiment, run.folder
    status = folder.status() if folder else None
    return ComparisonRun(
        experiment.generations, experiment.replicates, arms, observable(experiment.world).describe(), experiment.seed,
        str(folder.path) if folder else None, status.started if status else None, status.call if status else (),
        see(experiment.world),
    )  # fmt: skip


def by_family(runs: Mapping[str, Run]) -> dict[str, Run]:
    """Runs by the kind of their family, and by the names that they came with where two are of one kind.

    >>> import kellet
    >>> world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
    >>> run = kellet.run(world=world, family=family, size=9, generations=1, replicates=1)
    >>> list(by_family({"runs/one": run})), list(by_family({"runs/one": run, "runs/two": run}))
    (['gaussian'], ['gaussian (runs/one)', 'gaussian (runs/two)'])
    """
    kinds = {path: abilities(run.experiment.family).name for path, run in runs.items()}
    often = Counter(kinds.values())
    return {kinds[path] if often[kinds[path]] == 1 else f"{kinds[path]} ({path})": run for path, run in runs.items()}


def _span(numbers: Iterable[int]) -> str:
    known = sorted(numbers)
    return f"{known[0]:,}" if known[0] == known[-1] else f"{known[0]:,} to {known[-1]:,}"
