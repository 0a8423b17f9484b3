"""How much a real point should count beside written ones."""

from __future__ import annotations

import numpy as np

from kellet.theory.numbers import Array, Numbers, real


def optimal_weight(k: Numbers, m: Numbers) -> Array:
    r"""How many times each of k fresh real points should count beside m written ones (a = 0).

    .. math:: w = \tfrac12(1+\sqrt{1+4m/k})

    The golden ratio for k = m. The real points then carry the share 1/w of a fit, the loop is worth k w points (about
    :math:`\sqrt{km}` for m >> k), and it takes about w generations to get there. He, Xu and Cheng, arXiv:2502.18049
    (2025), as that share, :math:`(\sqrt{r^2+4r}-r)/2` with r = k/m; the worth derived here.

    >>> optimal_weight([100, 1], [100, 10_000]).round(3)
    array([  1.618, 100.501])
    >>> print(optimal_weight(1e15, 1) - 1 < 2e-15)
    True
    """
    return (1 + np.sqrt(1 + 4 * real(m) / real(k))) / 2
