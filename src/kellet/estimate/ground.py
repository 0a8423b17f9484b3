"""Ground: what an estimate stands on, whether its references were texts or rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from kellet.estimate.calibration import Calibration
from kellet.estimate.fitting import Method
from kellet.estimate.nouns import TEXT, Nouns
from kellet.estimate.scores import HUMAN
from kellet.estimate.topics import Topics
from kellet.evidence import Array, Integers

if TYPE_CHECKING:
    from scipy.sparse import csr_array

NARROW = 0.07
"""An interval over all writers that is no wider is an answer, whoever wrote."""
HALVES = 20
RARE = 1e-3
"""Keeps the rarest features from counting more than their number."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Ground:
    """What references taught.

    names: (G,), of the models.  groups: (n,), who wrote each passage or row: 0 a human, g the g-th model.  weights,
    words: (n,), what share of its document each passage is, and its length.  methods: what scores.  topics: what they
    speak of.  frequent: (n, W), which passages have each frequent feature.  known: of the words of a document, the
    share that other documents have too.  rates: (1 + G, V), shares of each writer's documents that have each feature
    which may carry evidence.  foreign: the distance from which on references speak of something else.  narrow: how wide
    an interval over all writers may be that is an answer; None where any share of a stranger's may be hidden.  nouns:
    how sentences call it.
    """

    names: tuple[str, ...]
    groups: Integers
    weights: Array
    words: Integers
    methods: tuple[Method[Any], ...]
    topics: Topics
    frequent: csr_array
    known: float
    rates: Array
    foreign: float
    narrow: float | None = NARROW
    nouns: Nouns = TEXT

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
    def scale(self) -> Array:
        """(W,) what rates are multiplied by, so that all frequent features weigh alike."""
        common = find_rates(self.frequent, self.weights, self.groups).mean(axis=0)
        return np.asarray(1 / np.sqrt(common * (1 - common) + RARE))

    @cached_property
    def clumping(self) -> float:
        """How many times further halves of the human references are from each other, in all frequent features, than
        they were if those came independently; 1 or more."""
        human = self.frequent[np.flatnonzero(self.groups == HUMAN)]
        rng = np.random.default_rng(0)
        found = []
        for _ in range(HALVES):
            order = rng.permutation(human.shape[0])
            parts = np.array_split(order, 2)
            one, other = (np.asarray(human[part].sum(axis=0), np.float64) / len(part) for part in parts)
            noise = (one * (1 - one) / len(parts[0]) + other * (1 - other) / len(parts[1])) * self.scale**2
            left = (((one - other) * self.scale) ** 2 - noise).sum()
            found.append(left / np.sqrt(2 * (noise**2).sum()))
        return max(1.0, float(np.sqrt(np.mean(np.square(found)))))

    @cached_property
    def topic_shares(self) -> Array:
        """(1 + G, K) shares of each writer's documents by topic."""
        kinds = self.topics.centres.shape[1]
        each = [
            np.bincount(self.topics.own[self.groups == g], self.weights[self.groups == g], kinds)
            for g in range(HUMAN, len(self.names) + 1)
        ]
        return np.array([many / many.sum() for many in each])


def find_rates(matrix: csr_array, weights: Array, groups: Integers) -> Array:
    """(1 + G, V) shares of each writer's passages, by weight, that have each feature."""
    each = [weights * (groups == g) for g in range(groups.max() + 1)]
    return np.array([np.asarray(matrix.T @ (own / own.sum())) for own in each])
