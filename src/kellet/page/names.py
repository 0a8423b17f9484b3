"""Names in pictures: how much room they take, and where they stand so that none covers another."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

LETTER, DIGIT, SIGN = 8.0, 10.0, 13.5
"""Units that a letter, a digit and a sign take, about, where the style makes them larger for a phone."""
GAP = 17
"""Units between two names, one below the other."""


def measure(text: str) -> float:
    """Units that a text takes at most; letters of the Far East are twice as wide."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    digits = sum(sign in "0123456789%" for sign in text)
    signs = sum(sign in "−×∞" for sign in text)
    return LETTER * (len(text) + wide) + (DIGIT - LETTER) * digits + (SIGN - LETTER) * signs


def spread(places: Sequence[float], height: float, gap: float = GAP) -> list[float]:
    """Places, in order, moved apart, and up again where the last ones don't fit.

    >>> spread([10, 12, 95], 100, 10)
    [10, 20, 95]
    >>> spread([90, 95, 99], 100, 10)
    [80, 90, 100]
    """
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + gap) if found else place)
    limit = height
    for i in reversed(range(len(found))):
        found[i] = min(found[i], limit)
        limit = found[i] - gap
    return found
