"""Diversity: how many different things are still written, and how evenly."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from kellet.data.classes import Classes
from kellet.evidence import Array
from kellet.laws import Frequencies
from kellet.laws.model import Model
from kellet.metrics.look import Look, known, once
from kellet.metrics.metric import Metric
from kellet.metrics.real import Real, RealLaw, RealPoints


def entropy(look: Look) -> Array:
    r""":math:`H = -\sum p_i \ln p_i` in nats."""
    return -_sum_p_log_p(look.written_by(Frequencies).probabilities)


def effective_types(look: Look) -> Array:
    r""":math:`e^{H - H_{real}}`: the effective number of categories against the truth's.

    The Hill number of order 1: M. Hill, Ecology 54:427 (1973).
    """
    return np.exp(entropy(look) + _sum_p_log_p(look.truth(Frequencies).probabilities[:1]))


def heterozygosity(look: Look) -> Array:
    r""":math:`(1-\sum p_i^2)`, the probability that two draws differ, against the truth's."""
    truth = look.truth(Frequencies).probabilities[0]
    p = look.written_by(Frequencies).probabilities
    return (1 - np.einsum("ra,ra->r", p, p)) / (1 - truth @ truth)  # type: ignore[no-any-return]


def surviving_types(look: Look) -> Array:
    """Share of the true categories that the model can still write."""
    p, truth = (law.probabilities for law in (look.written_by(Frequencies), look.truth(Frequencies)))
    found: Array = np.count_nonzero(p, axis=1) / np.count_nonzero(truth[0])
    return found


def surviving_classes(look: Look) -> Array:
    """How many classes keep at least a tenth of their real share in what the model writes."""
    found = class_shares(look)
    # A class of which no point is real but in the reserve has share 0, and still must be written to be alive.
    return ((found > 0) & (found >= 0.1 * _classes(look.data).shares)).sum(axis=1).astype(float)  # type: ignore[no-any-return]


def effective_classes(look: Look) -> Array:
    r""":math:`e^H` of the class shares in what is readable of what the model writes; 0 where nothing is."""
    found = class_shares(look)
    total = found.sum(axis=1, keepdims=True)
    number = np.exp(-_sum_p_log_p(found / np.where(total > 0, total, 1.0)))
    return np.where(total[:, 0] > 0, number, 0.0)


def readable(look: Look) -> Array:
    """Share of what the model writes that a reader trained on real data recognises at all."""
    return class_shares(look).sum(axis=1)  # type: ignore[no-any-return]


def class_shift(look: Look) -> Array:
    r"""Total variation distance of the class shares, :math:`\tfrac12\sum_c |p_c - q_c|`.

    The unreadable are a class too.  q are the shares that the same reader finds in the held-out real points: it errs on
    both alike.
    """
    real, found = _real_shares(look.data), class_shares(look)
    lost = abs(found.sum(axis=1) - real.sum())
    return (abs(found - real).sum(axis=1) + lost) / 2  # type: ignore[no-any-return]


@once
def class_shares(look: Look) -> Array:
    """(R, C): the share of each class in what the model writes, as the frozen reader sees it."""
    return _classes(look.data).shares_of(look.points)


@lru_cache(maxsize=8)
def _real_shares(real: RealPoints) -> Array:
    return _classes(real).shares_of(real.heldout[None])[0]  # type: ignore[no-any-return]


def _classes(real: RealPoints) -> Classes:
    return known(real.classes, Classes)


def _sum_p_log_p(p: Array) -> Array:
    logs = np.log(p, out=np.zeros_like(p), where=p > 0)
    return np.einsum("ra,ra->r", p, logs)  # type: ignore[no-any-return]


def categorical(real: Real, model: Model | None) -> bool:
    """Whether the truth and the model are laws over categories."""
    return isinstance(real, RealLaw) and isinstance(real.truth, Frequencies) and isinstance(model, Frequencies)


def _classed(real: Real, model: Model | None) -> bool:
    return isinstance(real, RealPoints) and real.classes is not None


ENTROPY = Metric(
    "entropy", "entropy",
    "Entropy of what the model writes, in nats.",
    entropy, categorical, None,
    limits="It knows how evenly things are written, not whether they are the right things.",
)  # fmt: skip
EFFECTIVE_TYPES = Metric(
    "effective_types", "effective vocabulary",
    "Effective number of different things written, against the real number.",
    effective_types, categorical,
    part="spread", aliases=("diversity",),
    unit="of the effective number of {things}",
    less="had less than half of generation 0's effective number of {things}",
    limits="It is ruled by what is frequent: rare things may vanish without moving it.",
)  # fmt: skip
HETEROZYGOSITY = Metric(
    "heterozygosity", "chance that two differ",
    "Probability that two things written at random differ, against the real one.",
    heterozygosity, categorical,
    limits="It is ruled by what is frequent: most of the rare things may vanish before it moves.",
)  # fmt: skip
SURVIVING_TYPES = Metric(
    "surviving_types", "vocabulary still alive",
    "Share of the real categories that the model can still write at all.",
    surviving_types, categorical,
    part="diversity", aliases=("types", "words", "levels"),
    unit="of the {things}",
    less="could write fewer than half as many {things} as generation 0",
    limits="Alive is what can be written at all, however rarely; so a prior keeps everything alive.",
)  # fmt: skip
SURVIVING_CLASSES = Metric(
    "surviving_classes", "classes still written",
    "How many of the classes still appear, at a tenth of their real share or more, to a reader trained on real data.",
    surviving_classes, _classed, None, RealPoints.unjudged,
    part="diversity", aliases=("classes",), whole=True,
    less="wrote fewer than half as many {things} as generation 0",
    limits="A class counts as written however alike its members have become, and the reader may err.",
)  # fmt: skip
EFFECTIVE_CLASSES = Metric(
    "effective_classes", "effective number of classes",
    "How many classes are written, counted by how evenly.",
    effective_classes, _classed, None, RealPoints.unjudged,
    aliases=("diversity",),
    limits="It weighs classes by how often they are written, not by how true to life they are.",
)  # fmt: skip
READABLE = Metric(
    "readable", "readable",
    "Share of what is written that a reader trained on real data recognises; it refuses one real point in a hundred.",
    readable, _classed, fresh=RealPoints.unjudged,
    limits="A reader accepts much that no person would: what is readable need not be good.",
)  # fmt: skip
CLASS_SHIFT = Metric(
    "class_shift", "shift between classes",
    "Share of what is written that would have to change its class, for the classes to be as frequent as in real data.",
    class_shift, _classed, 0.0, RealPoints.unjudged,
    limits="It sees how often each class is written, not what its members look like.",
)  # fmt: skip
