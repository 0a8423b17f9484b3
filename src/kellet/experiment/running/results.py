"""Results: the blocks of an experiment, arm by arm, and what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.random import PCG64DXSM, Generator, SeedSequence
from numpy.typing import NDArray

from kellet import metrics
from kellet.errors import InputError
from kellet.evidence import Array
from kellet.experiment.experiment import Experiment
from kellet.experiment.resolution import Resolved
from kellet.experiment.running.blocks import Block, Mark, Specimen
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.members import list_base, list_between, list_members
from kellet.experiment.running.task import one_thread
from kellet.metrics import Metric, real_of


@dataclass(frozen=True)
class Results:
    """What the arms of an experiment gave: ``blocks`` are by arm, each arm's in order."""

    resolved: Resolved
    folder: Folder | None
    blocks: dict[str, list[Block]]

    @property
    def experiment(self) -> Experiment:
        """What was run, complete."""
        return self.resolved.experiment

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """What was watched of every arm."""
        first = next(iter(self.blocks.values()))[0]
        return tuple(metrics.find_metric(name) for name in list_base(first.values))

    @cached_property
    def between(self) -> tuple[Metric, ...]:
        """What was watched of all writers of a pool together, in the arms that have one."""
        names = (name for blocks in self.blocks.values() for name in list_between(blocks[0].values))
        return tuple(metrics.find_metric(name) for name in dict.fromkeys(names))

    def members(self, arm: str) -> tuple[str, ...]:
        """The writers of an arm's pool, each of which has values of its own: ``values(arm, "metric@writer")``."""
        return list_members(self.resolved.cells[arm])

    @property
    def generations(self) -> NDArray[np.int64]:
        """(G,): the generations that were recorded."""
        return self.experiment.records

    @property
    def replicates(self) -> int:
        """How many there are of each arm."""
        return sum(len(block.collapsed) for block in next(iter(self.blocks.values())))

    @cached_property
    def zeros(self) -> dict[str, Array]:
        """Metric -> (200,): what it makes of fresh real points in place of written ones, for all metrics of points.

        Computed when first asked for, from the world; always the same numbers.  See `kellet.metrics.null`.
        """
        rng = Generator(PCG64DXSM(SeedSequence(self.experiment.seed, spawn_key=(0,))))
        with one_thread():
            return metrics.null(self.metrics, real_of(self.resolved.source), self.resolved.judged, rng)

    def floors(self, watched: tuple[Metric, ...]) -> dict[str, float]:
        """Metric -> the most that it makes of one real point written over and over; see `kellet.metrics.repeat_one`."""
        rng = Generator(PCG64DXSM(SeedSequence(self.experiment.seed, spawn_key=(1,))))
        with one_thread():
            return metrics.repeat_one(watched, real_of(self.resolved.source), self.resolved.judged, rng)

    @property
    def notes(self) -> tuple[str, ...]:
        """What metrics leave out of these real data, in sentences; empty where the data have moved or changed since."""
        explaining = [metric.notes for metric in self.metrics if metric.notes is not None]
        try:
            real = real_of(self.resolved.source) if explaining else None
        except InputError:
            return ()
        return tuple(note for explain in explaining if real for note in explain(real, self.resolved.judged))

    def has(self, arm: str, metric: str) -> bool:
        """Whether a metric was watched of an arm: what lies between writers is of those alone that have a pool."""
        return metric in self.blocks[arm][0].values

    def values(self, arm: str, metric: str) -> Array:
        """(R, G): one metric of one arm; NaN where it is between writers and the arm has none."""
        blocks = self.blocks[arm]
        if list_between([metric]) and not self.has(arm, metric):
            return np.full((self.replicates, len(self.generations)), np.nan)
        first = blocks[0].values[metric]
        # Filled in, since all of the parts beside the whole would be as much again.
        values = np.empty((sum(len(block.collapsed) for block in blocks), first.shape[1]))
        values[: (end := len(first))] = first
        for block in blocks[1:]:
            start, end = end, end + len(block.collapsed)
            values[start:end] = block.values[metric]
        return values

    def specimens(self, arm: str) -> dict[str, Specimen]:
        """What the first replicate of an arm wrote, at a few generations."""
        return dict(self.blocks[arm][0].specimens)

    def collapsed(self, arm: str) -> NDArray[np.int64]:
        """(R,): the generation at which a fit degenerated, -1 where none did."""
        return self._marks(arm, "collapsed")

    def emptied(self, arm: str) -> NDArray[np.int64]:
        """(R,): the generation at which curation had left nothing to learn from, -1 where there always was something;
        nothing is measured from then on."""
        return self._marks(arm, "emptied")

    def absorbed(self, arm: str) -> NDArray[np.int64]:
        """(R,): the generation since which up to the last one the model can write one point only, -1 where it can write
        others."""
        return self._marks(arm, "absorbed")

    def still(self, arm: str) -> NDArray[np.int64]:
        """(R,): at how many generations, 0 to the last, the model could write one point only."""
        return self._marks(arm, "still")

    def counted(self, arm: str) -> NDArray[np.bool_]:
        """(R,): the replicates whose numbers count: no program broke, and there always was something to learn from."""
        return (self.failed(arm) < 0) & (self.emptied(arm) < 0)

    def _marks(self, arm: str, name: Mark) -> NDArray[np.int64]:
        return np.concatenate([block.mark(name) for block in self.blocks[arm]])

    def reasons(self, arm: str) -> list[str]:
        """Why fits degenerated, each reason once."""
        return sorted({block.reason for block in self.blocks[arm] if block.reason})

    def failed(self, arm: str) -> NDArray[np.int64]:
        """(R,): the generation at which somebody's program broke, -1 where none did; not an outcome, so not counted."""
        return self._marks(arm, "failed")

    def failures(self) -> dict[str, list[str]]:
        """Arm -> which generation failed and why, each once; only arms in which any did."""
        found: dict[str, list[str]] = {}
        for arm, blocks in self.blocks.items():
            first = {block.failure: min(t for t in block.mark("failed") if t >= 0) for block in blocks if block.failure}
            if first:
                found[arm] = sorted(first, key=lambda failure: (first[failure], failure))
        return found
