"""Numerals: the numbers that people's words stand for, with the separators, signs and units that people use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

EXACT = 2**53
"""Whole numbers beyond are no longer all told apart by a float."""
SIGNS = r"[$€£¥₹]|US\$|USD|EUR|GBP|CHF|JPY|Rs\.?"
UNITS = (
    r"%|‰|°C|°F|°|kg|mg|g|lbs?|oz|mm|cm|km|m|ft|in|mi|miles|ml|l|cc|h|hrs?|hours?|min|mins|minutes|s|sec|secs|seconds|ms|"
    r"years?|yrs?|months?|weeks?|days?|kWh|kW|W|V|Hz|kHz|MHz|GHz|mph|km/h|kmpl|km/kg|bhp|Nm|kB|MB|GB|TB|px|pts?|[kKMB]|bn|\+"
)
GAP = r" '’\u00a0\u202f"
"""What may stand between thousands whatever the decimal sign is."""
WORD = (
    rf"^(?P<minus>[+-]?)\s*(?P<sign>{SIGNS})?\s*(?P<inner>[+-]?)"
    rf"(?P<digits>[.,]?\d(?:[\d.,{GAP}]*[\d.,])?)(?P<power>[eE][+-]?\d+)?\s*(?P<unit>{SIGNS}|{UNITS})?$"
)
POINT = rf"(?:\d+|[1-9]\d{{0,2}}(?:[,{GAP}]\d{{3}})+)?(?:\.\d*)?"
COMMA = rf"(?:\d+|[1-9]\d{{0,2}}(?:[.{GAP}]\d{{3}})+)?(?:,\d*)?"
SAMPLE = 10_000
"""Words that are looked at to see how numbers are written."""


@dataclass(frozen=True)
class Style:
    """How numbers are written: with what in front or behind, and whether the decimal sign is a comma."""

    sign: str
    unit: str
    comma: bool


@dataclass(frozen=True, eq=False)
class Numbers:
    """What words say where they are read as numbers.

    values: Float64, or Int128 where whole numbers are too large for it; null where a word is none.  how: phrases about
    how they are written.  comma: whether the decimal sign is a comma beyond doubt.
    """

    values: pl.Series
    how: tuple[str, ...] = ()
    comma: bool = False


def read_numbers(words: pl.Series, comma: bool = False) -> Numbers:
    """Words, null where there is none, as numbers; comma: what a sign that may be either is taken for.

    >>> import polars as pl
    >>> read_numbers(pl.Series(["$1,200", "$950.5"])).values.to_list()
    [1200.0, 950.5]
    >>> found = read_numbers(pl.Series(["1200,5 %", "3 %", "x"]))
    >>> found.values.to_list(), found.how
    ([1200.5, 3.0, None], ('with a decimal comma', 'with "%"'))
    """
    import polars as pl

    plain = words.cast(pl.Float64, strict=False).fill_nan(None)
    parts = _split(words, words.filter(plain.is_null() & words.is_not_null()).head(SAMPLE), comma)
    return Numbers(_keep_whole(words, plain)) if parts is None else _read_styled(words, parts, comma)


def find_style(words: pl.Series, comma: bool = False) -> Style | None:
    """How numbers are written that are no plain ones; None where they are.

    >>> import polars as pl
    >>> find_style(pl.Series(["$1,200", "$950.5"])), find_style(pl.Series(["1200", "?"]))
    (Style(sign='$', unit='', comma=False), None)
    """
    import polars as pl

    plain = words.cast(pl.Float64, strict=False).fill_nan(None)
    parts = _split(words, words.filter(plain.is_null() & words.is_not_null()).head(SAMPLE), comma)
    return None if parts is None else _choose_style(parts, comma)[0]


def apply_style(words: pl.Series, style: Style | None) -> pl.Series:
    """Numbers, each read by itself; null where a word is none."""
    import polars as pl

    bare = words if style is None else _bare(words, style)[0]
    return bare.cast(pl.Float64, strict=False).fill_nan(None)


def _split(words: pl.Series, odd: pl.Series, comma: bool) -> pl.DataFrame | None:
    """The parts of some of the words, by which it is seen how all are written; None where they are plain.

    odd: some that are no plain numbers.
    """
    import polars as pl

    some = words.head(SAMPLE)
    dotted = comma and _has(words, ".") and bool(some.str.contains(f"^{COMMA}$").all())
    if not dotted and (not len(odd) or _spell_minus(odd).str.contains(WORD).sum() == 0):
        return None
    return _spell_minus(pl.concat([odd, some]).unique()).str.extract_groups(WORD).struct.unnest()


def _choose_style(parts: pl.DataFrame, comma: bool) -> tuple[Style, bool]:
    """The one that most have, and whether its decimal sign is a comma beyond doubt."""
    import polars as pl

    digits = parts["digits"]
    point, decimal = digits.str.contains(f"^{POINT}$"), digits.str.contains(f"^{COMMA}$")
    surely = int(decimal.sum()) > int(point.sum())
    taken = surely or (comma and decimal.sum() == point.sum())
    marks = parts.filter(decimal if taken else point).select(pl.col("sign", "unit").fill_null(""))
    often = marks.group_by("sign", "unit").len().sort("len", "sign", "unit", descending=[True, False, False])
    sign, unit, _ = often.row(0) if often.height else ("", "", 0)
    return Style(sign, unit, taken), surely


def _bare(words: pl.Series, style: Style) -> tuple[pl.Series, bool, bool]:
    """Numbers as Python writes them, null where a word is none; whether any has a decimal comma, or thousands apart."""
    import polars as pl

    apart, inner = ("." if style.comma else ",") + GAP, COMMA if style.comma else POINT
    body = _spell_minus(words)
    good = body.str.starts_with("") if not style.sign else body.str.contains(style.sign, literal=True)
    if style.sign:
        body = body.str.replace(style.sign, "", literal=True)
    if style.unit:
        good &= body.str.ends_with(style.unit)
        body = body.str.strip_suffix(style.unit)
    body = body.str.strip_chars()
    good &= body.str.contains(rf"^[+-]?\s*{inner}(?:[eE][+-]?\d+)?$") & body.str.contains(r"\d")
    body = pl.select(pl.when(good).then(body)).to_series()
    grouped = bool(body.str.contains(rf"\d[{apart}]\d{{3}}").any())
    bare = body.str.replace_all(rf"[{apart}]", "")
    if not style.comma:
        return bare, False, grouped
    return bare.str.replace(",", ".", literal=True), _has(body, ","), grouped


def _read_styled(words: pl.Series, parts: pl.DataFrame, comma: bool) -> Numbers:
    """Numbers that are written with a decimal comma, separators, a currency or a unit."""
    import polars as pl

    style, surely = _choose_style(parts, comma)
    bare, commas, grouped = _bare(words, style)
    how = ["with a decimal comma"] if commas else []
    how += ["with thousands set apart"] if grouped else []
    how += [f'with "{mark}"' for mark in (style.sign, style.unit) if mark]
    return Numbers(_keep_whole(bare, bare.cast(pl.Float64, strict=False)), tuple(how), surely)


def has_points(words: pl.Series) -> bool:
    """Whether numbers surely have a decimal point.

    >>> import polars as pl
    >>> has_points(pl.Series(["1.5", "2.25"])), has_points(pl.Series(["1.500", "2"]))
    (True, False)
    """
    import polars as pl

    if not isinstance(words.dtype, pl.String):
        return words.dtype.is_float()
    dotted = words.filter(words.str.contains(".", literal=True)).head(SAMPLE)
    return len(dotted) > 0 and not dotted.str.contains(f"^{COMMA}$").all()


def _spell_minus(words: pl.Series) -> pl.Series:
    """Words with the minus of keyboards: (5), as accountants write it, is -5."""
    return words.str.replace_all("−", "-", literal=True).str.replace(r"^\((.*)\)$", "-$1")


def _keep_whole(words: pl.Series, values: pl.Series) -> pl.Series:
    """The same numbers, exact where they are whole and too large for floats."""
    import polars as pl

    largest = values.abs().max()
    if not isinstance(largest, float) or not EXACT < largest < 2.0**126:
        return values
    exact = words.str.strip_prefix("+").cast(pl.Int128, strict=False)
    return exact if exact.null_count() == values.null_count() else values


def _has(words: pl.Series, sign: str) -> bool:
    return bool(words.str.contains(sign, literal=True).any())
