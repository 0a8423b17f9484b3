"""Laws over a finite set, with exact counts at any number of draws."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Counts, Integers, Points


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


def multinomial(n: int | Integers, probabilities: Array, rng: Generator) -> NDArray[np.int64]:
    r"""Exact multinomial counts (R, A) of n draws from each row of probabilities (R, A).

    Over many categories: Poisson counts of total mean :math:`n - 4\sqrt n` nearly always fall short of n, and given
    their total they are multinomial; what is missing, about :math:`4\sqrt n`, is drawn the same way, and the last
    few singly by inversion. That is twice as quick as NumPy's conditional binomials, which are taken where they are
    quicker: few categories, or so many draws that the top-up would need several rounds.

    >>> multinomial(10**15, np.array([[0.5, 0.25, 0.25]]), np.random.default_rng(0)).sum()
    np.int64(1000000000000000)
    """
    replicates, size = probabilities.shape
    if _count_rounds(float(np.max(n)), size) > 1.8:
        return rng.multinomial(n, probabilities)
    counts = np.zeros((replicates, size), dtype=np.int64)
    missing = np.full(replicates, n, dtype=np.int64)
    while (active := np.flatnonzero(missing > 2 * size)).size:
        wanted = missing[active]
        drawn = rng.poisson((wanted - 4 * np.sqrt(wanted))[:, None] * probabilities[active])
        total = drawn.sum(axis=1)
        fits = total <= wanted
        counts[active[fits]] += drawn[fits]
        missing[active[fits]] -= total[fits]
    counts += np.bincount(invert(probabilities, missing, rng), minlength=counts.size).reshape(counts.shape)
    return counts


def _count_rounds(n: float, size: int) -> float:
    """What Poisson rounds and inversions cost, in Poisson draws a category (a conditional binomial costs about 1.8)."""
    rounds = 0.0
    while n > 2 * size:
        n, rounds = 4 * np.sqrt(n), rounds + 1
        if rounds > 1:
            break
    return rounds + 1.5 * n / size


def normalise(logs: Array) -> tuple[Array, Array]:
    """Logarithms (R,) of the sums of weights (R, A) whose logarithms are given, and their shares, in their place."""
    top = logs.max(axis=1, keepdims=True)
    logs -= top
    shares = np.exp(logs, out=logs)
    total = shares.sum(axis=1, keepdims=True)
    shares /= total
    return (top + np.log(total))[:, 0], shares


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


def invert(probabilities: Array, numbers: NDArray[np.int64], rng: Generator) -> NDArray[Any]:
    """Draw numbers[r] single categories from row r; returns r * A + category, row by row and ascending within a row."""
    replicates, size = probabilities.shape
    row = np.repeat(np.arange(replicates), numbers)
    steps = np.cumsum(probabilities, axis=1)
    steps /= steps[:, -1:]
    steps += np.arange(replicates)[:, None]
    points = np.sort(row + rng.random(len(row)))
    found = np.searchsorted(steps.ravel(), points, side="right")
    # A sum of steps may round a point past the last category of its row.
    return np.minimum(found, (row + 1) * size - 1)  # type: ignore[no-any-return]
