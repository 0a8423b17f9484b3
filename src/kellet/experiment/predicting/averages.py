"""What theory says of families that average one statistic."""

from __future__ import annotations

import numpy as np

from kellet import laws
from kellet.experiment.cell import Cell
from kellet.experiment.predicting.curves import is_plain, predict_drift
from kellet.experiment.predicting.prediction import EXTREMES, LOGARITHM, Known, Prediction
from kellet.families import Exponential, Ising, Laplace, Pareto, Uniform
from kellet.families.exponential.averages import Average
from kellet.laws.averages import MeanLaw


def predict_average(cell: Cell, family: Average, truth: MeanLaw) -> Known:
    """Families that average one statistic: V quadratic in the mean closes the second moments."""
    from kellet.theory import Prior, drift

    mean, variance = float(truth.mean[0]), float(truth.variance[0])
    times = np.arange(1, cell.generations + 2)
    if isinstance(family, Exponential | Pareto | Laplace):
        if is_plain(cell):
            slope = drift.exponential(cell.size, family.unbiased_for, family.shape)
            yield "log_variance", Prediction(2.0 * float(slope) * times.astype(float), "exact", LOGARITHM)
        if family.unbiased_for != "mean":
            return
    if (imagined := family.imagined) is None:
        return
    strength, middle = imagined
    prior = Prior(strength, middle, float(family.law(np.array([middle])).variance[0])) if strength else None
    yield from predict_drift(cell, family.bend[0], variance, mean, prior)


def predict_spins(cell: Cell, family: Ising, truth: laws.Ising) -> Known:
    """Spins that share a field: their sum S over a configuration is a binomial count, V = N - S^2 / N."""
    from kellet.theory import Prior

    prior, n = None, family.spins
    if (given := family.prior) is not None and given.strength:
        middle = n * (0.0 if given.mean is None else float(np.mean(given.mean)))
        prior = Prior(given.strength, middle, n - middle**2 / n)
    yield from predict_drift(cell, -1 / n, float(truth.variance[0, 0]), float(truth.mean[0, 0]), prior)


def predict_uniform(cell: Cell, family: Uniform) -> Known:
    """A uniform law that ends at the largest point: each generation multiplies where by a factor of its own."""
    from kellet.theory import drift

    if not is_plain(cell):
        return
    n, times, unbiased = cell.size, np.arange(1, cell.generations + 2), family.estimator == "unbiased"
    first, second = (drift.expected_uniform(n, times, unbiased=unbiased, power=power) for power in (1, 2))
    logarithm = 2.0 * float(drift.uniform(n, unbiased=unbiased))
    yield "log_variance", Prediction(logarithm * times.astype(float), "exact", EXTREMES)
    yield "variance_ratio", Prediction(second, "exact", EXTREMES)
    yield "mean_drift", Prediction(3.0 * ((second - 1) - 2 * (first - 1)), "exact", EXTREMES)
