r"""Coarse generations: one of n/D points stands for D of n points, the real points being as many as before.

A generation of n points moves the mean of the statistic by a pull of about k/n and scatters it by V/n.  D of them add
up to kD/n and DV/n, which is what one generation of n/D points does.  Where both are small, loops with the same k
have the same future in units of n generations: the diffusion limit of population genetics (Ewens, Mathematical
Population Genetics, 2004, chapter 4).  How small: for n' = n/D points every rate and every stationary value differs
from its limit by c/n', relatively, with c from closed forms (`roughness`), so c/n' <= tolerance makes n' large enough.

What lies below a coarse generation's resolution is not kept: what is as rare as 1/n', and what happens within D
generations. `schedule` therefore lets D grow with the time that has passed, and shrink towards a time that is to be
seen in full detail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import msgspec
import numpy as np

from kellet.data.source import KnowsMean, Law
from kellet.errors import InputError
from kellet.evidence import Array, Integers
from kellet.experiment.cell import Cell
from kellet.experiment.experiment import Experiment
from kellet.experiment.resolution import resolve
from kellet.families import Gaussian, LogGaussian
from kellet.families.exponential.averages import WaitingTime
from kellet.forecast.horizon.truth import find_truth
from kellet.loop.anchors import Anchor, AnyAnchor
from kellet.loop.numbers import Closing, quantify
from kellet.loop.regimes import Replace
from kellet.worlds.world import open_world

NEAR = 0.03
"""Share of the time until a record that a generation may span, where the record is to show what is lost: with it the
shares of what is lost come out within about 2 % (measured), with 0.1 within 5 %."""
MOST = 300_000


@dataclass(frozen=True, eq=False)
class Coarse:
    """An experiment of coarse generations, to run as it stands.

    stretch: D, how many generations one of its generations stands for.  generations: (G + 1,), which one each stands
    for. error: the largest relative error of its rates and stationary values, at most the tolerance.
    """

    experiment: Experiment
    stretch: float
    generations: Array
    error: float

    @property
    def kind(self) -> str:
        """What to call its numbers."""
        return name_error(self.error)


def name_error(error: float) -> str:
    """The name of the approximation, with its error.

    >>> name_error(0.01)
    'time-rescaled (diffusion) approximation, relative error <= 0.01'
    """
    return f"time-rescaled (diffusion) approximation, relative error <= {error:.2g}"


def coarse(experiment: Experiment, tolerance: float = 0.01) -> Coarse:
    """The same experiment with as few points a generation, and as few generations, as the tolerance allows.

    All arms are stretched alike, as their roughest one can bear.  InputError for an arm that can't be stretched: one
    that keeps the past, or curates.

    >>> import kellet
    >>> arms = {"replace": kellet.Arm(), "one fresh": kellet.Arm(anchor=Anchor(1))}
    >>> e = Experiment(kellet.worlds.Normal(), kellet.families.Gaussian(), 10**12, arms, generations=5 * 10**12)
    >>> small = coarse(e)
    >>> small.experiment.size, small.experiment.generations, small.kind
    (150, 749, 'time-rescaled (diffusion) approximation, relative error <= 0.01')
    """
    wished, resolved = experiment.block, resolve(experiment)
    experiment, cells = resolved.experiment, resolved.cells.values()
    least = max(smallest(cell, tolerance) for cell in cells)
    size = _whole(experiment.size)
    small = min(size, least)
    stretch = size / small
    count = max(1, round((experiment.generations + 1) / stretch) - 1)
    arms = {
        name: msgspec.structs.replace(arm, anchor=_rescale(arm.anchor, size)) if small < size else arm
        for name, arm in experiment.arms.items()
    }
    changed = msgspec.structs.replace(
        experiment,
        size=small,
        generations=count,
        arms=arms,
        judged=max(2, min(experiment.judged or 2, 1000)),
        block=wished,
    )
    error = 0.0 if small == size else max(roughness(cell) for cell in cells) / small
    return Coarse(resolve(changed).experiment, stretch, stretch * np.arange(1.0, count + 2) - 1, error)


def roughness(cell: Cell) -> float:
    r"""c: rates and stationary values of a loop with n' points a generation are off by c/n', relatively.

    The largest of (k + A)/2, of forgetting the start; n_eff/2, of the variance settling; (k + A)|k + A - a|/n_eff, of
    the variance it settles at; (1 + |a|)/2 and more for many dimensions, of what a loop that nothing holds loses.

    >>> import kellet
    >>> from kellet.families import Gaussian
    >>> arms = {str(k): kellet.Arm(anchor=Anchor(k)) for k in (0, 1, 10)}
    >>> e = Experiment(kellet.worlds.Normal(), Gaussian(), 10**6, arms, generations=9)
    >>> [round(roughness(cell), 2) for cell in resolve(e).cells.values()]
    [1.0, 1.5, 10.5]
    """
    family = cell.family
    loop = quantify(cast(Closing, family), _whole(cell.size), cell.anchor)
    a, held = loop.curvature, loop.strength
    bounds = [(1 + abs(a)) / 2, held / 2, loop.weight**2 * loop.k]
    if held:
        effective = max(2 * held - a, 0.0)
        bounds.append(effective / 2)
        if effective > 0:
            bounds.append(held * abs(held - a) / effective)
    if isinstance(family, Gaussian | LogGaussian):
        # The loss of ln det a generation, to the second order in 1/n, against the first.
        d = _columns(cell)
        second = d * (d + 1) / 2 + d / 3 + d * (d + 1) * (2 * d + 1) / 12
        bounds.append(second / (d * (d + 3) / 2) if family.estimator == "mle" else 3.0 * d)
    if isinstance(family, WaitingTime):
        bounds.append(1 / family.shape)
    return float(max(bounds))


def smallest(cell: Cell, tolerance: float) -> int:
    """The fewest points of a coarse generation that a tolerance allows; the arm must be one that can be stretched."""
    if not 0 < tolerance <= 0.5:
        raise InputError("a tolerance between 0 and 0.5", tolerance, "0.01")
    if not isinstance(cell.regime, Replace):
        kept = type(cell.regime).__name__.lower()
        raise InputError("arms that replace their data", kept, "kellet.predict, whose curves are closed forms")
    if cell.curation is not None:
        curation = type(cell.curation).__name__.lower()
        raise InputError("arms without curation, whose bias does not shrink with n", curation, "fewer points")
    if cell.anchor is not None and cell.anchor.once and open_world(cell.world).truth is None:
        raise InputError("an anchor whose points may come back", "once=true", "once=false")
    _whole(cell.size)
    if not (open_world(cell.world).truth is None and isinstance(cell.family, Gaussian)):
        find_truth(cell.world, cast(Closing, cell.family))
    return int(np.ceil(roughness(cell) / tolerance))


def schedule(
    size: int, records: Integers, smallest: int, tolerance: float = 0.01, *, detail: bool = False
) -> tuple[tuple[int, ...], Integers, Array]:
    """Sizes of coarse generations that pass through given times.

    size: n.  records: (P,), increasing, in fits (generation + 1, generation 0 being the first fit).  smallest: the
    fewest points of a coarse generation.  A generation spans at most a share ``tolerance`` of the time that has
    passed, so the first 1/tolerance ones are what they are; with ``detail`` also at most `NEAR` of the time until the
    next record, so that every record is reached by generations of n points.

    Returns the sizes (G,), the position of each record among them (P,), and the fits that have then passed (P,).

    >>> sizes, at, times = schedule(10**6, np.array([1, 10, 10**6]), 150)
    >>> sizes[:2], sizes[800], at, times
    ((1000000, 1000000), 944, array([   0,    9, 1035]), array([1.e+00, 1.e+01, 1.e+06]))
    """
    sizes, at, times, passed = list[int](), [], [], 0.0
    for goal in records:
        while goal - passed >= 0.5:
            left = goal - passed
            span = min(max(1.0, tolerance * passed), size / smallest, left)
            if detail:
                span = min(span, max(1.0, NEAR * left))
            points = max(1, round(size / max(span, 1.0)))
            sizes.append(points)
            passed += size / points
            if len(sizes) > MOST:
                more = f"more, as one may not have less than {smallest} of {size} points"
                attempt = "fewer generations, fewer real points, or a larger tolerance"
                raise InputError(f"at most {MOST} coarse generations", more, attempt)
        at.append(len(sizes) - 1)
        times.append(passed)
    return tuple(sizes), np.array(at), np.array(times)


def stretch(cell: Cell, sizes: tuple[int, ...]) -> Cell:
    """The cell with coarse generations of these sizes."""
    size = _whole(cell.size)
    anchor = cell.anchor if min(sizes) == size else _rescale(cell.anchor, size)
    return msgspec.structs.replace(cell, size=sizes, generations=len(sizes) - 1, anchor=anchor)


def _rescale(anchor: AnyAnchor | None, size: int) -> AnyAnchor | None:
    """As many truly real points in every coarse generation as there were in each of the fine ones."""
    if anchor is None:
        return None
    if anchor.random:
        expected, weight = (anchor.share or 0.0) * size, float(anchor.weight)
        whole = max(1, round(expected))
        return Anchor(whole, weight=weight * expected / whole) if expected else None
    dose = anchor.dose(size, 0)
    if not dose.count:
        return None
    return Anchor(dose.clean, draw=anchor.draw, bank=anchor.bank, weight=dose.weight / anchor.every)


def _whole(size: int | tuple[int, ...]) -> int:
    if not isinstance(size, int):
        raise InputError("the same size in every generation", f"{len(size)} sizes", "one size")
    return size


def _columns(cell: Cell) -> int:
    source = open_world(cell.world)
    if not isinstance(source, Law):
        return int(source.training[0].size)
    assert isinstance(source.truth, KnowsMean)
    return int(source.truth.mean[0].size)
