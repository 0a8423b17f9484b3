"""Ising families: spins all alike, in one field; and a field for every spin, a coupling for every pair."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from kellet import laws
from kellet.errors import InputError
from kellet.evidence import Array, Points, Sums, column
from kellet.families.abilities import Learner
from kellet.families.exponential.newton import Numbers, match
from kellet.families.family import Prior
from kellet.laws.frequencies import normalise
from kellet.laws.room import blocks
from kellet.laws.spins import Couplings, hadamard, masks, multiplicities, statistics, tilt

MOST = 16
"""Spins whose states can be enumerated."""


class Ising(Learner, frozen=True, tag="ising"):
    r"""Learn the field, and perhaps the common coupling, of N spins by maximum likelihood: from the mean of
    :math:`M = \sum_i s_i` and of :math:`\sum_{i<j} s_i s_j = (M^2-N)/2`.

    spins: N.  couplings: "none", where the field has a closed form and the loop is Wright's drift with N draws a
    configuration; or "common", where the likelihood is climbed by Newton's method over N + 1 levels.
    prior: strength A imaginary configurations of independent spins with the given mean spin (default 0).

    Where the means lie on the edge of what is possible the parameters are infinite, and the limiting law is learnt
    instead, exactly: for "none" all spins up or all down; for "common" those means lie on a polygon whose corners are
    the N + 1 levels of M and whose sides join neighbouring levels, and the first to the last.  A law of one level is
    absorbed: it writes that level, in random order, for ever.  It isn't marked collapsed: there was something to learn.

    Jangjoo, di Sarra, Marsili and Roudi, PRL 136, 197301 (2026); the limits: Barndorff-Nielsen, Information and
    Exponential Families (1978), chapter 9.

    >>> law = Ising(4).fit(Sums(10.0, np.array([[20.0], [40.0]])))
    >>> law.theta[0].round(4), law.levels[1], law.absorbed
    (array([0.5493]), array([0., 0., 0., 0., 1.]), array([False,  True]))
    """

    words = "spins that are all alike ({settings})"
    spins: int = 10
    couplings: Couplings = "none"
    prior: Prior | None = None

    learns = Sums
    models = (laws.Ising,)
    heeds = ()

    def __post_init__(self) -> None:
        if self.spins < (least := 1 if self.couplings == "none" else 2):
            raise InputError(f"at least {least} spins", self.spins, "spins=10")
        _check_prior(self.prior)
        self.check_prior()

    def knows(self, truth: object) -> bool:
        return isinstance(truth, laws.Ising) and (truth.spins, truth.couplings) == (self.spins, self.couplings)

    def summarise(self, points: Points) -> Sums:
        values = _read_spins(points, self.spins)
        total = values.sum(axis=2)
        weights = points.weighed
        sums = [np.einsum("rn,rn->r", weights, total)]
        if self.couplings == "common":
            sums.append(np.einsum("rn,rn->r", weights, (total * total - self.spins) / 2))
        return Sums(points.count, np.stack(sums, axis=1))

    def fit(self, evidence: Sums, rng: object = None, previous: object = None) -> laws.Ising:
        mean = _mean_spin(self.prior)
        imaginary = np.array([self.spins * mean, self.spins * (self.spins - 1) / 2 * mean**2])
        total, count, empty = _gather(evidence, self.prior, imaginary[: 1 if self.couplings == "none" else 2])
        if self.couplings == "common":
            # A replicate without points stands at no field and no coupling.
            theta, support = _solve(self.spins, total / column(count, total))
        else:
            spins = self.spins * count
            up, down = np.maximum(spins + total[:, 0], 0.0), np.maximum(spins - total[:, 0], 0.0)
            lively = (up > 0) & (down > 0)
            theta = (0.5 * np.log(np.where(lively, up, 1.0) / np.where(lively, down, 1.0)))[:, None]
            support = np.ones((len(up), self.spins + 1), dtype=bool)
            support[up == 0, 1:] = False
            support[down == 0, :-1] = False
        edge, dead = None if support.all() else support, empty if empty.any() else None
        return laws.Ising(self.spins, self.couplings, theta, edge, dead)


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

    words = "spins, each pair coupled in its own way ({settings})"
    spins: int = 8
    prior: Prior | None = None

    learns = Sums
    models = (laws.SpinGlass,)
    heeds = ()

    def __post_init__(self) -> None:
        check_spins(self.spins)
        _check_prior(self.prior)
        self.check_prior()

    def knows(self, truth: object) -> bool:
        return isinstance(truth, laws.SpinGlass) and truth.spins == self.spins

    def summarise(self, points: Points) -> Sums:
        values = _read_spins(points, self.spins)
        weighed = values if points.weights is None else values * points.weights[:, :, None]
        first, second = np.triu_indices(self.spins, 1)
        pairs = (weighed.swapaxes(1, 2) @ values)[:, first, second]
        return Sums(points.count, np.concatenate([weighed.sum(axis=1), pairs], axis=1))

    def fit(self, evidence: Sums, rng: object = None, previous: object = None) -> laws.SpinGlass:
        mean, pairs = _mean_spin(self.prior), self.spins * (self.spins - 1) // 2
        imaginary = np.repeat([mean, mean * mean], [self.spins, pairs])
        total, count, empty = _gather(evidence, self.prior, imaginary)
        target = total / column(count, total)
        theta = np.zeros_like(target)
        supports = []
        for rows in blocks(len(target), 1 << self.spins):
            supports.append(_find_states(self.spins, target[rows]))
            theta[rows] = _climb_states(self.spins, target[rows], supports[-1])
        support = np.concatenate(supports)
        return laws.SpinGlass(self.spins, theta, None if support.all() else support, empty if empty.any() else None)


def check_spins(spins: int) -> None:
    """Refuse fewer spins than a pair, and more than can be enumerated."""
    if not 2 <= spins <= MOST:
        bound = f"at most {MOST} spins to enumerate" if spins > MOST else "at least 2 spins"
        raise InputError(bound, spins, "the ising family (one field, one coupling)" if spins > MOST else "spins=8")


def _solve(spins: int, target: Array) -> tuple[Array, NDArray[np.bool_]]:
    """theta (R, 2) and support (R, N + 1) from the means (R, 2) of the statistics."""
    levels = np.arange(spins + 1)
    table = statistics(spins, "common")
    mean = np.clip(target[:, 0], -spins, spins)
    square = 2 * target[:, 1] + spins
    # The side of the polygon below: between the levels to the left and the right of the mean.
    left = np.clip(np.floor((mean + spins) / 2), 0, spins - 1).astype(np.int64)
    low = table[left, 0]
    tolerance = 64 * np.finfo(float).eps * spins**2
    below = square - (2 * low + 2) * mean + low * (low + 2) <= tolerance
    above = ~below & (spins**2 - square <= tolerance)
    edge = below | above
    support = np.ones((len(target), spins + 1), dtype=bool)
    support[below] = (levels == left[below, None]) | (levels == left[below, None] + 1)
    support[above] = (levels == 0) | (levels == spins)

    # On a side the law has two levels, and their odds say the field; at a corner it has one.
    first, second = np.where(above, 0, left), np.where(above, spins, left + 1)
    gap = table[second, 0] - table[first, 0]
    part = np.clip((mean - table[first, 0]) / gap, 0.0, 1.0)
    rest = np.clip((table[second, 0] - mean) / gap, 0.0, 1.0)
    corner = edge & (np.minimum(part, rest) <= 64 * np.finfo(float).eps)
    support[corner] = levels == np.where(part > rest, second, first)[corner, None]

    theta = np.zeros((len(target), 2))
    side = edge & ~corner
    base = multiplicities(spins)
    odds = np.log(part[side]) - np.log(rest[side]) - (base[second] - base[first])[side]
    theta[side, 0] = odds / gap[side]
    if (inside := np.flatnonzero(~edge)).size:
        theta[inside] = _climb_levels(base, table, target[inside])
    return theta, support


def _climb_levels(base: Array, table: Array, target: Array) -> Array:
    """theta (b, 2), of laws over levels with logarithmic multiplicities base (L,) and statistics table (L, 2)."""

    def law(theta: Array, rows: Numbers) -> tuple[Array, Array, Array]:
        logs = base + theta @ table.T
        height, levels = normalise(logs)
        mean = levels @ table
        apart = table - mean[:, None]
        return height, mean, np.einsum("bl,blp,blq->bpq", levels, apart, apart, optimize=True)

    spins = len(base) - 1
    start = np.zeros_like(target)
    start[:, 0] = np.arctanh(np.clip(target[:, 0] / spins, -0.99, 0.99))
    return match(law, target, start)


def _find_states(spins: int, target: Array) -> NDArray[np.bool_]:
    r"""(b, 2^N): the states that no pair and no triple rules out.

    A triple was never seen aligned with (a, b, c) or its opposite if
    :math:`1 + ab\,c_{ij} + ac\,c_{ik} + bc\,c_{jk} = 0`; a pair never at (b, c) if the same holds of it and a spin i
    that always points up.  How many of those that do vanish a state violates is a quadratic function of the state: one
    transform gives it for all of them.
    """
    means = np.ones((len(target), spins + 1, spins + 1))
    means[:, 0, 1:] = target[:, :spins]
    first, second = np.triu_indices(spins, 1)
    means[:, first + 1, second + 1] = target[:, spins:]
    bits = np.concatenate([[0], 1 << np.arange(spins)])
    strikes = np.zeros((len(target), 1 << spins))
    i, j, k = np.array(list(combinations(range(spins + 1), 3))).T
    for b, c in product((1, -1), repeat=2):
        never = 1 + b * means[:, i, j] + c * means[:, i, k] + b * c * means[:, j, k] <= 256 * np.finfo(float).eps
        rows, which = np.nonzero(never)
        for products, sign in ((0 * i, 1), (bits[i] | bits[j], b), (bits[i] | bits[k], c), (bits[j] | bits[k], b * c)):
            np.add.at(strikes, (rows, products[which]), sign)
    struck = np.flatnonzero(strikes[:, 0] > 0)
    support = np.ones(strikes.shape, dtype=bool)
    if struck.size:
        support[struck] = hadamard(strikes[struck]) < 2
        # Means that no law has, beyond the edge by more than rounding, leave no state: nothing is struck out then.
        support[struck[~support[struck].any(axis=1)]] = True
    return support


def _climb_states(spins: int, target: Array, support: NDArray[np.bool_]) -> Array:
    """theta (b, p), of laws over the states of a support (b, 2^N)."""
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


def _read_spins(points: Points, spins: int) -> Array:
    """Configurations (R, n, N) as numbers, absent ones as 0; anything but +1 and -1 is refused."""
    values = np.asarray(points.values, dtype=np.float64)
    if values.ndim != 3 or values.shape[2] != spins:
        raise InputError(f"configurations of {spins} spins, (R, n, {spins})", values.shape, f"spins={values.shape[-1]}")
    there = True if points.weights is None else points.weights[:, :, None] > 0
    wrong = (abs(values) != 1) & there
    if wrong.any():
        raise InputError("spins that are +1 or -1", f"{values[wrong][0]:g}", "2 * x - 1 for zeros and ones")
    return values if points.weights is None else np.where(there, values, 0.0)


def _check_prior(prior: Prior | None) -> None:
    """Refuse a prior whose mean is not the mean of a spin."""
    if prior and (isinstance(prior.mean, tuple) or not abs(_mean_spin(prior)) <= 1):
        raise InputError("one number between -1 and 1, the mean spin of a prior", prior.mean, "0")


def _mean_spin(prior: Prior | None) -> float:
    return 0.0 if prior is None or prior.mean is None or isinstance(prior.mean, tuple) else float(prior.mean)


def _gather(evidence: Sums, prior: Prior | None, imaginary: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Totals (R, p) and counts (R,) of the evidence and of a prior's configurations; and where there are none.

    imaginary: (p,), the statistic of the prior's, independent spins.  The count is 1 where there are none.
    """
    if evidence.total.shape[1:] != imaginary.shape:
        raise InputError(f"sums of shape (R, {len(imaginary)})", evidence.total.shape, "summarise")
    if prior:
        evidence = evidence + Sums(prior.strength, np.tile(prior.strength * imaginary, (len(evidence.total), 1)))
    count = np.broadcast_to(evidence.count, len(evidence.total))
    empty = count <= 0
    return np.where(empty[:, None], 0.0, evidence.total), np.where(empty, 1.0, count), empty
