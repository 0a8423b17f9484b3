"""What redoing a paper gave: its numbers beside ours, and the verdict that follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np

from kellet.errors import InputError
from kellet.evidence import Array
from kellet.page.chart import Chart

Verdict = Literal["agrees", "agrees in direction", "differs", "can't tell"]
Origin = Literal["formula", "text", "logs", "chart", "summary"]
"""Where a published number is from: a formula of the paper, its text or tables, its authors' raw results, a point read
off a figure, an abstract."""
OUTSIDE = 0.001
"""How often the exact value lies outside an interval: a gallery has more than a hundred."""
NONE = 0.0, 0.0, 0.0
"""No change at all, exactly."""
Z = 3.29
"""Standard errors on each side, where there are many."""


class Number(msgspec.Struct, frozen=True, tag="number", tag_field="kind"):
    """A published number beside ours.

    low, high: the interval of ours, within which the exact value lies in 99.9 % of repetitions; both are ours where it
    is computed exactly.  tolerance: how far the published number may be off by itself: its rounding, or 3.29 of its own
    standard errors.

    >>> Number("error", 1.64, 1.6449, 1.6449, 1.6449, "text", tolerance=0.005).agrees
    True
    """

    what: str
    published: float
    ours: float
    low: float
    high: float
    origin: Origin
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        if not self.low <= self.ours <= self.high:
            raise InputError("a number within its interval", f"{self.ours} in {self.low} to {self.high}", self.what)

    @property
    def agrees(self) -> bool:
        """Whether the published number lies within our interval, or as near as it is known."""
        # Exact numbers may differ in the last digits of the machine.
        slack = self.tolerance + 1e-9 * abs(self.published)
        return self.low - slack <= self.published <= self.high + slack


class Direction(msgspec.Struct, frozen=True, tag="direction", tag_field="kind"):
    """What a paper says that is no number.  agrees: whether it holds here, by the numbers that ``ours`` names with
    their intervals; None where these can't tell."""

    what: str
    ours: str
    agrees: bool | None
    origin: Origin = "text"

    def __post_init__(self) -> None:
        # NumPy's truth values are no JSON.
        if self.agrees is not None:
            msgspec.structs.force_setattr(self, "agrees", bool(self.agrees))


Reading = Number | Direction


@dataclass(frozen=True)
class Finding:
    """What redoing a paper gave.  why: in plain words, what agrees, what does not, and the reason."""

    readings: Sequence[Reading]
    why: str
    charts: Sequence[Chart] = ()

    def __post_init__(self) -> None:
        if not self.readings:
            raise InputError("at least one number or direction", "none", "Number(...)")

    @property
    def verdict(self) -> Verdict:
        """Differs if anything that was said in words does not hold; can't tell if our intervals leave open whether it
        does; agrees if the numbers do, too.

        A paper without a number that could be compared agrees in direction.  One number that does not agree makes the
        whole agree in direction only, and if nothing else was compared it differs.

        >>> holds = Direction("it falls", "0.9 to 0.2", agrees=True)
        >>> far = Number("limit", 2.0, 1.0, 0.9, 1.1, "formula")
        >>> Finding([holds], "").verdict, Finding([holds, far], "").verdict, Finding([far], "").verdict
        ('agrees in direction', 'agrees in direction', 'differs')
        >>> Finding([holds, Direction("it grows", "-1 to 3", agrees=None)], "").verdict
        "can't tell"
        """
        numbers = [one.agrees for one in self.readings if isinstance(one, Number)]
        words = [one.agrees for one in self.readings if isinstance(one, Direction)]
        if False in words or (not words and not all(numbers)):
            return "differs"
        if None in words:
            return "can't tell"
        return "agrees" if numbers and all(numbers) else "agrees in direction"


def below(limit: float, low: float, high: float) -> bool | None:
    """Whether a number with this interval lies below a limit; None where the interval holds it.

    >>> below(0, -2, -1), below(0, 1, 2), below(0, -1, 1)
    (True, False, None)
    """
    return None if low < limit <= high else high < limit


def exceeds(first: tuple[float, float, float], second: tuple[float, float, float]) -> bool | None:
    """Whether one number is larger than another, by their intervals; None where these overlap.

    >>> exceeds((3, 2, 4), (1, 0, 1.5)), exceeds((1, 0, 2), (1, 0, 1.5))
    (True, None)
    """
    return True if first[1] > second[2] else False if first[2] < second[1] else None


def every(found: Iterable[bool | None]) -> bool | None:
    """Whether all hold; None where none is known to fail, but some can't be told.

    >>> every([True, True]), every([True, None]), every([None, False])
    (True, None, False)
    """
    held = list(found)
    return False if False in held else None if None in held else True


def find_median(values: Array) -> tuple[float, float, float]:
    """The median of independent replicates (R,), and the ends of its 99.9 % interval, by their order.

    >>> find_median(np.arange(101.0))
    (50.0, 33.0, 67.0)
    """
    ordered, middle, beyond = np.sort(values), (len(values) - 1) / 2, Z * np.sqrt(len(values)) / 2
    return float(np.median(values)), float(ordered[round(middle - beyond)]), float(ordered[round(middle + beyond)])


def average(values: Array) -> tuple[float, float, float]:
    """The mean of independent replicates (R,), and the ends of its 99.9 % interval, by Student's law.

    >>> [round(end, 1) for end in average(np.array([1.0, 2.0, 3.0]))]
    [2.0, -16.2, 20.2]
    """
    from scipy.special import stdtrit

    mean = float(np.mean(values))
    wide = float(stdtrit(len(values) - 1, 1 - OUTSIDE / 2) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return mean, mean - wide, mean + wide


def show(value: float, low: float, high: float) -> str:
    """A number with its interval.

    >>> show(0.41234, 0.4, 0.425), show(1.644934, 1.644934, 1.644934)
    ('0.412 (0.4 to 0.425)', '1.645')
    """
    return f"{value:.4g}" if low == high else f"{value:.3g} ({low:.3g} to {high:.3g})"
