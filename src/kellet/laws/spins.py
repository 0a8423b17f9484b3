"""Ising models: spins that are all alike, where what matters is how many point up, and spins each of its own kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Integers, Points, Sums
from kellet.laws.counts import binomial, multinomial
from kellet.laws.frequencies import Frequencies, normalise
from kellet.laws.room import blocks

Couplings = Literal["none", "common"]


class Spins:
    """What both laws share.  theta: (R, p), the natural parameters.  support: what a law on the edge still knows."""

    theta: Array
    support: NDArray[np.bool_] | None
    of_statistic: ClassVar[bool] = True

    @property
    def absorbed(self) -> NDArray[np.bool_]:
        """(R,): the law knows one level or state only, and every later generation will know no other; a level between
        all spins down and all up is still written in any order.
        """
        return np.zeros(len(self.theta), dtype=bool) if self.support is None else self.support.sum(axis=1) == 1


@dataclass(frozen=True, eq=False)
class Ising(Spins):
    r"""N spins, +1 or -1, in one field, each pair coupled alike or not at all.

    .. math:: p(s) \propto \exp\Big(\theta_1 \sum_i s_i + \theta_2 \sum_{i<j} s_i s_j\Big)

    theta: (R, p), field and, with couplings "common", coupling; p = 1 or 2.  support: (R, N + 1), where a law has come
    to lie on the edge of the model (all spins up, say), the numbers of up spins that it still knows; None where none
    has.  collapsed: (R,), where nothing could be learnt, or None.

    The sum M of the spins takes N + 1 values, and the statistics, M and :math:`(M^2-N)/2`, are functions of it: over n
    configurations their totals are multinomial over N + 1 levels (binomial in n N spins without couplings), at a cost
    that does not depend on n.  Points are (R, n, N).

    >>> law = Ising(3, "common", np.array([[0.0, 0.0], [0.0, 1.0]]))
    >>> law.levels.round(3)
    array([[0.125, 0.375, 0.375, 0.125],
           [0.474, 0.026, 0.026, 0.474]])
    """

    spins: int
    couplings: Couplings
    theta: Array
    support: NDArray[np.bool_] | None = None
    collapsed: NDArray[np.bool_] | None = None

    @cached_property
    def levels(self) -> Array:
        """(R, N + 1): the probabilities of 0 to N spins up."""
        logs = multiplicities(self.spins) + self.theta @ statistics(self.spins, self.couplings).T
        if self.support is not None:
            logs = np.where(self.support, logs, -np.inf)
        return normalise(logs)[1]

    @property
    def mean(self) -> Array:
        """(R, p): of the statistics of one configuration."""
        if self.couplings == "none":
            return self.spins * (self._share(1.0) - self._share(-1.0))[:, None]
        return self.levels @ statistics(self.spins, self.couplings)

    @property
    def variance(self) -> Array:
        """(R, p): of each statistic of one configuration."""
        if self.couplings == "none":
            return 4 * self.spins * (self._share(1.0) * self._share(-1.0))[:, None]
        apart = statistics(self.spins, self.couplings) - self.mean[:, None]
        return np.einsum("rl,rlp->rp", self.levels, apart * apart)  # type: ignore[no-any-return]

    def sample(self, n: int, rng: Generator) -> Points:
        size = (len(self.theta), n, self.spins)
        if self.couplings == "none":
            up = rng.random(size) < self._share(1.0)[:, None, None]
        else:
            left = Frequencies(self.levels).sample(n, rng).values
            up = np.empty(size, dtype=bool)
            for i in range(self.spins):
                up[:, :, i] = rng.random(size[:2]) * (self.spins - i) < left
                left = left - up[:, :, i]
        return Points(2 * up.astype(np.int64) - 1)

    def statistics(self, n: int | Integers, rng: Generator) -> Sums:
        count = n.astype(np.float64) if isinstance(n, np.ndarray) else float(n)
        if self.couplings == "none":
            spins = np.asarray(count * self.spins)
            total = (2 * binomial(spins, self._share(1.0), rng) - spins)[:, None]
        else:
            total = multinomial(n, self.levels, rng).astype(np.float64) @ statistics(self.spins, self.couplings)
        return Sums(count, total)

    def _share(self, sign: float) -> Array:
        """(R,): without couplings, the probability of a spin to be +1 or -1."""
        from scipy.special import expit

        share: Array = expit(2 * sign * self.theta[:, 0])
        if self.support is None:
            return share
        edge = self.support[:, -1 if sign > 0 else 0]
        return np.where(self.absorbed, edge.astype(np.float64), share)


def statistics(spins: int, couplings: Couplings) -> Array:
    """(N + 1, p): the statistics of a configuration with 0 to N spins up.

    >>> statistics(2, "common")
    array([[-2.,  1.],
           [ 0., -1.],
           [ 2.,  1.]])
    """
    total = 2.0 * np.arange(spins + 1) - spins
    return np.stack([total, (total * total - spins) / 2], axis=1)[:, : 1 if couplings == "none" else 2]


def multiplicities(spins: int) -> Array:
    """(N + 1,): logarithms of how many configurations have 0 to N spins up."""
    from scipy.special import gammaln

    up = np.arange(spins + 1)
    return gammaln(spins + 1) - gammaln(up + 1) - gammaln(spins - up + 1)  # type: ignore[no-any-return]


@dataclass(frozen=True, eq=False)
class SpinGlass(Spins):
    r"""N spins, +1 or -1, with fields and pair couplings of their own.

    .. math:: p(s) \propto \exp\Big(\sum_i h_i s_i + \sum_{i<j} J_{ij} s_i s_j\Big)

    theta: (R, p), the N fields, then the couplings of the pairs (0,1), (0,2), ..., (1,2), ...; p = N(N+1)/2.
    support: (R, 2^N), where a law has come to lie on the edge of the model, the states that it still knows; None where
    none has.  collapsed: (R,), where nothing could be learnt, or None.

    Statistics of n configurations: multinomial counts of the 2^N states, summed.  All sums over states are fast
    Walsh-Hadamard transforms, N 2^N additions each.  In the number of a state, bit i is set where spin i points down.
    Points are (R, n, N).

    >>> law = SpinGlass(2, np.array([[0.0, 0.0, 0.5]]))
    >>> law.mean.round(3), np.tanh(0.5).round(3)
    (array([[0.   , 0.   , 0.462]]), np.float64(0.462))
    """

    spins: int
    theta: Array
    support: NDArray[np.bool_] | None = None
    collapsed: NDArray[np.bool_] | None = None

    def states(self, rows: slice) -> Array:
        """(b, 2^N): the probabilities of all states, for these replicates."""
        return tilt(self.spins, self.theta[rows], None if self.support is None else self.support[rows])[1]

    @property
    def mean(self) -> Array:
        """(R, p): of the statistics of one configuration, the spins and their products by pairs."""
        which = masks(self.spins)
        return np.concatenate([hadamard(self.states(rows))[:, which] for rows in self._blocks()])

    @property
    def variance(self) -> Array:
        """(R, p): of each statistic of one configuration."""
        return 1 - self.mean**2

    def sample(self, n: int, rng: Generator) -> Points:
        drawn = [Frequencies(self.states(rows)).sample(n, rng).values for rows in self._blocks()]
        return Points(1 - 2 * (np.concatenate(drawn)[..., None] >> np.arange(self.spins) & 1))

    def statistics(self, n: int | Integers, rng: Generator) -> Sums:
        which, total = masks(self.spins), np.empty_like(self.theta)
        for rows in self._blocks():
            counts = multinomial(n[rows] if isinstance(n, np.ndarray) else n, self.states(rows), rng)
            total[rows] = hadamard(counts.astype(np.float64))[:, which]
        return Sums(n.astype(np.float64) if isinstance(n, np.ndarray) else float(n), total)

    def _blocks(self) -> Iterator[slice]:
        return blocks(len(self.theta), 1 << self.spins)


def masks(spins: int) -> NDArray[np.int64]:
    """(p,): the bits of the spins, then those of the pairs.

    >>> masks(3)
    array([1, 2, 4, 3, 5, 6])
    """
    bits = 1 << np.arange(spins)
    first, second = np.triu_indices(spins, 1)
    return np.concatenate([bits, bits[first] | bits[second]])


def hadamard(values: Array) -> Array:
    r"""The Walsh-Hadamard transform :math:`\hat f(m) = \sum_s (-1)^{|m \wedge s|} f(s)` of each row of (b, 2^N).

    Applied to probabilities it gives the mean of every product of spins; applied to the coefficients of an energy, the
    energy of every state.

    >>> hadamard(np.array([[1.0, 2.0, 3.0, 4.0]]))
    array([[10., -2., -4.,  0.]])
    """
    rows, size = values.shape
    now, then = values.copy(), np.empty_like(values)
    width = 1
    while width < size:
        pairs, into = now.reshape(rows, -1, 2, width), then.reshape(rows, -1, 2, width)
        np.add(pairs[:, :, 0], pairs[:, :, 1], out=into[:, :, 0])
        np.subtract(pairs[:, :, 0], pairs[:, :, 1], out=into[:, :, 1])
        now, then, width = then, now, 2 * width
    return now


def tilt(spins: int, theta: Array, support: NDArray[np.bool_] | None) -> tuple[Array, Array]:
    """Logarithms of the sums of states (b,), and the probabilities of the states (b, 2^N)."""
    logs = np.zeros((len(theta), 1 << spins))
    logs[:, masks(spins)] = theta
    logs = hadamard(logs)
    if support is not None:
        logs[~support] = -np.inf
    return normalise(logs)
