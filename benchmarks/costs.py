"""What one generation of each family costs: processor time and memory, at a small and a large size.

Each row is a process of its own, one thread.  Once all is imported and the world is open, it runs a loop by
`kellet.generations`, which learns and writes, and by `kellet.run`, which also measures what is usually watched.
Prints the table of docs/costs.md; ``--only`` takes some families.

    python benchmarks/costs.py [--only NAME,..]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")
HUGE = 10**12
MEBIBYTE = 2**20 if sys.platform == "darwin" else 2**10
"""Of what the system counts memory in."""


@dataclass(frozen=True)
class Case:
    """A loop of one family: its recipes, made where they are needed, and how long it is to last.

    sizes: small and large.  loops: replicates and generations at the small one.  divide: how many times fewer
    replicates the large one has.
    """

    make: Callable[[Any], tuple[Any, Any]]
    sizes: tuple[int, int] = (100, HUGE)
    loops: tuple[int, int] = (1000, 100)
    divide: int = 1

    def count(self, large: bool) -> tuple[int, int]:
        """Replicates and generations."""
        return (max(1, self.loops[0] // self.divide) if large else self.loops[0], self.loops[1])


LEARNT = {"sizes": (200, 1000), "loops": (16, 3), "divide": 4}
NETWORKS = {"sizes": (200, 1000), "loops": (8, 1), "divide": 4}
TEXTS = {"sizes": (200, 1000), "loops": (4, 2), "divide": 2}


def of(law: str, family: str, **settings: Any) -> Callable[[Any], tuple[Any, Any]]:
    """A world and a family by their names."""
    return lambda kellet: (getattr(kellet.worlds, law)(), getattr(kellet.families, family)(**settings))


def on_digits(family: str, dims: int = 24, **settings: Any) -> Callable[[Any], tuple[Any, Any]]:
    """A family that learns the digits that come with scikit-learn."""
    return lambda kellet: (kellet.worlds.Digits(dims=dims), getattr(kellet.families, family)(**settings))


def labels(family: str) -> Callable[[Any], tuple[Any, Any]]:
    """A conditional family of its first regressor, in a linear world."""
    named = {"Regressor": {"thing": "KNeighborsRegressor"}}.get(family, {})
    return lambda kellet: (kellet.worlds.Linear(10), getattr(kellet.families, family)(**named))


CASES = {
    "gaussian": Case(of("Normal", "Gaussian")),
    "gaussian, 20 dimensions": Case(
        lambda kellet: (
            kellet.worlds.multivariate_normal([0.0] * 20, [[float(i == j) for j in range(20)] for i in range(20)]),
            kellet.families.Gaussian(),
        ),
        loops=(200, 20),
    ),
    "lognormal": Case(of("LogNormal", "LogGaussian")),
    "categorical, 50,000 categories": Case(
        lambda kellet: (kellet.worlds.Zipf(50_000), kellet.families.Categorical()), sizes=(10**6, HUGE), loops=(4, 10)
    ),
    "bernoulli": Case(of("Bernoulli", "Bernoulli")),
    "poisson": Case(of("Poisson", "Poisson")),
    "geometric": Case(of("NegativeBinomial", "Geometric")),
    "negative-binomial": Case(of("NegativeBinomial", "NegativeBinomial")),
    "exponential": Case(of("Exponential", "Exponential")),
    "pareto": Case(of("Pareto", "Pareto")),
    "laplace": Case(of("Laplace", "Laplace")),
    "uniform": Case(of("Uniform", "Uniform"), sizes=(100, 10_000), loops=(100, 10), divide=10),
    "gamma": Case(of("Gamma", "Gamma"), sizes=(100, 10_000), loops=(100, 10), divide=10),
    "beta": Case(of("Beta", "Beta"), sizes=(100, 10_000), loops=(100, 10), divide=10),
    "vonmises": Case(of("VonMises", "VonMises"), sizes=(100, 10_000), loops=(100, 10), divide=10),
    "weibull": Case(of("Weibull", "Weibull"), sizes=(100, 10_000), loops=(100, 10), divide=10),
    "ising": Case(lambda kellet: (kellet.worlds.Ising(10), kellet.families.Ising(10))),
    "spin-glass": Case(lambda kellet: (kellet.worlds.SpinGlass(8), kellet.families.SpinGlass(8)), loops=(50, 5)),
    "mixture": Case(on_digits("Mixture", components=10), **LEARNT),
    "kernel": Case(on_digits("Kernel"), **LEARNT),
    "bootstrap": Case(on_digits("Bootstrap"), **LEARNT),
    "copula": Case(on_digits("Copula"), **LEARNT),
    "reduced": Case(on_digits("Reduced"), **LEARNT),
    "rbm": Case(on_digits("BernoulliRBM", dims=0, top=16.0), **NETWORKS),
    "vae": Case(on_digits("VAE"), **NETWORKS),
    "flow": Case(on_digits("Flow"), **NETWORKS),
    "diffusion": Case(on_digits("Diffusion"), **NETWORKS),
    "gan": Case(on_digits("GAN"), **NETWORKS),
    "ngram": Case(lambda kellet: (kellet.worlds.Text(), kellet.families.NGram()), **TEXTS),
    "lm (gpt2-1m)": Case(
        lambda kellet: (kellet.worlds.Text(), kellet.families.Language(epochs=1)), sizes=(200, 1000), loops=(1, 1)
    ),
    "regression": Case(labels("Regression"), sizes=(100, HUGE), loops=(200, 20)),
    "regressor (nearest neighbours)": Case(labels("Regressor"), **LEARNT),
    "classification (logistic)": Case(
        lambda kellet: (digits_with_labels(kellet), kellet.families.Classification()), **LEARNT
    ),
}


def digits_with_labels(kellet: Any) -> Any:
    """The digits as a table whose label is the digit."""
    import polars as pl
    from sklearn.datasets import load_digits

    found = load_digits()
    columns = {f"p{i}": found.data[:, i] for i in range(64)}
    pl.DataFrame({**columns, "digit": [f"d{one}" for one in found.target]}).write_csv("digits.csv")
    return kellet.worlds.Labelled("digits.csv", "digit")


def measure(name: str, large: bool) -> dict[str, float]:
    """In this process: processor seconds a replicate and generation, bare and watched, and the peak of memory."""
    import numpy as np

    import kellet

    case = CASES[name]
    world, family = case.make(kellet)
    replicates, generations = case.count(large)
    settings = {"world": world, "family": family, "size": case.sizes[large], "jobs": 1}
    resolved = kellet.run(**{**settings, "size": case.sizes[0]}, generations=1, replicates=1).experiment
    source = kellet.worlds.world.open_world(resolved.world)
    start = time.process_time()
    for one in kellet.generations(
        source, resolved.family, size=case.sizes[large], replicates=replicates, rng=np.random.default_rng(0)
    ):
        if one.t == generations:
            break
    bare = time.process_time() - start
    start = time.process_time()
    kellet.run(**settings, generations=generations, replicates=replicates)
    watched = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE
    return {"bare": bare, "watched": watched, "peak": peak}


def spell_size(size: int) -> str:
    return "10^12" if size == HUGE else f"{size:,}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(CASES), help="families, by the first word of their rows")
    parser.add_argument("--one", nargs=2, metavar=("NAME", "LARGE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one[0], given.one[1] == "large")))
        return
    wanted = {one.split()[0].strip(",") for one in given.only.split(",") if one.strip()}
    print("| family | size | replicates x generations | learn and write, ms | and measure, ms | peak, MB |")
    print("|---|---|---|---|---|---|")
    for name, case in CASES.items():
        if name.split()[0].strip(",") not in wanted:
            continue
        for large, size in enumerate(case.sizes):
            tell(name, case, bool(large), size)


def tell(name: str, case: Case, large: bool, size: int) -> None:
    """One row, of a process of its own in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        told = subprocess.run(
            [sys.executable, "-P", str(Path(__file__).resolve()), "--one", name, "large" if large else "small"],
            cwd=folder, env={**os.environ, **dict.fromkeys(THREADS, "1")}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if told.returncode:
        print(f"| {name} | {spell_size(size)} | failed: {told.stderr.strip().splitlines()[-1]} | | | |", flush=True)
        return
    found = json.loads(told.stdout.splitlines()[-1])
    replicates, generations = case.count(large)
    bare, watched = (f"{1000 * found[one] / (replicates * (generations + 1)):.3g}" for one in ("bare", "watched"))
    loops = f"{replicates:,} x {generations}"
    print(f"| {name} | {spell_size(size)} | {loops} | {bare} | {watched} | {found['peak']:.0f} |", flush=True)


if __name__ == "__main__":
    main()
