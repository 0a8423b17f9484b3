r"""Writers who read one pool, each with a size, a share and real points of its own: their second moments.

:math:`\delta_i` is the offset of writer i's mean from the truth, in units of the truth's standard deviation. In one
generation all writers' models write, and people; then writer i learns from :math:`n_i` points: N of the pool, f always
new real ones, and :math:`k_c` of each of some `Stocks` c that never change. So

.. math:: n_i\delta_i' = N q_h + \sum_c k_c s_c + \text{noise}, \qquad q_h = \sum_b w_{hb} M_b ,

where :math:`M_b` are the means of what lies in the pools: of all that the writers at home in one of them ever wrote (a
recursion for any halving), or of each of the newest batches. The vector of all :math:`\delta, M, s` follows a linear
map, and so do its first and second moments but for the variance of the noise. For families whose variance is a
quadratic function of their mean, of curvature a, that closes as well: a point of writer j varies by

.. math:: v_j = \lambda_j + a\,E\delta_j^2, \qquad \lambda' = \text{the same linear map of } \lambda ,

:math:`\lambda` being 1 for all that is real and :math:`v_c - a|s_c|^2` for imaginary points. Its expected squared
distance from the truth is :math:`\rho_j = v_j + E\delta_j^2`, and that of a batch, :math:`\rho_b`, the mean of these.

Of a pool far larger than what is read (laws) it is drawn, too, who wrote each point: the noise of N points is
:math:`N\,[\sum_b w_b\rho_b - E q^2]`. A pool of P documents is itself drawn, so that :math:`M_b` is the mean of these,
and N of them without replacement bring the noise :math:`N\frac{P-N}{P-1}[\rho - E M^2]`, as k points of a stock of V
bring :math:`k(1-k/V)`: W. G. Cochran, Sampling Techniques (1977), chapter 2. The rest is derived here;
`kellet.theory.islands` is what it comes to where all are alike, `kellet.theory.writers.covary` where nothing is
remembered.
"""

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
    """How pools are read.

    homes: (K,), in which of the pools 0 to H - 1 each writer is at home.  window: only so many newest generations lie
    in a pool; None for all, 0 where only people's newest does.  halving: in how many generations a text is read half as
    often.  bias: how many times as often as people's models' text is found.  caught, wrong: the share of models' and of
    people's text that a filter throws away.  migration: the share of what is read that comes from all pools.

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
        return real((1 - self.migration) * near + self.migration * far)

    def shares(self, models: Array, people: Array) -> tuple[Array, Array]:
        """The same of what is read in each pool, (T + 1, H), and of all of them together, (T + 1, 1)."""
        machines, humans = self.weigh(models).sum(axis=-1), self.weigh(people, least=1).sum(axis=-1)
        return self._found(machines, humans), self._found(*(x.sum(axis=1, keepdims=True) for x in (machines, humans)))

    def weigh(self, written: Array, least: int = 0) -> Array:
        """(T + 1, H, L): how much each batch counts when somebody reads, the newest first, or all of a pool as one.

        least: of so many batches at least.
        """
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

    points: (C,), how many each has.  offset: (C, d), where imaginary points lie, from the truth, in units of its
    standard deviation; 0 of vaults.  variance: (C,), of these, in units of the truth's; 1 of vaults.  drawn: (C,),
    whether it was drawn from the truth, and its own mean is off by chance.  sifted: which of them is what a filter
    leaves of people's text, where that is not the truth.
    """

    points: Array = field(default_factory=lambda: np.zeros(0))
    offset: Array = field(default_factory=lambda: np.zeros((0, 1)))
    variance: Array = field(default_factory=lambda: np.zeros(0))
    drawn: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    sifted: int | None = None


@dataclass(frozen=True)
class Diet:
    """What each of K writers learns from in generations 0 to T.

    pool: (T + 1, K), points of the pool, 0 in generation 0.  fresh: (T + 1, K), real points that are always new.
    stocks: (T + 1, K, C), points of each stock.  aside: (K,), the chance that a point of the pool is none, but a new
    real one.  Who learns from nothing stays as it is.
    """

    pool: Array
    fresh: Array
    stocks: Array
    aside: Numbers = 0.0


@dataclass(frozen=True)
class Course:
    """What becomes of each writer, and of all together, in generations 0 to T.

    wander: (T + 1, K), E delta^2.  level: (T + 1, K), lambda.  pooled: (T + 1,), the wander of the mean of all means.
    """

    wander: Array
    level: Array
    pooled: Array
    curvature: float

    @property
    def variance(self) -> Array:
        """(T + 1, K): what points of each writer vary by, in units of the truth's."""
        return real(np.maximum(self.level + self.curvature * self.wander, 0.0))

    @property
    def apart(self) -> Array:
        """(T + 1,): half the squared distance of two writers' means, all pairs alike."""
        count = self.wander.shape[1]
        return real(np.maximum(self.wander.mean(axis=1) - self.pooled, 0.0) * count / (count - 1))

    @property
    def together(self) -> Moments:
        """The moments of a writer of average fate."""
        within = self.wander.mean(axis=1)
        between = self.pooled if self.wander.shape[1] == 1 else within - self.apart
        return Moments(within, between, self.pooled, self.curvature, self.level.mean(axis=1))


def follow(
    library: Library, diet: Diet, models: Array, people: Array, stocks: Stocks, curvature: float, *,
    documents: bool = False,
) -> Course:  # fmt: skip
    """Second moments of all writers, generation by generation.

    models: (T + 1, K), what each writes for each generation, 0 for the first.  people: (T + 1, H), what they write into
    each pool; in generation 0 what lies there before.  documents: the pools hold so many documents as were written, the
    first of which are those that writers learn from in generation 0; without halving, bias, filter and migration.

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
    """Moments of all means, the writers', the pools' and the stocks': z (D, D), their products; gain (D,), lambda - 1;
    rho (H L,), of what lies in the pools."""

    def __init__(
        self, library: Library, diet: Diet, models: Array, people: Array, stocks: Stocks, a: float, documents: bool
    ):  # fmt: skip
        self.diet, self.stocks, self.a, self.documents, self.migration = diet, stocks, a, documents, library.migration
        count, self.here, self.homes = len(library.homes), people.shape[1], library.homes
        self.at_home = np.eye(self.here)[self.homes]
        self.by_home = self.at_home.T * models[:, None, :] * (library.window != 0)
        self.models, self.people = self.by_home.sum(axis=-1), people
        self.weights = library.weigh(self.models + people * documents, least=1)
        near, far = library.shares(self.models, people)
        self.near, self.far = (np.ones_like(near), np.ones_like(far)) if documents else (near, far)
        self.merges, self.slots = library.window is None, self.weights.shape[-1]
        end = count + self.here * self.slots
        self.writers, self.pool, self.kept = slice(0, count), slice(count, end), slice(end, end + len(stocks.points))
        self.newest = slice(count, end, self.slots)
        self.sifted = None if stocks.sifted is None else end + stocks.sifted
        self.z, self.gain, self.rho = np.zeros((self.kept.stop,) * 2), np.zeros(self.kept.stop), np.ones(end - count)
        with np.errstate(divide="ignore"):
            chance = np.diag(np.where(stocks.drawn, 1 / stocks.points, 0.0))
        self.z[self.kept, self.kept] = stocks.offset @ stocks.offset.T + chance
        self.gain[self.kept] = stocks.variance - a * (stocks.offset**2).sum(axis=1) - 1

    def walk(self) -> Iterator[tuple[Array, Array, float]]:
        """Wander, level, and what is pooled, of each generation."""
        for t in range(len(self.diet.pool)):
            if t:
                self._publish(t)
            self._learn(t)
            if not t and self.documents:
                self._open()
            own = self.z[self.writers, self.writers]
            yield np.diag(own).copy(), 1 + self.gain[self.writers], float(own.mean())

    def _put(self, at: slice, crossed: Array, square: Array, gain: Array, noise: Array) -> None:
        """New means: their products with all others and with each other, and the variance of noise of their own."""
        self.z[at, :], self.z[:, at] = crossed, crossed.T
        self.z[at, at] = square + np.diag(noise)
        self.gain[at] = gain

    def _put_newest(self, rows: Array, noise: Array) -> None:
        """What is new in each pool, rows (H, D) of the state."""
        crossed = rows @ self.z
        self._put(self.newest, crossed, crossed @ rows.T, rows @ self.gain, noise)

    def _open(self) -> None:
        """The first documents are those that writers learnt from, and others of people."""
        first = self.people[0]
        rows = np.zeros((self.here, len(self.z)))
        learnt = self.diet.fresh[0] + self.diet.stocks[0].sum(axis=1)
        rows[:, self.writers] = self.at_home.T * learnt / first[:, None]
        # Imaginary points are in what a writer learnt, and lie in no pool.
        rows[:, self.kept] = -(self.at_home.T @ (self.diet.stocks[0] * ~self.stocks.drawn)) / first[:, None]
        self._put_newest(rows, (1 - rows.sum(axis=1)) / first)

    def _publish(self, t: int) -> None:
        """What is written for generation t joins what lies in the pools."""
        total = self.models[t] + self.people[t] * self.documents
        weight = self.weights[t, :, 0]
        blend = self.by_home[t] / np.where(total > 0, total, 1.0)[:, None]
        fresh = (total > 0) - blend.sum(axis=1)
        if self.merges:
            keep = 1 - total / np.where(weight > 0, weight, 1.0)
        else:
            keep = np.zeros(self.here)
            self._age()
        off = np.diag(self.z)[self.writers]
        spread = 1 + self.gain[self.writers] + self.a * off
        rows = np.zeros((self.here, len(self.z)))
        rows[:, self.writers] = (1 - keep)[:, None] * blend
        rows[:, self.newest] = np.diag(keep)
        # What models may write is known to all who read laws, and what they wrote to those who read documents.
        noise = (blend @ spread + fresh) / np.maximum(total, 1.0) if self.documents else np.zeros(self.here)
        self._put_newest(rows, (1 - keep) ** 2 * noise)
        newest = slice(0, None, self.slots)
        self.rho[newest] = keep * self.rho[newest] + (1 - keep) * (blend @ (spread + off) + fresh)

    def _age(self) -> None:
        """All batches are one generation older."""
        order, count = np.arange(len(self.z)), self.pool.start
        order[self.pool] = count + np.roll(np.arange(len(self.rho)).reshape(self.here, -1), 1, axis=1).ravel()
        self.z, self.gain, self.rho = self.z[np.ix_(order, order)], self.gain[order], self.rho[order[self.pool] - count]

    def _learn(self, t: int) -> None:
        """Each writer whose time has come learns anew."""
        reads, fresh, kept = self.diet.pool[t], self.diet.fresh[t], self.diet.stocks[t]
        n = reads + fresh + kept.sum(axis=1)
        learns, n = n > 0, np.where(n > 0, n, 1.0)
        rows = self._find_rows(t)
        found, own = rows @ self.z, 1 - real(self.diet.aside)
        load, side = (own * reads / n)[:, None] * self.at_home, kept / n[:, None]
        crossed = np.where(learns[:, None], load @ found + side @ self.z[self.kept], self.z[self.writers])
        square = (crossed @ rows.T) @ load.T + crossed[:, self.kept] @ side.T
        square = np.where(learns, square, crossed[:, self.writers])
        gain = np.where(learns, load @ (rows @ self.gain) + side @ self.gain[self.kept], self.gain[self.writers])
        rho, off = self._measure(rows), np.einsum("hd,hd->h", found, rows)[self.homes]
        if self.documents:
            held = self.weights[t].sum(axis=1)[self.homes]
            noise = reads * (rho - off) * (held - reads) / np.maximum(held - 1, 1.0)
        else:
            noise = reads * (own * rho + 1 - own - own**2 * off)
        rest = (kept * (1 - kept / self.stocks.points)).sum(axis=1)
        self._put(self.writers, crossed, square, gain, learns * (noise + fresh + rest) / n**2)

    def _find_rows(self, t: int) -> Array:
        """(H, D): the mean of what is read at home in each pool, as rows of the state."""
        weights, m = self.weights[t], self.migration
        rows = np.zeros((self.here, len(self.z)))
        if t:
            totals = weights.sum(axis=1, keepdims=True)
            own = np.einsum("hg,gl->hgl", np.eye(self.here), weights / np.where(totals > 0, totals, 1.0))
            every = self.far[t] * weights / max(totals.sum(), 1e-300)
            rows[:, self.pool] = ((1 - m) * self.near[t][:, None, None] * own + m * every).reshape(self.here, -1)
        if self.sifted is not None:
            rows[:, self.sifted] = 1 - rows.sum(axis=1)
        return rows

    def _measure(self, rows: Array) -> Array:
        """(K,): rho of what each reads of the pool."""
        read, people = rows[:, self.pool], 1.0
        if self.sifted is not None:
            people += self.gain[self.sifted] + (1 + self.a) * self.z[self.sifted, self.sifted]
        return real((read @ self.rho + (1 - read.sum(axis=1)) * people)[self.homes])
