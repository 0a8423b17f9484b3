"""Resolution: what world, family and arms must fit together in, and the defaults that depend on the data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import msgspec

from kellet.data.source import Law, Source
from kellet.errors import InputError
from kellet.experiment.arm import Arm
from kellet.experiment.cell import Cell
from kellet.experiment.experiment import Experiment, plain_grid
from kellet.families import Categorical, SpinGlass
from kellet.families.abilities import abilities, prepare
from kellet.families.family import is_exact
from kellet.families.recipe import Recipe
from kellet.laws import Frequencies
from kellet.loop.anchors import AnyAnchor
from kellet.loop.regimes import Subsample
from kellet.loop.sizes import size_at
from kellet.struct import checked
from kellet.worlds.world import World, identify, open_world

NEVER = 1e-15
"""A chance that nobody needs to reckon with."""
FEW = 10**9
"""Points up to which SciPy's binomial quantiles take no time; no data have as many."""
RECORDED, FEWEST = 2**21, 64
"""Numbers of a metric that a block records at most, and how many replicates it has all the same: fewer at once would
cost more time than memory."""


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
        block = experiment.block or _block(filled, source)
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
            if arm.prior:
                prepare(arm.learns_by(family), source)
        return filled, source

    def _prepare(self, arm: Arm, source: Source) -> Arm:
        """An arm whose writers' families know all that they must of the world."""
        own = {
            name: msgspec.structs.replace(
                writer,
                family=writer.family.recall(source) if self.recalling else prepare(writer.family, source),
            )
            for name, writer in arm.writers.items()
            if writer.family is not None
        }
        return msgspec.structs.replace(arm, writers={**arm.writers, **own}) if own else arm

    def _open(self, world: World, family: Recipe) -> tuple[World, Recipe, Source]:
        if self._opened is None or self._opened[0] is not world or self._opened[1] is not family:
            known = identify(world)
            source = open_world(known)
            ready = family.recall(source) if self.recalling else prepare(family, source)
            self._opened = world, family, (known, ready, source)
        return self._opened[2]


def _block(experiment: Experiment, source: Source) -> int:
    """How many replicates fit into memory together."""
    family, able = experiment.family, abilities(experiment.family)
    if able.block or not able.batched:
        return able.block or 1
    numbers = 1
    if not isinstance(source, Law):
        numbers = max(experiment.sizes) * int(source.training[0].size)
    elif isinstance(source.truth, Frequencies):
        numbers = source.truth.size
    elif isinstance(family, SpinGlass):
        numbers = 2**family.spins
    elif not is_exact(family):
        numbers = max(experiment.sizes)
    # All that is recorded of a block is held until it is written.
    recorded = experiment.generations + 1 if experiment.record == "all" else 1
    return max(1, min(10_000, 2**16 // numbers, max(FEWEST, RECORDED // recorded)))


def check_arm(name: str, arm: Arm, experiment: Experiment, source: Source) -> None:
    """The data must have the real points that an arm asks for, and the family take them."""
    if arm.anchor and arm.anchor.weight != 1 and not abilities(experiment.family).weighs:
        raise InputError(
            f"an anchor of weight 1 for the arm {name!r} of an adapted model", arm.anchor.weight, "more points"
        )
    most = _count_real(arm.anchor, experiment) if arm.anchor else 0
    if isinstance(experiment.family, Categorical):
        _check_counts(name, arm, experiment.sizes, experiment.generations)
    if arm.anchor is None or isinstance(source, Law):
        return
    needed, there = max(arm.anchor.bank or 0, most), len(source.reserve)
    attempt = f"an anchor of at most {there}, or more data"
    if arm.anchor.once:
        when = range(arm.anchor.every, experiment.generations + 1, arm.anchor.every)
        # Sizes change no more after those that are named.
        first, last = when[: len(experiment.sizes)], when[len(experiment.sizes) :]
        needed = sum(arm.anchor.dose(experiment.size, t).clean for t in first)
        needed += len(last) * arm.anchor.dose(experiment.size, last[0]).clean if last else 0
        attempt = "fewer generations, a smaller anchor, or once = false"
    if needed > there:
        raise InputError(f"at least {needed} real points in the reserve for the arm {name!r}", there, attempt)


def _count_real(anchor: AnyAnchor, experiment: Experiment) -> int:
    """How many real points a generation of the loop takes at most; bad input where one hasn't room for them."""
    every, last = anchor.every, experiment.generations
    # Sizes change no more after those that are named.
    times = [0, *range(every, min(last, len(experiment.sizes) + every) + 1, every)]
    most = max(anchor.dose(experiment.size, t).clean for t in times)
    if anchor.random and anchor.share:
        from scipy.stats import binom

        # So many as no replicate will ever draw.
        n = max(size_at(experiment.size, t) for t in times)
        most = max(most, int(binom.isf(NEVER, n, anchor.share))) if n < FEW else n
    return most


def _check_counts(name: str, arm: Arm, sizes: tuple[int, ...], generations: int) -> None:
    """Counts drawn from without replacement must be whole, and fewer than NumPy's hypergeometric tells apart."""
    bank = (arm.anchor.bank if arm.anchor else None) or 0
    pool, every = 0, sum(sizes[: generations + 1]) + sizes[-1] * max(0, generations + 1 - len(sizes))
    batches = arm.regime.batches(generations)
    if batches > 1 and (together := min(every, batches * max(sizes))) > 2**63 - 1:
        raise InputError(f"fewer than 9 10^18 points in all in the arm {name!r}", together, "a smaller size")
    if isinstance(arm.regime, Subsample):
        if arm.anchor and arm.anchor.weight != 1:
            raise InputError(
                f"an anchor of weight 1 for the arm {name!r}, which draws from counts", arm.anchor.weight, "accumulate"
            )
        pool = every
    if max(bank, pool) >= 10**9:
        raise InputError(
            f"fewer than 10^9 points to draw from in the arm {name!r}", max(bank, pool), "a smaller size or bank"
        )
