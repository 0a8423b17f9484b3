"""How quick the learned loops of the base install are, against bare scikit-learn calls and one replicate at a time.

One process, one thread, side by side in one run: python benchmarks/learned.py
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, LeaveOneOut
from sklearn.neighbors import KernelDensity

import kellet
from kellet import Points, worlds
from kellet.families import Bootstrap, Gaussian, Kernel, Mixture, Reduced
from kellet.families.mixtures.kernel import CANDIDATES
from kellet.families.separate import OneByOne

REPLICATES, SIZE, DIMENSIONS, COMPONENTS = 32, 200, 24, 10
GENERATIONS = 3
WORLD = worlds.Digits(dims=DIMENSIONS)


def fastest(*works: Callable[[], object], repeats: int = 5) -> list[float]:
    """Processor seconds of each, the best of a few tries taken in turn, so that other work slows all of them alike."""
    best = [np.inf] * len(works)
    for _ in range(repeats):
        for i, work in enumerate(works):
            start = time.process_time()
            work()
            best[i] = min(best[i], time.process_time() - start)
    return best


def ours(family: Any, size: int = SIZE, replicates: int = REPLICATES) -> Callable[[], object]:
    """Our loop, generations 0 to the last, all replicates at once if the family can."""

    def work() -> object:
        loop = kellet.generations(WORLD, family, size=size, replicates=replicates, rng=np.random.default_rng(0))
        for g in loop:
            if g.t == GENERATIONS:
                return

    return work


def bare(make: Callable[[int], Any], size: int = SIZE) -> Callable[[], object]:
    """The scikit-learn calls that such a loop needs, one replicate after the other, and nothing else."""
    first = WORLD.open(REPLICATES).first(size, np.random.default_rng(0)).values

    def work() -> object:
        for r, values in enumerate(first):
            points = values
            for t in range(GENERATIONS + 1):
                model = make(1000 * r + t).fit(points)
                written = model.sample(size)
                points = written[0] if isinstance(written, tuple) else written

    return work


def mixtures(console: Console) -> None:
    table = Table(
        title=f"Mixture loop, {REPLICATES} replicates, {SIZE} points, {DIMENSIONS} dimensions, "
        f"{COMPONENTS} components: processor milliseconds per replicate and generation"
    )
    for heading in ("covariance", "iterations", "kellet", "one by one", "scikit-learn", "times"):
        table.add_column(heading, justify="right")
    names = {"full": "full", "tied": "tied", "diagonal": "diag", "spherical": "spherical"}
    for kind, theirs in names.items():
        for iterations in (2, 10, 30):
            family: Any = Mixture(COMPONENTS, kind, floor=0.02, iterations=iterations, tolerance=0.0)  # type: ignore[arg-type]

            def make(seed: int, kind: str = theirs, steps: int = iterations) -> Any:
                # The start that ours is; its default, k-means to the end, costs more.
                start = {"init_params": "k-means++", "random_state": seed}
                return GaussianMixture(
                    COMPONENTS, covariance_type=kind, reg_covar=0.02, max_iter=steps, tol=0.0, **start
                )

            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                seconds = fastest(ours(family), ours(Alone(family)), bare(make), repeats=3)
            each = [1e3 * s / REPLICATES / (GENERATIONS + 1) for s in seconds]
            table.add_row(kind, f"{iterations}", *(f"{ms:.2f}" for ms in each), f"{each[2] / each[0]:.1f}")
    console.print(table)


class Alone:
    """A family that doesn't say that it can learn all replicates at once."""

    batched = False

    def __init__(self, family: Any):
        self.fit = family.fit


def kernels(console: Console) -> None:
    table = Table(title=f"Writing from a kernel estimate, {REPLICATES} replicates: millions of numbers a second")
    for heading in ("dimensions", "points", "kellet", "one by one", "scikit-learn", "times", "bare normal draws"):
        table.add_column(heading, justify="right")
    for d in (1, DIMENSIONS):
        for size in (200, 5000):
            rng = np.random.default_rng(0)
            points = Points(rng.standard_normal((REPLICATES, size, d)))
            batched, single = Kernel(0.3).fit(points), OneByOne(Kernel(0.3)).fit(points, rng)
            models = [KernelDensity(bandwidth=0.3).fit(values) for values in points.values]

            def theirs(models: Any = models, size: int = size) -> object:
                return [model.sample(size, random_state=1) for model in models]

            seconds = fastest(
                lambda: batched.sample(size, rng),  # noqa: B023
                lambda: single.sample(size, rng),  # noqa: B023
                theirs,
                lambda: rng.standard_normal((REPLICATES, size, d)),  # noqa: B023
                repeats=9,
            )
            each = [REPLICATES * size * d / s / 1e6 for s in seconds]
            row = (f"{each[0]:.1f}", f"{each[1]:.1f}", f"{each[2]:.1f}", f"{each[0] / each[2]:.1f}", f"{each[3]:.1f}")
            table.add_row(f"{d}", f"{size}", *row)
    console.print(table)


def loops(console: Console) -> None:
    table = Table(
        title=f"Other loops, {REPLICATES} replicates, {SIZE} points, {DIMENSIONS} dimensions: "
        "processor milliseconds per replicate and generation"
    )
    for heading in ("family", "kellet", "one by one", "times", "scikit-learn", "times"):
        table.add_column(heading, justify="right")
    families: dict[str, tuple[Any, Any]] = {
        "bootstrap": (Bootstrap(), None),
        "kernel, fixed": (Kernel(0.3), lambda seed: KernelDensity(bandwidth=0.3)),
        "kernel, silverman": (Kernel(), lambda seed: KernelDensity(bandwidth="silverman")),
        "kernel, cross-validated": (Kernel("cross-validated"), None),
        "8 components, gaussian": (Reduced(Gaussian(), 8), None),
        "8 components anew, gaussian": (Reduced(Gaussian(), 8, "anew"), None),
        "8 components, mixture of 10": (Reduced(Mixture(10, iterations=10, tolerance=0.0), 8), None),
    }
    for name, (family, make) in families.items():
        works = [ours(family), ours(Alone(family)), *([bare(make)] if make else [])]
        each = [1e3 * s / REPLICATES / (GENERATIONS + 1) for s in fastest(*works)]
        theirs = (f"{each[2]:.3f}", f"{each[2] / each[0]:.1f}") if make else ("", "")
        table.add_row(name, f"{each[0]:.3f}", f"{each[1]:.3f}", f"{each[1] / each[0]:.1f}", *theirs)
    console.print(table)


def validation(console: Console) -> None:
    table = Table(title=f"Choosing one of {CANDIDATES} bandwidths by leaving one out: milliseconds a fit")
    for heading in ("dimensions", "points", "kellet", "scikit-learn", "times"):
        table.add_column(heading, justify="right")
    for d, size in ((1, 100), (DIMENSIONS, 100), (DIMENSIONS, 200)):
        points = Points(np.random.default_rng(0).standard_normal((1, size, d)))
        grid = {"bandwidth": 2 * size ** (-1 / (d + 4)) * 2.0 ** (-np.arange(CANDIDATES) / 2)}
        search = GridSearchCV(KernelDensity(), grid, cv=LeaveOneOut())
        ms = [
            1e3 * s
            for s in fastest(
                lambda: Kernel("cross-validated").fit(points),  # noqa: B023
                lambda: search.fit(points.values[0]),  # noqa: B023
                repeats=2,
            )
        ]
        table.add_row(f"{d}", f"{size}", f"{ms[0]:.2f}", f"{ms[1]:.0f}", f"{ms[1] / ms[0]:.0f}")
    console.print(table)


if __name__ == "__main__":
    console = Console(width=140)
    mixtures(console)
    kernels(console)
    loops(console)
    validation(console)
