"""How quick pools are: against the plain loop a writer, and as whole runs. python benchmarks/web.py [quick]

One thread a process. Ratios are of seconds of processor time side by side in one process; whole runs are by the clock,
with two processes, everything recorded that a run of that family records.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import kellet
from kellet import Arm, Humans, Pool, Writer, families, worlds
from kellet.loop.pool.web import weave

WRITERS, REPLICATES = 10, 1_000
PEOPLE = Humans(share=0.1)
NEWEST, ALL = Pool(window=1, humans=PEOPLE), Pool(humans=PEOPLE)
WHOLE = Pool(reading="documents", whole=True, humans=PEOPLE)

RATIOS: list[tuple[str, Any, Any, Pool, int]] = [
    ("gaussian, the newest generation", worlds.Normal(), families.Gaussian(), NEWEST, 10**12),
    ("gaussian, all there is", worlds.Normal(), families.Gaussian(), ALL, 10**12),
    ("gaussian, the newest generation", worlds.Normal(), families.Gaussian(), NEWEST, 10**6),
    ("gaussian, the whole pool's documents", worlds.Normal(), families.Gaussian(), WHOLE, 10**6),
    ("yes and no, all there is", worlds.Bernoulli(0.3), families.Bernoulli(), ALL, 10**12),
    ("50 categories, all there is", worlds.Zipf(50), families.Categorical(), ALL, 10**12),
    ("poisson, the newest generation", worlds.Poisson(3.0), families.Poisson(), NEWEST, 10**12),
    ("exponential, the newest generation", worlds.Exponential(1.0), families.Exponential(), NEWEST, 10**12),
]
RUNS = (0, 1, 4, 5, 6, 7)


def drain(loop: Any, generations: int) -> float:
    """Seconds per generation, behind the first two."""
    next(loop), next(loop)
    start = time.process_time()
    for _ in range(generations):
        next(loop)
    return (time.process_time() - start) / generations


def compare(world: Any, family: Any, pool: Pool, size: int, generations: int, repeats: int = 5) -> tuple[float, float]:
    """Milliseconds a writer and generation in the pool, and in the plain loop; the best of a few tries each."""
    common: dict[str, Any] = {"size": size, "replicates": REPLICATES}
    mine, plain = [], []
    for _ in range(repeats):
        many = weave(
            world, family, settings=pool, writers={"w": Writer(many=WRITERS)}, rng=np.random.default_rng(0), **common
        )
        mine.append(drain(many, generations) / WRITERS)
        plain.append(drain(kellet.generations(world, family, rng=np.random.default_rng(0), **common), generations))
    return 1e3 * min(mine), 1e3 * min(plain)


def run(name: str, generations: int) -> None:
    """A whole run in a process of its own, so that its memory can be told."""
    world, family, pool, size, writers, replicates = CASES[name]
    start = time.perf_counter()
    arms = {"web": Arm(pool=pool, writers={"w": Writer(many=writers)})}
    kellet.run(world=world, family=family, size=size, generations=generations, replicates=replicates, arms=arms, jobs=2)
    seconds = time.perf_counter() - start
    peaks = [resource.getrusage(who).ru_maxrss / 2**10 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(f"{seconds} {max(peaks)}")


CASES: dict[str, tuple[Any, Any, Pool, int, int, int]] = {
    f"{RATIOS[i][0]}": (*RATIOS[i][1:4], RATIOS[i][4], WRITERS, REPLICATES) for i in RUNS
} | {
    "50,000 words, one replicate": (worlds.Zipf(50_000), families.Categorical(), ALL, 10**6, 5, 1),
    "50,000 words, 20 replicates": (worlds.Zipf(50_000), families.Categorical(), ALL, 10**6, 5, 20),
}


def main() -> None:
    quick = "quick" in sys.argv
    console = Console(width=120)
    table = Table("pool of 10 writers and people", "documents", "ms a writer", "ms plain", "times")
    for name, world, family, pool, size in RATIOS:
        mine, plain = compare(world, family, pool, size, 5 if quick else 30)
        table.add_row(name, f"{size:.0e}", f"{mine:.3f}", f"{plain:.3f}", f"{mine / plain:.1f}")
    console.print(table)
    table = Table("whole run, two processes", "writers", "replicates", "generations", "seconds", "MiB a process")
    for name, case in CASES.items():
        lengths = (100,) if "words" in name else (100, 1_000)
        for generations in lengths[:1] if quick else lengths:
            words = [sys.executable, __file__, "run", name, str(generations)]
            told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
            seconds, memory = map(float, told.split())
            table.add_row(name, f"{case[4]}", f"{case[5]:,}", f"{generations:,}", f"{seconds:.1f}", f"{memory:.0f}")
    console.print(table)


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        run(sys.argv[2], int(sys.argv[3]))
    else:
        main()
