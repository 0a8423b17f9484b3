"""The mixture family: several normal clusters, learnt by expectation-maximisation for all replicates at once."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Array, Points
from kellet.families.abilities import Learner
from kellet.families.family import Prior
from kellet.families.mixtures.bootstrap import Copies
from kellet.families.mixtures.maximisation import Covariance, Distances, Products, State
from kellet.laws.mixture import GaussianMixture, columns
from kellet.laws.room import blocks


class Mixture(Learner, frozen=True, tag="mixture"):
    r"""Learn a mixture of normal laws by expectation-maximisation.

    With responsibilities :math:`r_{ij}` (times the weight of point i), :math:`N_j = \sum_i r_{ij}` and n the total
    weight, each step sets

    .. math:: w_j = \frac{N_j}{n}, \quad \mu_j = \frac1{N_j}\sum_i r_{ij}x_i, \quad
              \Sigma_j = \frac1{N_j}\sum_i r_{ij}(x_i-\mu_j)(x_i-\mu_j)^T + \text{floor}\cdot I

    components: how many, J.  covariance: "full", "diagonal", "spherical" (the mean of the diagonal, in every
    direction), or "tied" (one full matrix shared by all).
    floor: added to every variance, in squared units of the data; no eigenvalue is ever smaller.  It is what
    scikit-learn calls ``reg_covar``, and like it widens each model a little, every generation.
    iterations: steps at most.  tolerance: a replicate stops when its mean log-likelihood moves by less in one step; 0
    never stops.
    seeding: "k-means++" starts at points drawn far from each other, each point belonging to the nearest; "previous"
    goes on from what the previous generation learnt, and seeds only the first, or what had collapsed.

    prior: strength A imaginary points, shared evenly, a = A/J a component, which no responsibility can take from it.
    They spread by ``variance`` v (default 1) in every direction, around ``mean`` m, or around each component's own mean
    where it is None.

    .. math:: w_j = \frac{N_j + a}{n + A}, \quad \mu_j = \frac{\sum_i r_{ij}x_i + am}{N_j + a}, \quad
              \Sigma_j = \frac{\sum_i r_{ij}(x_i-\mu_j)(x_i-\mu_j)^T + a(m-\mu_j)(m-\mu_j)^T + avI}{N_j + a}
              + \text{floor}\cdot I

    the posterior mode under a Dirichlet prior on the weights and a normal-inverse-Wishart prior on each component, with
    scale :math:`avI`, mean strength a, and the degrees of freedom that put its mode at :math:`vI`; a tied matrix pools
    the numerators and the N_j + a of all components, a spherical one averages over directions.  So no component
    dies (its weight is at least a/(n + A)) and none shrinks to nothing.  Fraley and Raftery take the scale from the
    data; here it doesn't come from them, since in a closed loop it would shrink with them.

    Points of weight 0 are absent.  A component that loses all its points gets weight 0 and stays where it was;
    coinciding or too few points leave fewer components alive.  A replicate is collapsed when it has no points, a value
    that isn't finite, or (without a floor) a component without width.  Replicates don't touch each other; only the
    seeds come from one stream.

    Dempster, Laird and Rubin, J. R. Stat. Soc. B 39:1 (1977); Arthur and Vassilvitskii, k-means++, SODA (2007); Fraley
    and Raftery, Bayesian regularization for normal mixture estimation, J. Classification 24:155 (2007); Gauvain and
    Lee, IEEE Trans. Speech Audio Process. 2:291 (1994), the same with a Dirichlet prior.

    >>> points = Points(np.array([[0.0, 1.0, 2.0, 10.0, 11.0, 12.0]]))
    >>> model = Mixture(2).fit(points, np.random.default_rng(0))
    >>> np.sort(model.means[:, :, 0]).round(3), model.weights.round(3), model.covariance.round(3)
    (array([[ 1., 11.]]), array([[0.5, 0.5]]), array([25.667]))
    """

    components: int
    covariance: Covariance = "full"
    floor: float = 1e-6
    iterations: int = 100
    tolerance: float = 1e-3
    seeding: Literal["k-means++", "previous"] = "k-means++"
    prior: Prior | None = None

    def __post_init__(self) -> None:
        self.check_least(1, "components", "iterations")
        self.check_finite("floor", "tolerance", zero=True)
        self.check_prior()

    def describe(self) -> str:
        return f"a mixture of {self.components} bell-shaped clusters (a Gaussian mixture)"

    def fit(self, evidence: Points, rng: Generator, previous: GaussianMixture | None = None) -> GaussianMixture:
        copies = Copies.of(Points(np.asarray(evidence.values, dtype=np.float64), evidence.weights))
        points = columns(copies.values)
        r, d, n = points.shape
        self._check(d, previous)
        weights = np.ones((r, n)) if copies.weights is None else copies.weights

        last = previous if self.seeding == "previous" else None
        warm = np.zeros(r, dtype=bool) if last is None else ~last.collapsed
        seeds, nearest = np.zeros((r, d, self.components)), np.zeros((r, n), dtype=np.intp)
        if not warm.all():
            seeds, nearest = _scatter_seeds(points, weights, self.components, rng)

        j = self.components
        blank = np.zeros((r, j)), np.zeros((r, j, d)), np.zeros((r, j, d, d))
        learnt = GaussianMixture(*blank, copies.collapsed, evidence.values.ndim == 2)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            for kind, rows in ((True, np.flatnonzero(warm)), (False, np.flatnonzero(~warm))):
                for block in (rows[part] for part in blocks(len(rows), self.components * d * max(n, d))):
                    if kind and previous is not None:
                        start = self._resume(previous, block)
                    else:
                        start = self._seed(points[block], weights[block], seeds[block], nearest[block])
                    one_shape = self.covariance == "tied" and start.factors.shape[1] == 1
                    expanded = one_shape or self.covariance in ("diagonal", "spherical")
                    self._climb(points[block], weights[block], start, block, learnt, expanded)
        return _bury(learnt, points, weights)

    def _check(self, d: int, previous: GaussianMixture | None) -> None:
        mean = None if self.prior is None else self.prior.mean
        if isinstance(mean, tuple) and len(mean) != d:
            raise InputError(f"a prior mean with one number for each of {d} dimensions", len(mean), "one for all")
        shape = (self.components, d)
        if self.seeding == "previous" and previous is not None and previous.means.shape[1:] != shape:
            got = previous.means.shape[1:]
            raise InputError(f"a previous model of (components, dimensions) {shape}", got, 'seeding="k-means++"')

    def _seed(self, points: Array, weights: Array, seeds: Array, nearest: NDArray[np.intp]) -> State:
        """The first step: each point belongs to the seed that is nearest."""
        r, d, _ = points.shape
        belongs = (nearest[:, None] == np.arange(self.components)[:, None]) * weights[:, None]
        means = seeds.swapaxes(1, 2).copy()
        if self.covariance in ("full", "tied"):
            shapes = np.tile(np.eye(d), (r, self.components if self.covariance == "full" else 1, 1, 1))
        else:
            shapes = np.ones_like(means)
        start = State(np.ones((r, self.components)), means, shapes)
        Distances(self, points, weights, start).begin(start, belongs)
        return start

    def _resume(self, model: GaussianMixture, rows: NDArray[np.intp]) -> State:
        """Where the last generation stood."""
        factors = model.factors[rows]
        if self.covariance in ("diagonal", "spherical"):
            factors = np.einsum("rjdd->rjd", factors).copy()
        elif self.covariance == "tied" and (factors == factors[:, :1]).all():
            factors = factors[:, :1]
        return State(model.weights[rows], model.means[rows], factors)

    def _climb(
        self,
        points: Array,
        weights: Array,
        state: State,
        rows: NDArray[np.intp],
        learnt: GaussianMixture,
        expanded: bool,
        first: int = 0,
        before: Array | None = None,
    ) -> None:
        """Steps until each replicate of the block stands still; those that do are written down and leave the block.

        expanded: by expanded squares; a replicate that would lose digits by them goes back a step, and on without.
        """
        total = weights.sum(axis=1)
        before = np.full(len(rows), -np.inf) if before is None else before
        way = (Products if expanded else Distances)(self, points, weights, state)
        for step in range(first, self.iterations):
            earlier = state.copy() if expanded else state
            likelihood, narrow = way.step(state)
            likelihood /= total
            if narrow.any():
                block = (points[narrow], weights[narrow], earlier[narrow], rows[narrow])
                self._climb(*block, learnt, False, step, before[narrow])
            singular = ~np.isfinite(likelihood) | ~(state.smallest() > 0)
            done = singular | (np.abs(likelihood - before) < self.tolerance)
            done |= step == self.iterations - 1
            if done.any() or narrow.any():
                done &= ~narrow
                at = rows[done]
                learnt.weights[at], learnt.means[at], learnt.factors[at] = state[done].parts()
                learnt.collapsed[at] |= singular[done]
                go = ~done & ~narrow
                if not go.any():
                    return
                points, weights, total, rows = points[go], weights[go], total[go], rows[go]
                likelihood, state = likelihood[go], state[go]
                way.keep(go)
            before = likelihood


def _scatter_seeds(points: Array, weights: Array, components: int, rng: Generator) -> tuple[Array, NDArray[np.intp]]:
    """Seeds (R, d, J), points far from each other (greedy k-means++), and which is nearest to each point (R, n).

    Each is the best of a few candidates, drawn in proportion to their squared distance from the seeds before.
    """
    r, _, n = points.shape
    draws = rng.random((r, components, 2 + int(np.log(components))))
    at = np.arange(r)
    # Seen from one of themselves, points that coincide have distance 0 without rounding.
    seen = points - points[at, :, (weights > 0).argmax(axis=1)][..., None]
    lengths = np.einsum("rdn,rdn->rn", seen, seen)
    chosen = np.empty((r, components), dtype=np.intp)
    nearest = np.zeros((r, n), dtype=np.intp)
    near = np.full((r, n), np.inf)
    for j in range(components):
        steps = np.cumsum(weights * (near if j else 1.0), axis=1)
        candidates = (steps[:, None] <= draws[:, j, :, None] * steps[:, -1:, None]).sum(axis=2)
        # Where all points coincide with seeds already, any will do: its component will stay empty.
        candidates = np.minimum(candidates, n - 1)
        distances = seen[at[:, None], :, candidates] @ seen
        distances *= -2.0
        distances += lengths[:, None]
        distances += lengths[at[:, None], candidates][..., None]
        np.clip(distances, 0.0, near[:, None], out=distances)
        best = (distances @ weights[:, :, None])[..., 0].argmin(axis=1)
        chosen[:, j] = candidates[at, best]
        nearest[distances[at, best] < near] = j
        near = distances[at, best]
    return points[at[:, None], :, chosen].swapaxes(1, 2), nearest


def _bury(model: GaussianMixture, points: Array, weights: Array) -> GaussianMixture:
    """Collapsed replicates write the mean of their points, and nothing else."""
    for row in np.flatnonzero(model.collapsed):
        model.weights[row] = np.arange(model.weights.shape[1]) == 0
        model.means[row] = np.average(points[row], axis=1, weights=weights[row])
        model.factors[row] = 0.0
    return model
