"""What theory says of how long a loop can still move."""

from __future__ import annotations

import numpy as np

from kellet.data.source import Law, Source
from kellet.experiment.cell import Cell
from kellet.experiment.predicting.curves import is_plain, simplify
from kellet.experiment.predicting.prediction import Prediction
from kellet.families import Bernoulli, Categorical, Ising, Poisson
from kellet.families.abilities import abilities
from kellet.laws import Frequencies
from kellet.laws import averages as laws
from kellet.laws.spins import Ising as Spins

BRANCHES = "a critical branching process; Harris, Branching Processes (1963)"
COALESCENT = "ancestors of the points, by Kingman's coalescent; off by at most 0.003"
CHAIN = "Wright's and Fisher's chain; Ewens, Mathematical Population Genetics (2004)"


def predict_survival(cell: Cell, source: Source) -> Prediction | None:
    """The share of replicates that can still write more than one thing at generations 0 to the last; None where it is
    not known: it is for loops that replace all, of Poisson counts, of successes, of independent spins, and of
    categories whose chain is exact."""
    from kellet.theory import chain, forgetting

    cell = simplify(cell)
    family, truth, times = cell.family, source.truth, np.arange(1, cell.generations + 2)
    if not isinstance(source, Law) or not is_plain(cell) or not abilities(family).knows(truth):
        return None
    assert isinstance(cell.size, int)
    if isinstance(family, Poisson) and isinstance(truth, laws.Poisson) and truth.mean.ndim == 1:
        alive = forgetting.poisson_survival(float(truth.mean[0]), cell.size, times)
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
    if draws <= chain.MOST:
        return Prediction(chain.stay_mixed(shares, draws, times), "exact", CHAIN)
    return Prediction(chain.stay_mixed(shares, draws, times), "approximation", COALESCENT) if len(shares) == 2 else None
