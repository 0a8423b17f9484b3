r"""How much of what generation 0 had is left, as an interval, and the word that the interval supports.

Two samples, what replicates have at generation 0 and at the end, give an interval for the ratio of their medians, from
the bounds of either median.  A word is said only where the whole interval lies within its range: so of two arms the
better never has the worse word.

G. Zou and A. Donner, Construction of confidence limits about effect measures, Statistics in Medicine 27:1693 (2008).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy.special import bdtr, gammaincinv, stdtrit

from kellet.evidence import Array
from kellet.experiment.verdict.quantiles import quantiles

Word = Literal["collapsed", "lost half", "lost some", "kept"]
WORDS: tuple[Word, ...] = get_args(Word)
EDGES = (0.25, 0.5, 0.9)
"""Shares of generation 0 at which one word ends and the next begins."""

ERROR = 0.025
"""Chance of a false bound, on either side of an interval."""
FEWEST = 5
"""Replicates from which on ranks alone bound a median: all five lie below it once in 32."""
POWER = 2.0
"""Times the replicates whose interval would just do: so it does four times in five."""
ROOM: dict[Word, float] = {
    "collapsed": math.log(2), "lost half": math.log(2) / 2, "lost some": math.log(1.8) / 2, "kept": -math.log(0.9),
}  # fmt: skip
"""How far inside its range, in logarithms, a share may be taken to lie: few replicates may have put it anywhere."""
MOST = 10_000
"""More replicates than anybody is told to run."""


@dataclass(frozen=True)
class Level:
    """What is left, as a share of generation 0: its medians' ratio, and between which bounds that lies (95 %).

    needed: how many replicates would do for a word, where the bounds allow several; None where that is not known.
    """

    share: float
    low: float
    high: float
    needed: int | None = None

    @property
    def word(self) -> Word | None:
        """The one that the whole interval supports, if there is one."""
        return word(self.low) if word(self.low) == word(self.high) else None


UNKNOWN = Level(math.nan, 0.0, math.inf)


def word(share: float) -> Word:
    """The word for a share of generation 0.

    >>> word(0.1), word(0.25), word(0.899), word(0.9)
    ('collapsed', 'lost half', 'lost some', 'kept')
    """
    return WORDS[sum(share >= edge * (1 - 1e-9) for edge in EDGES)]


def measure(first: Array, last: Array, gap: float = 0.0) -> Level:
    """From values at generation 0 (N,) and at the end (R,), none of them NaN.  gap: the smallest step of the metric.

    >>> values = np.linspace(0.9, 1.1, 20)
    >>> measure(values, 0.4 * values).word, measure(values, 0.5 * values).word, measure(values, values[:2]).word
    ('lost half', None, None)
    """
    start, end = (float(quantiles(values, (0.5,))[0]) for values in (first, last))
    if not 0 < start < math.inf:
        return UNKNOWN
    (floor, top), (low, high) = bound(first, gap), bound(last, gap)
    share = end / start
    below, above = math.hypot(_log(end, low), _log(top, start)), math.hypot(_log(high, end), _log(start, floor))
    found = Level(share, share * math.exp(-below), share * math.exp(min(above, 700.0)))
    if not 0 < end < math.inf:
        found = Level(share, low / top if top < math.inf else 0.0, high / floor if floor else math.inf)
    return found if found.word else Level(share, found.low, found.high, _needed(found, len(last)))


def _log(more: float, less: float) -> float:
    """How much more, as a logarithm; 0 where it isn't."""
    return math.log(more) - math.log(less) if less > 0 and more > less else 0.0 if more <= less else math.inf


def bound(values: Array, gap: float) -> tuple[float, float]:
    """Two bounds of a median, either wrong with the chance ERROR."""
    count = len(values)
    if count >= FEWEST:
        return _rank(np.sort(values), gap)
    if count < 2 or not ((values > 0) & np.isfinite(values)).all():
        return 0.0, math.inf
    logs = np.log(values)
    # Of a metric that counts, few replicates may agree by chance: what befalls few is not excluded.
    reach = -stdtrit(count - 1, ERROR) * logs.std(ddof=1) / math.sqrt(count)
    reach += gap / float(np.median(values)) * math.log(1 / ERROR) / count
    centre = float(logs.mean())
    return math.exp(max(centre - reach, -700.0)), math.exp(min(centre + reach, 700.0))


def _rank(ranked: Array, gap: float) -> tuple[float, float]:
    """Bounds of a median from values in order: as many lie outside as a fair coin seldom undercuts, and part of a step.

    T. Hettmansperger and S. Sheather, Confidence intervals based on interpolated order statistics, Statistics and
    Probability Letters 4:75 (1986).
    """
    count = len(ranked)
    outside = bisect_right(range(1, count), ERROR, key=lambda k: float(bdtr(k, count, 0.5)))
    now, then = (float(bdtr(outside + more, count, 0.5)) for more in (0, 1))
    share, k = max(0.0, (ERROR - now) / (then - now)), outside + 1
    step = (count - k) * share / (k + (count - 2 * k) * share)
    low, high = (float(one) for one in ranked[[outside, -1 - outside]])
    inner, outer = (float(one) for one in ranked[[outside + 1, -2 - outside]])
    return low + step * _room(low, inner, gap), high - step * _room(outer, high, gap)


def _room(less: float, more: float, gap: float) -> float:
    """What lies between two values, where parts of it are something: not beside the dead, nor where it is counted."""
    return more - less if less > 0 and more < math.inf and more - less > 10 * gap else 0.0


def smallest_gap(values: Array) -> float:
    """Between two values that differ, of some ten thousand; 0 where all are the same."""
    some = thin(values)
    gaps = np.diff(np.unique(some[np.isfinite(some)]))
    return float(gaps.min()) if len(gaps) else 0.0


def thin(values: Array) -> Array:
    """Some ten thousand of them, spread evenly."""
    return values.ravel()[:: max(1, values.size // 10_000)]


def _needed(level: Level, count: int) -> int | None:
    """Replicates with which the bounds, closer by the root of their number, would leave the share within one word."""
    if count < 2:
        return None
    if not 0 < level.share < math.inf:
        return round_up(POWER * count if count >= FEWEST else FEWEST, count)
    here = WORDS.index(word(level.share))
    wanted = float(FEWEST)
    # A median scatters by more than a mean, but few replicates pay for not knowing their scatter.
    few = 1.2533 * stdtrit(1e6, ERROR) / stdtrit(count - 1, ERROR) * widen(count) if count < FEWEST else 1.0
    for bound, edge in ((level.low, (0.0, *EDGES)[here]), (level.high, (*EDGES, math.inf)[here])):
        if word(bound) != word(level.share) and 0 < bound < math.inf:
            room = min(abs(math.log(level.share / edge)), ROOM[WORDS[here]])
            reach = few * math.log(level.share / bound)
            wanted = max(wanted, count * POWER * (reach / room) ** 2) if room else math.inf
    return round_up(wanted, count)


def widen(count: int) -> float:
    """What so few replicates understate their scatter by, half of the time.

    >>> round(widen(2), 2), round(widen(16), 2)
    (1.48, 1.02)
    """
    return math.sqrt((count - 1) / 2 / gammaincinv((count - 1) / 2, 0.5))


def round_up(wanted: float, count: int) -> int:
    """A number of replicates as one says it: two digits, more than there are, and at least as many as ranks need.

    >>> round_up(28.2, 4), round_up(1234.5, 4), round_up(3.0, 4), round_up(float("inf"), 4)
    (29, 1300, 5, 10000)
    """
    if not wanted < MOST:
        return MOST
    least: int = max(FEWEST, count + 1, math.ceil(wanted))
    unit: int = 10 ** max(0, len(str(least)) - 2)
    return -(-least // unit) * unit
