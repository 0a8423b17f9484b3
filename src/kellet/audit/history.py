"""Histories: what became of each measure along generations, and alarms that stay few however many are looked at.

Columns: Y. Benjamini and Y. Hochberg, Controlling the False Discovery Rate, JRSS B 57:289 (1995).  Looks: a level is
spent over them, so that whole histories keep it whatever depends on whatever (Bonferroni; K. Lan and D. DeMets,
Discrete Sequential Boundaries for Clinical Trials, Biometrika 70:659 (1983)).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from kellet.audit.finding import BLIND, LEVEL, Finding, Verdict
from kellet.evidence import Array

PATIENCE = 2
"""Of a level that is spent over looks whose number isn't known: the first gets 1/3, the first two 1/2, ten 5/6."""
ALARMS = ("lost", "copied", "more")


class History(msgspec.Struct, frozen=True, kw_only=True):
    """One measure along generations.

    values, zero, low, high: (T) as observed, the zero and where 95 % of it lie.  trend: change per generation, with its
    interval of 95 %; not a number for a single generation.  first: the first generation, from 1, whose alarm stays
    when all looks are reckoned with; None where there is none.
    """

    measure: str
    about: str
    title: str
    values: tuple[float, ...]
    zero: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    trend: tuple[float, float, float]
    first: int | None


def follow(looks: Sequence[Sequence[Finding]], level: float = LEVEL) -> tuple[History, ...]:
    """The findings (T looks) of each measure, in order; a measure that a look lacks is not a number there."""
    found = [{(one.measure, one.about): one for one in look} for look in looks]
    names = dict.fromkeys(name for look in found for name in look)
    return tuple(_trace([look.get(name) for look in found], level) for name in names)


def spend(look: int, looks: int | None = None, level: float = LEVEL) -> float:
    """The level of one look, from 1: an equal part where their number is known, else a / ((t + a - 1) (t + a)) of it.

    Those parts add up to 1 over all t, so that a gate at every generation alarms falsely in at most a share `level` of
    whole histories.

    >>> round(spend(1), 4), round(spend(2), 4), spend(7, looks=20)
    (0.0167, 0.0083, 0.0025)
    """
    if looks is not None:
        return level / looks
    return level * PATIENCE / ((look + PATIENCE - 1) * (look + PATIENCE))


def count_assignments(look: int, looks: int | None = None, level: float = LEVEL, fewest: int = 999) -> int:
    """How many assignments an exchange needs so that its p-values can be half as small as a look's level asks for.

    >>> count_assignments(1), count_assignments(10), count_assignments(3, looks=20)
    (999, 5279, 1599)
    """
    return max(fewest, int(np.ceil(4 / spend(look, looks, level) - 1e-9)) - 1)


def adjust(findings: Sequence[Finding], level: float = LEVEL) -> tuple[Finding, ...]:
    """The findings of many columns, where alarms stay so far as false ones are a share `level` of them at most.

    Benjamini and Hochberg's step: the largest r with the r-th p-value at most level r / m.  It holds where p-values
    depend positively, as those of columns of the same documents do; Benjamini and Yekutieli's factor, log m, would ask
    for p-values below what assignments can give.
    """
    p = np.sort([_p(one) for one in findings])
    passing = np.flatnonzero(p <= level * np.arange(1, len(p) + 1) / max(len(p), 1))
    bar = p[passing[-1]] if len(passing) else 0.0
    return tuple(one if _p(one) <= bar else _calm(one) for one in findings)


def _p(one: Finding) -> float:
    """Of an alarm; what is no alarm counts as none."""
    return one.p if one.verdict in ALARMS else 1.0


def _calm(one: Finding) -> Finding:
    if one.verdict not in ALARMS:
        return one
    verdict: Verdict = "pass" if one.detectable <= BLIND else "inconclusive"
    return msgspec.structs.replace(one, verdict=verdict)


def _trace(findings: list[Finding | None], level: float) -> History:
    one = next(one for one in findings if one)
    nothing = (np.nan,) * 4
    rows = np.array([(f.value, f.zero, f.zero_low, f.zero_high) if f else nothing for f in findings])
    alarms = (
        t for t, f in enumerate(findings, 1) if f and f.verdict in ALARMS and f.p <= spend(t, len(findings), level)
    )
    values, zero, low, high = (tuple(map(float, column)) for column in rows.T)
    return History(
        measure=one.measure, about=one.about, title=one.title, values=values, zero=zero, low=low, high=high,
        trend=_fit(rows), first=next(alarms, None),
    )  # fmt: skip


def _fit(rows: Array) -> tuple[float, float, float]:
    """The slope of a straight line through value - zero, weighted by the width of the zero; with its interval.

    The reference is one for all generations, which moves them together and the slope not: the interval is too wide
    rather than too narrow.
    """
    scatter = (rows[:, 3] - rows[:, 2]) / (2 * 1.96)
    good = np.isfinite(rows).all(axis=1) & (scatter > 0)
    if good.sum() < 2:
        return (float("nan"),) * 3
    t, y, w = np.flatnonzero(good) + 1.0, (rows[:, 0] - rows[:, 1])[good], scatter[good] ** -2.0
    away = t - np.average(t, weights=w)
    spread = (w * away**2).sum()
    slope, half = float((w * away * y).sum() / spread), 1.96 / float(np.sqrt(spread))
    return slope, slope - half, slope + half
