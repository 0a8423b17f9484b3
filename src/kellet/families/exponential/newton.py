"""Newton's method, batched: every replicate walks on its own and stops on its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array

Numbers = NDArray[np.intp]
"""Which of the replicates are still walking: positions, increasing."""
STILL = 1e-9
"""A Newton step below this is the last one: it leaves an error of about its square."""


def rise(function: Callable[[Array, Numbers], tuple[Array, Array]], start: Array, iterations: int = 100) -> Array:
    """Roots (B,) of B increasing functions of a logarithm.

    function: (y, rows) -> (values, slopes) of the functions numbered ``rows`` at y, all of that shape.  Newton steps,
    held between the nearest points known to lie below and above the root; where a step would leave them, half way
    between is taken instead, so that nothing can diverge.

    >>> print(np.exp(rise(lambda y, rows: (np.exp(y) - 5, np.exp(y)), np.zeros(1))).round(12))
    [5.]
    """
    at = start.copy()
    low, high = np.full(len(at), -750.0), np.full(len(at), 750.0)
    rows = np.arange(len(at))
    for _ in range(iterations):
        here = at[rows]
        value, slope = function(here, rows)
        low[rows] = np.where(value < 0, here, low[rows])
        high[rows] = np.where(value > 0, here, high[rows])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            there = here - value / slope
        inside = (there >= low[rows]) & (there <= high[rows])
        there = np.where(inside, there, (low[rows] + high[rows]) / 2)
        at[rows] = there
        rows = rows[(abs(there - here) > STILL) & (value != 0)]
        if not rows.size:
            break
    return at


def balance(function: Callable[[Array, Numbers], tuple[Array, Array]], start: Array, iterations: int = 100) -> Array:
    """Roots (B, p) of B systems of p equations in p unknowns.

    function: (y, rows) -> (values (b, p), slopes (b, p, p)), the slope of equation i along unknown j at [i, j].  Newton
    steps, none longer than 1 in any unknown.
    """
    at = start.copy()
    rows = np.arange(len(at))
    for _ in range(iterations):
        values, slopes = function(at[rows], rows)
        moves = np.linalg.solve(slopes, values[..., None])[..., 0]
        longest = abs(moves).max(axis=1)
        at[rows] -= moves / np.maximum(longest, 1.0)[:, None]
        rows = rows[longest > STILL]
        if not rows.size:
            break
    return at


def match(
    law: Callable[[Array, Numbers], tuple[Array, Array, Array]], target: Array, start: Array, iterations: int = 200
) -> Array:
    r"""Natural parameters (B, p) at which B exponential families have the given means of their statistics.

    The maximum of the concave :math:`\theta\cdot\bar t - \ln Z(\theta)`.  law: (theta, rows) -> (ln Z (b,),
    means (b, p), covariances (b, p, p)).  target: (B, p).  Newton steps, halved where they would go down.  Statistics
    that a family holds constant are left alone.  Where the target lies on the edge of what is possible, the parameters
    run off until less than about 1e-16 of the law remains off that edge.
    """
    at, towards = start.copy(), start.copy()
    best = np.full(len(at), -np.inf)
    last = np.zeros(len(at), dtype=bool)
    rows = np.arange(len(at))
    for _ in range(iterations):
        there = towards[rows]
        height, mean, covariance = law(there, rows)
        score = np.einsum("bp,bp->b", there, target[rows]) - height
        good = score >= best[rows] - 1e-13 * (1 + abs(height))
        up = rows[good]
        at[up], best[up] = there[good], score[good]
        towards[rows[~good]] = (at[rows[~good]] + there[~good]) / 2
        gap, slopes = target[up] - mean[good], covariance[good]
        slopes[:, range(gap.shape[1]), range(gap.shape[1])] += 1e-13
        move = np.linalg.solve(slopes, gap[..., None])[..., 0]
        towards[up] = there[good] + move
        small = abs(move).max(axis=1) < 1e-12 * (1 + abs(there[good]).max(axis=1))
        last[up] = small | (np.einsum("bp,bp->b", gap, move) < 1e-16)
        stuck = ~good & (abs(towards[rows] - at[rows]).max(axis=1) < 1e-14)
        rows = rows[~last[rows] & ~stuck]
        if not rows.size:
            break
    return np.where(last[:, None], towards, at)
