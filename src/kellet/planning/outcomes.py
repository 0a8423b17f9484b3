"""Trials: what becomes of a loop with k real points a generation, block after block of replicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from kellet.evidence import Array
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.experiment.resolution import Resolved
from kellet.experiment.running.blocks import Block
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.schedule import perform
from kellet.experiment.running.task import Task


@dataclass
class Laboratory:
    """Runs arms of one experiment and looks at their first and last generation.

    experiment: resolved; its arms are not used.  metrics: names of what is watched.  folder: where blocks are kept, so
    that a plan that was stopped goes on where it was.  computed: how many blocks weren't there yet.
    """

    experiment: Experiment
    metrics: tuple[str, ...]
    executor: Executor | None
    folder: Folder | None = None
    seen: dict[tuple[str, int], Block] = field(default_factory=dict)
    computed: int = 0

    def look(self, trials: Sequence[tuple[Arm, range]], last: int, size: int | None = None) -> list[dict[str, Array]]:
        """For each arm and its blocks metric -> (replicates, 2): at generation 0 and at the last one."""
        asked = msgspec.structs.replace(
            self.experiment,
            arms={str(i): arm for i, (arm, _) in enumerate(trials)},
            generations=last,
            size=size or self.experiment.size,
        )
        cells = list(zip(Resolved(asked).cells.values(), [blocks for _, blocks in trials], strict=True))
        tasks = {
            (cell.id, b): Task(
                cell, b, asked.block or 1, asked.seed, self.metrics, (0, last), asked.judged or 0, self.folder
            )
            for cell, blocks in cells
            for b in blocks
        }
        missing = {key: task for key, task in tasks.items() if key not in self.seen}
        if missing:
            there: list[int] = []
            done = perform(
                missing, self.folder, executor=self.executor, progress=lambda so_far, _: there.append(so_far)
            )
            self.seen |= done.blocks
            self.computed += len(missing) - there[0]
        return [
            {name: np.concatenate([self.seen[cell.id, b].values[name] for b in blocks]) for name in self.metrics}
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
        share: Array = values / self.median
        return share

    def kept(self, values: Array) -> Any:
        """Which replicates keep it; what is no number, as of a loop that died, does not."""
        share = self.relative(values)
        return share <= self.level if self.lower else share >= self.level


def kept(keeps: Sequence[Keep], values: Mapping[str, Array]) -> Any:
    """(R,): which replicates keep all of them; values: metric -> (R,)."""
    return np.logical_and.reduce([keep.kept(values[keep.metric]) for keep in keeps])
