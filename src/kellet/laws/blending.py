"""Blends: one law that writes what several write together, where their kind of law has it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kellet.evidence import Array, Integers
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
        where, places = align(known)
        total = np.zeros((len(known[0].probabilities), known[0].size if where is None else len(where)))
        for law, at, share in zip(known, places, shares, strict=True):
            total[:, at] += share * law.probabilities
        return Frequencies(total / total.sum(axis=1, keepdims=True), where, known[0].size)
    if all(isinstance(law, Bernoulli) and law.trials == 1 for law in laws):
        means = [law.mean for law in laws if isinstance(law, Bernoulli)]
        return Bernoulli(np.clip(sum(share * mean for share, mean in zip(shares, means, strict=True)), 0.0, 1.0))
    return None


def align(laws: Sequence[Frequencies]) -> tuple[Integers | None, list[slice | Integers]]:
    """The categories that live in any of the laws, None for all, and where among them each law's lie.

    >>> laws = [Frequencies(np.full((1, 2), 0.5), np.array(living), 9) for living in ([0, 4], [4, 7])]
    >>> align(laws)
    (array([0, 4, 7]), [array([0, 1]), array([1, 2])])
    """
    living = [law.categories for law in laws if law.categories is not None]
    if len(living) < len(laws):
        return None, [slice(None) if law.categories is None else law.categories for law in laws]
    alive = np.zeros(laws[0].size, dtype=bool)
    for categories in living:
        alive[categories] = True
    place = np.cumsum(alive) - 1
    return np.flatnonzero(alive), [place[categories] for categories in living]
