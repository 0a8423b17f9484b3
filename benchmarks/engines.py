"""What it costs to have blocks computed elsewhere, and to keep ten thousand of them.

    python benchmarks/engines.py                 # both tables
    python benchmarks/engines.py --part blocks --rounds 5
    python benchmarks/engines.py --part blocks --blocks 400 --seconds 0.01      # what a block costs beside its work
    python benchmarks/engines.py --part cells --cells 2500

First: the same blocks, of about a second each, by two plain processes with nothing of the engine or the store, by the
local engine into a run folder, and by a Dask cluster of two workers, as it comes and with less housekeeping, into
others; in turns, to and fro, since the machine's speed drifts. What is compared is the processor time of all processes
from when the first block is asked for until the last is kept, which other work on the machine moves least, and seconds
on the wall, which mean something on an idle machine only; and, which hardly depends on the machine's speed, what all
processes but those that compute spend, as a share of what these do. Starting processes and importing takes a second or
two once a run, whatever the blocks, and is told apart. Second: a sweep of tiny cells of an exact family, computed in
two processes into a run folder; the finished sweep resumed, once from this process and once by ``kellet run``; read;
and turned into xarray.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

import kellet
from kellet import Anchor, Arm, Experiment, Sweep, resolve
from kellet.experiment.experiment import Span
from kellet.experiment.running import engines
from kellet.experiment.running.recorder import choose_metrics
from kellet.experiment.running.schedule import make_tasks
from kellet.experiment.running.task import Task, compute

QUIET = {"distributed.worker.profile.enabled": False, "distributed.admin.tick.interval": "1s"}
"""Dask looks at its own stack and clock up to a hundred times a second, in the scheduler and in each worker."""


def spent() -> tuple[float, float]:
    """Seconds on the wall, and of the processor over this process and all of its children that have ended."""
    times = os.times()
    return time.monotonic(), times.user + times.system + times.children_user + times.children_system


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What it gives, and the two kinds of seconds it takes."""
    wall, cpu = spent()
    result = work()
    now, used = spent()
    return result, now - wall, used - cpu


def used(pids: list[int]) -> float:
    """Seconds of the processor that living processes have used: Linux alone tells."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def children() -> list[int]:
    """The processes that this one has started, and theirs."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    found = [os.getpid()]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found[1:]


def study(generations: int, blocks: int) -> Experiment:
    """Blocks of a hundred normals, as many as are asked for."""
    arms = {"fresh": Arm(anchor=Anchor(1))}
    return Experiment(
        kellet.worlds.Normal(), kellet.families.Gaussian(), 100, arms, generations=generations, replicates=100 * blocks,
        block=100, record="log",
    )  # fmt: skip


def tasks(experiment: Experiment) -> list[Task]:
    """Its blocks, kept nowhere."""
    resolved = resolve(experiment)
    return make_tasks(resolved, None, tuple(metric.name for metric in choose_metrics(resolved)))


def bare(part: list[Task], ready: Any, go: Any, told: Any) -> None:
    """What a script would do in each of two processes: the blocks, one after the other, and how long they took."""
    compute(part[0])
    ready.release()
    go.wait()
    start = time.process_time()
    for task in part:
        compute(task)
    told.put(time.process_time() - start)


def plainly(experiment: Experiment, jobs: int) -> tuple[float, float, float]:
    """Seconds on the wall and of the processor of plain processes, each of which computes its part."""
    context = multiprocessing.get_context("spawn")
    ready, go, told = context.Semaphore(0), context.Event(), context.Queue()
    every = tasks(experiment)
    processes = [context.Process(target=bare, args=(every[i::jobs], ready, go, told)) for i in range(jobs)]
    for process in processes:
        process.start()
    for _ in processes:
        ready.acquire()
    start = time.monotonic()
    go.set()
    cpu = sum(told.get() for _ in processes)
    wall = time.monotonic() - start
    for process in processes:
        process.join()
    return wall, cpu, 0.0


def lent(experiment: Experiment, executor: Executor, folder: Path, jobs: int) -> tuple[float, float, float]:
    """The same through an engine into a run folder: of this process and of all that it has started.

    Third, what is spent beside the blocks, by all processes but the busiest, of what those that compute them spend.
    """
    # What is imported once a process is no part of a block's cost.
    kellet.work(replace(experiment, generations=20), folder.with_name(f"{folder.name}-warm"), executor=executor)
    pids = children()
    before = np.array([used([pid]) for pid in pids])
    start, mine = time.monotonic(), time.process_time()
    kellet.work(experiment, folder, executor=executor)
    wall, mine = time.monotonic() - start, time.process_time() - mine
    each = np.sort(np.array([used([pid]) for pid in pids]) - before)
    blocks, rest = float(each[-jobs:].sum()), float(each[:-jobs].sum()) + mine
    return wall, blocks + rest, rest / blocks


def overhead(blocks: int, jobs: int, rounds: int, seconds: float) -> Table:
    """The same blocks by plain processes, by the local engine and by Dask, in turns."""
    start = time.process_time()
    compute(*tasks(study(1000, 1)))
    start = time.process_time()
    compute(*tasks(study(1000, 1)))
    experiment = study(max(10, round(1000 * seconds / (time.process_time() - start))), blocks)
    seen: dict[str, list[tuple[float, float, float]]] = {name: [] for name in EVERY}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds):
            # One at a time: the processes of a cluster that waits are not idle.
            for name, opened in list(EVERY.items())[:: -1 if turn % 2 else 1]:
                if opened is None:
                    seen[name].append(plainly(experiment, jobs))
                    continue
                with opened(jobs) as executor:
                    seen[name].append(lent(experiment, executor, Path(folder, f"{name[:4]}{turn}"), jobs))
    title = f"{blocks} blocks of {experiment.generations} generations, {jobs} processes, {rounds} rounds"
    table = Table(title=title, title_justify="left")
    headings = ("wall, s", "processor, s", "processor, of the plain", "wall, of the plain", "beside the blocks")
    for name in ("median of the rounds", *headings):
        table.add_column(name, justify="left" if name.startswith("median") else "right")
    plain = np.array(seen["plain processes"])
    for name, told in seen.items():
        wall, cpu, beside = np.median(told, axis=0)
        against = np.median(np.array(told)[:, :2] / plain[:, :2], axis=0)
        table.add_row(name, f"{wall:.2f}", f"{cpu:.2f}", f"{against[1]:.3f}", f"{against[0]:.3f}", f"{beside:.3f}")
    return table


@contextmanager
def cluster(jobs: int) -> Iterator[Executor]:
    """A scheduler and workers of one thread each, on this machine."""
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=None) as there,  # type: ignore[no-untyped-call]
        engines.dask(there.scheduler_address) as executor,
    ):
        yield executor


@contextmanager
def quiet(jobs: int) -> Iterator[Executor]:
    """The same with less housekeeping."""
    import dask
    import distributed  # noqa: F401  # whose settings are there from then on

    with dask.config.set(QUIET), cluster(jobs) as executor:
        yield executor


EVERY = {"plain processes": None, "local engine": engines.local, "Dask cluster": cluster, "quiet Dask cluster": quiet}


def cells(number: int, jobs: int, folder: Path) -> Table:
    """A sweep of tiny cells, from nothing to xarray."""
    side = round(number**0.5)
    experiment = Experiment(
        kellet.worlds.Normal(), kellet.families.Gaussian(), 100, {"fresh": Arm(anchor=Anchor(1))}, generations=10,
        replicates=10, grid={"size": Span(1000, 100_000, side), "anchor.count": Span(1, 2 * side, side, "linear")},
    )  # fmt: skip
    # Importing them takes a second and a half, whatever is read.
    import dask.array  # noqa: F401
    import xarray  # noqa: F401

    table = Table(title=f"{side**2} cells of ten generations of ten normals", title_justify="left")
    for name in ("", "wall, s", "processor, s"):
        table.add_column(name, justify="right" if name else "left")
    again = [Path(sys.executable).parent / "kellet", "run", folder, "--quiet"]
    steps: tuple[tuple[str, Callable[[Any], Any]], ...] = (
        ("computed and stored", lambda _: kellet.work(experiment, folder, jobs=jobs)),
        ("resumed when finished", lambda _: kellet.work(experiment, folder, jobs=jobs)),
        ("the same by kellet run, from its start", lambda _: subprocess.run(again, check=True)),
        ("read", lambda _: Sweep.read(folder)),
        ("into xarray", lambda found: (found, found.data)[0]),
        ("summarised by a field", lambda found: found.table("size")),
    )
    before: Any = None
    for name, step in steps:
        before, wall, cpu = timed(lambda step=step, before=before: step(before))  # type: ignore[misc]
        table.add_row(name, f"{wall:.2f}", f"{cpu:.2f}")
    return table


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=10_000)
    parser.add_argument("--blocks", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="of a block")
    parser.add_argument("--part", choices=["blocks", "cells"])
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    console = Console()
    console.print(f"load of the machine: {os.getloadavg()[0]:.1f}, cores: {engines.cores()}")
    if given.part != "cells":
        console.print(overhead(given.blocks, given.jobs, given.rounds, given.seconds))
    if given.part != "blocks":
        with tempfile.TemporaryDirectory() as folder:
            console.print(cells(given.cells, given.jobs, Path(folder) / "run"))


if __name__ == "__main__":
    main()
