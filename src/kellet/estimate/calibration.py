"""Calibration: what a score says, as the references have it that were not used to make it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from kellet.estimate.scores import Scores
from kellet.evidence import Array, Count, Integers

BINS = 15
LINE = 0.05
"""Of human documents that lie above the line by which detection is told."""
STRONG, STRANGE = 0.9, 0.8
"""Of a model's documents, those that are detected if it is to be told from humans: by what saw others of its documents,
and by what saw other models' alone."""
CHANCE = 3.0
"""Standard errors that are more than chance."""
QUANTILE = 1.645
"""Standard errors that one-sided limits lie below, one time in 20."""
UNSEEN = 5
"""Documents that stand for what a law has and its references don't."""
BETWEEN, BEYOND = (0.1, 0.2, 0.3, 0.5), (2.0,)
"""How far from humans towards models the writers lie that a corpus is asked for, though no reference wrote so; and
beyond them, where no reference can be told from humans well."""


@dataclass(frozen=True, eq=False)
class Calibration:
    r"""Laws of a score, over bins, by writer.

    edges: (B - 1,).  middles: (B,), the mean score there.  human: (B,), the law of human documents.  models: (G, B), of
    each model's.  strangers: (G or 0, B), of each model's when nothing of it had been seen.  between: (T, B),
    :math:`h^{1-\lambda} m^\lambda` of writers that lie between, or beyond.  sizes: (1 + G,), how many documents each
    law is worth.  line: above which LINE of human documents lie.  detection: (G,), shares of each model's documents
    there.  strange: (G,), the same when nothing of it had been seen, or nan.
    """

    edges: Array
    middles: Array
    human: Array
    models: Array
    strangers: Array
    between: Array
    sizes: Array
    line: float
    detection: Array
    strange: Array

    @classmethod
    def of(cls, scores: Scores, weights: Array | None = None, edges: Array | None = None, bins: int = BINS) -> Self:
        """The calibration by scores of references; weights: (n,) of each of them, 1 by default."""
        weights = np.ones(len(scores.groups)) if weights is None else weights
        groups = [scores.groups == g for g in range(scores.writers + 1)]
        documents = np.arange(len(weights)) if scores.documents is None else scores.documents
        each = [(scores.values[own], weights[own]) for own in groups]
        unseen = [(scores.unseen[own], weights[own]) for own in groups[1:] if scores.writers > 1]
        edges = _cut(each, bins) if edges is None else edges
        sizes = np.array([_count_documents(weights[own], documents[own]) for own in groups])
        human, *models = (_find_law(*one, size, edges) for one, size in zip(each, sizes, strict=True))
        strangers = [_find_law(*one, size, edges) for one, size in zip(unseen, sizes[1:], strict=False)]
        line = _find_line(*each[0])
        detection, strange = (
            np.array([np.average(values > line, weights=own) for values, own in some]) for some in (each[1:], unseen)
        )
        strange = strange if len(strange) else np.full(len(models), np.nan)
        typical = np.mean([models[g] for g in _find_strong(detection, strange)], axis=0)
        far = BETWEEN if _is_strong(detection, strange).any() else (*BETWEEN, *BEYOND)
        between = np.array([human ** (1 - share) * typical**share for share in far])
        return cls(
            edges,
            _find_middles(scores.values, edges),
            human,
            np.array(models),
            np.array(strangers).reshape(-1, len(edges) + 1),
            between / between.sum(axis=1, keepdims=True),
            sizes,
            line,
            detection,
            strange,
        )

    @property
    def strong(self) -> Integers:
        """(S,) models that can be told from humans; all of them where none can."""
        return _find_strong(self.detection, self.strange)

    @property
    def tells(self) -> bool:
        """Whether more of some model's documents lie above the line than chance makes of human ones."""
        return bool((self.detection > find_chance(self.sizes[0], self.sizes[1:])).any())

    @property
    def separates(self) -> bool:
        """Whether there is a model that can be told from humans."""
        return bool(_is_strong(self.detection, self.strange).any())

    @property
    def all_strong(self) -> bool:
        """Whether all of them can be told from humans."""
        return bool(_is_strong(self.detection, self.strange).all())

    def bound(self, counts: Array, size: float) -> float:
        r"""The share of any writers' documents, at least, but one time in 20: :math:`(c - h) / (1 - h)`, less its
        error, of the shares c and h of the corpus and of humans above the middle score of humans and models, all alike.

        counts: (B,), of a corpus that is worth so many documents.  Nobody's documents need lie there: whoever writes
        more like humans than these models makes the bound lower, never wrong.
        """
        # Not where they lie furthest apart: that place would be chosen by chance, in favour of the bound.
        first = (len(self.human) + 1) // 2
        c, h = (float(law[first:].sum()) for law in (counts / max(counts.sum(), 1e-12), self.human))
        error = np.sqrt((c * (1 - c) + 1 / size) / size + h * (1 - h) / self.sizes[0])
        return max(0.0, float((c - QUANTILE * error - h) / (1 - h)))

    def bin(self, values: Array) -> Array:
        """(D, B) what each document adds, of scores (F, D): a share 1/F to the bin of each."""
        bins = len(self.edges) + 1
        places = np.searchsorted(self.edges, values) + bins * np.arange(values.shape[1])
        many = np.bincount(places.ravel(), minlength=bins * values.shape[1])
        return np.asarray(many.reshape(-1, bins) / len(values))


def find_chance(human: Count, model: Count) -> Count:
    """The share of a model's documents above the line, up to which it may be told from humans by chance alone.

    human, model: how many documents there are of each.

    >>> round(float(find_chance(400, 100)), 2), round(float(find_chance(4000, 4000)), 2)
    (0.12, 0.06)
    """
    return LINE + CHANCE * np.sqrt(LINE * (1 - LINE) * (1 / np.asarray(human) + 1 / np.asarray(model)))


def _is_strong(detection: Array, strange: Array) -> NDArray[np.bool_]:
    return (detection >= STRONG) & ~(strange < STRANGE)


def _find_strong(detection: Array, strange: Array) -> Integers:
    found = np.flatnonzero(_is_strong(detection, strange))
    return found if len(found) else np.arange(len(detection))


def _cut(writers: list[tuple[Array, Array]], bins: int) -> Array:
    """(B - 1,) edges between which humans and models together, all alike, are equally frequent."""
    values = np.concatenate([one for one, _ in writers])
    shares = [1.0, *(1 / (len(writers) - 1) for _ in writers[1:])]
    weights = np.concatenate([share * own / own.sum() for share, (_, own) in zip(shares, writers, strict=True)])
    return _find_quantiles(values, weights, np.arange(1, bins) / bins)


def _find_line(values: Array, weights: Array) -> float:
    return float(_find_quantiles(values, weights, np.array([1 - LINE]))[0])


def _find_quantiles(values: Array, weights: Array, shares: Array) -> Array:
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    at = np.searchsorted(total, shares * total[-1])
    return np.asarray(values[order][np.minimum(at, len(values) - 1)])


def _find_middles(values: Array, edges: Array) -> Array:
    places = np.searchsorted(edges, values)
    many = np.bincount(places, minlength=len(edges) + 1)
    ends = np.concatenate([edges[:1], edges, edges[-1:]])
    return np.where(many > 0, np.bincount(places, values, len(many)) / np.maximum(many, 1), (ends[1:] + ends[:-1]) / 2)


def _count_documents(weights: Array, documents: Integers) -> float:
    """How many documents of equal weight passages are worth; those of one document count once."""
    own = np.bincount(documents, weights)
    return float(own.sum() ** 2 / (own**2).sum())


def _find_law(values: Array, weights: Array, size: float, edges: Array) -> Array:
    """(B,) shares; a few documents, spread over all bins, stand for what was not seen."""
    bins = len(edges) + 1
    found = np.bincount(np.searchsorted(edges, values), weights, bins) / weights.sum()
    return np.asarray((found * size + UNSEEN / bins) / (size + UNSEEN))
