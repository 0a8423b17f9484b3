"""Judging: what the counts of a corpus, or of a slice, say of the share that models wrote, if anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from kellet.estimate.calibration import STRONG, Calibration
from kellet.estimate.counts import Counts
from kellet.estimate.ground import Ground
from kellet.estimate.likeness import Likeness, compare
from kellet.estimate.mixture import Fit, fit
from kellet.evidence import Array
from kellet.page.wording import percent

Verdict = Literal["answered", "bound only", "not identifiable"]
LEAST = 20
"""Documents of a corpus."""
ALIKE = (6.0, 8.0)
"""Twice the log-likelihood that other laws add, up to which model text is like the references', by method; 6.0 is the
95 % point of the chi-squared law of two degrees, and the cruder method's law is known less well."""
NEEDED = 2.7
"""Twice the log-likelihood that the models which can be told from humans add, from which on they are there: the 90 %
point of one degree."""
SHIFT = 0.2
"""Half the sum of differences of topics' shares, from which on references are weighted by topic."""
RESIDUAL, UNEXPLAINED = 4.0, 0.1
"""Standard errors, and share of a model's text, that may lie between a corpus and the nearest mixture of references."""
ASKED = "a bound was asked for"
MOST = 50.0
"""Of a log-likelihood ratio, beyond which nothing changes."""
STRANGE = 0.5
"""A corpus that knows fewer of the references' words than so many times what they know of each other's is in another
language."""


@dataclass(frozen=True)
class Reading:
    """What one method makes of the counts.

    share, low, high: of model text like that of the references that can be told from human text, with an interval of
    90 %.  wide: an interval if its writers may be any of the references', known or not.  bound: at least so much,
    whoever wrote.  unlike: twice the log-likelihood that writers unlike the references add.  there: the same of those
    that can be told from humans.
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
    foreign: from which distance on they speak of something else.  known: share of its words that the references have.
    weighted: whether the references were weighted by topic.
    writers: how its model text divides into that of each reference, roughly; the largest is what it is most like.
    drift: from where to where the share goes if human text were all of one of the references' topics; of the whole
    only, see `find_drift`.  residual:
    standard errors that lie between the rates of its words and those of the nearest mixture of references.
    unexplained: the same as the share of a model's text that would lie as far from human text.
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
    foreign: float | None = None
    known: float | None = None
    weighted: bool = False
    drift: tuple[float, float] | None = None
    writers: dict[str, float] = field(default_factory=dict)
    residual: float | None = None
    unexplained: float | None = None


def judge(ground: Ground, counts: Counts, bound_only: bool = False, settled: bool = False) -> Finding:
    """What counts say.  settled: whether these are some of more, in which the references' models were found."""
    known, nouns = counts.known / max(counts.words, 1.0), ground.nouns
    if counts.documents < LEAST:
        return _refuse(counts, f"{counts.documents:.0f} {nouns.things} are too few: {LEAST} or more are needed", known)
    if known < STRANGE * ground.known:
        return _refuse(
            counts,
            f"the references have {percent(known)} of its {nouns.features}, and {percent(ground.known)} of each "
            f"other's: {nouns.foreign}",
            known,
        )
    shifted = _find_shift(ground, counts) > SHIFT
    weights = _weigh(ground, counts) if shifted else ground.weights
    laws = ground.calibrate(weights)
    readings = tuple(_read(ground, laws, counts))
    likeness = compare(ground, laws[0], counts, weights)
    if likeness.distance > ground.foreign:
        return _refuse(
            counts,
            "it and the references don't speak of the same things, by "
            f"{nouns.features} that tell no model from a human",
            known, readings, likeness.distance, ground.foreign,
        )  # fmt: skip
    sure = settled or any(one.there > NEEDED for one in readings)
    verdict, reasons = _decide(ground, laws, readings, likeness, bound_only, sure)
    share, low, high = _combine(verdict, sure, readings)
    if ground.narrow is None and low is not None and high is not None:
        # Unknown models aren't surely seen to be unknown: the interval is over strangers, too.
        low, high = min(low, readings[0].wide[0]), max(high, readings[0].wide[1])
    words_share = words_low = words_high = None
    if nouns.worded:
        by_words = ground.calibrate(weights * ground.words / np.average(ground.words, weights=weights))
        words = tuple(_read_words(ground, by_words, counts, sure))
        words_share, words_low, words_high = _combine(verdict, True, words)
    return Finding(
        verdict, counts.documents, counts.words, share, low, high, words_share, words_low, words_high, readings,
        reasons, likeness.distance, ground.foreign, known, shifted,
        writers=likeness.writers, residual=likeness.residual, unexplained=likeness.unexplained,
    )  # fmt: skip


def read_uncalibrated(ground: Ground, counts: Counts) -> float:
    """What the occurrence of words says if its likelihood is believed as it is, as by Liang et al. (2024)."""
    law, bins = ground.calibrations[1], counts.bins[1, 0]
    return fit(bins, np.ones(len(bins)), np.exp(np.clip(law.middles, -MOST, MOST))[None]).share


def _read(ground: Ground, laws: tuple[Calibration, ...], counts: Counts) -> Iterator[Reading]:
    """What each method makes of documents."""
    for method, law, bins in zip(ground.methods, laws, counts.bins[:, 0], strict=True):
        strong = np.isin(np.arange(len(law.models)), law.strong)
        writers = np.vstack([law.models, law.strangers])
        every = np.vstack([writers, law.between])
        weak = np.vstack([law.models[~strong], law.strangers[law.strange[: len(law.strangers)] < STRONG], law.between])
        own, whole, others, wide = _fit(law, bins, counts.documents, (law.models[strong], every, weak, writers))
        unlike, there = (2 * (whole.peak[1] - one.peak[1]) for one in (own, others))
        bound = law.bound(bins, counts.documents)
        yield Reading(method.name, own.share, *own.interval, wide.interval, bound, unlike, there)


def _read_words(ground: Ground, laws: tuple[Calibration, ...], counts: Counts, sure: bool) -> Iterator[Reading]:
    """What each method makes of words.  sure: whether the models that can be told from humans are there."""
    for method, law, bins in zip(ground.methods, laws, counts.bins[:, 1], strict=True):
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
    ground: Ground,
    laws: tuple[Calibration, ...],
    readings: tuple[Reading, ...],
    likeness: Likeness,
    bound_only: bool,
    sure: bool,
) -> tuple[Verdict, tuple[str, ...]]:
    text, features = ground.nouns.text, ground.nouns.features
    if bound_only:
        return "bound only", (ASKED,)
    if not any(law.tells for law in laws):
        return "not identifiable", (f"the references' human and model {text} can't be told from each other",)
    if any(one.unlike > limit for one, limit in zip(readings, ALIKE, strict=True)):
        return "bound only", (
            f"some of it is unlike human {text}, but unlike that of the references too: "
            "other models may have written it",
        )
    if likeness.residual > RESIDUAL and likeness.unexplained > UNEXPLAINED:
        return "bound only", (f"it has {features} that no mixture of the references explains: others wrote some of it",)
    if max(one.low for one in readings) > min(one.high for one in readings):
        return "bound only", ("the two ways of telling disagree",)
    if sure:
        return "answered", ()
    if ground.narrow is None:
        low, high = min(one.low for one in readings), max(one.high for one in readings)
        return "bound only", (
            f"it is {percent(low)} to {percent(high)} if all model {text} is like the references', but that of other "
            f"models may be too like human {text} to be seen",
        )
    low, high = readings[0].wide
    # What unknown writers may hide is told by how the references hide from each other, if some of them do.
    varied = len(laws[0].strangers) and not laws[0].all_strong
    if max(high, 0.0 if varied else likeness.hidden) - low <= ground.narrow:
        return "answered", ()
    if readings[0].bound == 0:
        most = max(one.high for one in readings)
        return "bound only", (
            f"of {text} like the references' there is at most {percent(most)}, but of other models' up to "
            f"{percent(max(likeness.hidden, high))} could hide",
        )
    return "bound only", (f"too little model {text}, or too like human {text}, to say whose it is like",)


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
    counts: Counts, reason: str, known: float, readings: tuple[Reading, ...] = (), distance: float | None = None,
    foreign: float | None = None,
) -> Finding:  # fmt: skip
    return Finding(
        "not identifiable", counts.documents, counts.words, None, None, None,
        readings=readings, reasons=(reason,), distance=distance, foreign=foreign, known=known,
    )  # fmt: skip


def _find_shift(ground: Ground, counts: Counts) -> float:
    """How far the topics' shares of the corpus are from human references', beyond what chance makes of it."""
    shares, own = counts.topics / counts.documents, ground.topic_shares[0]
    noise = 0.4 * np.sqrt(own * (1 - own) * (1 / counts.documents + 1 / (ground.groups == 0).sum())).sum()
    return float(abs(shares - own).sum() / 2 - noise)


def _weigh(ground: Ground, counts: Counts) -> Array:
    """(n,) weights with which each writer's references have the corpus's topics."""
    shares = counts.topics / counts.documents
    own = ground.topic_shares[ground.groups, ground.topics.own]
    return np.asarray(ground.weights * (shares[ground.topics.own] + 1e-3) / np.maximum(own, 1e-3))
