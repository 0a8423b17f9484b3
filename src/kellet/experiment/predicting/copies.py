"""What theory says of models that copy."""

from __future__ import annotations

import numpy as np

from kellet.data.source import DataSet, Law, Source
from kellet.experiment.cell import Cell
from kellet.experiment.predicting.curves import is_plain
from kellet.experiment.predicting.prediction import CHAIN, Kind, Known, Prediction
from kellet.families.mixtures.bootstrap import Copies
from kellet.laws import LogNormal, MultivariateNormal, Normal
from kellet.laws.averages import Waiting


def predict_copies(cell: Cell, source: Source) -> Known:
    """How many of the real points are left, where no two of them are alike."""
    from kellet.theory import chain

    n = cell.size
    if is_plain(cell) and isinstance(n, int) and _all_differ(source):
        # Each of n originals is a category of its own, which the first redraw meets with chance 1/n.
        left = chain.survival([1 / n], n, np.arange(1, cell.generations + 1))[0] if cell.generations else []
        kind: Kind = "exact" if n <= chain.MOST else "approximation"
        yield "distinct_originals", Prediction(np.array([1.0, *left]), kind, CHAIN)


def _all_differ(source: Source) -> bool:
    if isinstance(source, Law):
        return isinstance(source.truth, Normal | MultivariateNormal | LogNormal | Waiting)
    if not isinstance(source, DataSet):
        return False
    every = Copies(source.training[None], None, np.zeros(1, dtype=bool))
    return bool(every.different[0] == len(source.training))
