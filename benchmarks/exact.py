"""How quick the exact loops are: against the bare draws that they need, our own points path, and a plain script.

One process, one thread, side by side in one run; seconds of processor time, which other work on the machine moves
least. `make bench`, or: python benchmarks/exact.py
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import kellet
from kellet import families, worlds

R = 10_000
GENERATIONS = 200


def rate(work: Callable[[int], object], generations: int, replicates: int = R, repeats: int = 5) -> float:
    """Replicate-generations a second: the best of a few tries, since other work only ever slows a try down."""
    best = np.inf
    for _ in range(repeats):
        start = time.process_time()
        work(generations)
        best = min(best, time.process_time() - start)
    return replicates * generations / best


def loop(world: Any, family: Any, size: int, replicates: int = R) -> tuple[Callable[[int], object], np.ndarray]:
    """Our loop with its bookkeeping, recording the mean and the variance of every generation, and the record."""
    record = np.zeros((2, GENERATIONS, replicates))

    def work(generations: int) -> object:
        rng = np.random.default_rng(0)
        for g in kellet.generations(world, family, size=size, replicates=replicates, rng=rng):
            if g.t == generations:
                return
            record[0, g.t], record[1, g.t] = g.model.mean, g.model.variance

    return work, record


def bare(draws: Callable[[Any, int, np.ndarray], object], size: int, record: np.ndarray) -> Callable[[int], object]:
    """The generator calls that a loop needs, with the very parameters that it met, and nothing else."""

    def work(generations: int) -> object:
        rng = np.random.default_rng(0)
        for t in range(generations):
            draws(rng, size, record[0, t])

    return work


FAMILIES: dict[str, tuple[Any, Any, Callable[[Any, int, np.ndarray], object]]] = {
    "gaussian": (
        worlds.Normal(),
        families.Gaussian(),
        lambda rng, n, mean: (rng.standard_normal(R), rng.standard_gamma((n - 1) / 2, R)),
    ),
    "gaussian, variance known": (
        worlds.Normal(),
        families.Gaussian(variance=1.0),
        lambda rng, n, mean: rng.standard_normal(R),
    ),
    "gaussian, mean known": (
        worlds.Normal(),
        families.Gaussian(mean=0.0),
        lambda rng, n, mean: rng.standard_gamma(n / 2, R),
    ),
    "exponential": (worlds.Exponential(), families.Exponential(), lambda rng, n, mean: rng.standard_gamma(n, R)),
    "gamma, shape 3 known": (
        worlds.Exponential(shape=3.0),
        families.Exponential(shape=3.0),
        lambda rng, n, mean: rng.standard_gamma(3.0 * n, R),
    ),
    "laplace": (worlds.Laplace(), families.Laplace(), lambda rng, n, mean: rng.standard_gamma(n, R)),
    "lognormal": (
        worlds.LogNormal(),
        families.LogGaussian(),
        lambda rng, n, mean: (rng.standard_normal(R), rng.standard_gamma((n - 1) / 2, R)),
    ),
    "pareto": (worlds.Pareto(), families.Pareto(), lambda rng, n, mean: rng.standard_gamma(n, R)),
    "poisson": (worlds.Poisson(), families.Poisson(), lambda rng, n, mean: rng.poisson(n * mean)),
    "bernoulli": (worlds.Bernoulli(), families.Bernoulli(), lambda rng, n, mean: rng.binomial(n, mean)),
    "geometric": (
        worlds.NegativeBinomial(),
        families.Geometric(),
        lambda rng, n, mean: rng.poisson(rng.standard_gamma(n, R) * mean),
    ),
    "negative binomial, r = 2": (
        worlds.NegativeBinomial(size=2.0),
        families.NegativeBinomial(size=2.0),
        lambda rng, n, mean: rng.poisson(rng.standard_gamma(2.0 * n, R) * mean / 2.0),
    ),
}


def own_points(size: int, replicates: int) -> Callable[[int], object]:
    """Our own loop when something (here a filter that drops nothing) must see the points."""

    def work(generations: int) -> object:
        loop = kellet.generations(
            worlds.Normal(),
            families.Gaussian(),
            size=size,
            replicates=replicates,
            curation=lambda points, rng: points,
            rng=np.random.default_rng(0),
        )
        for g in loop:
            if g.t == generations:
                return

    return work


def plain_points(size: int, replicates: int) -> Callable[[int], object]:
    """What a script does that thinks of replicates as an axis: draw the points."""

    def work(generations: int) -> object:
        rng = np.random.default_rng(0)
        mean, sd = np.zeros(replicates), np.ones(replicates)
        for _ in range(generations):
            points = rng.normal(mean[:, None], sd[:, None], (replicates, size))
            mean, sd = points.mean(axis=1), points.std(axis=1)

    return work


def published_script(size: int, replicates: int) -> Callable[[int], object]:
    """What published scripts do: one replicate after the other, points drawn and fitted."""

    def work(generations: int) -> object:
        rng = np.random.default_rng(0)
        for _ in range(replicates):
            mean, sd = 0.0, 1.0
            for _ in range(generations):
                points = rng.normal(mean, sd, size)
                mean, sd = points.mean(), points.std()

    return work


def floors(console: Console) -> None:
    table = Table(title="Against the bare NumPy draws, 10,000 replicates: millions of replicate-generations a second")
    for heading in ("family", "n", "kellet", "bare draws", "kept"):
        table.add_column(heading, justify="right")
    for name, (world, family, draws) in FAMILIES.items():
        for size in (100, 10**9, 10**15):
            work, record = loop(world, family, size)
            floor = bare(draws, size, record)
            ours = least = 0.0
            for _ in range(5):
                ours = max(ours, rate(work, GENERATIONS, repeats=1))
                least = max(least, rate(floor, GENERATIONS, repeats=1))
            table.add_row(name, f"{size:.0e}", f"{ours / 1e6:.1f}", f"{least / 1e6:.1f}", f"{ours / least:.0%}")
    console.print(table)


def points(console: Console) -> None:
    table = Table(title="Gaussian against drawing points: millions of replicate-generations a second")
    for heading in ("n", "exact", "own points path", "times", "NumPy, batched", "times", "plain script", "times"):
        table.add_column(heading, justify="right")
    for size in (100, 10**4):
        ours = rate(loop(worlds.Normal(), families.Gaussian(), size)[0], GENERATIONS)
        few = 10**6 // size
        row = [f"{size:.0e}", f"{ours / 1e6:.1f}"]
        for work, replicates in (
            (own_points(size, few), few),
            (plain_points(size, few), few),
            (published_script(size, 5), 5),
        ):
            other = rate(work, 20, replicates, 3)
            row += [f"{other / 1e6:.4f}", f"{ours / other:,.0f}"]
        table.add_row(*row)
    console.print(table)


def words(console: Console) -> None:
    """50,000 words, Zipf: the floor is one NumPy multinomial over all words, every generation."""
    table = Table(title="Categorical, 50,000 words (Zipf 1), 1 replicate: milliseconds per generation")
    for heading in (
        "tokens",
        "first generation",
        "mean of the first 100",
        "words alive after 100",
        "numpy multinomial",
    ):
        table.add_column(heading, justify="right")
    world, family = worlds.Zipf(50_000, 1.0), families.Categorical()
    p = world.open(1).truth.probabilities[0]
    for tokens in (10**6, 10**12, 10**15):
        rng = np.random.default_rng(0)
        truth = world.open(1).truth
        first = min(_seconds(lambda: family.fit(truth.statistics(tokens, rng))) for _ in range(20))  # noqa: B023
        alive = 0

        def hundred() -> None:
            nonlocal alive
            for g in kellet.generations(world, family, size=tokens, rng=np.random.default_rng(0)):  # noqa: B023
                if g.t == 100:
                    alive = np.count_nonzero(g.model.probabilities)
                    return

        mean = min(_seconds(hundred) for _ in range(3)) / 100
        floor = min(_seconds(lambda: rng.multinomial(tokens, p)) for _ in range(20))  # noqa: B023
        table.add_row(f"{tokens:.0e}", f"{first * 1e3:.2f}", f"{mean * 1e3:.2f}", f"{alive:,}", f"{floor * 1e3:.2f}")
    console.print(table)


def vectors(console: Console) -> None:
    """Where a fit is more than an average the bare draws are no longer the bulk of the work."""
    table = Table(title="Families whose fit costs more than the draws: thousands of replicate-generations a second")
    for heading in ("family", "n", "kellet", "bare draws", "kept"):
        table.add_column(heading, justify="right")
    cases: list[tuple[str, Any, Any, int, Callable[[Any, int], object]]] = []
    for d in (2, 5, 20):
        world = worlds.multivariate_normal(np.zeros(d), np.eye(d))
        r = 20_000 // d**2

        def bartlett(rng: Any, n: int, d: int = d, r: int = r) -> object:
            normal = rng.standard_normal((r, d + d * (d - 1) // 2))
            return normal, rng.standard_gamma((n - 1 - np.arange(d)) / 2, (r, d))

        cases.append((f"gaussian, {d} dimensions", world, families.Gaussian(), r, bartlett))
    spins = worlds.Ising(field=0.1).open(1000).truth
    cases.append(
        (
            "ising, field and coupling",
            worlds.Ising(field=0.1),
            families.Ising(),
            1000,
            lambda rng, n: spins.statistics(n, rng),
        )
    )
    for name, world, family, r, draws in cases:
        for size in (100, 10**9):

            def ours(generations: int) -> None:
                for g in kellet.generations(world, family, size=size, replicates=r, rng=np.random.default_rng(0)):  # noqa: B023
                    if g.t == generations:
                        return

            def floor(generations: int) -> None:
                rng = np.random.default_rng(0)
                for _ in range(generations):
                    draws(rng, size)  # noqa: B023

            mine, least = rate(ours, 20, r, 3), rate(floor, 20, r, 3)
            table.add_row(name, f"{size:.0e}", f"{mine / 1e3:,.0f}", f"{least / 1e3:,.0f}", f"{mine / least:.0%}")
    console.print(table)


def summaries(console: Console) -> None:
    """10,000 replicates x 1,000 generations, each in a process of its own, keeping mean, quantiles and survivors."""
    table = Table(title="10,000 replicates x 1,000 generations of 1,000 points, summaries alone")
    for heading in ("family", "seconds", "peak memory, MiB"):
        table.add_column(heading, justify="right")
    for name in FAMILIES:
        if name not in ("gaussian", "lognormal"):
            told = subprocess.run([sys.executable, __file__, name], capture_output=True, text=True, check=True)
            seconds, memory = map(float, told.stdout.split())
            table.add_row(name, f"{seconds:.2f}", f"{memory:.0f}")
    console.print(table)


def summarised(name: str) -> None:
    world, family, _ = FAMILIES[name]
    start = time.perf_counter()
    kept = np.empty((1001, 5))
    for g in kellet.generations(world, family, size=1000, replicates=R, rng=np.random.default_rng(0)):
        variance = g.model.variance
        kept[g.t] = (
            g.model.mean.mean(),
            variance.mean(),
            *np.partition(variance, (R // 20, R // 2, -R // 20))[[R // 20, R // 2, -R // 20]],
        )
        if g.t == 1000:
            break
    print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    if len(sys.argv) > 1:
        summarised(sys.argv[1])
        sys.exit()
    console = Console(width=140)
    for part in (floors, vectors, points, words, summaries):
        part(console)
