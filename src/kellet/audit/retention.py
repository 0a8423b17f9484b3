"""Retention: of what the reference has once, twice, many times, how much the candidate still has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kellet.audit.exchange import Exchange, divide
from kellet.evidence import Array

BANDS = ((1, 1), (2, 3), (4, 7), (8, 15), (16, 31), (32, 63), (64, None))
"""How often the reference has a key, from and to."""
RARE = 3
"""At most so often: rare."""


def name_band(low: int, high: int | None) -> str:
    """
    >>> name_band(1, 1), name_band(2, 3), name_band(64, None)
    ('once', '2 to 3 times', '64 times or more')
    """
    if high is None:
        return f"{low} times or more"
    return "once" if low == high == 1 else f"{low} to {high} times"


@dataclass(frozen=True, eq=False)
class Sums:
    """What keys add up to, for each assignment (P,).

    sizes, kept: (bands, P) keys of the reference by how often it has them, and those of them that the candidate has.
    rare, left: the same of the rare ones.  invented, mass: keys that the reference lacks, and how often the candidate
    has them.  total: (2, P) occurrences; distinct, once, twice: (2, P) keys, those that occur once and those that occur
    twice, of either side.
    """

    sizes: Array
    kept: Array
    rare: Array
    left: Array
    invented: Array
    mass: Array
    total: Array
    distinct: Array
    once: Array
    twice: Array

    @property
    def retention(self) -> Array:
        """(bands, P); not a number where the reference has no such key."""
        return divide(self.kept, self.sizes)

    @property
    def rare_retention(self) -> Array:
        """(P,)"""
        return divide(self.left, self.rare)

    @property
    def invented_share(self) -> Array:
        """(P,) of the candidate's occurrences, those of keys that the reference lacks."""
        return divide(self.mass, self.total[1])


def sum_keys(exchange: Exchange, kind: str) -> Sums:
    """All keys of a kind."""
    many = exchange.chosen.shape[1]
    sizes, kept = np.zeros((2, len(BANDS), many))
    rare, left, invented, mass = np.zeros((4, many))
    total, distinct, once, twice = np.zeros((4, 2, many))
    for weights, mine, theirs in exchange.patterns(kind):
        there, each = theirs > 0, weights.astype(float)
        for i, (low, high) in enumerate(BANDS):
            band = mine >= low if high is None else (mine >= low) & (mine <= high)
            sizes[i] += each @ band
            kept[i] += each @ (band & there)
        few = (mine > 0) & (mine <= RARE)
        rare += each @ few
        left += each @ (few & there)
        new = there & (mine == 0)
        invented += each @ new
        mass += each @ np.where(new, theirs, 0)
        for i, side in enumerate((mine, theirs)):
            total[i] += each @ side
            distinct[i] += each @ (side > 0)
            once[i] += each @ (side == 1)
            twice[i] += each @ (side == 2)
    return Sums(sizes, kept, rare, left, invented, mass, total, distinct, once, twice)
