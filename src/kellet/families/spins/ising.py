"""The Ising family: spins that are all alike, in one field, with one coupling or none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Array, Points, Sums, column
from kellet.families.abilities import Learner
from kellet.families.exponential.newton import Numbers, match
from kellet.families.family import Prior
from kellet.laws.frequencies import normalise
from kellet.laws.spins import Couplings, multiplicities, statistics
from kellet.laws.spins import Ising as Law
from kellet.page.wording import settings


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

    spins: int = 10
    couplings: Couplings = "none"
    prior: Prior | None = None

    learns = Sums
    models = (Law,)

    def __post_init__(self) -> None:
        least = 1 if self.couplings == "none" else 2
        if self.spins < least:
            raise InputError(f"at least {least} spins", self.spins, "spins=10")
        check_prior(self.prior)

    def describe(self) -> str:
        return f"spins that are all alike ({settings(self)})"

    def knows(self, truth: object) -> bool:
        return isinstance(truth, Law) and (truth.spins, truth.couplings) == (self.spins, self.couplings)

    def summarise(self, points: Points) -> Sums:
        values = spins_of(points, self.spins)
        total = values.sum(axis=2)
        weights = points.weighed
        sums = [np.einsum("rn,rn->r", weights, total)]
        if self.couplings == "common":
            sums.append(np.einsum("rn,rn->r", weights, (total * total - self.spins) / 2))
        return Sums(points.count, np.stack(sums, axis=1))

    def fit(self, evidence: Sums, rng: object = None, previous: object = None) -> Law:
        p = 1 if self.couplings == "none" else 2
        if evidence.total.shape[1:] != (p,):
            raise InputError(
                f"sums of shape (R, {p}) for couplings {self.couplings!r}", evidence.total.shape, "summarise"
            )
        if self.prior:
            mean = mean_spin(self.prior)
            evidence = imagine(
                self.prior, np.array([self.spins * mean, self.spins * (self.spins - 1) / 2 * mean**2])[:p], evidence
            )
        count = np.broadcast_to(evidence.count, len(evidence.total))
        empty = count <= 0
        total = np.where(empty[:, None], 0.0, evidence.total)
        if self.couplings == "common":
            # A replicate without points stands at no field and no coupling.
            target = total / column(np.where(empty, 1.0, count), total)
            theta, support = _solve(self.spins, target)
        else:
            spins = self.spins * np.where(empty, 1.0, count)
            up, down = np.maximum(spins + total[:, 0], 0.0), np.maximum(spins - total[:, 0], 0.0)
            lively = (up > 0) & (down > 0)
            theta = (0.5 * np.log(np.where(lively, up, 1.0) / np.where(lively, down, 1.0)))[:, None]
            support = np.ones((len(up), self.spins + 1), dtype=bool)
            support[up == 0, 1:] = False
            support[down == 0, :-1] = False
        return Law(
            self.spins, self.couplings, theta, None if support.all() else support, empty if empty.any() else None
        )


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
    inside = np.flatnonzero(~edge)
    if inside.size:
        theta[inside] = _climb(base, table, target[inside])
    return theta, support


def _climb(base: Array, table: Array, target: Array) -> Array:
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


def spins_of(points: Points, spins: int) -> Array:
    """Configurations (R, n, N) as numbers, absent ones as 0; anything but +1 and -1 is refused."""
    values = np.asarray(points.values, dtype=np.float64)
    if values.ndim != 3 or values.shape[2] != spins:
        raise InputError(f"configurations of {spins} spins, (R, n, {spins})", values.shape, f"spins={values.shape[-1]}")
    if points.weights is not None:
        values = np.where(points.weights[:, :, None] > 0, values, 0.0)
        wrong = (abs(values) != 1) & (points.weights[:, :, None] > 0)
    else:
        wrong = abs(values) != 1
    if wrong.any():
        raise InputError("spins that are +1 or -1", f"{values[wrong][0]:g}", "2 * x - 1 for zeros and ones")
    return values


def check_prior(prior: Prior | None) -> None:
    """Refuse a prior whose mean is not the mean of a spin."""
    if prior and (isinstance(prior.mean, tuple) or not abs(mean_spin(prior)) <= 1):
        raise InputError("one number between -1 and 1, the mean spin of a prior", prior.mean, "0")


def mean_spin(prior: Prior) -> float:
    """The mean spin of a prior."""
    return 0.0 if prior.mean is None or isinstance(prior.mean, tuple) else float(prior.mean)


def imagine(prior: Prior, statistic: Array, evidence: Sums) -> Sums:
    """The evidence with a prior's imaginary configurations, whose statistic (p,) is that of independent spins."""
    return evidence + Sums(prior.strength, np.tile(prior.strength * statistic, (len(evidence.total), 1)))
