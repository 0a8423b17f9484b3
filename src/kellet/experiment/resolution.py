"""Resolution: what world, family and arms must fit together in, and the defaults that depend on the data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import msgspec

from kellet.data.source import Law, Source
from kellet.errors import InputError
from kellet.experiment.admission import check_arm
from kellet.experiment.arm import Arm
from kellet.experiment.block import choose_block
from kellet.experiment.cell import Cell
from kellet.experiment.experiment import Experiment, plain_grid
from kellet.experiment.pool_admission import name_writer
from kellet.families.abilities import prepare
from kellet.families.recipe import Recipe
from kellet.struct import checked
from kellet.worlds.world import World, identify, open_world


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
                arm.pool,
                arm.own_writers() if arm.pool else None,
            )
            for name, arm in e.arms.items()
        }


@checked
def resolve(experiment: Experiment) -> Resolved:
    """The experiment with every default that depends on its data filled in, checked against them.

    >>> import kellet
    >>> world, family = kellet.worlds.Zipf(50), kellet.families.Categorical()
    >>> resolved = resolve(kellet.Experiment(world, family, 100, {"replace": kellet.Arm()}, generations=5))
    >>> resolved.experiment.family.size, resolved.block, [cell.id for cell in resolved.cells.values()]
    (50, 1310, ['6c58c501649b92c6'])
    """
    if experiment.grid:
        got = f"a grid of {', '.join(experiment.grid)}"
        raise InputError("an experiment without a grid", got, "kellet.sweep")
    return Opening().resolve(retype(experiment))


def complete(experiment: Experiment) -> Experiment:
    """A gridded experiment with what depends on its data filled in, as far as it is the same at every point."""
    experiment = retype(experiment)
    return Opening().resolve(experiment).experiment if not experiment.grid else Opening().fill(experiment)[0]


def retype(experiment: Experiment) -> Experiment:
    """The same through plain values once, so that 5 and 5.0 are the same setting."""
    if experiment.grid:
        experiment = msgspec.structs.replace(experiment, grid=plain_grid(experiment.grid))
    return msgspec.convert(msgspec.to_builtins(experiment), type(experiment)) if experiment.writable else experiment


class Opening:
    """Resolves experiments; a world and a family that stay the same objects are opened and made ready once.

    recalling: for whoever only reads what came of them; they were checked when they ran, and nothing of somebody's own
    runs now.
    """

    def __init__(self, recalling: bool = False) -> None:
        self.recalling = recalling
        self._opened: tuple[World, Recipe, tuple[World, Recipe, Source]] | None = None

    def resolve(self, experiment: Experiment) -> Resolved:
        """An experiment without a grid, whose settings have their types already."""
        filled, source = self.fill(experiment)
        block = experiment.block or choose_block(filled, source)
        return Resolved(msgspec.structs.replace(filled, block=block))

    def fill(self, experiment: Experiment) -> tuple[Experiment, Source]:
        """All but the block: how many replicates fit into memory together is for each point of a grid to say."""
        if not self.recalling:
            experiment.check_programs()
        world, family, source = self._open(experiment.world, experiment.family)
        sizes = experiment.sizes
        if not isinstance(source, Law) and sizes[0] > len(source.training):
            raise InputError(
                f"at most the {len(source.training)} training points as the first size",
                sizes[0],
                f"--size {len(source.training) // 2}",
            )
        judged = experiment.judged or max(2, min(1000, max(sizes)))
        arms = {name: self._prepare(arm, source) for name, arm in experiment.arms.items()}
        filled = msgspec.structs.replace(experiment, world=world, family=family, judged=judged, arms=arms)
        experiment = filled
        for name, arm in experiment.arms.items() if not self.recalling else ():
            check_arm(name, arm, filled, source)
            if arm.prior and arm.pool is None:
                prepare(arm.learns_by(family), source)
        return filled, source

    def _prepare(self, arm: Arm, source: Source) -> Arm:
        """An arm whose writers' families know all that they must of the world."""
        own = {}
        for name, writer in arm.writers.items():
            if writer.family is not None:
                with name_writer(f"the writer {name!r}"):
                    ready = writer.family.recall(source) if self.recalling else prepare(writer.family, source)
                own[name] = msgspec.structs.replace(writer, family=ready)
        return msgspec.structs.replace(arm, writers={**arm.writers, **own}) if own else arm

    def _open(self, world: World, family: Recipe) -> tuple[World, Recipe, Source]:
        if self._opened is None or self._opened[0] is not world or self._opened[1] is not family:
            known = identify(world)
            source = open_world(known)
            ready = family.recall(source) if self.recalling else prepare(family, source)
            self._opened = world, family, (known, ready, source)
        return self._opened[2]
