"""Tables: which categories of their columns are still written."""

from __future__ import annotations

from typing import Any

import numpy as np

from kellet.evidence import Array
from kellet.metrics.look import Look, Metric, Real

RARE = 0.01


def surviving_levels(look: Look) -> Array:
    r"""How many levels of all categorical columns are written, against how many as many real rows would have.

    Among n real rows level l occurs with probability :math:`1 - (1-p_l)^n`, where :math:`p_l` is its share of the file;
    what is written is divided by the sum of that over levels.  So it scatters about 1 for the real thing.
    """
    return _written(look, np.ones(len(look.real.codebook.shares), dtype=bool))


def rare_levels(look: Look) -> Array:
    """The same for the levels that fewer than one row in a hundred has."""
    return _written(look, _rare(look.real))


def _written(look: Look, which: Any) -> Array:
    shares = look.real.codebook.shares[which]
    n = look.points.shape[1]
    # In the codebook's view levels come last, 1 where a row has them.
    levels = look.points[:, :, -len(which) :][:, :, which]
    found: Array = (levels > 0).any(axis=1).sum(axis=1) / (1 - (1 - shares) ** n).sum()
    return found


def _rare(real: Real) -> Any:
    shares = real.codebook.shares
    return (shares > 0) & (shares < RARE)


def _levelled(real: Real, model: Any) -> bool:
    return real.codebook is not None and len(real.codebook.shares) > 0


def _with_rare(real: Real, model: Any) -> bool:
    return _levelled(real, model) and bool(_rare(real).any())


SURVIVING_LEVELS = Metric(
    "surviving_levels",
    "categories still written",
    "How many of the categories of all columns are still written, against how many as many real rows have.",
    surviving_levels,
    _levelled,
    fresh=Real.unjudged,
)
RARE_LEVELS = Metric(
    "rare_levels",
    "rare categories kept",
    "The same for the categories that fewer than one real row in a hundred has.",
    rare_levels,
    _with_rare,
    fresh=Real.unjudged,
)
