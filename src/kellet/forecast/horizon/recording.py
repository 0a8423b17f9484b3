"""Values at ever rarer generations, up to horizons that nobody could walk to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import msgspec
import numpy as np
from numpy.random import PCG64DXSM, Generator, SeedSequence

from kellet.errors import InputError
from kellet.evidence import Array, Evidence, Integers
from kellet.experiment.cell import Cell
from kellet.experiment.experiment import Experiment
from kellet.experiment.resolution import resolve
from kellet.experiment.running.members import Step
from kellet.experiment.running.recorder import choose_metrics, record
from kellet.families import Categorical
from kellet.forecast.horizon.coarsening import name_error, schedule, smallest, stretch
from kellet.forecast.horizon.jumps import Leap, find_leap
from kellet.forecast.horizon.roughness import first_size, is_held, roughness
from kellet.forecast.horizon.truth import Truth
from kellet.laws.model import Model, read_marks
from kellet.loop.lineage import Generation
from kellet.loop.numbers import Closing
from kellet.metrics import real_of
from kellet.worlds.world import open_world

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True, eq=False)
class Far:
    """What became of an experiment far away.

    generations: (P,), increasing, 0 the first.  values: arm -> metric -> (R, P).  kinds: arm -> "exact", or the name
    of the approximation, with its error if it has one.  steps: arm -> how many generations or jumps were computed.
    """

    experiment: Experiment
    generations: Integers
    values: dict[str, dict[str, Array]]
    kinds: dict[str, str]
    steps: dict[str, int]

    @property
    def data(self) -> xarray.Dataset:
        """Dims (arm, replicate, generation), a variable for each metric, and ``kind`` (arm,)."""
        import xarray

        arms = list(self.values)
        variables: dict[str, Any] = {
            name: (("arm", "replicate", "generation"), np.stack([self.values[arm][name] for arm in arms]))
            for name in self.values[arms[0]]
        }
        variables["kind"] = (("arm",), [self.kinds[arm] for arm in arms])
        return xarray.Dataset(variables, coords={"arm": arms, "generation": self.generations})


def far(experiment: Experiment, *, generations: int | None = None, points: int = 60, tolerance: float = 0.01) -> Far:
    """An experiment seen at about ``points`` generations, evenly spaced in their logarithm, up to any horizon.

    generations: the last one; None takes the experiment's.  tolerance: relative error of rates and stationary values.
    An arm goes by exact jumps where the law of a jump is known (`kellet.horizon.jump`), else through coarse generations
    (`kellet.horizon.schedule`): the first 1/tolerance as they are, then ever longer ones.  Arms must replace their
    data and not curate them.

    >>> import kellet
    >>> arms = {"one fresh": kellet.Arm(anchor=kellet.Anchor(1))}
    >>> world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
    >>> e = Experiment(world, family, 10**12, arms, generations=10**13, replicates=300)
    >>> result = far(e, points=14)
    >>> np.median(result.values["one fresh"]["variance_ratio"], axis=0)[[0, 13]].round(1)
    array([1. , 0.4])
    >>> result.kinds["one fresh"], result.steps["one fresh"] < 5000
    ('time-rescaled (diffusion) approximation, relative error <= 0.01', True)
    """
    if points < 1:
        raise InputError("at least 1 generation to record", points, "points=60")
    if generations is not None:
        experiment = msgspec.structs.replace(experiment, generations=generations)
    # Few generations are recorded, whatever the experiment says.
    block = experiment.block or resolve(msgspec.structs.replace(experiment, record="log")).block
    resolved = resolve(msgspec.structs.replace(experiment, block=block))
    experiment, real = resolved.experiment, real_of(resolved.source)
    records, watched = space(experiment.generations, points), choose_metrics(resolved)
    values, kinds, steps = dict[str, dict[str, Array]](), dict[str, str](), dict[str, int]()
    for name, cell in resolved.cells.items():
        blocks = []
        for number in resolved.blocks:
            replicates = resolved.replicates(number)
            rng = Generator(PCG64DXSM(SeedSequence(experiment.seed, spawn_key=(*cell.spawn_key(number), points))))
            judging, walking = rng.spawn(2)
            walk = _walk(cell, records + 1, tolerance, replicates, walking)
            found = record(walk.loop, real, watched, records.tolist(), replicates, resolved.judged, judging)
            blocks.append(found.values)
            kinds[name], steps[name] = next((kind for kind in walk.kinds if kind != "exact"), "exact"), walk.steps
        values[name] = {metric.name: np.concatenate([block[metric.name] for block in blocks]) for metric in watched}
    return Far(experiment, records, values, kinds, steps)


def space(last: int, points: int) -> Integers:
    """About so many generations from 0 to the last, evenly spaced in their logarithm.

    >>> space(1000, 5)
    array([   0,    1,   10,  100, 1000])
    """
    spaced = np.geomspace(1, last, points - 1) if points > 2 else np.full(1, last)
    return np.unique(np.concatenate([[] if points == 1 else [0], np.round(spaced)]).astype(np.int64))


@dataclass(frozen=True, eq=False)
class _Walk:
    """A loop that passes through the records alone.  kinds: how each was come by, filled in on the way."""

    loop: Iterator[Step]
    steps: int
    kinds: list[str]


def _walk(cell: Cell, fits: Integers, tolerance: float, replicates: int, rng: Generator) -> _Walk:
    least, size = smallest(cell, tolerance), first_size(cell)
    # The fewest points of a coarse generation are known of such families and truths alone.
    family, truth = cast(Closing, cell.family), cast(Truth | None, open_world(cell.world).truth)
    kinds: list[str] = []
    if cell.pool is None and truth is not None and (leap := find_leap(family, truth, size, cell.anchor)) is not None:
        return _Walk(_jumping(cell, leap, fits, replicates, rng, kinds), len(fits), kinds)
    counts = isinstance(family, Categorical) or family.discrete
    detail = counts and is_held(cell)
    sizes, at, _ = schedule(size, fits, least, tolerance, detail=detail)
    kinds.append("exact" if min(sizes) == size else name_error(roughness(cell) / min(least, size)))
    passed = dict(zip(at.tolist(), (fits - 1).tolist(), strict=True))
    coarse = cast(Iterator[Step], stretch(cell, sizes).loop(replicates, rng))
    return _Walk((replace(g, t=passed[g.t]) for g in coarse if g.t in passed), len(sizes), kinds)


def _jumping(
    cell: Cell, leap: Leap, fits: Integers, replicates: int, rng: Generator, kinds: list[str]
) -> Iterator[Generation[Evidence, Model]]:
    first = next(cell.loop_alone(replicates, rng))
    model, passed = first.model, 1
    for goal in fits.tolist():
        if goal > passed:
            jumped = leap(model, goal - passed, rng)
            model, passed = jumped.model, goal
            kinds.append(jumped.kind)
        yield Generation(goal - 1, first.evidence, model, read_marks(model, replicates).collapsed, first.emptied)
