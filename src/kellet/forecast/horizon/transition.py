"""Two categories and few points: every state and every chance of going from one to another, exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from kellet.evidence import Array, Integers, Sums
from kellet.families import Bernoulli
from kellet.laws.averages import MeanLaw
from kellet.loop.anchors import Anchor, AnyAnchor
from kellet.loop.numbers import Closing


@dataclass(frozen=True, eq=False)
class Lattice:
    """A law on finitely many numbers.  values: (S,), increasing.  chances: (S,), sum 1."""

    values: Array
    chances: Array

    def cdf(self, x: ArrayLike) -> Array:
        """P(value <= x)."""
        steps = np.concatenate([[0.0], np.cumsum(self.chances)])
        # A value that was computed otherwise, and differs by a rounding, is still that value.
        return steps[np.searchsorted(self.values, np.asarray(x) * (1 + 1e-12), side="right")]

    def ppf(self, q: ArrayLike) -> Array:
        """The smallest value with P(value or less) >= q."""
        return self.values[self._at(np.asarray(q))]

    def sample(self, rng: Generator, size: int) -> Array:
        """(size,): draws."""
        return self.values[self.states(rng, size)]

    def states(self, rng: Generator, size: int) -> Integers:
        """(size,): which values were drawn, by position."""
        return self._at(rng.random(size))

    def _at(self, q: Array) -> Integers:
        steps = np.cumsum(self.chances)
        return np.asarray(np.minimum(np.searchsorted(steps / steps[-1], q, side="left"), len(steps) - 1))


@dataclass(frozen=True, eq=False)
class Chain:
    """A Bernoulli loop as a Markov chain over the number of successes among n points of ``trials`` each.

    k: fresh real points, with mean ``truth``.  A prior of the family is part of how it learns.
    """

    family: Bernoulli
    n: int
    k: int
    truth: float
    _powers: list[Array] = field(default_factory=list, repr=False)

    @property
    def means(self) -> Array:
        """(S,): the mean that each number of successes teaches."""
        states = np.arange(self.n * self.family.trials + 1.0)
        return self.family.fit(Sums(float(self.n), states)).mean

    @property
    def matrix(self) -> Array:
        """(S, S): chances from one state to the next."""
        from kellet.theory.categorical import binomial

        trials = self.family.trials
        written = binomial((self.n - self.k) * trials, self.means / trials)
        if self.k == 0:
            return written
        genuine = binomial(self.k * trials, self.truth / trials)
        return np.array([np.convolve(row, genuine) for row in written])

    def settle(self) -> Array:
        """(S,): the stationary law."""
        matrix = self.matrix
        balance = matrix.T - np.eye(len(matrix))
        balance[-1] = 1.0
        law = np.maximum(np.linalg.solve(balance, np.append(np.zeros(len(matrix) - 1), 1.0)), 0.0)
        return np.asarray(law / law.sum())

    def step(self, mean: Array, rng: Generator) -> Integers:
        """(R,): the states one generation after models of any mean."""
        trials = self.family.trials
        states = rng.binomial((self.n - self.k) * trials, mean / trials)
        return states + rng.binomial(self.k * trials, self.truth / trials, len(mean)) if self.k else states

    def walk(self, states: Integers, generations: int, rng: Generator) -> Integers:
        """(R,): the states so many generations later: a draw for each binary digit of their number."""
        for digit in range(generations.bit_length()):
            if generations >> digit & 1:
                steps = np.cumsum(self._power(digit), axis=1)[states]
                drawn = rng.random(len(states)) * steps[:, -1]
                states = (steps <= drawn[:, None]).sum(axis=1)
        return states

    def model(self, states: Integers) -> MeanLaw:
        """The models that states teach."""
        return self.family.law(self.means[states])

    def _power(self, digit: int) -> Array:
        """(S, S): chances over 2^digit generations, squared again and again; rows are kept at sum 1."""
        while len(self._powers) <= digit:
            next_one = self.matrix if not self._powers else self._powers[-1] @ self._powers[-1]
            self._powers.append(next_one / next_one.sum(axis=1, keepdims=True))
        return self._powers[digit]


def build_chain(
    family: Closing, truth: Any, size: int | tuple[int, ...], anchor: AnyAnchor | None, most: int
) -> Chain | None:
    """The loop as a chain of at most ``most`` + 1 states; None where it isn't one, or a larger one."""
    if not isinstance(family, Bernoulli) or not isinstance(size, int) or size * family.trials > most:
        return None
    anchor = Anchor(0) if anchor is None else anchor
    if anchor.random:
        return None
    dose = anchor.dose(size, 0)
    if not dose.count:
        return Chain(family, size, 0, 0.0)
    plain = anchor.draw == "fresh" and anchor.every == 1 and dose.weight == 1.0
    return Chain(family, size, dose.clean, float(truth.mean[0])) if plain else None
