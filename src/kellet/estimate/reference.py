"""References: human and model text from which a person's own estimate is calibrated, and what counts a corpus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from kellet.estimate.counts import Counts, count, share_out
from kellet.estimate.fitting import fit_occurrence, fit_regression
from kellet.estimate.ground import Ground, find_rates
from kellet.estimate.occurrence import Occurrence, Vocabulary, learn
from kellet.estimate.topics import find_topics
from kellet.evidence import Integers
from kellet.profile.words import Rule

if TYPE_CHECKING:
    import polars as pl

FOREIGN = 0.1
"""The distance of neutral words from which on references speak of something else.  Of corpora of RAID (Dugan et al.
2024) those of the references' domain lie below 0.03 and those of another above 0.17."""
PASSAGES = 4
"""Of a reference document that are looked at."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Reference(Ground):
    """What texts taught."""

    vocabulary: Vocabulary

    @property
    def feature_names(self) -> Sequence[str]:
        """(V,) words and pairs."""
        return self.vocabulary.names

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
            names=tuple(models), groups=groups, weights=weights, words=found.words[kept], methods=methods,
            topics=topics, frequent=matrix[:, topics.frequent], known=float(known), foreign=FOREIGN,
            vocabulary=vocabulary, rates=rates,
        )  # fmt: skip

    def count(self, texts: pl.Series, slices: Integers, many: int) -> tuple[list[Counts], Occurrence]:
        """What is kept of a batch of documents (D,), by slices (D,) of which there are so many; and what they have."""
        found = self.vocabulary.find(texts)
        return self.sum_up(found, slices, many), found

    def sum_up(self, found: Occurrence, slices: Integers, many: int) -> list[Counts]:
        """The same of documents that were looked at; slice -1 is that of one that doesn't count."""
        bins = np.stack(
            [
                whole.bin(method.scorer.score(found.matrix))
                for method, whole in zip(self.methods, self.calibrations, strict=True)
            ]
        )
        topics, kinds = self.topics.find(found.matrix), self.topics.centres.shape[1]
        frequent = found.matrix[:, self.topics.frequent]
        own, weights = slices[found.documents], share_out(found.documents)
        return count(own, many, weights, found.words, found.known, bins, topics, kinds, frequent)


def _thin(documents: Integers) -> Integers:
    """Which passages (n,) are kept: a few of each document, evenly spread."""
    many = np.bincount(documents)[documents]
    rank = np.arange(len(documents)) - np.searchsorted(documents, documents)
    return np.flatnonzero((many <= PASSAGES) | (np.diff(rank * PASSAGES // many, prepend=-1) != 0))
