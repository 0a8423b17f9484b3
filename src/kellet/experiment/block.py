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
    learnt = sum(many * _count_numbers(family, size, source) for family, size, many in members)
    kept = count_batches(pool, members[0][0], last)
    if pool.reading == "documents":
        judged = arm.curation is not None and arm.curation.by_points
        width = 1 if isinstance(source, Law) else int(source.training[0].size)
        if reads_points([family for family, _, _ in members], pool, judged):
            return learnt + width * Flow.of(pool, [(size, many) for _, size, many in members], last).count()
        # What lies there is kept batch by batch.
        batches = last if pool.window is None else min(pool.window, last)
        return learnt + max(1, batches) * pool.pools * _count_numbers(*members[0][:2], source)
    width = 0 if isinstance(source, Law) else int(source.training[0].size) ** 2
    exact = all(is_exact(family) for family, _, _ in members)
    laws = sum(many for *_, many in members) * width if width and exact else learnt
    return learnt + kept * laws
