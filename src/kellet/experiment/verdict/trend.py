r"""Does a curve still fall at its end?  A test of both answers, and how many replicates would give one.

Compared are the last quarter of the generations and the quarter before, replicate by replicate, since only replicates
are independent.  Each value x is seen as :math:`x/(x+m)`, m the median of both quarters: so no lucky replicate carries
the mean, values may be 0 or infinite, and where the law of x stands still the mean difference is 0 whatever that law.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtrit

from kellet.evidence import Array, Integers
from kellet.experiment.verdict.level import ERROR, MOST, POWER, round_up, smallest_gap, thin, widen

Direction = Literal["proved", "falling", "steady", "unknown"]
LEAST = 8
"""Generations that a trend can be read from: two quarters of two each."""
SMALLEST = 0.01
"""The fall, as a share of generation 0 per ten generations, that is not to be overlooked."""


@dataclass(frozen=True)
class Trend:
    """Where a curve is heading at its end.

    * proved: theory proves that it falls for ever;
    * falling: it still falls;
    * steady: it no longer falls: a fall of more than 1 % of generation 0 per ten generations would have been seen, and
      so would one that costs, over as many generations again, half as much as so far;
    * unknown: can't tell; ``needed`` replicates would do, if that is known.

    Falling and steady are each false at most once in 40 times.
    """

    direction: Direction
    needed: int | None = None


UNTOLD = Trend("unknown")


def look(values: Array, generations: Integers, share: float) -> Trend:
    """From values (R, G), none of them NaN, at generations (G,), of which the last has that share of generation 0."""
    last, count = int(generations[-1]), len(values)
    earlier = (generations > last / 2) & (generations <= 0.75 * last)
    later = generations > 0.75 * last
    if last < LEAST or min(earlier.sum(), later.sum()) < 2 or count < 2 or not 0 < share < math.inf:
        return UNTOLD
    middle = float(np.median(values[:, earlier | later]))
    if not 0 < middle < math.inf:
        return UNTOLD
    falls = _see(values[:, earlier], middle).mean(axis=1) - _see(values[:, later], middle).mean(axis=1)
    window = _see(values[:, earlier | later], middle)
    # In logarithms, per ten generations: what is seen of x moves by so much where log x moves by 1.
    apart = float(generations[later].mean() - generations[earlier].mean())
    unit = 10 / apart / float((window * (1 - window)).mean())
    fall, scatter = unit * float(falls.mean()), unit * float(falls.std(ddof=1))
    step = unit * (smallest_gap(window) or smallest_gap(_see(thin(values), middle))) * math.log(1 / ERROR)
    margin = min(SMALLEST / share, max(-math.log(share) / 2, SMALLEST) * 10 / last)
    reach = _reach(scatter, step, count)
    with np.errstate(divide="ignore"):
        before, after = (np.log(np.median(values[:, when])) for when in (earlier, later))
    # Where some replicates lie still and others fall, the median may fall faster than they do together.
    if max(fall, 10 / apart * float(before - after)) + reach < margin:
        return Trend("steady")
    if fall - reach > 0:
        return Trend("falling")
    room = fall if fall > margin / 2 else min(margin, margin - fall)
    return Trend("unknown", _needed(room, scatter * widen(count), step, count))


def _see(values: Array, middle: float) -> Array:
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(values), 1.0, values / (values + middle))


def _reach(scatter: float, step: float, count: int) -> float:
    """How far the mean of so many replicates may lie from what it estimates.

    step: of a metric that counts, what may have befallen so few replicates that none of these is among them.
    """
    return float(-stdtrit(count - 1, ERROR)) * scatter / math.sqrt(count) + step / count


def _needed(room: float, scatter: float, step: float, count: int) -> int:
    """Replicates whose mean is known within that room."""
    wanted = count + 1.0
    while _reach(math.sqrt(POWER) * scatter, step, int(wanted)) > room and wanted < MOST:
        wanted = math.ceil(1.1 * wanted)
    return round_up(wanted, count)
