"""What is computed: blocks of replicates, each a pure function of its task; and how they all get done."""

from __future__ import annotations

import platform
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import numpy as np
from numpy.random import PCG64DXSM, Generator, SeedSequence

import kellet
from kellet import engines, metrics
from kellet.curation import acquainted
from kellet.errors import InputError
from kellet.evidence import Points
from kellet.experiment import Cell, Experiment
from kellet.families import Language
from kellet.families.command import logged
from kellet.families.transformer import checkpoints
from kellet.family import ExactFamily, failed
from kellet.laws import Frequencies
from kellet.loop import generations
from kellet.metrics import Look, Metric, Real
from kellet.metrics.text import specimen
from kellet.regimes import Accumulate
from kellet.store import Folder, Status
from kellet.store.blocks import Block, Key
from kellet.worlds.exchange import foreign

Progress = Callable[[int, int], None]

POOLED = ("numpy", "scipy.linalg", "scipy.special", "sklearn.cluster", "torch")
"""Packages that bring thread pools of their own."""
PATIENCE = 0.5
"""Seconds between looks at what another process is computing."""
GLANCE = 2.0
"""Seconds for which a worker believes what it has seen of a folder: listing ten thousand blocks takes 50 ms."""


@dataclass(frozen=True)
class Shard:
    """Part ``number`` of ``of`` of all blocks, 1 the first: told apart by their addresses, without any coordination.

    >>> Shard.parse("3/16")
    Shard(number=3, of=16)
    """

    number: int
    of: int

    @staticmethod
    def parse(text: str) -> Shard:
        """From NUMBER/OF."""
        number, _, of = text.partition("/")
        if not (number.isdigit() and of.isdigit() and 1 <= int(number) <= int(of)):
            raise InputError("a shard as i/n, from 1/n to n/n", repr(text), "--shard 3/16")
        return Shard(int(number), int(of))

    def holds(self, key: Key) -> bool:
        """Whether a block belongs to this part."""
        return (int(key[0], 16) + key[1]) % self.of == self.number - 1


@dataclass(frozen=True)
class Done:
    """What there is after the work: blocks by address, how many are still missing, and files that were spoilt."""

    blocks: dict[Key, Block]
    missing: int
    spoilt: tuple[str, ...]


def perform(
    tasks: Mapping[Key, Task],
    folder: Folder | None,
    *,
    jobs: int = 1,
    executor: Executor | None = None,
    shard: Shard | None = None,
    progress: Progress | None = None,
) -> Done:
    """Compute every block that is not there yet.

    Another process may be at work on the same folder: what it has claimed is waited for.  Blocks that failed are tried
    again; those that keep killing their workers fail.
    """
    blocks, spoilt = kept(tasks, folder)
    wanted = [key for key in tasks if _open(blocks.get(key)) and (shard is None or shard.holds(key))]
    before = folder.done() if folder is not None and wanted else {}
    session = uuid4().hex
    mine = [replace(tasks[key], session=session, again=key in before) for key in wanted]
    # Arms that accumulate take longest: first, so that no process ends up alone with one.
    mine.sort(key=lambda task: not isinstance(task.cell.regime, Accumulate))
    total, done = len(tasks), len(tasks) - sum(_open(blocks.get(key)) for key in tasks)
    if progress:
        progress(done, total)
    computed: list[Key] = []
    # What has failed before may kill this process, were it alone here.
    tried = any(key in blocks for key in wanted)
    with engines.opened(executor, jobs if tried else min(jobs, len(mine))) as pool:
        while mine:
            for result in engines.compute(compute, mine, executor=pool, mourn=mourned):
                if result is None:
                    continue
                if isinstance(result, Block):
                    blocks[result.cell, result.number] = result
                    computed.append((result.cell, result.number))
                else:
                    computed.append(result)
                done += 1
                if progress:
                    progress(done, total)
            if folder is None:
                break
            there = set(computed) | {key for key, name in folder.done().items() if before.get(key) != name}
            mine = [task for task in mine if task.key not in there]
            if mine:
                time.sleep(PATIENCE)
    if folder is not None and computed:
        fresh, more = folder.load(computed)
        blocks |= fresh
        spoilt = [*spoilt, *more]
    if folder is not None and len(blocks) < len(tasks):
        # What other processes have computed meanwhile.
        blocks |= kept({key: task for key, task in tasks.items() if key not in blocks}, folder)[0]
    missing = sum(key not in blocks for key in tasks)
    return Done(blocks, missing, tuple(spoilt))


def tasks_of(experiment: Experiment, folder: Folder | None, names: tuple[str, ...], showing: bool = True) -> list[Task]:
    """All blocks of a resolved experiment, in which metrics of these names are watched."""
    recorded = tuple(experiment.recorded.tolist())
    return [
        Task(
            cell,
            b,
            replicates_of(experiment, b),
            experiment.seed,
            names,
            recorded,
            experiment.judged or 0,
            folder,
            showing,
        )
        for cell in experiment.cells().values()
        for b in range(-(-experiment.replicates // (experiment.block or 1)))
    ]


def kept(tasks: Mapping[Key, Task], folder: Folder | None) -> tuple[dict[Key, Block], list[str]]:
    """The blocks that a folder holds already, and the names of those that are spoilt."""
    if folder is None:
        return {}, []
    blocks, spoilt = folder.load(tasks)
    # A last block that was cut short by fewer replicates is computed anew.
    return {key: b for key, b in blocks.items() if len(b.collapsed) == tasks[key].replicates}, spoilt


def _open(block: Block | None) -> bool:
    """Whether a block is still to be computed, or again."""
    return block is None or bool(block.failure)


@dataclass(frozen=True)
class Task:
    """One block of replicates of one cell: a pure function of its fields.

    showing: whether the first replicate of block 0 also leaves what it wrote, for pictures.  session: of whoever wants
    it, who may take over the claim of a worker that was lost.  again: a block that is there already is to be replaced.
    """

    cell: Cell
    block: int
    replicates: int
    seed: int
    metrics: tuple[str, ...]
    recorded: tuple[int, ...]
    judged: int
    folder: Folder | None
    showing: bool = True
    session: str = ""
    again: bool = False

    @property
    def key(self) -> Key:
        """Its address: the cell's id and the number of the block."""
        return self.cell.id, self.block


def compute(task: Task) -> Block | Key | None:
    """Compute a block.

    Kept in the folder if there is one, and then only its address comes back; None where another process has claimed it.
    """
    if task.folder is None:
        with one_thread():
            return _compute(task)
    if not task.folder.claim(task.cell.id, task.block, task.session):
        return None
    try:
        if not task.again and task.key in _there(str(task.folder), task.session, int(time.monotonic() / GLANCE)):
            return task.key
        with one_thread(), logged(task.folder.log(task.cell, task.block)), _models(task):
            block = _compute(task)
        task.folder.write(block)
    finally:
        task.folder.release(task.cell.id, task.block)
    return task.key


def _models(task: Task) -> Any:
    """A context in which language models are kept in the folder, for good or until the block is done."""
    if task.folder is None or not isinstance(task.cell.family, Language):
        return nullcontext()
    where = task.folder / f"models/{task.cell.id}-{task.block}"
    # A folder that is no path is a store elsewhere: what is learnt again there was never kept.
    if not isinstance(where, Path):
        return nullcontext()
    return checkpoints.kept(where, foreign(task.cell.world.open(1).tokeniser))


@lru_cache(maxsize=1)
def _there(folder: str, session: str, when: int) -> frozenset[Key]:
    """The blocks that others, at work on the same folder, have written; looked up now and then."""
    return frozenset(Folder(folder).done())


def one_thread() -> Any:
    """A context in which the libraries that are loaded by now compute on one thread."""
    return _pools(tuple(name in sys.modules for name in POOLED)).limit(limits=1)


@lru_cache(maxsize=16)
def _pools(loaded: tuple[bool, ...]) -> Any:
    """Looking for the libraries takes a millisecond, as long as a small block."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def mourned(lost: engines.Lost[Task]) -> Block | Key:
    """What stands for a block that keeps killing its workers: one that failed at once."""
    task = lost.task
    shape = (task.replicates, len(task.recorded))
    values = {name: np.full(shape, np.nan) for name in task.metrics}
    died, broke = np.full(task.replicates, -1), np.zeros(task.replicates, dtype=np.int64)
    block = Block(
        task.cell.id, task.block, np.array(task.recorded), values, died, "", {}, broke, f"generation 0: {lost.reason}"
    )
    if task.folder is None:
        return block
    task.folder.write(block)
    task.folder.release(*task.key)
    return task.key


def _compute(task: Task) -> Block:
    cell, replicates = task.cell, task.replicates
    rng = Generator(PCG64DXSM(SeedSequence(task.seed, spawn_key=cell.spawn_key(task.block))))
    judging, writing = rng.spawn(2)
    real = Real.of(cell.world.open(1))
    chosen = [metrics.named(name) for name in task.metrics]
    # A generation at a time is written: rows of the transpose stay in the cache.
    values = {metric.name: np.full((len(task.recorded), replicates), np.nan) for metric in chosen}
    columns = {t: column for column, t in enumerate(task.recorded)}
    died, broke = np.full(replicates, -1), np.full(replicates, -1)
    kept: dict[str, list[Any]] = {}
    reason = failure = ""
    showing = shown(cell.generations) if task.showing and task.block == 0 else ()
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
        look = Look(g.model, real, task.judged, judging, first)
        if (column := columns.get(g.t)) is not None:
            # A loop that runs away may leave the range of numbers, and what a collapsed replicate writes is no number.
            with np.errstate(over="ignore", invalid="ignore"):
                for metric in chosen:
                    values[metric.name][column] = np.where(g.collapsed, np.nan, metric.measure(look))
        if g.t in showing:
            for name, array in _specimen(look, writing).items():
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


def _specimen(look: Look, rng: Generator) -> dict[str, Any]:
    """What the first replicate writes: its law where that is a list of probabilities, else points."""
    model = look.model
    if isinstance(model, Frequencies):
        return {"probabilities": Frequencies(model.probabilities[:1], model.categories, model.size).dense()[0]}
    if look.real.text is not None:
        return specimen(look, rng)
    points: Points = model.sample(500, rng)
    return {"points": points.values[0]}


def watched(experiment: Experiment) -> tuple[Metric, ...]:
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
                curation = acquainted(arm.curation, model, experiment.world.open(1))
                curation.points(model.sample(2, rng), 1, rng)


def replicates_of(experiment: Experiment, block: int) -> int:
    """How many replicates a block holds: all the same number but the last."""
    size = experiment.block or 1
    return min(size, experiment.replicates - block * size)


def status_of(status: str, seconds: float, before: Status | None) -> Status:
    """What run.json says from now on."""
    now = Status(
        kellet.__version__,
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
