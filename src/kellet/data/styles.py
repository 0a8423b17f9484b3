"""Styles: how a column's numbers or dates are written, in one word, by which later files are read value by value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from kellet.data import dates, numerals
from kellet.data.missing import MISSING_WORDS

if TYPE_CHECKING:
    import polars as pl

Form = Literal["number", "date", "word"]
ISO = f"%Y-%m-%d {dates.TIMES}"
"""Of dates that have a type already: how they would be written."""


def find_style(series: pl.Series, form: Form, comma: bool = False) -> str:
    """How a column is written; comma: what a sign that may be either is taken for.

    >>> import polars as pl
    >>> find_style(pl.Series(["$1,200", "$950.5"]), "number"), find_style(pl.Series(["3/4/2020", "13/4/2020"]), "date")
    ('$  .', '%d/%m/%Y')
    """
    import polars as pl

    if form == "word":
        return ""
    if series.dtype != pl.String:
        return "" if form == "number" else dates.TIMES if series.dtype == pl.Time else ISO
    if form == "date":
        found = dates.read_dates(series)
        return ISO if found is None else found.style
    style = numerals.find_style(series, comma)
    return "" if style is None else f"{style.sign} {style.unit} {',' if style.comma else '.'}"


def is_style(style: str, form: Form) -> bool:
    """Whether a column may be written so."""
    if form == "number":
        marks = rf"({numerals.SIGNS})?", rf"({numerals.SIGNS}|{numerals.UNITS})?", "[.,]"
        return not style or re.fullmatch(" ".join(marks), style) is not None
    return style in dates.STYLES if form == "date" else not style


def read_alike(series: pl.Series, form: Form, style: str) -> tuple[pl.Series, pl.Series]:
    """Values of a form, null where there is none, and in which rows something stands that is none.

    Numbers are floats, words are without blanks in front and behind.

    >>> import polars as pl
    >>> [part.to_list() for part in read_alike(pl.Series(["12", "?", "many", None]), "number", "")]
    [[12.0, None, None, None], [False, False, True, False]]
    """
    import polars as pl

    dtype = series.dtype
    if isinstance(dtype, pl.Categorical | pl.Enum):
        series, dtype = series.cast(pl.String), pl.String()
    none = pl.repeat(None, len(series), dtype=pl.String, eager=True)
    if dtype.is_nested() or dtype in (pl.Null, pl.Binary, pl.Object):
        return _type(none, form), series.is_not_null()
    nothing = pl.repeat(False, len(series), eager=True)
    if dtype == pl.String or form == "word":
        words = series.cast(pl.String).str.strip_chars()
        words = pl.select(pl.when(words != "").then(words)).to_series()
        if form == "word":
            return words, nothing
        values = _read_number(words, style) if form == "number" else dates.apply_style(words, style)
        lost = values.is_null() & words.is_not_null()
        return values, lost & ~words.str.to_lowercase().is_in(MISSING_WORDS) if lost.any() else nothing
    if form == "number" and (dtype.is_numeric() or dtype in (pl.Boolean, pl.Duration)):
        seconds = series.dt.total_microseconds() / 1e6 if dtype == pl.Duration else series
        return seconds.cast(pl.Float64), nothing
    if form == "date" and dtype in ((pl.Time,) if style == dates.TIMES else (pl.Date, pl.Datetime)):
        return series, nothing
    return _type(none, form), series.is_not_null()


def _read_number(words: pl.Series, style: str) -> pl.Series:
    sign, unit, comma = style.split(" ") if style else ("", "", "")
    return numerals.apply_style(words, numerals.Style(sign, unit, comma == ",") if style else None)


def _type(none: pl.Series, form: Form) -> pl.Series:
    import polars as pl

    return none.cast(pl.Float64) if form == "number" else none.cast(pl.Date) if form == "date" else none
