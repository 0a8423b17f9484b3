"""What is computed: blocks of replicates, each a pure function of its task; and how they all get done."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from uuid import uuid4

from kellet.errors import InputError
from kellet.experiment.resolution import Resolved
from kellet.experiment.running import engines
from kellet.experiment.running.blocks import Block, Key
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.members import list_base, list_between, list_columns
from kellet.experiment.running.meter import Progress, measure
from kellet.experiment.running.task import Task, compute_folded, give_up
from kellet.families.yours.warned import Warned
from kellet.metrics import catalogue

DIGITS = 40
"""Characters of a shard, far more than there can be."""
PATIENCE = 0.5
"""Seconds between looks at what another process is computing."""
WORD = 5.0
"""Seconds after which it is said who is waited for."""


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
    """What there is after the work: blocks by address, and how many are still missing."""

    blocks: dict[Key, Block]
    missing: int


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
    _tell(spoilt)
    wanted = [key for key in tasks if _open(blocks.get(key)) and (shard is None or shard.holds(key))]
    before = folder.done() if folder is not None and wanted else {}
    session = uuid4().hex
    mine = [replace(tasks[key], session=session, again=key in before) for key in wanted]
    # Arms that learn from most take longest: first, so that no process ends up alone with one.
    mine.sort(key=lambda task: -task.cell.batches)
    total, done = len(tasks), len(tasks) - sum(_open(blocks.get(key)) for key in tasks)
    computed: list[Key] = []
    heard, since, told = Warned() if warned is None else warned, time.monotonic(), False
    # What has failed before may kill this process, were it alone here.
    tried = any(key in blocks for key in wanted)
    with (
        engines.open_pool(executor, jobs if tried else min(jobs, len(mine))) as pool,
        measure(progress, done, total, apart=pool is not None) as meter,
    ):
        mine = [replace(task, pulse=meter.pulse) for task in mine]
        while mine:
            count = len(computed)
            for result, more in engines.compute(compute_folded, mine, executor=pool, instead=_give_up, idle=meter.look):
                heard.add(more)
                if result is None:
                    continue
                key = result.key if isinstance(result, Block) else result
                if isinstance(result, Block):
                    blocks[key] = result
                computed.append(key)
                meter.finish(key)
            if folder is None:
                break
            since = time.monotonic() if len(computed) > count else since
            there = set(computed) | {key for key, name in folder.done().items() if before.get(key) != name}
            mine = [task for task in mine if task.key not in there]
            if mine:
                if not told and time.monotonic() > since + WORD:
                    told = _tell_claims(folder, mine)
                time.sleep(PATIENCE)
    if warned is None:
        heard.tell()
    if folder is not None and computed:
        blocks |= _read_back({key: tasks[key] for key in computed}, folder)
    if folder is not None and len(blocks) < len(tasks):
        # What other processes have computed meanwhile.
        blocks |= load({key: task for key, task in tasks.items() if key not in blocks}, folder)[0]
    missing = sum(key not in blocks for key in tasks)
    return Harvest(blocks, missing)


def make_tasks(resolved: Resolved, folder: Folder | None, names: tuple[str, ...], showing: bool = True) -> list[Task]:
    """All blocks of an experiment, in which metrics of these names are watched."""
    experiment = resolved.experiment
    records = tuple(experiment.records.tolist())
    return [
        Task(cell, b, resolved.replicates(b), experiment.seed, names, records, resolved.judged, folder, showing)
        for cell in resolved.cells.values()
        for b in resolved.blocks
    ]


def load(
    tasks: Mapping[Key, Task], folder: Folder | None, verify: bool = True
) -> tuple[dict[Key, Block], dict[str, str]]:
    """The blocks that a folder holds already, and files that hold none of these: name -> what is wrong with it.

    verify: whether specimens are checked as well.
    """
    if folder is None or not tasks:
        return {}, {}
    most = max(max(task.replicates, task.cell.block) * len(task.records) for task in tasks.values())
    blocks, spoilt = folder.load(tasks, verify, most)
    # A last block that was cut short by fewer replicates is computed anew.
    blocks = {key: b for key, b in blocks.items() if len(b.collapsed) == tasks[key].replicates}
    first, trusting = next(iter(blocks.values()), None), False
    if any(block.origin is None for block in blocks.values()):
        # An older version began it, and nobody can tell.
        trusting = (status := folder.status()) is not None and status.seed is None
    for key, block in [*blocks.items()]:
        if doubt := _doubt(block, tasks[key], first or block, trusting):
            del blocks[key]
            spoilt[block.file[0] if block.file else str(key)] = doubt
    return blocks, spoilt


def _read_back(tasks: Mapping[Key, Task], folder: Folder) -> dict[Key, Block]:
    """The blocks that were written just now; a store may lie about them, which is told."""
    blocks, spoilt = load(tasks, folder)
    _tell(spoilt)
    return blocks


def _doubt(block: Block, task: Task, first: Block, trusting: bool) -> str:
    """Why a block is not the one that a task makes; empty if it is.  first: of all, whose metrics the others have."""
    known, wanted = block.origin, task.origin
    if known is None:
        if not trusting:
            return "doesn't say of which seed it is"
    elif (known.cell, known.number) != task.key:
        return "bears the name of another block"
    elif names := [name for name in ("seed", "judged") if getattr(known, name) != getattr(wanted, name)]:
        return " and ".join(f"has {name} {getattr(known, name)} and not {getattr(wanted, name)}" for name in names)
    if tuple(block.generations.tolist()) != task.records:
        return "is of other generations"
    columns = list_columns(task.cell, task.metrics or (*list_base(first.values), *list_between(block.values)))
    if tuple(block.values) != columns:
        return "holds other metrics"
    if not set(list_base(block.values)) <= {metric.name for metric in catalogue.ALL}:
        return "holds what is no metric"
    return ""


def _tell_claims(folder: Folder, tasks: Sequence[Task]) -> bool:
    """Say who else is at work on these blocks, and what becomes of them if it is gone; whether anybody is."""
    wanted = {f"{task.cell.id}-{task.block}" for task in tasks}
    # What its writer was killed before filling is nobody's in seconds, and not worth a word.
    held = {n: who for n, who in folder.place.holders().items() if who.host and n.rpartition(".")[0] in wanted}
    if held:
        who = " and ".join(sorted({str(one) for one in held.values()}))
        count = "1 block is" if len(held) == 1 else f"{len(held)} blocks are"
        lapse = f"what another machine claimed is free an hour later, or when you delete {folder}/claims"
        warnings.warn(f"{count} claimed by {who}, and waited for; {lapse}", stacklevel=3)
    return bool(held)


def _tell(spoilt: Mapping[str, str]) -> None:
    """Say which files are not what they should be, in a line for each kind of reason."""
    for why in dict.fromkeys(spoilt.values()):
        first, *others = [name for name, reason in spoilt.items() if reason == why]
        if others:
            told = f"{first} and {len(others)} more are no blocks of this run (each {why}); they are computed again"
        else:
            told = f"{first} {why}; its block is computed again"
        warnings.warn(told, stacklevel=3)


def _give_up(lost: engines.Loss[Task]) -> tuple[Block | Key | None, Warned]:
    return give_up(lost), Warned()


def _open(block: Block | None) -> bool:
    """Whether a block is still to be computed, or again."""
    return block is None or bool(block.failure)
