"""Ising models whose spins are all alike: what matters is how many point up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Integers, Points, Sums
from kellet.laws.frequencies import Frequencies, multinomial, normalise

Couplings = Literal["none", "common"]


@dataclass(frozen=True, eq=False)
class Ising:
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

    of_statistic: ClassVar[bool] = True

    @property
    def absorbed(self) -> NDArray[np.bool_]:
        """(R,): the law knows one level only, and every later generation will know no other."""
        if self.support is None:
            return np.zeros(len(self.theta), dtype=bool)
        return self.support.sum(axis=1) == 1  # type: ignore[no-any-return]

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
            spins = n * self.spins
            total = (2 * rng.binomial(spins, self._share(1.0)) - spins).astype(np.float64)[:, None]
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
