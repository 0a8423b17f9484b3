"""Tails: how much a model still writes of what lies far out in real data, at either end by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kellet.evidence import Array
from kellet.experiment.verdict.shares import wilson
from kellet.page.wording import percent

OUTERMOST = 0.01
"""The share of real data in each tail."""
STRANGE = 0.01
"""Of what is written, so much lies beyond all real data before that is said."""


@dataclass(frozen=True)
class Tail:
    """What is left of one end, 1 for as much as is real or more, and the 90 % interval of that."""

    left: float
    low: float
    high: float


def find_tails(points: Array, real: Array) -> tuple[Tail | None, Tail | None]:
    r"""The lower and the upper tail of one column, from written points (n,) and real ones (N,).

    A tail is what lies beyond the real 1 % or 99 % quantile; its share of all written points is divided by that of all
    real points, and the quotient cut at 1, since to write more than is real makes up for nothing.  The interval is
    Wilson's, of the n written points.  None where nothing real lies beyond, as in a column of a few numbers.

    >>> real, points = np.arange(1000.0), np.arange(300.0, 1000.0)
    >>> [round(tail.left, 2) for tail in find_tails(points, real)]
    [0.0, 1.0]
    """
    real, points = real[np.isfinite(real)], points[np.isfinite(points)]
    if not len(real) or not len(points):
        return None, None
    low, high = np.quantile(real, (OUTERMOST, 1 - OUTERMOST))
    return _tail(points < low, real < low), _tail(points > high, real > high)


def _tail(written: Array, real: Array) -> Tail | None:
    share, count = float(real.mean()), int(written.sum())
    if not share:
        return None
    low, high = wilson(count, len(written))
    return Tail(*(min(1.0, one / share) for one in (count / len(written), low, high)))


def least_left(points: Array, real: Array) -> float:
    """Of a column's tails, what is left of the one that lost more; infinite where it has none."""
    return min((tail.left for tail in find_tails(points, real) if tail), default=np.inf)


def describe_tails(points: Array, real: Array, observed: bool) -> str:
    """Both tails in words; observed: whether the real points are data, beyond which something may lie.

    >>> rng = np.random.default_rng(0)
    >>> describe_tails(0.5 * rng.normal(size=500), rng.normal(size=20_000), False)
    'lower tail 0 % (0 to 54 %), upper tail 0 % (0 to 54 %)'
    >>> describe_tails(np.linspace(-10, 60, 500), np.linspace(18, 90, 500), True)
    'lower tail 100 % (100 %), upper tail 0 % (0 to 54 %); 40 % beyond all real data'
    """
    ends = zip(("lower", "upper"), find_tails(points, real), strict=True)
    said = ", ".join(f"{name} tail {percent(tail.left)} ({_between(tail)})" for name, tail in ends if tail)
    known = points[np.isfinite(points)]
    beyond = float(((known < np.nanmin(real)) | (known > np.nanmax(real))).mean()) if observed and len(known) else 0.0
    return "; ".join(filter(None, (said, f"{percent(beyond)} beyond all real data" if beyond >= STRANGE else "")))


def _between(tail: Tail) -> str:
    low, high = percent(tail.low), percent(tail.high)
    return low if low == high else f"{low.removesuffix(' %')} to {high}"
