r"""Three reasons why real data are needed, counted apart.

    variance   sampling moves each loop by a step of variance s^2, falling as 1/n, and shrinks some metrics by c/n: with
               k real points loops stay within a scatter of about s sqrt(n/4k) of each other, whatever n
    bias       each generation loses b by what the model can't learn: what is lost in the end is b/share
    rare       a category of probability p is kept by real points that show it: about 1/p of them

Steps and losses are measured, on a few generations of the person's own model and data without any real point, at the
full size and at a quarter of it: b does not depend on the size, c/n does.  What they come to with k real points after T
generations is a linear recursion, an approximation for small losses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from kellet.data.source import DataSet, Law, Source
from kellet.evidence import Array
from kellet.experiment.experiment import Experiment
from kellet.families import Categorical
from kellet.laws import Frequencies
from kellet.loop.numbers import stock
from kellet.metrics.catalogue import find_metric
from kellet.metrics.tails import rare_types
from kellet.planning.outcomes import Keep
from kellet.planning.reserve import Reserve
from kellet.theory import Loop, coverage
from kellet.theory.loop import geometric_sum
from kellet.worlds.observable import observable

NAMES = ("variance", "bias", "rare")
FEW = 100
"""Categories up to which they are counted one by one."""


class Reason(msgspec.Struct, frozen=True):
    """One reason.

    name: variance, bias or rare.  points: real points per generation that it needs by itself; 0 none, infinite: more
    than there can be.  metric: the one that needs most.  loss, error: of one generation, relative; for variance what
    sampling takes of the metric, and step is the standard deviation of what it adds to the scatter between loops.
    category: what is rare, and p: how frequent it is.
    """

    name: str
    points: float
    metric: str = ""
    loss: float = 0.0
    error: float = 0.0
    category: str = ""
    p: float = 0.0
    step: float = 0.0


@dataclass(frozen=True)
class Losses:
    """What one generation without real points does to a metric, relative to what it is at the beginning.

    step: variance of what it adds to the scatter between loops.  sampling, bias: (loss, its standard error).
    """

    step: float
    sampling: tuple[float, float]
    bias: tuple[float, float]

    @staticmethod
    def of(full: Array, quarter: Array, generations: int, lower: bool, judged: bool = False) -> Losses:
        """full, quarter: (R, 2), the metric at generation 0 and ``generations`` later, at size n and n/4.

        judged: whether it is measured on written points, whose own scatter is no step of the loop.
        """
        (wide, wide_error, step), (narrow, narrow_error, _) = (
            _estimate(values, generations, -1.0 if lower else 1.0, judged) for values in (full, quarter)
        )
        sampling = ((narrow - wide) / 3, float(np.hypot(narrow_error, wide_error)) / 3)
        bias = ((4 * wide - narrow) / 3, float(np.hypot(4 * wide_error, narrow_error)) / 3)
        return Losses(step, sampling, bias)

    def by_variance(self, loop: Loop, horizon: int, tries: float) -> float:
        """What sampling costs one loop, of curvature 0: scatter, so many deviations of it, and shrinking."""
        scatter = np.sqrt(self.step * loop.n * loop.wander(horizon))
        return float(tries * scatter + max(self.sampling[0], 0.0) * geometric_sum(loop.loss, horizon))

    def by_bias(self, loop: Loop, horizon: int) -> float:
        """What bias costs it; a loss that its own error could explain costs nothing."""
        loss, error = self.bias
        return loss * float(geometric_sum(loop.pull, horizon)) if loss > 2 * error else 0.0


def measure(
    keeps: Sequence[Keep], full: Mapping[str, Array], quarter: Mapping[str, Array], generations: int, source: Source,
    experiment: Experiment, reserve: Reserve, confidence: float,
) -> tuple[Reason, ...]:  # fmt: skip
    """What each of the three needs by itself.

    full, quarter: metric -> (R, 2), at generation 0 and ``generations`` later without any real point, at n and n/4.
    """
    from scipy.special import ndtri

    size: int = experiment.size  # type: ignore[assignment]
    horizon = experiment.generations
    asking = []
    for keep in keeps:
        categories = find_kinds(source, experiment.world, keep.metric)
        if categories is not None:
            asking.append(explain_rarity(keep.metric, keep.level, categories, size, horizon, confidence))
            # Exact counting: what it loses, it loses because it is rare, unless it writes other things than it learnt.
            if isinstance(experiment.family, Categorical):
                continue
        judged = find_metric(keep.metric).fresh is not None
        loss = Losses.of(full[keep.metric], quarter[keep.metric], generations, keep.lower, judged)
        allowed = abs(1 - keep.level)

        def sampling_cost(k: float, loss: Losses = loss) -> float:
            loop = Loop(size, k, 0.0, bank=stock(reserve.draw, reserve.bank, k))
            return loss.by_variance(loop, horizon, float(ndtri(confidence)))

        def bias_cost(k: float, loss: Losses = loss) -> float:
            return loss.by_bias(Loop(size, k, 0.0), horizon)

        number = find_least(sampling_cost, allowed, min(size, reserve.bank or size))
        share = find_least(bias_cost, allowed, size)
        asking += [
            Reason("variance", number, keep.metric, *loss.sampling, step=loss.step**0.5),
            Reason("bias", share, keep.metric, *loss.bias),
        ]
    found: dict[str, Reason] = {}
    for asked in asking:
        if asked.name not in found or asked.points > found[asked.name].points:
            found[asked.name] = asked
    # What each asks for are clean points.
    clean = 1 - reserve.contaminated
    asked_for = (found.get(name, Reason(name, 0.0)) for name in NAMES)
    return tuple(msgspec.structs.replace(reason, points=reason.points / clean) for reason in asked_for)


def _estimate(values: Array, generations: int, sign: float, judged: bool) -> tuple[float, float, float]:
    """Loss per generation, its standard error, and the variance of a step."""
    values = values[np.isfinite(values).all(axis=1)]
    if len(values) < 2:
        return 1.0, 0.0, 0.0
    values = values / np.median(values[:, 0])
    lost = sign * (values[:, 0] - values[:, 1]) / generations
    before, after = values.var(axis=0, ddof=1)
    step = max(float(after - before), 0.0) / generations if judged else float(lost.var(ddof=1)) * generations
    return float(lost.mean()), float(lost.std(ddof=1) / np.sqrt(len(lost))), step


def find_least(cost: Callable[[float], float], allowed: float, size: int) -> float:
    """The least k at which a falling cost is no more than what is allowed; infinite where there is none up to n."""
    if cost(0.0) <= allowed:
        return 0.0
    low, high = 0.0, float(size)
    if cost(high) > allowed:
        return float("inf")
    while high - low > 0.005 * max(high, 1.0):
        middle = (low + high) / 2
        low, high = (middle, high) if cost(middle) > allowed else (low, middle)
    return high


def explain_rarity(metric: str, level: float, kinds: Kinds, size: int, horizon: int, confidence: float) -> Reason:
    """The reason that things are rare: the least k whose real points show enough of them, by their genealogy.

    level: share of what a generation of real points shows, weighed by ``kinds.weights``.  The category that is named is
    the rarest that k points then show with the confidence asked for.
    """
    k = find_least(lambda k: 1 - find_share(kinds, size, k, horizon, confidence), 1 - level, size)
    kept = find_rarest(kinds, size, k, horizon, confidence) if np.isfinite(k) else None
    return Reason("rare", k, metric, category=kept[0] if kept else "", p=kept[1] if kept else 0.0)


def find_share(kinds: Kinds, size: int, k: float, horizon: int, confidence: float) -> float:
    """What a share ``confidence`` of loops still has of the categories, in units of what n real points show.

    The independent real draws that n points descend from (Ewens, Theoretical Population Biology 3:87, 1972) show each
    category as if it were there by itself: an approximation.
    """
    from scipy.special import xlog1py

    p, weights = kinds.probabilities, kinds.weights
    there, real = (-np.expm1(xlog1py(draws, -p)) for draws in (_draws(size, k, horizon), float(size)))
    if len(p) <= FEW:
        # A handful of categories come and go one by one; chance is the same for every k, so that more never show less.
        chance = np.random.default_rng(0).random((4000, len(p)))
        some, all_ = ((chance < q) @ weights for q in (there, real))
        return float(np.quantile(some, 1 - confidence, method="lower") / np.median(all_))
    from scipy.special import ndtri

    scatter = np.sqrt(weights**2 @ (there * (1 - there)))
    return float((weights @ there - ndtri(confidence) * scatter) / (weights @ real))


def find_rarest(kinds: Kinds, size: int, k: float, horizon: int, confidence: float) -> tuple[str, float] | None:
    """The rarest category that k real points of n keep with that chance, and its probability; None where none is."""
    there = np.flatnonzero(kinds.probabilities >= -np.expm1(np.log1p(-confidence) / _draws(size, k, horizon)))
    if not len(there):
        return None
    at = there[np.argmin(kinds.probabilities[there])]
    return kinds.names[at], float(kinds.probabilities[at])


def _draws(size: int, k: float, horizon: int) -> float:
    anchored, first = coverage.draws(size, k, horizon + 1)
    return float(anchored + first)


@dataclass(frozen=True)
class Kinds:
    """Categories.  names: V; probabilities: (V,); weights: (V,), what a metric counts each for."""

    names: tuple[str, ...]
    probabilities: Array
    weights: Array


def find_kinds(source: Source, world: object, metric: str) -> Kinds | None:
    """The categories that a metric counts; None where it counts none, or where nothing is known about them."""
    if isinstance(source, Law):
        if not isinstance(source.truth, Frequencies):
            return None
        p = source.truth.probabilities[0]
        labels = observable(world).labels or tuple(f"number {i + 1}" for i in range(len(p)))
        return Kinds(labels, p, rare_types(p) if metric == "tail_kept" else (p > 0).astype(float))
    if not isinstance(source, DataSet):
        return None
    if (book := source.codebook) is not None and metric.endswith("_levels"):
        p = book.find_shares(source.training)
        names = [f"{column}: {level}" for column, level in book.names]
        return Kinds(tuple(names), p, ((p > 0) & ((p < 0.01) | (metric != "rare_levels"))).astype(float))
    if source.classes is not None and metric.endswith("_classes"):
        shares_ = source.classes.shares
        return Kinds(tuple(source.classes.names), shares_, np.ones(len(shares_)))
    return None
