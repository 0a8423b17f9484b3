"""How quickly rows are mixed, beside writing the same rows in their order, and in how much memory.

Each in a process of its own.  python benchmarks/mix.py [million rows]
"""

from __future__ import annotations

import resource
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


def measure(folder: Path, what: str, size: int) -> tuple[float, float, float]:
    """Seconds, seconds of processors, and MB at most, in a process of its own."""
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, __file__, what, str(folder), str(size)], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - started, spent, after.ru_maxrss / 1e3


def main() -> None:
    """All of it, as a table."""
    size = int(float(sys.argv[1]) * MILLION) if len(sys.argv) > 1 else MILLION
    table = Table("what", "rows", "s", "rows/s", "s of processors", "MB at most")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for seed, (name, many) in enumerate((("real", size // 4), ("written", size))):
            write_rows(folder, name, many, np.random.default_rng(seed))
        taken = sum(path.stat().st_size for path in (folder / "written").iterdir())
        # The peak of children is that of the largest so far: the smaller first.
        for what in ("mix", "copy"):
            seconds, spent, peak = measure(folder, what, size)
            table.add_row(what, f"{size:,}", f"{seconds:.1f}", f"{size / seconds:,.0f}", f"{spent:.1f}", f"{peak:,.0f}")
        Console().print(table, f"The written rows are {taken / 1e9:.2f} GB of Parquet.")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["mix", folder, size]:
            mix(Path(folder), int(size))
        case ["copy", folder, _]:
            copy(Path(folder))
        case _:
            main()
