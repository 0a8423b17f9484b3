"""The uniform law from 0 up to somewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Points


@dataclass(frozen=True, eq=False)
class Uniform:
    """Uniform laws between 0 and ``upper``.

    upper: (R,), or (R, d) for d independent columns, whose points are (R, n, d).  collapsed: (R,), where nothing could
    be learnt, or None.

    >>> law = Uniform(np.array([1.0, 6.0]))
    >>> law.mean, law.variance.round(3)
    (array([0.5, 3. ]), array([0.083, 3.   ]))
    """

    upper: Array
    collapsed: NDArray[np.bool_] | None = None

    @property
    def mean(self) -> Array:
        return self.upper / 2

    @property
    def variance(self) -> Array:
        return self.upper / 12 * self.upper

    def sample(self, n: int, rng: Generator) -> Points:
        upper = self.upper[:, None]
        return Points(upper * rng.random((len(upper), n, *upper.shape[2:])))
