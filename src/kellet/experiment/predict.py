"""What theory says about an experiment: expected curves, arm by arm, metric by metric, where anything is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from kellet import laws
from kellet.data.source import Corpus, DataSet, Law, Source
from kellet.evidence import Array
from kellet.experiment.cell import Cell
from kellet.experiment.experiment import Experiment
from kellet.experiment.resolution import Resolved, resolve
from kellet.families import Categorical, Exponential, Gaussian, Ising, Laplace, LogGaussian, Pareto, Poisson
from kellet.families.abilities import abilities
from kellet.families.exponential.averages import Average
from kellet.laws import Frequencies
from kellet.laws.averages import MeanLaw
from kellet.loop.anchors import Anchor, AnyAnchor
from kellet.loop.curation.sampling import Shrink, Temperature
from kellet.loop.numbers import is_free
from kellet.loop.regimes import Accumulate, Replace, Subsample
from kellet.metrics import Real, RealLaw, RealPoints, real_of
from kellet.metrics.tails import rare_types

if TYPE_CHECKING:
    from kellet.theory import Anchored, Curves, Prior
    from kellet.theory.population import Stock
    from kellet.theory.recursion import Regime

DRIFT = "Jangjoo, di Sarra, Marsili and Roudi, PRL 136, 197301 (2026); classical in population genetics"
BIAS = "derived here: a bias that every generation repeats"
BRANCHING = "branching approximation; classical in population genetics"
LOGARITHM = "Shumailov et al., Nature 631:755 (2024), made exact"


@dataclass(frozen=True)
class Prediction:
    """The expectation, over replicates, of one metric in one arm.

    values: (G,), generations 0 to the last.  kind: "exact", or "approximation", which then has no promised error.
    source: where the formula comes from.
    """

    values: Array
    kind: Literal["exact", "approximation"]
    source: str


REGIMES: dict[type, Regime] = {Replace: "replace", Accumulate: "accumulate", Subsample: "subsample"}

Known = Iterator[tuple[str, Prediction]]


def predict(experiment: Experiment | Resolved) -> dict[str, dict[str, Prediction]]:
    """Arm -> metric name -> what theory expects; a metric that is missing is one for which nothing is known.

    >>> import kellet
    >>> arms = {"replace": kellet.Arm()}
    >>> e = kellet.Experiment(kellet.worlds.Normal(), kellet.families.Gaussian(), 10, arms, generations=2)
    >>> predict(e)["replace"]["variance_ratio"].values
    array([0.9  , 0.81 , 0.729])
    """
    resolved = resolve(experiment) if isinstance(experiment, Experiment) else experiment
    return {name: dict(_cell(cell, resolved.source)) for name, cell in resolved.cells.items()}


def _cell(cell: Cell, source: Source) -> Known:
    family = cell.family
    if not isinstance(source, Law):
        if family == Gaussian():
            yield from _gaussian_on_data(cell, source)
    elif not abilities(family).knows(source.truth):
        return
    elif isinstance(family, Gaussian | LogGaussian):
        yield from _gaussian(cell, family, real_of(source))
    elif isinstance(family, Average) and isinstance(source.truth, MeanLaw):
        yield from _average(cell, family, source.truth)
    elif isinstance(family, Categorical) and isinstance(source.truth, Frequencies):
        yield from _categorical(cell, family, source.truth)
    elif isinstance(source.truth, laws.Ising) and family == Ising(source.truth.spins):
        # Spins that share a field: their sum S over a configuration is a binomial count, V = N - S^2 / N.
        variance, mean = float(source.truth.variance[0, 0]), float(source.truth.mean[0, 0])
        yield from _drift(cell, -1 / family.spins, variance, mean, None)


def _drift(cell: Cell, curvature: float, variance: float, mean: float, prior: Prior | None) -> Known:
    """Where the second moments close, spread and centre as they are known of a loop that averages."""
    if (curves := _curves(cell, curvature, variance, mean, prior)) is not None:
        yield "variance_ratio", Prediction(curves.variance / variance, "exact", DRIFT)
        yield "mean_drift", Prediction((curves.wander + (curves.mean - mean) ** 2) / variance, "exact", DRIFT)


def _average(cell: Cell, family: Average, truth: MeanLaw) -> Known:
    """Families that average one statistic: V quadratic in the mean closes the second moments."""
    from kellet.theory import Prior, drift, forgetting

    mean, variance = float(truth.mean[0]), float(truth.variance[0])
    a, b = family.bend
    times = np.arange(1, cell.generations + 2)
    if isinstance(family, Exponential | Pareto | Laplace):
        if _plain(cell):
            slope = drift.exponential(cell.size, family.unbiased_for, family.shape)
            yield "log_variance", Prediction(2.0 * float(slope) * times.astype(float), "exact", LOGARITHM)
        if family.unbiased_for != "mean":
            return
    prior = None
    if (given := family.prior) is not None and given.strength:
        strength, middle = given.strength, family.middle if given.mean is None else float(np.mean(given.mean))
        if given.parametrisation == "mean":
            strength, middle = strength + 2 * a, (strength * middle - b) / (strength + 2 * a)
            # Where the mode sits at the edge of the allowed means, it is no longer linear in the data.
            if strength <= 0 or not 0 <= middle <= family.top:
                return
        prior = Prior(strength, middle, float(family.law(np.array([middle])).variance[0]))
    yield from _drift(cell, a, variance, mean, prior)
    if isinstance(family, Poisson) and _plain(cell):
        alive = forgetting.poisson_survival(mean, cell.size, times)
        yield "alive", Prediction(alive, "exact", "a critical branching process; Harris, Branching Processes (1963)")


def _gaussian(cell: Cell, family: Gaussian | LogGaussian, real: Real) -> Known:
    from kellet.theory import Prior, normal
    from kellet.theory.population import Stock

    assert isinstance(real, RealLaw) and real.covariance is not None and real.mean is not None
    total, d = float(np.trace(real.covariance)), len(real.mean)
    times = np.arange(1, cell.generations + 2)
    if isinstance(family, Gaussian) and not (is_free(family) and family.covariance == "full"):
        if d == 1 and family.covariance == "full":
            yield from _gaussian_half_known(cell, family, float(real.mean[0]), total)
        return
    if d == 1 and _plain(cell):
        drift = normal.expected_log_variance(cell.size, times, family.estimator)
        yield "log_variance", Prediction(drift, "exact", LOGARITHM)
    if isinstance(cell.curation, Shrink | Temperature) and isinstance(family, Gaussian):
        # A temperature multiplies the variance of a normal law, too: bias, repeated.
        endless = Stock(np.zeros(d), total, 10**18)
        factor = cell.curation.factor if isinstance(cell.curation, Shrink) else cell.curation.tau
        if (found := _of_stocks(cell, endless, endless, factor)) is not None:
            yield "variance_ratio", Prediction(found[2] / total, "exact", BIAS)
            yield "mean_drift", Prediction(found[1] / total, "exact", BIAS)
    elif family.estimator == "mle":
        prior = None
        if (given := family.prior) is not None and given.strength:
            offset = float(np.linalg.norm(np.broadcast_to(given.mean or 0.0, d) - real.mean))
            prior = Prior(given.strength, offset, d * (1.0 if given.variance is None else given.variance))
        yield from _drift(cell, -1.0, total, 0.0, prior)
    elif d == 1 and _plain(cell):
        variance = normal.expected_variance(cell.size, times, family.estimator)
        yield "variance_ratio", Prediction(variance, "exact", LOGARITHM)
        yield "mean_drift", Prediction(normal.wander(cell.size, times, family.estimator), "exact", LOGARITHM)


def _of_stocks(cell: Cell, training: Stock, reserve: Stock, shrink: float = 1.0) -> tuple[Array, Array, Array] | None:
    """Mean, wander and spread of the Gaussian that learns both, as long as nothing but counting is involved."""
    from kellet.theory.population import normal_curves

    anchor = cell.anchor or Anchor(0)
    simple = anchor.plain and anchor.draw != "bank" and not isinstance(cell.regime, Subsample)
    if not simple or cell.family != Gaussian() or isinstance(cell.size, tuple):
        return None
    return normal_curves(
        cell.generations + 1,
        cell.size,
        training,
        reserve,
        k=anchor.points(cell.size),
        draw="fixed" if anchor.draw == "fixed" else "fresh",
        accumulate=isinstance(cell.regime, Accumulate),
        shrink=shrink,
    )


def _gaussian_half_known(cell: Cell, family: Gaussian, mean: float, variance: float) -> Known:
    """One of the two parameters is known, and known rightly."""
    from kellet.theory import Prior

    given = family.prior
    where = 0.0 if given is None or given.mean is None else float(np.mean(given.mean))
    if family.variance is not None and np.isclose(family.variance, variance, rtol=1e-12) and family.mean is None:
        prior = Prior(given.strength, where, variance) if given else None
        curves = _curves(cell, 0.0, variance, mean, prior)
        if curves is not None:
            yield "mean_drift", Prediction((curves.wander + (curves.mean - mean) ** 2) / variance, "exact", DRIFT)
    if family.mean == mean and family.variance is None:
        prior = None
        if given:
            spread = (1.0 if given.variance is None else given.variance) + (where - mean) ** 2
            prior = Prior(given.strength, spread, 2 * spread**2)
        curves = _curves(cell, 2.0, 2 * variance**2, variance, prior)
        if curves is not None:
            yield "variance_ratio", Prediction(curves.mean / variance, "exact", DRIFT)


def _gaussian_on_data(cell: Cell, source: DataSet | Corpus) -> Known:
    """Real points from finite stocks."""
    from kellet.theory.population import Stock

    training, reserve = (
        Stock(part.mean(axis=0), float(part.var(axis=0).sum()), len(part)) for part in (source.training, source.reserve)
    )
    if cell.curation is None and (found := _of_stocks(cell, training, reserve)) is not None:
        means, wander, spread = found
        real = real_of(source)
        assert isinstance(real, RealPoints)
        if (total := float(np.trace(real.covariance))) == 0:
            return
        stocks = f"{DRIFT}; real points drawn without replacement from finite stocks"
        yield "variance_ratio", Prediction(spread / total, "exact", stocks)
        yield "mean_drift", Prediction((((means - real.mean) ** 2).sum(axis=1) + wander) / total, "exact", stocks)


def _categorical(cell: Cell, family: Categorical, truth: Frequencies) -> Known:
    from kellet.theory import Prior, forgetting

    p = truth.probabilities[0]
    total = float(1 - p @ p)
    prior = None
    if (given := family.prior) is not None and given.strength:
        if given.parametrisation != "natural":
            return
        spread = np.full(len(p), 1 / len(p)) if given.mean is None else np.asarray(given.mean) / np.sum(given.mean)
        prior = Prior(given.strength, float(np.linalg.norm(spread - p)), float(1 - spread @ spread))
    curves = _curves(cell, -1.0, total, 0.0, prior)
    if curves is not None:
        yield "heterozygosity", Prediction(curves.variance / total, "exact", DRIFT)
    if prior is None and _plain(cell):
        t = np.arange(1, cell.generations + 2)
        alive = forgetting.survival(cell.size * p[:, None], t)
        rare = rare_types(p)
        yield "surviving_types", Prediction(alive.mean(axis=0), "approximation", BRANCHING)
        yield "tail_kept", Prediction(rare @ alive / rare.sum(), "approximation", BRANCHING)


def _plain(cell: Cell) -> bool:
    """Pure replacement: nothing but sampling and fitting, the same number of points every time."""
    alone = cell.anchor is None and cell.curation is None and abilities(cell.family).prior is None
    return alone and isinstance(cell.regime, Replace) and isinstance(cell.size, int)


def _curves(cell: Cell, curvature: float, variance: float, mean: float, prior: Prior | None) -> Curves | None:
    from kellet.theory import Curves, curves

    if cell.curation is not None:
        return None
    sizes: int | list[int] = cell.size if isinstance(cell.size, int) else list(cell.size)
    if isinstance(sizes, list):
        sizes = [sizes[min(t, len(sizes) - 1)] for t in range(cell.generations + 1)]
    try:
        found = curves(
            cell.generations + 1,
            sizes,
            curvature=curvature,
            variance=variance,
            mean=mean,
            regime=REGIMES[type(cell.regime)],
            anchor=None if cell.anchor is None else _anchor(cell.anchor, cell.size),
            prior=prior,
        )
    except LookupError:
        return None
    return Curves(found.mean[1:], found.wander[1:], found.variance[1:])


def _anchor(anchor: AnyAnchor, size: int | tuple[int, ...]) -> Anchored | None:
    from kellet.theory import Anchored

    first = size if isinstance(size, int) else size[0]
    if anchor.random:
        return Anchored(share=anchor.share, random=True)
    if isinstance(size, tuple) and (anchor.share is not None or anchor.weight == "optimal"):
        if anchor.weight == "optimal" or anchor.contaminated:
            raise LookupError("no closed form for this anchor of a changing size")
        return Anchored(
            share=anchor.share, kind=anchor.draw, bank=anchor.bank, weight=anchor.weight, every=anchor.every
        )
    if not (k := anchor.points(first)):
        return None
    return Anchored(
        count=k,
        kind=anchor.draw,
        bank=anchor.bank,
        weight=anchor.weighs(k, first),
        every=anchor.every,
        contaminated=anchor.contaminated,
    )
