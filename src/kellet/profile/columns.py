"""Columns of a table: how each is counted.

Numbers are told apart by their bits, which are in the order of the numbers once those of negative ones are turned
round: what is put together first differs in the last bits only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from kellet.errors import quote
from kellet.evidence import Array
from kellet.profile.tally import Hashes

if TYPE_CHECKING:
    import polars as pl

Role = Literal["number", "discrete", "date", "category", "identifier", "constant", "text", "list"]
"""What a column is for an audit.  discrete: numbers that repeat, of which each is a value as well.  list: lists,
records or bytes, which aren't counted."""
VALUED = ("category", "constant", "discrete")
NUMERIC = ("number", "discrete", "date")
PAIRED = ("category", "discrete", "number", "date")
"""Of pairs, those that come first where there are too many columns."""
MOST_PAIRED = 12
BUCKETS = 1 << 13
"""Of numbers, that are kept at most: in each of all groups they are two million counts."""
FAMILIES = ("value", "number", "unread")
"""What is counted of one column.  unread: words that are not what its role says."""
MISSING = "(missing)"
NOTHING = "\0missing"
"""What is hashed for a value that isn't there: no word that a file may hold."""
SIGN = np.uint64(1 << 63)


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a column is counted.

    edges: of numbers, where one bin ends and the next begins, for pairs; without any they are in no pair.  paired:
    whether a category is, as those of very many values had better not be.  style: how numbers or dates are written,
    where they are words: see `kellet.data.styles`.
    """

    name: str
    role: Role
    edges: tuple[float, ...] = ()
    paired: bool = True
    style: str = ""


def choose_pairs(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Of which all pairs are counted: categories, then numbers that repeat, then others, twelve in all at most."""
    able = [one for one in columns if (one.paired if one.role == "category" else one.role in PAIRED and one.edges)]
    return tuple(sorted(able, key=lambda one: PAIRED.index(one.role))[:MOST_PAIRED])


def order_kinds(kinds: Iterable[str], columns: Sequence[Column]) -> list[str]:
    """Kinds of tallies column by column, then pairs, then others: the same order whichever was met first."""
    every = [f"{family}:{one.name}" for one in columns for family in FAMILIES]
    every += [f"pair:{one.name}|{other.name}" for one, other in combinations(choose_pairs(columns), 2)]
    places = {kind: place for place, kind in enumerate(every)}

    def rank(kind: str) -> tuple[int, str]:
        # Of columns that are none of these, by name: they may come at any time.
        beyond = kind not in places and kind.startswith(f"{FAMILIES[-1]}:")
        return places.get(kind, len(places) + beyond), kind if beyond else ""

    return sorted(kinds, key=rank)


def tell_difference(mine: Sequence[Column], theirs: Sequence[Column]) -> str:
    """In a phrase, the first column that is counted in two ways."""
    if {one.name for one in mine} != {one.name for one in theirs}:
        return f"one of {len(mine):,} columns and one of {len(theirs):,}, or of other names"
    other = {one.name: one for one in theirs}
    odd = next((one for one in mine if other[one.name] != one), None)
    if odd is None:
        return "columns in another order"
    if odd.role != other[odd.name].role:
        return f"{quote([odd.name])} as {odd.role} and as {other[odd.name].role}"
    return f"{quote([odd.name])} in other bins, or written otherwise"


def order(numbers: Array) -> Hashes:
    """(N,) buckets of finite numbers, in their order.

    >>> order(np.array([-2.0, -1.0, 0.0, 0.5, 3.0])).argsort().tolist()
    [0, 1, 2, 3, 4]
    """
    bits = (numbers + 0.0).view(np.uint64)
    return np.where(bits >= SIGN, ~bits, bits | SIGN)


def place(buckets: Hashes) -> Array:
    """(N,) the least number of each bucket.

    >>> place(order(np.array([-2.5, 7.0]))).tolist()
    [-2.5, 7.0]
    """
    return np.where(buckets >= SIGN, buckets ^ SIGN, ~buckets).astype(np.uint64).view(np.float64)


def count_numbers(series: pl.Series) -> pl.Series:
    """Numbers as floats, dates in days; null where there is none, or where it is not finite."""
    import polars as pl

    dtype = series.dtype
    if dtype == pl.Date:
        numbers = series.to_physical().cast(pl.Float64)
    elif dtype == pl.Datetime:
        numbers = series.dt.epoch("us").cast(pl.Float64) / 86.4e9
    elif dtype == pl.Time:
        numbers = series.to_physical().cast(pl.Float64) / 86.4e12
    else:
        numbers = series.cast(pl.Float64)
    return pl.select(pl.when(numbers.is_finite()).then(numbers)).to_series()


def spell(value: object) -> str | None:
    """A value as it stands for a key: a whole number without a point.

    >>> spell(41.0), spell(0.5), spell("a")
    ('41', '0.5', 'a')
    """
    if value is None:
        return None
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
