"""Ising models with a field for every spin and a coupling for every pair, over all 2^N states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Integers, Points, Sums
from kellet.laws.frequencies import Frequencies, multinomial, normalise
from kellet.laws.room import blocks


@dataclass(frozen=True, eq=False)
class SpinGlass:
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

    of_statistic: ClassVar[bool] = True

    @property
    def absorbed(self) -> NDArray[np.bool_]:
        """(R,): the law knows one state only."""
        if self.support is None:
            return np.zeros(len(self.theta), dtype=bool)
        return self.support.sum(axis=1) == 1  # type: ignore[no-any-return]

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
