"""Tables: two ways to tell rows that a synthesizer wrote from human ones.

Each is fitted without a part of the references, as for text, and that part is what it is calibrated on; even bins and
levels are those of the other parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.estimate.coding import COMMON, Coding, learn_coding
from kellet.estimate.fitting import Method, Scorer, Scoring, fit_folds, regress
from kellet.estimate.layout import MISSING, Layout, lay_out
from kellet.estimate.scores import HUMAN, weigh
from kellet.evidence import Array, Integers
from kellet.profile.columns import place
from kellet.profile.tally import Hashes

if TYPE_CHECKING:
    import polars as pl
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
class Pairs:
    """A linear score of which levels, and which pairs of levels of two columns, a row has.

    places: for each column, then each pair of columns, the feature that a level, or a pair of them, is, or -1.
    """

    coding: Coding
    places: tuple[Integers, ...]
    scorer: Scorer

    def score(self, rows: Hashes, /) -> Array:
        """(1, N) of rows (N, D)."""
        return self.scorer.score(_mark([cell for cell, _ in _cross(self.coding, rows)], self.places))


def _pair(numeric: NDArray[np.bool_], rows: Hashes, groups: Integers, seed: int) -> Pairs:
    coding = learn_coding(rows, numeric)
    cells, places, first = [], [], 0
    for cell, size in _cross(coding, rows):
        common = np.bincount(cell, minlength=size) >= COMMON
        places.append(np.where(common, first + np.cumsum(common) - 1, -1))
        cells.append(cell)
        first += int(common.sum())
    return Pairs(coding, tuple(places), regress(_mark(cells, places), groups, seed))


def _cross(coding: Coding, rows: Hashes) -> Iterator[tuple[Integers, int]]:
    """For each column, then each pair of columns: (N,) which level, or pair of levels, a row has, and of how many."""
    codes, sizes = coding.code(rows).T, coding.sizes
    yield from zip(codes, sizes, strict=True)
    for i, j in combinations(range(min(len(sizes), PAIRED)), 2):
        yield codes[i] * sizes[j] + codes[j], sizes[i] * sizes[j]


def _mark(cells: Sequence[Integers], places: Sequence[Integers]) -> csr_array:
    """(N, V) 1 where a row has a feature."""
    from scipy.sparse import csr_array

    features = np.stack([place[cell] for place, cell in zip(places, cells, strict=True)], axis=1)
    known = features >= 0
    ends = np.append(0, np.cumsum(known.sum(axis=1)))
    width = 1 + max(int(place.max()) for place in places)
    return csr_array((np.ones(ends[-1], np.float32), features[known], ends), shape=(len(features), width))


@dataclass(frozen=True, eq=False)
class RowScorer:
    """Scores of tables' rows by several fits."""

    layout: Layout
    folds: tuple[Scoring[Hashes], ...]

    def score(self, frame: pl.DataFrame, /) -> Array:
        """(F, N) scores of a corpus's rows: larger is more like a model's."""
        rows = self.layout.read(frame, "the corpus")
        if not len(rows):
            return np.empty((len(self.folds), 0))
        return np.concatenate([one.score(rows) for one in self.folds])


def fit_rows(
    human: pl.DataFrame, models: Mapping[str, pl.DataFrame], seed: int
) -> tuple[Method[pl.DataFrame], Method[pl.DataFrame]]:
    """Boosted trees, and a logistic regression on levels and pairs of levels, of human rows and models' rows.

    They see the columns of the human table that are numbers, dates or categories, see `lay_out`.  Rows that a model
    learnt from are no reference for it: its rows are more like them than like other human rows, and shares read low.

    human: rows; models: by name, each model's; LEAST rows of each.
    """
    layout = lay_out(human)
    named = {"the human table": human} | {f'the table of "{name}"': frame for name, frame in models.items()}
    for where, frame in named.items():
        if frame.height < LEAST:
            raise InputError(f"{LEAST} rows of each writer or more", f"{frame.height} in {where}", "more of its rows")
    rows = np.concatenate([layout.read(frame, where) for where, frame in named.items()])
    groups = np.repeat(np.arange(len(named)), [frame.height for frame in named.values()])
    found = []
    for name, fit in (("trees", _grow), ("pairs", _pair)):
        scores, folds = fit_folds(partial(fit, layout.numeric), rows, groups, seed)
        found.append(Method(name, scores, RowScorer(layout, tuple(folds))))
    return found[0], found[1]
