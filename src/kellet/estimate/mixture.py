"""Mixtures: which shares of human and model text a corpus's scores agree with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kellet.evidence import Array

GRID = np.concatenate([[0.0], np.geomspace(0.002, 0.05, 9), np.linspace(0.07, 1, 47)])
"""Shares that are tried."""
STEPS, LOOK, ENOUGH, RELAXED = 1000, 25, 0.01, 1.8
"""At most so many steps; each so many it is seen whether a log-likelihood still rises by more; and how far a step goes
beyond expectation and maximisation, which have 1."""
DROP = 1.353
"""How far below its maximum the log-likelihood lies at the ends of an interval of 90 %: half of the 90 % point of the
chi-squared law of one degree."""


@dataclass(frozen=True, eq=False)
class Fit:
    """The likelihood of each share, the models' shares among model text being those that suit best.

    logs: (len(GRID),), its logarithm.  weights: (len(GRID), K).
    """

    logs: Array
    weights: Array

    def temper(self, part: float) -> Fit:
        """The same by fewer documents, such as laws are worth that are known by few themselves."""
        return Fit(part * self.logs, self.weights)

    @cached_property
    def peak(self) -> tuple[float, float]:
        """The share that suits best, and the log-likelihood there: of the parabola through the best and its
        neighbours."""
        best = int(self.logs.argmax())
        if not 0 < best < len(GRID) - 1:
            return float(GRID[best]), float(self.logs[best])
        near = slice(best - 1, best + 2)
        bend, slope, _ = np.polyfit(GRID[near] - GRID[best], self.logs[near] - self.logs[best], 2)
        step = float(-slope / (2 * bend)) if bend < 0 else 0.0
        return float(GRID[best]) + step, float(self.logs[best]) + slope * step / 2

    @property
    def share(self) -> float:
        """The share that suits best."""
        return self.peak[0]

    @property
    def interval(self) -> tuple[float, float]:
        """Shares that a corpus agrees with, 90 of 100 times."""
        best, level = self.peak
        inside = np.append(np.flatnonzero(self.logs >= level - DROP), [np.searchsorted(GRID, best)])
        first, last = int(inside.min()), int(inside.max())
        low, high = min(best, float(GRID[first])), max(best, float(GRID[last]))
        if first:
            low = min(best, self._cross(first - 1, first, level - DROP))
        if last < len(GRID) - 1:
            high = max(best, self._cross(last + 1, last, level - DROP))
        return low, high

    def _cross(self, outer: int, inner: int, level: float) -> float:
        """Where the log-likelihood reaches a level between two neighbours."""
        rise = self.logs[inner] - self.logs[outer]
        part = (level - self.logs[outer]) / rise if rise > 0 else 1.0
        return float(GRID[outer] + np.clip(part, 0, 1) * (GRID[inner] - GRID[outer]))


def fit(counts: Array, human: Array, models: Array) -> Fit:
    r"""The profile likelihood of a mixture, :math:`\sum_b c_b \log((1-\alpha) h_b + \alpha \sum_k w_k m_{kb})`.

    counts: (B,), documents of a corpus in each bin.  human: (B,), models: (K, B), laws.  The weights are found by
    over-relaxed expectation and maximisation: B. C. Peters and H. F. Walker, SIAM J. Appl. Math. 35:362 (1978).

    >>> found = fit(np.array([75.0, 25.0]), np.array([0.9, 0.1]), np.array([[0.0, 1.0]]))
    >>> round(found.share, 2), [round(end, 2) for end in found.interval]
    (0.17, [0.09, 0.25])
    """
    share = GRID[:, None]
    weights = np.full((len(GRID), len(models)), 1 / len(models))
    base, logs = (1 - share) * human, np.full(len(GRID), -np.inf)
    for step in range(STEPS):
        law = np.maximum(base + share * (weights @ models), 1e-300)
        if step % LOOK == 0:
            before, logs = logs, np.log(law) @ counts
            if len(models) == 1 or (logs - before).max() < ENOUGH:
                break
        weights = weights * ((counts / law) @ models.T) ** RELAXED
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)
    return Fit(logs, weights)
