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

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import msgspec
import numpy as np

from kellet.errors import InputError
from kellet.evidence import Array, Integers
from kellet.experiment.arm import Arm
from kellet.experiment.cell import Cell
from kellet.experiment.experiment import Experiment
from kellet.experiment.resolution import resolve
from kellet.families import Gaussian
from kellet.forecast.horizon.roughness import check_pool, count_people, first_size, list_members, roughness, whole
from kellet.forecast.horizon.truth import find_truth
from kellet.loop.anchors import Anchor, AnyAnchor
from kellet.loop.numbers import Closing
from kellet.loop.pool.humans import Humans
from kellet.loop.pool.settings import Pool, Writer, Writers, list_writers
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
    """The same experiment with as few points per generation, and as few generations, as the tolerance allows.

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
    size = whole(experiment.size)
    small = max(1, round(size / max(1.0, min(first_size(cell) / smallest(cell, tolerance) for cell in cells))))
    stretch = size / small
    count = max(1, round((experiment.generations + 1) / stretch) - 1)
    arms = {
        name: _rescale_arm(arm, resolved.cells[name], stretch) if small < size else arm
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
    error = 0.0 if small == size else max(roughness(cell) / first_size(cell) for cell in cells) * stretch
    return Coarse(resolve(changed).experiment, stretch, stretch * np.arange(1.0, count + 2) - 1, error)


def smallest(cell: Cell, tolerance: float) -> int:
    """The fewest points of a coarse generation that a tolerance allows; the arm must be one that can be stretched."""
    if not 0 < tolerance <= 0.5:
        raise InputError("a tolerance between 0 and 0.5", tolerance, "0.01")
    if cell.pool is not None:
        check_pool(cell, cell.pool)
    if not isinstance(cell.regime, Replace):
        kept = type(cell.regime).__name__.lower()
        raise InputError("arms that replace their data", kept, "kellet.predict, whose curves are closed forms")
    if cell.curation is not None:
        curation = type(cell.curation).__name__.lower()
        raise InputError("arms without curation, whose bias does not shrink with n", curation, "fewer points")
    members = [] if cell.pool is None else list_members(cell)
    for anchor in (cell.anchor, *(member.writer.anchor for member in members)):
        if anchor is not None and anchor.once and open_world(cell.world).truth is None:
            raise InputError("an anchor whose points may come back", "once=true", "once=false")
    first_size(cell)
    for family in {member.family for member in members} or {cast(Closing, cell.family)}:
        if not (open_world(cell.world).truth is None and isinstance(family, Gaussian)):
            find_truth(cell.world, family)
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
    """The cell with coarse generations of these sizes; of a pool, of its smallest writer."""
    size, changed = first_size(cell), msgspec.structs.replace(cell, size=sizes, generations=len(sizes) - 1)
    if min(sizes) == size and cell.pool is None:
        return changed
    if cell.pool is None:
        return msgspec.structs.replace(changed, anchor=_rescale(cell.anchor, size))

    def follow(own: int) -> tuple[int, ...]:
        return tuple(max(1, round(n * own / size)) for n in sizes)

    pool, writers = _rescale_pool(cell, cell.pool, cell.writers or {}, follow)
    return msgspec.structs.replace(changed, anchor=None, pool=pool, writers=writers)


def _rescale_arm(arm: Arm, cell: Cell, stretch: float) -> Arm:
    if arm.pool is None:
        return msgspec.structs.replace(arm, anchor=_rescale(arm.anchor, whole(cell.size)))
    pool, writers = _rescale_pool(cell, arm.pool, arm.writers, lambda own: max(1, round(own / stretch)))
    return msgspec.structs.replace(arm, anchor=None, pool=pool, writers=writers)


def _rescale_pool(
    cell: Cell, pool: Pool, writers: Writers, follow: Callable[[int], int | tuple[int, ...]]
) -> tuple[Pool, Writers]:
    """As many documents of people's beside coarse generations as beside fine ones, and each writer's own sizes."""
    total = sum(member.size for member in list_members(cell))
    people = count_people(pool, total)
    humans = None if not people else Humans(count=people)

    def change(writer: Writer) -> Writer:
        size = whole(writer.size or cell.size)
        anchor = _rescale(writer.anchor or cell.anchor, size)
        return msgspec.structs.replace(writer, size=follow(size), anchor=anchor)

    own = list_writers(writers)
    changed = msgspec.structs.replace(pool, humans=humans, written=None, before=None)
    return changed, {name: change(writer) for name, writer in own.items()}


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
