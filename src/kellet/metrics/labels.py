"""Labels: how well what a model writes of them agrees with real ones, with its own chances, and with generation 0."""

from __future__ import annotations

import numpy as np

from kellet.evidence import Array
from kellet.laws import MultivariateNormal
from kellet.laws.conditional import Conditional, LinearLaw
from kellet.laws.model import Model
from kellet.metrics.gaps import stray
from kellet.metrics.look import Look, ensure, once
from kellet.metrics.metric import Metric
from kellet.metrics.real import Real, RealLabels

BINS = 10
COVERED = 0.9
REACH = 1.6448536269514722
"""Standard deviations to both sides of a normal law's middle that hold so much of it."""


def _real(look: Look) -> RealLabels:
    return ensure(look.real, RealLabels)


@once
def expect(look: Look) -> Array:
    """(R, N), or (R, N, K): what the model expects of the labels of held-out rows."""
    return ensure(look.model, Conditional).expect(_real(look).features)  # type: ignore[type-abstract]


@once
def expect_first(look: Look) -> Array:
    """The same of generation 0."""
    first = look.model if look.first is None else look.first
    return ensure(first, Conditional).expect(_real(look).features)  # type: ignore[type-abstract]


@once
def apart(look: Look) -> tuple[Array, Array] | None:
    """Mean and variance (R,), over real features, of how far a linear function lies from the true one, which is known;
    None where it isn't, or the model's is no line."""
    truth, model = _real(look).truth, look.model
    if truth is None or not isinstance(model, LinearLaw):
        return None
    return _moments(truth, model.weights - truth.weights, model.intercept - truth.intercept)


def excess_risk(look: Look) -> Array:
    r""":math:`E(f_t(x) - f(x))^2` over real features, :math:`f` the true function; in the units of squared labels.

    Exact for linear functions, else over features drawn once.
    """
    if (known := apart(look)) is not None:
        return known[0] ** 2 + known[1]
    real = _real(look)
    return ((expect(look) - ensure(real.truth, LinearLaw).expect(real.features)) ** 2).mean(axis=1)  # type: ignore[no-any-return]


def _moments(truth: LinearLaw, weights: Array, intercept: Array) -> tuple[Array, Array]:
    """Mean and variance (R,) of linear functions of real features."""
    law = ensure(truth.features, MultivariateNormal)
    turned = weights @ law.factor[0]
    return np.asarray(intercept + weights @ law.mean[0]), np.einsum("rd,rd->r", turned, turned)


@once
def squared_error(look: Look) -> Array:
    """Mean squared error on real rows, in units of the variance of real labels."""
    real = _real(look)
    if real.truth is not None:
        return np.asarray((excess_risk(look) + real.truth.spread[0] ** 2) / real.baseline)
    return ((expect(look) - real.labels) ** 2).mean(axis=1) / real.baseline  # type: ignore[no-any-return]


@once
def error_rate(look: Look) -> Array:
    """Share of held-out real rows of which the likeliest class is not the real one."""
    found: Array = (expect(look).argmax(axis=2) != _real(look).labels).mean(axis=1)
    return np.where(np.isnan(expect(look)).any(axis=(1, 2)), np.nan, found)


def skill(look: Look) -> Array:
    r""":math:`1 - \text{error}/\text{error of always the same answer}`, 0 where that is no worse.

    Of numbers the share of the variance of real labels that is explained; of classes the share of the errors that
    guessing the most frequent one makes and the model doesn't.
    """
    real = _real(look)
    # Where all real labels are the same, there is nothing to be better than.
    lost = error_rate(look) / (real.baseline or 1.0) if real.names else squared_error(look)
    return np.maximum(1 - lost, 0.0)


def log_loss(look: Look) -> Array:
    r""":math:`-\frac1N\sum\ln p(y \mid x)` over held-out real rows, in nats; of numbers with normal noise."""
    real = _real(look)
    with np.errstate(divide="ignore", invalid="ignore"):
        if real.names:
            chances = expect(look)[:, np.arange(len(real.labels)), real.codes]
            return -np.log(chances).mean(axis=1)  # type: ignore[no-any-return]
        variance = _spread(look) ** 2
        return 0.5 * (squared_error(look) * real.baseline / variance + np.log(2 * np.pi * variance))


def interval_coverage(look: Look) -> Array:
    """Share of held-out real labels that lie where the model expects 90 % of them, by normal noise."""
    real, reach = _real(look), REACH * _spread(look)
    if (known := apart(look)) is not None:
        from scipy.special import ndtr

        middle, width = known[0], np.sqrt(known[1] + ensure(real.truth, LinearLaw).spread[0] ** 2)
        return ndtr((reach - middle) / width) - ndtr((-reach - middle) / width)  # type: ignore[no-any-return]
    found = expect(look)
    inside: Array = (abs(found - real.labels) <= reach[:, None]).mean(axis=1)
    return np.where(np.isnan(found).any(axis=1), np.nan, inside)


def calibration_error(look: Look) -> Array:
    r"""How far the chance of the likeliest class lies from how often it is right, less what chance alone makes of it.

    .. math:: \sum_b \frac{n_b}{N} \Big(|\bar a_b - \bar c_b| - E|X_b/n_b - \bar c_b|\Big), \qquad
        X_b \sim \mathrm{Bin}(n_b, \bar c_b)

    over ten bins b of as many held-out rows each, by the chance c that the model gives; a is 1 where it is right.  So a
    model whose chances are right scores about 0, whatever the number of rows.

    C. Guo, G. Pleiss, Y. Sun and K. Weinberger, On Calibration of Modern Neural Networks, ICML (2017), less its bias.
    """
    real, found = _real(look), expect(look)
    sure, right = found.max(axis=2), found.argmax(axis=2) == real.labels
    order = sure.argsort(axis=1, kind="stable")
    total = np.zeros(len(found))
    for rows in np.array_split(order, BINS, axis=1):
        if n := rows.shape[1]:
            chance = np.take_along_axis(sure, rows, axis=1).mean(axis=1)
            hits = np.take_along_axis(right, rows, axis=1).mean(axis=1)
            total += n / order.shape[1] * (abs(hits - chance) - stray(np.nan_to_num(chance), n))
    return total


def agreement(look: Look) -> Array:
    r"""How far held-out rows get the labels that generation 0 gives them.

    Of classes the share of rows whose likeliest one is the same; of numbers the concordance of what is expected,
    :math:`2 s_{xy}/(s_x^2 + s_y^2 + (\bar x - \bar y)^2)`: L. Lin, Biometrics 45:255 (1989).
    """
    real, model, before = _real(look), look.model, look.model if look.first is None else look.first
    if real.truth is not None and isinstance(model, LinearLaw) and isinstance(before, LinearLaw):
        lines = (model.weights, model.intercept), (before.weights, before.intercept)
        (mean, x), (base, y) = (_moments(real.truth, *line) for line in lines)
        _, both = _moments(real.truth, model.weights + before.weights, model.intercept)
        return _agree((both - x - y) / 2, x + y + (mean - base) ** 2)
    own, first = expect(look), expect_first(look)
    if real.names:
        same: Array = (own.argmax(axis=2) == first.argmax(axis=2)).mean(axis=1)
        return np.where(np.isnan(own).any(axis=(1, 2)), np.nan, same)
    x, y = (found - found.mean(axis=1, keepdims=True) for found in (own, first))
    gap = own.mean(axis=1) - first.mean(axis=1)
    return _agree((x * y).mean(axis=1), (x**2).mean(axis=1) + (y**2).mean(axis=1) + gap**2)


def _agree(together: Array, lengths: Array) -> Array:
    """Concordance (R,); of two constants that are the same, 1."""
    return np.where(lengths > 0, 2 * together / np.where(lengths > 0, lengths, 1.0), 1.0)


def _spread(look: Look) -> Array:
    """(R,): the standard deviation of the noise that the model writes."""
    return ensure(look.model, Conditional).spread  # type: ignore[type-abstract]


def with_labels(real: Real, model: Model | None) -> bool:
    """Whether there are real labels."""
    return isinstance(real, RealLabels)


def _with_numbers(real: Real, model: Model | None) -> bool:
    return isinstance(real, RealLabels) and not real.names


def _with_classes(real: Real, model: Model | None) -> bool:
    return isinstance(real, RealLabels) and bool(real.names)


def _with_truth(real: Real, model: Model | None) -> bool:
    return isinstance(real, RealLabels) and real.truth is not None


SKILL = Metric(
    "skill", "skill",
    "How much better than always the same answer the model is on held-out real rows: 100 % is no error at all.",
    skill, with_labels, part="skill", aliases=("labels",), unit="of perfect skill on real rows",
    noun="their skill",
    less="had less than half of the skill of generation 0",
    limits="It is of the model's best answer: how sure it is of that, calibration and log loss tell.",
)  # fmt: skip
EXCESS = Metric(
    "excess_risk", "excess risk",
    "Mean squared distance of the learnt function from the true one.",
    excess_risk, _with_truth, 0.0, lower=True, prominent=True,
)  # fmt: skip
TEST_ERROR = Metric(
    "test_error", "test error",
    "Mean squared error on held-out real rows, against the variance of their labels: 1 is no better than their mean.",
    squared_error, _with_numbers, None, lower=True, prominent=True,
)  # fmt: skip
ERROR_RATE = Metric(
    "error_rate", "error rate", "Share of held-out real rows whose likeliest label, to the model, is wrong.",
    error_rate, _with_classes, None, lower=True, prominent=True,
)  # fmt: skip
LOG_LOSS = Metric(
    "log_loss", "log loss", "How surprising the real labels of held-out rows are to the model, in nats.",
    log_loss, with_labels, None, lower=True,
    limits="One label that the model finds impossible makes it infinite.",
)  # fmt: skip
COVERAGE = Metric(
    "interval_coverage", "labels in their 90 % intervals",
    "Share of held-out real labels that lie where the model expects nine in ten.",
    interval_coverage, _with_numbers, COVERED, aliases=("calibration",),
    limits="The intervals are of normal noise, as wide for all rows.",
)  # fmt: skip
CALIBRATION = Metric(
    "calibration_error", "calibration error",
    "How far the chances that the model gives lie from how often it is right, beyond what chance makes of it.",
    calibration_error, _with_classes, 0.0, lower=True, aliases=("calibration",),
    limits="It is of the likeliest label's chance, in ten bins.",
)  # fmt: skip
AGREEMENT = Metric(
    "agreement", "agreement with generation 0",
    "How far held-out rows still get the labels that generation 0 gives them.",
    agreement, with_labels, None,
    limits="Generation 0 errs too: to part from it isn't always a loss.",
)  # fmt: skip
ALL = (SKILL, EXCESS, TEST_ERROR, ERROR_RATE, LOG_LOSS, COVERAGE, CALIBRATION, AGREEMENT)
