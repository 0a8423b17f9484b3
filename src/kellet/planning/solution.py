"""What closed forms say about the least k, for families that have them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
import numpy as np
from scipy.special import ndtri, polygamma

from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.experiment.predicting.predict import predict
from kellet.families import Categorical, Gaussian
from kellet.families.exponential.averages import Average, WaitingTime
from kellet.laws import Normal
from kellet.loop.numbers import quantify
from kellet.loop.settled import settle_mean
from kellet.planning import reasons
from kellet.planning.outcomes import Keep
from kellet.planning.reserve import Reserve
from kellet.theory import Loop, stationary
from kellet.theory.drift import log_of_mean
from kellet.worlds.world import open_world

AVERAGE = "exact expectation, without its scatter"
CONJUGATE = "exact mean and variance, and the law of settled loops of many points (Diaconis, Ylvisaker, 1979): a limit"
GENEALOGY = "genealogy (Ewens, Theoretical Population Biology 3:87, 1972): an approximation"
MIDDLES = (np.arange(4000) + 0.5) / 4000
"""Where the quantiles of a law are taken."""
LONG = 100_000
"""Generations up to which expected curves are computed one by one."""


class Solution(msgspec.Struct, frozen=True):
    """The least k by theory.  kind: what the theory is of.  values: metric -> what it expects at that k, relative."""

    points: int
    kind: str
    values: dict[str, float]


def solve(
    experiment: Experiment, arm: Arm, keeps: Mapping[str, Keep], reserve: Reserve, confidence: float
) -> Solution | None:
    """The least k at which theory expects every level to be kept; None where it doesn't know one of the metrics."""
    readings = {name: _read(name, experiment, arm, reserve, confidence) for name in keeps}
    kinds = dict.fromkeys(reading[0] for reading in readings.values() if reading)

    def expect(k: int) -> dict[str, float]:
        return {name: reading[1](k) for name, reading in readings.items() if reading}

    def enough(k: int) -> bool:
        values = expect(k)
        return all(
            values[n] <= keep.level if keep.lower else keep.level <= values[n] < np.inf for n, keep in keeps.items()
        )

    values = expect(reserve.most)
    if len(values) < len(keeps) or not np.isfinite(list(values.values())).all():
        return None
    points = bisect_left(range(reserve.most + 1), True, key=enough)
    return Solution(points, "; ".join(kinds), expect(min(points, reserve.most)))


def _read(
    metric: str, experiment: Experiment, arm: Arm, reserve: Reserve, confidence: float
) -> tuple[str, Callable[[int], float]] | None:
    """How theory knows a metric after the horizon, relative to generation 0, and its value for k real points."""
    size: int = experiment.size  # type: ignore[assignment]
    horizon, family = experiment.generations, experiment.family
    source: Any = open_world(experiment.world)
    if isinstance(family, Categorical):
        kinds = reasons.find_kinds(source, experiment.world, metric)
        if kinds is None or reserve.draw != "fresh" or arm.curation is not None or family.prior is not None:
            return None
        return GENEALOGY, lambda k: reasons.find_share(kinds, size, k - reserve.dirty(k), horizon, confidence)
    if metric == "variance_ratio" and arm.curation is None:
        if family == Gaussian() and isinstance(source.truth, Normal):
            return CONJUGATE, lambda k: _spread(quantify(family, size, reserve.anchor(k)), horizon, confidence)
        if isinstance(family, Average) and family == type(family)() and family.knows(source.truth):
            mean = float(source.truth.mean[0])
            read = partial(_variance, family, mean, horizon=horizon, confidence=confidence)
            return CONJUGATE, lambda k: read(quantify(family, size, reserve.anchor(k)))
    if horizon > LONG:
        return None

    def average(k: int) -> float:
        arms = {"k": Arm(anchor=reserve.anchor(k), curation=arm.curation), "real": Arm()}
        known = predict(msgspec.structs.replace(experiment, arms=arms))
        found, start = known["k"].get(metric), known["real"].get(metric)
        return float(found.values[-1] / start.values[0]) if found and start and start.values[0] else np.nan

    return AVERAGE, average


def _variance(family: Average, mean: float, loop: Loop, horizon: int, confidence: float) -> float:
    """What a share ``confidence`` of loops keeps of V, a function of the mean, relative to one fit to real points."""
    if isinstance(family, WaitingTime) and not loop.strength:
        # The variance is the square of a mean that gamma factors multiply.
        return _fall(loop.n * family.shape, loop.n * family.shape, 2.0, horizon, confidence)

    def keep(fits: int, q: float) -> float:
        points = (loop.curvature + 1 / float(loop.wander(fits))) / 2
        # Where all is lost for certain, nothing is left to be settled.
        law = settle_mean(family, mean, max(points, 1e-9))
        spread = family.law(np.asarray(law.ppf(MIDDLES))).variance
        return float(np.quantile(spread, q, method="hazen"))

    return keep(horizon + 1, 1 - confidence) / keep(1, 0.5)


def _spread(loop: Loop, horizon: int, confidence: float) -> float:
    """What a share ``confidence`` of loops keeps of a normal law's variance, relative to one fit to real points."""
    if not loop.strength:
        return _fall((loop.n - 1) / 2, loop.n / 2, 1.0, horizon, confidence)
    # What is gone, since what is left may be all but 1.
    gone = float(loop.wander(horizon + 1))
    law = stationary.normal((1 - gone) / gone / 2, 0.0, 1.0)[0]
    return float(law.ppf(1 - confidence) / loop.variance(1))


def _fall(shape: float, scale: float, power: float, generations: int, confidence: float) -> float:
    """What a share ``confidence`` of products of so many factors (gamma / scale)^power exceeds, as if lognormal."""
    if shape <= 0:
        return 0.0
    mean = generations * (log_of_mean(shape) + np.log1p((shape - scale) / scale))
    return float(np.exp(power * (mean - ndtri(confidence) * np.sqrt(generations * polygamma(1, shape)))))
