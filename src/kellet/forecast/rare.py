"""What becomes of rare categories."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlog1py

from kellet.evidence import Array
from kellet.forecast.table import CHAIN, COALESCENT, COUNTING, GENEALOGY, MARTINGALE, Rare, loop_of
from kellet.loop.anchors import AnyAnchor
from kellet.loop.numbers import Closing
from kellet.theory import Loop, chain, coverage


def expect_survival(family: Closing, *, size: int, anchor: AnyAnchor, p: ArrayLike) -> Array:
    """Chance that a settled training set has a category of probability p, as in `Rare.kept`.  p: any shape.

    >>> import kellet
    >>> from kellet.families import Categorical
    >>> expect_survival(Categorical(), size=10**6, anchor=kellet.Anchor(10), p=[0.1, 0.001]).round(2)
    array([1. , 0.2])
    """
    return _survive(loop_of(family, size, 1, anchor), np.asarray(p, dtype=np.float64))


def behind(loop: Loop) -> float:
    """Independent real draws behind a settled training set."""
    if loop.bank == loop.k:
        return loop.bank
    settled = float(coverage.effective_draws(loop.n, loop.k))
    return float(-loop.bank * np.expm1(-settled / loop.bank)) if loop.bank else settled


def _survive(loop: Loop, p: float | Array) -> Array:
    if not loop.k:
        # One category is left in the end, each with its own probability.
        return np.asarray(p)
    return _show_chance(float(coverage.effective_draws(loop.n, loop.k)), p, loop)


def rare_of(loop: Loop, p: float, generations: int | None) -> Rare:
    """What becomes of one category."""
    n, k, fixed = loop.n, loop.k, loop.bank == loop.k
    fewest, kept = coverage.points_for_types(p, n), float(_survive(loop, p))
    points = fewest if np.isfinite(fewest) else None
    if generations is None:
        if k and not fixed:
            return Rare(p, kept, None, points, "approximation", GENEALOGY)
        return Rare(p, kept, None, points, "exact", COUNTING if fixed else MARTINGALE)
    if not k:
        left = float(chain.survival([p], int(n), [generations + 1])[0, 0])
        exact = n <= chain.MOST
        return Rare(p, kept, left, points, "exact" if exact else "approximation", CHAIN if exact else COALESCENT)
    anchored, first = (float(number) for number in coverage.draws(n, k, generations + 1))
    if fixed:
        # They are part of the first fit, and need no ancestors.
        there, first = kept, (1 - k / n) * first
    else:
        there = min(float(_show_chance(anchored, p, loop)), kept)
    left = 1 - (1 - there) * (1 - float(_show_chance(first, p)))
    return Rare(p, kept, left, points, "approximation", GENEALOGY)


def _show_chance(draws: float, p: float | Array, loop: Loop | None = None) -> Array:
    """Chance that so many real draws, made from the loop's bank if it has one, show a category."""
    if loop is None or loop.bank is None:
        return np.asarray(-np.expm1(xlog1py(draws, -np.asarray(p))))
    seen = p if loop.bank == loop.k else -p * np.expm1(-draws / loop.bank)
    with np.errstate(divide="ignore"):
        return np.asarray(-np.expm1(loop.bank * np.log1p(-seen)))
