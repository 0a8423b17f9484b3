"""The spin glass family: a field for every spin, a coupling for every pair."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Array, Points, Sums, column
from kellet.families.abilities import Learner
from kellet.families.exponential.newton import Numbers, match
from kellet.families.family import Prior
from kellet.families.spins.ising import check_prior, imagine, mean_spin, spins_of
from kellet.laws.room import blocks
from kellet.laws.spins import SpinGlass as Law
from kellet.laws.spins import hadamard, masks, tilt
from kellet.page.wording import settings

MOST = 16
"""Spins whose states can be enumerated."""


class SpinGlass(Learner, frozen=True, tag="spin-glass"):
    r"""Learn all fields :math:`h_i` and couplings :math:`J_{ij}` of N <= 16 spins by maximum likelihood: from the means
    of the spins and of their products by pairs.

    The concave likelihood is climbed by Newton's method over all :math:`2^N` states, its covariances exact.
    prior: strength A imaginary configurations of independent spins with the given mean spin (default 0).

    Where the means lie on the edge of what is possible the parameters are infinite, and the limiting law is learnt:
    states that a pair of spins rules out (it was never seen in one of its four positions), or a triple of them (never
    seen all aligned, up to flips), are struck out exactly; what lies off the rarer edges keeps less than about 1e-16
    of the law.  A law of one state is absorbed, not marked collapsed.

    Jangjoo, di Sarra, Marsili and Roudi, PRL 136, 197301 (2026); on the edges, Deza and Laurent, Geometry of Cuts and
    Metrics (1997), chapters 5 and 27.

    >>> spins = np.array([[[1, 1], [1, 1], [1, -1], [-1, -1]]])
    >>> family = SpinGlass(2)
    >>> law = family.fit(family.summarise(Points(spins)))
    >>> law.states(slice(None)).round(3)
    array([[0.5 , 0.  , 0.25, 0.25]])
    """

    spins: int = 8
    prior: Prior | None = None

    learns = Sums
    models = (Law,)

    def __post_init__(self) -> None:
        check_spins(self.spins)
        check_prior(self.prior)

    def describe(self) -> str:
        return f"spins, each pair coupled in its own way ({settings(self)})"

    def knows(self, truth: object) -> bool:
        return isinstance(truth, Law) and truth.spins == self.spins

    def summarise(self, points: Points) -> Sums:
        values = spins_of(points, self.spins)
        weighed = values if points.weights is None else values * points.weights[:, :, None]
        first, second = np.triu_indices(self.spins, 1)
        pairs = (weighed.swapaxes(1, 2) @ values)[:, first, second]
        return Sums(points.count, np.concatenate([weighed.sum(axis=1), pairs], axis=1))

    def fit(self, evidence: Sums, rng: object = None, previous: object = None) -> Law:
        which = masks(self.spins)
        if evidence.total.shape[1:] != which.shape:
            raise InputError(f"sums of shape (R, {len(which)})", evidence.total.shape, "summarise")
        if self.prior:
            mean = mean_spin(self.prior)
            statistic = np.repeat([mean, mean * mean], [self.spins, len(which) - self.spins])
            evidence = imagine(self.prior, statistic, evidence)
        count = np.broadcast_to(evidence.count, len(evidence.total))
        empty = count <= 0
        target = np.where(empty[:, None], 0.0, evidence.total) / column(np.where(empty, 1.0, count), evidence.total)
        theta = np.zeros_like(target)
        supports = []
        for rows in blocks(len(target), 1 << self.spins):
            support = _known_states(self.spins, target[rows])
            theta[rows] = _climb(self.spins, target[rows], support)
            supports.append(support)
        known = np.concatenate(supports)
        return Law(self.spins, theta, None if known.all() else known, empty if empty.any() else None)


def check_spins(spins: int) -> None:
    """Refuse fewer spins than a pair, and more than can be enumerated."""
    if not 2 <= spins <= MOST:
        bound = f"at most {MOST} spins to enumerate" if spins > MOST else "at least 2 spins"
        raise InputError(bound, spins, "the ising family (one field, one coupling)" if spins > MOST else "spins=8")


def _known_states(spins: int, target: Array) -> NDArray[np.bool_]:
    r"""(b, 2^N): the states that no pair and no triple rules out.

    A pair was never seen at (a, b) if :math:`1 + a m_i + b m_j + ab\,c_{ij} = 0`; a triple never aligned with (a, b, c)
    or its opposite if :math:`1 + ab\,c_{ij} + ac\,c_{ik} + bc\,c_{jk} = 0`.  How many of those that do vanish a state
    violates is a quadratic function of the state: one transform tells it for all of them.
    """
    means, pairs = target[:, :spins], np.zeros((len(target), spins, spins))
    first, second = np.triu_indices(spins, 1)
    pairs[:, first, second] = target[:, spins:]
    tolerance = 256 * np.finfo(float).eps
    strikes = np.zeros((len(target), 1 << spins))
    bits = 1 << np.arange(spins)
    for a, b in product((1, -1), repeat=2):
        never = 1 + a * means[:, first] + b * means[:, second] + a * b * target[:, spins:] <= tolerance
        _strike(
            strikes,
            never,
            [(0 * bits[first], 1), (bits[first], a), (bits[second], b), (bits[first] | bits[second], a * b)],
        )
    i, j, k = np.array(list(combinations(range(spins), 3)), dtype=np.int64).reshape(-1, 3).T
    for a, b in product((1, -1), repeat=2):
        never = 1 + a * pairs[:, i, j] + b * pairs[:, i, k] + a * b * pairs[:, j, k] <= tolerance
        _strike(
            strikes,
            never,
            [(0 * bits[i], 1), (bits[i] | bits[j], a), (bits[i] | bits[k], b), (bits[j] | bits[k], a * b)],
        )
    struck = np.flatnonzero(strikes[:, 0] > 0)
    support = np.ones(strikes.shape, dtype=bool)
    if struck.size:
        support[struck] = hadamard(strikes[struck]) < 2
        # Means that no law has, beyond the edge by more than rounding, leave no state: nothing is struck out then.
        support[struck[~support[struck].any(axis=1)]] = True
    return support


def _strike(strikes: Array, never: NDArray[np.bool_], terms: list[tuple[NDArray[np.int64], int]]) -> None:
    """Add the products of spins (bits, sign) of the patterns that never were."""
    rows, which = np.nonzero(never)
    for bits, sign in terms:
        np.add.at(strikes, (rows, bits[which]), sign)


def _climb(spins: int, target: Array, support: NDArray[np.bool_]) -> Array:
    which = masks(spins)
    between = which[:, None] ^ which
    bounded = not support.all()

    def law(theta: Array, rows: Numbers) -> tuple[Array, Array, Array]:
        height, states = tilt(spins, theta, support[rows] if bounded else None)
        products = hadamard(states)
        mean = products[:, which]
        return height, mean, products[:, between] - mean[:, :, None] * mean[:, None]

    start = np.zeros_like(target)
    start[:, :spins] = np.arctanh(np.clip(target[:, :spins], -0.99, 0.99))
    return match(law, target, start)
