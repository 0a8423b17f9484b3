"""All metrics, by name and by what they suit."""

from kellet.errors import InputError
from kellet.laws.model import Model
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
from kellet.metrics.memory import NEAREST
from kellet.metrics.metric import Metric
from kellet.metrics.modes import MODES
from kellet.metrics.moments import ALIVE, DETERMINANT, DRIFT, KL, LOG_VARIANCE, VARIANCE
from kellet.metrics.neighbours import COVERAGE, DENSITY, PRECISION, RARE_COVERAGE, RECALL
from kellet.metrics.ngrams import KEPT
from kellet.metrics.perplexity import BITS, LIKELY, PERPLEXITY, UNLIKELY, WRITTEN
from kellet.metrics.real import Real
from kellet.metrics.sliced import SLICED
from kellet.metrics.tables import RARE_LEVELS, SURVIVING_LEVELS
from kellet.metrics.tails import TAIL_KEPT, TAIL_REACH, TAILS_WRITTEN
from kellet.metrics.variety import COMPRESSION, DISTINCT, MISSING, REPETITION, SENTENCES, TOKEN_ENTROPY, ZIPF

ALL = (
    SURVIVING_CLASSES, EFFECTIVE_CLASSES, READABLE, SURVIVING_TYPES, EFFECTIVE_TYPES, TAIL_KEPT, TAIL_REACH,
    COVERAGE, RARE_COVERAGE, DETERMINANT, VARIANCE, LOG_VARIANCE, ALIVE, DRIFT, HETEROZYGOSITY, ENTROPY, KL, ENERGY,
    SLICED, MODES, TAILS_WRITTEN, RECALL, PRECISION, DENSITY, NEAREST, CLASS_SHIFT,
    SURVIVING_LEVELS, RARE_LEVELS, PERPLEXITY, BITS, DISTINCT, WRITTEN, LIKELY, UNLIKELY, *KEPT, MISSING,
    TOKEN_ENTROPY, COMPRESSION, REPETITION, SENTENCES, ZIPF,
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


def meant(word: str) -> tuple[Metric, ...]:
    """The metrics that a word stands for, which is a name of one or another word for some; the best first.

    >>> [metric.name for metric in meant("rare")]
    ['tail_kept', 'tail_reach', 'rare_levels', 'rare_coverage']
    """
    return tuple(sorted((m for m in ALL if word in (m.name, *m.aliases)), key=lambda m: m.rank))


def suitable(real: Real, model: Model | None) -> tuple[Metric, ...]:
    """All metrics that this world and this kind of model have."""
    return tuple(metric for metric in ALL if metric.suits(real, model))
