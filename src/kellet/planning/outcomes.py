"""Trials: what becomes of a loop with k real points a generation, block after block of replicates."""

from __future__ import annotations

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
from kellet.experiment.running.schedule import perform
from kellet.experiment.running.task import Task
from kellet.families.yours.warned import Warned


@dataclass
class Laboratory:
    """Runs arms of one experiment and looks at their first and last generation.

    experiment: resolved; its arms are not used.  metrics: names of what is watched.  folder: where blocks are kept, so
    that a plan that was stopped goes on where it was.  computed: how many blocks weren't there yet.  warned: what
    somebody's code warned of.
    """

    experiment: Experiment
    metrics: tuple[str, ...]
    executor: Executor | None
    folder: Folder | None = None
    blocks: dict[tuple[str, int], Block] = field(default_factory=dict)
    computed: int = 0
    warned: Warned = field(default_factory=Warned)

    def look(self, trials: Sequence[tuple[Arm, range]], last: int, size: int | None = None) -> list[dict[str, Array]]:
        """For each arm and its blocks metric -> (replicates, 2): at generation 0 and at the last one."""
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
        if missing:
            there: list[int] = []
            done = perform(
                missing, self.folder, executor=self.executor, progress=lambda n, _: there.append(n), warned=self.warned
            )
            self.blocks |= done.blocks
            self.computed += len(missing) - there[0]
        return [
            {name: np.concatenate([self.blocks[cell.id, b].values[name] for b in blocks]) for name in self.metrics}
            for cell, blocks in cells
        ]


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
