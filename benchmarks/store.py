"""How quick a run folder is: 10,000 tiny blocks written, listed, read and checked, by one process.

Seconds of wall time on this machine.  python benchmarks/store.py
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import hashlib
import tempfile
import time
from collections.abc import Callable

import numpy as np

from kellet.experiment.running.blocks import Block
from kellet.experiment.running.folder import Folder

BLOCKS, REPLICATES, GENERATIONS, METRICS = 10_000, 10, 11, 5


def timed(what: str, work: Callable[[], object]) -> None:
    """Say how long something takes."""
    start = time.perf_counter()
    work()
    print(f"{what:<60}{time.perf_counter() - start:8.2f} s")


def main() -> None:
    """Write, list, read."""
    rng = np.random.default_rng(0)
    shape = REPLICATES, GENERATIONS
    alive = np.full(REPLICATES, -1)
    blocks = [
        Block(
            hashlib.sha256(str(i).encode()).hexdigest()[:16],
            0,
            np.arange(GENERATIONS),
            {f"metric_{m}": rng.normal(size=shape) for m in range(METRICS)},
            alive,
            "",
            {},
        )
        for i in range(BLOCKS)
    ]
    keys = [(block.cell, block.number) for block in blocks]
    with tempfile.TemporaryDirectory() as where:
        folder = Folder(where)
        timed(f"{BLOCKS:,} blocks written", lambda: [folder.write(block) for block in blocks])
        timed("claimed and released", lambda: [(folder.claim(*key), folder.release(*key)) for key in keys])
        timed("listed", folder.done)
        timed("read and checked", lambda: folder.load(keys))
        assert len(folder.load(keys)[0]) == BLOCKS


if __name__ == "__main__":
    main()
