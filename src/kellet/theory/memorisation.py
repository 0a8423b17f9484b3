r"""A model that copies: each generation redraws the last training set with replacement.

Then training points are never new, only lost. How many of the n originals are left is a count of ancestors:
at first a_{t+1} = n (1 - (1-1/n)^{a_t}), later Kingman's coalescent. Any data type; also the right
comparison for a generator that memorises.
"""

from __future__ import annotations

import numpy as np

from kellet.theory.forgetting import line_survival
from kellet.theory.numbers import Array, Numbers, real


def distinct_originals(n: Numbers, t: Numbers) -> Array:
    r"""Expected number of first-generation points with copies after t redraws, while many are left.

    :math:`n\,y(t)`, the limit for large n of :math:`a_{t+1} = n(1-(1-1/n)^{a_t})`; about 2n/(t+2). Use it
    for t << n; later `coalescent_ancestors`. Derived here; the bootstrap's 63 % (Efron, 1979) is its first
    step.

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
    left: Array = ((2 * j - 1) * np.exp(-j * (j - 1) * scaled / 2)).sum(axis=-1)
    return left
