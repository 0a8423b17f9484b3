"""The beta law."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Points

INSIDE = np.finfo(float).tiny, 1 - np.finfo(float).epsneg


@dataclass(frozen=True, eq=False)
class Beta:
    r"""Beta laws, :math:`p(x) \propto x^{\alpha-1}(1-x)^{\beta-1}` for 0 < x < 1.

    alpha, beta: (R,), or (R, d) for d independent columns, whose points are (R, n, d).  collapsed: (R,), where nothing
    could be learnt, or None.  centre: the mean, shaped like alpha, for where alpha and beta cannot give it: where both
    are infinite the law writes its centre and nothing else.

    Points that round to 0 or to 1 are written as the nearest numbers between.  Below 1 those lie 1e-16 apart, so that a
    law with much weight beyond 1 - 1e-16 (beta under about 0.1) is blunted there.

    >>> law = Beta(np.array([2.0, np.inf]), np.array([6.0, np.inf]), centre=np.array([0.25, 0.5]))
    >>> law.mean, law.variance.round(4)
    (array([0.25, 0.5 ]), array([0.0208, 0.    ]))
    """

    alpha: Array
    beta: Array
    collapsed: NDArray[np.bool_] | None = None
    centre: Array | None = None

    @property
    def mean(self) -> Array:
        return self.alpha / (self.alpha + self.beta) if self.centre is None else self.centre

    @property
    def variance(self) -> Array:
        r""":math:`m(1-m)/(\alpha+\beta+1)`, like the parameters."""
        mean = self.mean
        return mean * (1 - mean) / (self.alpha + self.beta + 1)

    def sample(self, n: int, rng: Generator) -> Points:
        alpha, beta = self.alpha[:, None], self.beta[:, None]
        size = (len(alpha), n, *alpha.shape[2:])
        lively = np.isfinite(alpha + beta)
        values = rng.beta(np.where(lively, alpha, 1.0), np.where(lively, beta, 1.0), size)
        if self.centre is not None:
            values = np.where(lively, values, self.centre[:, None])
        return Points(np.clip(values, *INSIDE, out=values))
