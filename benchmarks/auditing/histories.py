"""Repeated looks: whole histories of generations of one law, in which any alarm is a false one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
from auditing.calibration import share
from auditing.sources import count, draw_adult, draw_bursts
from numpy.random import Generator

from kellet.audit.exchange import Exchange
from kellet.audit.finding import Finding, Measured
from kellet.audit.history import ALARMS, count_assignments, spend
from kellet.audit.retention import sum_keys
from kellet.experiment.auditing import audit

GENERATIONS = 20
COLUMNS = ("workclass", "education", "occupation", "native_country")


def watch_gate(rng: Generator) -> bool:
    """Whether a gate on what is rare alarms that is asked at each generation and doesn't know how many will come."""
    reference = count(draw_bursts(rng, 240))
    for t in range(1, GENERATIONS + 1):
        exchange = Exchange.of(reference, count(draw_bursts(rng, 240)), rng, count_assignments(t))
        rare = Measured("rare", "", "rare", sum_keys(exchange, "words").rare_retention)
        if Finding.of(rare, spend(t)).verdict in ALARMS:
            return True
    return False


def audit_all(rng: Generator, data: Path) -> bool:
    """Whether an audit of all generations at once has a verdict that is an alarm."""
    frame = draw_adult(rng, (GENERATIONS + 1) * 300, data).frame
    sides = [frame[start : start + 300] for start in range(0, len(frame), 300)]
    # As in calibration: what is only shown is left out.
    with patch("kellet.audit.part.expect", lambda *_: {}):
        found = audit(*sides, key=COLUMNS, seed=int(rng.integers(2**31)))
    return any(look.verdict in ALARMS for look in found.looks)


def try_history(seed: int, data: Path | None) -> bool:
    """One of either kind: the second where there are data."""
    rng = np.random.default_rng((100, seed))
    return watch_gate(rng) if data is None else audit_all(rng, data)


def count_false_histories(histories: int, data: Path, workers: Executor) -> Iterator[str]:
    """Those with any alarm, %."""
    yield f"Histories of {GENERATIONS} generations of one law, {histories:,} of each kind, with an alarm (bar: 5 %), %:"
    for title, where in (
        ("a gate on what is rare at each generation, Zipf text, 240 documents each", None),
        (f"an audit of all of them, Adult, {len(COLUMNS)} columns of 300 rows each", data),
    ):
        alarms = list(workers.map(partial(try_history, data=where), range(histories)))
        yield f"{title}: {share(alarms)}"
