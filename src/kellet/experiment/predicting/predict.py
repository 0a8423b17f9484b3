"""What theory says about an experiment: expected curves, arm by arm, metric by metric, where anything is known."""

from __future__ import annotations

from kellet import laws
from kellet.data.source import Law, Source
from kellet.experiment.cell import Cell
from kellet.experiment.experiment import Experiment
from kellet.experiment.predicting.absorption import predict_survival
from kellet.experiment.predicting.averages import predict_average, predict_spins, predict_uniform
from kellet.experiment.predicting.categories import predict_categorical
from kellet.experiment.predicting.copies import predict_copies
from kellet.experiment.predicting.curves import simplify
from kellet.experiment.predicting.normals import predict_gaussian, predict_gaussian_on_data
from kellet.experiment.predicting.pools import predict_pool
from kellet.experiment.predicting.prediction import Known, Prediction
from kellet.experiment.predicting.regressions import predict_regression
from kellet.experiment.resolution import Resolved, resolve
from kellet.families import Bootstrap, Categorical, Gaussian, Ising, LogGaussian, Regression, Uniform
from kellet.families.abilities import abilities
from kellet.families.exponential.averages import Average
from kellet.laws import Frequencies
from kellet.laws.averages import MeanLaw
from kellet.metrics import real_of
from kellet.struct import checked


@checked
def predict(experiment: Experiment | Resolved) -> dict[str, dict[str, Prediction]]:
    """Arm -> metric name -> what theory expects; a metric that is missing is one for which nothing is known.

    >>> import kellet
    >>> arms = {"replace": kellet.Arm()}
    >>> e = kellet.Experiment(kellet.worlds.Normal(), kellet.families.Gaussian(), 10, arms, generations=2)
    >>> predict(e)["replace"]["variance_ratio"].values
    array([0.9  , 0.81 , 0.729])
    """
    resolved = resolve(experiment) if isinstance(experiment, Experiment) else experiment
    return {name: dict(predict_cell(cell, resolved.source)) for name, cell in resolved.cells.items()}


def predict_cell(cell: Cell, source: Source) -> Known:
    """What theory expects of one cell."""
    if cell.pool is not None:
        yield from predict_pool(cell, cell.pool, source)
        return
    cell = simplify(cell)
    family = cell.family
    if isinstance(family, Bootstrap):
        yield from predict_copies(cell, source)
    if not isinstance(source, Law):
        if family == Gaussian():
            yield from predict_gaussian_on_data(cell, source)
    elif isinstance(family, Uniform) and isinstance(source.truth, laws.Uniform):
        yield from predict_uniform(cell, family)
    elif not abilities(family).knows(source.truth):
        return
    elif isinstance(family, Regression):
        yield from predict_regression(cell, family, real_of(source))
    elif isinstance(family, Gaussian | LogGaussian):
        yield from predict_gaussian(cell, family, real_of(source))
    elif isinstance(family, Average) and isinstance(source.truth, MeanLaw):
        yield from predict_average(cell, family, source.truth)
        if (alive := predict_survival(cell, source)) is not None:
            yield "alive", alive
    elif isinstance(family, Categorical) and isinstance(source.truth, Frequencies):
        yield from predict_categorical(cell, family, source.truth)
    elif isinstance(family, Ising) and isinstance(source.truth, laws.Ising) and family.couplings == "none":
        yield from predict_spins(cell, family, source.truth)
