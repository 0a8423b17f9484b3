"""How quickly rows are mixed, beside writing the same rows in their order, and in how much memory; and how quickly the
mix is verified.

Each in a process of its own, with one thread of Polars for `verify`, whose speed is told for one core.
python benchmarks/mix.py [million rows]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

MILLION = 10**6
WORDS, LONG, NUMBERS = 5000, 12, 20


def write_rows(folder: Path, name: str, many: int, rng: np.random.Generator) -> None:
    """Parquet of some 200 bytes a row, a million in each file: numbers, labels, a text."""
    words = pl.Series(["".join(map(chr, rng.integers(97, 123, k))) for k in rng.integers(2, 12, WORDS)])
    (folder / name).mkdir()
    for part, start in enumerate(range(0, many, MILLION)):
        n = min(MILLION, many - start)
        text = pl.Series([name]).new_from_index(0, n)
        for _ in range(LONG):
            text = text + " " + words.gather(rng.integers(0, WORDS, n))
        columns = {f"x{j}": rng.normal(size=n) for j in range(NUMBERS)}
        columns |= {f"label{j}": words.gather(rng.integers(0, 50, n)) for j in range(4)}
        pl.DataFrame({**columns, "text": text}).write_parquet(folder / name / f"{part:03d}.parquet")


def mix(folder: Path, size: int) -> None:
    """Mix a tenth of real rows with others, strata of a label kept."""
    import kellet

    real, written = folder / "real", {"model": folder / "written"}
    kellet.mix(real, written, size=size, anchor="10%", stratify="label0", out=folder / "mix")


def copy(folder: Path) -> None:
    """Read the same files and write them again, batch by batch, in their order."""
    (folder / "copy").mkdir()
    for path in sorted((folder / "written").iterdir()):
        pl.read_parquet(path).write_parquet(folder / "copy" / path.name, compression="zstd", compression_level=1)


def check(folder: Path, deep: bool) -> None:
    """Verify the mix."""
    import kellet

    found = kellet.verify(folder / "mix", deep=deep)
    if found.faults:
        raise SystemExit(found.faults[0])


def measure(folder: Path, what: str, size: int) -> tuple[float, float, float]:
    """Seconds, seconds of processors, and MB at most, in a process of its own."""
    threads = {"POLARS_MAX_THREADS": "1"} if what.startswith("verify") else {}
    started = time.monotonic()
    words = [sys.executable, __file__, what, str(folder), str(size)]
    process = subprocess.Popen(words, env={**os.environ, **threads})
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{what} went wrong")
    return time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3


def main() -> None:
    """All of it, as a table."""
    size = int(float(sys.argv[1]) * MILLION) if len(sys.argv) > 1 else MILLION
    table = Table("what", "rows", "s", "rows/s", "s of processors", "MB/s of them", "MB at most")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        # In processes of their own too: a child's peak is its parent's at least.
        measure(folder, "real", size // 4)
        measure(folder, "written", size)
        for what in ("mix", "copy", "verify", "verify --deep"):
            seconds, spent, peak = measure(folder, what, size)
            taken = sum(path.stat().st_size for path in (folder / "mix").glob("*.parquet")) / 1e6
            speeds = f"{size / seconds:,.0f}", f"{spent:.1f}", f"{taken / spent:,.0f}"
            table.add_row(what, f"{size:,}", f"{seconds:.1f}", *speeds, f"{peak:,.0f}")
        Console().print(table, f"The mix is {taken / 1e3:.2f} GB of Parquet.")


if __name__ == "__main__":
    match sys.argv[1:]:
        case [("real" | "written") as name, folder, size]:
            write_rows(Path(folder), name, int(size), np.random.default_rng(["real", "written"].index(name)))
        case ["mix", folder, size]:
            mix(Path(folder), int(size))
        case ["copy", folder, _]:
            copy(Path(folder))
        case [("verify" | "verify --deep") as what, folder, _]:
            check(Path(folder), what.endswith("deep"))
        case _:
            main()
