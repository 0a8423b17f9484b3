"""Sweep: one experiment at every point of a grid of settings."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import msgspec
import numpy as np

from kellet import metrics
from kellet.characters import reveal
from kellet.data.sight import Sight
from kellet.errors import InputError
from kellet.evidence import Array
from kellet.experiment.box import box, see
from kellet.experiment.experiment import Experiment, Settings
from kellet.experiment.grid import Where, points
from kellet.experiment.resolution import Resolved, complete
from kellet.experiment.run import Run, perform_in, read_blocks, sort_by_arm
from kellet.experiment.running.blocks import MARKS, Block, Key
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.meter import Progress
from kellet.experiment.values import Plain, show_extent, show_value, to_plain
from kellet.experiment.verdict.answer import zeros
from kellet.experiment.verdict.quantiles import Interval, figure, interval, over, reach
from kellet.experiment.verdict.summary import headlines
from kellet.makers import make
from kellet.metrics import Metric
from kellet.page.answer import Answer
from kellet.page.bar import Bars, measure_blocks
from kellet.page.document import Document
from kellet.page.plot import Plot
from kellet.page.table import Table
from kellet.page.wording import join
from kellet.struct import checked

if TYPE_CHECKING:
    import xarray


class SweepRow(msgspec.Struct, frozen=True):
    """One arm where the field has one value: the median, and where 90 % of all replicates lie."""

    arm: str
    value: Plain
    low: float
    median: float
    high: float


class SweepDocument(Document, frozen=True, kw_only=True, tag="kellet/sweep/1"):
    """What ``kellet run`` with a grid found.  axes: field -> its values; those that are no plain ones stand as text.
    by: the field of the rows, over all others.  zero: what fresh real samples score, see `Sweep.zero`; None where
    that isn't one and the same for all rows.  data: what was seen in somebody's files.
    """

    axes: dict[str, tuple[Plain, ...]]
    by: str
    metric: str
    rows: tuple[SweepRow, ...]
    zero: Interval | None
    data: Sight | None


@dataclass(frozen=True)
class Sweep:
    """What an experiment gave at every point of its grid.  runs: in the order of the grid, the last field fastest."""

    experiment: Experiment
    folder: Folder | None
    runs: tuple[Run, ...]

    @property
    def axes(self) -> dict[str, tuple[object, ...]]:
        """The fields of the grid, and their values."""
        return self.experiment.axes

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What was watched, also between writers."""
        return (*self.runs[0].metrics, *self.runs[0].between)

    def points(self) -> Iterator[tuple[Where, Run]]:
        """Where each field stands, and the run there."""
        axes = self.axes
        for values, run in zip(itertools.product(*axes.values()), self.runs, strict=True):
            yield dict(zip(axes, values, strict=True)), run

    @cached_property
    def data(self) -> xarray.Dataset:
        """Dims (arm, each field of the grid, replicate, generation), a variable for each metric, and (arm,
        fields, replicate) what is marked, as in `Run.data`; generations that a point has not are NaN.

        A field's values that are no numbers or words stand as text.
        """
        import xarray

        arms = list(self.runs[0].blocks)
        replicates = self.experiment.replicates
        dims = ("arm", *self.axes, "replicate")
        # Points that have the same generations are stacked at once: they may be many and small.
        alike: dict[tuple[int, ...], list[int]] = {}
        for i, run in enumerate(self.runs):
            alike.setdefault(tuple(run.generations.tolist()), []).append(i)
        every = np.array(sorted(set().union(*alike)))
        shape = (len(arms), *(len(values) for values in self.axes.values()), replicates)
        variables: dict[str, Any] = {}
        for metric in self.metrics:
            whole = np.full((len(arms), len(self.runs), replicates, len(every)), np.nan)
            for generations, which in alike.items():
                found = [_read(b, metric.name) for arm in arms for i in which for b in self.runs[i].blocks[arm]]
                stacked = np.concatenate(found).reshape(len(arms), len(which), replicates, len(generations))
                at = np.searchsorted(every, generations)
                whole[:, np.array(which)[:, None], :, at] = stacked.transpose(1, 3, 0, 2)
            variables[metric.name] = ((*dims, "generation"), whole.reshape(*shape, len(every)))
        blocks = [block for arm in arms for run in self.runs for block in run.blocks[arm]]
        for mark in MARKS:
            variables[mark] = (dims, np.concatenate([block.mark(mark) for block in blocks]).reshape(shape))
        coordinates: dict[str, Any] = {"arm": arms, "replicate": np.arange(replicates), "generation": every}
        for name, values in self.axes.items():
            plain = all(isinstance(value, bool | int | float | str) for value in values)
            coordinates[name] = list(values) if plain else [str(value) for value in values]
        return xarray.Dataset(variables, coords=coordinates, attrs=self.experiment.provenance)

    @property
    def usual(self) -> Metric:
        """What a sweep is about where nobody says: what stands for diversity, or else for spread; or the first."""
        return next(iter(headlines(self.runs[0].metrics).values()), self.metrics[0])

    def find(self, metric: str | None = None) -> Metric:
        """A metric of this sweep by its name; None: the usual one."""
        watched = self.usual if metric is None else metrics.find_metric(metric)
        if watched not in self.metrics:
            raise InputError("a metric of this sweep", watched.name, ", ".join(m.name for m in self.metrics))
        return watched

    def last(self, arm: str, metric: Metric) -> list[Array]:
        """One arm at the last generation, (R,) for every point of the grid."""
        return [over(run, arm, metric)[:, -1] for run in self.runs]

    def pool(self, values: list[Array], *fields: str) -> list[tuple[tuple[Any, ...], Interval]]:
        """(values of some fields, the interval there), over the points of all other fields.  values: as of `last`."""
        axes, shape = list(self.axes), tuple(len(one) for one in self.axes.values())
        where = np.moveaxis(
            np.arange(len(self.runs)).reshape(shape), [axes.index(f) for f in fields], range(len(fields))
        )
        where = where.reshape(*where.shape[: len(fields)], -1)
        at = itertools.product(*(range(len(self.axes[f])) for f in fields))
        return [
            (
                tuple(self.axes[f][k] for f, k in zip(fields, i, strict=True)),
                interval(np.concatenate([values[j] for j in where[i]])),
            )
            for i in at
        ]

    def varies(self, arm: str, field: str) -> bool:
        """Whether a field of the grid makes a difference to an arm."""
        cells = np.array([run.resolved.cells[arm].id for run in self.runs])
        cells = np.moveaxis(cells.reshape([len(one) for one in self.axes.values()]), list(self.axes).index(field), 0)
        return bool((cells != cells[:1]).any())

    def name(self, arm: str, *by: str) -> str:
        """An arm, and what its numbers are pooled over where they are told apart by some fields alone."""
        others = [f"{f} {show_extent(v)}" for f, v in self.axes.items() if f not in by and self.varies(arm, f)]
        return f"{arm} ({', '.join(others)})" if others else arm

    def check_field(self, field: str) -> None:
        """Bad input where the grid has none of that name."""
        if field not in self.axes:
            first = next(iter(self.axes))
            raise InputError(f"one of the grid's fields, {', '.join(self.axes)}", field, f"--by {first}")

    def table(self, by: str, metric: str | None = None) -> list[SweepRow]:
        """One metric at the last generation, by arm and value of a field, over all else; degenerated: the worst.  What
        lies between writers, in arms that have several.

        by: a field of the grid.  metric: its name; None: the `usual` one.
        """
        self.check_field(by)
        watched = self.find(metric)
        arms = [arm for arm in self.runs[0].blocks if self.runs[0].has(arm, watched.name)]
        return [
            SweepRow(arm, to_plain(value), found.low, found.median, found.high)
            for arm in arms
            for (value,), found in self.pool(self.last(arm, watched), by)
        ]

    def zero(self, metric: Metric) -> Interval | None:
        """Where nine in ten fresh real samples lie, which is one number for exact metrics; None where points of the
        grid have others, or nobody knows."""
        first = self.runs[0].resolved
        alike = all(run.resolved.judged == first.judged for run in self.runs)
        if metric.fresh and alike and not any(field.partition(".")[0] == "world" for field in self.axes):
            return zeros(self.runs[0]).get(metric.name)
        return None if metric.fresh or metric.real is None else Interval(metric.real, metric.real, metric.real)

    def tabulate(self, by: str, metric: Metric) -> Table:
        """One metric at the last generation by one field."""
        arms: dict[str, list[SweepRow]] = {}
        for row in self.table(by, metric.name):
            arms.setdefault(row.arm, []).append(row)
        between = " " if len(arms) < 3 else "\n"
        cells = tuple(
            (
                reveal(show_value(rows[0].value)),
                *(f"{figure(metric, one.median)}{between}{reach(metric, _interval(one))}" for one in rows),
            )
            for rows in zip(*arms.values(), strict=True)
        )
        zero = self.zero(metric)
        caption = f"{metric.meaning} In each cell the median, and where 90 % of replicates lie."
        if zero:
            caption += f" A fresh real sample: {figure(metric, zero.median)}"
            caption += f" ({reach(metric, zero)})." if zero.low < zero.high else "."
        if any(self.name(arm, by) != arm for arm in arms):
            caption += " Pooled over what a column has in brackets."
        heading = f"{metric.title[:1].upper()}{metric.title[1:]} at the last generation, by {by}"
        return Table(heading, (by, *(self.name(arm, by) for arm in arms)), cells, caption, "r" * (1 + len(arms)))

    def answer(self, by: str | None = None, metric: str | None = None) -> Answer:
        """One metric at the last generation by one field, the usual one and the first unless they are named; see
        `table`."""
        by, watched = by or next(iter(self.axes)), self.find(metric)
        rows = self.table(by, watched.name)
        arms = {row.arm: [one for one in rows if one.arm == row.arm] for row in rows}
        title = f"{watched.title[:1].upper()}{watched.title[1:]}"
        sentences = tuple(
            f"{title} at the last generation in “{self.name(arm, by)}”: {self._tell(watched, by, own)}."
            for arm, own in arms.items()
        )
        if others := [field for field in self.axes if field != by and any(self.varies(arm, field) for arm in arms)]:
            sentences += (f"Pooled over {join(others)}; --by {others[0]} tells those apart.",)
        sight = see(self.experiment.world)
        document = SweepDocument(
            sentence=" ".join(sentences),
            axes={name: tuple(map(to_plain, values)) for name, values in self.axes.items()},
            by=by, metric=watched.name, rows=tuple(rows), zero=self.zero(watched), data=sight,
        )  # fmt: skip
        tables = (self.tabulate(by, watched), *([box(sight)] if sight else []))
        return Answer(f"{watched.title} by {by}", sentences, lambda: document, tables)

    def _tell(self, metric: Metric, by: str, rows: list[SweepRow]) -> str:
        if not self.varies(rows[0].arm, by):
            return f"{figure(metric, rows[0].median)} ({reach(metric, _interval(rows[0]))}), as it has no {by}"
        ends = rows if len(rows) < 2 else (rows[0], rows[-1])
        return ", ".join(
            f"{figure(metric, one.median)} ({reach(metric, _interval(one))}) at {by} {show_value(one.value)}"
            for one in ends
        )

    def plot(self, metric: str | None = None, by: str | None = None) -> Plot:
        """One metric at the last generation over one field, arm by arm; see `Run.plot`.

        by: None: the field of numbers that has most values.
        """
        drawn: Plot = make("plot sweep", self, metric, by)
        return drawn

    def report(self, path: str | Path | None = None) -> Path | str:
        """Write the page, as `kellet.report` does, and say where it is."""
        where: Path | str = make("report", self, path)
        return where

    def _repr_html_(self) -> str:
        return self.answer()._repr_html_()

    def failures(self) -> dict[str, list[str]]:
        """Arm, and where on the grid -> which generation failed and why, each once; only where any did."""
        return {
            f"{arm} at {', '.join(f'{field} {value}' for field, value in where.items())}": reasons
            for where, run in self.points()
            for arm, reasons in run.failures().items()
        }

    @staticmethod
    def read(path: str | Path) -> Sweep:
        """A finished sweep from its folder."""
        folder = Folder.of_run(path)
        experiment = folder.experiment()
        if not experiment.grid:
            raise InputError("a run with a grid", f"{path}, a run without", "kellet.Run.read")
        found = folder.points()
        return _sweep(experiment, found, folder, read_blocks(found, folder, path))


def _interval(row: SweepRow) -> Interval:
    return Interval(row.median, row.low, row.high)


def _read(block: Block, metric: str) -> Array:
    """(R, G): NaN where the metric is of writers and the block of an arm without any."""
    if metric in block.values:
        return block.values[metric]
    return np.full((len(block.collapsed), len(block.generations)), np.nan)


@checked
def sweep(
    experiment: Experiment | None = None,
    *,
    out: str | Path | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Progress | Bars | bool | None = None,
    **settings: Unpack[Settings],
) -> Sweep:
    """Run an experiment at every point of its ``grid``; arguments are those of `kellet.run`.

    In a run folder a cell is computed once: values that are added to a grid later cost only themselves.

    >>> import kellet
    >>> found = sweep(
    ...     world=kellet.worlds.Normal(), family=kellet.families.Gaussian(), size=10, generations=5, replicates=20,
    ...     arms={"fresh": kellet.Arm(anchor=kellet.Anchor(1))}, grid={"size": (10, 100), "anchor.count": (1, 2, 3)})
    >>> dict(found.data.sizes)
    {'arm': 1, 'size': 2, 'anchor.count': 3, 'replicate': 20, 'generation': 6}
    """
    experiment = Experiment.of(experiment, settings)
    if not experiment.grid:
        raise InputError("an experiment with a grid", "none", 'grid={"size": (100, 1000)}, or kellet.run')
    experiment = complete(experiment)
    found = [point for _, point in points(experiment)]
    with measure_blocks(progress, "sweep") as tell:
        done = perform_in(out, experiment, found, jobs=jobs, executor=executor, progress=tell)
    return _sweep(experiment, found, None if out is None else Folder(out), done.blocks)


def _sweep(experiment: Experiment, found: list[Resolved], folder: Folder | None, blocks: dict[Key, Block]) -> Sweep:
    return Sweep(experiment, folder, tuple(Run(point, folder, sort_by_arm(point, blocks)) for point in found))
