"""Diversity: how many different things are still written, and how evenly."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from kellet.evidence import Array
from kellet.laws import Frequencies
from kellet.metrics.distance import Fixed, key
from kellet.metrics.look import Look, Metric, Real


def entropy(look: Look) -> Array:
    r""":math:`H = -\sum p_i \ln p_i` in nats."""
    return -_sum_p_log_p(look.frequencies.probabilities)


def effective_types(look: Look) -> Array:
    r""":math:`e^{H - H_{real}}`: the effective number of categories against the truth's.

    The Hill number of order 1: M. Hill, Ecology 54:427 (1973).
    """
    return np.exp(entropy(look) + _sum_p_log_p(look.real.truth.probabilities[:1]))


def heterozygosity(look: Look) -> Array:
    r""":math:`(1-\sum p_i^2)`, the probability that two draws differ, against the truth's."""
    truth = look.real.truth.probabilities[0]
    p = look.frequencies.probabilities
    return (1 - np.einsum("ra,ra->r", p, p)) / (1 - truth @ truth)  # type: ignore[no-any-return]


def surviving_types(look: Look) -> Array:
    """Share of the true categories that the model can still write."""
    return np.count_nonzero(look.frequencies.probabilities, axis=1) / np.count_nonzero(look.real.truth.probabilities[0])  # type: ignore[no-any-return]


def surviving_classes(look: Look) -> Array:
    """How many classes keep at least a tenth of their real share in what the model writes."""
    found = look.class_shares
    # A class of which no point is real but in the reserve has share 0, and still must be written to be alive.
    return ((found > 0) & (found >= 0.1 * look.real.classes.shares)).sum(axis=1).astype(float)  # type: ignore[no-any-return]


def effective_classes(look: Look) -> Array:
    r""":math:`e^H` of the class shares in what is readable of what the model writes; 0 where nothing is."""
    found = look.class_shares
    total = found.sum(axis=1, keepdims=True)
    number = np.exp(-_sum_p_log_p(found / np.where(total > 0, total, 1.0)))
    return np.where(total[:, 0] > 0, number, 0.0)


def readable(look: Look) -> Array:
    """Share of what the model writes that a reader trained on real data recognises at all."""
    return look.class_shares.sum(axis=1)  # type: ignore[no-any-return]


def class_shift(look: Look) -> Array:
    r"""Total variation distance of the class shares, :math:`\tfrac12\sum_c |p_c - q_c|`.

    The unreadable are a class too.  q are the shares that the same reader finds in the held-out real points: it errs on
    both alike.
    """
    real = _real_shares(look.real.classes, key(look.real.heldout))
    found = look.class_shares
    lost = abs(found.sum(axis=1) - real.sum())
    return (abs(found - real).sum(axis=1) + lost) / 2  # type: ignore[no-any-return]


@lru_cache(maxsize=8)
def _real_shares(classes: Any, heldout: Fixed) -> Array:
    shares: Array = classes.shares_of(heldout.values[None])[0]
    return shares


def _sum_p_log_p(p: Array) -> Array:
    logs = np.log(p, out=np.zeros_like(p), where=p > 0)
    return np.einsum("ra,ra->r", p, logs)  # type: ignore[no-any-return]


def _categorical(real: Real, model: Any) -> bool:
    return isinstance(real.truth, Frequencies) and isinstance(model, Frequencies)


def _classed(real: Real, model: Any) -> bool:
    return real.classes is not None


ENTROPY = Metric("entropy", "entropy", "Entropy of what the model writes, in nats.", entropy, _categorical, None)
EFFECTIVE_TYPES = Metric(
    "effective_types",
    "effective vocabulary",
    "Effective number of different things written, against the real number.",
    effective_types,
    _categorical,
)
HETEROZYGOSITY = Metric(
    "heterozygosity",
    "chance that two differ",
    "Probability that two things written at random differ, against the real one.",
    heterozygosity,
    _categorical,
)
SURVIVING_TYPES = Metric(
    "surviving_types",
    "vocabulary still alive",
    "Share of the real categories that the model can still write at all.",
    surviving_types,
    _categorical,
)
SURVIVING_CLASSES = Metric(
    "surviving_classes",
    "classes still written",
    "How many of the classes still appear, at a tenth of their real share or more, to a reader trained on real data.",
    surviving_classes,
    _classed,
    None,
    Real.unjudged,
)
EFFECTIVE_CLASSES = Metric(
    "effective_classes",
    "effective number of classes",
    "How many classes are written, counted by how evenly.",
    effective_classes,
    _classed,
    None,
    Real.unjudged,
)
READABLE = Metric(
    "readable",
    "readable",
    "Share of what is written that a reader trained on real data recognises; it refuses one real point in a hundred.",
    readable,
    _classed,
    fresh=Real.unjudged,
)
CLASS_SHIFT = Metric(
    "class_shift",
    "shift between classes",
    "Share of what is written that would have to change its class, for the classes to be as frequent as in real data.",
    class_shift,
    _classed,
    0.0,
    Real.unjudged,
)
