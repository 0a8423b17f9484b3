"""Trials: what becomes of a loop with k real points per generation, block after block of replicates."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.experiment.resolution import Resolved
from kellet.experiment.running.blocks import Block
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.schedule import load, perform
from kellet.experiment.running.task import Task
from kellet.families.yours.warned import Warned

STRIDE = 2.0
"""Seconds between two looks at the clock, where a block takes less."""


@dataclass
class Laboratory:
    """Runs arms of one experiment and looks at their first and last generation.

    experiment: resolved; its arms are not used.  metrics: names of what is watched.  folder: where blocks are kept, so
    that a plan that was stopped goes on where it was.  jobs: processes of the executor.  computed: how many blocks
    weren't there yet.  pace: seconds that one generation of a block took last.  cold: whether processes are yet to
    start, which says nothing of it.  warned: what somebody's code warned of.
    """

    experiment: Experiment
    metrics: tuple[str, ...]
    executor: Executor | None
    folder: Folder | None = None
    blocks: dict[tuple[str, int], Block] = field(default_factory=dict)
    computed: int = 0
    jobs: int = 1
    pace: float = 0.0
    cold: bool = False
    warned: Warned = field(default_factory=Warned)

    def look(
        self,
        trials: Sequence[tuple[Arm, range]],
        last: int,
        size: int | None = None,
        until: float = math.inf,
        effort: float = 1.0,
    ) -> list[dict[str, Array]]:
        """For each arm and its blocks metric -> (replicates, 2): at generation 0 and at the last one.

        until: time.monotonic() when all must be done; what would end later is not begun, and then only the first blocks
        of each arm are there, or none.  effort: how many times as long as usual a generation takes.
        """
        arms = {str(i): arm for i, (arm, _) in enumerate(trials)}
        asked = msgspec.structs.replace(self.experiment, arms=arms, generations=last, size=size or self.experiment.size)
        cells = list(zip(Resolved(asked).cells.values(), [blocks for _, blocks in trials], strict=True))
        tasks = {
            (cell.id, b): Task(
                cell, b, asked.block or 1, asked.seed, self.metrics, (0, last), asked.judged or 0, self.folder
            )
            for cell, blocks in cells
            for b in blocks
        }
        missing = {key: task for key, task in tasks.items() if key not in self.blocks}
        # What failed before is tried again.
        self.blocks |= {key: block for key, block in load(missing, self.folder)[0].items() if not block.failure}
        self._compute([task for key, task in missing.items() if key not in self.blocks], last, until, effort)
        empty = {name: np.zeros((0, 2)) for name in self.metrics}
        looks = []
        for cell, blocks in cells:
            there = [block.values for b in blocks if (block := self.blocks.get((cell.id, b)))]
            joined = {name: np.concatenate([values[name] for values in there]) for name in self.metrics if there}
            looks.append(joined or empty)
        return looks

    def estimate(self, blocks: int, last: int) -> float:
        """Seconds that so many blocks of so many generations take, by what was computed last."""
        return -(-blocks // self.jobs) * (last + 1) * self.pace

    def _compute(self, tasks: list[Task], last: int, until: float, effort: float) -> None:
        """As many as there is time for; the first block of every arm first."""
        tasks.sort(key=lambda task: task.block)
        while tasks:
            some = tasks
            if until < math.inf:
                left, one = until - time.monotonic(), effort * self.estimate(1, last)
                if left < one:
                    return
                some = tasks[: self.jobs * max(1, int(min(left, STRIDE) / one) if one and not self.cold else 1)]
            started = time.monotonic()
            wanted = {task.key: task for task in some}
            done = perform(wanted, self.folder, executor=self.executor, warned=self.warned)
            if not self.cold and effort == 1.0:
                self.pace = (time.monotonic() - started) / -(-len(some) // self.jobs) / (last + 1)
            self.cold = False
            self.blocks |= done.blocks
            self.computed += len(some)
            tasks = tasks[len(some) :]


@dataclass(frozen=True)
class Keep:
    """A level that a metric must keep, relative to what real data of the same size get.

    median: that, in the metric's own units.  lower: whether less is better.
    """

    metric: str
    level: float
    median: float
    lower: bool

    def relative(self, values: Array) -> Array:
        """Values in units of what real data get."""
        return values / self.median

    def kept(self, values: Array) -> NDArray[np.bool_]:
        """Which replicates keep it; what is no number, as of a loop that died, does not."""
        share = self.relative(values)
        return share <= self.level if self.lower else share >= self.level


def kept(keeps: Sequence[Keep], values: Mapping[str, Array]) -> NDArray[np.bool_]:
    """(R,): which replicates keep all of them; values: metric -> (R,)."""
    return np.asarray(np.logical_and.reduce([keep.kept(values[keep.metric]) for keep in keeps]))
