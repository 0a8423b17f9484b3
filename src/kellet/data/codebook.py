"""Codebooks: what the columns of a table are, and what the codes of its categories stand for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array


@dataclass(frozen=True, eq=False)
class Codebook:
    """What the columns of a mixed table are, and what the codes of its categories stand for.

    columns: d names.  levels: column -> the names of its codes 0, 1, ..., most frequent first; only the categorical
    columns are there.  counts: column -> how often each occurs in the file.  mean, sd: (numbers,), of the columns of
    numbers in the training split, sd 1 where it would be 0.

    It is also a view: called with points (..., d), it gives them as vectors (..., D) that distances and variances make
    sense of.  Numbers come first, in standard deviations; then, for each level, 1 or 0.  Two different levels lie
    :math:`\\sqrt 2` apart, as two unrelated numbers do on average (by root mean square), and the variance of a
    categorical column is the chance that two rows differ in it.
    """

    columns: tuple[str, ...]
    levels: dict[str, tuple[str, ...]]
    counts: dict[str, NDArray[np.int64]]
    mean: Array
    sd: Array

    @property
    def numeric(self) -> tuple[int, ...]:
        """Positions of the columns of numbers."""
        return tuple(j for j, name in enumerate(self.columns) if name not in self.levels)

    @property
    def categorical(self) -> tuple[int, ...]:
        """Positions of the columns of categories."""
        return tuple(j for j, name in enumerate(self.columns) if name in self.levels)

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """(column, level) of every level, in the order of the view."""
        return tuple((self.columns[j], level) for j in self.categorical for level in self.levels[self.columns[j]])

    @property
    def shares(self) -> Array:
        """(L,): share of the file's rows that have each level, in the order of the view."""
        found = [self.counts[self.columns[j]] / self.counts[self.columns[j]].sum() for j in self.categorical]
        return np.concatenate([np.zeros(0), *found])

    def __call__(self, points: NDArray[np.float64]) -> Array:
        parts = [(points[..., list(self.numeric)] - self.mean) / self.sd]
        # What is no code of the column, as another family may write it, is no level.
        parts += [points[..., j, None] == np.arange(len(self.levels[self.columns[j]])) for j in self.categorical]
        return np.concatenate(parts, axis=-1, dtype=np.float64)
