"""What it costs to have blocks computed elsewhere, and to keep ten thousand of them.

    python benchmarks/engines.py            # both tables
    python benchmarks/engines.py --cells 2500

First: blocks of about a second, in two processes and one after the other in this one. Overhead is what the driver
needs beside the work, in seconds of its processor time, which other work on the machine moves least; and
in seconds on the wall, which mean something on an idle machine only. Second: a sweep of tiny cells of an exact family,
computed in two processes into a run folder; the finished sweep resumed; read; and turned into xarray.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import kedge
from kedge import Anchor, Arm, Experiment, Sweep, engines
from kedge.experiment import Span


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


def count(steps: int) -> float:
    """Work for the processor alone, and the seconds it took."""
    start, total = time.process_time(), 0
    for i in range(steps):
        total += i * i
    return time.process_time() - start


def overhead(blocks: int, jobs: int) -> Table:
    """The same blocks in this process, and in so many others."""
    steps = int(1e6 / count(1_000_000))
    table = Table(title=f"{blocks} blocks of about a second", title_justify="left")
    for name in ("", "wall, s", "processor, s", "of it blocks, s", "driver beside them", "overhead, wall"):
        table.add_column(name, justify="right" if name else "left")
    _, alone, cpu = timed(lambda: list(engines.compute(count, [steps] * blocks)))
    table.add_row("one after the other", f"{alone:.2f}", f"{cpu:.2f}", "", "", "")
    with engines.local(jobs) as pool:
        # Starting processes takes a second once a run, whatever the blocks.
        _, starting, _ = timed(lambda: list(engines.compute(abs, range(4 * jobs), executor=pool)))
        found, wall, used = timed(lambda: list(engines.compute(count, [steps] * blocks, executor=pool)))
    inside = sum(found)
    # What the children used is counted when they end; what they used for the work they told.
    table.add_row(
        f"{jobs} processes", f"{wall:.2f}", f"{used + inside:.2f}", f"{inside:.2f}", f"{used / inside:.2%}",
        f"{wall * jobs / inside - 1:.1%}",
    )  # fmt: skip
    table.caption = f"starting the processes: {starting:.2f} s on the wall, once"
    return table


def cells(number: int, jobs: int, folder: Path) -> Table:
    """A sweep of tiny cells, from nothing to xarray."""
    side = round(number**0.5)
    experiment = Experiment(
        kedge.worlds.normal(), kedge.families.Gaussian(), 100, {"fresh": Arm(anchor=Anchor(1))}, generations=10,
        replicates=10, grid={"size": Span(1000, 100_000, side), "anchor.count": Span(1, 2 * side, side, "linear")},
    )  # fmt: skip
    table = Table(title=f"{side**2} cells of ten generations of ten normals", title_justify="left")
    for name in ("", "wall, s", "processor, s"):
        table.add_column(name, justify="right" if name else "left")
    steps: tuple[tuple[str, Callable[[Any], Any]], ...] = (
        ("computed and stored", lambda _: kedge.work(experiment, folder, jobs=jobs)),
        ("resumed when finished", lambda _: kedge.work(experiment, folder, jobs=jobs)),
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
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    console = Console()
    console.print(f"load of the machine: {os.getloadavg()[0]:.1f}, cores: {engines.cores()}")
    console.print(overhead(given.blocks, given.jobs))
    with tempfile.TemporaryDirectory() as folder:
        console.print(cells(given.cells, given.jobs, Path(folder) / "run"))


if __name__ == "__main__":
    main()
