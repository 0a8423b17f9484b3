"""Fitting: two ways to tell a model's documents from human ones by the words that occur in them.

Each is fitted several times, without a part of the references, and that part is what it is then calibrated on; even the
vocabulary and its weights are those of the other parts.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kellet.estimate.occurrence import LEAST
from kellet.estimate.scores import HUMAN, Scores, align, cut_folds, weigh
from kellet.evidence import Array, Integers

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Fit = Callable[["csr_array", Integers, int], "Scorer"]
FOLDS = 5
STIFFNESS = 10.0
"""Of the logistic regression: the inverse of its penalty, in scikit-learn's units."""
CHOSEN = 2_000
"""Features of the occurrence likelihood."""
SOME = 1_000
"""Documents of a writer that a classifier which is to know nothing of another writer is shown."""


@dataclass(frozen=True, eq=False)
class Scorer:
    """Linear scores of documents, one for each fold.

    weights: (V, F).  squares: (V, F), what the square of a document's norm is summed up from; None where it has none.
    intercepts: (F,).
    """

    weights: NDArray[np.float32]
    squares: NDArray[np.float32] | None
    intercepts: Array

    def score(self, matrix: csr_array) -> Array:
        """(F, D) of documents (D, V)."""
        sums = np.asarray(matrix @ self.weights, np.float64)
        if self.squares is not None:
            sums /= np.sqrt(np.maximum(np.asarray(matrix @ self.squares, np.float64), 1e-12))
        return np.asarray((sums + self.intercepts).T)


@dataclass(frozen=True, eq=False)
class Method:
    """A way to score documents, its scores of the references out of sample, and what scores a corpus."""

    name: str
    scores: Scores
    scorer: Scorer


def fit_regression(matrix: csr_array, groups: Integers, seed: int, documents: Integers | None = None) -> Method:
    """Logistic regression on which words and pairs occur, the rarer the heavier, in documents of norm 1."""
    return _fit("regression", _regress, matrix, groups, seed, documents)


def fit_occurrence(matrix: csr_array, groups: Integers, seed: int, documents: Integers | None = None) -> Method:
    r"""The log-likelihood ratio of which words and pairs occur, :math:`\sum_w x_w \log(q_w / p_w) + (1 - x_w)
    \log((1 - q_w) / (1 - p_w))`, with the features chosen on one half of the references and fitted on the other.

    W. Liang et al., Proc. ICML (2024), arXiv:2403.07183, who take words of one class of a dictionary.
    """
    return _fit("occurrence", _compare, matrix, groups, seed, documents)


def _fit(name: str, fit: Fit, matrix: csr_array, groups: Integers, seed: int, documents: Integers | None) -> Method:
    fold = cut_folds(groups, FOLDS, seed, documents)
    values = np.empty(len(groups))
    scorers = []
    for f in range(FOLDS):
        scorers.append(fit(matrix[fold != f], groups[fold != f], seed))
        values[fold == f] = scorers[-1].score(matrix[fold == f])[0]
    first = scorers[0]
    whole = Scorer(
        np.hstack([one.weights for one in scorers]),
        None if first.squares is None else np.hstack([one.squares for one in scorers if one.squares is not None]),
        np.concatenate([one.intercepts for one in scorers]),
    )
    unseen = _score_unseen(fit, matrix, groups, values, seed)
    return Method(name, Scores(groups, values, unseen, documents), whole)


def _score_unseen(fit: Fit, matrix: csr_array, groups: Integers, values: Array, seed: int) -> Array:
    """Scores of each model's documents by what saw the others' alone."""
    unseen = np.full(len(groups), np.nan)
    rng = np.random.default_rng(seed)
    some = np.concatenate([rng.permutation(np.flatnonzero(groups == g))[:SOME] for g in range(groups.max() + 1)])
    matrix, groups, values = matrix[some], groups[some], values[some]
    human = groups == HUMAN
    # Of human documents one half teaches and the other is scored.
    half = cut_folds(groups, 2, seed)
    for group in range(1, groups.max() + 1) if groups.max() > 1 else ():
        own = groups == group
        scored = np.full(len(groups), np.nan)
        for part in range(2):
            taught = ~own & ~(human & (half == part))
            here = (human & (half == part)) | (own & (half == part))
            scored[here] = fit(matrix[taught], groups[taught], seed).score(matrix[here])[0]
        here = human | own
        unseen[some[own]] = align(values[here], human[here], scored[here])[own[here]]
    return unseen


def _regress(matrix: csr_array, groups: Integers, seed: int) -> Scorer:
    from scipy.sparse import diags_array
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    rarity = _weigh_rarity(matrix)
    scaled = (matrix @ diags_array(rarity)).tocsr()
    norms = np.sqrt(np.maximum(matrix @ (rarity * rarity), 1e-12))
    with warnings.catch_warnings():
        # A few more steps change no score by what matters here.
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = LogisticRegression(C=STIFFNESS, max_iter=200).fit(
            (diags_array(1 / norms) @ scaled).tocsr(), groups != HUMAN, sample_weight=weigh(groups)
        )
    weights = (rarity * found.coef_[0]).astype(np.float32)
    return Scorer(weights[:, None], (rarity * rarity).astype(np.float32)[:, None], found.intercept_)


def _weigh_rarity(matrix: csr_array) -> Array:
    """(V,) the inverse document frequency, zero of what fewer than two documents have."""
    many = np.asarray(matrix.sum(axis=0)).ravel()
    return np.where(many >= LEAST, 1 + np.log((1 + matrix.shape[0]) / (1 + many)), 0.0)


def _compare(matrix: csr_array, groups: Integers, seed: int) -> Scorer:
    half = cut_folds(groups, 2, seed)
    human, model = _find_rates(matrix[half == 0], groups[half == 0])
    counts = np.bincount(groups[half == 0])
    noise = human * (1 - human) / counts[0] + model * (1 - model) / counts[1:].sum()
    chosen = np.argsort(-abs(model - human) / np.sqrt(noise), kind="stable")[:CHOSEN]
    human, model = _find_rates(matrix[half == 1], groups[half == 1])
    weights = np.zeros(matrix.shape[1])
    weights[chosen] = (np.log(model / human) - np.log((1 - model) / (1 - human)))[chosen]
    constant = np.log((1 - model) / (1 - human))[chosen].sum()
    return Scorer(weights.astype(np.float32)[:, None], None, np.array([constant]))


def _find_rates(matrix: csr_array, groups: Integers) -> tuple[Array, Array]:
    """(V,) shares of documents with a feature: human ones, and those of all models alike."""
    rates = []
    weights = weigh(groups)
    for mine in (groups == HUMAN, groups != HUMAN):
        share = weights[mine] / weights[mine].sum()
        many = np.asarray(matrix[mine].T @ share).ravel() * mine.sum()
        rates.append((many + 0.5) / (mine.sum() + 1))
    return rates[0], rates[1]
