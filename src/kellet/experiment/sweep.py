"""Sweep: one experiment at every point of a grid of settings."""

from __future__ import annotations

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
from kellet.experiment.verdict.quantiles import interval, over
from kellet.metrics import Metric
from kellet.page.answer import Answer
from kellet.page.document import Document
from kellet.page.table import Table
from kellet.struct import checked

if TYPE_CHECKING:
    import xarray
Plain = bool | int | float | str


class SweepRow(msgspec.Struct, frozen=True):
    """One arm where the field has one value: the median, and where 90 % of all replicates lie."""

    arm: str
    value: Plain
    low: float
    median: float
    high: float


class SweepDocument(Document, frozen=True, kw_only=True, tag="kellet/sweep/1"):
    """What ``kellet run`` with a grid found.  axes: field -> its values; those that are no plain ones stand as text.
    by: the field of the rows, over all others.  data: what was seen in somebody's files.
    """

    axes: dict[str, tuple[Plain, ...]]
    by: str
    metric: str
    rows: tuple[SweepRow, ...]
    data: Sight | None


def to_plain(value: object) -> Plain:
    """A value of a grid as it can stand in a file."""
    return value if isinstance(value, Plain) else str(value)


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
        from itertools import product

        axes = self.axes
        for values, run in zip(product(*axes.values()), self.runs, strict=True):
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

    def table(self, by: str, metric: str | None = None) -> list[SweepRow]:
        """One metric at the last generation, by arm and value of a field, over all else; degenerated: the worst.  What
        lies between writers, in arms that have several.

        by: a field of the grid.  metric: its name; by default the first that is watched.
        """
        if by not in self.axes:
            raise InputError(f"one of the grid's fields, {', '.join(self.axes)}", by, f"--by {next(iter(self.axes))}")
        watched = self.metrics[0] if metric is None else metrics.find_metric(metric)
        if watched not in self.metrics:
            raise InputError("a metric of this sweep", watched.name, ", ".join(m.name for m in self.metrics))
        rows = []
        shape = tuple(len(values) for values in self.axes.values())
        # The runs at each value of the field.
        where = np.moveaxis(np.arange(len(self.runs)).reshape(shape), list(self.axes).index(by), 0)
        for arm in self.runs[0].blocks:
            if not self.runs[0].has(arm, watched.name):
                continue
            for value, there in zip(self.axes[by], where.reshape(len(where), -1), strict=True):
                found = interval(np.concatenate([over(self.runs[i], arm, watched)[:, -1] for i in there]))
                rows.append(SweepRow(arm, to_plain(value), found.low, found.median, found.high))
        return rows

    def answer(self, by: str | None = None, metric: str | None = None) -> Answer:
        """One metric at the last generation by one field, the first of each unless they are named; see `table`."""
        by, metric = by or next(iter(self.axes)), metric or self.metrics[0].name
        title = metrics.find_metric(metric).title
        arms: dict[str, list[SweepRow]] = {}
        for row in self.table(by, metric):
            arms.setdefault(row.arm, []).append(row)
        sentences = tuple(
            f"{title[:1].upper()}{title[1:]} at the last generation in “{arm}”: {rows[0].median:.3g} at {by} "
            f"{rows[0].value}" + (f", {rows[-1].median:.3g} at {by} {rows[-1].value}." if len(rows) > 1 else ".")
            for arm, rows in arms.items()
        )
        between = " " if len(arms) < 3 else "\n"
        cells = tuple(
            (reveal(str(rows[0].value)), *(f"{one.median:.3g}{between}{one.low:.2g}–{one.high:.2g}" for one in rows))
            for rows in zip(*arms.values(), strict=True)
        )
        sight = see(self.experiment.world)
        document = SweepDocument(
            sentence=" ".join(sentences),
            axes={name: tuple(map(to_plain, values)) for name, values in self.axes.items()},
            by=by,
            metric=metric,
            rows=tuple(row for rows in arms.values() for row in rows),
            data=sight,
        )
        heading = f"{title} at the last generation: median, 90 % interval"
        table = Table(heading, (by, *arms), cells, align="r" * (1 + len(arms)))
        return Answer(f"{title} by {by}", sentences, lambda: document, (table, *([box(sight)] if sight else [])))

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
    progress: Progress | None = None,
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
    done = perform_in(out, experiment, found, jobs=jobs, executor=executor, progress=progress)
    return _sweep(experiment, found, None if out is None else Folder(out), done.blocks)


def _sweep(experiment: Experiment, found: list[Resolved], folder: Folder | None, blocks: dict[Key, Block]) -> Sweep:
    return Sweep(experiment, folder, tuple(Run(point, folder, sort_by_arm(point, blocks)) for point in found))
