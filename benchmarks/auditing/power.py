"""What an audit finds: a known loss, four tables of a census; and how long its report takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from auditing.calibration import share
from auditing.sources import count
from rich.table import Table

from kellet.audit.exchange import Exchange
from kellet.audit.finding import Finding, Measured
from kellet.audit.retention import sum_keys
from kellet.audit.words import find
from kellet.experiment.auditing import audit

PART, LENGTH = 0.2, 100
CENSUS = {"hol": "pass", "syn_mostly": "lost", "syn_flip30": "copied"}
"""What each must be called."""
NAMED = 5


def find_loss(seed: int, tokens: int) -> bool:
    """Whether "lost" is said where a fifth of the words that the reference has once is gone from a fresh sample."""
    rng = np.random.default_rng((200, seed))
    law = np.arange(1, 500_001.0) ** -1.1
    real, other = rng.choice(len(law), (2, tokens // LENGTH, LENGTH), p=law / law.sum())
    words, counts = np.unique(real, return_counts=True)
    once = words[counts == 1]
    gone = np.zeros(len(law), np.bool_)
    gone[rng.choice(once, round(PART * len(once)), replace=False)] = True
    exchange = Exchange.of(count(list(real)), count([document[~gone[document]] for document in other]), rng, 199)
    return Finding.of(Measured("once", "", "once", sum_keys(exchange, "words").retention[0])).verdict == "lost"


def find_losses(trials: int, tokens: int, workers: Executor) -> Iterator[str]:
    """How often."""
    found = list(workers.map(partial(find_loss, tokens=tokens), range(trials)))
    yield (
        f"A fifth of the words seen once gone, {tokens:,} tokens of Zipf's law on either side: called lost in "
        f"{sum(found)} of {trials} (bar: 95 of 100), % {share(found)}"
    )


def judge_census(data: Path) -> Iterator[Table]:
    """A hold-out, a synthesizer's table and a copy with changes, against the rows that both were made from."""
    paths = [data / "census" / f"census2k-{name}.csv.gz" for name in ("trn", *CENSUS)]
    found = audit(*map(str, paths))
    table = Table("table", "verdict", "must be", "rare, left", "a fresh sample", "the most surprising losses")
    table.title = "Census, 2,000 rows each"
    for look, wanted in zip(found.looks, CENSUS.values(), strict=True):
        rare = find(look, "rare")
        named = ", ".join(
            f"{one.name} ({one.about}, {one.reference} to {one.candidate})" for one in look.losses[:NAMED]
        )
        fresh = "-" if rare.fresh is None else f"{rare.fresh:.0%}"
        table.add_row(look.name, look.verdict, wanted, f"{rare.value:.0%}", fresh, named)
    yield table


def time_report(columns: int = 100, rows: int = 2000) -> str:
    """The page of an audit of a wide table whose second generation lost half of what is rare."""
    rng = np.random.default_rng(300)
    real, fresh = (
        pl.DataFrame({f"column {i}": rng.zipf(1.6, rows).clip(0, 300).astype(str) for i in range(columns)})
        for _ in range(2)
    )
    rare = [pl.when(pl.len().over(pl.col(name)) > 3).then(pl.col(name)).otherwise(pl.lit("1")) for name in real.columns]
    before = time.perf_counter()
    found = audit(real, fresh, fresh.with_columns(*rare))
    judged, page = time.perf_counter(), found.html()
    wrote = time.perf_counter()
    return (
        f"{columns} columns, {rows:,} rows, two generations: the page of {len(page.encode()) / 1000:.0f} kB (bar: 400) "
        f"in {wrote - judged:.2f} s (bar: 3), after an audit of {judged - before:.1f} s"
    )
