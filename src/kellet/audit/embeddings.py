"""Embeddings: what only the points themselves tell, each against the exchange of groups of documents.

Distances are measured once between all points of both sides; an assignment of groups to the sides then only counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.audit.finding import Measured
from kellet.audit.points import Pool, Vectors
from kellet.evidence import Array, Integers

NEIGHBOURS = 5
BLOCK = 512
"""Points whose distances to all others are held at once."""
WIDTH = 0.1
"""The scale of the kernel, of the median squared distance: wide kernels see one mode, narrow ones few pairs."""
UNUSUAL = 0.1
"""The share of points that lie farthest from others."""
COORDINATES, PRODUCTS, FOLDS = 50, 10, 5
"""What a classifier learns from: principal components, and products of the first of them; and how often it learns."""


def measure_points(pool: Pool, rng: Generator, about: str = "") -> Iterator[Measured]:
    """All measures of embeddings or pictures."""
    distances = Distances.of(pool)
    for k, name, title in (
        (NEIGHBOURS, "coverage", "reference points in whose neighbourhood there is one of the candidate's"),
        (1, "nearest", "reference points that are nearer to one of the candidate's than to any other"),
    ):
        n, m = (int(side[0]) for side in pool.sizes)
        fresh = expect_coverage(n, m, k) if pool.single else None
        yield Measured(name, about, title, cover(pool, distances, k), fresh=fresh)
    unusual = distances.reach >= np.quantile(distances.reach, 1 - UNUSUAL)
    title = "coverage of the tenth of points that lie farthest from others"
    yield Measured("unusual coverage", about, title, cover(pool, distances, NEIGHBOURS, unusual))
    yield Measured("diversity", about, "diversity of points (RKE), of the reference's", compare_rke(pool, distances),
                   "amount")  # fmt: skip
    title = "how often a classifier tells which of two points, one of either side, is the candidate's"
    yield Measured("told apart", about, title, tell_apart(pool, rng), "lacking")


@dataclass(frozen=True, eq=False)
class Distances:
    r"""What is kept of the distances between all N points.

    nearest: (N, k) the neighbours of each point, the nearest first.  reach: (N,) the distance to the last of them.
    kernel: (G, G) sums of :math:`k(x, y)^2 = \exp(-|x-y|^2/s^2)` over all pairs of different points of two groups.
    """

    nearest: Integers
    reach: Array
    kernel: Array

    @staticmethod
    def of(pool: Pool) -> Distances:
        x, starts = pool.values, np.searchsorted(pool.groups, np.arange(len(pool.chosen)))
        squares, many = np.einsum("nd,nd->n", x, x), len(pool.chosen)
        k = min(NEIGHBOURS, len(x) - 1)
        nearest, reach = np.zeros((len(x), k), np.int64), np.zeros(len(x))
        kernel, width = np.zeros((many, many)), _width(x, squares)
        for start in range(0, len(x), BLOCK):
            rows = np.arange(start, min(start + BLOCK, len(x)))
            apart = np.maximum(squares[rows, None] + squares - 2 * (x[rows] @ x.T), 0)
            apart[rows - start, rows] = np.inf
            few = np.argpartition(apart, k - 1, axis=1)[:, :k]
            near = np.take_along_axis(apart, few, axis=1)
            order = np.argsort(near, axis=1, kind="stable")
            nearest[rows] = np.take_along_axis(few, order, axis=1)
            reach[rows] = np.sqrt(near.max(axis=1))
            np.exp(np.multiply(apart, -1 / width, out=apart), out=apart)
            np.add.at(kernel, pool.groups[rows], np.add.reduceat(apart, starts, axis=1))
        return Distances(nearest, reach, kernel)


def _width(x: Vectors, squares: Array) -> float:
    few = np.linspace(0, len(x) - 1, min(len(x), 1000)).astype(np.int64)
    apart = squares[few, None] + squares[few] - 2 * (x[few] @ x[few].T)
    return float(WIDTH * np.median(apart[np.triu_indices(len(few), 1)])) or 1.0


def cover(pool: Pool, distances: Distances, k: int = NEIGHBOURS, among: NDArray[np.bool_] | None = None) -> Array:
    """(P,) PRDC coverage: the share of reference points that have one of the candidate's in their neighbourhood, which
    reaches to the k-th neighbour among the reference's own.

    That is so if and only if not all of the k nearest points of both sides are the reference's, so neighbours in the
    pool are all it takes.  among: (N,) which points to look at; by default all.

    M. Naeem et al., Reliable Fidelity and Diversity Metrics for Generative Models, ICML 2020.
    """
    theirs = pool.theirs
    met = np.zeros_like(theirs)
    for column in distances.nearest.T[:k]:
        met |= theirs[column]
    mine = ~theirs if among is None else ~theirs & among[:, None]
    with np.errstate(invalid="ignore"):
        return np.asarray(np.count_nonzero(met & mine, axis=0) / np.count_nonzero(mine, axis=0))


def expect_coverage(n: int, m: int, k: int = NEIGHBOURS) -> float:
    r"""The coverage of n points by m others of their law: :math:`1 - \prod_{i=1}^k (n-i)/(n+m-i)`, exactly.

    Whatever the law: each of the k nearest of the pool is one of the m as if drawn without replacement.
    Naeem et al. 2020, Lemma 2.

    >>> round(expect_coverage(1000, 1000), 4), round(expect_coverage(10_000, 100, 1), 4)
    (0.969, 0.0099)
    """
    i = np.arange(1, k + 1)
    return float(1 - np.prod((n - i) / (n + m - i)))


def compare_rke(pool: Pool, distances: Distances) -> Array:
    r"""(P,) how diverse the candidate is, over how diverse the reference is: :math:`e^{H_c - H_r}`.

    :math:`H = -\log E\,k(x, x')^2` is the Renyi entropy of order 2 of a Gaussian kernel; its exponential counts modes
    where these lie far apart.  The expectation is taken over pairs of different points, without bias.

    M. Jalali, C. Li and F. Farnia, An Information-Theoretic Evaluation of Generative Models in Learning Multi-modal
    Distributions, NeurIPS 2023.
    """
    sides = []
    for chosen, size in zip((1 - pool.chosen, pool.chosen), pool.sizes, strict=True):
        sides.append((chosen * (distances.kernel @ chosen)).sum(axis=0) / (size * (size - 1)))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sides[0] / sides[1])


def tell_apart(pool: Pool, rng: Generator) -> Array:
    """(P,) the area under the curve of a classifier that learnt from other points: 0.5 where it can't tell them.

    Linear discriminants (least squares with a ridge) of principal components and products of the first ones; a fold at
    a time is predicted from the others, and points are compared within it.  For all assignments at once: only the
    right-hand sides differ.

    D. Lopez-Paz and M. Oquab, Revisiting Classifier Two-Sample Tests, ICLR 2017.
    """
    x, theirs = _features(pool.values), pool.theirs
    folds = rng.permutation(np.arange(len(x)) % FOLDS)
    found = np.zeros(theirs.shape[1])
    for fold in range(FOLDS):
        old, new = folds != fold, folds == fold
        centred = x[old] - x[old].mean(axis=0)
        labels = theirs[old] - theirs[old].mean(axis=0)
        weights = np.linalg.solve(centred.T @ centred + np.eye(x.shape[1]), centred.T @ labels)
        found += _area(x[new] @ weights, theirs[new]) / FOLDS
    return found


def _features(values: Vectors) -> Array:
    """(N, f): principal components of equal variance, and products of the first ones."""
    variances, axes = np.linalg.eigh(np.asarray(values.T @ values, np.float64))
    kept = np.flatnonzero(variances > 1e-6 * max(variances[-1], 1e-300))[::-1][:COORDINATES]
    x = values @ (axes[:, kept] / np.sqrt(variances[kept] / len(values)))
    pairs = np.triu_indices(min(PRODUCTS, x.shape[1]))
    return np.concatenate([x, x[:, pairs[0]] * x[:, pairs[1]]], axis=1)


def _area(scores: Array, theirs: Array) -> Array:
    """(P,) of scores and sides (n, P): the probability that one of the candidate's has the higher score."""
    from scipy.stats import rankdata

    ranks = rankdata(scores, axis=0)
    many = np.count_nonzero(theirs, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        lower = (ranks * theirs).sum(axis=0) - many * (many + 1) / 2
        return np.asarray(lower / (many * (len(scores) - many)))
