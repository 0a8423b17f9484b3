"""Run an experiment: blocks of replicates of every arm -> one labelled result."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from kellet.errors import InputError
from kellet.experiment.check import Check, check
from kellet.experiment.experiment import Experiment, Settings
from kellet.experiment.extent import check_jobs, check_points, check_room, check_steps
from kellet.experiment.grid import points
from kellet.experiment.predicting.predict import predict
from kellet.experiment.resolution import Resolved, complete, resolve
from kellet.experiment.running.blocks import MARKS, Block, Key
from kellet.experiment.running.folder import Folder, keep_block
from kellet.experiment.running.members import list_base, list_columns
from kellet.experiment.running.meter import Progress
from kellet.experiment.running.recorder import choose_columns
from kellet.experiment.running.results import Results
from kellet.experiment.running.schedule import Harvest, Shard, load, make_tasks, perform
from kellet.experiment.running.status import next_status
from kellet.experiment.running.stores import remote
from kellet.experiment.running.task import Task
from kellet.experiment.verdict.absorption import Survival, survive
from kellet.experiment.verdict.answer import answer_of
from kellet.experiment.verdict.rows import tabulate
from kellet.makers import make
from kellet.metrics.catalogue import split_name
from kellet.page.answer import Answer
from kellet.page.bar import Bars, measure_blocks
from kellet.page.plot import Plot
from kellet.struct import checked

if TYPE_CHECKING:
    import polars
    import xarray


@dataclass(frozen=True)
class Run(Results):
    """What an experiment gave.  ``data`` is the labelled array; the rest says what it means and where it came from."""

    @cached_property
    def data(self) -> xarray.Dataset:
        """Dims (arm, replicate, generation), a variable for each metric, and (arm, replicate) each: ``collapsed``, the
        generation at which a fit degenerated, -1 where none did; ``emptied``, that at which nothing was left to learn
        from; ``absorbed``, that since which the model can write one point only; ``still``, at how many generations it
        could write no other; and ``failed``, that at which a program broke.  Where an arm has a pool, also what lies
        between its writers, NaN in other arms; each writer's own is in `by_writer`.
        """
        import xarray

        arms = list(self.blocks)
        shape = len(arms), self.replicates, len(self.generations)
        variables: dict[str, Any] = {}
        for metric in (*self.metrics, *self.between):
            whole = np.empty(shape)
            for i, arm in enumerate(arms):
                whole[i] = self.values(arm, metric.name)
            variables[metric.name] = (("arm", "replicate", "generation"), whole)
        for mark in MARKS:
            variables[mark] = (("arm", "replicate"), np.stack([getattr(self, mark)(arm) for arm in arms]))
        return xarray.Dataset(
            variables,
            coords={"arm": arms, "replicate": np.arange(self.replicates), "generation": self.generations},
            attrs=self.experiment.provenance,
        )

    @cached_property
    def by_writer(self) -> xarray.Dataset:
        """Dims (arm, writer, replicate, generation), a variable for each metric that is each writer's own, and
        ``model_share_read``: of the arms with a pool, in which at most 16 writers have names; NaN where an arm has no
        writer of that name.

        >>> import kellet
        >>> writers = {"small": kellet.Writer(size=10), "large": kellet.Writer()}
        >>> web = kellet.Arm(pool=kellet.Pool(), writers=writers)
        >>> world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
        >>> found = kellet.run(world=world, family=family, size=1000, arms={"web": web}, generations=3).by_writer
        >>> found["mean_drift"].sel(arm="web", generation=0).mean("replicate").values.round(1)
        array([0.1, 0. ])
        """
        import xarray

        members = {arm: names for arm in self.blocks if (names := self.members(arm))}
        writers = list(dict.fromkeys(name for names in members.values() for name in names))
        dims = ("arm", "writer", "replicate", "generation")
        columns = (name for arm, names in members.items() for name in self.blocks[arm][0].values)
        variables: dict[str, Any] = {}
        for name in dict.fromkeys(base for base, writer in map(split_name, columns) if writer):
            whole = np.full((len(members), len(writers), self.replicates, len(self.generations)), np.nan)
            for i, (arm, names) in enumerate(members.items()):
                for one in names:
                    whole[i, writers.index(one)] = self.values(arm, f"{name}@{one}")
            variables[name] = (dims, whole)
        labels = (list(members), writers, np.arange(self.replicates), self.generations)
        return xarray.Dataset(variables, dict(zip(dims, labels, strict=True)), self.experiment.provenance)

    def check(self) -> Check:
        """The z-score of every overlap of theory and simulation; see `Check`.

        >>> import kellet
        >>> world, family = kellet.worlds.Poisson(), kellet.families.Poisson()
        >>> print(kellet.run(world=world, family=family, size=50, generations=20, replicates=500).check())
        29 comparisons with theory, 0 with |z| > 3 (0.1 expected by chance); 1 too heavy-tailed for so few replicates
        """
        known = predict(self.resolved)
        # Of a pool, what lies between writers and what is each one's, too.
        pairs = ((arm, name) for arm in self.blocks for name in self.blocks[arm][0].values if name in known[arm])
        return check(known, ((*pair, self.values(*pair)) for pair in pairs), self.generations)

    def survival(self, arm: str) -> Survival:
        """The share of an arm's replicates that are not yet absorbed, generation by generation; see `Survival`.

        >>> import kellet
        >>> world, family = kellet.worlds.Bernoulli(0.5), kellet.families.Bernoulli()
        >>> found = kellet.run(world=world, family=family, size=2, generations=3, replicates=1000).survival("replace")
        >>> found.theory, bool((abs(found.share - found.theory) < 0.06).all())
        (array([0.5   , 0.25  , 0.125 , 0.0625]), True)
        """
        return survive(self, arm)

    def answer(self) -> Answer:
        """What is left in each arm, and whether that is a collapse: for people and programs."""
        return answer_of(self)

    def table(self, metric: str | None = None, generations: Sequence[int] | None = None) -> polars.DataFrame:
        """What is left, a row for each arm, metric and generation, as a DataFrame of Polars.

        metric: by its name, or a word such as "rare"; None: all.  generations: None: the last one.  Columns arm,
        metric, generation; ``replicates``, those that count; ``low``, ``median``, ``high``: where 90 % of them lie, and
        their median, a replicate that degenerated being the worst; ``real_low``, ``real``, ``real_high``: the same of
        fresh real samples, or one number where that is known, null where nothing is right by itself.

        >>> import kellet
        >>> run = kellet.run(world=kellet.worlds.Normal(), family=kellet.families.Gaussian(), size=20, generations=9)
        >>> table = run.table("variance", generations=[0, 9])
        >>> table.columns[:5], table["median"].round(1).to_list(), table["real"].to_list()
        (['arm', 'metric', 'generation', 'replicates', 'low'], [0.9, 0.4], [1.0, 1.0])
        """
        return tabulate(self, metric, generations)

    def plot(self, metric: str | None = None, *, theory: bool = False) -> Plot:
        """One metric over generations, arm by arm: the median, where 90 % of replicates lie, and what is real.

        metric: its name, a writer's own (``kl@small``), or a word such as "rare"; None: what stands for diversity, or
        else for spread.  theory: the mean instead, beside what theory expects of it.  A notebook shows the picture;
        ``run.plot("kl").save("kl.svg")`` writes it.

        >>> import kellet
        >>> run = kellet.run(world=kellet.worlds.Normal(), family=kellet.families.Gaussian(), size=20, generations=9)
        >>> run.plot("variance")
        Variance. At generation 9: replace 36 % (6.19 to 154 %). real data: 100 %.
        >>> run.plot("varianse_ratio")
        Traceback (most recent call last):
        kellet.errors.InputError: expected a metric of this run: ...; got 'varianse_ratio'. Try variance_ratio...
        """
        drawn: Plot = make("plot run", self, metric, theory)
        return drawn

    def report(self, path: str | Path | None = None) -> Path | str:
        """Write the page, as `kellet.report` does, and say where it is."""
        where: Path | str = make("report", self, path)
        return where

    def _repr_html_(self) -> str:
        return self.answer()._repr_html_()

    @staticmethod
    def read(path: str | Path) -> Run:
        """A run from its folder; a run that was killed must be finished first."""
        folder = Folder.of_run(path)
        experiment = folder.experiment()
        if experiment.grid:
            raise InputError("a run without a grid", f"{path}, a sweep", "kellet.Sweep.read")
        (resolved,) = found = folder.points()
        return Run(resolved, folder, sort_by_arm(resolved, read_blocks(found, folder, path)))


def read_blocks(points: Sequence[Resolved], folder: Folder, path: str | Path) -> dict[Key, Block]:
    """All blocks of a finished run."""
    check_steps([point.experiment for point in points])
    tasks = {task.key: task for point in points for task in make_tasks(point, folder, ())}
    blocks, spoilt = load(tasks, folder)
    if spoilt:
        name, why = next(iter(spoilt.items()))
        raise InputError("cells as they were written", f"{name}, which {why}", f"`kellet run {path}` to mend it")
    if missing := len(tasks) - len(blocks):
        got = f"{missing} of {len(tasks)} blocks still missing in {path}"
        raise InputError("a finished run", got, f"`kellet run {path}` to resume it")
    return blocks


@checked
def run(
    experiment: Experiment | None = None,
    *,
    out: str | Path | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Progress | Bars | bool | None = None,
    **settings: Unpack[Settings],
) -> Run:
    """Run an experiment, or the one that ``settings`` describe (the fields of `Experiment`).

    out: a run folder; what it already holds is not computed again, but what failed is.  None keeps all in memory.
    jobs: processes on this machine; any number gives the same numbers, bit for bit.  executor: compute there instead.
    progress: True for a bar; a class with tqdm's interface, ``progress=tqdm``, for one of its; or what is called with
    (blocks done, blocks in all), and within a long block with its fraction.

    >>> import kellet
    >>> result = kellet.run(
    ...     world=kellet.worlds.Normal(mean=0, variance=1), family=kellet.families.Gaussian(), size=20,
    ...     arms={"replace": kellet.Arm(), "one fresh real point": kellet.Arm(anchor=kellet.Anchor(1))},
    ...     generations=100, replicates=1000, seed=7)
    >>> result.data["variance_ratio"].sel(generation=100).median("replicate").values.round(1)
    array([0. , 0.4])
    """
    resolved = resolve(keep_block(Experiment.of(experiment, settings), out))
    with measure_blocks(progress, "run") as tell:
        done = perform_in(out, resolved.experiment, [resolved], jobs=jobs, executor=executor, progress=tell)
    return Run(resolved, None if out is None else Folder(out), sort_by_arm(resolved, done.blocks))


def perform_in(
    out: str | Path | None,
    experiment: Experiment,
    points: Sequence[Resolved],
    *,
    jobs: int = 1,
    executor: Executor | None = None,
    shard: Shard | None = None,
    progress: Progress | None = None,
) -> Harvest:
    """Do the work of all points of an experiment, and keep account of it in the folder."""
    check_jobs(jobs)
    if out is None:
        return perform(_tasks(points, None), None, jobs=jobs, executor=executor, shard=shard, progress=progress)
    # Absolute, since a worker may have been started in another place.
    folder = Folder(out if remote(out) else Path(out).absolute())
    folder.place.check()
    if "experiment.toml" in folder.place.names() and bool(folder.experiment().grid) != bool(experiment.grid):
        got = "one with a grid" if experiment.grid else "one without a grid"
        raise InputError(f"the experiment that {out} holds", got, "another --out")
    # First, since it finds what can't be run, and then nothing is written.
    tasks = _tasks(points, folder)
    folder.begin(experiment)
    started = time.monotonic()
    folder.set_status(next_status("running", 0.0, folder.status(), seed=experiment.seed))
    done = perform(tasks, folder, jobs=jobs, executor=executor, shard=shard, progress=progress)
    if old := sum(block.origin is None for block in done.blocks.values()):
        told = f"{old} blocks of an older version don't say of which seed they are, and are taken to be of this one"
        warnings.warn(told, stacklevel=3)
    if done.missing and shard is None:
        raise InputError("blocks that stay where they were written", f"{done.missing} gone from {out}", "another --out")
    if not done.missing:
        folder.pack(done.blocks)
    status = "running" if done.missing else "finished"
    folder.set_status(next_status(status, time.monotonic() - started, folder.status()))
    return done


def _tasks(points: Sequence[Resolved], folder: Folder | None) -> dict[Key, Task]:
    """All blocks of all points, in which is watched what all of them have."""
    check_steps([point.experiment for point in points])
    for point in points:
        check_points(point)
    first, *others = _kinds(points)
    names = choose_columns(first)
    for other in others:
        there = choose_columns(other)
        names = tuple(name for name in names if name in there)
    if not list_base(names):
        raise InputError("a metric that every point of the grid has", "none", "worlds and families that are alike")
    columns = [sum(len(list_columns(cell, names)) for cell in point.cells.values()) for point in points]
    check_room([point.experiment for point in points], columns, _path(folder))
    return {task.key: task for point in points for task in make_tasks(point, folder, names, len(points) == 1)}


def _path(folder: Folder | None) -> Path | None:
    """Where on this machine's disks a folder is; of a store elsewhere nobody knows what fits."""
    if folder is None or not isinstance(folder.path, Path):
        return None if folder is None else Path(gettempdir())
    return folder.path


def _kinds(points: Sequence[Resolved]) -> list[Resolved]:
    """One of all points that have the same world and family."""
    kinds: dict[str, Resolved] = {}
    first = points[0].experiment
    for point in points:
        e = point.experiment
        same = e.world == first.world and e.family == first.family
        kinds.setdefault("" if same else repr((e.world, e.family)), point)
    return list(kinds.values())


def sort_by_arm(resolved: Resolved, blocks: dict[Key, Block]) -> dict[str, list[Block]]:
    """The blocks of each arm, in order."""
    return {arm: [blocks[cell.id, number] for number in resolved.blocks] for arm, cell in resolved.cells.items()}


@checked
def work(
    experiment: Experiment,
    out: str | Path,
    *,
    shard: str | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Progress | Bars | bool | None = None,
) -> int:
    """Compute an experiment or a sweep into a folder, or one shard of it ("3/16"), and say how many blocks are missing.

    Shards need no coordination: any machine that sees the folder can compute any of them, in any order, and
    `Run.read` or `Sweep.read` reads them together.
    """
    experiment = complete(keep_block(experiment, out))
    found = [point for _, point in points(experiment)]
    part = None if shard is None else Shard.parse(shard)
    with measure_blocks(progress, "work") as tell:
        return perform_in(out, experiment, found, shard=part, jobs=jobs, executor=executor, progress=tell).missing
