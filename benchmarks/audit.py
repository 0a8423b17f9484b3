"""Whether an audit's p-values are right, what it finds, and what others say of the same data.

Calibration: same-law pairs of texts, tables, numbers and embeddings at three ratios of sizes, and the share of alarms
of every measure that has a p-value.  Histories: of twenty generations, with a look at each.  Power: a fifth of the
words seen once is gone; four tables of a census.  Report: its time and size.  Rivals: the scores of SDMetrics,
mostlyai-qa, prdc and diversity, which are installed into environments of their own for this, for same-law pairs and for
losses.  How quickly data are profiled is told by profile.py.  The documented run:

    python benchmarks/audit.py --pairs 1000 --histories 200 --power 100 --jobs 2 --data DIRECTORY
"""

from __future__ import annotations

import os

os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
)

import argparse
import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path

from auditing.calibration import calibrate
from auditing.histories import count_false_histories
from auditing.power import find_losses, judge_census, time_report
from auditing.rivals import compare_rivals
from auditing.sources import SOURCES
from rich.console import Console
from rich.table import Table

Part = Callable[[], Iterable[Table | str]]


def list_parts(asked: argparse.Namespace, workers: Executor) -> Iterator[tuple[str, Part]]:
    """All there are, the quick ones first."""
    yield "census", lambda: judge_census(asked.data)
    yield "report", lambda: [time_report()]
    yield "power", lambda: find_losses(asked.power, asked.tokens, workers)
    for name in SOURCES:
        yield "calibration", lambda name=name: calibrate(name, asked.pairs, asked.data, workers)
    yield "histories", lambda: count_false_histories(asked.histories, asked.data, workers)
    yield "rivals", lambda: compare_rivals(asked.data, asked.environments)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pairs", type=int, default=30)
    options.add_argument("--histories", type=int, default=4)
    options.add_argument("--power", type=int, default=4)
    options.add_argument("--tokens", type=int, default=1_000_000)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--only", nargs="+", help="parts: calibration, histories, power, census, report, rivals")
    options.add_argument("--environments", type=Path, help="a folder to keep the others in; by default a temporary one")
    options.add_argument("--data", type=Path, required=True, help="a folder with adult.csv, wikitext2_test.txt, census")
    asked, console = options.parse_args(), Console(width=200)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(asked.jobs, context) as workers:
        for name, part in list_parts(asked, workers):
            if asked.only and name not in asked.only:
                continue
            before = time.perf_counter()
            for shown in part():
                console.print(shown, highlight=False)
            console.print(f"({name}: {time.perf_counter() - before:,.0f} s)\n", highlight=False)


if __name__ == "__main__":
    main()
