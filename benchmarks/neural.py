"""How quick the neural families are: replicates together against one after the other, and a whole experiment.

One thread a process, side by side in one run.  `python benchmarks/neural.py`; with a GPU, the same at the size of
MNIST: `python benchmarks/neural.py --device cuda --mnist`
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import resource
import sys
import time
from typing import Any

import msgspec
import numpy as np
import torch
from rich.console import Console
from rich.table import Table

import kedge
from kedge import Accumulate, Anchor, Arm, Points, Subsample, worlds
from kedge.families import VAE, Diffusion, Flow

ARMS = {
    "replace": Arm(),
    "one fresh real point": Arm(anchor=Anchor(1)),
    "10 % fresh real": Arm(anchor=Anchor(share=0.1)),
    "a fixed 10 %": Arm(anchor=Anchor(share=0.1, draw="fixed")),
    "accumulate": Arm(regime=Accumulate()),
    "subsample": Arm(regime=Subsample()),
}


def seconds(family: Any, evidence: Points, device: str) -> float:
    """Of one fit."""
    start = time.perf_counter()
    family.fit(evidence, np.random.default_rng(0))
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def together(console: Console, device: str, replicates: int, pictures: np.ndarray, families: dict[str, Any]) -> None:
    """The same fits as one ensemble and one after the other, by turns; the best of three tries."""
    size = min(len(pictures), 500)
    rng = np.random.default_rng(0)
    rows = np.stack([rng.permutation(len(pictures))[:size] for _ in range(replicates)])
    evidence = Points(pictures[rows])
    numbers = pictures[0].size
    name = torch.cuda.get_device_name() if device == "cuda" else f"{device}, one thread"
    table = Table(
        title=f"{replicates} replicates, {size} points of {numbers} numbers; {name}: ms a step of one replicate"
    )
    for heading in ("family", "hidden", "together", "one by one", "times"):
        table.add_column(heading, justify="right")
    for label, family in families.items():
        best = [np.inf, np.inf]
        for _ in range(3):
            for i, ensemble in enumerate((True, False)):
                asked = msgspec.structs.replace(family, ensemble=ensemble, device=device)
                # One by one takes long: fewer of them tell as much.
                some = evidence if ensemble else Points(evidence.values[: max(4, replicates // 4)])
                taken = seconds(asked, some, device) / (some.replicates * family.steps)
                best[i] = min(best[i], taken)
        ours, alone = (1e3 * value for value in best)
        table.add_row(label, str(family.hidden), f"{ours:.3f}", f"{alone:.3f}", f"{alone / ours:.1f}")
    console.print(table)


def experiment(console: Console, family: VAE, size: int, jobs: int) -> None:
    """20 generations, 6 arms, 16 replicates."""
    start = time.perf_counter()
    run = kedge.run(
        world=worlds.digits(), family=family, size=size, arms=ARMS, generations=20, replicates=16, seed=1, jobs=jobs
    )
    taken = time.perf_counter() - start
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 2**20
    title = (
        f"digits, {size} points a generation, 6 arms, 16 replicates, 20 generations; {jobs} processes: {taken:.0f} s"
    )
    table = Table(title=f"{title}, at most {most:.2f} GiB in one process", caption=repr(family))
    names = [name for name in ("surviving_classes", "effective_classes", "readable", "coverage") if name in run.data]
    for heading in ("arm", *(f"{name} at 0 and 20" for name in names)):
        table.add_column(heading, justify="right")
    for arm in ARMS:
        seen = [run.data[name].sel(arm=arm).mean("replicate").values for name in names]
        table.add_row(arm, *(f"{row[0]:.2f}  {row[-1]:.2f}" for row in seen))
    console.print(table)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--device", default="cpu", choices=("cpu", "cuda", "mps"))
    asked.add_argument("--mnist", action="store_true", help="pictures of 28x28 (the digits, enlarged), 64 replicates")
    asked.add_argument("--jobs", type=int, default=2)
    given = asked.parse_args()
    console = Console(width=150)
    from sklearn.datasets import load_digits

    pictures = load_digits().images
    if given.mnist:
        enlarged = np.kron(pictures, np.ones((4, 4)))[:, 2:-2, 2:-2]
        families = {
            "vae": VAE(hidden=512, layers=2, steps=100, batch=128),
            "ddpm": Diffusion(hidden=512, layers=3, steps=100, batch=128),
        }
        together(console, given.device, 64, enlarged, families)
        return
    families = {
        "vae 64-64-16": VAE(hidden=64, steps=150),
        "vae 64-256-16": VAE(hidden=256, steps=60),
        "flow": Flow(hidden=64, batch=64, steps=40),
        "ddpm": Diffusion(hidden=64, batch=64, steps=80),
    }
    together(console, given.device, 32, pictures, families)
    experiment(console, VAE(hidden=128, steps=400, rate=5e-3, device=given.device), 500, given.jobs)


if __name__ == "__main__":
    sys.exit(main())
