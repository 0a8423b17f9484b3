"""Rows: references that are tables, and what counts a corpus of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from kellet.estimate.coding import Coding, learn_coding
from kellet.estimate.counts import Counts, count
from kellet.estimate.ground import Ground, find_rates
from kellet.estimate.layout import Layout
from kellet.estimate.nouns import ROWS
from kellet.estimate.spelling import spell_features
from kellet.estimate.tables import Features, fit_rows
from kellet.estimate.topics import Topics
from kellet.evidence import Array, Integers
from kellet.profile.tally import Hashes

if TYPE_CHECKING:
    from scipy.sparse import csr_array

FOREIGN = 0.05
"""The distance of values from which on tables speak of something else.  Halves of one census lie below 0.006, groups of
other ages above 0.11."""
ALIKE = 0.05
"""Distance between a model's rows and human ones, up to which a column doesn't separate them."""


@dataclass(frozen=True, eq=False, kw_only=True)
class RowReference(Ground):
    """What tables taught.

    layout: how they are read.  coding: the levels by which rows are told to speak of the same.  features: levels and
    pairs of them that carry the evidence.  spelling: of levels that are words, by their keys.
    """

    layout: Layout
    coding: Coding
    features: Features
    spelling: Mapping[int, str]

    @classmethod
    def learn(
        cls,
        layout: Layout,
        human: Hashes,
        models: Mapping[str, Hashes],
        seed: int = 0,
        spelling: Mapping[int, str] | None = None,
    ) -> Self:
        """Of human rows (N, D) and of each model's, as they were read."""
        numeric = layout.numeric
        methods = fit_rows(numeric, human, models, seed)
        groups, rows = methods[0].scores.groups, np.concatenate([human, *models.values()])
        coding, features = learn_coding(human, numeric), Features.learn(numeric, rows)
        codes = coding.code(rows)
        levels = _mark(codes, coding)
        neutral, many = _find_neutral(codes, groups, coding), levels.shape[1]
        topics = Topics(np.arange(many), neutral, np.zeros((many, 1), np.float32), np.zeros(len(groups), np.int64))
        ones = np.ones(len(groups))
        return cls(
            names=tuple(models), groups=groups, weights=ones, words=ones.astype(np.int64), methods=methods,
            topics=topics, frequent=levels, known=float(_count_known(codes, coding).mean()) / codes.shape[1],
            foreign=FOREIGN, narrow=None, nouns=ROWS, rates=find_rates(features.mark(rows), ones, groups),
            layout=layout, coding=coding, features=features, spelling=spelling or {},
        )  # fmt: skip

    @property
    def feature_names(self) -> list[str]:
        """(V,) for people."""
        return spell_features(self.features, self.layout.columns, self.spelling)

    def count(self, rows: Hashes, slices: Integers, many: int) -> list[Counts]:
        """What is kept of a batch of rows (N, D), by slices (N,) of which there are so many, -1 of one that doesn't
        count."""
        codes = self.coding.code(rows)
        bins = np.stack(
            [
                whole.bin(method.scorer.score(rows))
                for method, whole in zip(self.methods, self.calibrations, strict=True)
            ]
        )
        one = np.ones(len(rows), np.int64)
        known = _count_known(codes, self.coding) / codes.shape[1]
        none = np.zeros(len(rows), np.int64)
        return count(slices, many, one.astype(float), one, known, bins, none, 1, _mark(codes, self.coding))


def _mark(codes: Integers, coding: Coding) -> csr_array:
    """(N, W) 1 where a row has a level; W runs over all levels of all columns."""
    from scipy.sparse import csr_array

    firsts = np.append(0, np.cumsum(coding.sizes))
    rows, columns = codes.shape
    ends = columns * np.arange(rows + 1)
    return csr_array((np.ones(codes.size, np.float32), (codes + firsts[:-1]).ravel(), ends), shape=(rows, firsts[-1]))


def _count_known(codes: Integers, coding: Coding) -> Array:
    """(N,) of how many columns a row has a value that the human table has as well."""
    return np.asarray((codes > np.where(coding.numeric, -1, 1)).sum(axis=1), np.float64)


def _find_neutral(codes: Integers, groups: Integers, coding: Coding) -> NDArray[np.bool_]:
    """(W,) levels of columns whose values are as frequent with models as with humans."""
    sizes = np.bincount(groups)
    found = []
    for own, size in zip(codes.T, coding.sizes, strict=True):
        rates = np.array([np.bincount(own[groups == g], minlength=size) / sizes[g] for g in range(len(sizes))])
        noise = (rates * (1 - rates)).sum(axis=1) / sizes
        apart = ((rates[1:] - rates[0]) ** 2).sum(axis=1) - noise[1:] - noise[0]
        found.append(np.full(size, bool((apart <= ALIKE * (rates[0] ** 2).sum()).all())))
    return np.concatenate(found)
