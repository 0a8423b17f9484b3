"""Shares of replicates, and how far they can be trusted."""

from __future__ import annotations

import math


def wilson(successes: int, tries: int, z: float = 1.645) -> tuple[float, float]:
    """Interval of a share, by Wilson's score.

    >>> [round(end, 3) for end in wilson(9, 10)]
    [0.652, 0.977]
    """
    p = successes / tries
    centre, half = p + z * z / tries / 2, z * math.sqrt(p * (1 - p) / tries + (z / tries) ** 2 / 4)
    return max(0.0, (centre - half) / (1 + z * z / tries)), min(1.0, (centre + half) / (1 + z * z / tries))
