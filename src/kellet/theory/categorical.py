r"""Frequencies refitted to their own samples: the Wright-Fisher model of population genetics.

The diversity 1 - sum p_i^2 decays by exactly 1 - 1/n per generation, and category i is the last one left with
probability p_i. For two categories everything is a matrix of n + 1 states; it is given here exactly, with or
without k fresh real points, for n up to a thousand or two.

Wright, Genetics 16:97 (1931); Ewens, Mathematical Population Genetics (2004), chapters 3 and 5.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.special import gammaln, xlog1py, xlogy

from kellet.theory.numbers import Array, Numbers, real


def heterozygosity(p: Numbers, n: Numbers, t: Numbers) -> Array:
    r"""E[1 - sum p_i^2] after t fits, the chance that two draws differ: :math:`(1-\sum p_i^2)(1-1/n)^t`.

    p: (V,) true probabilities.  n, t: broadcast; the answer has their shape.
    Wright (1931); for language models, Seddik et al., COLM (2024).

    >>> heterozygosity([0.5, 0.3, 0.2], 100, [0, 50]).round(4)
    array([0.62  , 0.3751])
    """
    p = real(p)
    return real((p * (1 - p)).sum() * np.exp(xlog1py(t, -1 / real(n))))[()]


def covariance(p: Numbers, n: float, t: float) -> Array:
    r"""Cov(p_i, p_j) over loops after t fits, (V, V): :math:`(p_i 1[i=j] - p_i p_j)(1-(1-1/n)^t)`.

    Wright (1931).

    >>> covariance([0.75, 0.25], 2, 1)
    array([[ 0.09375, -0.09375],
           [-0.09375,  0.09375]])
    """
    p = real(p)
    return real(-(np.diag(p) - np.outer(p, p)) * np.expm1(t * np.log1p(-1 / n)))[()]


def absorption_time(p: Numbers, n: Numbers) -> Array:
    r"""Mean number of fits until one category is left, by diffusion: :math:`-2n\sum(1-p_i)\ln(1-p_i)`.

    1.386 n for two equal categories, 2n for very many; about 1 % high at n = 100. Exactly, for two
    categories: `mean_absorption`. Ewens (2004), section 5.4.

    >>> print(f"{absorption_time([0.5, 0.5], 60):.2f}")
    83.18
    """
    p = real(p)
    return real(-2 * real(n) * real(xlog1py(1 - p, -p)).sum())[()]


def binomial(n: int, q: Numbers) -> Array:
    """Probabilities of 0..n successes with success probability q; the last axis is the count.

    >>> binomial(2, 0.5)
    array([0.25, 0.5 , 0.25])
    """
    q = real(q)[..., None]
    x = np.arange(n + 1)
    choose = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
    return real(np.exp(choose + xlogy(x, q) + xlog1py(n - x, -q)))[()]


def transition(n: int, k: int = 0, p: float = 0.0) -> Array:
    """One generation of two categories, (n + 1, n + 1): from one count of the first to the next.

    n: points per generation.  k: fresh real ones among them, with probability p of the first category.

    >>> transition(2)
    array([[1.  , 0.  , 0.  ],
           [0.25, 0.5 , 0.25],
           [0.  , 0.  , 1.  ]])
    """
    written = binomial(n - k, np.arange(n + 1) / n)
    if k == 0:
        return written
    genuine = binomial(k, p)
    return np.array([np.convolve(row, genuine) for row in written])


def laws(p: Numbers, sizes: Sequence[int], real_points: Sequence[int]) -> Iterator[Array]:
    """Exact laws, (V, n_t + 1), of the count of each category in the data of one fit after the other.

    p: (V,).  sizes: points of each fit.  real_points: how many of them are fresh real ones; of the first fit all are.

    >>> for law in laws([0.5], [2, 1, 1], [0, 0, 1]):
    ...     print(law)
    [[0.25 0.5  0.25]]
    [[0.5 0.5]]
    [[0.5 0.5]]
    """
    now = binomial(sizes[0], p)
    yield now
    last: tuple[int, int] | None = None
    for before, n, k in zip(sizes, sizes[1:], real_points[1:], strict=False):
        if last != (last := (before, n - k)):
            matrix = binomial(n - k, np.arange(before + 1) / before)
        now = now @ matrix
        if k:
            now = np.fft.irfft(np.fft.rfft(now, n + 1) * np.fft.rfft(binomial(k, p), n + 1), n + 1)
        yield now


def law(p: float, n: int, t: int, k: int = 0) -> Array:
    """Exact law, (n + 1,), of the count of the first category in the data of fit t >= 1, k of n points being real.

    >>> law(0.5, 2, 2)
    array([0.375, 0.25 , 0.375])
    """
    (now,) = deque(laws([p], [n] * t, [k] * t), maxlen=1)
    return real(now[0])


def mean_absorption(p: float, n: int) -> float:
    """Mean number of fits until one of two categories is left, exactly, by solving the linear system.

    Kemeny and Snell, Finite Markov Chains (1960), theorem 3.2.4.

    >>> print(f"{mean_absorption(0.5, 60):.2f}")
    81.32
    """
    inner = transition(n)[1:-1, 1:-1]
    times = np.linalg.solve(np.eye(n - 1) - inner, np.ones(n - 1))
    return float(1 + binomial(n, p)[1:-1] @ times)


def anchored_law(p: float, n: int, k: int) -> Array:
    """Stationary law, (n + 1,), of the first category's count with k >= 1 fresh real points per generation.

    Its ends say for how much of the time a category is lost, which the stationary variance hides.

    >>> at = anchored_law(0.1, 100, 1)
    >>> print(f"lost for {at[0]:.0%} of the time")
    lost for 41% of the time
    """
    if k < 1:
        raise ValueError(f"expected a fresh real point, without which categories are lost for good; got {k}.")
    matrix = transition(n, k, p)
    balance = matrix.T - np.eye(n + 1)
    balance[-1] = 1.0
    answer: Array = np.linalg.solve(balance, np.append(np.zeros(n), 1.0))
    return np.maximum(answer, 0.0)
