"""A task: one block of replicates of one cell, a pure function of its fields."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import PCG64DXSM, Generator, SeedSequence

from kellet import metrics
from kellet.experiment.cell import Cell
from kellet.experiment.running import engines
from kellet.experiment.running.blocks import Block, Key, Origin
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.members import Step, list_columns, list_members
from kellet.experiment.running.meter import Pulse, follow
from kellet.experiment.running.recorder import exhibits, record
from kellet.families.abilities import Archive, abilities
from kellet.families.yours.warned import Warned
from kellet.metrics import real_of
from kellet.worlds.world import open_world

POOLED = ("numpy", "scipy.linalg", "scipy.special", "sklearn.cluster", "torch")
"""Packages that bring thread pools of their own."""
GLANCE = 2.0
"""Seconds for which a worker believes what it has seen of a folder: listing ten thousand blocks takes 50 ms."""


@dataclass(frozen=True)
class Task:
    """One block of replicates of one cell: a pure function of its fields.

    showing: whether the first replicate of block 0 also leaves what it wrote, for pictures.  session: of whoever wants
    it, who may take over the claim of a worker that was lost.  again: a block that is there already is to be replaced.
    pulse: told now and then how far it is.
    """

    cell: Cell
    block: int
    replicates: int
    seed: int
    metrics: tuple[str, ...]
    records: tuple[int, ...]
    judged: int
    folder: Folder | None
    showing: bool = True
    session: str = ""
    again: bool = False
    pulse: Pulse | None = None

    @property
    def key(self) -> Key:
        """Its address: the cell's id and the number of the block."""
        return self.cell.id, self.block

    @property
    def origin(self) -> Origin:
        """What its block says of itself."""
        return Origin(*self.key, self.seed, self.judged)


def compute(task: Task, warned: Warned | None = None) -> Block | Key | None:
    """Compute a block.

    Kept in the folder if there is one, and then only its address comes back; None where another process has claimed it.
    warned: counts what somebody's code warns of.
    """
    if task.folder is None:
        with one_thread():
            return _compute(task, _archive(task, warned))
    if not task.folder.claim(task.cell.id, task.block, task.session):
        return None
    try:
        if not task.again and task.key in _there(str(task.folder), task.session, int(time.monotonic() / GLANCE)):
            return task.key
        archive = _archive(task, warned)
        with one_thread():
            block = _compute(task, archive)
        if archive:
            abilities(task.cell.family).tidy(archive)
        if task.again and (before := task.folder.done().get(task.key)):
            # The newer one counts, and a clock may be set back.
            task.folder.place.remove(f"cells/{before}")
        task.folder.write(block)
    finally:
        task.folder.release(task.cell.id, task.block)
    return task.key


def compute_folded(task: Task) -> tuple[Block | Key | None, Warned]:
    """Compute a block; what somebody's code warned of meanwhile comes beside it."""
    warned = Warned()
    return compute(task, warned), warned


def _archive(task: Task, warned: Warned | None) -> Archive | None:
    """Where the folder keeps what fits leave; what an earlier try printed goes."""
    if not abilities(task.cell.family).archives:
        return None
    if task.folder is None:
        return Archive(warned=warned)
    log, models = task.folder.log(*task.key), task.folder / f"models/{task.cell.id}-{task.block}"
    log.unlink(missing_ok=True)
    # A folder that is no path is a store elsewhere: what is learnt again there was never kept.
    return Archive(log, models if isinstance(models, Path) else None, warned=warned)


@lru_cache(maxsize=1)
def _there(folder: str, session: str, when: int) -> frozenset[Key]:
    """The blocks that others, at work on the same folder, have written; looked up now and then."""
    return frozenset(Folder(folder).done())


def one_thread() -> AbstractContextManager[object]:
    """A context in which the libraries that are loaded by now compute on one thread."""
    limited: AbstractContextManager[object] = _pools(tuple(name in sys.modules for name in POOLED)).limit(limits=1)
    return limited


@lru_cache(maxsize=16)
def _pools(loaded: tuple[bool, ...]) -> Any:
    """Looking for the libraries takes a millisecond, as long as a small block."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def give_up(lost: engines.Loss[Task]) -> Block | Key:
    """What stands for a block that keeps killing its workers: one that failed at once."""
    task = lost.task
    shape = (task.replicates, len(task.records))
    values = {name: np.full(shape, np.nan) for name in list_columns(task.cell, task.metrics)}
    died, broke = np.full(task.replicates, -1), np.zeros(task.replicates, dtype=np.int64)
    block = Block(
        *task.key, np.array(task.records), values, died, "", {}, broke, f"generation 0: {lost.reason}",
        origin=task.origin,
    )  # fmt: skip
    if task.folder is None:
        return block
    task.folder.write(block)
    task.folder.release(*task.key)
    return task.key


def _compute(task: Task, archive: Archive | None = None) -> Block:
    cell = task.cell
    rng = Generator(PCG64DXSM(SeedSequence(task.seed, spawn_key=cell.spawn_key(task.block))))
    judging, writing = rng.spawn(2)
    loop: Iterator[Step] = cell.loop(task.replicates, rng, archive)
    if task.pulse:
        loop = follow(loop, task.key, task.records[-1], task.pulse)
    watched = [metrics.find_metric(name) for name in task.metrics]
    showing = exhibits(cell.generations) if task.showing and task.block == 0 else ()
    real, at = real_of(open_world(cell.world)), task.records
    members = list_members(cell)
    found = record(loop, real, watched, at, task.replicates, task.judged, judging, showing, writing, members)
    found = replace(found, values={name: found.values[name] for name in list_columns(cell, task.metrics)})
    return Block(*task.key, np.array(task.records), **vars(found), origin=task.origin)
