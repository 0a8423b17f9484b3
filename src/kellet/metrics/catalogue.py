"""All metrics, by name and by what they suit."""

from typing import Any

from kellet.errors import InputError
from kellet.metrics.distance import ENERGY
from kellet.metrics.diversity import (
    CLASS_SHIFT,
    EFFECTIVE_CLASSES,
    EFFECTIVE_TYPES,
    ENTROPY,
    HETEROZYGOSITY,
    READABLE,
    SURVIVING_CLASSES,
    SURVIVING_TYPES,
)
from kellet.metrics.look import Metric, Real
from kellet.metrics.memory import NEAREST
from kellet.metrics.modes import MODES
from kellet.metrics.moments import ALIVE, DETERMINANT, DRIFT, KL, LOG_VARIANCE, VARIANCE
from kellet.metrics.neighbours import COVERAGE, DENSITY, PRECISION, RARE_COVERAGE, RECALL
from kellet.metrics.sliced import SLICED
from kellet.metrics.tables import RARE_LEVELS, SURVIVING_LEVELS
from kellet.metrics.tails import TAIL_KEPT, TAIL_REACH, TAILS_WRITTEN
from kellet.metrics.text import ALL as TEXT

ALL = (
    SURVIVING_CLASSES, EFFECTIVE_CLASSES, READABLE, SURVIVING_TYPES, EFFECTIVE_TYPES, TAIL_KEPT, TAIL_REACH,
    COVERAGE, RARE_COVERAGE, DETERMINANT, VARIANCE, LOG_VARIANCE, ALIVE, DRIFT, HETEROZYGOSITY, ENTROPY, KL, ENERGY,
    SLICED, MODES, TAILS_WRITTEN, RECALL, PRECISION, DENSITY, NEAREST, CLASS_SHIFT,
    SURVIVING_LEVELS, RARE_LEVELS, *TEXT,
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
