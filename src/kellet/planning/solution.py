"""What closed forms say about the least k, for families that have them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
import numpy as np

from kellet.evidence import Array
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.experiment.predicting.predict import predict
from kellet.families import Categorical, Gaussian
from kellet.families.exponential.averages import Average
from kellet.laws import Normal
from kellet.loop.numbers import quantify
from kellet.planning import reasons
from kellet.planning.outcomes import Keep
from kellet.planning.reserve import Reserve
from kellet.theory import Loop
from kellet.worlds.world import open_world

AVERAGE = "exact expectation, without its scatter"
LOGNORMAL = "exact expectation, its scatter taken as lognormal: an approximation"
MATCHED = "exact mean and variance, their law taken as a gamma or beta: an approximation"
GENEALOGY = "genealogy (Ewens, Theoretical Population Biology 3:87, 1972): an approximation"
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
            return LOGNORMAL, lambda k: _spread(quantify(family, size, reserve.anchor(k)), horizon, confidence)
        if isinstance(family, Average) and family == type(family)() and family.knows(source.truth):
            mean = float(source.truth.mean[0])
            read = partial(_variance, family, mean, horizon=horizon, confidence=confidence)
            return MATCHED, lambda k: read(quantify(family, size, reserve.anchor(k)))
    if horizon > LONG:
        return None

    def average(k: int) -> float:
        arms = {"k": Arm(anchor=reserve.anchor(k), curation=arm.curation), "real": Arm()}
        known = predict(msgspec.structs.replace(experiment, arms=arms))
        found, start = known["k"].get(metric), known["real"].get(metric)
        return float(found.values[-1] / start.values[0]) if found and start and start.values[0] else np.nan

    return AVERAGE, average


def _variance(family: Average, mean: float, loop: Loop, horizon: int, confidence: float) -> float:
    """What a share ``confidence`` of loops keeps of V, a function of the mean, relative to one fit to real points.

    The mean is unbiased and its variance known exactly; its law is taken to be the gamma, or between two bounds the
    beta, of that variance.
    """
    variance = float(family.law(np.array([mean])).variance[0])

    def keep(wander: float, q: float) -> float:
        spread = family.law(_quantiles(mean, wander * variance, family.top)).variance
        return float(np.quantile(spread, q))

    return keep(float(loop.wander(horizon + 1)), 1 - confidence) / keep(float(loop.wander(1)), 0.5)


def _quantiles(mean: float, variance: float, top: float) -> Array:
    """A thousand quantiles of a law from 0 to ``top`` with these moments; all at the ends where it can't vary more."""
    from scipy.special import betaincinv, gammaincinv

    q = (np.arange(1000) + 0.5) / 1000
    if not np.isfinite(top):
        shape = mean**2 / variance
        return np.asarray(gammaincinv(shape, q) * variance / mean)
    middle = mean / top
    strength = max(mean * (top - mean) / variance - 1, 1e-6)
    return np.asarray(betaincinv(strength * middle, strength * (1 - middle), q) * top)


def _spread(loop: Loop, horizon: int, confidence: float) -> float:
    """What a share ``confidence`` of loops keeps of the variance of a normal law, relative to one fit to real points.

    Its logarithm moves like an autoregression, of which n points are 2/n of variance.
    """
    from scipy.special import ndtri

    kept = float(loop.variance(horizon + 1) / loop.variance(1))
    scatter = np.log1p(2 * float(replace(loop, curvature=0.0).wander(horizon + 1)))
    return kept * float(np.exp(-scatter / 2 - ndtri(confidence) * np.sqrt(scatter)))
