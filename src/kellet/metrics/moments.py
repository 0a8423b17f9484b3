"""Spread and place: what is left of the variance, and how far the centre has wandered."""

from __future__ import annotations

from typing import Any

import numpy as np

from kellet.evidence import Array
from kellet.laws import LogNormal, MultivariateNormal, Normal
from kellet.laws.averages import Bernoulli, NegativeBinomial, Poisson, Waiting
from kellet.metrics.look import Look, Metric, Real, of_points


def variance_ratio(look: Look) -> Array:
    r""":math:`\operatorname{tr}\Sigma / \operatorname{tr}\Sigma_{real}`."""
    total = np.trace(_real(look.real.covariance))
    return np.trace(look.covariance, axis1=1, axis2=2) / total  # type: ignore[no-any-return]


def determinant_ratio(look: Look) -> Array:
    r""":math:`(\det\Sigma / \det\Sigma_{real})^{1/d}`, the effective variance a dimension.

    Total variance can grow while whole directions die; the determinant sees every direction.
    """
    if look.comparable and isinstance(look.model, MultivariateNormal):
        diagonal = np.diagonal(look.model.factor, axis1=1, axis2=2)
        with np.errstate(divide="ignore"):
            log = 2 * np.log(abs(diagonal)).sum(axis=1)
    else:
        log = np.linalg.slogdet(look.covariance)[1]
    d = look.covariance.shape[-1]
    return np.exp((log - np.linalg.slogdet(_real(look.real.covariance))[1]) / d)  # type: ignore[no-any-return]


def mean_drift(look: Look) -> Array:
    r""":math:`|\mu - \mu_{real}|^2 / \operatorname{tr}\Sigma_{real}`."""
    gap = look.mean - _real(look.real.mean)
    return np.einsum("rd,rd->r", gap, gap) / np.trace(_real(look.real.covariance))  # type: ignore[no-any-return]


def kl(look: Look) -> Array:
    r""":math:`KL(world \| model)` in nats, both normal.

    .. math:: \tfrac12[\operatorname{tr}\Sigma^{-1}\Sigma_0 + \delta^T\Sigma^{-1}\delta - d +
    \ln\det\Sigma/\det\Sigma_0]
    """
    gap = look.mean - _real(look.real.mean)
    truth = np.linalg.cholesky(_real(look.real.covariance))
    model = look.model
    if isinstance(model, Normal):
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = look.real.covariance[0, 0] / model.variance  # type: ignore[index]
            value = 0.5 * (ratio + gap[:, 0] ** 2 / model.variance - 1 - np.log(ratio))
        return np.where(np.isfinite(ratio), value, np.inf)
    d = gap.shape[1]
    dead = (np.diagonal(model.factor, axis1=1, axis2=2) == 0).any(axis=1)
    factor = np.where(dead[:, None, None], np.eye(d), model.factor)
    with np.errstate(over="ignore", divide="ignore"):
        white = np.linalg.solve(factor, np.concatenate([np.broadcast_to(truth, factor.shape), gap[:, :, None]], axis=2))
        logs = 2 * np.log(abs(np.diagonal(factor, axis1=1, axis2=2))).sum(axis=1) - 2 * np.log(np.diag(truth)).sum()
        value = 0.5 * (np.einsum("rij,rij->r", white, white) - d + logs)
    return np.where(dead, np.inf, value)


def _real(number: Array | None) -> Array:
    assert number is not None
    return number


def log_variance(look: Look) -> Array:
    r""":math:`\ln(\sigma^2/\sigma^2_{real})` of a law on the line: where the typical loop goes, whatever the average
    does.
    """
    law = look.model.logarithm if isinstance(look.model, LogNormal) else look.model
    sd = getattr(law, "sd", None)
    with np.errstate(divide="ignore"):
        log = np.log(look.covariance[:, 0, 0]) if sd is None else 2 * np.log(sd)
    return log - np.log(_real(look.real.covariance)[0, 0])  # type: ignore[no-any-return]


def alive(look: Look) -> Array:
    """1 where the model can still write more than one thing, 0 where it sits in an absorbing state."""
    return (look.model.variance.reshape(len(look.model.variance), -1) > 0).any(axis=1).astype(float)  # type: ignore[no-any-return]


def _in_space(real: Real, model: Any) -> bool:
    # Moments of a statistic compare with those of the same law only; where there are points, they can be measured.
    same = model is not None and type(model) is type(real.truth)
    return real.covariance is not None and (real.truth is None or same or (of_points(model) and of_points(real.truth)))


def _one_known(real: Real, model: Any) -> bool:
    return type(model) is type(real.truth) and isinstance(model, Normal | LogNormal | Waiting) and model.mean.ndim == 1


def _can_die(real: Real, model: Any) -> bool:
    return isinstance(model, Bernoulli | Poisson | NegativeBinomial)


def _several(real: Real, model: Any) -> bool:
    # Of a table's categories one is what the others leave: there is no volume to speak of.
    space = _in_space(real, model) and real.codebook is None
    return space and real.covariance is not None and len(real.covariance) > 1


def _both_normal(real: Real, model: Any) -> bool:
    normals = (Normal, MultivariateNormal)
    return isinstance(real.truth, normals) and isinstance(model, normals)


VARIANCE = Metric(
    "variance_ratio", "variance", "What is left of the variance of the real data.", variance_ratio, _in_space
)
DETERMINANT = Metric(
    "determinant_ratio",
    "spread in every direction",
    "Effective variance a dimension, from the determinant: it falls when any direction dies, even while others grow.",
    determinant_ratio,
    _several,
)
DRIFT = Metric(
    "mean_drift",
    "drift of the centre",
    "Squared distance of the model's mean from the real one, in units of the real variance.",
    mean_drift,
    _in_space,
    0.0,
)
KL = Metric(
    "kl",
    "divergence",
    "Kullback-Leibler divergence of the model from the world, in nats.",
    kl,
    _both_normal,
    0.0,
)
LOG_VARIANCE = Metric(
    "log_variance",
    "logarithm of the variance",
    "Where the typical loop goes: the average variance is carried by a few lucky replicates, its logarithm is not.",
    log_variance,
    _one_known,
    0.0,
)
ALIVE = Metric(
    "alive",
    "still alive",
    "1 where the model can still write more than one thing; being alive says nothing about being right.",
    alive,
    _can_die,
)
