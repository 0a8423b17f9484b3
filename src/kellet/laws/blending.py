"""Blends: what several laws write together, as one law where their kind has it, or drawn at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import TypeVar

import numpy as np
from numpy.random import Generator

from kellet.evidence import Array, Integers, Moments
from kellet.laws.averages import Bernoulli
from kellet.laws.frequencies import Frequencies
from kellet.laws.model import ByReplicate, Model
from kellet.laws.normal import Normal

M = TypeVar("M")
MANY = 10**10
"""Points from which on the statistics of a sample are as good as normally distributed."""


@dataclass(frozen=True, eq=False)
class NormalBlend(ByReplicate):
    r"""A point of one of several normal laws, known by its moments: mean, sd, skewness, kurtosis (R,).

    Its ``statistics`` are for samples of at least `MANY` points, whose mean and variance are jointly normal but for
    terms of order :math:`1/\sqrt n`: chances are off by about 1e-5, and by :math:`1/\sqrt{n w}` at most, where a share
    w of the points vary much more than the others.  With :math:`\gamma, \kappa` skewness and kurtosis,

    .. math:: \text{Var}\,\bar x = \sigma^2/n, \quad \text{Var}\,s^2 = (\kappa-1)\,\sigma^4/n, \quad
              \text{Cov}(\bar x, s^2) = \gamma\sigma^3/n .
    """

    mean: Array
    sd: Array
    skewness: Array
    kurtosis: Array

    @staticmethod
    def of(laws: Sequence[Normal | NormalBlend], shares: Sequence[float] | Array) -> NormalBlend:
        """The law of a point that is drawn from one of the laws, with these chances.

        >>> pair = NormalBlend.of([Normal(np.array([m]), np.array([1.0])) for m in (-2.0, 2.0)], [0.5, 0.5])
        >>> print(pair.sd.round(3), pair.kurtosis.round(3))
        [2.236] [1.72]
        """
        # Law by law: arrays of all laws at once cost thrice the time, which goes into fetching their memory.
        mean = sum(share * law.mean for share, law in zip(shares, laws, strict=True))
        apart = [law.mean - mean for law in laws]
        # In units of the largest: powers of what has collapsed underflow.
        unit = reduce(np.maximum, [np.maximum(law.sd, abs(gap)) for law, gap in zip(laws, apart, strict=True)])
        per = 1 / np.where(unit > 0, unit, 1.0)
        second, third, fourth = np.zeros((3, len(unit)))
        for share, law, gap in zip(shares, laws, apart, strict=True):
            sd, e = law.sd * per, gap * per
            within, off = sd * sd, e * e
            second += share * (within + off)
            third += share * e * (3 * within + off)
            fourth += share * off * (6 * within + off)
            if isinstance(law, NormalBlend):
                cubed = share * law.skewness * within * sd
                third += cubed
                fourth += 4 * cubed * e + share * law.kurtosis * within * within
            else:
                fourth += 3 * share * within * within
        there = np.where(second > 0, second, 1.0)
        skewness, kurtosis = third / (there * np.sqrt(there)), fourth / (there * there)
        return NormalBlend(mean, unit * np.sqrt(second), skewness, np.where(second > 0, kurtosis, 3.0))

    def statistics(self, n: int | Integers, rng: Generator) -> Moments:
        first, other = rng.standard_normal((2, len(self.mean)))
        count = float(n) if isinstance(n, int) else n.astype(np.float64)
        step = np.sqrt(count)
        root = self.sd * np.sqrt(np.maximum(count - 1 + step * (self.skewness * first + self._alone * other), 0.0))
        return Moments(count, self.mean + self.sd * first / step, root)

    @cached_property
    def _alone(self) -> Array:
        """(R,): how much the variance of a sample varies apart from its mean."""
        return np.sqrt(np.maximum(self.kurtosis - 1 - self.skewness * self.skewness, 0.0))


Blend = Frequencies | Bernoulli | NormalBlend
Law = Model | Blend


def blend(laws: Sequence[Law], shares: Sequence[float] | Array, many: bool = False) -> Blend | None:
    """The law of a point that is drawn from one of the laws, with these chances; None where it is of another kind.

    Shares of categories blend, and so do chances of yes and no.  A blend of normal laws is not normal; where samples
    hold at least `MANY` points (``many``), a `NormalBlend` will do.

    >>> blend([Bernoulli(np.array([0.2])), Bernoulli(np.array([0.8]))], [0.25, 0.75]).mean
    array([0.65])
    """
    if categories := _all_of(laws, Frequencies):
        return _blend_categories(categories, shares)
    if (chances := _all_of(laws, Bernoulli)) and all(law.trials == 1 for law in chances):
        total = sum(share * law.mean for share, law in zip(shares, chances, strict=True))
        return Bernoulli(np.clip(total, 0.0, 1.0))
    normals = [law for law in laws if isinstance(law, NormalBlend) or (isinstance(law, Normal) and law.free == "both")]
    return NormalBlend.of(normals, shares) if many and len(normals) == len(laws) else None


def gather(laws: Sequence[Law], counts: Integers, rng: Generator) -> Moments | None:
    """What so many points of each normal law, (R, S), say together, drawn at once; None of other laws.

    >>> laws = [Normal(np.array([m]), np.array([1.0])) for m in (0.0, 10.0)]
    >>> together = gather(laws, np.array([[10**9, 10**9]]), np.random.default_rng(0))
    >>> together.mean.round(3), (together.scatter / together.count).round(3), together.count
    (array([5.]), array([26.]), array([2.e+09]))
    """
    normals = [law for law in _all_of(laws, Normal) if law.free == "both"]
    if not normals or len(normals) < len(laws):
        return None
    # One source is a row, so that sums over sources are sums of whole rows.
    each = counts.T.astype(np.float64)
    total = each.sum(axis=0)
    means, sds = np.stack([law.mean for law in normals]), np.stack([law.sd for law in normals])
    means = means + rng.standard_normal(means.shape) * sds / np.sqrt(np.maximum(each, 1.0))
    roots = np.sqrt(2 * rng.standard_gamma(np.maximum(each - 1, 0.0) / 2)) * sds
    share = each / np.where(total > 0, total, 1.0)
    mean = (share * means).sum(axis=0)
    legs = np.concatenate([roots, np.sqrt(each) * (means - mean)])
    squares = (legs**2).sum(axis=0)
    root = np.sqrt(squares)
    if squares.min(initial=1.0) < 1e-280:
        root = np.hypot.reduce(legs, axis=0)
    return Moments(total, mean, root)


def _all_of(laws: Sequence[Law], kind: type[M]) -> list[M]:
    """The laws, if all of them are of this kind; else none."""
    found: list[M] = [law for law in laws if isinstance(law, kind)]
    return found if len(found) == len(laws) else []


def _blend_categories(laws: Sequence[Frequencies], shares: Sequence[float] | Array) -> Frequencies:
    where, places = align(laws)
    total = np.zeros((len(laws[0].probabilities), laws[0].size if where is None else len(where)))
    for law, at, share in zip(laws, places, shares, strict=True):
        total[:, at] += share * law.probabilities
    return Frequencies(total / total.sum(axis=1, keepdims=True), where, laws[0].size)


def align(laws: Sequence[Frequencies]) -> tuple[Integers | None, list[slice | Integers]]:
    """The categories that live in any of the laws, None for all, and where among them each law's lie.

    >>> laws = [Frequencies(np.full((1, 2), 0.5), np.array(living), 9) for living in ([0, 4], [4, 7])]
    >>> align(laws)
    (array([0, 4, 7]), [array([0, 1]), array([1, 2])])
    """
    living = [law.categories for law in laws if law.categories is not None]
    if len(living) < len(laws):
        return None, [slice(None) if law.categories is None else law.categories for law in laws]
    alive = np.zeros(laws[0].size, dtype=bool)
    alive[np.concatenate(living)] = True
    place = np.cumsum(alive) - 1
    return np.flatnonzero(alive), [place[categories] for categories in living]
