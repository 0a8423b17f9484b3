"""Dates: the days and times that people's words stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

DAY_FIRST, MONTH_FIRST = "day first", "month first"
SHAPES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (r"\d{4}-\d{1,2}-\d{1,2}", (("%Y-%m-%d", ""),)),
    (r"\d{4}-(?:0[1-9]|1[0-2])", (("%Y-%m", "months"),)),
    (r"\d{4}/\d{1,2}/\d{1,2}", (("%Y/%m/%d", ""),)),
    (r"\d{4}\.\d{1,2}\.\d{1,2}", (("%Y.%m.%d", ""),)),
    (r"\d{1,2}\.\d{1,2}\.\d{4}", (("%d.%m.%Y", DAY_FIRST), ("%m.%d.%Y", MONTH_FIRST))),
    (r"\d{2}\.\d{2}\.\d{2}", (("%d.%m.%y", DAY_FIRST),)),
    (r"\d{1,2}/\d{1,2}/\d{4}", (("%m/%d/%Y", MONTH_FIRST), ("%d/%m/%Y", DAY_FIRST))),
    (r"\d{1,2}/\d{1,2}/\d{2}", (("%m/%d/%y", MONTH_FIRST), ("%d/%m/%y", DAY_FIRST))),
    (r"\d{1,2}-\d{1,2}-\d{4}", (("%d-%m-%Y", DAY_FIRST), ("%m-%d-%Y", MONTH_FIRST))),
    (r"\d{1,2}-[A-Za-z]{3,9}-\d{4}", (("%d-%B-%Y", ""),)),
    (r"\d{1,2}-[A-Za-z]{3}-\d{2}", (("%d-%B-%y", ""),)),
    (r"\d{1,2} [A-Za-z]{3,9} \d{4}", (("%d %B %Y", ""),)),
    (r"\d{1,2}\. [A-Za-z]{3,9} \d{4}", (("%d. %B %Y", ""),)),
    (r"[A-Za-z]{3,9} \d{1,2}, ?\d{4}", (("%B %d, %Y", ""),)),
    (r"[A-Za-z]{3,9} \d{1,2} \d{4}", (("%B %d %Y", ""),)),
    (r"[A-Za-z]{3,9}[ -]\d{4}", (("%B-%Y", "months"),)),
    (r"[A-Za-z]{3}-\d{2}", (("%B-%y", "months"),)),
    (r"(?:1[89]|20)\d{2}(?:0[1-9]|1[0-2])[0-3]\d", (("%Y%m%d", "eight digits"),)),
)
"""How days are written, and as what they are read, first what is meant where nothing says otherwise."""
FORMS = {form: shape for shape, forms in SHAPES for form, _ in forms}
TIMES = "times"
STYLES = frozenset((*FORMS, *(f"{form} {TIMES}" for form in FORMS), TIMES))
TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d(?:[.,]\d+)?))?\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
)
ANY = re.sub(r"\?P<\w+>", "?:", rf"^(?:(?:{'|'.join(shape for shape, _ in SHAPES)})(?:$|[T ,]+{TIME}$)|{TIME}$)")
"""A day, a moment or a time of day, however it is written."""
SAMPLE = 1000
"""Different words by which it is seen how days are written."""


@dataclass(frozen=True, eq=False)
class Dates:
    """What words say where they are read as dates.

    values: Date, Datetime in microseconds (of UTC where zones are named), or Time where there are no days; null where
    a word is none.  how: a phrase about how they are written.  style: see `apply_style`.
    """

    values: pl.Series
    how: str
    style: str


def read_dates(words: pl.Series) -> Dates | None:
    """Words, null where there is none, as dates; None where hardly any is one.

    Where both the first and the second number of a day could be the month, the month is taken to be first in 3/4/2020,
    and the day in 3.4.2020 and 3-4-2020.

    >>> import polars as pl
    >>> read_dates(pl.Series(["3/4/2020", "13/4/2020"])).values.to_list()
    [datetime.date(2020, 4, 3), datetime.date(2020, 4, 13)]
    >>> read_dates(pl.Series(["2020-04-03T10:00+02:00", "x"])).values.to_list()
    [datetime.datetime(2020, 4, 3, 8, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC')), None]
    """

    some = words.drop_nulls().head(10 * SAMPLE).unique(maintain_order=True).head(SAMPLE)
    # Most columns hold no dates, which one look at them tells.
    if len(some) and 2 * some.str.contains(ANY).sum() < len(some):
        return None
    if 2 * some.str.contains(rf"^{TIME}$").sum() >= max(len(some), 1):
        return Dates(apply_style(words, TIMES), "times of day", TIMES)
    found = {shape: int(some.str.contains(rf"^{shape}(?:$|[T ,]+{TIME}$)").sum()) for shape, _ in SHAPES}
    shape, formats = max(SHAPES, key=lambda item: found[item[0]])
    if 2 * found[shape] < max(len(some), 1) or (formats[0][0] == "%Y-%m" and _are_seasons(some)):
        return None
    timed = bool(some.str.contains(rf"^{shape}[T ,]+{TIME}$").any())
    days = _find_days(words, shape, timed)
    read = [_read_days(days, form) for form, _ in formats]
    best = max(range(len(read)), key=lambda i: read[i].count())
    form, order = formats[best]
    if len(read) > 1 and read[0].count() == read[1].count():
        order += ", since nothing says otherwise"
    how = f"dates{' and times' if timed else ''}{f' ({order})' if order else ''}"
    if not timed:
        return Dates(read[best], how, form)
    values = _add_times(words, read[best], shape)
    zoned = bool(some.str.contains(r":.*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})$").any())
    return Dates(values.dt.replace_time_zone("UTC") if zoned else values, how, f"{form} {TIMES}")


def apply_style(words: pl.Series, style: str) -> pl.Series:
    """Dates of a style, each word read by itself; null where it is none.

    style: one of `STYLES`: the format of days, with " times" behind it where times may follow, or "times" alone.

    >>> import polars as pl
    >>> apply_style(pl.Series(["3/4/2020", "13/4/2020", "?"]), "%d/%m/%Y").to_list()
    [datetime.date(2020, 4, 3), datetime.date(2020, 4, 13), None]
    """
    import polars as pl

    if style == TIMES:
        return (_read_time(words, f"^{TIME}$").dt.total_nanoseconds() % (24 * 3600 * 10**9)).cast(pl.Time)
    form, timed = style.removesuffix(f" {TIMES}"), style.endswith(f" {TIMES}")
    shape = FORMS[form]
    days = _read_days(_find_days(words, shape, timed), form)
    return _add_times(words, days, shape) if timed else days


def _find_days(words: pl.Series, shape: str, timed: bool) -> pl.Series:
    """The day in each word, as it is written."""
    days = words.str.extract(rf"^({shape})(?:$|[T ,]+{TIME}$)") if timed or shape != SHAPES[0][0] else words
    return days.str.replace(r",\s*", ", ")


def _add_times(words: pl.Series, days: pl.Series, shape: str) -> pl.Series:
    import polars as pl

    return days.cast(pl.Datetime("us")) + _read_time(words, rf"^{shape}(?:$|[T ,]+{TIME}$)", 0)


def _read_days(words: pl.Series, form: str) -> pl.Series:
    """The day that each word names; of a month the first."""
    if "%d" not in form:
        return (words.str.replace(" ", "-", literal=True) + "-01").str.to_date(f"{form}-%d", strict=False)
    return words.str.to_date(form, strict=False)


def _are_seasons(words: pl.Series) -> bool:
    """Whether 2009-10 is a year and the next, as in all of the words."""
    parts = words.str.extract_groups(r"^\d{2}(\d{2})-(\d{2})$").struct.unnest().cast({"1": int, "2": int}).drop_nulls()
    return bool(((parts["1"] + 1) % 100 == parts["2"]).all())


def _read_time(words: pl.Series, pattern: str, otherwise: int | None = None) -> pl.Series:
    """The time of day of each word, as a duration since midnight UTC; ``otherwise``, in microseconds, where none is."""
    import polars as pl

    parts = words.str.extract_groups(pattern).struct.unnest()
    hour = pl.col("hour").cast(pl.Int64)
    half = pl.col("half").str.to_lowercase()
    hour = pl.when(half == "a").then(hour % 12).when(half == "p").then(hour % 12 + 12).otherwise(hour)
    second = pl.col("second").str.replace(",", ".", literal=True).cast(pl.Float64).fill_null(0.0)
    zone = pl.col("zone").str.replace(":", "", literal=True)
    offset = zone.str.slice(1, 2).cast(pl.Int64, strict=False) * 60 + zone.str.slice(3, 2).cast(pl.Int64, strict=False)
    offset = pl.when(zone.str.starts_with("-")).then(-offset).otherwise(offset).fill_null(0)
    whole = (hour * 60 + pl.col("minute").cast(pl.Int64) - offset) * 60_000_000
    micro = pl.when(hour < 24).then(whole + (second * 1e6).round().cast(pl.Int64)).otherwise(otherwise)
    return parts.select(pl.duration(microseconds=micro)).to_series()
