"""Moments: what is left of the variance, and how far the centre has wandered."""

from __future__ import annotations

import numpy as np

from kellet.evidence import Array
from kellet.laws import LogNormal, MultivariateNormal, Normal
from kellet.laws.averages import Bernoulli, NegativeBinomial, Poisson, Waiting
from kellet.laws.model import Model
from kellet.metrics.look import Look, of_points
from kellet.metrics.metric import Metric
from kellet.metrics.real import Real, RealLaw, RealPoints

NORMAL = (Normal, MultivariateNormal)


def variance_ratio(look: Look) -> Array:
    r""":math:`\operatorname{tr}\Sigma / \operatorname{tr}\Sigma_{real}`: on the line, where there is but one direction,
    that is the spread."""
    return look.total / np.trace(_real(look)[1])  # type: ignore[no-any-return]


def mean_drift(look: Look) -> Array:
    r""":math:`|\mu - \mu_{real}|^2 / \operatorname{tr}\Sigma_{real}`."""
    mean, covariance = _real(look)
    gap = look.mean - mean
    return np.einsum("rd,rd->r", gap, gap) / np.trace(covariance)  # type: ignore[no-any-return]


def kl(look: Look) -> Array:
    r""":math:`KL(world \| model)` in nats, both normal.

    .. math:: \tfrac12[\operatorname{tr}\Sigma^{-1}\Sigma_0 + \delta^T\Sigma^{-1}\delta - d +
    \ln\det\Sigma/\det\Sigma_0]
    """
    mean, covariance = _real(look)
    gap = look.mean - mean
    if isinstance(model := look.model, Normal):
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = covariance[0, 0] / model.variance
            value = 0.5 * (ratio + gap[:, 0] ** 2 / model.variance - 1 - np.log(ratio))
        return np.where(np.isfinite(ratio), value, np.inf)
    own, truth = look.model_as(MultivariateNormal).factor, np.linalg.cholesky(covariance)
    d = gap.shape[1]
    dead = (np.diagonal(own, axis1=1, axis2=2) == 0).any(axis=1)
    factor = np.where(dead[:, None, None], np.eye(d), own)
    with np.errstate(over="ignore", divide="ignore"):
        white = np.linalg.solve(factor, np.concatenate([np.broadcast_to(truth, factor.shape), gap[:, :, None]], axis=2))
        logs = 2 * np.log(abs(np.diagonal(factor, axis1=1, axis2=2))).sum(axis=1) - 2 * np.log(np.diag(truth)).sum()
        value = 0.5 * (np.einsum("rij,rij->r", white, white) - d + logs)
    return np.where(dead, np.inf, value)


def log_variance(look: Look) -> Array:
    r""":math:`\ln(\sigma^2/\sigma^2_{real})` of a law on the line: where the typical loop goes."""
    law = look.model.logarithm if isinstance(look.model, LogNormal) else look.model
    with np.errstate(divide="ignore"):
        log = 2 * np.log(law.sd) if isinstance(law, Normal) else np.log(look.covariance[:, 0, 0])
    return log - np.log(_real(look)[1][0, 0])  # type: ignore[no-any-return]


def deviation_ratio(look: Look) -> Array:
    r""":math:`\sigma / \sigma_{real}` on the line."""
    real = np.sqrt(_real(look)[1][0, 0])
    if look.moments is not None and isinstance(look.model, Normal):
        return look.model.sd / real  # type: ignore[no-any-return]
    return np.sqrt(look.total) / real  # type: ignore[no-any-return]


def alive(look: Look) -> Array:
    """1 where the model can still write more than one thing, 0 where it sits in an absorbing state."""
    assert isinstance(look.model, Bernoulli | Poisson | NegativeBinomial)
    return (~look.model.absorbed).astype(float)


def _real(look: Look) -> tuple[Array, Array]:
    return real_moments(look.real)


def real_moments(real: Real) -> tuple[Array, Array]:
    """The real mean (d,) and covariance (d, d)."""
    assert isinstance(real, RealLaw | RealPoints) and real.mean is not None and real.covariance is not None
    return real.mean, real.covariance


def in_space(real: Real, model: Model | None) -> bool:
    """Whether both have variances of the same thing, and the real one any."""
    if not isinstance(real, RealLaw | RealPoints) or real.covariance is None or not np.trace(real.covariance) > 0:
        return False
    # Moments of a statistic compare with those of the same law only; where there are points, they can be measured.
    return isinstance(real, RealPoints) or same_law(real, model) or (of_points(model) and of_points(real))


def same_law(real: Real, model: Model | None) -> bool:
    """Whether the true law and the model are of one kind."""
    return isinstance(real, RealLaw) and type(model) is type(real.truth)


def _one_known(real: Real, model: Model | None) -> bool:
    return same_law(real, model) and isinstance(model, Normal | LogNormal | Waiting) and model.mean.ndim == 1


def _can_die(real: Real, model: Model | None) -> bool:
    return isinstance(model, Bernoulli | Poisson | NegativeBinomial)


def both_normal(real: Real, model: Model | None) -> bool:
    """Whether the true law and the model are normal."""
    return isinstance(real, RealLaw) and isinstance(real.truth, NORMAL) and isinstance(model, NORMAL)


def on_normal_line(real: Real, model: Model | None) -> bool:
    """Whether both are normal laws on the line."""
    return same_law(real, model) and isinstance(model, Normal)


def on_line(real: Real, model: Model | None) -> bool:
    """Whether both have a variance of the same thing, one number."""
    return in_space(real, model) and len(real_moments(real)[0]) == 1


VARIANCE = Metric(
    "variance_ratio", "variance", "What is left of the variance of the real data.", variance_ratio, in_space,
    part="spread", rank=1, aliases=("variance", "spread"), logarithmic=True, unit="of the real variance",
    noun="the variance",
    less="had less than half of generation 0's variance",
    limits="Total variance can stay, or even grow, while whole directions and classes die.",
)  # fmt: skip
DRIFT = Metric(
    "mean_drift", "drift of the centre",
    "Squared distance of the model's mean from the real one, in units of the real variance.",
    mean_drift, in_space, 0.0, limits="The centre can stay in place while everything around it disappears.",
)  # fmt: skip
KL = Metric(
    "kl", "divergence", "Kullback-Leibler divergence of the model from the world, in nats.", kl, both_normal, 0.0,
    logarithmic=True, limits="It becomes infinite as soon as a model thinks something impossible that really occurs.",
)  # fmt: skip
LOG_VARIANCE = Metric(
    "log_variance", "logarithm of the variance",
    "Where the typical loop goes: the average variance is carried by a few lucky replicates, its logarithm is not.",
    log_variance, _one_known, 0.0,
)  # fmt: skip
DEVIATION = Metric(
    "deviation_ratio", "standard deviation", "What is left of the standard deviation of the real data.",
    deviation_ratio, on_line, aliases=("deviation",), usual=False, logarithmic=True,
    unit="of the real standard deviation", noun="the standard deviation",
    less="had less than half of generation 0's standard deviation",
    limits="It is the root of the variance, with the same medians; its mean is less at the mercy of a few replicates.",
)  # fmt: skip
ALIVE = Metric(
    "alive", "still alive",
    "1 where the model can still write more than one thing; being alive says nothing about being right.",
    alive, _can_die,
)  # fmt: skip
