"""Paths: curves as the shortest SVG that looks like them, in whole numbers, from which a script reads them again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kellet.page.axis import Numbers

Whole = NDArray[np.int64]
FINE = 10
"""Steps in a unit of a picture."""
TOLERANCE, LOOSE = 1.2, 3.0
"""Steps by which a curve, and the end of an interval, may miss a point: what can't be seen."""
BEYOND = 1.0
"""How far outside its frame a curve is followed, in frames; there its ends are cut off by the frame, not by us."""


def steps(place: Numbers, length: int) -> Numbers:
    """Places between 0 and 1 as whole steps along so many units; NaN stays."""
    return np.round(np.clip(place, -BEYOND, 1 + BEYOND) * length * FINE)


def trace(x: Numbers, y: Numbers) -> str:
    """A line, interrupted where y (T,) is no number; x (T,) rises.

    >>> trace(np.arange(4.0) * 10, np.array([0.0, 10, 20, 5]))
    'M0 0l20 20 10-15'
    """
    return "".join(f"M{_run(x[part], y[part], TOLERANCE)}" for part in _parts(np.isfinite(x + y)))


def enclose(x: Numbers, low: Numbers, high: Numbers) -> str:
    """What lies between two lines: along the high one, and back along the low one.

    >>> enclose(np.array([0.0, 10.0]), np.array([8.0, 9.0]), np.array([1.0, 2.0]))
    'M0 1l10 1L10 9l-10-1z'
    """
    both = np.isfinite(x + low + high)
    return "".join(
        f"M{_run(x[p], high[p], LOOSE)}L{_run(x[p][::-1], low[p][::-1], LOOSE)}z" for p in _parts(both) if p.size > 1
    )


def _parts(there: NDArray[np.bool_]) -> Iterator[Whole]:
    """The indices of each stretch without a gap."""
    at = np.flatnonzero(there)
    if at.size:
        yield from np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)


def _run(x: Numbers, y: Numbers, tolerance: float) -> str:
    """The first point, and the way from each to the next."""
    kept = _simplify(x, y, tolerance)
    points = np.stack([x[kept], y[kept]], axis=1).astype(np.int64)
    way = " ".join(f"{dx} {dy}" for dx, dy in np.diff(points, axis=0).tolist()).replace(" -", "-")
    return f"{points[0, 0]} {points[0, 1]}l{way or '0 0'}"


def _simplify(x: Numbers, y: Numbers, tolerance: float) -> list[int]:
    """The points that are needed, by Ramer, Douglas and Peucker with distances upwards: so a script that reads a line
    between two of them misses none by more."""
    last = len(x) - 1
    kept, open_ = {0, last}, [(0, last)]
    while open_:
        a, b = open_.pop()
        if b - a < 2:
            continue
        share = (x[a + 1 : b] - x[a]) / ((x[b] - x[a]) or 1.0)
        off = np.abs(y[a + 1 : b] - y[a] - share * (y[b] - y[a]))
        worst = a + 1 + int(off.argmax())
        if off[worst - a - 1] > tolerance:
            kept.add(worst)
            open_ += [(a, worst), (worst, b)]
    return sorted(kept)
