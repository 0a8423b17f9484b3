"""What large things take: many arms, generations, replicates, points of a grid, rows; seconds and peak memory.

Each command runs in a process of its own, one after the other, on this machine.  SCALE shrinks or grows what is large;
``--only`` takes some of it.

    python benchmarks/load.py [--scale SCALE] [--only NAME,..]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

COMMAND = [sys.executable, "-c", "from kellet.cli.main import main; main()"]
Commands = list[list[str]]


def write(head: str, arms: str, metrics: str = "") -> Commands:
    """Of a normal loop: the file of its experiment, and the commands that run it, show it and write its page."""
    text = f"{head}\n{metrics}\n[world]\nkind = 'normal'\n[family]\nkind = 'gaussian'\n{arms}"
    Path("experiment.toml").write_text(text, encoding="utf-8")
    run = ["run", "experiment.toml", "--out", "run", "--jobs", "1", "--quiet"]
    return [run, ["show", "run"], ["report", "run"], ["compare", "run"]]


def make_arms(scale: float) -> Commands:
    """A thousand arms, 50 replicates and 10 generations each."""
    arms = "".join(f"[arms.a{i}]\nanchor = {{count = {i + 1}}}\n" for i in range(round(1000 * scale)))
    return write("size = 2000\ngenerations = 10\nreplicates = 50", arms)


def make_generations(scale: float) -> Commands:
    """100,000 generations, all recorded, 64 replicates."""
    head = f"size = 100\ngenerations = {round(1e5 * scale)}\nreplicates = 64"
    return write(head, "[arms.replace]\n", "metrics = ['variance_ratio', 'kl']")


def make_replicates(scale: float) -> Commands:
    """A million replicates, 10 generations, all usual metrics."""
    return write(f"size = 20\ngenerations = 10\nreplicates = {round(1e6 * scale)}", "[arms.replace]\n")


def make_long(scale: float) -> Commands:
    """1,000 replicates of 3,000 generations in 6 arms, all usual metrics."""
    arms = "".join(f"[arms.a{i}]\nanchor = {{count = {i + 1}}}\n" for i in range(6))
    return write(f"size = 20\ngenerations = 3000\nreplicates = {round(1000 * scale)}", arms)


def make_grid(scale: float) -> Commands:
    """5,000 points of a grid, 10 replicates and 5 generations each."""
    sizes = list(range(100, 100 + round(50 * scale)))
    grid = f"[grid]\nsize = {sizes}\n'anchor.count' = {list(range(1, 101))}\n"
    return write("size = 100\ngenerations = 5\nreplicates = 10", f"[arms.fresh]\nanchor = {{count = 1}}\n{grid}")[:2]


def make_rows(scale: float) -> Commands:
    """A table of ten million rows: two columns of numbers and one of words."""
    import numpy as np

    rng, rows = np.random.default_rng(0), round(1e7 * scale)
    words = np.array(["red", "green", "blue", "violet", "a rare one"])
    with Path("table.csv").open("w", encoding="utf-8") as table:
        table.write("height,income,colour\n")
        for start in range(0, rows, 100_000):
            n = min(100_000, rows - start)
            a, b = rng.normal(170, 9, n).round(1).tolist(), rng.lognormal(10, 1, n).round().astype(int).tolist()
            c = words[np.minimum(rng.geometric(0.5, n) - 1, 4)].tolist()
            table.writelines(f"{x},{y},{z}\n" for x, y, z in zip(a, b, c, strict=True))
    run = ["run", "table.csv", "--size", "1000", "--generations", "5", "--replicates", "5"]
    return [["data", "table.csv"], [*run, "--out", "run", "--jobs", "1", "--quiet"], ["show", "run"], ["report", "run"]]


CASES: dict[str, Callable[[float], Commands]] = {
    "arms": make_arms, "generations": make_generations, "replicates": make_replicates, "long": make_long,
    "grid": make_grid, "rows": make_rows,
}  # fmt: skip


def measure(command: list[str]) -> tuple[int, float, float, float]:
    """Exit code, seconds by the clock and of computing, and MB at the peak."""
    started = time.monotonic()
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    pid = os.posix_spawn(sys.executable, [*COMMAND, *command], os.environ, file_actions=quiet)
    _, status, used = os.wait4(pid, 0)
    clock, computing = time.monotonic() - started, used.ru_utime + used.ru_stime
    return os.waitstatus_to_exitcode(status), clock, computing, used.ru_maxrss / 1e3


def main() -> None:
    """Run, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default=",".join(CASES))
    given = parser.parse_args()
    home = Path.cwd()
    for name in given.only.split(","):
        print(f"{name}: {CASES[name].__doc__}", flush=True)
        with tempfile.TemporaryDirectory() as where:
            os.chdir(where)
            for command in CASES[name](given.scale):
                code, clock, computing, peak = measure(command)
                failed = f", exit {code}" if code else ""
                print(
                    f"  kellet {command[0]:<10}{clock:8.1f} s, {computing:.1f} of computing{peak:8.0f} MB{failed}",
                    flush=True,
                )
            page = Path("run/report.html")
            print(f"  the page {page.stat().st_size / 1e6:.1f} MB" if page.exists() else "  no page", flush=True)
            os.chdir(home)


if __name__ == "__main__":
    main()
