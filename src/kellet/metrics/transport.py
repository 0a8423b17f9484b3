"""Transport: how far what a model writes has to be carried on the line to become what is real."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from kellet.evidence import Array, Integers
from kellet.laws import Normal
from kellet.laws.averages import MeanLaw
from kellet.laws.model import Model
from kellet.metrics.look import Look, of_points
from kellet.metrics.metric import Metric
from kellet.metrics.moments import on_line, on_normal_line, real_moments
from kellet.metrics.real import Real, RealPoints


def wasserstein_1(look: Look) -> Array:
    r""":math:`W_1 = \int_0^1 |F^{-1}(u) - G^{-1}(u)|\,du`, in real standard deviations.

    Of two normal laws :math:`E|\delta + \tau Z|`, :math:`\delta` the distance of their means and :math:`\tau` that of
    their standard deviations.  Of two laws of a family that a larger mean moves to the right as a whole (Bernoulli,
    Poisson, negative binomial, gamma of known shape) the distance of their means.  Of written and held-out points
    exact, whatever their numbers; as many real points are then not at 0 but at the size of their sampling error.
    C. Villani, Topics in Optimal Transportation (2003), section 2.2.
    """
    mean, covariance = real_moments(look.real)
    sd = float(np.sqrt(covariance[0, 0]))
    if isinstance(look.real, RealPoints):
        steps = _couple(look.points.shape[1], len(look.data.heldout))
        return np.einsum("ru,u->r", abs(_gaps(look, steps)), steps[2]) / sd  # type: ignore[no-any-return]
    gap = abs(look.mean[:, 0] - mean[0]) / sd
    if not isinstance(look.model, Normal):
        return gap  # type: ignore[no-any-return]
    return fold(gap, abs(look.model.sd / sd - 1))


def fold(gap: Array, spread: Array) -> Array:
    r""":math:`E|\delta + \tau Z|`, Z standard normal, of a gap :math:`\delta` and a spread :math:`\tau \ge 0`.

    >>> fold(np.array([0.0, 1.0]), np.array([1.0, 0.0])).round(3)
    array([0.798, 1.   ])
    """
    from scipy.special import erf

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        shift = np.where(spread > 0, gap / spread / np.sqrt(2), np.inf)
    return np.asarray(spread * np.sqrt(2 / np.pi) * np.exp(-(shift**2)) + gap * erf(shift))


def wasserstein_2_squared(look: Look) -> Array:
    r""":math:`W_2^2 = (\mu-\mu_{real})^2 + (\sigma-\sigma_{real})^2` of two normal laws, in units of the real variance.

    The square is what has an expectation (`kellet.theory.normal.expected_w2`).  Villani (2003), as above.
    """
    mean, covariance = real_moments(look.real)
    sd = float(np.sqrt(covariance[0, 0]))
    return ((look.mean[:, 0] - mean[0]) / sd) ** 2 + (look.model_as(Normal).sd / sd - 1) ** 2  # type: ignore[no-any-return]


def _gaps(look: Look, steps: tuple[Integers, Integers, Array]) -> Array:
    """(R, U): the distances over which each piece is carried."""
    written, real = np.sort(look.points[:, :, 0], axis=1), np.sort(look.data.heldout[:, 0])
    return written[:, steps[0]] - real[steps[1]]


@lru_cache(maxsize=8)
def _couple(n: int, m: int) -> tuple[Integers, Integers, Array]:
    """Of n and m points in order, those that go together, piece by piece, and the mass of each piece."""
    cuts = np.union1d(np.arange(1, n + 1) * m, np.arange(1, m + 1) * n)
    ends = np.concatenate([[0], cuts[:-1]])
    return ends // m, ends // n, np.diff(np.concatenate([[0], cuts])) / (n * m)


def _movable(real: Real, model: Model | None) -> bool:
    if not on_line(real, model):
        return False
    return isinstance(real, RealPoints) or (of_points(model) and isinstance(model, Normal | MeanLaw))


W1 = Metric(
    "wasserstein_1", "how far it must be carried",
    "Wasserstein-1 distance: how far on average what is written must be carried to become the real thing, in real "
    "standard deviations.",
    wasserstein_1, _movable, 0.0, RealPoints.all_but_heldout, aliases=("w1",), usual=False,
    limits="It says how far, not what is lost: a shift and a loss of spread count alike.",
)  # fmt: skip
W2 = Metric(
    "wasserstein_2_squared", "square of how far it must be carried",
    "Squared Wasserstein-2 distance of the model from the world, in units of the real variance.",
    wasserstein_2_squared, on_normal_line, 0.0, aliases=("w2",), usual=False,
    limits="It stays below 2 for a model that has died near where it began: small beside what is lost.",
)  # fmt: skip
