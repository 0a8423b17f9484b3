"""Scores: how like a model's each document is, by models of which none saw it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array, Integers

HUMAN = 0
"""The group of human documents; 1, 2, ... are the named models'."""


@dataclass(frozen=True, eq=False)
class Scores:
    """What one method says of the reference documents, out of sample.

    groups: (n,), who wrote each: 0 a human, g the g-th model.  values: (n,), by a classifier that saw other documents
    of its writer: larger is more like a model's.  unseen: (n,), by one that saw nothing of its writer, on the scale of
    ``values``; nan of human documents, and where there is one model only.  documents: (n,), whose passage each is, if
    not a document of its own.

    >>> scores = Scores(np.array([0, 0, 1]), np.array([-1.0, 0.5, 2.0]), np.full(3, np.nan))
    >>> scores.of(HUMAN).tolist(), scores.writers
    ([-1.0, 0.5], 1)
    """

    groups: Integers
    values: Array
    unseen: Array
    documents: Integers | None = None

    @property
    def writers(self) -> int:
        """How many models."""
        return int(self.groups.max(initial=0))

    def of(self, group: int) -> Array:
        """Scores of one writer's documents."""
        return np.asarray(self.values[self.groups == group])

    def keep(self, own: NDArray[np.bool_]) -> Scores:
        """Those of some documents (n,)."""
        documents = None if self.documents is None else self.documents[own]
        return Scores(self.groups[own], self.values[own], self.unseen[own], documents)


def weigh(groups: Integers) -> Array:
    """(n,) weights with which humans and models count alike, and all models too; their mean is 1."""
    counts = np.bincount(groups)
    writers = max(1, int((counts[1:] > 0).sum()))
    each = np.append(0.5, np.full(len(counts) - 1, 0.5 / writers))
    return np.asarray(len(groups) * each[groups] / counts[groups])


def cut_folds(groups: Integers, folds: int, seed: int, documents: Integers | None = None) -> Integers:
    """(n,) a fold for each passage, the same for those of one document; each writer's documents are spread evenly.

    >>> cut_folds(np.array([0, 0, 0, 0, 1, 1]), 2, 0).sum()
    np.int64(3)
    """
    rng = np.random.default_rng(seed)
    fold = np.empty(len(groups), np.int64)
    own = np.arange(len(groups)) if documents is None else documents
    for group in np.unique(groups):
        here = groups == group
        each, place = np.unique(own[here], return_inverse=True)
        fold[here] = (rng.permutation(len(each)) % folds)[place]
    return fold


def align(values: Array, human: NDArray[np.bool_], other: Array) -> Array:
    """Another classifier's scores of the same documents on the scale of ``values``: human ones have the same mean and
    standard deviation."""
    spread = float(other[human].std())
    return np.asarray(values[human].mean() + (other - other[human].mean()) * (values[human].std() / max(spread, 1e-12)))
