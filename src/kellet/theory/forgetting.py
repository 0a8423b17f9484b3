r"""When the loop forgets: the survival of single categories, words and points.

Seen from one rare category, replacement is a branching process in which each occurrence leaves a Poisson number of
copies of mean one. So a category expected c times in the first real sample is still there after t fits with probability
1 - exp(-c y(t-1)), where y(j) is the chance that the line of one occurrence survives j generations:

    y(0) = 1,   y(j+1) = 1 - exp(-y(j)),   y(j) about 2/j.

After t fits the vocabulary is that of one fresh real sample of n y(t-1) tokens, about 2n/(t+2): ever less of the truth.

A model that copies redraws the last training set with replacement, so that training points are never new, only lost:
how many of the originals are left is a count of ancestors, at first by the same y, later Kingman's coalescent. It
serves for any data type, and is what a generator that memorises compares with.

Galton and Watson's process with Kolmogorov's 2/j (Harris, The Theory of Branching Processes, 1963, chapter
I); its use for closed loops derived here. A published bound: Suresh et al., AISTATS (2025).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.special import gamma

from kellet.theory.numbers import Array, Numbers, real

_EXACT = 4096


@cache
def _table() -> Array:
    y = np.empty(_EXACT + 1)
    y[0] = 1.0
    for j in range(_EXACT):
        y[j + 1] = -np.expm1(-y[j])
    return y


def _clock(x: Array) -> Array:
    """A function of x = 1/y that a generation increases by one, up to O(1/x^3)."""
    return 2 * x - np.log(x) / 3 + 1 / (36 * x)


def line_survival(j: Numbers) -> Array:
    r"""y(j): the chance that one occurrence still has copies j generations later; j from 0 to 1e15 and more.

    The recursion itself up to j = 4096. Beyond, with x = 1/y, one step is x + 1/2 + 1/(12x) + O(1/x^3), so
    that 2x - ln(x)/3 + 1/(36x) grows by one; solving for x leaves a relative error below 1e-10.

    >>> line_survival([0, 1, 2, 100]).round(4)
    array([1.    , 0.6321, 0.4685, 0.0194])
    >>> print(f"{line_survival(1e12):.6e}")
    2.000000e-12
    """
    j = real(j)
    y = _table()[np.minimum(j, _EXACT).astype(np.int64)]
    goal = _clock(1 / _table()[-1]) + (np.maximum(j, _EXACT) - _EXACT)
    x = goal / 2
    for _ in range(6):
        x = x - (_clock(x) - goal) / (2 - 1 / (3 * x) - 1 / (36 * x**2))
    return np.where(j <= _EXACT, y, 1 / x)[()]


def survival(c: Numbers, t: Numbers) -> Array:
    r"""Chance that a category is still known after t >= 1 fits: :math:`1 - e^{-c\,y(t-1)}`.

    c: expected count in the first real sample, n p.  Good to O(p) while the category is rare (p << 1).

    >>> survival(1.0, [1, 5, 20, 40]).round(4)
    array([0.6321, 0.2681, 0.0876, 0.0465])
    """
    return -np.expm1(-real(c) * line_survival(real(t) - 1))


def median_time(c: Numbers) -> Array:
    r"""The fit by which half of the loops have forgotten a category expected c times, about 2c / ln 2.

    Smallest t with survival <= 1/2, as a whole number.

    >>> median_time([0.5, 1, 10, 50, 1e9])
    array([1.00000000e+00, 2.00000000e+00, 2.70000000e+01, 1.42000000e+02,
           2.88539007e+09])
    """
    line = np.log(2) / real(c)
    table = _table()
    early = np.searchsorted(-table, -np.minimum(line, 1.0), side="left")
    late = np.ceil(_clock(1 / np.minimum(line, table[-1])) - _clock(1 / table[-1])) + _EXACT
    return np.where(line < table[-1], late, early)[()] + 1.0


def effective_tokens(n: Numbers, t: Numbers) -> Array:
    """Size of the one fresh real sample whose vocabulary is that of the t-th fit on n tokens each: n y(t-1).

    Without anchor; with one, `kellet.theory.coverage`.

    >>> effective_tokens(20_000, [1, 2, 10, 100]).round()
    array([20000., 12642.,  3445.,   391.])
    """
    return real(n) * line_survival(real(t) - 1)


def expected_types(p: Numbers, n: Numbers, t: Numbers) -> Array:
    r"""Expected categories still known after t >= 1 fits: :math:`\sum_i 1 - e^{-p_i n y(t-1)}`.

    p: (V,).  n, t: broadcast; the answer has their shape.

    >>> expected_types(np.full(100, 0.01), 100, [1, 10, 100]).round(1)
    array([63.2, 15.8,  1.9])
    """
    tokens = effective_tokens(n, t)
    return real(-np.expm1(-tokens[..., None] * real(p)).sum(axis=-1))[()]


def forgotten_mass(p: Numbers, n: Numbers, t: Numbers) -> Array:
    r"""Expected true mass forgotten after t >= 1 fits: :math:`\sum p_i e^{-p_i n y(t-1)}`.

    p: (V,).  n, t: broadcast.  At t = 1 this is the missing mass of Good (Biometrika 40:237, 1953).

    >>> forgotten_mass(np.full(100, 0.01), 100, [1, 10, 100]).round(3)
    array([0.368, 0.842, 0.981])
    """
    tokens = effective_tokens(n, t)
    p = real(p)
    return real((p * np.exp(-tokens[..., None] * p)).sum(axis=-1))[()]


def zipf_types(tokens: Numbers, exponent: float, scale: float) -> Array:
    r"""Types seen in T tokens of a Zipf law :math:`p_i=Ci^{-\beta}`: :math:`\Gamma(1-1/\beta)(CT)^{1/\beta}`.

    exponent: beta > 1.  scale: C.  tokens: T; use `effective_tokens` for a loop. Asymptotic in T, slowly
    reached. Karlin, Journal of Mathematics and Mechanics 17:373 (1967).

    >>> print(f"{zipf_types(1e6, 2.0, 0.6079):.0f}")
    1382
    """
    b = 1 / exponent
    return real(gamma(1 - b) * (scale * real(tokens)) ** b)[()]


def zipf_forgotten(tokens: Numbers, exponent: float, scale: float) -> Array:
    r"""Mass unseen in T tokens, same law: :math:`(C^{1/\beta}/\beta)\Gamma(1-1/\beta)T^{-(1-1/\beta)}`.

    With T = 2n/t the lost mass grows as t^(1-1/beta), less than linearly. Karlin (1967); the exponent
    for neural scaling: Dohmatob et al., ICML (2024).

    >>> print(f"{zipf_forgotten(1e6, 2.0, 0.6079):.6f}")
    0.000691
    """
    b = 1 / exponent
    return real(b * gamma(1 - b) * scale**b * real(tokens) ** (b - 1))[()]


def entropy_drift(types: Numbers, n: Numbers) -> Array:
    """Expected change of entropy per generation, nats, with so many types alive: -(types - 1) / (2n).

    The first step is the bias of Miller (1955) and Madow; the later ones the same bias again. Diffusion limit.

    >>> print(entropy_drift(101, 1000))
    -0.05
    """
    return -(real(types) - 1) / (2 * real(n))


def entropy_change(p: Numbers, n: float, start: int, stop: int) -> float:
    """Expected change of entropy, nats, from fit ``start`` >= 1 to fit ``stop``: the drifts added up.

    >>> print(f"{entropy_change(np.full(100, 0.01), 1000, 1, 11):.3f}")
    -0.460
    """
    return float(entropy_drift(expected_types(p, n, np.arange(start, stop)), n).sum())


def poisson_survival(mean: Numbers, n: Numbers, t: Numbers) -> Array:
    r"""Chance that a Poisson loop has not died out after t >= 1 fits: :math:`1-e^{-n\mu_0 y(t-1)}`.

    Exact: the sum of the counts is itself the branching process.

    >>> print(f"{poisson_survival(0.5, 20, 30):.4f}")
    0.4652
    """
    return survival(real(n) * real(mean), t)


def distinct_originals(n: Numbers, t: Numbers) -> Array:
    r"""Expected number of first-generation points with copies after t redraws, while many are left.

    :math:`n\,y(t)`, the limit for large n of :math:`a_{t+1} = n(1-(1-1/n)^{a_t})`; about 2n/(t+2). Use it for t << n;
    later `coalescent_ancestors`. Derived here; the bootstrap's 63 % (Efron, 1979) is its first step.

    >>> distinct_originals(500, [1, 10, 50]).round(1)
    array([316.1,  79.1,  18.8])
    """
    return real(n) * line_survival(t)


def coalescent_ancestors(n: float, t: Numbers) -> Array:
    r"""The same for t of the order of n: :math:`\sum_{j\ge1} (2j-1) e^{-j(j-1)t/(2n)}`.

    Tavare, Theoretical Population Biology 26:119 (1984). Never below one, the common ancestor.

    >>> coalescent_ancestors(500, [50, 200, 400, 1e6]).round(2)
    array([20.34,  5.35,  2.86,  1.  ])
    """
    scaled = real(t)[..., None] / n
    last = int(np.ceil(np.sqrt(80 / max(float(scaled.min()), 80 / n**2)))) + 2
    j = np.arange(1, last + 1)
    return real(((2 * j - 1) * np.exp(-j * (j - 1) * scaled / 2)).sum(axis=-1))[()]
