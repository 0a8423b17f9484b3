"""What a run found as a table of rows: one for each arm, metric and generation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kellet.errors import InputError
from kellet.experiment.running.results import Results
from kellet.experiment.verdict.answer import zeros
from kellet.experiment.verdict.choice import choose_metric
from kellet.experiment.verdict.quantiles import HIGH, LOW, Interval, over, quantiles

if TYPE_CHECKING:
    import polars


def tabulate(results: Results, metric: str | None, generations: Sequence[int] | None) -> polars.DataFrame:
    """See `Run.table`."""
    import polars

    there = results.generations
    wanted = there[-1:] if generations is None else np.asarray(generations)
    if lost := [t for t in wanted.tolist() if t not in there]:
        raise InputError(f"generations that were recorded, {there[0]} to {there[-1]}", lost[0], f"[0, {there[-1]}]")
    at = np.searchsorted(there, wanted)
    every = (*results.metrics, *results.between) if metric is None else (choose_metric(results, metric),)
    known = zeros(results)
    rows = []
    for one in every:
        one_value = None if one.real is None else Interval(one.real, one.real, one.real)
        zero = known.get(one.name, one_value)
        ends = (None, None, None) if zero is None else (zero.low, zero.median, zero.high)
        for arm in (arm for arm in results.blocks if results.has(arm, one.name)):
            found = quantiles(over(results, arm, one)[:, at], (LOW, 0.5, HIGH))
            counted = int(results.counted(arm).sum())
            rows += [(arm, one.name, int(t), counted, *found[:, i].tolist(), *ends) for i, t in enumerate(wanted)]
    numbers = ("low", "median", "high", "real_low", "real", "real_high")
    kinds = {"arm": polars.String, "metric": polars.String, "generation": polars.Int64, "replicates": polars.Int64}
    return polars.DataFrame(rows, schema={**kinds, **dict.fromkeys(numbers, polars.Float64)}, orient="row")
