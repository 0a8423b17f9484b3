"""What theory says of families that average one statistic."""

from __future__ import annotations

import numpy as np

from kellet.experiment.cell import Cell
from kellet.experiment.predicting.curves import is_plain, predict_drift
from kellet.experiment.predicting.prediction import LOGARITHM, Known, Prediction
from kellet.families import Exponential, Laplace, Pareto
from kellet.families.exponential.averages import Average
from kellet.laws.averages import MeanLaw


def predict_average(cell: Cell, family: Average, truth: MeanLaw) -> Known:
    """Families that average one statistic: V quadratic in the mean closes the second moments."""
    from kellet.theory import Prior, drift

    mean, variance = float(truth.mean[0]), float(truth.variance[0])
    a, b = family.bend
    times = np.arange(1, cell.generations + 2)
    if isinstance(family, Exponential | Pareto | Laplace):
        if is_plain(cell):
            slope = drift.exponential(cell.size, family.unbiased_for, family.shape)
            yield "log_variance", Prediction(2.0 * float(slope) * times.astype(float), "exact", LOGARITHM)
        if family.unbiased_for != "mean":
            return
    prior = None
    if (given := family.prior) is not None and given.strength:
        strength, middle = given.strength, family.middle if given.mean is None else float(np.mean(given.mean))
        total = strength * middle
        if given.parametrisation == "mean":
            strength, total = strength + 2 * a, total - b
            # Where the mode sits at the edge of the allowed means, it is no longer linear in the data.
            if not 0 <= total <= strength * family.top or (total and not strength):
                return
        if strength:
            middle = total / strength
            prior = Prior(strength, middle, float(family.law(np.array([middle])).variance[0]))
    yield from predict_drift(cell, a, variance, mean, prior)
