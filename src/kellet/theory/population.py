r"""The normal family on data: real points come from finite stocks, drawn without replacement.

With data there is no law to draw from: the first generation draws from one stock of real points (the training
split), the anchor from another (the reserve), and over generations its points come back. Given the stocks, the first
two moments of the loop still obey an exact linear recursion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kellet.theory.numbers import Array


@dataclass(frozen=True)
class Stock:
    """A finite stock of real points. mean: (d,); spread: the trace of its covariance with divisor ``size``."""

    mean: Array
    spread: float
    size: int

    def wander(self, n: int) -> float:
        r"""Total variance of the mean of n points drawn without replacement, :math:`s (N-n) / (n (N-1))`."""
        return self.spread * (self.size - n) / (n * (self.size - 1)) if n else 0.0

    def scatter(self, n: int) -> float:
        r"""Expected scatter of n points drawn without replacement, :math:`s N (n-1) / (N-1)`."""
        return self.spread * self.size * (n - 1) / (self.size - 1) if n else 0.0


def normal_curves(
    generations: int,
    n: int,
    training: Stock,
    reserve: Stock,
    *,
    k: int = 0,
    draw: Literal["fresh", "fixed"] = "fresh",
    accumulate: bool = False,
    shrink: float = 1.0,
) -> tuple[Array, Array, Array]:
    r"""E mean (T, d), total variance of the mean (T,) and E total variance of the model (T,), for T fits.

    Maximum likelihood of a normal law, n points per generation, k of them real from the reserve: drawn anew each
    generation, or the fixed same ones (which are then part of the first generation too). A new batch of m = n - k
    written points of mean :math:`\mu + e` and k real ones of mean r joins a past of N points (0 when each generation
    replaces the last) with mean :math:`\mu` and variance S per point:

    .. math:: T S' = (N+m) S + c + k g - \frac{m S + k^2 g}{T}, \qquad g = E|r - \mu|^2,\; T = N + m + k,

    c the expected scatter of the real points.  shrink: the sampler multiplies the variance of what is written by this
    factor (a temperature does), and mS becomes that much smaller. Derived here; sampling without replacement as in
    Cochran, Sampling Techniques (1977), chapter 2.

    >>> stock = Stock(np.zeros(1), 1.0, 10**9)
    >>> normal_curves(3, 10, stock, stock)[2].round(4)
    array([0.9  , 0.81 , 0.729])
    """
    v, c = reserve.wander(k), reserve.scatter(k)
    first = k if draw == "fixed" else 0
    share = first / n
    mean = share * reserve.mean + (1 - share) * training.mean
    wander = share**2 * v + (1 - share) ** 2 * training.wander(n - first)
    gap = reserve.mean - training.mean
    between = float(gap @ gap) + v + training.wander(n - first) if 0 < first < n else 0.0
    inside = (c if first else 0.0) + training.scatter(n - first)
    spread = (inside + first * (1 - share) * between) / n
    common = share * v
    past = n if accumulate else 0
    means, wanders, spreads = [mean], [wander], [spread]
    for _ in range(generations - 1):
        m, total = n - k, past + n
        step = k / total
        g = float((reserve.mean - mean) @ (reserve.mean - mean)) + v + wander - 2 * common if k else 0.0
        written = m * shrink * spread
        new = (past * spread + written + c + k * g - (written + k**2 * g) / total) / total
        wander = (1 - step) ** 2 * wander + written / total**2 + step**2 * v + 2 * (1 - step) * step * common
        common = (1 - step) * common + step * v if draw == "fixed" else 0.0
        mean = mean + step * (reserve.mean - mean)
        spread = new
        past = total if accumulate else 0
        means.append(mean)
        wanders.append(wander)
        spreads.append(spread)
    return np.array(means), np.array(wanders), np.array(spreads)
