"""How quick the neural families are: replicates together against one after the other, and a whole experiment.

On a processor, one thread a process: ``python benchmarks/neural.py``.  On a GPU, networks of the sizes usual for MNIST
and 64 replicates: ``python benchmarks/neural.py --device cuda --mnist train-images-idx3-ubyte.gz``, or ``--mnist``
alone for made-up pictures.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import gzip
import resource
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from kellet.evidence import Points
from kellet.families import GAN, VAE, Diffusion, Flow

WARM = 20
"""Steps of the fit that warms up and whose time is taken off the longer one's."""


def learn(family: Any, evidence: Points) -> tuple[Any, float]:
    """The model, and the milliseconds of one training step of one replicate without what comes before the first."""
    taken = []
    for steps in (WARM, WARM, WARM + family.steps):
        start = time.perf_counter()
        model = msgspec.structs.replace(family, steps=steps).fit(evidence, np.random.default_rng(0))
        wait(family.device)
        taken.append(time.perf_counter() - start)
    return model, 1e3 * (taken[2] - taken[1]) / family.steps / evidence.replicates


def write(model: Any, device: str, n: int) -> float:
    """Milliseconds of writing one point of one replicate."""
    model.sample(n, np.random.default_rng(0))
    start = time.perf_counter()
    model.sample(n, np.random.default_rng(0))
    wait(device)
    return 1e3 * (time.perf_counter() - start) / n / len(model.mean)


def wait(device: str) -> None:
    if device != "cpu":
        getattr(torch, device).synchronize()


def loss(family: Any, model: Any, points: np.ndarray) -> str:
    """On points (n, d) that no replicate was given, in full precision: mean and deviation over the replicates."""
    if isinstance(family, GAN):
        return "–"
    device = model.parts[0].device
    standard = (points - model.mean[:, None]) / model.width[:, None]
    x = torch.from_numpy(standard.astype(np.float32)).to(device)
    with torch.no_grad():
        found = family.losses(0, model.parts, x, torch.ones(x.shape[:2], device=device), torch.Generator(device))
    return f"{float(found.mean()):.4g} ± {float(found.std(correction=0)):.2g}"


def drawn(pictures: np.ndarray, replicates: int, n: int) -> Points:
    """n of the pictures (N, d) for each replicate."""
    rng = np.random.default_rng(0)
    return Points(np.stack([pictures[rng.permutation(len(pictures))[:n]] for _ in range(replicates)]))


def together(console: Console, device: str, replicates: int, pictures: np.ndarray, families: dict[str, Any]) -> None:
    """The same fits as one ensemble and one after the other, by turns; the best of three tries."""
    evidence = drawn(pictures, replicates, 500)
    # One by one takes long: fewer of them tell as much.
    some = Points(evidence.values[: max(4, replicates // 4)])
    title = f"{replicates} replicates, 500 points of {pictures.shape[1]} numbers; {device}, one thread"
    table = Table(title=f"{title}: ms a step of one replicate")
    for heading in ("family", "hidden", "together", "one by one", "times"):
        table.add_column(heading, justify="right")
    for label, recipe in families.items():
        ensemble, single = (msgspec.structs.replace(recipe, device=device, ensemble=flag) for flag in (True, False))
        tries = [(learn(ensemble, evidence)[1], learn(single, some)[1]) for _ in range(3)]
        ours, alone = (min(column) for column in zip(*tries, strict=True))
        table.add_row(label, str(recipe.hidden), f"{ours:.3f}", f"{alone:.3f}", f"{alone / ours:.1f}")
    console.print(table)


def large(console: Console, device: str, replicates: int, pictures: np.ndarray, steps: int, n: int) -> None:
    """Networks of the sizes usual for MNIST, in both precisions; the loss says whether the lower one costs anything."""
    held, rest = pictures[:500], pictures[500:]
    evidence = drawn(rest, replicates, 1000)
    some, one = (Points(evidence.values[:few]) for few in (max(1, replicates // 16), 1))
    d = pictures.shape[1]
    families = {
        f"VAE {d}-400-20": VAE(hidden=400, latent=20),
        f"DDPM 3 x 512, {Diffusion().levels} levels": Diffusion(hidden=512, layers=3),
        f"DDPM 3 x 1024, {Diffusion().levels} levels": Diffusion(hidden=1024, layers=3),
        f"GAN {d}-400-400": GAN(hidden=400),
    }
    name = torch.cuda.get_device_name() if device == "cuda" else device
    console.print(
        f"{name}, PyTorch {torch.__version__}.  {replicates} replicates of {evidence.values.shape[1]} points of {d} "
        f"numbers, batches of 128.  Milliseconds of one replicate: a training step ({steps} steps), and a point "
        f"({n} written); together, and one replicate after the other.  Loss: on {len(held)} unseen points, mean and "
        "deviation over replicates."
    )
    table = Table()
    for heading in ("family", "precision", "step", "alone", "times", "point", "alone", "times", "loss", "peak GiB"):
        table.add_column(heading, justify="right")
    for label, recipe in families.items():
        for precision in ("auto", "full") if device == "cuda" else ("full",):
            family = msgspec.structs.replace(
                recipe, precision=precision, device=device, steps=steps, batch=128, rate=1e-3, ensemble=True
            )
            single = msgspec.structs.replace(family, ensemble=False, steps=max(WARM, steps // 4))
            if device == "cuda":
                torch.cuda.reset_peak_memory_stats()
            model, learns = learn(family, evidence)
            writes = write(model, device, n)
            most = f"{torch.cuda.max_memory_allocated() / 2**30:.1f}" if device == "cuda" else "–"
            unseen = loss(family, model, held)
            alone = learn(single, some)[1]
            writes_alone = write(learn(single, one)[0], device, n)
            table.add_row(
                label,
                "bfloat16" if precision == "auto" else "float32",
                *(f"{learns:.4f}", f"{alone:.3f}", f"{alone / learns:.1f}"),
                *(f"{writes:.4f}", f"{writes_alone:.4f}", f"{writes_alone / writes:.1f}"),
                *(unseen, most),
            )
    console.print(table)


def experiment(console: Console, family: VAE, size: int, jobs: int) -> None:
    """20 generations, 6 arms, 16 replicates."""
    import kellet
    from kellet import Accumulate, Anchor, Arm, Subsample, worlds

    arms = {
        "replace": Arm(),
        "one fresh real point": Arm(anchor=Anchor(1)),
        "10 % fresh real": Arm(anchor=Anchor(share=0.1)),
        "a fixed 10 %": Arm(anchor=Anchor(share=0.1, draw="fixed")),
        "accumulate": Arm(regime=Accumulate()),
        "subsample": Arm(regime=Subsample()),
    }
    start, before = time.perf_counter(), time.process_time()
    run = kellet.run(
        world=worlds.Digits(), family=family, size=size, arms=arms, generations=20, replicates=16, seed=1, jobs=jobs
    )
    taken = time.perf_counter() - start
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    most = max(one.ru_maxrss for one in used) / 2**20
    # What others do on the machine at the same time changes the first of these, and hardly the second.
    spent = sum(one.ru_utime + one.ru_stime for one in used) - before
    title = (
        f"digits, {size} points per generation, 6 arms, 16 replicates, 20 generations; "
        f"{jobs} processes: {taken:.0f} s, "
        f"{spent:.0f} s of processor time"
    )
    table = Table(title=f"{title}, at most {most:.2f} GiB in one process", caption=repr(family))
    names = [name for name in ("surviving_classes", "effective_classes", "readable", "coverage") if name in run.data]
    for heading in ("arm", *(f"{name} at 0 and 20" for name in names)):
        table.add_column(heading, justify="right")
    for arm in arms:
        seen = [run.data[name].sel(arm=arm).mean("replicate").values for name in names]
        table.add_row(arm, *(f"{row[0]:.2f}  {row[-1]:.2f}" for row in seen))
    console.print(table)


def pictures(path: str | None) -> np.ndarray:
    """(N, 784), from 0 to 1: the first 20,000 of an idx file, or 2,000 smooth made-up ones."""
    if path:
        raw = Path(path).read_bytes()
        raw = gzip.decompress(raw) if path.endswith(".gz") else raw
        return np.frombuffer(raw, dtype=np.uint8, offset=16).reshape(-1, 784)[:20_000] / 255
    rng = np.random.default_rng(0)
    return 1 / (1 + np.exp(-rng.normal(size=(2000, 20)) @ rng.normal(size=(20, 784))))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--device", default="cpu", choices=("cpu", "cuda", "mps"))
    asked.add_argument("--mnist", nargs="?", const="", metavar="IDX", help="large networks on pictures of 784 numbers")
    asked.add_argument("--replicates", type=int, help="64 on pictures of 784 numbers, else 32")
    asked.add_argument("--steps", type=int, default=400, help="of the large networks")
    asked.add_argument("--written", type=int, default=500, help="points that the large networks write")
    asked.add_argument("--jobs", type=int, default=2, help="processes of the experiment")
    given = asked.parse_args()
    console = Console(width=150)
    if given.mnist is not None:
        large(console, given.device, given.replicates or 64, pictures(given.mnist), given.steps, given.written)
        return
    from sklearn.datasets import load_digits

    families = {
        "vae 64-64-16": VAE(hidden=64, steps=150),
        "vae 64-256-16": VAE(hidden=256, steps=60),
        "flow": Flow(hidden=64, batch=64, steps=40),
        "ddpm": Diffusion(hidden=64, batch=64, steps=80),
    }
    together(console, given.device, given.replicates or 32, load_digits().data, families)
    experiment(console, VAE(hidden=128, steps=400, rate=5e-3, device=given.device), 500, given.jobs)


if __name__ == "__main__":
    main()
