"""Use: what a model learns from the candidate about a column, scored on real rows that it didn't learn from.

Its zero is a model that learnt from as many real rows.  The model is least squares with a ridge of one, from indicators
of categories and of bins of numbers.  On census rows it is right in 83.5 % of cases where boosted trees are in 84.5 %,
and learning from a synthesizer's table costs both about as much; but all that it needs of a group of rows are two sums,
so it can learn anew for every assignment of groups to the sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.audit.finding import Measured
from kellet.audit.points import exchange_groups, thin
from kellet.errors import InputError
from kellet.evidence import Array, Integers
from kellet.profile.tally import Hashes

if TYPE_CHECKING:
    import polars as pl

FOLDS = 4
"""Parts of the real rows, each of which is scored by models that learnt from others."""
MOST = 20_000
"""Rows of either side."""
FEATURES, LEVELS = 200, 30
"""Indicators in all, about, and of one column at most."""
BINS, CLASSES = 10, 10
"""Bins of a number; and a target of at most so many different numbers has classes."""
RARE, ENOUGH = 0.01, 30
"""A value that fewer of the rows have is rare; and real rows that are enough to score."""
RIDGE = 1.0

Documents = tuple["pl.DataFrame", Hashes | None]
"""Rows, and hashes of what they belong to."""


def measure_use(
    reference: Documents, candidate: Documents, target: str, rng: Generator, by: Sequence[str] = (), many: int = 199
) -> Iterator[Measured]:
    """What the candidate teaches about a target: overall, of rows that hold something rare, and by group.

    reference, candidate: rows of the same columns, numbers as floats, all else as strings.  by: columns whose values
    are groups of rows.  For classes the measure is the share of rows that are told right; for numbers the share of
    their variance that is explained, 0 where a constant does better.

    Each fold of the real rows is predicted twice: by what as many of the candidate's rows teach as there are other real
    ones, and by what those teach.  All of this is done anew for each assignment, so its zero is exact.
    """
    import polars as pl

    sides = [_prepare(side, target, rng) for side in (reference, candidate)]
    (real, owned), (other, own) = sides
    places, chosen = exchange_groups((len(real), owned), (len(other), own), rng, many)
    rows = pl.concat([real, other.select(real.columns)]).filter(pl.Series(places >= 0))
    places = places[places >= 0]
    lesson = Lesson.of(rows, target)
    parts = _name_parts(rows, target, by, (1 - chosen[places, 0]).astype(np.bool_))
    sums = Sums.of(lesson.indicate(rows), lesson.answer(rows[target]), places, len(chosen))
    masks = np.stack([mask for _, mask in parts])
    scores = np.stack([lesson.score(sums, ours, masks, rng) for ours in chosen.T], axis=-1)
    what = "rows told right" if lesson.classes else "variance explained"
    for (about, _), (mine, theirs) in zip(parts, scores, strict=True):
        title = f"{target}: {what}, by a model of what the candidate has"
        # What is exchanged is the difference; real rows' own score is put under it.
        yield Measured("use", about, title, theirs - mine + mine[0], "enough", fresh=float(mine[0]))


def _prepare(side: Documents, target: str, rng: Generator) -> Documents:
    """Rows that have the target, not too many."""
    frame, clusters = side
    if target not in frame.columns:
        raise InputError("a target among the columns", f'"{target}"', f'"{frame.columns[-1]}"')
    there = np.flatnonzero(frame[target].is_not_null().to_numpy())
    rows = there[thin(len(there), None if clusters is None else clusters[there], MOST, rng)]
    return frame[rows], None if clusters is None else clusters[rows]


def _name_parts(
    rows: pl.DataFrame, target: str, by: Sequence[str], real: NDArray[np.bool_]
) -> list[tuple[str, NDArray[np.bool_]]]:
    """Which rows are scored together: all, those with something rare in them, and each group; if enough are real.

    What is rare is so among all rows, since it must not depend on which are called the candidate's.
    """
    import polars as pl

    seldom = np.zeros(len(rows), np.bool_)
    for name in rows.columns:
        if name != target and rows[name].dtype == pl.String:
            seldom |= (rows.select(pl.len().over(name)).to_series() < RARE * len(rows)).to_numpy()
    parts = [("", np.ones(len(rows), np.bool_)), ("rows that hold something rare", seldom)]
    for name in by:
        values = rows[name].cast(pl.String).fill_null("missing").to_numpy()
        parts += [(f"{name}={value}", values == value) for value in sorted(set(values))]
    return [(about, mask) for about, mask in parts if np.count_nonzero(mask & real) >= ENOUGH]


@dataclass(frozen=True, eq=False)
class Coding:
    """A column as indicators: of bins between edges (E,), or of the most frequent values; what is missing has its own,
    and all that is left shares one."""

    name: str
    edges: Array | None
    levels: tuple[str, ...]

    @staticmethod
    def of(column: pl.Series, most: int) -> Coding:
        """Learnt from all rows, which don't depend on what is called the candidate's."""
        if column.dtype.is_numeric():
            inner = np.linspace(0, 1, min(BINS, most) + 1)[1:-1]
            there = column.drop_nulls().to_numpy()
            return Coding(column.name, np.unique(np.quantile(there, inner)) if len(there) else np.zeros(0), ())
        frequent = column.drop_nulls().value_counts(sort=True).sort(["count", column.name], descending=[True, False])
        return Coding(column.name, None, tuple(frequent[column.name].head(most)))

    def indicate(self, column: pl.Series) -> Array:
        """(N, f)"""
        if self.edges is None:
            codes = {level: code for code, level in enumerate([*self.levels, None])}
            found = np.array([codes.get(value, len(codes)) for value in column])
            return np.asarray(np.eye(len(codes) + 1)[found])
        bins = len(self.edges) + 1
        found = np.searchsorted(self.edges, column.fill_null(0.0).to_numpy(), side="right")
        return np.asarray(np.eye(bins + 1)[np.where(column.is_null().to_numpy(), bins, found)])


@dataclass(frozen=True, eq=False)
class Lesson:
    """What is learnt from what.

    classes: those of the target, the most frequent first; none where it is a number, which is learnt in units of its
    spread about its middle.
    """

    target: str
    columns: tuple[Coding, ...]
    classes: tuple[object, ...]
    middle: float = 0.0
    spread: float = 1.0

    @staticmethod
    def of(rows: pl.DataFrame, target: str) -> Lesson:
        names = [name for name in rows.columns if name != target]
        most = int(np.clip(FEATURES // max(len(names), 1), 2, LEVELS))
        columns = tuple(Coding.of(rows[name], most) for name in names)
        asked = rows[target]
        if not asked.dtype.is_numeric() or asked.n_unique() <= CLASSES:
            counts = asked.value_counts(sort=True).sort(["count", target], descending=[True, False])
            return Lesson(target, columns, tuple(counts[target].head(LEVELS)))
        answers = asked.to_numpy()
        return Lesson(target, columns, (), float(np.median(answers)), float(answers.std()) or 1.0)

    def indicate(self, rows: pl.DataFrame) -> Array:
        """(N, F) what is learnt from, and a one."""
        return np.column_stack([*(coding.indicate(rows[coding.name]) for coding in self.columns), np.ones(len(rows))])

    def answer(self, column: pl.Series) -> Array:
        """(N, K) an indicator of each class, or (N, 1) the number."""
        if not self.classes:
            return np.asarray((column.to_numpy()[:, None] - self.middle) / self.spread)
        return np.column_stack([(column == one).to_numpy() for one in self.classes]).astype(np.float64)

    def score(self, sums: Sums, ours: NDArray[np.int32], parts: NDArray[np.bool_], rng: Generator) -> Array:
        """(parts, 2) scores of real rows by what other real ones, and by what the candidate's teach.

        ours: (G,) 1 where a group is called the candidate's.  parts: (parts, N) which rows are scored together.
        """
        order = rng.permutation(len(ours))
        real, other = order[ours[order] == 0], order[ours[order] == 1]
        many = min(len(real) - -(-len(real) // FOLDS), len(other))
        gains = np.zeros((len(sums.features), 2))
        for fold in range(FOLDS):
            asked = np.isin(sums.places, real[fold::FOLDS])
            others = np.roll(np.setdiff1d(real, real[fold::FOLDS]), -fold * many)
            for i, groups in enumerate((others, np.roll(other, -fold * many))):
                predicted = sums.features[asked] @ sums.learn(groups[:many])
                gains[asked, i] = self._compare(predicted, sums.truths[asked])
        parts = parts & np.isin(sums.places, real)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = parts @ gains / parts.sum(axis=1)[:, None]
            if self.classes:
                return np.asarray(mean)
            variances = np.array([[sums.truths[part, 0].var() if part.any() else np.nan] for part in parts])
            return np.asarray(np.maximum(1 + mean / variances, 0))

    def _compare(self, predicted: Array, truths: Array) -> Array:
        """(N,) 1 where a class is right, or minus the square of the error."""
        if not self.classes:
            return np.asarray(-((predicted - truths)[:, 0] ** 2))
        return np.asarray(np.take_along_axis(truths, predicted.argmax(axis=1)[:, None], axis=1)[:, 0])


@dataclass(frozen=True, eq=False)
class Sums:
    """features: (N, F), truths: (N, K) and places: (N,) of rows, their group.  products: (G, F, F) and answers:
    (G, F, K), what features and truths multiply to in each group."""

    features: Array
    truths: Array
    places: Integers
    products: Array
    answers: Array

    @staticmethod
    def of(features: Array, truths: Array, places: Integers, many: int) -> Sums:
        groups = [np.flatnonzero(places == group) for group in range(many)]
        products = np.stack([features[own].T @ features[own] for own in groups])
        return Sums(features, truths, places, products, np.stack([features[own].T @ truths[own] for own in groups]))

    def learn(self, groups: Integers) -> Array:
        """(F, K) weights, from some groups.  A. Hoerl and R. Kennard, Ridge Regression, Technometrics 12:55 (1970)."""
        products = self.products[groups].sum(axis=0)
        products[np.diag_indices_from(products)] += RIDGE
        return np.asarray(np.linalg.solve(products, self.answers[groups].sum(axis=0)))
