"""The study behind docs/families.md: what closed loops of each family lose, and how much real data keeps it.

    python benchmarks/families_study.py run                     all of it, about half an hour on one core; resumable
    python benchmarks/families_study.py run --only digits-vae   the parts whose names begin so
    python benchmarks/families_study.py page                    figures and tables into docs/families.md

Runs lie in a folder each under --out, which `kedge show`, `kedge report` and `kedge compare` read too.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

import kedge
from kedge import Accumulate, Anchor, Arm, Prior, worlds
from kedge.families import (
    GAN,
    VAE,
    BernoulliRBM,
    Bootstrap,
    Copula,
    Diffusion,
    Flow,
    Gaussian,
    Kernel,
    Mixture,
)

Array = np.ndarray
SIZE, GENERATIONS, REPLICATES, SEED = 200, 20, 16, 1
METRICS = ("coverage", "rare_coverage", "surviving_classes", "readable", "precision")
SHARES = {"replace": 0.0, "one fresh real point": 1 / SIZE} | {f"{p} % fresh real": p / 100 for p in (3, 10, 30, 60)}
"""Arms by the share of every training set that is real.  All of it is what generation 0 learns from."""
STORY = ("replace", "one fresh real point", "10 % fresh real", "accumulate")
MODES = np.array([30, 20, 15, 12, 9, 7, 4, 3]) / 100
"""How much of the ring each of its eight clusters has."""
KEPT = 0.9
PAGE = Path(__file__).parents[1] / "docs" / "families.md"


# What is run ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One run.  family: of the arms.  arms: names of SHARES or "accumulate", and arms with a prior."""

    world: str
    name: str
    length: int
    family: Any
    arms: dict[str, Arm]
    prior: str = ""

    @property
    def folder(self) -> str:
        return f"{self.world}-{self.name}-x{self.length}" + (f"-{self.prior}" if self.prior else "")


@dataclass(frozen=True)
class Learner:
    """A family in one world.  longer: the same with training twice as long.  priors: name -> a Prior or settings."""

    family: Any
    longer: Any = None
    priors: dict[str, Any] = field(default_factory=dict)


WEIGHTS = {"weight decay 0.3": {"weight_decay": 0.3}, "pull to generation 0's weights": {"pull": 3.0, "start": "base"}}


def learners(world: str) -> dict[str, Learner]:
    """All families, with settings that suit the digits or the ring."""
    ring = world == "ring"
    floor, wide = (1e-4, 1.0) if ring else (0.5, 50.0)
    narrow = 0.02 if ring else 20.0

    def network(family: Any) -> Learner:
        return Learner(family, msgspec.structs.replace(family, steps=2 * family.steps), WEIGHTS)

    known = {
        "gaussian": Learner(Gaussian(), priors={"20 imaginary points": Prior(20, mean=0.0, variance=wide)}),
        "mixture": Learner(
            Mixture(8 if ring else 10, floor=floor), priors={"20 imaginary points": Prior(20, variance=narrow)}
        ),
        "kernel": Learner(Kernel("cross-validated" if ring else 1.0)),
        "bootstrap": Learner(Bootstrap()),
        "copula": Learner(Copula()),
        "vae": network(VAE(hidden=128, steps=200, rate=1e-2, latent=2 if ring else 12, batch=32, beta=0.3)),
        "flow": network(Flow(hidden=32, steps=100, rate=2e-2, batch=64)),
        "diffusion": network(Diffusion(hidden=96, steps=200, rate=1e-2, batch=64, levels=20, path="straight")),
        "gan": network(
            GAN(hidden=64, steps=200, rate=5e-3, batch=32, latent=2 if ring else 8, penalty=0.3 if ring else 1.0)
        ),
    }
    if not ring:
        machine = BernoulliRBM(hidden=64, epochs=60, minibatch=20, top=16.0)
        longer = msgspec.structs.replace(machine, epochs=120)
        known["rbm"] = Learner(machine, longer, {"weight decay 0.001": {"decay": 0.001}})
    return known


def parts() -> Iterator[Part]:
    """Every run, the quick ones first."""
    steps = {name: Arm(anchor=Anchor(share=share) if share else None) for name, share in SHARES.items()}
    steps["one fresh real point"] = Arm(anchor=Anchor(1))
    every = steps | {"accumulate": Arm(Accumulate())}
    # Training twice as long costs twice as much: only the arms between which the answer lies.
    few = {name: arm for name, arm in steps.items() if SHARES[name] in (0.0, 0.1, 0.3, 0.6)}
    for length in (1, 2):
        for world in ("digits", "ring"):
            for name, learner in learners(world).items():
                family = learner.family if length == 1 else learner.longer
                if family is None:
                    continue
                yield Part(world, name, length, family, every if length == 1 else few)
                for prior, what in learner.priors.items() if length == 1 else ():
                    own = isinstance(what, Prior)
                    changed = family if own else msgspec.structs.replace(family, **what)
                    yield Part(world, name, 1, changed, {"replace": Arm(prior=what if own else None)}, prior)


def ring(n: int = 3000, spread: float = 0.2) -> tuple[Array, Array]:
    """Points (n, 2) in eight clusters on a circle of radius 2, some of them rare, and which cluster each is of (n,)."""
    rng = np.random.default_rng(0)
    mode = rng.choice(len(MODES), n, p=MODES)
    angle = 2 * np.pi * mode / len(MODES)
    return 2 * np.stack([np.cos(angle), np.sin(angle)], 1) + spread * rng.standard_normal((n, 2)), mode


def world(name: str, out: Path) -> Any:
    """A world by name; the ring is written to a file first, as anybody's data would be."""
    if name == "digits":
        return worlds.digits()
    path = out / "ring.csv"
    if not path.exists():
        out.mkdir(parents=True, exist_ok=True)
        points, mode = ring()
        rows = [f"{x:.6f},{y:.6f},{chr(ord('a') + m)}" for (x, y), m in zip(points, mode, strict=True)]
        path.write_text("\n".join(["x,y,cluster", *rows]) + "\n", encoding="utf-8")
    return worlds.table(str(path), label="cluster")


def experiment(part: Part, out: Path) -> kedge.Experiment:
    place = worlds.digits(dims=0) if part.name == "rbm" else world(part.world, out)
    return kedge.Experiment(
        place, part.family, SIZE, part.arms, GENERATIONS, REPLICATES, SEED, METRICS, block=REPLICATES
    )


def compute(out: Path, only: str) -> None:
    for part in parts():
        if part.folder.startswith(only):
            started, used = time.monotonic(), time.process_time()
            kedge.run(experiment(part, out), out=out / part.folder)
            took, cpu = time.monotonic() - started, time.process_time() - used
            print(f"{part.folder}: {took:.0f} s, {cpu:.0f} s of processor time", flush=True)
    for name, learner in learners("ring").items():
        path = out / f"modes-{name}.npy"
        if f"modes-{name}".startswith(only) and not path.exists():
            np.save(path, clusters(learner.family, out))
            print(path.stem, flush=True)


def clusters(family: Any, out: Path) -> Array:
    """(T + 1, R, 8): how much of what is written lies in each cluster of the ring, generation by generation."""
    place = world("ring", out)
    rng, judging = np.random.default_rng(SEED).spawn(2)
    loop = kedge.generations(place, family, size=SIZE, replicates=REPLICATES, rng=rng)
    reader = place.open(1).classes
    return np.stack([reader.shares_of(g.model.sample(1000, judging).values) for g in islice(loop, GENERATIONS + 1)])


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("what", choices=("run", "page"))
    asked.add_argument("--out", type=Path, default=Path("runs/families"))
    asked.add_argument("--only", default="")
    given = asked.parse_args()
    if given.what == "run":
        compute(given.out, given.only)
