"""Run an experiment: blocks of replicates of every arm -> one labelled result."""

from __future__ import annotations

import platform
import sys
import time
import warnings
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.random import PCG64DXSM, Generator, SeedSequence
from numpy.typing import NDArray

import kedge
from kedge import engines, metrics
from kedge.check import Check, check
from kedge.errors import InputError
from kedge.evidence import Array, Points
from kedge.experiment import Arm, Cell, Experiment
from kedge.families.command import logged
from kedge.family import ExactFamily, failed
from kedge.laws import Frequencies
from kedge.loop import generations
from kedge.metrics import Look, Metric, Real
from kedge.metrics.text import specimen
from kedge.predict import predict
from kedge.regimes import Accumulate
from kedge.store import Block, Folder, Status

if TYPE_CHECKING:
    import xarray

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Run:
    """What an experiment gave.  ``data`` is the labelled array; the rest says what it means and where it came from."""

    experiment: Experiment
    folder: Folder | None
    blocks: dict[str, list[Block]]

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """What was watched."""
        first = next(iter(self.blocks.values()))[0]
        return tuple(metrics.named(name) for name in first.values)

    @cached_property
    def data(self) -> xarray.Dataset:
        """Dims (arm, replicate, generation), a variable for each metric, and (arm, replicate) each: ``collapsed``, the
        generation at which a fit degenerated, -1 where none did, and ``failed``, that at which a program broke.
        """
        import xarray

        arms = list(self.blocks)
        variables: dict[str, Any] = {
            metric.name: (("arm", "replicate", "generation"), np.stack([self.values(arm, metric.name) for arm in arms]))
            for metric in self.metrics
        }
        collapsed = [np.concatenate([block.collapsed for block in self.blocks[arm]]) for arm in arms]
        variables["collapsed"] = (("arm", "replicate"), np.stack(collapsed))
        variables["failed"] = (("arm", "replicate"), np.stack([self.failed(arm) for arm in arms]))
        replicates = variables["collapsed"][1].shape[1]
        recipe = self.experiment.to_toml() if self.experiment.written else repr(self.experiment)
        return xarray.Dataset(
            variables,
            coords={"arm": arms, "replicate": np.arange(replicates), "generation": self.generations},
            attrs={"experiment": recipe, "kedge": kedge.__version__, "numpy": np.__version__},
        )

    @property
    def generations(self) -> NDArray[np.int64]:
        """(G,): the generations that were recorded."""
        return self.experiment.recorded

    @cached_property
    def zeros(self) -> dict[str, Array]:
        """Metric -> (200,): what it makes of fresh real points in place of written ones, for all metrics of points.

        Computed when first asked for, from the world; always the same numbers.  See `kedge.metrics.null`.
        """
        from threadpoolctl import threadpool_limits

        rng = Generator(PCG64DXSM(SeedSequence(self.experiment.seed, spawn_key=(0,))))
        real = Real.of(self.experiment.world.open(1))
        with threadpool_limits(1):
            return metrics.null(self.metrics, real, self.experiment.judged or 0, rng)

    def check(self) -> Check:
        """The z-score of every overlap of theory and simulation; see `Check`.

        >>> import kedge
        >>> world, family = kedge.worlds.poisson(), kedge.families.Poisson()
        >>> print(kedge.run(world=world, family=family, size=50, generations=20, replicates=500).check())
        28 comparisons with theory, 0 with |z| > 3 (0.1 expected by chance); 2 too heavy-tailed to say
        """
        pairs = [(arm, metric.name) for arm in self.blocks for metric in self.metrics]
        return check(predict(self.experiment), {pair: self.values(*pair) for pair in pairs}, self.generations)

    def values(self, arm: str, metric: str) -> Array:
        """(R, G): one metric of one arm."""
        return np.concatenate([block.values[metric] for block in self.blocks[arm]])

    def specimens(self, arm: str) -> dict[str, Any]:
        """What the first replicate of an arm wrote, at a few generations."""
        return self.blocks[arm][0].specimens

    def reasons(self, arm: str) -> list[str]:
        """Why fits degenerated, each reason once."""
        return sorted({block.reason for block in self.blocks[arm] if block.reason})

    def failed(self, arm: str) -> NDArray[np.int64]:
        """(R,): the generation at which somebody's program broke, -1 where none did; not an outcome, so not counted."""
        return np.concatenate([block.broke for block in self.blocks[arm]])

    def failures(self) -> dict[str, list[str]]:
        """Arm -> which generation failed and why, each once; only arms in which any did."""
        told: dict[str, list[str]] = {}
        for arm, blocks in self.blocks.items():
            first = {block.failure: min(t for t in block.broke if t >= 0) for block in blocks if block.failure}
            if first:
                told[arm] = sorted(first, key=lambda failure: (first[failure], failure))
        return told

    @staticmethod
    def read(path: str | Path) -> Run:
        """A run from its folder; a run that was killed must be finished first."""
        folder = Folder.open(path)
        experiment = folder.experiment()
        blocks = _collect(experiment, folder)
        missing = sum(block is None for row in blocks.values() for block in row)
        if missing:
            got = f"{missing} of {sum(map(len, blocks.values()))} blocks still missing in {path}"
            raise InputError("a finished run", got, f"`kedge run {path}` to resume it")
        cells = experiment.cells()
        return Run(experiment, folder, {arm: [b for b in blocks[cell.id] if b] for arm, cell in cells.items()})


def run(
    experiment: Experiment | None = None,
    *,
    out: str | Path | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> Run:
    """Run an experiment, or the one that ``settings`` describe (the fields of `Experiment`).

    out: a run folder; what it already holds is not computed again, but what failed is.  None keeps all in memory.
    jobs: processes on this machine; any number gives the same numbers, bit for bit.  executor: compute there instead.
    progress: called with (blocks done, blocks in all).

    >>> import kedge
    >>> result = kedge.run(
    ...     world=kedge.worlds.normal(0, 1), family=kedge.families.Gaussian(), size=20,
    ...     arms={"replace": Arm(), "one fresh real point": Arm(anchor=kedge.Anchor(1))},
    ...     generations=100, replicates=1000, seed=7)
    >>> result.data["variance_ratio"].sel(generation=100).median("replicate").values.round(1)
    array([0. , 0.4])
    """
    if experiment is None:
        settings["arms"] = settings.get("arms") or {"replace": Arm()}
        experiment = Experiment(**settings)
    elif settings:
        experiment = msgspec.structs.replace(experiment, **settings)
    experiment = experiment.resolved()
    cells = experiment.cells()
    recorded = tuple(experiment.recorded.tolist())
    names = tuple(metric.name for metric in _watched(experiment))
    folder = None if out is None else Folder(out)
    if folder:
        folder.begin(experiment)
    started = time.monotonic()
    blocks = _collect(experiment, folder)
    tasks = [
        Task(
            cell,
            number,
            _replicates(experiment, number),
            experiment.seed,
            names,
            recorded,
            experiment.judged or 0,
            folder,
        )
        for cell in {cell.id: cell for cell in cells.values()}.values()
        for number, block in enumerate(blocks[cell.id])
        if block is None or block.failure
    ]
    # Arms that accumulate take longest: first, so that no process ends up alone with one.
    tasks.sort(key=lambda task: not isinstance(task.cell.regime, Accumulate))
    total = sum(map(len, blocks.values()))
    done = total - len(tasks)
    if folder:
        folder.set_status(_status("running", 0.0, folder.status()))
    if progress:
        progress(done, total)
    for block in engines.compute(compute, tasks, jobs, executor):
        blocks[block.cell][block.number] = block
        done += 1
        if progress:
            progress(done, total)
    if folder:
        folder.set_status(_status("finished", time.monotonic() - started, folder.status()))
    return Run(experiment, folder, {arm: [b for b in blocks[cell.id] if b] for arm, cell in cells.items()})


@dataclass(frozen=True)
class Task:
    """One block of replicates of one cell: a pure function of its fields."""

    cell: Cell
    block: int
    replicates: int
    seed: int
    metrics: tuple[str, ...]
    recorded: tuple[int, ...]
    judged: int
    folder: Folder | None


def compute(task: Task) -> Block:
    """Compute a block; keep it in the folder if there is one."""
    from threadpoolctl import threadpool_limits

    log = task.folder.log(task.cell, task.block) if task.folder else None
    with threadpool_limits(1), logged(log):
        block = _compute(task)
    if task.folder:
        task.folder.write(block)
    return block


def _compute(task: Task) -> Block:
    cell, replicates = task.cell, task.replicates
    rng = Generator(PCG64DXSM(SeedSequence(task.seed, spawn_key=cell.spawn_key(task.block))))
    judging, writing = rng.spawn(2)
    real = Real.of(cell.world.open(1))
    watched = [metrics.named(name) for name in task.metrics]
    # A generation at a time is written: rows of the transpose stay in the cache.
    values = {metric.name: np.full((len(task.recorded), replicates), np.nan) for metric in watched}
    columns = {t: column for column, t in enumerate(task.recorded)}
    died, broke = np.full(replicates, -1), np.full(replicates, -1)
    kept: dict[str, list[Any]] = {}
    reason = failure = ""
    showing = shown(cell.generations) if task.block == 0 else ()
    loop = generations(
        cell.world,
        cell.family,
        size=cell.size,
        regime=cell.regime,
        anchor=cell.anchor,
        curation=cell.curation,
        replicates=replicates,
        rng=rng,
    )
    first: Any = None
    for g in loop:
        first = g.model if first is None else first
        died[g.collapsed & ~failed(g.model, replicates) & (died < 0) & (broke < 0)] = g.t
        reason = reason or getattr(g.model, "reason", None) or ""
        if (column := columns.get(g.t)) is not None:
            look = Look(g.model, real, task.judged, judging, first)
            # A loop that runs away may leave the range of numbers, and what a collapsed replicate writes is no number.
            with np.errstate(over="ignore", invalid="ignore"):
                for metric in watched:
                    values[metric.name][column] = np.where(g.collapsed, np.nan, metric.measure(look))
        if g.t in showing:
            for name, array in _specimen(g.model, writing, real, task.judged).items():
                kept.setdefault(name, []).append(array)
        # Last, since a program may break as late as when its model writes for us.
        if (now := failed(g.model, replicates) & (died < 0) & (broke < 0)).any():
            broke[now] = g.t
            failure = failure or f"generation {g.t}: {g.model.failure}"
        if g.t == cell.generations:
            break
    specimens = {name: np.stack(arrays) for name, arrays in kept.items()}
    measured = {name: np.ascontiguousarray(rows.T) for name, rows in values.items()}
    unseen = (broke >= 0)[:, None] & (np.array(task.recorded) >= broke[:, None])
    for numbers in measured.values():
        numbers[unseen] = np.nan
    return Block(cell.id, task.block, np.array(task.recorded), measured, died, reason, specimens, broke, failure)


def shown(last: int) -> tuple[int, ...]:
    """The generations that are shown in pictures: five from 0 to the last, closer together at the beginning.

    >>> shown(100), shown(2)
    ((0, 6, 25, 56, 100), (0, 1, 2))
    """
    return tuple(sorted({round(last * (i / 4) ** 2) for i in range(5)}))


def _specimen(model: Any, rng: Generator, real: Real, judged: int) -> dict[str, Any]:
    """What the first replicate writes: its law where that is a list of probabilities, else points."""
    if isinstance(model, Frequencies):
        return {"probabilities": Frequencies(model.probabilities[:1], model.categories, model.size).dense()[0]}
    if real.text is not None:
        return specimen(model, real, judged, rng)
    points: Points = model.sample(500, rng)
    return {"points": points.values[0]}


def _watched(experiment: Experiment) -> tuple[Metric, ...]:
    """The metrics of an experiment: those it names, or all that its world and the models of its family have."""
    world, family = experiment.world, experiment.family
    real = Real.of(world.open(1))
    model: Any = None
    # Of a learned family in a world of data nothing but points is ever measured, and a fit may cost minutes.
    if isinstance(family, ExactFamily) or (real.truth is not None and getattr(family, "batched", True)):
        model = next(generations(world, family, size=experiment.size, rng=np.random.default_rng(0))).model
        _check_curations(experiment, model)
    suited = metrics.suitable(real, model)
    if experiment.metrics is None:
        return suited
    for name in experiment.metrics:
        if metrics.named(name) not in suited:
            raise InputError("metrics that this world and family have", name, ", ".join(m.name for m in suited))
    return tuple(metrics.named(name) for name in experiment.metrics)


def _check_curations(experiment: Experiment, model: Any) -> None:
    """What curation asks of a model, it must have, before anything is computed."""
    rng = np.random.default_rng(0)
    for arm in experiment.arms.values():
        if arm.curation is not None:
            arm.curation.law(model)
            if arm.curation.by_points:
                arm.curation.points(model.sample(2, rng), 1, rng)


def _replicates(experiment: Experiment, block: int) -> int:
    """How many replicates a block holds: all the same number but the last."""
    size = experiment.block or 1
    return min(size, experiment.replicates - block * size)


def _collect(experiment: Experiment, folder: Folder | None) -> dict[str, list[Block | None]]:
    """The blocks of each cell, None where one is still to be computed."""
    blocks = -(-experiment.replicates // (experiment.block or 1))
    found: dict[str, list[Block | None]] = {}
    for cell in experiment.cells().values():
        row = [folder.read(cell, number) if folder else None for number in range(blocks)]
        # A last block that was cut short by fewer replicates is computed anew.
        found[cell.id] = [b if b and len(b.collapsed) == _replicates(experiment, b.number) else None for b in row]
    return found


def _status(status: str, seconds: float, before: Status | None) -> Status:
    now = Status(
        kedge.__version__,
        np.__version__,
        platform.python_version(),
        tuple(Path(sys.argv[0]).name if i == 0 else a for i, a in enumerate(sys.argv)),
        status,
        datetime.now(UTC).isoformat(timespec="seconds"),
        seconds,
    )
    if before is None:
        return now
    if before.numpy != now.numpy:
        warnings.warn(
            f"this run was begun under NumPy {before.numpy} and goes on under {now.numpy}: "
            "numbers repeat bit for bit only under one version",
            stacklevel=3,
        )
    return msgspec.structs.replace(before, status=status, seconds=before.seconds + seconds)
