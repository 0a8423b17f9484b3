"""Modes: how many different kinds of points are written, without anybody naming the kinds."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from kellet.evidence import Array
from kellet.metrics.distance import compare, squares, width, with_points
from kellet.metrics.look import Look
from kellet.metrics.metric import Metric
from kellet.metrics.real import RealPoints

MOST = 2000
"""Training points whose pairs tell how alike real points are."""


def effective_modes(look: Look) -> Array:
    r"""Exponential of the Rényi kernel entropy of order 2, against that of as many real points.

    .. math:: RKE = \Big(\frac1{n^2}\sum_{i,j} k(x_i,x_j)^2\Big)^{-1}, \qquad k(x,y)=e^{-|x-y|^2/2\sigma^2}

    The inverse of the squared Frobenius norm of the kernel matrix over n, whose eigenvalues it therefore never needs:
    the Vendi score of order 2.  :math:`\sigma` is the median distance of a held-out point to its fifth neighbour.
    n points that coincide count as one mode; n real points as :math:`(\tfrac1n + \tfrac{n-1}n E\,k^2)^{-1}`, with
    :math:`E\,k^2` over pairs of training points (2,000 of them at most).

    M. Jalali, C. T. Li and F. Farnia, An Information-Theoretic Evaluation of Generative Models in Learning Multi-modal
    Distributions, NeurIPS 2023.
    """
    n = look.points.shape[1]
    real = 1 / n + (1 - 1 / n) * _likeness(look.data)
    return real / compare(look).alike  # type: ignore[no-any-return]


@lru_cache(maxsize=8)
def _likeness(real: RealPoints) -> float:
    """Mean squared kernel of two different training points."""
    few = real.training[:MOST]
    every = squares(few, few)
    np.fill_diagonal(every, 0.0)
    return float((np.exp(every * (-1 / width(real) ** 2)).sum() - len(few)) / (len(few) * (len(few) - 1)))


MODES = Metric(
    "effective_modes", "effective number of modes",
    "How many different kinds of things are written, counted by how alike any two are, against real data.",
    effective_modes, with_points, fresh=RealPoints.unjudged,
    aliases=("diversity",),
    limits="It counts by the scale of real neighbourhoods: kinds that differ by less count as one.",
)  # fmt: skip
