"""Judging: what the counts of a corpus, or of a slice, say of the share that models wrote, if anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from kellet.estimate.calibration import Calibration
from kellet.estimate.counts import Counts
from kellet.estimate.mixture import fit
from kellet.estimate.reference import Reference, find_rates
from kellet.estimate.topics import measure_distance
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
"""The distance of neutral words from which on references speak of something else.  On RAID (Dugan et al. 2024) corpora
of the references' domain lie below 0.11 and those of other domains above 0.37."""
STRANGE = 0.5
"""A corpus that knows fewer of the references' words than so many times what they know of each other's is in another
language."""


@dataclass(frozen=True)
class Reading:
    """What one method makes of the counts.

    share, low, high: of model text like that of the references that can be told from human text, with an interval of
    90 %.  wide: an interval if its writers may be any of the references', known or not.  unlike: twice the
    log-likelihood that writers unlike the references add.  there: the same of those that can be told from humans.
    writers: (G,), how model text divides into that of each reference.
    """

    name: str
    share: float
    low: float
    high: float
    wide: tuple[float, float]
    unlike: float
    there: float
    writers: tuple[float, ...]


@dataclass(frozen=True)
class Finding:
    """What can be said of a corpus or a slice.

    share: of documents that models wrote, None but where it is answered.  low: at least so much, but one time in
    20.  high: at most, None but where it is answered.  words_share, words_low, words_high: the same of words.  reasons:
    why it is no answer.  distance: how far it is from the references, in words that tell no model from a human.
    known: share of its words that the references have.  weighted: whether the references were weighted by topic.
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
    readings = _read(laws, reference, counts, 0, counts.documents)
    distance = _measure(reference, laws[0], counts, readings[0], weights)
    if distance > FOREIGN:
        return _refuse(
            counts, "it and the references don't speak of the same things, by words that tell no model from a human",
            known, readings, distance,
        )  # fmt: skip
    verdict, reasons = _decide(laws, readings, bound_only)
    by_words = reference.calibrate(weights * reference.words / np.average(reference.words, weights=weights))
    lengths = _read(by_words, reference, counts, 1, counts.size)
    share, low, high = _combine(verdict, readings)
    words_share, words_low, words_high = _combine(verdict, lengths)
    writers = dict(zip(reference.names, readings[0].writers, strict=True)) if verdict == "answered" else {}
    return Finding(
        verdict, counts.documents, counts.words, share, low, high, words_share, words_low, words_high,
        tuple(readings), reasons, distance, known, shifted, _drift(reference, laws[0], counts), writers,
    )  # fmt: skip


def _read(laws: tuple[Calibration, ...], reference: Reference, counts: Counts, row: int, size: float) -> list[Reading]:
    """What each method makes of the counts in a row: 0 documents, 1 words, worth so many documents."""
    found = []
    for method, law, bins in zip(reference.methods, laws, counts.bins[:, row], strict=True):
        strong = np.isin(np.arange(len(law.models)), law.strong)
        each = bins * (size / max(bins.sum(), 1e-12))
        writers = np.vstack([law.models, law.strangers])
        every = np.vstack([writers, law.between])
        weak = np.vstack([law.models[~strong], law.strangers[law.strange[: len(law.strangers)] < 0.9], law.between])
        rough = fit(each, law.human, law.models[strong]).share
        temper = 1 / (1 + size * ((1 - rough) ** 2 / law.sizes[0] + rough**2 / law.sizes[1:].sum()))
        own, all_, others, wide = (
            fit(each, law.human, some, temper) for some in (law.models[strong], every, weak, writers)
        )
        shares = np.zeros(len(law.models))
        shares[strong] = own.weights[own.best]
        unlike, there = (2 * float(all_.logs.max() - one.logs.max()) for one in (own, others))
        writers_ = tuple(shares.tolist())
        found.append(Reading(method.name, own.share, *own.interval, wide.interval, unlike, there, writers_))
    return found


def _decide(
    laws: tuple[Calibration, ...], readings: list[Reading], bound_only: bool
) -> tuple[Verdict, tuple[str, ...]]:
    if bound_only:
        return "bound only", ("a bound was asked for",)
    if not max(law.detection.max() for law in laws) > 2 * LINE_OF_CHANCE:
        return "not identifiable", ("the references' human and model text can't be told from each other",)
    if any(one.unlike > limit for one, limit in zip(readings, ALIKE, strict=True)):
        return "bound only", ("its model text is unlike that of the references: somebody else wrote it",)
    if laws[0].separates and any(one.there > NEEDED for one in readings):
        return "answered", ()
    low, high = readings[0].wide
    if high - low <= NARROW:
        return "answered", ()
    return "bound only", ("too little model text, or too like human text, to say whose it is like",)


LINE_OF_CHANCE = 0.1


def _combine(verdict: Verdict, readings: list[Reading]) -> tuple[float | None, float | None, float | None]:
    """The share, and from where to where."""
    first = readings[0]
    if verdict == "not identifiable":
        return None, None, None
    if verdict == "bound only":
        return None, first.low, None
    if any(one.there > NEEDED for one in readings):
        return first.share, min(one.low for one in readings), max(one.high for one in readings)
    return first.share, min(first.low, first.wide[0]), max(first.high, first.wide[1])


def _refuse(
    counts: Counts, reason: str, known: float, readings: list[Reading] | None = None, distance: float | None = None
) -> Finding:
    return Finding(
        "not identifiable", counts.documents, counts.words, None, None, None,
        readings=tuple(readings or ()), reasons=(reason,), distance=distance, known=known,
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


def _measure(reference: Reference, law: Calibration, counts: Counts, reading: Reading, weights: Array) -> float:
    """How far the corpus is from the mixture of references that fits it, in neutral words."""
    if not reference.neutral.shape[1]:
        return 0.0
    rates = find_rates(reference.neutral, weights, reference.groups)
    mixture = np.array([1 - reading.share, *(reading.share * one for one in reading.writers)])
    return measure_distance(counts.neutral / counts.documents, counts.documents, rates, mixture, law.sizes, rates[0])


def _drift(reference: Reference, law: Calibration, counts: Counts) -> tuple[float, float] | None:
    return None
