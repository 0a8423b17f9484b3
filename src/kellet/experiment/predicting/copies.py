"""What theory says of models that copy."""

from __future__ import annotations

import numpy as np

from kellet.data.source import DataSet, Law, Source
from kellet.experiment.cell import Cell
from kellet.experiment.predicting.curves import is_plain
from kellet.experiment.predicting.prediction import COALESCENT, Known, Prediction
from kellet.families.mixtures.bootstrap import Copies
from kellet.laws import LogNormal, MultivariateNormal, Normal
from kellet.laws.averages import Waiting


def predict_copies(cell: Cell, source: Source) -> Known:
    """How many of the real points are left, where no two of them are alike."""
    from kellet.theory import forgetting

    n = cell.size
    if is_plain(cell) and isinstance(n, int) and _all_differ(source):
        left = forgetting.ancestors(n, cell.generations) / n
        exact = n <= forgetting.CHAIN
        yield "distinct_originals", Prediction(left, "exact" if exact else "approximation", COALESCENT)


def _all_differ(source: Source) -> bool:
    if isinstance(source, Law):
        return isinstance(source.truth, Normal | MultivariateNormal | LogNormal | Waiting)
    if not isinstance(source, DataSet):
        return False
    every = Copies(source.training[None], None, np.zeros(1, dtype=bool))
    return bool(every.different[0] == len(source.training))
