"""What closed forms say about the least k, for families that have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np

from kedge.anchors import Anchor
from kedge.experiment import Arm, Experiment
from kedge.families import Categorical, Gaussian
from kedge.outlook import Loop, draws
from kedge.planning import reasons
from kedge.planning.outcomes import Keep
from kedge.predict import predict

AVERAGE = "exact expectation, without its scatter"
LOGNORMAL = "exact expectation, its scatter taken as lognormal: an approximation"
GENEALOGY = "expectation by genealogy (Ewens, Theoretical Population Biology 3:87, 1972): an approximation"
LONG = 100_000
"""Generations up to which expected curves are computed one by one."""


class Expected(msgspec.Struct, frozen=True):
    """The least k by theory.  kind: what the theory is of.  values: metric -> what it expects at that k, relative."""

    points: int
    kind: str
    values: dict[str, float]


def expected(
    experiment: Experiment,
    keeps: Mapping[str, Keep],
    anchor: Callable[[int], Anchor | None],
    most: int,
    confidence: float,
) -> Expected | None:
    """The least k at which theory expects every level to be kept; None where it doesn't know one of the metrics."""
    sayings = {name: _saying(name, experiment, anchor, confidence) for name in keeps}
    kinds = dict.fromkeys(saying[0] for saying in sayings.values() if saying)

    def at(k: int) -> dict[str, float] | None:
        values = {name: saying[1](k) for name, saying in sayings.items() if saying}
        return values if len(values) == len(keeps) and np.isfinite(list(values.values())).all() else None

    def enough(values: dict[str, float]) -> bool:
        return all(values[n] <= k.level if k.lower else values[n] >= k.level for n, k in keeps.items())

    if (values := at(most)) is None:
        return None
    low, high = -1, most
    if not enough(values):
        low, high = most, most + 1
    while high - low > 1:
        middle = (low + high) // 2
        tried = at(middle)
        if tried is not None and enough(tried):
            high, values = middle, tried
        else:
            low = middle
    return Expected(high, "; ".join(kinds), values)


def _saying(
    metric: str, experiment: Experiment, anchor: Callable[[int], Anchor | None], confidence: float
) -> tuple[str, Callable[[int], float]] | None:
    """How theory knows a metric after the horizon, relative to generation 0, and its value for k real points."""
    size: int = experiment.size  # type: ignore[assignment]
    horizon, family = experiment.generations, experiment.family
    source: Any = experiment.world.open(1)
    if isinstance(family, Categorical):
        if (kinds := reasons.kinds(source, experiment.world, metric)) is None or anchor(1) != Anchor(1):
            return None
        shown = float(kinds.weights @ -np.expm1(-size * kinds.probabilities))
        return GENEALOGY, lambda k: _shown(kinds, size, k, horizon) / shown
    line = family == Gaussian() and getattr(source.truth, "sd", None) is not None
    if line and metric == "variance_ratio":
        return LOGNORMAL, lambda k: _variance(_loop(size, k, anchor(k)), horizon, confidence)
    if horizon > LONG:
        return None

    def predicted(k: int) -> float:
        known = predict(msgspec.structs.replace(experiment, arms={"k": Arm(anchor=anchor(k)), "real": Arm()}))
        found, start = known["k"].get(metric), known["real"].get(metric)
        return float(found.values[-1] / start.values[0]) if found and start and start.values[0] else np.nan

    return AVERAGE, predicted


def _shown(kinds: reasons.Kinds, size: int, k: int, horizon: int) -> float:
    anchored, first = draws(size, k, horizon + 1)
    return float(kinds.weights @ -np.expm1(-(anchored + first) * kinds.probabilities))


def _loop(size: int, k: int, anchor: Anchor | None) -> Loop:
    if anchor is None:
        return Loop(size, 0)
    clean = k - round(k * anchor.contaminated)
    return Loop(size, clean, real={"fresh": None, "fixed": float(k), "bank": float(anchor.bank or 0)}[anchor.draw])


def _variance(loop: Loop, horizon: int, confidence: float) -> float:
    """What a share ``confidence`` of loops keeps of the variance of a normal law, relative to one fit to real points.

    Its logarithm moves like an autoregression whose steps have variance 2/n and of which 2k/n is forgotten each time.
    """
    from scipy.special import ndtri

    kept = max(1 - float(loop.wander(horizon + 1)), 0.0) / (1 - 1 / loop.n)
    gone = 1 - (1 - min(loop.pulled, 1 - 1e-7)) ** 2
    steps = horizon + 1
    grown = steps if gone <= 0 else -np.expm1(steps * np.log1p(-gone)) / gone
    scatter = np.log1p(2 / loop.n * grown)
    return kept * float(np.exp(-scatter / 2 - ndtri(confidence) * np.sqrt(scatter)))
