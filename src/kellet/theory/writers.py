r"""Writers that are not alike: who reads whom, how much, and what truth each of them has data of.

`covary` is for families whose variance is a quadratic function of their mean, and any sizes and shares; `Regressions`
for linear models with Gaussian noise, each with its own data and its own truth. Where all writers are alike,
`kellet.theory.islands` has it shorter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from kellet.theory.numbers import Array, Numbers, real


def covary(generations: int, n: Numbers, shares: Numbers, curvature: float, *, random: bool = False) -> Array:
    r"""(T + 1, K, K): covariances of the K writers' means about the truth after 0 to T fits, in units of V0.

    n: points that each reads, a number or (K,).  shares: (K, K), row i saying which share of what i reads each writer
    wrote; what is missing to 1 people write, always new.  random: who wrote a point is left to chance, and not counted.

    .. math:: S' = M S M^\top + \text{diag}\Big(\frac{1 + a\sum_j M_{ij}S_{jj} + r_i}{n_i}\Big), \qquad
              r_i = \sum_j M_{ij}S_{jj} - (MSM^\top)_{ii} \text{ if random, else } 0

    a: the ``curvature``. Derived here.

    >>> covary(2, [10, 100], [[0.9, 0.0], [0.5, 0.5]], -1).round(4)[-1]
    array([[0.172 , 0.045 ],
           [0.045 , 0.0369]])
    """
    mix = real(shares)
    if (mix < 0).any() or (mix.sum(axis=1) > 1 + 1e-12).any():
        raise ValueError(f"expected shares from 0 on that add up to 1 at most; got rows of {mix.sum(axis=1)}.")
    state = np.zeros((generations + 1, *mix.shape))
    for t in range(generations):
        carried, own = mix @ state[t] @ mix.T, mix @ np.diag(state[t])
        spread = 1 + curvature * own + (own - np.diag(carried) if random else 0.0)
        state[t + 1] = carried + np.diag(spread / real(n) * np.ones(len(mix)))
    return state


@dataclass(frozen=True)
class Regressions:
    r"""K linear models of d features that learn from real rows of their own and from what all K write.

    In each generation writer i minimises the squared errors over its real rows, with labels :math:`x\cdot\theta_i^*`
    plus noise, and, with weight :math:`\alpha_i`, over the rows of the pool, with labels :math:`x\cdot\theta_j` plus
    noise by the model j that wrote them:

    .. math:: \theta_i' = T_i^{-1}\Big(R_i\theta_i^* + \alpha_i\sum_j G_j\theta_j + \text{noise}\Big), \qquad
              T_i = R_i + \alpha_i \sum_j G_j .

    So :math:`\theta' = Q\theta + b + \text{noise}`: means and covariances follow linear recursions, which settle iff
    the spectral radius of Q is below 1, as it is where every direction that is written about is in real rows too.

    real: (K, d, d), R, the sums of :math:`x x^\top` over each writer's real rows, weighted as they may be; private and
    public ones together.  written: (K, d, d), G, the same of the rows that each writes.  truths: (K, d).  weight:
    alpha, a number or (K,).  noise: sigma^2 of a label.  labels: whether real rows are labelled ``fresh`` in each
    generation, or ``fixed`` once, independent of the other writers'.  shared: all read the same rows, and not each its
    own of the same G.  All writers start at their truths.

    Setting, recursions of mean and covariance, and stability by the spectral radius are those of Vu, Reeves and Wenger,
    ICLR (2026), arXiv:2505.21677, as far as its abstract and summary tell (alpha is their weight of what is newly
    written; their beta, private against public real data, is in R). Derived here: this form, labels fixed or
    fresh, pools that are shared or not, and that all become alike in the limit of much model text.

    >>> pair = Regressions(real=np.full((2, 1, 1), 10.0), written=np.full((2, 1, 1), 45.0), truths=[[0.0], [1.0]])
    >>> mean, covariance = pair.settled
    >>> print(f"{pair.radius:.2f}", mean.ravel().round(3), covariance.round(4).tolist())
    0.90 [0.45 0.55] [[0.0505, 0.0495], [0.0495, 0.0505]]
    """

    real: Numbers
    written: Numbers
    truths: Numbers
    weight: Numbers = 1.0
    noise: float = 1.0
    labels: Literal["fresh", "fixed"] = "fresh"
    shared: bool = True

    @cached_property
    def influence(self) -> Array:
        """Q, (K d, K d): what each writer's next model takes from each model; writer 0's d rows first."""
        _, inverse, alpha, written = self._parts
        count, d = len(inverse), inverse.shape[-1]
        blocks = np.einsum("i,iab,jbc->iajc", alpha, inverse, written)
        return real(blocks.reshape(count * d, count * d))

    @property
    def radius(self) -> float:
        """Spectral radius of Q: what a generation leaves of an offset; 1 if a direction has no real row."""
        return float(abs(np.linalg.eigvals(self.influence)).max())

    def after(self, generations: int) -> tuple[Array, Array]:
        """Means (T + 1, K, d) and covariances (T + 1, K d, K d) after 0 to T fits."""
        q, (pull, chance, lasting) = self.influence, self._drives
        truths = real(self.truths)
        means, spread, common = [truths.ravel()], [np.zeros_like(q)], np.zeros_like(q)
        for _ in range(generations):
            means.append(q @ means[-1] + pull)
            crossed = q @ common
            spread.append(q @ spread[-1] @ q.T + crossed + crossed.T + chance + lasting)
            common = crossed + lasting
        return np.array(means).reshape(-1, *truths.shape), np.array(spread)

    @property
    def settled(self) -> tuple[Array, Array]:
        r"""Mean (K, d), :math:`(I-Q)^{-1}b`, and covariance (K d, K d) after very many generations.

        ValueError where the spectral radius is not below 1, as then there are none.
        """
        from scipy.linalg import solve_discrete_lyapunov

        if self.radius >= 1:
            raise ValueError(
                f"expected a spectral radius below 1; got {self.radius:g}: add real rows to each direction."
            )
        q, (pull, chance, lasting) = self.influence, self._drives
        stays = np.eye(len(q)) - q
        crossed = q @ np.linalg.solve(stays, lasting)
        spread = solve_discrete_lyapunov(q, crossed + crossed.T + chance + lasting)
        return real(np.linalg.solve(stays, pull)).reshape(real(self.truths).shape), real(spread)

    @property
    def _parts(self) -> tuple[Array, Array, Array, Array]:
        grams, written = real(self.real), real(self.written)
        alpha = np.broadcast_to(real(self.weight), (len(grams),))
        return grams, np.linalg.inv(grams + alpha[:, None, None] * written.sum(axis=0)), alpha, written

    @cached_property
    def _drives(self) -> tuple[Array, Array, Array]:
        """b, and the covariances of the noise that is new in each generation and of that which stays."""
        grams, inverse, alpha, written = self._parts
        count, d = len(inverse), inverse.shape[-1]
        alone = np.eye(count)
        reads = np.outer(alpha, alpha) * (1.0 if self.shared else alone)
        chance = np.einsum("ij,iab,bc,jcd->iajd", reads, inverse, written.sum(axis=0), inverse)
        people = np.einsum("ij,iab,ibc,jcd->iajd", alone, inverse, grams, inverse)
        pull = np.einsum("iab,ibc,ic->ia", inverse, grams, real(self.truths)).ravel()
        chance, people = (self.noise * one.reshape(count * d, count * d) for one in (chance, people))
        nothing = np.zeros_like(people)
        return (pull, chance, people) if self.labels == "fixed" else (pull, chance + people, nothing)
