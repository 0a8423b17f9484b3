"""Resolved experiments: complete, checked against their data, ready to be computed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from kellet.data.source import Source
from kellet.experiment.cell import Cell
from kellet.experiment.experiment import Experiment
from kellet.worlds.world import open_world


@dataclass(frozen=True)
class Resolved:
    """An experiment at one point, in which every default that depends on its data is filled in; see `resolve`.

    The experiment of a run folder is one, whether or not its data are still there.
    """

    experiment: Experiment

    @property
    def block(self) -> int:
        """Replicates computed together."""
        assert self.experiment.block is not None
        return self.experiment.block

    @property
    def judged(self) -> int:
        """How many points a model writes for the metrics that look at points."""
        return self.experiment.judged or 0

    @property
    def blocks(self) -> range:
        """The numbers of the blocks of each arm."""
        return range(-(-self.experiment.replicates // self.block))

    def replicates(self, block: int) -> int:
        """How many replicates a block holds: all the same number but the last."""
        return min(self.block, self.experiment.replicates - block * self.block)

    @property
    def source(self) -> Source:
        """The world, opened; bad input where its data are not what they were."""
        return open_world(self.experiment.world)

    @cached_property
    def cells(self) -> dict[str, Cell]:
        """The cell of each arm."""
        e = self.experiment
        return {
            name: Cell(
                e.world,
                arm.learns_by(e.family),
                e.size,
                e.generations,
                arm.regime,
                arm.anchor,
                self.block,
                arm.curation,
            )
            for name, arm in e.arms.items()
        }
