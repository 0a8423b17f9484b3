"""Rows: references that are tables, and what counts a corpus of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from kellet.estimate.coding import Coding, learn_coding
from kellet.estimate.counts import Counts, count
from kellet.estimate.ground import Ground
from kellet.estimate.layout import Layout
from kellet.estimate.tables import fit_rows
from kellet.estimate.topics import Topics
from kellet.evidence import Array, Integers
from kellet.profile.tally import Hashes

if TYPE_CHECKING:
    import polars as pl
    from scipy.sparse import csr_array

FOREIGN = 0.05
"""The distance of values from which on tables speak of something else.  Halves of one census lie below 0.006, groups of
other ages above 0.11."""
ALIKE = 0.05
"""Distance between a model's rows and human ones, up to which a column doesn't separate them."""


@dataclass(frozen=True, eq=False, kw_only=True)
class RowReference(Ground):
    """What tables taught.  layout: their columns.  coding: the levels by which rows are told to speak of the same."""

    layout: Layout
    coding: Coding

    @classmethod
    def learn(cls, human: pl.DataFrame, models: Mapping[str, pl.DataFrame], seed: int = 0) -> Self:
        """Of human rows and of each model's."""
        methods = fit_rows(human, models, seed)
        layout = methods[0].scorer.layout  # type: ignore[attr-defined]
        each = [layout.read(frame, "the references") for frame in (human, *models.values())]
        coding = learn_coding(each[0], layout.numeric)
        codes = coding.code(np.concatenate(each))
        groups = methods[0].scores.groups
        levels = _mark(codes, coding)
        neutral, many = _find_neutral(codes, groups, coding), levels.shape[1]
        topics = Topics(np.arange(many), neutral, np.zeros((many, 1), np.float32), np.zeros(len(groups), np.int64))
        ones = np.ones(len(groups))
        return cls(
            names=tuple(models), groups=groups, weights=ones, words=ones.astype(np.int64), methods=methods,
            topics=topics, frequent=levels, known=float(_count_known(codes, coding).mean()) / codes.shape[1],
            foreign=FOREIGN, layout=layout, coding=coding,
        )  # fmt: skip

    def count(self, frame: pl.DataFrame, slices: Integers, many: int) -> list[Counts]:
        """What is kept of a batch of rows (D,), by slices (D,) of which there are so many."""
        rows: Hashes = self.layout.read(frame, "the corpus")
        codes = self.coding.code(rows)
        bins = np.stack(
            [
                whole.bin(method.scorer.score(frame))
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
