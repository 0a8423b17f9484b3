"""What theory says of categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kellet.evidence import Array
from kellet.experiment.cell import Cell
from kellet.experiment.predicting.curves import find_curves
from kellet.experiment.predicting.prediction import CHAIN, DRIFT, GENEALOGY, Kind, Known, Prediction
from kellet.families import Categorical
from kellet.laws import Frequencies
from kellet.loop.anchors import Anchor
from kellet.loop.regimes import Accumulate, Replace
from kellet.loop.sizes import size_at
from kellet.metrics.tails import rare_types

if TYPE_CHECKING:
    from kellet.theory.survival import Survival


def predict_categorical(cell: Cell, family: Categorical, truth: Frequencies) -> Known:
    """How diverse categories stay, and how many of them are left."""
    from kellet.theory import Prior

    p = truth.probabilities[0]
    total = float(1 - p @ p)
    if (imagined := family.imagined(len(p))) is None:
        return
    strength, spread = imagined
    prior = None
    if strength:
        prior = Prior(strength, float(np.linalg.norm(spread - p)), float(1 - spread @ spread))
    curves = find_curves(cell, -1.0, total, 0.0, prior)
    if total and curves is not None:
        yield "heterozygosity", Prediction(curves.variance / total, "exact", DRIFT)
    if prior is None and (found := _survive(cell, p)) is not None:
        kind: Kind = "approximation" if found.error else "exact"
        source = f"{GENEALOGY}, off by at most {found.error:.2g}" if found.error else CHAIN
        for metric, values in zip(("surviving_types", "tail_kept"), found.values, strict=True):
            yield metric, Prediction(values, kind, source)


def _survive(cell: Cell, p: Array) -> Survival | None:
    """Shares of the categories, and of the rarest tenth of their mass, that are left; None where nothing is known."""
    from kellet.theory import survival

    pooled, anchor = isinstance(cell.regime, Accumulate), cell.anchor or Anchor(0)
    doses = [anchor.dose(cell.size, t) for t in range(cell.generations + 1)]
    # Where nothing is thrown away only what is real matters, and a fixed set is part of generation 0.
    weighed = not pooled and any(dose.weight != 1 for dose in doses if dose.count)
    unknown = anchor.random or weighed or anchor.draw == "bank" or (anchor.draw == "fixed" and not pooled)
    if cell.curation is not None or unknown or not (pooled or isinstance(cell.regime, Replace)):
        return None
    sizes = [size_at(cell.size, t) for t in range(len(doses))]
    real = [0 if anchor.draw == "fixed" or not t else dose.clean for t, dose in enumerate(doses)]
    rare = rare_types(p)
    weights = np.stack([(p > 0) / np.count_nonzero(p), rare / rare.sum()])
    return survival.see(p, sizes, real, weights) if pooled else survival.survive(p, sizes, real, weights)
