"""Values at ever rarer generations, up to horizons that nobody could walk to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.random import PCG64DXSM, Generator, SeedSequence
from numpy.typing import NDArray

from kellet import metrics
from kellet.errors import InputError
from kellet.evidence import Array, Integers
from kellet.experiment.cell import Cell
from kellet.experiment.experiment import Experiment
from kellet.families import Categorical
from kellet.families.family import collapsed
from kellet.forecast.horizon import pull as pulls
from kellet.forecast.horizon.coarsening import named, roughness, schedule, smallest, stretched
from kellet.forecast.horizon.jumps import Leap, known
from kellet.loop.generations import generations as loop
from kellet.metrics import Look, Metric, Real, real_of

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


@dataclass(frozen=True, eq=False)
class _Seen:
    """A model at a record, how it was come by, and after how many steps."""

    model: Any
    dead: NDArray[np.bool_]
    kind: str
    steps: int


def far(experiment: Experiment, *, generations: int | None = None, points: int = 60, tolerance: float = 0.01) -> Far:
    """An experiment seen at about ``points`` generations, evenly spaced in their logarithm, up to any horizon.

    generations: the last one; None takes the experiment's.  tolerance: relative error of rates and stationary values.
    An arm goes by exact jumps where the law of a jump is known (`kellet.horizon.jump`), else through coarse generations
    (`kellet.horizon.schedule`): the first 1/tolerance as they are, then ever longer ones.  Arms must replace their
    data and not curate them.

    >>> import kellet
    >>> arms = {"one fresh": kellet.Arm(anchor=kellet.Anchor(1))}
    >>> world, family = kellet.worlds.normal(), kellet.families.Gaussian()
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
    experiment = experiment.resolved()
    records = recorded(experiment.generations, points)
    real = real_of(experiment.world.open(1))
    watched: tuple[Metric, ...] = ()
    values: dict[str, dict[str, Array]] = {}
    kinds: dict[str, str] = {}
    steps: dict[str, int] = {}
    block = experiment.block or 1
    for name, cell in experiment.cells().items():
        found: dict[str, list[Array]] = {}
        for number in range(-(-experiment.replicates // block)):
            replicates = min(block, experiment.replicates - number * block)
            rng = Generator(PCG64DXSM(SeedSequence(experiment.seed, spawn_key=(*cell.spawn_key(number), points))))
            judging, walking = rng.spawn(2)
            rows: dict[str, list[Array]] = {}
            for seen in _seen(cell, records + 1, tolerance, replicates, walking):
                watched = watched or _watched(experiment, real, seen.model)
                look = Look(seen.model, real, experiment.judged or 0, judging)
                with np.errstate(over="ignore", invalid="ignore"):
                    for metric in watched:
                        measured = np.where(seen.dead, np.nan, metric.measure(look))
                        rows.setdefault(metric.name, []).append(measured)
                kinds[name], steps[name] = seen.kind, seen.steps
            for metric in watched:
                found.setdefault(metric.name, []).append(np.stack(rows[metric.name], axis=1))
        values[name] = {metric: np.concatenate(blocks) for metric, blocks in found.items()}
    return Far(experiment, records, values, kinds, steps)


def recorded(last: int, points: int) -> Integers:
    """About so many generations from 0 to the last, evenly spaced in their logarithm.

    >>> recorded(1000, 5)
    array([   0,    1,   10,  100, 1000])
    """
    spaced = np.geomspace(1, last, points - 1) if points > 2 else np.full(1, last)
    first = [] if points == 1 else [0]
    return np.unique(np.concatenate([first, np.round(spaced)]).astype(np.int64))


def _seen(cell: Cell, fits: Integers, tolerance: float, replicates: int, rng: Generator) -> Iterator[_Seen]:
    """The models at each record."""
    least = smallest(cell, tolerance)
    size = int(cell.size) if isinstance(cell.size, int) else 0
    truth = cell.world.open(1).truth
    if truth is not None and (leap := known(cell.family, truth, size, cell.anchor)) is not None:
        yield from _jumping(cell, leap, fits, replicates, rng)
        return
    counts = isinstance(cell.family, Categorical) or getattr(cell.family, "discrete", False)
    detail = counts and pulls.pull(cell.family, size, cell.anchor).strength > 0
    sizes, at, _ = schedule(size, fits, least, tolerance, detail=detail)
    kind = "exact" if min(sizes) == size else named(roughness(cell) / min(least, size))
    coarse = stretched(cell, sizes)
    wanted = set(at.tolist())
    for g in _loop(coarse, replicates, rng):
        if g.t in wanted:
            yield _Seen(g.model, g.collapsed, kind, len(sizes))
        if g.t == at[-1]:
            return


def _jumping(cell: Cell, leap: Leap, fits: Integers, replicates: int, rng: Generator) -> Iterator[_Seen]:
    model: Any = next(_loop(cell, replicates, rng)).model
    passed, kind = 1, "exact"
    for steps, goal in enumerate(fits.tolist(), start=1):
        if goal > passed:
            jumped = leap(model, goal - passed, rng)
            model, passed = jumped.model, goal
            kind = kind if jumped.kind == "exact" else jumped.kind
        yield _Seen(model, collapsed(model, replicates), kind, steps)


def _loop(cell: Cell, replicates: int, rng: Generator) -> Iterator[Any]:
    return loop(cell.world, cell.family, size=cell.size, anchor=cell.anchor, replicates=replicates, rng=rng)


def _watched(experiment: Experiment, real: Real, model: Any) -> tuple[Metric, ...]:
    suited = metrics.suitable(real, model)
    if experiment.metrics is None:
        return suited
    for name in experiment.metrics:
        if metrics.named(name) not in suited:
            raise InputError("metrics that this world and family have", name, ", ".join(m.name for m in suited))
    return tuple(metrics.named(name) for name in experiment.metrics)
