"""How much of a first experiment fits into half a minute: a small part of it is run and timed."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial

import msgspec

from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.experiment.resolution import resolve
from kellet.experiment.running.recorder import choose_columns
from kellet.experiment.running.schedule import make_tasks, perform
from kellet.families import Adapter, Command
from kellet.loop.pool.flow import count_batches
from kellet.loop.pool.settings import spread

SECONDS = 20.0
"""Of reading the data and of the loops; writing the page comes on top."""
LEAST = 5.0
"""Seconds of the loops, however long reading took."""
LADDER = (
    (50, 100), (32, 60), (20, 50), (20, 30), (16, 20), (12, 16), (10, 12), (8, 10), (6, 8), (4, 6), (4, 4), (2, 3),
)  # fmt: skip
"""Replicates and generations, the most first."""
LONG = 1.5
"""Seconds that one part of the timing may take."""


@dataclass(frozen=True)
class Budget:
    """An experiment that fits, and the seconds that its loops are expected to take."""

    experiment: Experiment
    seconds: float

    def __str__(self) -> str:
        e = self.experiment
        size = f"{len(e.arms)} arms x {e.replicates} replicates x {e.generations} generations"
        return f"{size}, about {max(1, round(self.seconds))} s"


def fit_into(
    experiment: Experiment,
    jobs: int,
    seconds: float | None = None,
    choose: Collection[str] = ("replicates", "generations"),
) -> Budget:
    """The most replicates and generations of the `LADDER` that take so many seconds here, or the fewest.

    seconds: None for what is left of `SECONDS` since the process began to compute, most of which was reading.
    choose: which of the two numbers may be changed.

    The cost of a generation is timed once; where it learns from several batches it may grow with their number, which is
    timed too and taken to grow evenly.
    """
    if seconds is None:
        seconds = max(LEAST, SECONDS - time.process_time())
    base, growth = _time(experiment)
    arms, writers = len(experiment.arms), sum(map(count_writers, experiment.arms.values()))
    for most_replicates, most_generations in LADDER:
        r = min(most_replicates, experiment.replicates) if "replicates" in choose else experiment.replicates
        t = min(most_generations, experiment.generations) if "generations" in choose else experiment.generations
        more = sum(_count_more(arm, experiment, t) for arm in experiment.arms.values())
        took = r * (writers * base * (t + 1) + growth * more) / min(jobs, arms)
        if took <= seconds:
            break
    return Budget(msgspec.structs.replace(experiment, replicates=r, generations=t), took)


def _count_more(arm: Arm, experiment: Experiment, generations: int) -> int:
    """How many batches beyond one each its generations learn from, all together."""
    times = range(generations + 1)
    if arm.pool is None:
        return sum(arm.regime.batches(t) - 1 for t in times)
    # Each of the writers reads what each of them wrote.
    return count_writers(arm) ** 2 * sum(
        count_batches(arm.pool, experiment.family, t, experiment.size) - 1 for t in times
    )


def count_writers(arm: Arm) -> int:
    """How many learn in each generation."""
    return 1 if arm.pool is None else len(spread(arm.writers))


def _time(experiment: Experiment) -> tuple[float, float]:
    """Seconds for a generation of a replicate, and how many more each further batch takes that it learns from."""
    arms, count = experiment.arms, partial(_count_more, experiment=experiment)
    growing = {name: arm for name, arm in arms.items() if count(arm, generations=2)}
    even = {name: arm for name, arm in arms.items() if name not in growing} or arms
    # The first one also imports and caches what the others find there.
    first, writers = [*even.items()][:1], sum(map(count_writers, even.values()))
    _run(experiment, dict(first), 1, 1)
    once = max(_run(experiment, dict(first), 1, 1) / (2 * count_writers(first[0][1])), 1e-6)
    base, many = once, int(LONG / (3 * writers * once))
    if many:
        base = _run(experiment, even, min(many, 4), 2) / (3 * writers * min(many, 4))
    if not growing:
        return base, 0.0
    if 8 * base > LONG:
        # Not timed: learning from twice as much is taken to take half as long again; of a pool nobody learns from more.
        return base, 0.0 if any(arm.pool for arm in growing.values()) else base / 2
    name = max(growing, key=lambda name: count(growing[name], generations=6))
    few, more = (_run(experiment, {name: growing[name]}, 1, t) for t in (2, 6))
    further = count(growing[name], generations=6) - count(growing[name], generations=2)
    return base, max(0.0, (more - few - 4 * base * count_writers(growing[name])) / further)


def _run(experiment: Experiment, arms: Mapping[str, Arm], replicates: int, generations: int) -> float:
    """Seconds that so much of it takes in this process."""
    changes = {"arms": dict(arms), "replicates": replicates, "generations": generations}
    resolved = resolve(msgspec.structs.replace(experiment, **changes))
    names = choose_columns(resolved)
    # What else the machine does now is no cost of ours; programs and classes of others may wait for something.
    foreign = any(isinstance(family, Adapter | Command) for family in experiment.families)
    clock = time.perf_counter if foreign else time.process_time
    started = clock()
    perform({task.key: task for task in make_tasks(resolved, None, names)}, None)
    return clock() - started
