"""Slices: what parts of a corpus say of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kellet.evidence import Array

NINETY = 1.645
"""Standard errors from the middle of an interval of 90 % to its ends."""
FINEST = 0.002
"""A standard error that is no smaller: shares are told no finer."""


@dataclass(frozen=True, eq=False)
class Pooled:
    r"""Shares of slices (S,), drawn towards each other.

    shares, low, high: (S,).  mean, spread: of the law that slices' true shares seem to follow.  chance: how often
    slices would differ as much if their true shares were all the same.
    """

    shares: Array
    low: Array
    high: Array
    mean: float
    spread: float
    chance: float


def pool(shares: Sequence[float], low: Sequence[float], high: Sequence[float]) -> Pooled:
    r"""Random effects: :math:`y_i \sim N(\theta_i, s_i^2)`, :math:`\theta_i \sim N(\mu, \tau^2)`, with
    :math:`\tau^2 = \max(0, (Q - (S - 1)) / (\sum w - \sum w^2 / \sum w))`, :math:`w = 1 / s^2`.

    shares, low, high: (S,), with intervals of 90 %.

    R. DerSimonian and N. Laird, Control. Clin. Trials 7:177 (1986).

    >>> found = pool([0.1, 0.3], [0.0, 0.2], [0.2, 0.4])
    >>> found.shares.round(2).tolist(), round(found.mean, 2), round(found.spread, 2), round(found.chance, 2)
    ([0.12, 0.28], 0.2, 0.13, 0.02)
    """
    from scipy.stats import chi2

    y = np.asarray(shares, np.float64)
    # The wider side: the other one may be cut off at 0 or 1.
    wide = np.maximum(np.asarray(high) - y, y - np.asarray(low))
    variance = np.maximum(wide / NINETY, FINEST) ** 2
    weight = 1 / variance
    centre = (weight @ y) / weight.sum()
    quotient, degrees = float(weight @ (y - centre) ** 2), len(y) - 1
    between = max(0.0, (quotient - degrees) / (weight.sum() - weight @ weight / weight.sum())) if degrees else 0.0
    total = 1 / (variance + between)
    mean = float(total @ y / total.sum())
    # How much of a slice is taken from the others.
    taken = variance / (variance + between)
    pooled = taken * mean + (1 - taken) * y
    error = np.sqrt((1 - taken) * variance + taken**2 / total.sum())
    lower, upper = (np.clip(pooled + side * NINETY * error, 0.0, 1.0) for side in (-1, 1))
    chance = float(chi2.sf(quotient, degrees)) if degrees else 1.0
    return Pooled(pooled, lower, upper, mean, float(np.sqrt(between)), chance)
