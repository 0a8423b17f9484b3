r"""One step of expectation-maximisation, for a block of mixtures at once, in two ways.

`Distances` takes every point from every mean: exact however narrow a component is, but J d n numbers per replicate are
written several times a step.  `Products` multiplies squares out about a common origin,

.. math:: \sum_k p_k (x_k - \mu_k)^2 = \sum_k p_k x_k^2 - 2\sum_k p_k\mu_k x_k + \sum_k p_k\mu_k^2,

so that one product of small matrices does for all components, which is three to six times quicker where ellipsoids lie
along the axes or share one shape.  It loses as many digits as the terms are larger than their sum, which ``narrow``
watches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array
from kellet.families.family import Prior
from kellet.laws.mixture import expect, inverse_factors, squared_lengths
from kellet.laws.room import blocks

CACHE = 2**17
"""Numbers in the largest array of one step; a core's own cache holds about two such arrays."""
FARTHEST = 1e7
"""The squared distance from the origin, in standard deviations of a component, that expanded squares are good for:
log densities are then right to about 1e-8, and variances to as many parts of themselves."""
Covariance = Literal["full", "diagonal", "tied", "spherical"]


class Rules(Protocol):
    """What a step must know of the recipe."""

    @property
    def components(self) -> int: ...
    @property
    def covariance(self) -> Covariance: ...
    @property
    def floor(self) -> float: ...
    @property
    def prior(self) -> Prior | None: ...


@dataclass(eq=False)
class State:
    """Where a block stands between two steps: weights (R, J), means (R, J, d), and the shapes.

    factors: lower triangular (R, J, d, d), or (R, 1, d, d) where all share one; widths (R, J, d) where none lies askew.
    """

    weights: Array
    means: Array
    factors: Array

    def __getitem__(self, rows: slice | NDArray[np.bool_]) -> State:
        return State(self.weights[rows], self.means[rows], self.factors[rows])

    def copy(self) -> State:
        return State(self.weights.copy(), self.means.copy(), self.factors.copy())

    def parts(self) -> tuple[Array, Array, Array]:
        """Weights, means, and factors (R, J or 1, d, d)."""
        factors = self.factors[..., None] * np.eye(self.means.shape[2]) if self.factors.ndim == 3 else self.factors
        return self.weights, self.means, factors

    def smallest(self) -> Array:
        """(R,): the smallest width among the living components; NaN where the weights are."""
        widths = self.factors if self.factors.ndim == 3 else np.einsum("rjdd->rjd", self.factors)
        return np.asarray(np.where(self.weights == 0, np.inf, widths.min(axis=2)).min(axis=1))

    def whitening(self) -> Array:
        """Inverse factors, or inverse widths."""
        return np.asarray(1.0 / self.factors) if self.factors.ndim == 3 else inverse_factors(self.factors)


class Distances:
    """Steps by the distances of points (R, d, n) with weights (R, n) from the means of a state."""

    def __init__(self, rules: Rules, points: Array, weights: Array, state: State) -> None:
        self.rules, self.points, self.weights = rules, points, weights
        self.apart = points[:, None] - state.means[..., None]

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Forget all other replicates."""
        self.points, self.weights, self.apart = self.points[rows], self.weights[rows], self.apart[rows]

    def step(self, state: State) -> tuple[Array, NDArray[np.bool_]]:
        """One step, into state: (R,) sums of the log densities before it, and where digits were lost: nowhere."""
        likelihood = np.empty(len(self.points))
        whitening = state.whitening()
        parts = list(blocks(len(self.points), self.apart[0].size, CACHE))
        spare = np.empty_like(self.apart[parts[0]])
        for part in parts:
            apart, room = self.apart[part], spare[: len(self.points[part])]
            if whitening.ndim == 3:
                np.multiply(apart, apart, out=room)
                lengths = ((whitening[part] ** 2)[:, :, None] @ room)[:, :, 0]
            else:
                lengths = squared_lengths(whitening[part], apart, room)
            scores, belongs = expect(lengths, np.log(state.weights[part]), whitening[part])
            likelihood[part] = np.einsum("rn,rn->r", scores, self.weights[part])
            belongs *= self.weights[part, None]
            self._maximise(state[part], part, belongs, room)
        _take_roots(self.rules, state)
        return likelihood, np.zeros(len(likelihood), dtype=bool)

    def begin(self, state: State, belongs: Array) -> None:
        """The M-step alone, by how much each point belongs to each component (R, J, n)."""
        self._maximise(state, slice(None), belongs, np.empty_like(self.apart))
        _take_roots(self.rules, state)

    def _maximise(self, state: State, part: slice, belongs: Array, spare: Array) -> None:
        """Into state; what lies askew leaves a covariance in the place of its factor."""
        points, apart = self.points[part], self.apart[part]
        _, count = _set_centres(self.rules, state, belongs, belongs @ points.swapaxes(1, 2))
        np.subtract(points[:, None], state.means[..., None], out=apart)
        if state.factors.ndim == 3:
            np.multiply(apart, apart, out=spare)
            _set_widths(self.rules, state, (spare @ belongs[..., None])[..., 0], count)
            return
        np.multiply(apart, belongs[:, :, None], out=spare)
        full = spare @ apart.swapaxes(2, 3)
        if self.rules.covariance == "tied":
            _set_tied(self.rules, state, full.sum(axis=1), count)
            return
        full += _imagine_scatter(self.rules, state)
        full /= count[..., None, None]
        full += self.rules.floor * np.eye(points.shape[1])
        np.copyto(state.factors, full, where=(state.weights > 0)[..., None, None])


class Products:
    """The same by expanded squares, for ellipsoids along the axes and for one shape shared by all."""

    def __init__(self, rules: Rules, points: Array, weights: Array, state: State) -> None:
        self.rules, self.weights = rules, weights
        there = weights[:, None]
        self.origin = ((points * there).sum(axis=2) / there.sum(axis=2))[:, None]
        self.offsets = np.where(there > 0, points - self.origin.swapaxes(1, 2), 0.0)
        squares = self.offsets**2
        self.reach = squares.max(axis=2)
        if rules.covariance == "tied":
            self.scatter = (self.offsets * there) @ self.offsets.swapaxes(1, 2)
        else:
            self.features = np.concatenate([squares, self.offsets], axis=1)
        self.narrow = self._whiten(state)

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Forget all other replicates."""
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                setattr(self, name, value[rows])

    def step(self, state: State) -> tuple[Array, NDArray[np.bool_]]:
        """One step, into state: (R,) sums of the log densities before it, and where digits were lost."""
        offset = state.means - self.origin
        if self.rules.covariance == "tied":
            centres = offset @ self.whitening[:, 0].swapaxes(1, 2)
            lengths = centres @ self.white
            lengths *= -2.0
            lengths += self.far[:, None]
            lengths += np.einsum("rjd,rjd->rj", centres, centres)[..., None]
        else:
            precision = self.whitening**2
            tilt = precision * offset
            lengths = np.concatenate([precision, -2.0 * tilt], axis=2) @ self.features
            lengths += np.einsum("rjd,rjd->rj", tilt, offset)[..., None]
        scores, belongs = expect(lengths, np.log(state.weights), self.whitening)
        likelihood = np.einsum("rn,rn->r", scores, self.weights)
        belongs *= self.weights[:, None]
        self._maximise(state, belongs)
        before, self.narrow = self.narrow, self._whiten(state)
        return likelihood, before | self.narrow

    def _maximise(self, state: State, belongs: Array) -> None:
        d = state.means.shape[2]
        if self.rules.covariance == "tied":
            sums = belongs @ self.offsets.swapaxes(1, 2)
        else:
            squares, sums = np.split(belongs @ self.features.swapaxes(1, 2), [d], axis=2)
        mass, count = _set_centres(self.rules, state, belongs, sums, self.origin)
        offset = state.means - self.origin
        # The sum over points of (x - mu)(x - mu)' is that of xx' less this times mu', made symmetric.
        lean = 2.0 * sums - mass[..., None] * offset
        if self.rules.covariance == "tied":
            gone = offset.swapaxes(1, 2) @ lean
            _set_tied(self.rules, state, self.scatter - 0.5 * (gone + gone.swapaxes(1, 2)), count)
        else:
            _set_widths(self.rules, state, squares - offset * lean, count)
        _take_roots(self.rules, state)

    def _whiten(self, state: State) -> NDArray[np.bool_]:
        """Prepare the whitening of a state; (R,): where it is too narrow for expanded squares."""
        self.whitening = state.whitening()
        if self.rules.covariance == "tied":
            self.white = self.whitening[:, 0] @ self.offsets
            self.far = np.einsum("rdn,rdn->rn", self.white, self.white)
            return np.asarray(~(self.far.max(axis=1) < FARTHEST))
        farthest = np.einsum("rd,rjd->rj", self.reach, self.whitening**2)
        return np.asarray(~(np.where(state.weights > 0, farthest, 0.0).max(axis=1) < FARTHEST))


def _set_centres(
    rules: Rules, state: State, belongs: Array, sums: Array, origin: float | Array = 0.0
) -> tuple[Array, Array]:
    """New weights and means into state, by the sums (R, J, d) of the points less the origin that belong to each.

    Returns the mass (R, J) of each component, without and with its imaginary points.
    """
    strength, _, mean = _read_prior(rules)
    mass = belongs.sum(axis=2)
    total = mass.sum(axis=1, keepdims=True)
    seen = mass > np.finfo(float).eps * total
    pull = 0.0 if mean is None else strength
    means = sums if mean is None else sums + pull * (mean - origin)
    found = means / (mass + pull)[..., None] + origin
    np.copyto(state.means, found, where=(seen | (pull > 0))[..., None])

    count = mass + strength
    state.weights[...] = np.where(count > np.finfo(float).eps * total, count, 0.0)
    state.weights /= state.weights.sum(axis=1, keepdims=True)
    return mass, count


def _read_prior(rules: Rules) -> tuple[float, float, Array | None]:
    """Imaginary points a component, their variance, and their mean if it isn't the component's own."""
    if not rules.prior:
        return 0.0, 0.0, None
    variance = 1.0 if rules.prior.variance is None else rules.prior.variance
    mean = None if rules.prior.mean is None else np.asarray(rules.prior.mean, dtype=np.float64)
    return rules.prior.strength / rules.components, variance, mean


def _imagine_scatter(rules: Rules, state: State) -> Array:
    """Scatter (R, J, d, d) of each component's imaginary points."""
    strength, variance, mean = _read_prior(rules)
    r, j, d = state.means.shape
    scatter = np.broadcast_to(strength * variance * np.eye(d), (r, j, d, d))
    if mean is None:
        return scatter
    gap = mean - state.means
    return np.asarray(scatter + strength * gap[..., None] * gap[..., None, :])


def _set_widths(rules: Rules, state: State, scatter: Array, count: Array) -> None:
    """New widths into state, by the scatter (R, J, d) of the points that belong to each."""
    strength, variance, mean = _read_prior(rules)
    scatter += strength * variance
    scatter += 0.0 if mean is None else strength * (mean - state.means) ** 2
    if rules.covariance == "spherical":
        scatter[...] = scatter.mean(axis=2, keepdims=True)
    widths = np.sqrt(scatter / count[..., None] + rules.floor)
    np.copyto(state.factors, widths, where=(state.weights > 0)[..., None])


def _set_tied(rules: Rules, state: State, full: Array, count: Array) -> None:
    """The covariance that all share into state, by the scatter (R, d, d) of all points."""
    pooled = full + _imagine_scatter(rules, state).sum(axis=1)
    pooled /= count.sum(axis=1)[:, None, None]
    pooled += rules.floor * np.eye(full.shape[1])
    state.factors[...] = pooled[:, None]


def _take_roots(rules: Rules, state: State) -> None:
    """Factors from the covariances that an M-step has left in their place."""
    if rules.covariance == "tied":
        state.factors[...] = _factorise(state.factors[:, 0], rules.floor)[:, None]
    elif rules.covariance == "full":
        alive = state.weights > 0
        state.factors[alive] = _factorise(state.factors[alive], rules.floor)


def _factorise(matrices: Array, floor: float) -> Array:
    """Lower triangular factors of (B, d, d) matrices S + floor * I, with S positive semidefinite.

    Every squared pivot is then at least the floor, so holding it there undoes rounding and nothing else, and no matrix
    can fail.  A column at a time, all matrices at once; NumPy's own refuses the whole stack when one matrix fails.
    """
    work = np.ascontiguousarray(np.moveaxis(matrices, 0, -1))
    d = len(work)
    for k in range(d):
        if k:
            work[k:, k] -= np.einsum("ijb,jb->ib", work[k:, :k], work[k, :k])
        work[k, k] = np.sqrt(np.maximum(work[k, k], floor))
        work[k + 1 :, k] /= work[k, k]
        work[k, k + 1 :] = 0.0
    return np.moveaxis(work, -1, 0)
