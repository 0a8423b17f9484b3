"""What theory says of normal laws, and of their logarithms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kellet.data.source import Corpus, DataSet
from kellet.evidence import Array
from kellet.experiment.cell import Cell
from kellet.experiment.predicting.curves import find_curves, is_plain, predict_drift
from kellet.experiment.predicting.prediction import BIAS, DRIFT, LOGARITHM, WISHART, Known, Prediction
from kellet.families import Gaussian, LogGaussian
from kellet.loop.anchors import Anchor
from kellet.loop.curation.sampling import Shrink, Temperature
from kellet.loop.numbers import is_free
from kellet.loop.regimes import Accumulate, Replace
from kellet.metrics import Real, RealLaw, RealPoints, real_of
from kellet.metrics.real import flatten

if TYPE_CHECKING:
    from kellet.theory.population import Stock


def predict_gaussian(cell: Cell, family: Gaussian | LogGaussian, real: Real) -> Known:
    """Both parameters learnt, of a known law; or one of them, where the other is known rightly."""
    from kellet.theory import Prior, normal
    from kellet.theory.population import Stock

    assert isinstance(real, RealLaw) and real.covariance is not None and real.mean is not None
    total, d = float(np.trace(real.covariance)), len(real.mean)
    times = np.arange(1, cell.generations + 2)
    if isinstance(family, Gaussian) and not (is_free(family) and family.covariance == "full"):
        if d == 1 and family.covariance == "full":
            yield from _gaussian_half_known(cell, family, float(real.mean[0]), total)
        return
    if is_plain(cell) and isinstance(cell.size, int):
        yield from _predict_plain(cell.size, times.astype(float), family, d)
    if isinstance(cell.curation, Shrink | Temperature) and isinstance(family, Gaussian):
        # A temperature multiplies the variance of a normal law, too: bias, repeated.
        endless = Stock(np.zeros(d), total, 10**18)
        factor = cell.curation.factor if isinstance(cell.curation, Shrink) else cell.curation.tau
        if (found := find_stocks(cell, endless, endless, factor)) is not None:
            yield "variance_ratio", Prediction(found[2] / total, "exact", BIAS)
            yield "mean_drift", Prediction(found[1] / total, "exact", BIAS)
    elif family.estimator == "mle":
        prior = None
        if (given := family.prior) is not None and given.strength:
            offset = float(np.linalg.norm(np.broadcast_to(given.mean or 0.0, d) - real.mean))
            prior = Prior(given.strength, offset, d * (1.0 if given.variance is None else given.variance))
        yield from predict_drift(cell, -1.0, total, 0.0, prior)
    elif d == 1 and is_plain(cell):
        variance = normal.expected_variance(cell.size, times, family.estimator)
        yield "variance_ratio", Prediction(variance, "exact", LOGARITHM)
        yield "mean_drift", Prediction(normal.wander(cell.size, times, family.estimator), "exact", LOGARITHM)


def _predict_plain(n: int, times: Array, family: Gaussian | LogGaussian, d: int) -> Known:
    """What is known of nothing but sampling and fitting: each generation multiplies by independent chi-squares."""
    from kellet.theory import multivariate, normal

    estimator = family.estimator
    if d == 1:
        yield "log_variance", Prediction(normal.expected_log_variance(n, times, estimator), "exact", LOGARITHM)
        if isinstance(family, Gaussian) and n > 1:
            yield "deviation_ratio", Prediction(normal.expected_deviation(n, times, estimator), "exact", LOGARITHM)
            yield "wasserstein_2_squared", Prediction(normal.expected_w2(n, times, estimator), "exact", LOGARITHM)
    elif isinstance(family, Gaussian) and n > d:
        divisor = normal.divisor(n, estimator)
        drift = multivariate.log_det_drift(n, d, divisor) / d
        yield "log_spread", Prediction(drift * times, "exact", WISHART)
        yield "spread", Prediction(multivariate.expected_spread(n, d, times, divisor), "exact", WISHART)


def _gaussian_half_known(cell: Cell, family: Gaussian, mean: float, variance: float) -> Known:
    """One of the two parameters is known, and known rightly."""
    from kellet.theory import Prior

    given = family.prior
    where = 0.0 if given is None or given.mean is None else float(np.mean(given.mean))
    if family.variance is not None and np.isclose(family.variance, variance, rtol=1e-12) and family.mean is None:
        prior = Prior(given.strength, where, variance) if given else None
        curves = find_curves(cell, 0.0, variance, mean, prior)
        if curves is not None:
            yield "mean_drift", Prediction((curves.wander + (curves.mean - mean) ** 2) / variance, "exact", DRIFT)
    if family.mean == mean and family.variance is None:
        prior = None
        if given:
            spread = (1.0 if given.variance is None else given.variance) + (where - mean) ** 2
            prior = Prior(given.strength, spread, 2 * spread**2)
        curves = find_curves(cell, 2.0, 2 * variance**2, variance, prior)
        if curves is not None:
            yield "variance_ratio", Prediction(curves.mean / variance, "exact", DRIFT)


def predict_gaussian_on_data(cell: Cell, source: DataSet | Corpus) -> Known:
    """Real points from finite stocks."""
    from kellet.theory.population import Stock

    real = real_of(source)
    # What is looked at through a view is measured on the points that a model writes.
    if not isinstance(real, RealPoints) or real.view is not None:
        return
    training, reserve = (
        Stock(part.mean(axis=0), float(part.var(axis=0).sum()), len(part))
        for part in (flatten(part, None) for part in (source.training, source.reserve))
    )
    if cell.curation is None and (found := find_stocks(cell, training, reserve)) is not None:
        means, wander, spread = found
        if (total := float(np.trace(real.covariance))) == 0:
            return
        stocks = f"{DRIFT}; real points drawn without replacement from finite stocks"
        yield "variance_ratio", Prediction(spread / total, "exact", stocks)
        yield "mean_drift", Prediction((((means - real.mean) ** 2).sum(axis=1) + wander) / total, "exact", stocks)


def find_stocks(cell: Cell, training: Stock, reserve: Stock, shrink: float = 1.0) -> tuple[Array, Array, Array] | None:
    """Mean, wander and spread of the Gaussian that learns both, as long as nothing but counting is involved."""
    from kellet.theory.population import normal_curves

    anchor = cell.anchor or Anchor(0)
    simple = anchor.plain and anchor.draw != "bank" and isinstance(cell.regime, Replace | Accumulate)
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
