"""Blends: one law that writes what several write together, where their kind of law has it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kellet.evidence import Array
from kellet.laws.averages import Bernoulli
from kellet.laws.frequencies import Frequencies


def blend(laws: Sequence[object], shares: Sequence[float] | Array) -> Frequencies | Bernoulli | None:
    """The law of a point that is drawn from one of the laws, with these chances; None where it is of another kind.

    Shares of categories blend, and so do chances of yes and no; a blend of normal laws is not normal.

    >>> blend([Bernoulli(np.array([0.2])), Bernoulli(np.array([0.8]))], [0.25, 0.75]).mean
    array([0.65])
    """
    if all(isinstance(law, Frequencies) for law in laws):
        known = [law for law in laws if isinstance(law, Frequencies)]
        r, size = len(known[0].probabilities), known[0].size
        where = None
        if all(law.categories is not None for law in known):
            alive = np.zeros(size, dtype=bool)
            for law in known:
                alive[law.categories] = True
            where = np.flatnonzero(alive)
        place = np.arange(size) if where is None else np.cumsum(alive) - 1
        total = np.zeros((r, size if where is None else len(where)))
        for law, share in zip(known, shares, strict=True):
            at = slice(None) if law.categories is None else place[law.categories]
            total[:, at] += share * law.probabilities
        return Frequencies(total / total.sum(axis=1, keepdims=True), where, size)
    if all(isinstance(law, Bernoulli) and law.trials == 1 for law in laws):
        means = [law.mean for law in laws if isinstance(law, Bernoulli)]
        return Bernoulli(np.clip(sum(share * mean for share, mean in zip(shares, means, strict=True)), 0.0, 1.0))
    return None
