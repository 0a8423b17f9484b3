"""What is computed: blocks of replicates, each a pure function of its task; and how they all get done."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from uuid import uuid4

from kellet.errors import InputError
from kellet.experiment.resolution import Resolved
from kellet.experiment.running import engines
from kellet.experiment.running.blocks import Block, Key
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.task import Task, compute_folded, give_up
from kellet.families.yours.warned import Warned

Progress = Callable[[int, int], None]

DIGITS = 40
"""Characters of a shard, far more than there can be."""
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
        short = len(text) < DIGITS and number.isdecimal() and of.isdecimal()
        if not (short and 1 <= int(number) <= int(of)):
            raise InputError("a shard as i/n, from 1/n to n/n", repr(text), "--shard 3/16")
        return Shard(int(number), int(of))

    def holds(self, key: Key) -> bool:
        """Whether a block belongs to this part."""
        return (int(key[0], 16) + key[1]) % self.of == self.number - 1


@dataclass(frozen=True)
class Harvest:
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
    warned: Warned | None = None,
) -> Harvest:
    """Compute every block that is not there yet.

    Another process may be at work on the same folder: what it has claimed is waited for.  Blocks that failed are tried
    again; those that keep killing their workers fail.  What somebody's code warns of is told once at the end, or
    counted in ``warned``.
    """
    blocks, spoilt = load(tasks, folder)
    wanted = [key for key in tasks if _open(blocks.get(key)) and (shard is None or shard.holds(key))]
    before = folder.done() if folder is not None and wanted else {}
    session = uuid4().hex
    mine = [replace(tasks[key], session=session, again=key in before) for key in wanted]
    # Arms that learn from most take longest: first, so that no process ends up alone with one.
    mine.sort(key=lambda task: -task.cell.regime.batches(task.cell.generations))
    total, done = len(tasks), len(tasks) - sum(_open(blocks.get(key)) for key in tasks)
    if progress:
        progress(done, total)
    computed: list[Key] = []
    heard = Warned() if warned is None else warned
    # What has failed before may kill this process, were it alone here.
    tried = any(key in blocks for key in wanted)
    with engines.open_pool(executor, jobs if tried else min(jobs, len(mine))) as pool:
        while mine:
            for result, more in engines.compute(compute_folded, mine, executor=pool, instead=_give_up):
                heard.add(more)
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
    if warned is None:
        heard.tell()
    if folder is not None and computed:
        fresh, damaged = folder.load(computed)
        blocks |= fresh
        spoilt = [*spoilt, *damaged]
    if folder is not None and len(blocks) < len(tasks):
        # What other processes have computed meanwhile.
        blocks |= load({key: task for key, task in tasks.items() if key not in blocks}, folder)[0]
    missing = sum(key not in blocks for key in tasks)
    return Harvest(blocks, missing, tuple(spoilt))


def make_tasks(resolved: Resolved, folder: Folder | None, names: tuple[str, ...], showing: bool = True) -> list[Task]:
    """All blocks of an experiment, in which metrics of these names are watched."""
    experiment = resolved.experiment
    records = tuple(experiment.records.tolist())
    return [
        Task(cell, b, resolved.replicates(b), experiment.seed, names, records, resolved.judged, folder, showing)
        for cell in resolved.cells.values()
        for b in resolved.blocks
    ]


def load(tasks: Mapping[Key, Task], folder: Folder | None) -> tuple[dict[Key, Block], list[str]]:
    """The blocks that a folder holds already, and the names of those that are spoilt."""
    if folder is None:
        return {}, []
    blocks, spoilt = folder.load(tasks)
    # A last block that was cut short by fewer replicates is computed anew.
    return {key: b for key, b in blocks.items() if len(b.collapsed) == tasks[key].replicates}, spoilt


def _give_up(lost: engines.Loss[Task]) -> tuple[Block | Key | None, Warned]:
    return give_up(lost), Warned()


def _open(block: Block | None) -> bool:
    """Whether a block is still to be computed, or again."""
    return block is None or bool(block.failure)
