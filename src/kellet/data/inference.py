"""Inference: what a column seems to be, by what is written in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kellet.data.dates import read_dates
from kellet.data.missing import drop_infinite, drop_words, find_strays
from kellet.data.numerals import read_numbers
from kellet.data.sight import Kind

if TYPE_CHECKING:
    import polars as pl

TRUTHS = (
    {"no", "yes"}, {"n", "y"}, {"false", "true"}, {"f", "t"}, {"off", "on"}, {"0", "1"}, {"nein", "ja"}, {"non", "oui"},
    {"no", "si"}, {"no", "sí"}, {"não", "sim"}, {"nee", "ja"}, {"nej", "ja"},
)  # fmt: skip
UNIQUE = 0.9
"""Different values a row, from which on they name rows."""
LEAST = 10
"""Rows, from which on that is said of them."""
CODES = {
    "zip", "zipcode", "postcode", "postalcode", "postal", "plz", "fips", "phone", "telephone", "tel", "mobile", "fax",
}  # fmt: skip
"""Words in the names of columns whose numbers are codes."""
NAMES = {"id", "ids", "uuid", "guid", "key", "index", "idx", "isbn", "ean", "rowid", "unnamed", "nr", "no", "number"}
"""Words in the names of columns whose numbers name rows, where nearly all are different."""
YEARS = 1500, 2200
LARGE = 99_999
"""Whole numbers beyond it that go up by one are numbers of rows, wherever they begin."""
LETTERS, SPACES, REPEATS = 40, 5, 0.3
"""Free text: letters and spaces of a value, on average, and different values a row, at least."""


@dataclass(frozen=True, eq=False)
class Found:
    """What a column seems to be, its values as that, and why.

    comma: whether it surely has a decimal comma.  distinct: how many different values it has, where that is known.
    """

    kind: Kind
    values: pl.Series
    reason: str
    comma: bool = False
    distinct: int | None = None


def infer_words(words: pl.Series, declared: bool, comma: bool) -> Found:
    """Words as what they seem to be; declared: the file says that they are categories."""
    if words.null_count() == len(words):
        return Found("constant", words, "nothing is written in it")
    if declared:
        return sort_words(words, "categories, as the file says")
    if _are_truths(words):
        return Found("truth", words, "two values, " + " and ".join(map(repr, _list_values(words))))
    if zeros := _find_first(words, r"^[+-]?0\d+$"):
        return sort_words(words, f"leading zeros ({zeros!r})")
    if words.head(1000).str.contains(r"^\+\d[\d ()/-]{6,}$").mean() == 1:
        return sort_words(words, "telephone numbers")
    dates = read_dates(words)
    if dates is not None and (strays := find_strays(words, dates.values)).few:
        return Found("date", dates.values, strays.describe(dates.how))
    numbers = read_numbers(words, comma)
    strays = find_strays(words, numbers.values)
    if not strays.few:
        some = f"{strays.read:,} are numbers and {sum(strays.every.values()):,} aren't ({strays.names})"
        return sort_words(words, some if strays.read else "")
    values, infinite = drop_infinite(numbers.values)
    how = (*numbers.how, *((infinite,) if infinite else ()))
    found = describe_numbers(values, strays.describe("numbers"), how)
    return replace(found, comma=numbers.comma)


def describe_numbers(values: pl.Series, read: str, how: tuple[str, ...] = ()) -> Found:
    """Numbers, which may be counts, truth values, codes, or names of rows; read: how many, in words."""
    import polars as pl

    there = values.drop_nulls()
    count, distinct = len(there), there.n_unique()
    if not count:
        return Found("constant", values, "no number is finite")
    least, most = there.min(), there.max()
    whole = not there.dtype.is_float() or bool((there == there.floor()).all())
    if distinct == 1 and not values.null_count():
        return Found("constant", values, f"the same number in every row, {_spell(least)}")
    if whole and count >= LEAST and (name := _find_names(values, there, distinct)):
        return Found("identifier", values, name)
    if whole and _split_name(values.name) & CODES:
        return Found("category", values, "numbers; its name says that they are codes")
    if whole and distinct == 2 and (least, most) == (0, 1):
        return Found("truth", values, "two values, 0 and 1")
    notes = [read, *how]
    if whole:
        few = distinct <= 10 and count >= 3 * distinct
        notes.append(f"whole, only {distinct} different" if few else "whole")
    if whole and _split_name(values.name) & NAMES:
        notes.append(f"if they are codes, as its name may say, --kinds {values.name}=category")
    if not there.dtype.is_float():
        notes.append(f"so large that they are counted from {_spell(least)}")
    if (odd := _find_sentinel(there.cast(pl.Float64))) is not None:
        often = int((there == odd).sum())
        notes.append(f"{odd:g} stands {often:,} times far from the rest: if it means missing, --missing-words={odd:g}")
    kind: Kind = "count" if whole and least in (0, 1) else "number"
    return Found(kind, values, "; ".join(notes), distinct=distinct)


def sort_words(words: pl.Series, why: str) -> Found:
    """Words that are nothing else: categories, names of rows, free text, or the same in every row."""
    there = words.drop_nulls()
    count, distinct = len(there), there.n_unique()
    told = f"{distinct:,} different value{'s' if distinct != 1 else ''} in {count:,} rows"
    if distinct == 1 and not words.null_count():
        return Found("constant", words, f"the same in every row, {there[0]!r}")
    if count >= LEAST and distinct >= REPEATS * count:
        some = there.head(10_000)
        if (some.str.len_chars().mean() or 0) >= LETTERS and (some.str.count_matches(" ").mean() or 0) >= SPACES:  # type: ignore[operator]
            return Found("text", words, f"long texts, {told}")
        if distinct >= UNIQUE * count:
            return Found("identifier", words, f"it names rows: {told}")
    return Found("category", words, "; ".join(filter(None, [why, told])))


def _are_truths(words: pl.Series) -> bool:
    if drop_words(words.head(1000), (), known=True).drop_nulls().n_unique() > 4:
        return False
    values = _list_values(words)
    return len(values) == 2 and {value.lower() for value in values} in TRUTHS


def _list_values(words: pl.Series) -> list[str]:
    """The different values of few, but for what stands for nothing."""
    every = words.drop_nulls().unique()
    return sorted(drop_words(every, (), known=True).drop_nulls().to_list())


def _find_first(words: pl.Series, pattern: str) -> str | None:
    found = words.filter(words.str.contains(pattern))
    return found[0] if len(found) else None


def _split_name(name: str) -> set[str]:
    """The words of a column's name, in small letters.

    >>> sorted(_split_name("customerId")), sorted(_split_name("ZIP code"))
    (['customer', 'id'], ['code', 'zip'])
    """
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def _find_names(values: pl.Series, there: pl.Series, distinct: int) -> str:
    """Why whole numbers name rows; nothing where they don't."""
    least, most = there.min(), there.max()
    years = YEARS[0] <= least and most <= YEARS[1]  # type: ignore[operator]
    steps = there.diff().drop_nulls().abs()
    named = bool(_split_name(values.name) & NAMES)
    in_order = not values.null_count() and distinct == len(there) and bool((steps == 1).all())
    if in_order and not years and (named or there[0] in (0, 1) or there[0] > LARGE):
        return f"the number of the row, {_spell(there[0])} to {_spell(there[-1])}"
    if named and distinct >= UNIQUE * len(there):
        return f"its name says that it names rows: {distinct:,} different values in {len(there):,} rows"
    return ""


def _spell(value: object) -> str:
    """A number, exactly where it is whole."""
    return str(int(value)) if isinstance(value, int | float) and value == value // 1 else f"{value:g}"


def _find_sentinel(there: pl.Series) -> float | None:
    """An outermost number of nines that stands several times, farther from the rest than the rest is wide."""
    for end, other in ((there.min(), there.max()), (there.max(), there.min())):
        if not isinstance(end, float) or not isinstance(other, float) or set(f"{abs(end):.0f}") != {"9"}:
            continue
        rest = there.filter(there != end)
        if 2 <= len(there) - len(rest) <= len(rest) and rest.n_unique() > 2:
            near = rest.min() if end < other else rest.max()
            if abs(near - end) > abs(other - near):  # type: ignore[operator]
                return end
    return None
