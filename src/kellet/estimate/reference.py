"""References: human and model text from which a person's own estimate is calibrated, and what counts a corpus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from kellet.estimate.calibration import Calibration
from kellet.estimate.counts import Counts, count
from kellet.estimate.fitting import Method, fit_occurrence, fit_regression
from kellet.estimate.occurrence import Occurrence, Vocabulary, learn
from kellet.estimate.scores import HUMAN
from kellet.estimate.topics import Topics, find_topics
from kellet.evidence import Array, Integers
from kellet.profile.words import Rule

if TYPE_CHECKING:
    import polars as pl
    from scipy.sparse import csr_array

PASSAGES = 4
"""Of a reference document that are looked at."""


@dataclass(frozen=True, eq=False)
class Reference:
    """What references taught.

    names: (G,), of the models.  groups: (n,), who wrote each passage: 0 a human, g the g-th model.  weights, words:
    (n,), what share of its document each passage is, and its length.  rates: (1 + G, V), shares of each writer's
    documents that have each feature.  frequent: (n, W), which passages have each frequent feature.  known: of the words
    of a document, the share that other documents have too.
    """

    names: tuple[str, ...]
    vocabulary: Vocabulary
    groups: Integers
    weights: Array
    words: Integers
    methods: tuple[Method, ...]
    topics: Topics
    rates: Array
    frequent: csr_array
    known: float

    @classmethod
    def learn(cls, human: pl.Series, models: Mapping[str, pl.Series], rule: Rule, seed: int = 0) -> Self:
        """Of human documents and of each model's; none is null."""
        import polars as pl

        each = [human, *models.values()]
        texts = pl.concat([one.rechunk() for one in each])
        vocabulary = learn(texts, rule)
        found = vocabulary.find(texts)
        kept = _thin(found.documents)
        matrix, documents = found.matrix[kept], found.documents[kept]
        groups = np.repeat(np.arange(len(each)), [len(one) for one in each])[documents]
        weights = 1 / np.bincount(documents)[documents]
        methods = tuple(fit(matrix, groups, seed, documents) for fit in (fit_regression, fit_occurrence))
        rates = find_rates(matrix, weights, groups)
        # A word that two documents have is known to each from the other one.
        shared = vocabulary.single & (np.asarray(matrix.sum(axis=0)).ravel() > 2)
        known = matrix[:, np.flatnonzero(shared)].sum() / max(matrix[:, np.flatnonzero(vocabulary.single)].sum(), 1)
        topics = find_topics(matrix, groups, vocabulary.single, seed)
        return cls(
            tuple(models), vocabulary, groups, weights, found.words[kept], methods, topics, rates,
            matrix[:, topics.frequent], float(known),
        )  # fmt: skip

    @cached_property
    def calibrations(self) -> tuple[Calibration, ...]:
        """Of each method, for documents."""
        return tuple(Calibration.of(method.scores, self.weights) for method in self.methods)

    def calibrate(self, weights: Array) -> tuple[Calibration, ...]:
        """Of each method, its passages having other weights (n,)."""
        return tuple(
            Calibration.of(method.scores, weights, whole.edges)
            for method, whole in zip(self.methods, self.calibrations, strict=True)
        )

    @cached_property
    def topic_shares(self) -> Array:
        """(1 + G, K) shares of each writer's documents by topic."""
        kinds = self.topics.centres.shape[1]
        each = [
            np.bincount(self.topics.own[self.groups == g], self.weights[self.groups == g], kinds)
            for g in range(HUMAN, len(self.names) + 1)
        ]
        return np.array([many / many.sum() for many in each])

    def count(self, texts: pl.Series, slices: Integers, many: int) -> tuple[list[Counts], Occurrence]:
        """What is kept of a batch of documents (D,), by slices (D,) of which there are so many; and what they have."""
        found = self.vocabulary.find(texts)
        weights = 1 / np.bincount(found.documents, minlength=1)[found.documents]
        bins = np.stack(
            [
                whole.bin(method.scorer.score(found.matrix))
                for method, whole in zip(self.methods, self.calibrations, strict=True)
            ]
        )
        topics, kinds = self.topics.find(found.matrix), self.topics.centres.shape[1]
        frequent = found.matrix[:, self.topics.frequent]
        own = slices[found.documents]
        return count(own, many, weights, found.words, found.known, bins, topics, kinds, frequent), found


def _thin(documents: Integers) -> Integers:
    """Which passages (n,) are kept: a few of each document, evenly spread."""
    many = np.bincount(documents)[documents]
    rank = np.arange(len(documents)) - np.searchsorted(documents, documents)
    return np.flatnonzero((many <= PASSAGES) | (np.diff(rank * PASSAGES // many, prepend=-1) != 0))


def find_rates(matrix: csr_array, weights: Array, groups: Integers) -> Array:
    """(1 + G, V) shares of each writer's passages, by weight, that have each feature."""
    each = [weights * (groups == g) for g in range(groups.max() + 1)]
    return np.array([np.asarray(matrix.T @ (own / own.sum())) for own in each])
