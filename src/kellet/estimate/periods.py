"""Periods: years, quarters or months that dated documents are put into, and which of them are surely human."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kellet.data.dates import apply_style
from kellet.errors import InputError, quote_value
from kellet.estimate.counterfactual import Flags
from kellet.estimate.excess import LEAST
from kellet.estimate.slicing import find_style
from kellet.evidence import Integers

if TYPE_CHECKING:
    import polars as pl

MOST = 24
"""Periods at most, of which at least BASE are human."""
BASE = 2
STEPS = (12, 3, 1)
"""Months of a period, of the kinds that are tried."""
YEARS = "years"
UNTIL = "2022-11"
"""The month in which chat models became public."""
UNDATED = -(1 << 31)
"""The day of a document without a date."""
DATE = re.compile(r"\d{4}(?:-\d\d){0,2}")


@dataclass(frozen=True)
class Clock:
    """How a column of dates is read.  style: as `apply_style` has it, "" of true dates, or YEARS."""

    style: str

    @classmethod
    def of(cls, values: pl.Series) -> Clock | None:
        """By the first values of a column; None where hardly any is a date."""
        style = find_style(values)
        if style is None and not values.dtype.is_nested():
            style = YEARS if _read_years(values).count() > values.count() / 2 else None
        return None if style is None else cls(style)

    def read(self, values: pl.Series) -> Integers:
        """(D,) days since 1970, the first of a month or a year; UNDATED where there is none.

        >>> import polars as pl
        >>> Clock("%Y-%m").read(pl.Series(["1970-02", None, "May"])).tolist() == [31, UNDATED, UNDATED]
        True
        """
        import polars as pl

        if self.style == YEARS:
            days = _read_years(values)
        elif values.dtype in (pl.Date, pl.Datetime):
            days = values.cast(pl.Date)
        else:
            days = apply_style(values.cast(pl.String), self.style or "%Y-%m-%d").cast(pl.Date)
        return days.to_physical().cast(pl.Int64).fill_null(UNDATED).to_numpy()


def _read_years(values: pl.Series) -> pl.Series:
    import polars as pl

    years = values.cast(pl.String).str.extract(r"^\s*((?:1[5-9]|20)\d\d)(?:\.0)?\s*$")
    return (years + "-01-01").str.to_date("%Y-%m-%d", strict=False)


def find_last_day(until: str) -> int:
    """The last day of a year, a month or a day, in days since 1970.

    >>> find_last_day("1970"), find_last_day("1970-01"), find_last_day("1970-01-02")
    (364, 30, 1)
    """
    try:
        if DATE.fullmatch(until):
            begun = np.datetime64(until)
            # As long as what is named: NumPy 2.5 no longer takes a bare 1 for that.
            one = np.array(1).astype(begun.dtype.str.replace("M8", "m8"))
            return int((begun + one).astype("datetime64[D]").astype(np.int64)) - 1
    except ValueError:
        pass
    raise InputError("a year, a month or a day up to which documents are human", quote_value(until), UNTIL)


@dataclass(frozen=True)
class Periods:
    """Periods as whole numbers, in the order of time.

    step: months of one.  until: the last day on which the corpus is human; None where none of it is.  first: the number
    of the first that is looked at.  apart: whether human documents and others share a time; numbers are halves of a
    period then, of which the human ones are the even.
    """

    step: int
    until: int | None = None
    first: int | None = None
    apart: bool = False

    def number(self, days: Integers, human: bool = False) -> Integers:
        """(D,) the period of each day.  What comes after the last human day in its period counts for the next.

        human: whether all documents are, whatever their date.

        >>> days = np.array([find_last_day(day) for day in ("2022-11-30", "2022-12-01", "2023-05")])
        >>> Periods(12, find_last_day("2022-11")).number(days).tolist()
        [52, 53, 53]
        """
        found = self._divide(days)
        if self.until is not None and not human:
            found = np.where(days > self.until, np.maximum(found, self._divide(np.array([self.until])) + 1), found)
        if not self.apart:
            return found
        return np.asarray(2 * found + ~(self.is_human(days) | human))

    def is_human(self, days: Integers) -> Flags:
        """(D,) which days of the corpus are."""
        return np.asarray(days <= (UNDATED if self.until is None else self.until))

    def name(self, number: int) -> str:
        """As a person has it.

        >>> Periods(12).name(53), Periods(3).name(4 * 53), Periods(1).name(12 * 53 + 10)
        ('2023', '2023-Q1', '2023-11')
        """
        year, month = divmod(self.step * (number // 2 if self.apart else number), 12)
        if self.step == 12:
            return f"{1970 + year}"
        return f"{1970 + year}-Q{month // 3 + 1}" if self.step == 3 else f"{1970 + year}-{month + 1:02}"

    def count(self, corpus: Mapping[int, int], human: Mapping[int, int]) -> tuple[Counter[int], Counter[int]]:
        """Documents of each human period, and of each other, from those of each day."""
        known, others = Counter[int](), Counter[int]()
        for days, whole in ((corpus, False), (human, True)):
            every = np.array(list(days), np.int64)
            surely = self.is_human(every) | whole
            for day, number, own in zip(days, self.number(every, whole).tolist(), surely.tolist(), strict=True):
                (known if own else others)[number] += days[day]
        return known, others

    def _divide(self, days: Integers) -> Integers:
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        return np.asarray(months // self.step)


def choose(corpus: Mapping[int, int], human: Mapping[int, int], until: int | None) -> Periods:
    """The longest periods of which BASE or more are human and have documents enough; years if none are.

    corpus, human: how many documents there are of each day, in the corpus and in the human references.
    """
    kinds = [_find_apart(Periods(step, until), corpus, human) for step in STEPS]
    for periods in kinds:
        known, others = periods.count(corpus, human)
        large = sum(many >= LEAST for many in known.values())
        if large >= BASE and (periods.step == STEPS[0] or len(others) + BASE <= MOST):
            break
    else:
        periods = kinds[0]
        known, others = periods.count(corpus, human)
    return replace(periods, first=min(sorted(known)[-max(MOST - len(others), BASE) :], default=None))


def _find_apart(periods: Periods, corpus: Mapping[int, int], human: Mapping[int, int]) -> Periods:
    known, others = periods.count(corpus, human)
    return replace(periods, apart=not known.keys().isdisjoint(others))
