"""What is computed: blocks of replicates, each a pure function of its task; and how they all get done."""

from __future__ import annotations

import platform
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import numpy as np

from kellet import metrics
from kellet.errors import InputError
from kellet.experiment.experiment import Experiment
from kellet.experiment.running import engines
from kellet.experiment.running.blocks import Block, Key
from kellet.experiment.running.folder import Folder, Status
from kellet.experiment.running.task import Task, compute, mourned
from kellet.families.family import ExactFamily
from kellet.loop.curation.curation import acquainted
from kellet.loop.generations import generations
from kellet.loop.regimes import Accumulate
from kellet.metrics import Metric, RealLaw, real_of
from kellet.version import __version__

Progress = Callable[[int, int], None]

PATIENCE = 0.5
"""Seconds between looks at what another process is computing."""


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


def watched(experiment: Experiment) -> tuple[Metric, ...]:
    """The metrics of an experiment: those it names, or all that its world and the models of its family have."""
    world, family = experiment.world, experiment.family
    real = real_of(world.open(1))
    model: Any = None
    # Of a learned family in a world of data nothing but points is ever measured, and a fit may cost minutes.
    if isinstance(family, ExactFamily) or (isinstance(real, RealLaw) and getattr(family, "batched", True)):
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
        __version__,
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
