"""What theory says of categories."""

from __future__ import annotations

import numpy as np

from kellet.experiment.cell import Cell
from kellet.experiment.predicting.curves import find_curves, is_plain
from kellet.experiment.predicting.prediction import BRANCHING, DRIFT, Known, Prediction
from kellet.families import Categorical
from kellet.laws import Frequencies
from kellet.metrics.tails import rare_types


def predict_categorical(cell: Cell, family: Categorical, truth: Frequencies) -> Known:
    """How diverse categories stay, and how many of them are left."""
    from kellet.theory import Prior, forgetting

    p = truth.probabilities[0]
    total = float(1 - p @ p)
    if (imagined := family.imagined(len(p))) is None:
        return
    strength, spread = imagined
    prior = None
    if strength:
        prior = Prior(strength, float(np.linalg.norm(spread - p)), float(1 - spread @ spread))
    curves = find_curves(cell, -1.0, total, 0.0, prior)
    if curves is not None:
        yield "heterozygosity", Prediction(curves.variance / total, "exact", DRIFT)
    if prior is None and is_plain(cell):
        t = np.arange(1, cell.generations + 2)
        alive = forgetting.survival(cell.size * p[:, None], t)
        rare = rare_types(p)
        yield "surviving_types", Prediction(alive.mean(axis=0), "approximation", BRANCHING)
        yield "tail_kept", Prediction(rare @ alive / rare.sum(), "approximation", BRANCHING)
