"""Metrics: what is watched.  Each is a function of one look -> one float per replicate."""

from typing import Any

from kedge.errors import InputError
from kedge.metrics.distance import COVERAGE, ENERGY, RARE_COVERAGE
from kedge.metrics.diversity import (
    EFFECTIVE_CLASSES,
    EFFECTIVE_TYPES,
    ENTROPY,
    HETEROZYGOSITY,
    READABLE,
    SURVIVING_CLASSES,
    SURVIVING_TYPES,
)
from kedge.metrics.look import Look, Metric, Real
from kedge.metrics.moments import ALIVE, DETERMINANT, DRIFT, KL, LOG_VARIANCE, VARIANCE
from kedge.metrics.tails import TAIL_KEPT, TAIL_REACH

ALL = (
    SURVIVING_CLASSES, EFFECTIVE_CLASSES, READABLE, SURVIVING_TYPES, EFFECTIVE_TYPES, TAIL_KEPT, TAIL_REACH,
    COVERAGE, RARE_COVERAGE, DETERMINANT, VARIANCE, LOG_VARIANCE, ALIVE, DRIFT, HETEROZYGOSITY, ENTROPY, KL, ENERGY,
)  # fmt: skip


def named(name: str) -> Metric:
    """The metric of that name."""
    for metric in ALL:
        if metric.name == name:
            return metric
    raise InputError(
        f"one of the metrics {', '.join(m.name for m in ALL)}",
        name,
        "leaving metrics out, to watch all that suit",
    )


def suitable(real: Real, model: Any) -> tuple[Metric, ...]:
    """All metrics that this world and this kind of model have."""
    return tuple(metric for metric in ALL if metric.suits(real, model))


__all__ = ["ALL", "Look", "Metric", "Real", "named", "suitable"]
