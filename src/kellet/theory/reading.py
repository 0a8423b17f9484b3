r"""Writers who read one pool, each with a size, a share and real points of its own: second moments, generation by generation.

:math:`\delta_i` is the offset of writer i's mean from the truth, in units of the truth's standard deviation. In one
generation all writers' models write, and people; then writer i learns from :math:`n_i` points: N of the pool, f always
new real ones, and :math:`k_c` of each `Stocks` c that never changes. So

.. math:: n_i\delta_i' = N q_h + \sum_c k_c s_c + \text{noise}, \qquad q_h = \sum_b w_{hb} M_b ,

where :math:`M_b` are means of what lies in the pool: of all that the writers at home in one pool ever wrote (a recursion
for any halving), or of each of the newest batches; the state is the vector of all :math:`\delta, M, s`. It follows a
linear map, and so do its first and second moments but for the variance of the noise. For families whose variance is a
quadratic function of their mean, of curvature a, that closes as well: a point of writer j varies by

.. math:: v_j = \lambda_j + a\,E\delta_j^2, \qquad \lambda' = \text{the same linear map of } \lambda ,

:math:`\lambda` being 1 for all that is real and :math:`v_c - a|s_c|^2` of imaginary points. About the truth it lies
:math:`\rho_j = v_j + E\delta_j^2` away, and a batch the mean :math:`\rho_b` of that.

Who wrote each point of a pool far larger than what is read is drawn, too (laws): the noise of N points is
:math:`N\,[\sum_b w_b\rho_b - E q^2]`. A pool of P documents is itself drawn, so that :math:`M_b` is the mean of these, and
N of them without replacement bring the noise :math:`N\frac{P-N}{P-1}[\rho - E M^2]`. k points of a stock of V bring
:math:`k(1-k/V)`.  W. G. Cochran, Sampling Techniques (1977), chapter 2. The rest is derived here; `kellet.theory.islands`
is what it comes to where all are alike, `kellet.theory.writers.covary` where nothing is remembered.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kellet.theory import pool
from kellet.theory.islands import Moments
from kellet.theory.numbers import Array, Numbers, real


@dataclass(frozen=True)
class Library:
    """How pools are read: where each of K writers is at home, (K,) whole numbers from 0 to H - 1, and the rest.

    window: only so many newest generations lie in the pool; None for all, 0 where only people's newest does.  halving: in
    how many generations a text is read half as often.  bias: how many times as often as people's models' text is found.
    caught, wrong: of models' and people's text a filter throws away.  migration: the share of what is read that comes
    from all pools.

    >>> library = Library(np.zeros(2, int), window=1, bias=2.0)
    >>> library.read(np.array([[0.0], [50.0], [50.0]]), np.array([[100.0], [50.0], [0.0]])).ravel().round(3)
    array([0.   , 0.667, 1.   ])
    """

    homes: NDArray[np.int_]
    window: int | None = None
    halving: float = np.inf
    bias: float = 1.0
    caught: float = 0.0
    wrong: float = 0.0
    migration: float = 0.0

    def read(self, models: Array, people: Array) -> Array:
        """(T + 1, H): the share of model text in what a writer at home in each pool reads in generations 0 to T.

        models, people: (T + 1, H), what was written into each pool; in generation 0 by people.  See
        `kellet.theory.pool.sieve` and `kellet.theory.pool.retrieve`.
        """
        near, far = self.shares(models, people)
        return (1 - self.migration) * near + self.migration * far

    def shares(self, models: Array, people: Array) -> tuple[Array, Array]:
        """The same of a writer's own pool, (T + 1, H), and of all pools together, (T + 1, 1)."""
        machines, humans = self.weigh(models).sum(axis=-1), self.weigh(people, least=1).sum(axis=-1)
        if self.window == 0:
            machines = np.zeros_like(machines)
        return self._found(machines, humans), self._found(*(x.sum(axis=1, keepdims=True) for x in (machines, humans)))

    def weigh(self, written: Array, least: int = 0) -> Array:
        """(T + 1, H, L): how much each batch counts when somebody reads, the newest first, or all of a pool as one."""
        decay = 2.0 ** (-1 / self.halving)
        if self.window is None:
            piled = np.array(written)
            for t in range(1, len(piled)):
                piled[t] += decay * piled[t - 1]
            return piled[..., None]
        found = np.zeros((*written.shape, max(self.window, least)))
        for age in range(min(found.shape[-1], len(written))):
            found[age:, :, age] = decay**age * written[: len(written) - age]
        return found

    def _found(self, machines: Array, humans: Array) -> Array:
        with np.errstate(invalid="ignore", divide="ignore"):
            left = pool.sieve(machines / (machines + humans), self.caught, self.wrong)
            return real(pool.retrieve(left.models, self.bias))


@dataclass(frozen=True)
class Stocks:
    """C sources that never change: vaults of so many real points, or imaginary points.

    points: (C,), how many each has.  offset: (C, d), where imaginary points lie, from the truth, in units of its standard
    deviation; 0 of vaults.  variance: (C,), of these, in units of the truth's.  drawn: (C,), whether it was drawn from
    the truth, and its own mean is off by chance.  sifted: which of them is what a filter leaves of people's text, where
    that is not the truth.
    """

    points: Array = field(default_factory=lambda: np.zeros(0))
    offset: Array = field(default_factory=lambda: np.zeros((0, 1)))
    variance: Array = field(default_factory=lambda: np.zeros(0))
    drawn: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    sifted: int | None = None


@dataclass(frozen=True)
class Diet:
    """What each of K writers learns from in generations 0 to T.

    pool: (T + 1, K), points of the pool, 0 in generation 0.  fresh: real points that are always new.  stocks: (T + 1, K,
    C), points of each stock.  Who learns from nothing stays as it is.  aside: (K,), the chance that a point is not of the
    pool but a new real one.
    """

    pool: Array
    fresh: Array
    stocks: Array
    aside: Numbers = 0.0


@dataclass(frozen=True)
class Course:
    """What becomes of each writer, and of all together, in generations 0 to T.

    wander: (T + 1, K), E delta^2.  level: (T + 1, K), lambda.  pooled: (T + 1,), the same of the mean of all means.
    """

    wander: Array
    level: Array
    pooled: Array
    curvature: float

    @property
    def variance(self) -> Array:
        """(T + 1, K): what points of each writer vary by, in units of the truth's."""
        return np.maximum(self.level + self.curvature * self.wander, 0.0)

    @property
    def apart(self) -> Array:
        """(T + 1,): half the squared distance of two writers' means, all pairs alike."""
        count = self.wander.shape[1]
        return np.maximum(self.wander.mean(axis=1) - self.pooled, 0.0) * count / (count - 1)

    @property
    def together(self) -> Moments:
        """The moments of a writer of average fate."""
        within = self.wander.mean(axis=1)
        between = self.pooled if self.wander.shape[1] == 1 else within - self.apart
        return Moments(within, between, self.pooled, self.curvature, self.level.mean(axis=1))


def follow(
    library: Library, diet: Diet, models: Array, people: Array, stocks: Stocks, curvature: float, *, documents: bool = False
) -> Course:  # fmt: skip
    """Second moments of all writers, generation by generation.

    models: (T + 1, K), what each writes for each generation, 0 for the first.  people: (T + 1, H), what they write into
    each pool; in generation 0 what lies there before.  documents: the pools hold so many documents as were written, of
    which the first are those that writers learn from in generation 0; without a halving, a bias, a filter and a migration.

    >>> later, first = np.array([[0.0], [10.0], [10.0]]), np.array([[10.0], [0.0], [0.0]])
    >>> diet, alone = Diet(later, first, np.zeros((3, 1, 0))), Library(np.zeros(1, int), window=1)
    >>> follow(alone, diet, later, first, Stocks(), -1.0).variance.ravel()
    array([0.9  , 0.81 , 0.729])
    """
    if documents and (library.halving < np.inf or library.bias != 1 or library.caught or library.migration):
        raise ValueError(f"expected documents of which a sample is read as they come; got {library}.")
    state = _State(library, diet, real(models), real(people), stocks, curvature, documents)
    found = list(state.walk())
    wander, level, pooled = (np.array(one) for one in zip(*found, strict=True))
    return Course(wander, level, pooled, curvature)


class _State:
    """Moments of all means: z (D, D), their products; gain (D,), lambda - 1; rho (H L,), of batches."""

    def __init__(
        self, library: Library, diet: Diet, models: Array, people: Array, stocks: Stocks, a: float, documents: bool
    ):  # fmt: skip
        self.diet, self.stocks, self.a, self.documents = diet, stocks, a, documents
        self.homes, self.migration = library.homes, library.migration
        count, here = len(self.homes), people.shape[1]
        at = np.zeros((here, count))
        at[self.homes, np.arange(count)] = 1.0
        self.by_home = at * models[:, None, :]
        written = self.by_home.sum(axis=-1)
        if library.window == 0:
            self.by_home, written = np.zeros_like(self.by_home), np.zeros_like(written)
        self.models, self.people = written, people
        batches = written + people if documents else written
        self.weights = library.weigh(batches, least=1)
        self.near, self.far = (1.0, 1.0) if documents else library.shares(written, people)
        self.merges = library.window is None
        slots = here * self.weights.shape[-1]
        self.writers, self.pool = slice(0, count), slice(count, count + slots)
        self.kept = slice(count + slots, count + slots + len(stocks.points))
        self.z = np.zeros((self.kept.stop, self.kept.stop))
        with np.errstate(divide="ignore"):
            chance = np.diag(np.where(stocks.drawn, 1 / stocks.points, 0.0))
        self.z[self.kept, self.kept] = stocks.offset @ stocks.offset.T + chance
        self.gain = np.zeros(self.kept.stop)
        self.gain[self.kept] = stocks.variance - a * (stocks.offset**2).sum(axis=1) - 1
        self.rho = np.ones(slots)
        self.sifted = None if stocks.sifted is None else self.kept.start + stocks.sifted

    def walk(self) -> Iterator[tuple[Array, Array, Array]]:
        for t in range(len(self.diet.pool)):
            if t:
                self._publish(t)
            self._learn(t)
            if not t and self.documents:
                self._open()
            own = self.z[self.writers, self.writers]
            yield np.diag(own).copy(), 1 + self.gain[self.writers], own.mean()

    def _set(self, at: slice, rows: Array, noise: Array) -> None:
        """New means, linear in the old ones and with noise of their own."""
        crossed = rows @ self.z
        self._put(at, crossed, crossed @ rows.T, rows @ self.gain, noise)

    def _put(self, at: slice, crossed: Array, square: Array, gain: Array, noise: Array) -> None:
        self.z[at, :], self.z[:, at] = crossed, crossed.T
        self.z[at, at] = square + np.diag(noise)
        self.gain[at] = gain

    def _spread(self) -> Array:
        """(K,): what a point of each writer varies by."""
        return 1 + self.gain[self.writers] + self.a * np.diag(self.z)[self.writers]

    def _publish(self, t: int) -> None:
        """What is written for generation t joins what lies in the pools."""
        here, (_, slots) = len(self.models[t]), self.weights[t].shape
        total = self.models[t] + (self.people[t] if self.documents else 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            blend = np.where(total[:, None] > 0, self.by_home[t] / total[:, None], 0.0)
            fresh = np.where(total > 0, 1 - self.models[t] / total, 0.0)
            keep = np.where(self.weights[t, :, 0] > 0, 1 - total / self.weights[t, :, 0], 1.0) if self.merges else 0.0
        spread, off = self._spread(), np.diag(self.z)[self.writers]
        noise = np.zeros(here)
        if self.documents:
            noise = (blend @ spread + fresh) / np.maximum(total, 1.0)
        rho = blend @ (spread + off) + fresh
        if not self.merges:
            self._age(here, slots)
        rows = np.zeros((here, len(self.z)))
        newest = np.arange(here) * slots
        rows[:, self.writers] = (1 - keep) * blend if np.ndim(keep) == 0 else (1 - keep)[:, None] * blend
        rows[np.arange(here), self.pool.start + newest] = keep
        places = slice(self.pool.start, self.pool.stop, slots)
        self._set(places, rows, (1 - keep) ** 2 * noise)
        self.rho[newest] = keep * self.rho[newest] + (1 - keep) * rho

    def _age(self, here: int, slots: int) -> None:
        """All batches are one generation older."""
        order = np.arange(len(self.z))
        own = np.arange(here * slots).reshape(here, slots)
        order[self.pool] = self.pool.start + np.roll(own, 1, axis=1).ravel()
        self.z, self.gain = self.z[np.ix_(order, order)], self.gain[order]
        self.rho = self.rho[order[self.pool] - self.pool.start]

    def _open(self) -> None:
        """The first documents are those that writers learnt from, and others of people."""
        here, slots = self.weights[0].shape
        given = self.diet.stocks[0] * ~self.stocks.drawn
        learnt = (self.diet.fresh[0] + self.diet.stocks[0].sum(axis=1)) / self.people[0][self.homes]
        rows, at = np.zeros((here, len(self.z))), np.eye(here)[:, self.homes]
        # Imaginary points are in what a writer learnt, but lie in no pool.
        rows[:, self.writers] = at * learnt
        rows[:, self.kept] = -(at @ given) / self.people[0][:, None]
        others = 1 - rows.sum(axis=1)
        self._set(slice(self.pool.start, self.pool.stop, slots), rows, others / self.people[0])

    def _learn(self, t: int) -> None:
        """Each writer whose time has come learns anew."""
        reads, fresh, kept = self.diet.pool[t], self.diet.fresh[t], self.diet.stocks[t]
        n = reads + fresh + kept.sum(axis=1)
        learns, n = n > 0, np.where(n > 0, n, 1.0)
        near = self._shelve(t)
        aside = real(self.diet.aside)
        load = ((1 - aside) * reads / n)[:, None] * np.eye(len(near))[self.homes]
        side = kept / n[:, None]
        found = near @ self.z
        crossed = np.where(learns[:, None], load @ found + side @ self.z[self.kept], self.z[self.writers])
        square = (crossed @ near.T) @ load.T + crossed[:, self.kept] @ side.T
        square = np.where(learns, square, crossed[:, self.writers])
        gain = load @ (near @ self.gain) + side @ self.gain[self.kept]
        with np.errstate(divide="ignore", invalid="ignore"):
            rest = np.where(kept > 0, kept * (1 - kept / self.stocks.points), 0.0).sum(axis=1)
        noise = np.where(learns, (reads * self._scatter(t, near, found, aside) + fresh + rest) / n**2, 0.0)
        self._put(self.writers, crossed, square, np.where(learns, gain, self.gain[self.writers]), noise)

    def _shelve(self, t: int) -> Array:
        """(H, D): the mean of what is read at home in each pool, as rows of the state."""
        weights = self.weights[t]
        here, slots = weights.shape
        rows = np.zeros((here, len(self.z)))
        if not t:
            return rows
        near, far = (np.broadcast_to(one, (len(self.weights), here))[t] for one in (self.near, self.far))
        with np.errstate(invalid="ignore"):
            own = np.nan_to_num(weights / weights.sum(axis=1, keepdims=True))
            every = np.nan_to_num(weights / weights.sum()).ravel()
        whole = self.migration * far[:, None] * every
        for home in range(here):
            whole[home, home * slots : (home + 1) * slots] += (1 - self.migration) * near[home] * own[home]
        rows[:, self.pool] = whole
        if self.sifted is not None:
            rows[:, self.sifted] = 1 - whole.sum(axis=1)
        return rows

    def _scatter(self, t: int, near: Array, found: Array, aside: Array) -> Array:
        """(K,): noise of a point that is read of the pool."""
        read, people = near[:, self.pool], 1.0
        if self.sifted is not None:
            people += self.gain[self.sifted] + (1 + self.a) * self.z[self.sifted, self.sifted]
        rho = (read @ self.rho + (1 - read.sum(axis=1)) * people)[self.homes]
        off = np.einsum("hd,hd->h", found, near)[self.homes]
        if not self.documents:
            return (1 - aside) * rho + aside - (1 - aside) ** 2 * off
        held = self.weights[t].sum(axis=1)[self.homes]
        return (rho - off) * (held - self.diet.pool[t]) / np.maximum(held - 1, 1.0)
