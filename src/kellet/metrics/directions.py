"""Directions: what is left in the best and in the worst of those that real data have, as logarithms."""

from __future__ import annotations

import numpy as np

from kellet.evidence import Array
from kellet.laws import MultivariateNormal
from kellet.laws.model import Model
from kellet.metrics.look import Look, once
from kellet.metrics.metric import Metric
from kellet.metrics.moments import both_normal, real_moments
from kellet.metrics.real import Real


@once
def _ends(look: Look) -> Array:
    r"""(2, R): the smallest and the largest of the logarithms of the eigenvalues of :math:`\Sigma_{real}^{-1}\Sigma`.

    Each is the norm of a product of triangular factors, the smallest that of the inverse, so that both keep their
    digits where they part by hundreds of orders of magnitude.
    """
    own, truth = look.model_as(MultivariateNormal).factor, np.linalg.cholesky(real_moments(look.real)[1])
    dead = (np.diagonal(own, axis1=1, axis2=2) == 0).any(axis=1)
    alive = np.where(dead[:, None, None], np.eye(own.shape[1]), own)
    inverse = _log_norms(np.linalg.solve(alive, np.broadcast_to(truth, own.shape)))
    return 2 * np.stack([np.where(dead, -np.inf, -inverse), _log_norms(np.linalg.solve(truth, own))])


def _log_norms(matrices: Array) -> Array:
    """(R,): the logarithms of the largest singular values of matrices (R, d, d), in whatever range of numbers."""
    scale = abs(matrices).max(axis=(1, 2))
    sound = np.isfinite(scale) & (scale > 0)
    unit = (
        np.where(sound[:, None, None], matrices, np.eye(matrices.shape[1])) / np.where(sound, scale, 1.0)[:, None, None]
    )
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(sound, np.log(np.linalg.norm(unit, 2, axis=(1, 2))), 0.0) + np.log(scale))


def log_eigenvalue_smallest(look: Look) -> Array:
    r""":math:`\ln\lambda_{min}(\Sigma_{real}^{-1}\Sigma)`: of the direction that has lost most."""
    return _ends(look)[0]  # type: ignore[no-any-return]


def log_eigenvalue_largest(look: Look) -> Array:
    r""":math:`\ln\lambda_{max}(\Sigma_{real}^{-1}\Sigma)`: of the direction that has lost least, or grown most."""
    return _ends(look)[1]  # type: ignore[no-any-return]


def log_spread(look: Look) -> Array:
    r""":math:`\tfrac1d\ln\det\Sigma_{real}^{-1}\Sigma`: the mean of all of these logarithms."""
    own, truth = look.model_as(MultivariateNormal).factor, np.linalg.cholesky(real_moments(look.real)[1])
    with np.errstate(divide="ignore"):
        logs = np.log(abs(np.diagonal(own, axis1=1, axis2=2))).mean(axis=1)
    return 2 * (logs - np.log(np.diag(truth)).mean())  # type: ignore[no-any-return]


def _several(real: Real, model: Model | None) -> bool:
    return both_normal(real, model) and isinstance(model, MultivariateNormal)


SMALLEST = Metric(
    "log_eigenvalue_smallest", "narrowest direction",
    "Logarithm of the variance that is left, of the real one, in the direction that has lost most.",
    log_eigenvalue_smallest, _several, 0.0, usual=False,
    limits="Of a sample it lies below 0 from the beginning, the more so the more directions and the fewer points.",
)  # fmt: skip
LARGEST = Metric(
    "log_eigenvalue_largest", "widest direction",
    "Logarithm of the variance that is left, of the real one, in the direction that has lost least.",
    log_eigenvalue_largest, _several, 0.0, usual=False,
    limits="It may grow while all other directions die.",
)  # fmt: skip
LOG_SPREAD = Metric(
    "log_spread", "logarithm of the spread",
    "Where the typical loop goes: the mean over directions of the logarithm of the variance that is left in each.",
    log_spread, _several, 0.0,
)  # fmt: skip
