"""Judging: what the counts of a corpus, or of a slice, say of the share that models wrote, if anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from kellet.estimate.calibration import STRONG, Calibration
from kellet.estimate.counts import Counts
from kellet.estimate.mixture import Fit, fit
from kellet.estimate.reference import Reference, find_rates
from kellet.estimate.scores import HUMAN
from kellet.estimate.topics import measure_distance, unmix
from kellet.evidence import Array

Verdict = Literal["answered", "bound only", "not identifiable"]
LEAST = 20
"""Documents of a corpus."""
ALIKE = (4.6, 6.6)
"""Twice the log-likelihood that other laws add, up to which model text is like the references', by method; 4.6 is the
90 % point of the chi-squared law of two degrees, and the cruder method's law is known less well."""
NEEDED = 2.7
"""Twice the log-likelihood that the models which can be told from humans add, from which on they are there: the 90 %
point of one degree."""
NARROW = 0.12
"""An interval over all writers that is no wider is an answer, whoever wrote."""
SHIFT = 0.2
"""Half the sum of differences of topics' shares, from which on references are weighted by topic."""
FOREIGN = 0.1
"""The distance of neutral words from which on references speak of something else.  Of corpora of RAID (Dugan et al.
2024) those of the references' domain lie below 0.03 and those of another above 0.17."""
SEPARATE = 0.2
"""Of a model's documents, those above the line that 5 % of human ones pass, from which on the two are told apart."""
SOME = 30
"""Human documents of a topic, from which on it is asked what if all were of it."""
STRANGE = 0.5
"""A corpus that knows fewer of the references' words than so many times what they know of each other's is in another
language."""


@dataclass(frozen=True)
class Reading:
    """What one method makes of the counts.

    share, low, high: of model text like that of the references that can be told from human text, with an interval of
    90 %.  wide: an interval if its writers may be any of the references', known or not.  bound: at least so much,
    whoever wrote.  unlike: twice the
    log-likelihood that writers unlike the references add.  there: the same of those that can be told from humans.
    """

    name: str
    share: float
    low: float
    high: float
    wide: tuple[float, float]
    bound: float
    unlike: float
    there: float


@dataclass(frozen=True)
class Finding:
    """What can be said of a corpus or a slice.

    share: of documents that models wrote, None but where it is answered.  low: at least so much, but one time in
    20.  high: at most, None but where it is answered.  words_share, words_low, words_high: the same of words.  reasons:
    why it is no answer.  distance: how far it is from the references, in words that tell no model from a human.
    known: share of its words that the references have.  weighted: whether the references were weighted by topic.
    writers: how its model text divides into that of each reference, roughly; the largest is what it is most like.
    drift: from where to where the share goes if human text were all of one of the references' topics.
    """

    verdict: Verdict
    documents: float
    words: float
    share: float | None
    low: float | None
    high: float | None
    words_share: float | None = None
    words_low: float | None = None
    words_high: float | None = None
    readings: tuple[Reading, ...] = ()
    reasons: tuple[str, ...] = ()
    distance: float | None = None
    known: float | None = None
    weighted: bool = False
    drift: tuple[float, float] | None = None
    writers: dict[str, float] = field(default_factory=dict)


def judge(reference: Reference, counts: Counts, bound_only: bool = False) -> Finding:
    """What counts say."""
    known = counts.known / max(counts.words, 1.0)
    if counts.documents < LEAST:
        return _refuse(counts, f"{counts.documents:.0f} documents are too few: {LEAST} or more are needed", known)
    if known < STRANGE * reference.known:
        return _refuse(
            counts,
            f"the references have {known:.0%} of its words, and {reference.known:.0%} of each other's: "
            "it is in another language, or speaks of other things",
            known,
        )
    shifted = _find_shift(reference, counts) > SHIFT
    weights = _weigh(reference, counts) if shifted else reference.weights
    laws = reference.calibrate(weights)
    readings = tuple(_read(reference, laws, counts))
    distance, writers = _compare(reference, laws[0], counts, weights)
    if distance > FOREIGN:
        return _refuse(
            counts, "it and the references don't speak of the same things, by words that tell no model from a human",
            known, readings, distance,
        )  # fmt: skip
    verdict, reasons = _decide(laws, readings, bound_only)
    sure = any(one.there > NEEDED for one in readings)
    share, low, high = _combine(verdict, sure, readings)
    by_words = reference.calibrate(weights * reference.words / np.average(reference.words, weights=weights))
    words = tuple(_read_words(reference, by_words, counts, sure))
    words_share, words_low, words_high = _combine(verdict, True, words)
    return Finding(
        verdict, counts.documents, counts.words, share, low, high, words_share, words_low, words_high, readings,
        reasons, distance, known, shifted, _drift(reference, laws[0].edges, counts), writers,
    )  # fmt: skip


def _read(reference: Reference, laws: tuple[Calibration, ...], counts: Counts) -> Iterator[Reading]:
    """What each method makes of documents."""
    for method, law, bins in zip(reference.methods, laws, counts.bins[:, 0], strict=True):
        strong = np.isin(np.arange(len(law.models)), law.strong)
        writers = np.vstack([law.models, law.strangers])
        every = np.vstack([writers, law.between])
        weak = np.vstack([law.models[~strong], law.strangers[law.strange[: len(law.strangers)] < STRONG], law.between])
        own, whole, others, wide = _fit(law, bins, counts.documents, (law.models[strong], every, weak, writers))
        unlike, there = (2 * (whole.peak[1] - one.peak[1]) for one in (own, others))
        bound = law.bound(bins, counts.documents)
        yield Reading(method.name, own.share, *own.interval, wide.interval, bound, unlike, there)


def _read_words(reference: Reference, laws: tuple[Calibration, ...], counts: Counts, sure: bool) -> Iterator[Reading]:
    """What each method makes of words.  sure: whether the models that can be told from humans are there."""
    for method, law, bins in zip(reference.methods, laws, counts.bins[:, 1], strict=True):
        families = law.models[law.strong], np.vstack([law.models, law.strangers])
        own, *others = _fit(law, bins, counts.size, families[: 1 if sure else 2])
        low, high = (end([one.interval[i] for one in (own, *others)]) for i, end in enumerate((min, max)))
        yield Reading(method.name, own.share, low, high, (low, high), law.bound(bins, counts.size), 0.0, 0.0)


def _fit(law: Calibration, bins: Array, size: float, families: Sequence[Array]) -> list[Fit]:
    """The likelihood of each family of laws, of a corpus that is worth so many documents."""
    found = [fit(bins * (size / max(bins.sum(), 1e-12)), law.human, laws) for laws in families]
    share = found[0].share
    part = 1 / (1 + size * ((1 - share) ** 2 / law.sizes[0] + share**2 / law.sizes[1:].sum()))
    return [one.temper(part) for one in found]


def _decide(
    laws: tuple[Calibration, ...], readings: tuple[Reading, ...], bound_only: bool
) -> tuple[Verdict, tuple[str, ...]]:
    if bound_only:
        return "bound only", ("a bound was asked for",)
    if not max(law.detection.max() for law in laws) > SEPARATE:
        return "not identifiable", ("the references' human and model text can't be told from each other",)
    if any(one.unlike > limit for one, limit in zip(readings, ALIKE, strict=True)):
        return "bound only", ("its model text is unlike that of the references: somebody else wrote it",)
    if max(one.low for one in readings) > min(one.high for one in readings):
        return "bound only", ("the two ways of telling disagree",)
    low, high = readings[0].wide
    if (laws[0].separates and any(one.there > NEEDED for one in readings)) or high - low <= NARROW:
        return "answered", ()
    return "bound only", ("too little model text, or too like human text, to say whose it is like",)


def _combine(
    verdict: Verdict, sure: bool, readings: tuple[Reading, ...]
) -> tuple[float | None, float | None, float | None]:
    """The share, and from where to where.  sure: whether models are there that can be told from humans."""
    first = readings[0]
    if verdict == "not identifiable":
        return None, None, None
    if verdict == "bound only":
        return None, first.bound, None
    if sure:
        return first.share, min(one.low for one in readings), max(one.high for one in readings)
    return first.share, min(first.low, first.wide[0]), max(first.high, first.wide[1])


def _refuse(
    counts: Counts, reason: str, known: float, readings: tuple[Reading, ...] = (), distance: float | None = None
) -> Finding:
    return Finding(
        "not identifiable", counts.documents, counts.words, None, None, None,
        readings=readings, reasons=(reason,), distance=distance, known=known,
    )  # fmt: skip


def _find_shift(reference: Reference, counts: Counts) -> float:
    """How far the topics' shares of the corpus are from human references', beyond what chance makes of it."""
    shares, own = counts.topics / counts.documents, reference.topic_shares[0]
    noise = 0.4 * np.sqrt(own * (1 - own) * (1 / counts.documents + 1 / (reference.groups == 0).sum())).sum()
    return float(abs(shares - own).sum() / 2 - noise)


def _weigh(reference: Reference, counts: Counts) -> Array:
    """(n,) weights with which each writer's references have the corpus's topics."""
    shares = counts.topics / counts.documents
    own = reference.topic_shares[reference.groups, reference.topics.own]
    return np.asarray(reference.weights * (shares[reference.topics.own] + 1e-3) / np.maximum(own, 1e-3))


def _compare(reference: Reference, law: Calibration, counts: Counts, weights: Array) -> tuple[float, dict[str, float]]:
    """How far the corpus is in neutral words from the mixture of references that is nearest; and how model text divides
    into that of each, by all frequent features."""
    rates = find_rates(reference.frequent, weights, reference.groups)
    own = counts.frequent / counts.documents
    common = rates.mean(axis=0)
    scale = 1 / np.sqrt(common * (1 - common) + 1e-4)
    models = unmix(own * scale, rates * scale)[1:]
    neutral = reference.topics.neutral
    if not neutral.any():
        return 0.0, {}
    own, rates = own[neutral], rates[:, neutral]
    distance = measure_distance(own, counts.documents, rates, unmix(own, rates), law.sizes, rates[0])
    return distance, dict(zip(reference.names, (models / max(models.sum(), 1e-12)).tolist(), strict=True))


def _drift(reference: Reference, edges: Array, counts: Counts) -> tuple[float, float] | None:
    """From where to where the share goes if the corpus's human text were all of one topic.

    The shift of a mixture's share by drift of its human part is known to first order,
    :math:`(1-\\alpha) \\sum_b (h'_b - h_b)(m_b - h_b) / c_b` over the information; here it is fitted anew.
    """
    shares = []
    human = reference.groups == HUMAN
    for topic in range(reference.topics.centres.shape[1]):
        own = human & (reference.topics.own == topic)
        if own.sum() >= SOME:
            kept = own | ~human
            scores = reference.methods[0].scores
            law = Calibration.of(scores.keep(kept), reference.weights[kept], edges)
            shares.append(fit(counts.bins[0, 0], law.human, law.models[law.strong]).share)
    return (min(shares), max(shares)) if len(shares) > 1 else None
