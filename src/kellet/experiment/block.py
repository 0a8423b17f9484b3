"""The block: how many replicates are computed together."""

from __future__ import annotations

from kellet.data.source import Law, Source
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.families import SpinGlass
from kellet.families.abilities import abilities
from kellet.families.family import is_exact
from kellet.families.recipe import Recipe
from kellet.laws import Frequencies
from kellet.loop.pool.flow import Flow, count_batches
from kellet.loop.pool.settings import SHOWN
from kellet.loop.pool.web import reads_points
from kellet.loop.sizes import Size

RECORDED, FEWEST = 2**21, 64
"""Numbers of a metric that a block records at most, and how many replicates it has all the same: fewer at once would
cost more time than memory."""
MORE = 3
"""How many times as many numbers all writers of a pool record: of fewer replicates each takes more time."""
HELD = 2**22
"""Numbers that all writers and their pool hold at most."""


def choose_block(experiment: Experiment, source: Source) -> int:
    """How many replicates fit into memory together."""
    # All that is recorded of a block is held until it is written.
    recorded = experiment.generations + 1 if experiment.record == "all" else 1
    block = _fit(experiment.family, experiment.size, source, recorded)
    for arm in experiment.arms.values():
        if arm.pool is None:
            continue
        members = arm.settle(experiment.family, experiment.size).values()
        many = sum(member.many for member in members)
        columns = 1 + (many if 1 < many <= SHOWN else 0)
        numbers = -(-recorded * columns // MORE)
        fits = [_fit(one.family, one.size, source, numbers) for one in members if one.family and one.size]
        block = max(1, min(block, *fits, int(HELD // count_held(arm, experiment, source))))
    return block


def _fit(family: Recipe, size: Size, source: Source, recorded: int) -> int:
    """How many replicates of one who learns."""
    able = abilities(family)
    if able.block or not able.batched:
        return able.block or 1
    fitting = 2**16 // _count_numbers(family, size, source)
    return max(1, min(10_000, fitting, max(FEWEST, RECORDED // recorded)))


def _count_numbers(family: Recipe, size: Size, source: Source) -> int:
    """How many numbers one replicate learns from."""
    most = max(size) if isinstance(size, tuple) else size
    if not isinstance(source, Law):
        return most * int(source.training[0].size)
    if isinstance(source.truth, Frequencies):
        return source.truth.size
    if isinstance(family, SpinGlass):
        return int(2**family.spins)
    return 1 if is_exact(family) else most


def count_held(arm: Arm, experiment: Experiment, source: Source) -> float:
    """How many numbers all writers of a replicate and their pool hold, about."""
    pool, last = arm.pool, experiment.generations
    assert pool is not None
    members = [
        (one.family, one.size, one.many)
        for one in arm.settle(experiment.family, experiment.size).values()
        if one.family is not None and one.size is not None
    ]
    curation = arm.curation if arm.curation and arm.curation.by_points else None
    points = reads_points([family for family, _, _ in members], pool, curation is not None)
    width, known = (1, True) if isinstance(source, Law) else (int(source.training[0].size), False)
    learnt = laws = 0
    for family, size, many in members:
        most, own = max(size) if isinstance(size, tuple) else size, _count_numbers(family, size, source)
        learnt += many * (width * (curation.enough(most) if curation else most) if points else own)
        laws += many * (width**2 if is_exact(family) and not known else own)
    if pool.reading == "laws":
        return learnt + count_batches(pool, experiment.family, last, experiment.size) * laws
    if points:
        return learnt + width * Flow.of(pool, [(size, many) for _, size, many in members], last).count()
    batches = 1 if pool.window is None else max(1, min(pool.window, last))
    return learnt + batches * pool.pools * _count_numbers(*members[0][:2], source)
