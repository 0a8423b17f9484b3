"""Tables: two ways to tell rows that a synthesizer wrote from human ones.

Each is fitted without a part of the references, as for text, and that part is what it is calibrated on; even bins and
levels are those of the other parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.estimate.coding import COMMON, Coding, learn_coding
from kellet.estimate.fitting import Method, Scorer, Scoring, fit_folds, regress
from kellet.estimate.layout import MISSING
from kellet.estimate.scores import HUMAN, weigh
from kellet.evidence import Array, Integers
from kellet.profile.columns import place
from kellet.profile.tally import Hashes

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from sklearn.ensemble import HistGradientBoostingClassifier

LEAST = 100
"""Rows of each writer, to learn from."""
PAIRED = 24
"""Columns of which all pairs are looked at: the first ones."""
TREES, RATE, LEAVES = 150, 0.1, 15


@dataclass(frozen=True, eq=False)
class Trees:
    """Boosted trees on numbers as they are and on levels of words."""

    coding: Coding
    model: HistGradientBoostingClassifier

    def score(self, rows: Hashes, /) -> Array:
        """(1, N) log-odds of rows (N, D)."""
        return np.asarray(self.model.decision_function(_spread(rows, self.coding)))[None]


def _spread(rows: Hashes, coding: Coding) -> Array:
    """(N, D) numbers, nan where they are missing, and codes of words."""
    numbers = np.where(rows != MISSING, place(rows), np.nan)
    return np.where(coding.numeric, numbers, coding.code(rows))


def _grow(numeric: NDArray[np.bool_], rows: Hashes, groups: Integers, seed: int) -> Trees:
    from sklearn.ensemble import HistGradientBoostingClassifier

    coding = learn_coding(rows, numeric)
    model = HistGradientBoostingClassifier(
        learning_rate=RATE, max_iter=TREES, max_leaf_nodes=LEAVES, l2_regularization=1.0, early_stopping=False,
        categorical_features=~numeric, random_state=seed,
    )  # fmt: skip
    return Trees(coding, model.fit(_spread(rows, coding), groups != HUMAN, sample_weight=weigh(groups)))


@dataclass(frozen=True, eq=False)
class Features:
    """Levels of columns, and pairs of levels of two columns, that COMMON rows have.

    places: for each column, then each pair of columns, the feature that a level, or a pair of them, is, or -1.
    """

    coding: Coding
    places: tuple[Integers, ...]

    @classmethod
    def learn(cls, numeric: NDArray[np.bool_], rows: Hashes) -> Self:
        """Those of rows (N, D)."""
        coding, places, first = learn_coding(rows, numeric), [], 0
        for cell, size in _cross(coding, rows):
            common = np.bincount(cell, minlength=size) >= COMMON
            places.append(np.where(common, first + np.cumsum(common) - 1, -1))
            first += int(common.sum())
        return cls(coding, tuple(places))

    def mark(self, rows: Hashes) -> csr_array:
        """(N, V) 1 where a row has a feature."""
        from scipy.sparse import csr_array

        cells = _cross(self.coding, rows)
        features = np.stack([place[cell] for place, (cell, _) in zip(self.places, cells, strict=True)], axis=1)
        known = features >= 0
        ends = np.append(0, np.cumsum(known.sum(axis=1)))
        width = 1 + max(int(place.max()) for place in self.places)
        return csr_array((np.ones(ends[-1], np.float32), features[known], ends), shape=(len(features), width))


def _cross(coding: Coding, rows: Hashes) -> Iterator[tuple[Integers, int]]:
    """For each column, then each pair of columns: (N,) which level, or pair of levels, a row has, and of how many."""
    codes, sizes = coding.code(rows).T, coding.sizes
    yield from zip(codes, sizes, strict=True)
    for i, j in pair_up(len(sizes)):
        yield codes[i] * sizes[j] + codes[j], sizes[i] * sizes[j]


def pair_up(columns: int) -> Iterator[tuple[int, int]]:
    """Which of so many columns are looked at together."""
    return combinations(range(min(columns, PAIRED)), 2)


@dataclass(frozen=True, eq=False)
class Pairs:
    """A linear score of which levels, and which pairs of levels of two columns, a row has."""

    features: Features
    scorer: Scorer

    def score(self, rows: Hashes, /) -> Array:
        """(1, N) of rows (N, D)."""
        return self.scorer.score(self.features.mark(rows))


def _pair(numeric: NDArray[np.bool_], rows: Hashes, groups: Integers, seed: int) -> Pairs:
    features = Features.learn(numeric, rows)
    return Pairs(features, regress(features.mark(rows), groups, seed))


@dataclass(frozen=True, eq=False)
class RowScorer:
    """Scores of rows by several fits."""

    folds: tuple[Scoring[Hashes], ...]

    def score(self, rows: Hashes, /) -> Array:
        """(F, N) of rows (N, D): larger is more like a model's."""
        if not len(rows):
            return np.empty((len(self.folds), 0))
        return np.concatenate([one.score(rows) for one in self.folds])


def fit_rows(
    numeric: NDArray[np.bool_], human: Hashes, models: Mapping[str, Hashes], seed: int
) -> tuple[Method[Hashes], Method[Hashes]]:
    """Boosted trees, and a logistic regression on levels and pairs of levels, of human rows and models' rows.

    Rows that a model learnt from are no reference for it: its rows are more like them than like other human rows, and
    shares read low.

    numeric: (D,), which columns are numbers.  human: (N, D) rows as `Layout.read` has them; models: by name, each
    model's; LEAST rows of each.
    """
    named = {"the human table": human} | {f'the table of "{name}"': rows for name, rows in models.items()}
    for where, rows in named.items():
        if len(rows) < LEAST:
            raise InputError(f"{LEAST} rows of each writer or more", f"{len(rows)} in {where}", "more of its rows")
    groups = np.repeat(np.arange(len(named)), [len(rows) for rows in named.values()])
    found = []
    for name, fit in (("trees", _grow), ("pairs", _pair)):
        scores, folds = fit_folds(partial(fit, numeric), np.concatenate(list(named.values())), groups, seed)
        found.append(Method(name, scores, RowScorer(tuple(folds))))
    return found[0], found[1]
