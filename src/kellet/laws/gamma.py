"""The gamma law."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Points

SMALLEST = np.finfo(float).tiny


@dataclass(frozen=True, eq=False)
class Gamma:
    r"""Gamma laws, :math:`p(x) \propto x^{k-1} e^{-x/\theta}` for x > 0.

    shape k, scale :math:`\theta`: (R,), or (R, d) for d independent columns, whose points are (R, n, d).
    collapsed: (R,), where nothing could be learnt, or None.  centre: the mean, shaped like the shape, for where shape
    times scale cannot give it: at an infinite shape the law writes its centre and nothing else.

    Points that underflow are written as the smallest normal number: 0 is no point of a gamma law.

    >>> law = Gamma(np.array([4.0, np.inf]), np.array([0.5, 0.0]), centre=np.array([2.0, 7.0]))
    >>> law.mean, law.variance
    (array([2., 7.]), array([1., 0.]))
    >>> law.sample(3, np.random.default_rng(0)).values[1]
    array([7., 7., 7.])
    """

    shape: Array
    scale: Array
    collapsed: NDArray[np.bool_] | None = None
    centre: Array | None = None

    @property
    def mean(self) -> Array:
        return self.shape * self.scale if self.centre is None else self.centre

    @property
    def variance(self) -> Array:
        """:math:`(mean / k) mean`, like the parameters."""
        mean = self.mean
        return mean / self.shape * mean

    def sample(self, n: int, rng: Generator) -> Points:
        shape = self.shape[:, None]
        size = (len(shape), n, *shape.shape[2:])
        lively = np.isfinite(shape)
        values = rng.standard_gamma(np.where(lively, shape, 1.0), size)
        if self.centre is None:
            values *= self.scale[:, None]
        else:
            values /= shape
            values = np.where(lively, values, 1.0) * self.centre[:, None]
        return Points(np.maximum(values, SMALLEST, out=values))
