"""What theory says of how long a loop can still move."""

from __future__ import annotations

import numpy as np

from kellet.data.source import Law, Source
from kellet.experiment.cell import Cell
from kellet.experiment.predicting.curves import is_plain
from kellet.experiment.predicting.prediction import Prediction
from kellet.families import Bernoulli, Categorical, Ising, Poisson
from kellet.families.abilities import abilities
from kellet.laws import Frequencies
from kellet.laws import averages as laws
from kellet.laws.spins import Ising as Spins

BRANCHES = "a critical branching process; Harris, Branching Processes (1963)"
CHAIN = "Wright's and Fisher's chain; Ewens, Mathematical Population Genetics (2004)"


def predict_survival(cell: Cell, source: Source) -> Prediction | None:
    """The share of replicates that can still write more than one thing at generations 0 to the last; None where it is
    not known: it is for loops that replace all, of categories, of successes and of independent spins, whose chain is
    small enough, and of Poisson counts."""
    from kellet.theory import absorption, forgetting

    family, truth, fits = cell.family, source.truth, cell.generations + 1
    if not isinstance(source, Law) or not is_plain(cell) or not abilities(family).knows(truth):
        return None
    assert isinstance(cell.size, int)
    if isinstance(family, Poisson) and isinstance(truth, laws.Poisson) and truth.mean.ndim == 1:
        alive = forgetting.poisson_survival(float(truth.mean[0]), cell.size, np.arange(1, fits + 1))
        return Prediction(alive, "exact", BRANCHES)
    if isinstance(family, Categorical) and isinstance(truth, Frequencies):
        shares, draws = truth.probabilities[0], cell.size
    elif isinstance(family, Bernoulli) and isinstance(truth, laws.Bernoulli) and truth.mean.ndim == 1:
        up = float(truth.mean[0]) / family.trials
        shares, draws = np.array([up, 1 - up]), cell.size * family.trials
    elif isinstance(family, Ising) and isinstance(truth, Spins) and family.couplings == "none":
        up = (1 + float(truth.mean[0, 0]) / family.spins) / 2
        shares, draws = np.array([up, 1 - up]), cell.size * family.spins
    else:
        return None
    known = absorption.survival(tuple(map(float, shares)), draws, fits)
    return None if known is None else Prediction(known, "exact", CHAIN)
