"""Laws over a finite set, with exact counts at any number of draws."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Counts, Integers, Points
from kellet.laws.counts import invert, multinomial


@dataclass(frozen=True, eq=False)
class Frequencies:
    """Laws over ``size`` categories.

    probabilities: (R, A), of the living categories, rows sum to 1.  categories: (A,), which ones live, or None for all.
    collapsed: (R,), where there was nothing to learn from, or None.
    The counts of n points are multinomial; a million of them cost what a hundred cost.
    """

    probabilities: Array
    categories: Integers | None = None
    size: int = 0
    collapsed: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if self.categories is None:
            object.__setattr__(self, "size", self.probabilities.shape[1])

    @cached_property
    def absorbed(self) -> NDArray[np.bool_]:
        """(R,): one category is left."""
        return np.asarray(np.count_nonzero(self.probabilities, axis=1) == 1)

    def sample(self, n: int, rng: Generator) -> Points:
        drawn = invert(self.probabilities, np.full(len(self.probabilities), n), rng)
        which = (drawn % self.probabilities.shape[1]).reshape(-1, n)
        which = rng.permuted(which, axis=1) if n > 1 else which
        return Points(which if self.categories is None else self.categories[which])

    def statistics(self, n: int | Integers, rng: Generator) -> Counts:
        return Counts(multinomial(n, self.probabilities, rng), self.categories, self.size)

    def dense(self) -> Array:
        """(R, size): the probabilities of all categories, dead ones too."""
        return Counts(self.probabilities, self.categories, self.size).dense()


def rarest(truth: Array, share: float) -> Array:
    """(V,): how much of each category's probability belongs to the rarest such share of all.

    Categories are taken from the rarest up until their mass reaches it; those tied with the last are taken in equal
    part.

    >>> rarest(np.array([0.9, 0.06, 0.04]), 0.1), rarest(np.full(4, 0.25), 0.1)
    (array([0.  , 0.06, 0.04]), array([0.025, 0.025, 0.025, 0.025]))
    """
    levels, of = np.unique(truth, return_inverse=True)
    mass = np.bincount(of, truth)
    before = np.concatenate([[0.0], np.cumsum(mass)[:-1]])
    with np.errstate(invalid="ignore", divide="ignore"):
        taken = np.where(levels > 0, np.clip((share - before) / mass, 0.0, 1.0), 0.0)
    return truth * taken[of]


def normalise(logs: Array) -> tuple[Array, Array]:
    """Logarithms (R,) of the sums of weights (R, A) whose logarithms are given, and their shares, in their place."""
    top = logs.max(axis=1, keepdims=True)
    logs -= top
    shares = np.exp(logs, out=logs)
    total = shares.sum(axis=1, keepdims=True)
    shares /= total
    return (top + np.log(total))[:, 0], shares


def reach(ranked: Array, p: float) -> NDArray[np.bool_]:
    """Which of the shares (R, A), falling in each row, are the fewest that together come to p, up to rounding.

    What comes behind is added up from the least on, so that p = 1 keeps whatever is there.

    >>> reach(np.array([[0.6, 0.3, 0.1, 0.0], [0.5, 0.5 - 1e-17, 1e-17, 0.0]]), 0.9)
    array([[ True,  True, False, False],
           [ True,  True, False, False]])
    >>> reach(np.array([[0.6, 0.4, 1e-17, 0.0]]), 1.0)
    array([[ True,  True,  True, False]])
    """
    behind = np.cumsum(ranked[:, ::-1], axis=1)[:, ::-1]
    first = np.arange(ranked.shape[1]) == 0
    return np.asarray(first | (behind > (1 - p) * (1 + 1e-12)))


def search(steps: Array, row: NDArray[np.integer], at: Array, side: Literal["left", "right"] = "right") -> Integers:
    """How many of the increasing steps (R, A), from 0 to 1 in each row, lie below each of ``at``, which belong to rows
    ``row``; both broadcast together, and all rows are searched at once.

    >>> search(np.array([[0.5, 1.0], [0.1, 1.0]]), np.array([[0], [1]]), np.array([[0.2, 0.7], [0.2, 0.7]]))
    array([[0, 1],
           [1, 1]])
    """
    # Row r climbs from r to r + 1.
    line = (steps + np.arange(len(steps))[:, None]).ravel()
    return np.asarray(np.searchsorted(line, row + at, side=side) - row * steps.shape[1])
