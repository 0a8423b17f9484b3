r"""Roughness: c of a loop whose rates and stationary values, with n' points per generation, are off by c/n' relatively.

Of a pool, where K writers read what all of them wrote one generation before, a share m of it from all pools: people and
anchors give a writer g real points in each generation, however many it learns from. What lies between two writers is
of the order of :math:`1/(n'm(2-m))`, and all writers together wander as one of K n' points. With a the curvature of the
family's variance and :math:`e = |2Kg - a|`

.. math:: c = 1 + \frac{3Kg^2 + 2(1+|a|)g}{e} + \frac{4K^2g^2(1+|a|)}{e\,m(2-m)}

covers the rate at which all is forgotten, the variance of a writer's mean and that of all text, once settled
(`tests/theorems/test_far_pools.py` has them by their recursion), the last term for K > 1 alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
from msgspec.structs import asdict

from kellet.data.source import KnowsMean, Law
from kellet.errors import InputError
from kellet.experiment.cell import Cell
from kellet.families import Gaussian, LogGaussian
from kellet.families.exponential.averages import WaitingTime
from kellet.loop.numbers import Closing, curvature, quantify
from kellet.loop.pool.settings import Pool, Writer, spread
from kellet.worlds.world import open_world

LOG = 'record = "log", which runs each generation and keeps few'


def roughness(cell: Cell) -> float:
    r"""c: rates and stationary values of a loop with n' points per generation are off by c/n', relatively.

    The largest of (k + A)/2, of forgetting the start; n_eff/2, of the variance settling; (k + A)|k + A - a|/n_eff, of
    the variance it settles at; (1 + |a|)/2 and more for many dimensions, of what a loop that nothing holds loses.
    Of a pool, n' is of its smallest writer.

    >>> import kellet
    >>> from kellet.families import Gaussian
    >>> arms = {str(k): kellet.Arm(anchor=kellet.Anchor(k)) for k in (0, 1, 10)}
    >>> e = kellet.Experiment(kellet.worlds.Normal(), Gaussian(), 10**6, arms, generations=9)
    >>> [round(roughness(cell), 2) for cell in kellet.resolve(e).cells.values()]
    [1.0, 1.5, 10.5]
    """
    if cell.pool is not None:
        return _roughness_of_pool(cell, cell.pool)
    loop = quantify(cast(Closing, cell.family), whole(cell.size), cell.anchor)
    a, held = loop.curvature, loop.strength
    bounds = [(1 + abs(a)) / 2, held / 2, loop.weight**2 * loop.k, *_grain(cell, cell.family)]
    if held:
        effective = max(2 * held - a, 0.0)
        bounds.append(effective / 2)
        if effective > 0:
            bounds.append(held * abs(held - a) / effective)
    return float(max(bounds))


def whole(size: int | tuple[int, ...]) -> int:
    """The one size of all generations."""
    if not isinstance(size, int):
        raise InputError("the same size in every generation", f"{len(size)} sizes", "one size")
    return size


def first_size(cell: Cell) -> int:
    """n; of a pool, that of its smallest writer."""
    return whole(cell.size) if cell.pool is None else min(member.size for member in list_members(cell))


def _grain(cell: Cell, family: object) -> Iterator[float]:
    """What a family adds."""
    if isinstance(family, Gaussian | LogGaussian):
        # The loss of ln det per generation, to the second order in 1/n, against the first.
        d = _columns(cell)
        second = d * (d + 1) / 2 + d / 3 + d * (d + 1) * (2 * d + 1) / 12
        yield second / (d * (d + 3) / 2) if family.estimator == "mle" else 3.0 * d
    if isinstance(family, WaitingTime):
        yield 1 / family.shape


def _columns(cell: Cell) -> int:
    source = open_world(cell.world)
    if not isinstance(source, Law):
        return int(source.training[0].size)
    assert isinstance(source.truth, KnowsMean)
    return int(source.truth.mean[0].size)


# Pools ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Member:
    """A writer of a pool in which every default is filled in."""

    writer: Writer
    family: Closing
    size: int


def list_members(cell: Cell) -> list[Member]:
    """The writers of a cell's pool."""
    return [
        Member(writer, cast(Closing, writer.family or cell.family), whole(writer.size or cell.size))
        for writer in spread(cell.writers or {}).values()
    ]


def count_people(pool: Pool, total: int) -> float:
    """How many documents people write in a generation, beside as many that models write as there are points in all."""
    if pool.humans is None:
        return 0.0
    models = pool.written or float(total)
    return pool.humans.amount(1, models) * total / models


def check_pool(cell: Cell, pool: Pool) -> None:
    """Bad input where coarse generations of a pool would not be what fine ones are."""
    if pool.reading != "laws":
        raise InputError("a pool whose laws are read, to look far ahead", f'reading="{pool.reading}"', LOG)
    if pool.window != 1:
        got = "all generations" if pool.window is None else f"window={pool.window}"
        raise InputError("a pool of the newest generation alone, window:1, to look far ahead", got, LOG)
    if pool.humans and pool.humans.halving:
        raise InputError("people who write as ever, to look far ahead", pool.humans.describe(), LOG)
    members = list_members(cell)
    if seldom := [member.writer.every for member in members if member.writer.every > 1]:
        raise InputError("writers that learn in each generation, to look far ahead", f"every={seldom[0]}", LOG)
    known = [{"": type(member.family), **asdict(member.family), "prior": None} for member in members]
    if len(kinds := {repr(sorted(family.items())) for family in known}) > 1:
        raise InputError("writers of one family, to look far ahead", f"{len(kinds)} families", LOG)


def _roughness_of_pool(cell: Cell, pool: Pool) -> float:
    members = list_members(cell)
    sizes = np.array([member.size for member in members], dtype=np.float64)
    passes = pool.bias * (1 - pool.caught), 1 - pool.mistaken
    models = np.array([member.writer.share or 0.0 for member in members]) * sizes.sum() * passes[0]
    people = count_people(pool, int(sizes.sum())) * passes[1]
    homes = np.arange(len(members)) % pool.pools
    m = 1.0 if pool.pools == 1 else pool.migration
    bounds = []
    for member, home in zip(members, homes, strict=True):
        here = models * (homes == home)
        near, far = _share(people / pool.pools, here.sum()), _share(people, models.sum())
        loop = quantify(member.family, member.size, member.writer.anchor or cell.anchor)
        read = member.size - loop.k - member.writer.private
        g = float(read * ((1 - m) * near + m * far) + loop.strength + member.writer.private)
        whose = models if m else here
        # So many writers as large as this one would wander as all of them do.
        scatter = float((whose**2 / sizes).sum() / whose.sum() ** 2) if whose.sum() else 1 / member.size
        count = 1 / (member.size * scatter)
        alone = np.count_nonzero(homes == home if not m else whose) < 2
        apart = 0.0 if alone else 1 / (m * (2 - m)) if m else 1.0
        most = max(_bound(curvature(member.family), g, count, apart), loop.weight**2 * loop.k)
        most = max(most, *_grain(cell, member.family), 0.0)
        bounds.append(most * sizes.min() / member.size)
    return float(max(bounds))


def _share(people: float, models: float) -> float:
    return people / (people + models) if people + models else 0.0


def _bound(a: float, g: float, count: float, apart: float) -> float:
    """c; apart: 1/(m(2 - m)), 0 of a lone writer."""
    bend = 1 + abs(a)
    if not g:
        return bend / 2 + bend * apart
    # Where nearly as much is lost as is held, a rate has few digits.
    effective = max(abs(2 * count * g - a), 0.01)
    return 1 + (3 * count * g**2 + 2 * bend * g + 4 * (count * g) ** 2 * bend * apart) / effective


def is_held(cell: Cell) -> bool:
    """Whether anything real, or imagined, enters each generation."""
    if cell.pool is None:
        return quantify(cast(Closing, cell.family), whole(cell.size), cell.anchor).strength > 0
    members = list_members(cell)
    anchors = [quantify(one.family, one.size, one.writer.anchor or cell.anchor).strength for one in members]
    return cell.pool.humans is not None or any(anchors) or any(one.writer.private for one in members)
