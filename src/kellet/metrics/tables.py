"""Tables: which categories of their columns are still written."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kellet.data.codebook import Codebook
from kellet.evidence import Array
from kellet.laws.model import Model
from kellet.metrics.look import Look, known
from kellet.metrics.metric import Metric
from kellet.metrics.real import Real, RealPoints

RARE = 0.01


def surviving_levels(look: Look) -> Array:
    r"""How many levels of all categorical columns are written, against how many as many real rows would have.

    Among n real rows level l occurs with probability :math:`1 - (1-p_l)^n`, where :math:`p_l` is its share of the file;
    what is written is divided by the sum of that over levels.  So it scatters about 1 for the real thing.
    """
    return _written(look, np.ones(len(_shares(look.data)), dtype=bool))


def rare_levels(look: Look) -> Array:
    """The same for the levels that fewer than one row in a hundred has."""
    return _written(look, _rare(_shares(look.data)))


def _written(look: Look, which: NDArray[np.bool_]) -> Array:
    shares = _shares(look.data)[which]
    n = look.points.shape[1]
    # In the codebook's view levels come last, 1 where a row has them.
    levels = look.points[:, :, -len(which) :][:, :, which]
    found: Array = (levels > 0).any(axis=1).sum(axis=1) / (1 - (1 - shares) ** n).sum()
    return found


def _shares(real: RealPoints) -> Array:
    return known(real.codebook, Codebook).shares


def _rare(shares: Array) -> NDArray[np.bool_]:
    return (shares > 0) & (shares < RARE)


def _levelled(real: Real, model: Model | None) -> bool:
    return isinstance(real, RealPoints) and real.codebook is not None and len(real.codebook.shares) > 0


def _with_rare(real: Real, model: Model | None) -> bool:
    return isinstance(real, RealPoints) and real.codebook is not None and bool(_rare(real.codebook.shares).any())


SURVIVING_LEVELS = Metric(
    "surviving_levels", "categories still written",
    "How many of the categories of all columns are still written, against how many as many real rows have.",
    surviving_levels, _levelled, fresh=RealPoints.unjudged,
    part="diversity", aliases=("types", "levels"),
    unit="of the categories that as many real rows have",
    less="wrote fewer than half as many categories as generation 0",
    limits="A category counts as written from a single row on, whatever else stands in that row.",
)  # fmt: skip
RARE_LEVELS = Metric(
    "rare_levels", "rare categories kept",
    "The same for the categories that fewer than one real row in a hundred has.",
    rare_levels, _with_rare, fresh=RealPoints.unjudged,
    part="rare", aliases=("rare",),
    limits="So few rows have them that chance decides much: read it by its band.",
)  # fmt: skip
