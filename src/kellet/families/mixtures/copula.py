"""The copula family: any columns, numbers and categories alike, bound together as a normal law binds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import msgspec
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.data.source import Source
from kellet.errors import InputError
from kellet.evidence import Array, Points
from kellet.families.abilities import Learner, find_gaps
from kellet.families.family import ALL_THE_SAME
from kellet.families.mixtures.bootstrap import Copies
from kellet.laws.frequencies import search

TERMS = 16
"""Hermite polynomials that a correlation is read through: even for columns of two values what is left out moves one of
0.8 by less than 0.001, and one of 0.9 by 0.004."""


class Copula(Learner, frozen=True, tag="copula"):
    r"""Learn the distribution of each column as it is, and their dependence as that of a normal law.

    Behind every column stands a standard normal number :math:`z_j`, and :math:`z \sim N(0, P)`.  With F the empirical
    distribution function of column j, its value v is written when :math:`F(v^-) < \Phi(z_j) \le F(v)`: ties, counts and
    categories are all intervals between thresholds, only of different widths.  So a model never writes a value that its
    training points don't have, whole numbers stay whole, nothing lies beyond the range that was seen, and each column
    by itself is a bootstrap: what a generation misses is gone.  Only the combinations are new.

    Categories are codes, and their order counts: the dependence that can be learnt is the one that rises or falls along
    it.

    :math:`P_{ij}` is what makes the normal law's expectation of the product of two scores the observed average.  The
    score of v is :math:`s_j(v) = E[z_j \mid v]`, and with its Hermite coefficients :math:`a_{jk} = E[s_j(z) h_k(z)]`

    .. math:: \frac1n\sum_i s_i s_j = \sum_k a_{ik} a_{jk} P_{ij}^k

    Taking the correlation of the scores instead would weaken the dependence between columns with ties by the same
    factor in every generation, however many points there are.  The matrix is then made positive definite: no eigenvalue
    below ``floor``, ones on the diagonal.

    Columns of which numbers are missing (``gaps``) stand for two columns: the value, learnt from the points that have
    it, and a mask, learnt from all, which says where it is missing and depends on the other columns like any other.  A
    correlation is that of the points that have both; that of a value with its own mask is seen nowhere, and 0.  So a
    model keeps how often a number is missing, with which others and with what, and each column of what is there; it
    doesn't know whether large values are missing more often than small ones.

    A point of weight w counts as w points; points of weight 0 are absent.  A replicate is collapsed when it has no
    points, a value that isn't finite, or points that all coincide.

    gaps: positions of the columns of which numbers may be missing (NaN); the world knows them.

    L. Rüschendorf, J. Stat. Planning and Inference 139:3921 (2009), for ties; M. Cario and B. Nelson, Modeling and
    Generating Random Vectors with Arbitrary Marginal Distributions and Correlation Matrix (1997); C. Genest, K. Ghoudi
    and L.-P. Rivest, Biometrika 82:543 (1995), for empirical margins.

    >>> ages, jobs = [20.0, 31.0, 42.0, 53.0, 64.0], [0.0, 1.0, 0.0, 1.0, 1.0]
    >>> model = Copula().fit(Points(np.array([ages, jobs]).T[None]))
    >>> model.correlation.round(2), model.sample(3, np.random.default_rng(0)).values
    (array([[[1.  , 0.76],
            [0.76, 1.  ]]]), array([[[42.,  1.],
            [53.,  1.],
            [31.,  1.]]]))
    """

    words = "a Gaussian copula: each column as it was seen, bound together as a bell curve binds"
    takes_gaps = True
    floor: float = 1e-6
    gaps: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.floor < 1:
            raise InputError("a floor between 0 and 1 (an eigenvalue)", self.floor, "1e-6")

    def prepare(self, source: Source) -> Self:
        return msgspec.structs.replace(super().prepare(source), gaps=find_gaps(source))

    def fit(self, evidence: Points, rng: Generator | None = None, previous: object = None) -> GaussianCopula:
        given = Copies.of(evidence, self.gaps)
        r, n, shape = *given.values.shape[:2], given.values.shape[2:]
        values = given.values.reshape(r, n, -1).swapaxes(1, 2)
        weights = np.ones((r, n)) if given.weights is None else given.weights
        there = np.broadcast_to(weights[:, None], values.shape)
        if self.gaps:
            missing = np.isnan(values[:, list(self.gaps)])
            values = np.concatenate([values, missing], axis=1)
            there = weights[:, None] * ~np.isnan(values)
        order = values.argsort(axis=2, kind="stable")
        ranked = np.take_along_axis(values, order, axis=2)
        steps = np.cumsum(np.take_along_axis(there, order, axis=2), axis=2)
        total = steps[..., -1:]
        # A number that all points lack may stand anywhere: what is written of it is missing.
        steps /= np.where(total > 0, total, 1.0)

        scores, coefficients = _score(ranked, steps)
        found = np.empty_like(scores)
        np.put_along_axis(found, order, scores, axis=2)
        products = (found * (weights / given.count[:, None])[:, None]) @ found.swapaxes(1, 2)
        if self.gaps:
            # Of the points that have both.
            both = (there / given.count[:, None, None]) @ (there > 0).swapaxes(1, 2)
            products = np.divide(products, both, out=np.zeros_like(products), where=both > 0)
        factor = _factorise(_correlate(products, coefficients), self.floor)

        equal = ((ranked == ranked[..., :1]) | np.isnan(ranked)).all(axis=(1, 2))
        reason = ALL_THE_SAME if (equal & ~given.collapsed).any() else None
        return GaussianCopula(ranked, steps, factor, shape, given.collapsed | equal, given.reason or reason, self.gaps)


@dataclass(frozen=True, eq=False)
class GaussianCopula:
    """Columns with empirical distributions, bound by a normal law.

    values: (R, d, n), each column in increasing order.  steps: (R, d, n), the distribution function there; of equal
    values the last counts.  factor: (R, d, d), lower triangular, of the latent correlations.  shape: of a point.
    collapsed: (R,), where there was nothing to learn.  reason: why.  gaps: positions of the columns that may be
    missing; their masks are the last columns of what is above, 1 where they are.
    """

    values: NDArray[Any]
    steps: Array
    factor: Array
    shape: tuple[int, ...]
    collapsed: NDArray[np.bool_]
    reason: str | None = None
    gaps: tuple[int, ...] = ()

    @property
    def correlation(self) -> Array:
        """(R, d, d): of the latent normal numbers."""
        return self.factor @ self.factor.swapaxes(1, 2)

    def sample(self, n: int, rng: Generator) -> Points:
        from scipy.special import ndtr

        r, d, size = self.values.shape
        latent = rng.standard_normal((r, n, d)) @ self.factor.swapaxes(1, 2)
        heights = ndtr(latent).swapaxes(1, 2)
        column = np.arange(r * d).reshape(r, d, 1)
        where = np.clip(search(self.steps.reshape(r * d, size), column, heights, "left"), 0, size - 1)
        written = np.take_along_axis(self.values, where, axis=2).swapaxes(1, 2)
        if self.gaps:
            written, masks = written[..., : d - len(self.gaps)], written[..., d - len(self.gaps) :]
            written[..., list(self.gaps)] = np.where(masks > 0, np.nan, written[..., list(self.gaps)])
        return Points(written.reshape(r, n, *self.shape))


def _score(ranked: NDArray[Any], steps: Array) -> tuple[Array, Array]:
    r"""Scores :math:`E[z \mid v]` (R, d, n) of increasing values, and their Hermite coefficients (R, d, TERMS).

    With :math:`h_k` the Hermite polynomials of unit variance, the integral of :math:`h_k\varphi` from t to infinity is
    :math:`h_{k-1}(t)\varphi(t)/\sqrt k`.
    """
    from scipy.special import ndtri

    n = ranked.shape[2]
    new = np.ones((*ranked.shape[:2], n + 1), dtype=bool)
    new[..., 1:-1] = ranked[..., 1:] != ranked[..., :-1]
    at = np.arange(n)
    first = np.maximum.accumulate(np.where(new[..., :-1], at, 0), axis=2)
    last = np.minimum.accumulate(np.where(new[..., 1:], at, n - 1)[..., ::-1], axis=2)[..., ::-1]
    edges = np.concatenate([np.zeros((*ranked.shape[:2], 1)), steps], axis=2)
    thresholds = ndtri(edges)
    # Where the threshold is infinite the density is 0, and so is every polynomial times it.
    inner = np.isfinite(thresholds)
    thresholds = np.where(inner, thresholds, 0.0)
    density = np.where(inner, np.exp(-0.5 * thresholds**2) / np.sqrt(2 * np.pi), 0.0)

    def between(numbers: Array) -> Array:
        return np.take_along_axis(numbers, first, 2) - np.take_along_axis(numbers, last + 1, 2)

    mass = -between(edges)
    scores = np.divide(between(density), mass, out=np.zeros_like(mass), where=mass > 0)
    jumps = np.diff(scores, prepend=0.0, append=0.0, axis=2)
    coefficients = np.empty((*ranked.shape[:2], TERMS))
    before, polynomial = np.zeros_like(density), density
    for k in range(1, TERMS + 1):
        coefficients[..., k - 1] = np.einsum("rdn,rdn->rd", polynomial, jumps) / np.sqrt(k)
        before, polynomial = polynomial, (thresholds * polynomial - np.sqrt(k - 1) * before) / np.sqrt(k)
    return scores, coefficients


def _correlate(products: Array, coefficients: Array) -> Array:
    """(R, d, d): the correlations at which a normal law has these expectations (R, d, d) of products of scores."""
    terms = coefficients[:, :, None] * coefficients[:, None]
    low, high = np.full(products.shape, -1.0), np.ones(products.shape)
    for _ in range(30):
        middle = (low + high) / 2
        height = np.zeros_like(middle)
        for k in reversed(range(TERMS)):
            height = (height + terms[..., k]) * middle
        short = height < products
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    # A column of one value says nothing about another.
    constant = (coefficients == 0).all(axis=2)
    return np.where(constant[:, :, None] | constant[:, None], 0.0, (low + high) / 2)


def _factorise(correlations: Array, floor: float) -> Array:
    """(R, d, d): lower triangular factors of the matrices, made positive definite with ones on the diagonal."""
    d = correlations.shape[1]
    correlations = np.where(np.eye(d, dtype=bool), 1.0, correlations)
    sizes, axes = np.linalg.eigh(correlations)
    short = sizes[:, 0] < floor
    mended = (axes * np.maximum(sizes, floor)[:, None]) @ axes.swapaxes(1, 2)
    width = np.sqrt(np.diagonal(mended, axis1=1, axis2=2))
    mended /= width[:, :, None] * width[:, None]
    return np.asarray(np.linalg.cholesky(np.where(short[:, None, None], mended, correlations)))
