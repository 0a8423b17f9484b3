"""Mixtures: which shares of human and model text a corpus's scores agree with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kellet.evidence import Array

GRID = np.unique(np.concatenate([[0.0], np.geomspace(0.002, 0.05, 14), np.linspace(0.06, 1, 95)]))
"""Shares that are tried."""
STEPS = 400
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

    @cached_property
    def best(self) -> int:
        return int(self.logs.argmax())

    @property
    def share(self) -> float:
        """The share that suits best."""
        return float(GRID[self.best])

    @property
    def interval(self) -> tuple[float, float]:
        """Shares that a corpus agrees with, 90 of 100 times."""
        near = GRID[self.logs >= self.logs.max() - DROP]
        return float(near.min()), float(near.max())


def fit(counts: Array, human: Array, models: Array, temper: float = 1.0) -> Fit:
    r"""The profile likelihood of a mixture, :math:`\sum_b c_b \log((1-\alpha) h_b + \alpha \sum_k w_k m_{kb})`.

    counts: (B,), documents of a corpus in each bin.  human: (B,), models: (K, B), laws.  temper: what the
    log-likelihood is multiplied by, since the laws are known by as few documents as they are.

    >>> found = fit(np.array([75.0, 25.0]), np.array([0.9, 0.1]), np.array([[0.0, 1.0]]))
    >>> round(found.share, 2), [round(end, 2) for end in found.interval]
    (0.17, [0.1, 0.25])
    """
    share = GRID[:, None]
    weights = np.full((len(GRID), len(models)), 1 / len(models))
    for _ in range(STEPS if len(models) > 1 else 0):
        weights = weights * ((counts / ((1 - share) * human + share * (weights @ models))) @ models.T)
        weights /= weights.sum(axis=1, keepdims=True)
    law = (1 - share) * human + share * (weights @ models)
    logs = np.where(counts > 0, counts * np.log(np.maximum(law, 1e-300)), 0.0).sum(axis=1)
    return Fit(temper * logs, weights)
