r"""Many writers that learn from one pool: how far each goes astray, how alike they become.

Each of K writers learns in each generation from n points: k of a vault of real ones, m n of the pool of what all K
wrote and people add to, and the rest of what it wrote itself. People are a share u of the pool. With
:math:`\delta_i` the offset of writer i's mean from the truth, R_i that of the real points that it keeps to,
h = k/n, o = 1 - m - h, and :math:`\lambda = o + m(1-u)` the share of what models wrote,

.. math:: \delta_i' = o\,\delta_i + m(1-u)\bar\delta + h R_i + \text{noise}_i .

For families whose variance is a quadratic function of their mean, of curvature a (`kellet.theory.recursion` lists
them; -1 for categories), second moments close. In :math:`D = E\bar\delta^2`, the offset of all writers' text together,
and :math:`x = E(\delta_i-\delta_j)^2/2`, the way between two writers, all in units of the truth's variance V0,

.. math:: D' = \lambda^2 D + 2\lambda h Y + h^2\bar s + \tfrac1K N, \quad
          x' = o^2 x + 2 o h z + h^2(s - \bar s_{ij}) + N, \quad
          Y' = \lambda Y + h\bar s, \quad z' = o z + h(s-\bar s_{ij}),

.. math:: n N = 1 - hks + \lambda a W + m(1-u)\,[W - (1-u)D], \qquad W = D + (1-\tfrac1K)x .

W is a writer's own variance, B = W - x the covariance of two; s is Var R_i, that of two writers
:math:`\bar s_{ij}`, :math:`\bar s` that of their mean. The last term of N is there because who wrote a point of the
pool is drawn too. Where the pool holds P texts that several writers read, :math:`m^2 v/P` of the noise is theirs in
common, v being what a text of the pool varies by: x' has so much less of it, and D' (1 - 1/K) of it more.

For categories :math:`1 - W/V_0` is Simpson's diversity within a writer, :math:`1 - B/V_0` the chance that texts of two
writers differ, both against the truth's.  K = 1 is `kellet.theory.Loop`. Population genetics without people (Wright,
Genetics 16:97, 1931; Nei, PNAS 70:3321, 1973, for F_ST; Maruyama, Theoretical Population Biology 1:273, 1970); with
people, vaults and other curvatures derived here.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property

import numpy as np

from kellet.theory.numbers import Array, Numbers, real


@dataclass(frozen=True)
class Moments:
    """Second moments about the truth, in units of V0, of the writers' common broadcast shape.

    within: Var of a writer's mean.  between: covariance of two writers' means; of a lone writer its own.
    pooled: Var of the mean of all writers' text.  curvature: a.
    """

    within: Array
    between: Array
    pooled: Array
    curvature: Numbers

    @property
    def variance(self) -> Array:
        """E V(mean): what a writer's own points vary by; for categories its Simpson diversity. 1 at the truth."""
        return np.maximum(1 + real(self.curvature) * self.within, 0.0)[()]

    @property
    def pooled_variance(self) -> Array:
        """What all writers' points together vary by."""
        with np.errstate(invalid="ignore"):
            return (self.variance + self.within - self.pooled)[()]

    @property
    def differentiation(self) -> Array:
        """F_ST: the share of the pooled variance that lies between writers; 0 where they are alike, 1 at most.

        Of expectations. For categories that of Nei (1973), 1 - H_S/H_T. No number where all is lost, or infinite:
        `Islands.lasting_differentiation`.
        """
        with np.errstate(invalid="ignore"):
            return ((self.within - self.pooled) / self.pooled_variance)[()]


@dataclass(frozen=True)
class Islands:
    r"""K writers of n points each, of a family of this ``curvature``. All fields are numbers or arrays that broadcast.

    writers: K.  n: points that each learns from in a generation.  migration: m, their share that comes from the pool.
    people: u, the share of the pool that people write, always new.  vault: k, how many of the n are real points of a
    vault.  stock: V, how many the vault has; infinite for always new ones.  documents: P, how many texts the pool of a
    generation holds, which several writers may read, each at most once; infinite where no two read the same.  fixed: a
    writer draws its k once, and not afresh in each generation.  common: all writers draw from the same vault, and not
    each from its own.

    Time counts fits from the truth, which also writes the first sample.

    >>> web = Islands(5, 100, -1, migration=0.1)
    >>> web.after([1, 10, 100, 1000]).variance.round(3), web.after([1, 10, 100, 1000]).differentiation.round(3)
    (array([0.99 , 0.945, 0.791, 0.139]), array([0.008, 0.036, 0.041, 0.041]))
    >>> Islands([1, 5], 100, -1, migration=1, people=0.02).settled.variance.round(3)
    array([0.797, 0.944])
    """

    writers: Numbers
    n: Numbers
    curvature: Numbers
    _: KW_ONLY
    migration: Numbers = 1.0
    people: Numbers = 0.0
    vault: Numbers = 0.0
    stock: Numbers = np.inf
    documents: Numbers = np.inf
    fixed: bool = False
    common: bool = True

    def __post_init__(self) -> None:
        share = real(self.vault) / real(self.n)
        if (real(self.migration) < 0).any() or (real(self.migration) + share > 1 + 1e-12).any():
            raise ValueError(f"expected a migration from 0 to what the vault leaves, 1 - k/n; got {self}.")
        if (real(self.people) < 0).any() or (real(self.people) > 1).any():
            raise ValueError(f"expected the people's share of the pool from 0 to 1; got people={self.people}.")
        if (real(self.vault) > real(self.stock)).any():
            raise ValueError(f"expected no more points of the vault than it has; got {self.vault} of {self.stock}.")
        if (real(self.migration) * real(self.n) > real(self.documents) * (1 + 1e-12)).any():
            raise ValueError(f"expected no more read than the pool holds; got documents={self.documents}.")

    def after(self, t: Numbers) -> Moments:
        r"""Moments after t fits; t: whole numbers, of any shape that broadcasts with the writers'.

        By doubling: of an affine map :math:`y \to y - Ly + c`, two times t steps take :math:`2L_t - L_t^2`, so that no
        digit of a small loss is lost, however large n and t.

        >>> Islands(10, 1e12, -1, migration=1e-12).after([1e12, 1e13]).differentiation.round(4)
        array([0.2995, 0.3178])
        """
        lost, gained = self._step
        left = real(t) + np.zeros(gained.shape[:-1])
        if not np.isfinite(left).all():
            raise ValueError(f"expected a number of fits; got t={t!r}: `settled` is what becomes of very many.")
        state = np.zeros((*left.shape, 4))
        with np.errstate(over="ignore", invalid="ignore"):
            while (left > 0).any():
                odd = np.mod(left, 2)[..., None] == 1
                state = np.where(odd, state - np.einsum("...ij,...j->...i", lost, state) + gained, state)
                gained = 2 * gained - np.einsum("...ij,...j->...i", lost, gained)
                lost = 2 * lost - lost @ lost
                left = np.floor(left / 2)
        return self._moments(np.where(np.isnan(state), np.inf, state))

    @property
    def settled(self) -> Moments:
        """Moments after very many generations; infinite where they grow for ever.

        >>> Islands(1, 100, -1, migration=0, vault=3).settled.within ** -1        # as Loop(100, 3, -1).effective_points
        np.float64(6.88)
        """
        lost, gained = self._step
        holds = self._losses[..., :1] > 0
        state = np.linalg.solve(np.where(holds[..., None], lost, np.eye(4)), gained[..., None])[..., 0]
        state = real(np.where(holds, state, np.inf))
        # Writers that read nobody go each their own way, as far as there is one.
        a, count = real(self.curvature), real(self.writers)
        astray = np.where(a < 0, -1 / np.where(a, a, 1), np.inf)
        alone = np.broadcast_to(real(self.migration) + real(self.vault) == 0, holds[..., 0].shape)
        state[..., 0] = np.where(alone, astray / count, state[..., 0])
        state[..., 1] = np.where(alone & (count > 1), astray, state[..., 1])
        found = self._moments(state)
        return replace(found, between=np.where(alone & (count > 1), 0.0, found.between)[()])

    @property
    def effective_points(self) -> Array:
        """V0 / Var(mean) of a settled writer: how many real points it is worth; 0 where it goes ever farther astray.

        >>> Islands([1, 10, 1000], 1000, -1, migration=0.9, people=0.01).effective_points.round(1)
        array([ 18.9, 154.9, 939.2])
        """
        return (1 / self.settled.within)[()]

    @property
    def scales(self) -> tuple[Array, Array]:
        """Generations until 1/e is left of all writers' way to where they settle, and of the differences between them.

        The first is infinite where nothing holds them.  Without people, and for categories, about K n / (1 - F_ST).

        >>> slow, fast = Islands(10, 1000, -1, migration=0.01).scales
        >>> print(f"{slow:.0f} {fast:.1f}")
        10449 47.6
        """
        losses = self._losses
        with np.errstate(divide="ignore", invalid="ignore"):
            slow, fast = (np.where(one > 0, -1 / np.log1p(-np.minimum(one, 1.0)), np.inf) for one in losses.T)
        return slow.T[()], fast.T[()]

    @property
    def lasting_differentiation(self) -> Array:
        r"""F_ST after very many generations, also where all writers together still lose (or wander) for ever.

        Many writers, nothing real, a = -1: :math:`1/(n(2m-m^2)+1-m)`, about Wright's 1/(1 + 2nm) for haploids.

        >>> Islands([2, 10, 1e6], 100, -1, migration=0.01).lasting_differentiation.round(4)
        array([0.2378, 0.32  , 0.3356])
        """
        lost, gained = self._step
        a, apart = real(self.curvature), 1 - 1 / real(self.writers)
        loss = self._losses[..., 0]
        nothing = (real(self.vault) == 0) & (real(self.people) * real(self.migration) == 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            # Along the slowest direction of the (D, x) plane, what lies between writers against D.
            way = apart * lost[..., 1, 0] / (loss - lost[..., 1, 1])
            dying = way / (a * (1 + way) + way)
            # Without curvature D grows evenly, and x settles.
            drifting = 1 / (1 + lost[..., 1, 1] / (apart * gained[..., 1]))
            found = np.where((loss > 0) & ~nothing, self.settled.differentiation, np.where(a == 0, drifting, dying))
        return np.where(real(self.writers) == 1, 0.0, found)[()]

    @cached_property
    def _step(self) -> tuple[Array, Array]:
        """What a generation takes (..., 4, 4) and gives (..., 4) of the state D, x, Y, z."""
        count, n, a, m, u, k, stock, documents = np.broadcast_arrays(
            *map(real, (self.writers, self.n, self.curvature, self.migration)),
            *map(real, (self.people, self.vault, self.stock, self.documents)),
        )
        h = k / n
        kept = 1 / stock + np.zeros_like(h)
        pair = kept if self.common else np.zeros_like(h)
        if self.fixed:
            kept = np.where(k > 0, 1 / np.maximum(k, 1e-300), 0.0)
        mean = kept / count + (1 - 1 / count) * pair
        pool, pull = m * (1 - u), h + m * u
        models, own = 1 - pull, 1 - m - h
        on_d, on_x = (models * a + pool * u) / n, (1 - 1 / count) * (models * a + pool) / n
        fixed = (1 - h * k * kept) / n

        lost, gained = np.zeros((*h.shape, 4, 4)), np.zeros((*h.shape, 4))
        gained[..., 0], gained[..., 1] = h**2 * mean + fixed / count, h**2 * (kept - pair) + fixed
        gained[..., 2], gained[..., 3] = h * mean, h * (kept - pair)
        lost[..., 0, 0] = pull * (2 - pull) - on_d / count
        lost[..., 0, 1] = -on_x / count
        lost[..., 0, 2] = -2 * models * h
        lost[..., 1, 0] = -on_d
        lost[..., 1, 1] = (m + h) * (2 - m - h) - on_x
        lost[..., 1, 3] = -2 * own * h
        # What two writers read alike moves them together, and not apart.
        read, rest = m**2 / documents, 1 - 1 / count
        both = read[..., None] * np.stack([(1 - u) * (a + u), (1 - u) * rest * (a + 1)], axis=-1)
        lost[..., 0, :2] -= rest[..., None] * both
        lost[..., 1, :2] += both
        gained[..., 0] += rest * read
        gained[..., 1] -= read
        # What there is no vault for stays 0.
        lost[..., 2, 2], lost[..., 3, 3] = np.where(k, pull, 1.0), np.where(k, m + h, 1.0)
        lonely = count == 1
        lost[..., 1, :] = np.where(lonely[..., None], [0.0, 1.0, 0.0, 0.0], lost[..., 1, :])
        gained[..., 1] = np.where(lonely, 0.0, gained[..., 1])
        return lost, gained

    @cached_property
    def _losses(self) -> Array:
        """(..., 2): what is lost in a generation along the slow and the fast way of D and x; 1 - eigenvalues."""
        lost, _ = self._step
        half = (lost[..., 0, 0] + lost[..., 1, 1]) / 2
        cross = lost[..., 0, 1] * lost[..., 1, 0]
        root = np.sqrt(((lost[..., 0, 0] - lost[..., 1, 1]) / 2) ** 2 + cross)
        # The larger in size by a sum, the other by the product.
        large = half + np.where(half < 0, -root, root)
        with np.errstate(divide="ignore", invalid="ignore"):
            small = np.where(large, (lost[..., 0, 0] * lost[..., 1, 1] - cross) / large, 0.0)
        return np.sort(np.stack([small, large], axis=-1), axis=-1)

    def _moments(self, state: Array) -> Moments:
        pooled, apart = state[..., 0], state[..., 1]
        endless, count = np.isinf(pooled), real(self.writers)
        apart = np.where(endless, 0.0, apart)
        within, between = pooled + (1 - 1 / count) * apart, pooled - apart / count
        return Moments(within[()], between[()], pooled[()], self.curvature)


def best_count(
    t: Numbers, n: float, migration: float, curvature: float = -1.0, *, most: int = 1000, people: float = 0.0
) -> Array:
    r"""How many writers to split n points among, so that after t fits each of them is least far astray.

    Each of K writers has n/K points, the share ``migration`` of them from the pool of all, of which ``people`` write a
    share.  t: any shape.  most: the largest K that is tried; never more than n.

    One writer is best at first, as each of many learns from less; what many keep is that they differ. With a = -1 and
    F the F_ST of many writers a writer's diversity is about :math:`(1-F)e^{-(1-F)t/n}`, which is largest for
    1 - F = n/t: for t <= n one writer is best, from then on about 2m(t - n), m being the migration, as long as that is
    few beside n, and nobody else writes. Where a >= 0 there is nothing to be won. That the best K grows with the number
    of generations was seen in language models by Hodel and West, arXiv:2512.15011 (2025); why, derived here.

    >>> best_count([1, 100, 200, 500, 1000], 100, 0.1).astype(int)
    array([ 1,  1, 15, 50, 85])
    """
    counts = np.arange(1.0, min(most, int(n)) + 1)
    astray = Islands(counts, n / counts, curvature, migration=migration, people=people).after(real(t)[..., None]).within
    return real(counts[np.argmin(np.round(astray / astray.min(axis=-1, keepdims=True), 12), axis=-1)])[()]
