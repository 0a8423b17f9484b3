r"""How often what happens happens, drawn rightly for up to 10^18 points.

NumPy's Poisson numbers scatter too much from a mean of 10^14 on (their variance is 1.04 times what it should be at
10^15, 1.6 times at 10^17; NumPy 2.4). Above `LARGE` they are drawn by arrivals instead: in a process of rate one the
m-th comes at a time X that is gamma distributed, and in the rest of :math:`\lambda` a Poisson number of mean
:math:`\lambda-X` follow. With m some :math:`10\sqrt\lambda` below :math:`\lambda` that is no longer large. Binomial and
multinomial counts are made of Poisson ones. So nothing is approximated but by rounding, to 128 of 10^18, whose standard
deviation is 10^9.

J. H. Ahrens and U. Dieter, Computer Methods for Sampling from Gamma, Beta, Poisson and Binomial Distributions,
Computing 12:223 (1974).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Integers

LARGE = 10**12
"""Up to here NumPy's own samplers are right, and taken."""


def poisson(mean: Array, rng: Generator, shape: tuple[int, ...] | None = None) -> Array:
    """Poisson counts, as floats, of means however large; shape: of the answer, which ``mean`` broadcasts to.

    >>> poisson(np.array([3.0, 1e25]), np.random.default_rng(0)).round(-15)
    array([0.e+00, 1.e+25])
    """
    if np.max(mean, initial=0.0) <= LARGE:
        return rng.poisson(mean, shape).astype(np.float64)
    mean = np.broadcast_to(mean, np.shape(mean) if shape is None else shape)
    arrived = np.where(mean > LARGE, np.floor(mean - 10 * np.sqrt(mean)), 0.0)
    # Ten standard deviations: that the m-th comes too late has a chance of 1e-23.
    return arrived + poisson(np.maximum(mean - rng.standard_gamma(arrived), 0.0), rng)


def binomial(n: float | Array | Integers, p: Array, rng: Generator, shape: tuple[int, ...] | None = None) -> Array:
    """Successes, as floats, in however many tries; n and p broadcast, to ``shape`` if one is given.

    >>> binomial(1e25, np.array([0.0, 0.5, 1.0]), np.random.default_rng(0)).round(-15)
    array([0.e+00, 5.e+24, 1.e+25])
    """
    if np.max(n, initial=0) <= LARGE:
        return rng.binomial(np.asarray(n, dtype=np.int64), p, shape).astype(np.float64)
    tries, p = np.broadcast_arrays(n, p) if shape is None else (np.broadcast_to(n, shape), np.broadcast_to(p, shape))
    left, share = tries.ravel().astype(np.float64), p.ravel()
    counts = np.zeros((len(left), 2))
    _top_up(counts, left, np.stack([share, 1 - share], axis=1), LARGE, rng)
    return (counts[:, 0] + rng.binomial(left.astype(np.int64), share)).reshape(tries.shape)


def multinomial(n: int | Integers, probabilities: Array, rng: Generator) -> NDArray[np.int64]:
    r"""Exact multinomial counts (R, A) of n draws from each row of probabilities (R, A).

    Over many categories: Poisson counts of total mean :math:`n - 4\sqrt n` nearly always fall short of n, and given
    their total they are multinomial; what is missing, about :math:`4\sqrt n`, is drawn the same way, and the last
    few singly by inversion. That is twice as quick as NumPy's conditional binomials, which are taken where they are
    quicker: few categories, or so many draws that the top-up would need several rounds.

    n: at most 10^18.

    >>> multinomial(10**18, np.array([[0.5, 0.25, 0.25]]), np.random.default_rng(0)).sum()
    np.int64(1000000000000000000)
    """
    replicates, size = probabilities.shape
    counts = np.zeros((replicates, size), dtype=np.int64)
    missing = np.full(replicates, n, dtype=np.int64)
    if missing.max(initial=0) > LARGE:
        _top_up(counts, missing, probabilities, LARGE, rng)
    if _count_rounds(float(missing.max(initial=0)), size) > 1.8:
        return counts + rng.multinomial(missing, probabilities)
    _top_up(counts, missing, probabilities, 2 * size, rng)
    counts += np.bincount(invert(probabilities, missing, rng), minlength=counts.size).reshape(counts.shape)
    return counts


def _top_up(counts: NDArray[Any], missing: NDArray[Any], probabilities: Array, few: int, rng: Generator) -> None:
    """Draw until at most ``few`` are missing in each row; counts (R, A) and missing (R,) are changed in place."""
    while (active := np.flatnonzero(missing > few)).size:
        wanted = missing[active]
        drawn = poisson((wanted - 4 * np.sqrt(wanted))[:, None] * probabilities[active], rng).astype(counts.dtype)
        total = drawn.sum(axis=1)
        fits = total <= wanted
        counts[active[fits]] += drawn[fits]
        missing[active[fits]] -= total[fits]


def _count_rounds(n: float, size: int) -> float:
    """What Poisson rounds and inversions cost, in Poisson draws a category (a conditional binomial costs about 1.8)."""
    rounds = 0.0
    while n > 2 * size:
        n, rounds = 4 * np.sqrt(n), rounds + 1
        if rounds > 1:
            break
    return rounds + 1.5 * n / size


def invert(probabilities: Array, numbers: NDArray[np.int64], rng: Generator) -> NDArray[Any]:
    """Draw numbers[r] single categories from row r; returns r * A + category, row by row and ascending within a row."""
    replicates, size = probabilities.shape
    row = np.repeat(np.arange(replicates), numbers)
    steps = np.cumsum(probabilities, axis=1)
    steps /= steps[:, -1:]
    steps += np.arange(replicates)[:, None]
    points = np.sort(row + rng.random(len(row)))
    found = np.searchsorted(steps.ravel(), points, side="right")
    # A sum of steps may round a point past the last category of its row.
    return np.minimum(found, (row + 1) * size - 1)  # type: ignore[no-any-return]
