"""All metrics, by name and by what they suit."""

from dataclasses import replace

from kellet.errors import InputError
from kellet.laws.model import Model
from kellet.metrics import (
    ancestry,
    between,
    directions,
    distance,
    diversity,
    gaps,
    labels,
    moments,
    neighbours,
    ngrams,
    perplexity,
    spread,
    tails,
    transport,
    variety,
)
from kellet.metrics.metric import Metric
from kellet.metrics.real import Real

ALL = (
    diversity.SURVIVING_CLASSES, diversity.EFFECTIVE_CLASSES, diversity.READABLE, diversity.SURVIVING_TYPES,
    diversity.EFFECTIVE_TYPES, tails.TAIL_KEPT, tails.TAIL_REACH, neighbours.COVERAGE, neighbours.RARE_COVERAGE,
    spread.SPREAD, moments.VARIANCE, moments.LOG_VARIANCE, moments.ALIVE, moments.DRIFT, diversity.HETEROZYGOSITY,
    diversity.ENTROPY, moments.KL, distance.ENERGY, distance.SLICED, diversity.MODES, tails.TAILS_WRITTEN,
    neighbours.RECALL, neighbours.PRECISION, neighbours.DENSITY, neighbours.NEAREST, diversity.CLASS_SHIFT,
    diversity.SURVIVING_LEVELS, diversity.RARE_LEVELS, gaps.GAPS, perplexity.PERPLEXITY, perplexity.BITS,
    variety.DISTINCT, perplexity.WRITTEN, perplexity.LIKELY, perplexity.UNLIKELY, *ngrams.KEPT, variety.MISSING,
    variety.TOKEN_ENTROPY, variety.COMPRESSION, variety.REPETITION, variety.SENTENCES, variety.ZIPF, *labels.ALL,
    moments.DEVIATION, transport.W1, transport.W2, directions.LOG_SPREAD, directions.SMALLEST, directions.LARGEST,
    ancestry.ORIGINALS, tails.RARE_MASS,
)  # fmt: skip


def split_name(name: str) -> tuple[str, str]:
    """A metric's name, and the writer of a pool whose it is; of no one where it is of all.

    >>> split_name("kl@the large one"), split_name("kl")
    (('kl', 'the large one'), ('kl', ''))
    """
    metric, _, writer = name.partition("@")
    return metric, writer


def find_metric(name: str) -> Metric:
    """The metric of that name, or of one writer's."""
    whole, writer = split_name(name)
    if writer:
        metric = find_metric(whole)
        return replace(metric, name=name, title=f"{metric.title} of {writer}")
    for metric in (*ALL, *between.BETWEEN):
        if metric.name == name:
            return metric
    expected = f"one of the metrics {', '.join(metric.name for metric in ALL)}"
    raise InputError(expected, name, "leaving metrics out, to watch what usually is")


def match_metrics(word: str) -> tuple[Metric, ...]:
    """The metrics that a word stands for, which is a name of one or another word for some; the best first.

    >>> [metric.name for metric in match_metrics("rare")]
    ['tail_kept', 'tail_reach', 'rare_levels', 'rare_coverage']
    """
    return tuple(sorted((m for m in ALL if word in (m.name, *m.aliases)), key=lambda m: m.rank))


def suitable(real: Real, model: Model | None) -> tuple[Metric, ...]:
    """All metrics that this world and this kind of model have."""
    return tuple(metric for metric in ALL if metric.suits(real, model))
