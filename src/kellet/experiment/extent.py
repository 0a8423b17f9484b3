"""Extent: how much a run records, and how many steps it takes at least, before anything of it is computed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kellet.errors import InputError
from kellet.experiment.block import count_held
from kellet.experiment.experiment import Experiment
from kellet.experiment.resolution import Resolved
from kellet.families import Categorical
from kellet.families.family import is_exact
from kellet.loop.regimes import Subsample
from kellet.memory import budget, spell

LARGEST_BLOCK = 10_000
"""Replicates that are computed together at most, unless somebody says."""
MOST_JOBS = 1024
"""Processes of one machine."""
BLOCKS = 10**7
STEPS = 10**12
"""Generations of all blocks: at 30 microseconds each, which no family beats, a year."""
LESS = "window=3, fewer generations, or smaller sizes"
COPIES = 4
"""How often what is looked at lies in memory: as it was read, put together, and sorted."""


def check_jobs(jobs: int) -> None:
    """Bad input where no machine has so many processes."""
    if not 1 <= jobs <= MOST_JOBS:
        raise InputError(f"1 to {MOST_JOBS:,} jobs", jobs, "2")


def check_steps(experiments: Sequence[Experiment]) -> None:
    """Bad input where nobody will live to see the end.

    >>> import kellet
    >>> world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
    >>> check_steps([kellet.Experiment(world, family, 9, {"replace": kellet.Arm()}, 10**13, record="log")])
    Traceback (most recent call last):
    kellet.errors.InputError: expected a run that ends within a year; got 10,000,000,000,000 generations... Try ...
    """
    counts = [len(e.arms) * -(-e.replicates // (e.block or LARGEST_BLOCK)) for e in experiments]
    blocks, steps = sum(counts), sum(n * (e.generations + 1) for n, e in zip(counts, experiments, strict=True))
    if blocks > BLOCKS:
        fitting = max(1, max(e.replicates for e in experiments) * BLOCKS // blocks // 2)
        raise InputError(f"at most {BLOCKS:,} blocks of replicates", f"{blocks:,}", f"--replicates {fitting}")
    if steps > STEPS:
        last = max(e.generations for e in experiments)
        got = f"{last:,} generations of {blocks:,} blocks"
        attempt = f"--generations {max(1, last * STEPS // steps // 2)}, or kellet.horizon for what lies far ahead"
        raise InputError("a run that ends within a year", got, attempt)


def check_room(experiments: Sequence[Experiment], columns: Sequence[int], out: Path | None) -> None:
    """Bad input where what is recorded fits into no memory, or not on the disk.

    columns: how many all arms of each have together.  out: the folder that keeps it, and from which one metric of one
    arm is read at a time; None keeps all in memory.
    """
    sizes = [8 * e.replicates * count_records(e) for e in experiments]
    whole = sum(size * count for size, count in zip(sizes, columns, strict=True))
    largest = max(experiments, key=lambda e: e.replicates * count_records(e))
    needed = COPIES * max(sizes) if out else whole + (COPIES - 1) * max(sizes)
    if needed > (free := budget()):
        _refuse(largest, needed, free, "memory")
    if out is not None:
        there = next(path for path in (out, *out.parents) if path.exists())
        if whole > (free := shutil.disk_usage(there).free):
            _refuse(largest, whole, free, "disk")


def check_points(point: Resolved) -> None:
    """Bad input where the points that a replicate learns from fit into no memory; statistics take none."""
    experiment, free = point.experiment, budget()
    size = max(experiment.sizes)
    for name, arm in experiment.arms.items():
        if arm.pool is not None:
            if (needed := 8 * count_held(arm, experiment, point.source)) > free:
                got = f"{spell(int(needed))} for what the writers and the pool of a replicate hold in the arm {name!r}"
                raise InputError(f"a pool that fits into the memory, of which {spell(free)} may be taken", got, LESS)
            continue
        writes = not is_exact(experiment.family) or isinstance(arm.regime, Subsample)
        looks = arm.curation is not None and arm.curation.by_points
        drawn = 0 if isinstance(experiment.family, Categorical) and not looks else (arm.anchor and arm.anchor.bank) or 0
        written = arm.curation.enough(size) if arm.curation and looks else size if writes else 0
        if (needed := 8 * max(drawn, written)) > free and not isinstance(experiment.family, Categorical):
            got = f"{spell(int(needed))} for {max(drawn, written):,} points of a replicate in the arm {name!r}"
            attempt = "a smaller bank" if drawn > written else f"--size {max(1, size * free // needed // 4)}"
            raise InputError(f"points that fit into the memory, of which {spell(free)} may be taken", got, attempt)


def count_records(experiment: Experiment) -> int:
    """How many generations are recorded, about; counted without making them."""
    last = experiment.generations
    return last + 1 if experiment.record == "all" else min(last, 2 + int(15 * np.log10(last))) + 1


def _refuse(experiment: Experiment, needed: int, free: int, what: str) -> None:
    recorded = count_records(experiment)
    got = f"{spell(int(needed))} for {experiment.replicates:,} replicates of {recorded:,} recorded generations"
    share = free / needed / 2
    replicates, generations = int(experiment.replicates * share), int(experiment.generations * share)
    fitting = [f"--replicates {replicates}"] if replicates else []
    if experiment.record == "all":
        fitting += [f"--generations {generations}"] if generations else []
        fitting += ['record = "log" in the experiment file']
    attempt = " or ".join(fitting) or f"a machine with more {what}"
    raise InputError(f"a run that fits into the {what}, of which {spell(free)} may be taken", got, attempt)
