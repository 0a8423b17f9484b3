"""Differentiation: how much of what varies lies between writers, and how far two of them are apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from kellet.evidence import Array
from kellet.laws import Frequencies, MultivariateNormal, Normal
from kellet.laws.blending import align
from kellet.laws.model import Model
from kellet.laws.room import blocks
from kellet.metrics.distance import directions, with_points
from kellet.metrics.diversity import categorical
from kellet.metrics.look import Look, once
from kellet.metrics.metric import Metric
from kellet.metrics.moments import NORMAL, both_normal, in_space, real_moments
from kellet.metrics.real import Real, means
from kellet.metrics.transport import fold

FEW = 10
"""Pairs of writers up to which all are compared; of more writers as many pairs as there are writers."""


@dataclass(frozen=True)
class Division:
    """Variance in two parts: the mean one within a writer, and that of the writers' means; all (R,).  count: of the
    writers who are there."""

    within: Array
    between: Array
    count: Array


def differentiation(look: Look) -> Array:
    r""":math:`F_{ST} = B/(W+B)`: W what a writer's points vary by, on average, B what the means of all writers do.

    For categories Nei's :math:`G_{ST} = 1 - H_S/H_T`, H the chance that two texts differ, of one writer (on average)
    and of all writers alike; else by traces of covariances.  NaN where nothing varies.
    S. Wright, Annals of Eugenics 15:323 (1951); M. Nei, PNAS 70:3321 (1973).
    """
    if len(look.web) == 1:
        return _lonely(look)
    parts = divide(look)
    return _of_several(look, parts.between, parts.within + parts.between)


def writers_apart(look: Look) -> Array:
    r""":math:`\tfrac12|\mu_i-\mu_j|^2` over all pairs of writers, in units of the truth's variance.

    For categories :math:`\tfrac12\sum_a(p_{ia}-p_{ja})^2/(1-\sum_a q_a^2)`.  Averaged over replicates that is x of
    `kellet.theory.islands`, being of second order in the means.
    """
    if len(look.web) == 1:
        return _lonely(look)
    parts = divide(look)
    return _of_several(look, parts.between * parts.count, (parts.count - 1) * _real_variance(look))


def writers_distance(look: Look) -> Array:
    r"""How far the laws of two writers lie apart, averaged over pairs; 0 where they write alike.

    For categories the total variation :math:`\tfrac12\sum_a|p_{ia}-p_{ja}|`.  For points the energy distance
    :math:`2E|X-Y|-E|X-X'|-E|Y-Y'|` along 32 fixed directions (on the line, the one there is), averaged, in real
    standard deviations per dimension: exactly between normal laws, else of what both write, unbiased, so that it
    scatters about 0 for writers who are alike.  Above five writers as many pairs are compared as there are writers.
    """
    if len(look.web) == 1:
        return _lonely(look)
    if categorical(look.real, look.model):
        apart = _total_variation
    else:
        apart = _energy_of_normals if _are_normal(look) else _energy_of_points
    pairs, there = list_pairs(len(look.web)), ~look.gone
    both = np.stack([there[i] & there[j] for i, j in pairs])
    total = np.where(both, apart(look, pairs), 0.0).sum(axis=0)
    return _of_several(look, total, both.sum(axis=0))


@once
def divide(look: Look) -> Division:
    """What varies within writers and what between them."""
    there = ~look.gone
    count = there.sum(axis=0)
    weight = there / np.maximum(count, 1)
    if categorical(look.real, look.model):
        parts = [_divide(p, 1 - np.einsum("kra,kra->kr", p, p), weight[:, rows]) for rows, p in _shares(look)]
        within, between = (np.concatenate(part) for part in zip(*parts, strict=True))
    else:
        centres = np.where(there[..., None], np.stack([one.mean for one in look.web]), 0.0)
        totals = np.where(there, np.stack([one.total for one in look.web]), 0.0)
        within, between = _divide(centres, totals, weight)
    return Division(within, between, count)


def _divide(centres: Array, variances: Array, weight: Array) -> tuple[Array, Array]:
    """Of centres (K, R, d), variances (K, R) and weights (K, R), which come to 1."""
    # From one of them, not from the origin: writers who are alike to the last digit are not to differ by rounding.
    one = centres[(weight > 0).argmax(axis=0), np.arange(weight.shape[1])]
    gaps = centres - one
    gaps -= np.einsum("kr,krd->rd", weight, gaps)
    squared = np.einsum("krd,krd->kr", gaps, gaps)
    return np.einsum("kr,kr->r", weight, variances), np.einsum("kr,kr->r", weight, squared)


def _shares(look: Look) -> Iterator[tuple[slice, Array]]:
    """Rows (r,), and (K, r, U) what each writer writes of each category that is alive anywhere; 0 of those who are not
    there.  As many rows at a time as there is room for."""
    laws, there = [one.model_as(Frequencies) for one in look.web], ~look.gone
    where, places = align(laws)
    width = laws[0].size if where is None else len(where)
    for rows in blocks(there.shape[1], len(laws) * width):
        shares = np.zeros((len(laws), *there[0, rows].shape, width))
        for own, law, at in zip(shares, laws, places, strict=True):
            own[:, at] = law.probabilities[rows]
        shares[~there[:, rows]] = 0.0
        yield rows, shares


def list_pairs(count: int) -> list[tuple[int, int]]:
    """Pairs of so many writers that are compared: all, or as many as there are writers, of all distances in their list.

    >>> list_pairs(3), list_pairs(7)[:4]
    ([(0, 1), (0, 2), (1, 2)], [(0, 1), (1, 3), (2, 5), (3, 0)])
    """
    if count * (count - 1) <= 2 * FEW:
        return list(combinations(range(count), 2))
    return [(i, (i + 1 + i % (count - 1)) % count) for i in range(count)]


def _total_variation(look: Look, pairs: Sequence[tuple[int, int]]) -> Array:
    """(P, R)."""
    parts = [[abs(p[i] - p[j]).sum(axis=1) / 2 for i, j in pairs] for _, p in _shares(look)]
    return np.concatenate(parts, axis=1)


def _are_normal(look: Look) -> bool:
    return all(isinstance(one.model, NORMAL) and one.moments is not None for one in look.web)


def _energy_of_normals(look: Look, pairs: Sequence[tuple[int, int]]) -> Array:
    """(P, R): from what the laws are along each direction."""
    seen, unit = [_project(one) for one in look.web], _unit(look)
    found = []
    for i, j in pairs:
        (mean, sd), (other, another) = seen[i], seen[j]
        across = 2 * fold(abs(mean - other), np.hypot(sd, another))
        found.append((across - 2 / np.sqrt(np.pi) * (sd + another)).mean(axis=1) / unit)
    return np.stack(found)


def _project(look: Look) -> tuple[Array, Array]:
    """(R, S) each: mean and standard deviation of a normal model along each direction."""
    model = look.model
    if isinstance(model, Normal):
        return model.mean[:, None], model.sd[:, None]
    assert isinstance(model, MultivariateNormal)
    sides = directions(model.mean.shape[1])
    along = np.einsum("rij,is->rjs", model.factor, sides)
    return means(model) @ sides, np.sqrt(np.einsum("rjs,rjs->rs", along, along))


def _energy_of_points(look: Look, pairs: Sequence[tuple[int, int]]) -> Array:
    """(P, R): from what both write, in order along each direction."""
    r, n, d = look.points.shape
    sides, unit, found = directions(d), _unit(look), np.empty((len(pairs), r))
    for rows in blocks(r, 2 * n * sides.shape[1]):
        seen = [np.sort((one.points[rows] @ sides).swapaxes(1, 2), axis=2) for one in look.web]
        sums = [_sum_gaps(x) for x in seen]
        for row, (i, j) in zip(found, pairs, strict=True):
            n, m = seen[i].shape[2], seen[j].shape[2]
            every = _sum_gaps(np.sort(np.concatenate([seen[i], seen[j]], axis=2), axis=2))
            across = 2 * (every - sums[i] - sums[j]) / (n * m)
            within = 2 * sums[i] / (n * (n - 1)) + 2 * sums[j] / (m * (m - 1))
            row[rows] = (across - within).mean(axis=1) / unit
    return found


def _sum_gaps(ranked: Array) -> Array:
    """(...): the sum of the distances of all pairs of n numbers in order, (..., n).

    >>> _sum_gaps(np.array([[0.0, 1.0, 3.0]]))
    array([6.])
    """
    n = ranked.shape[-1]
    return np.asarray(ranked @ (2.0 * np.arange(n) - n + 1))


def _unit(look: Look) -> float:
    """A real standard deviation per dimension."""
    covariance = real_moments(look.real)[1]
    return float(np.sqrt(np.trace(covariance) / len(covariance)))


def _real_variance(look: Look) -> float:
    if categorical(look.real, look.model):
        truth = look.truth(Frequencies).probabilities[0]
        return float(1 - truth @ truth)
    return float(np.trace(real_moments(look.real)[1]))


def _lonely(look: Look) -> Array:
    return np.zeros(look.gone.shape[1])


def _of_several(look: Look, whole: Array, parts: Array) -> Array:
    """whole / parts, where there are several writers and any parts."""
    return np.asarray(whole / np.where(((~look.gone).sum(axis=0) > 1) & (parts > 0), parts, np.nan))


def _divides(real: Real, model: Model | None) -> bool:
    return categorical(real, model) or in_space(real, model)


def _has_distances(real: Real, model: Model | None) -> bool:
    return categorical(real, model) or (
        in_space(real, model) and (both_normal(real, model) or with_points(real, model))
    )


DIFFERENTIATION = Metric(
    "differentiation", "differences between writers",
    "The share of all that varies that lies between writers: 0 where they are alike, 1 where each writes one thing "
    "only, and not the same.",
    differentiation, _divides, None, optional=True,
    limits="It is a share: it may stay, or rise, while everything within the writers and between them is lost.",
)  # fmt: skip
APART = Metric(
    "writers_apart", "square of how far two writers' means are apart",
    "Half the squared distance between the means of two writers, in units of the real variance.",
    writers_apart, _divides, None, optional=True,
    limits="It sees means alone, and is ruled by what is frequent.",
)  # fmt: skip
DISTANCE = Metric(
    "writers_distance", "distance between two writers",
    "How differently two writers write: for categories the share that one would have to write otherwise to be like the "
    "other, else energy distance, in real standard deviations.",
    writers_distance, _has_distances, None, optional=True,
    limits="It is moved by the bulk of what is written; differences in the tails hardly show.",
)  # fmt: skip
