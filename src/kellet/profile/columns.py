"""Columns of a table as tallies: values, pairs of values, and numbers in buckets.

Numbers are told apart by their bits, which are in the order of the numbers once those of negative ones are turned
round: what is put together first differs in the last bits only.  Nothing depends on the batch that a row comes in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from kellet.evidence import Array, Integers
from kellet.profile.hashes import hash_word, hash_words, join
from kellet.profile.profile import SALT, Dealing, Dealt, Profile, deal
from kellet.profile.tally import FINE, Hashes, Tally

if TYPE_CHECKING:
    import polars as pl

Role = Literal["number", "discrete", "date", "category", "identifier", "constant", "text"]
"""What a column is for an audit.  discrete: numbers that repeat, of which each is a value as well."""
VALUED = ("category", "constant", "discrete")
NUMERIC = ("number", "discrete", "date")
PAIRED = ("category", "discrete", "number", "date")
"""Of pairs, those that come first where there are too many columns."""
MOST_PAIRED = 12
BUCKETS = 1 << 13
"""Of numbers, that are kept at most: in each of all groups they are two million counts."""
DENSE = 1 << 22
"""Cells up to which all are held, whether they occur or not."""
MISSING = "(missing)"
NOTHING = "\0missing"
"""What is hashed for a value that isn't there: no word that a file may hold."""
SIGN = np.uint64(1 << 63)


@dataclass(frozen=True)
class Column:
    """How a column is counted.

    edges: of numbers, where one bin ends and the next begins, for pairs; without any they are in no pair.  paired:
    whether a category is, as those of very many values had better not be.
    """

    name: str
    role: Role
    edges: tuple[float, ...] = ()
    paired: bool = True


def profile_table(
    frame: pl.DataFrame,
    columns: Sequence[Column],
    clusters: str | Dealt | None = None,
    salt: str = SALT,
    within: Mapping[str, Sequence[str]] | None = None,
) -> Profile:
    """A table as counts of keys.

    frame: with the columns, of words, numbers, or dates; null where a value is missing.  clusters: the column in which
    rows that belong together have one value, or how all rows were dealt.  within: column -> those of its values within
    which all others are counted once more.

    ``value:COLUMN``: values, and being missing, of columns of any role but text and identifiers; of numbers only those
    that repeat.  ``pair:A|B``: pairs of values, and of bins of numbers, see `choose_pairs`.  ``number:COLUMN``: numbers
    by buckets, ordered, see `order`; dates in days.  ``row``: all columns but identifiers together, where they are
    several.  ``value@sex=Female:COLUMN``, ``number@...``: of such rows only.

    >>> import polars as pl
    >>> frame = pl.DataFrame({"sex": ["f", "m", "m"], "age": [30.0, None, 41.0]})
    >>> profile = profile_table(frame, [Column("sex", "category"), Column("age", "discrete", (40.0,))])
    >>> list(profile.tallies), profile.tallies["value:age"].names["name"].sort().to_list()
    (['value:sex', 'value:age', 'number:age', 'pair:sex|age', 'row'], ['(missing)', '30', '41'])
    """
    if isinstance(clusters, str):
        codes, values = _code(frame[clusters])
        dealt = Dealt(*deal(frame.height, hash_words(map(_name, values), salt)[codes]))
    else:
        dealt = clusters or Dealt(*deal(frame.height))
    groups = dealt.groups
    tallies: dict[str, Tally] = {}
    for column in columns:
        tallies |= _count(frame[column.name], column, groups, salt)
    for name, levels in (within or {}).items():
        codes, values = _code(frame[name])
        for level in levels:
            rows = codes == next((i for i, value in enumerate(values) if spell(value) == level), -1)
            for column in columns:
                if column.name != name:
                    found = _count(frame[column.name].filter(rows), column, groups[rows], salt)
                    tallies |= {kind.replace(":", f"@{name}={level}:", 1): tally for kind, tally in found.items()}
    tallies |= _pair(frame, choose_pairs(columns), groups, salt)
    whole = [one.name for one in columns if one.role != "identifier"]
    if len(whole) > 1:
        tallies["row"] = Tally.of(_fold(frame.select(whole), salt), groups)
    settings = _settle(columns, clusters if isinstance(clusters, str) else None, within)
    dealing: Dealing = "by cluster" if isinstance(clusters, str) or dealt.clusters is not None else "in turn"
    return Profile(dealt.documents, tallies, "rows", dealing, salt, settings, dealt.clusters)


def choose_pairs(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Of which all pairs are counted: categories, then numbers that repeat, then others, twelve in all at most."""
    able = [one for one in columns if (one.paired if one.role == "category" else one.role in PAIRED and one.edges)]
    return tuple(sorted(able, key=lambda one: PAIRED.index(one.role))[:MOST_PAIRED])


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


def _name(value: object) -> str:
    return NOTHING if value is None else str(spell(value))


def _settle(
    columns: Sequence[Column], clusters: str | None, within: Mapping[str, Sequence[str]] | None
) -> dict[str, str | int | float]:
    """What must be the same for profiles of tables to add."""
    settings = {
        f"column {one.name}": " ".join([one.role, *map(repr, one.edges), *([] if one.paired else ["unpaired"])])
        for one in columns
    }
    settings |= {f"within {name}": repr(tuple(levels)) for name, levels in (within or {}).items()}
    return {**settings, **({"clusters": clusters} if clusters else {})}


@dataclass(frozen=True, eq=False)
class _Coded:
    """A column as codes (N,) of names (K,), whose hashes are the keys (K,)."""

    codes: Integers
    names: tuple[str, ...]
    keys: Hashes

    @staticmethod
    def of(codes: Integers, names: Sequence[str], salt: str) -> _Coded:
        shown = tuple(MISSING if name == NOTHING else name for name in names)
        return _Coded(codes, shown, hash_words(names, salt))


def _code(series: pl.Series) -> tuple[Integers, list[object]]:
    """Codes (N,) of values, and the values; none comes last, whether it occurs or not."""
    import polars as pl

    dtype = series.dtype
    if dtype.is_float():
        series = series.fill_nan(None)
    elif not dtype.is_integer() or dtype == pl.Int128:
        series = series.cast(pl.String)
    values = series.drop_nulls().unique().sort()
    if series.dtype == pl.String:
        codes = series.cast(pl.Enum(values)).to_physical().cast(pl.Int64).fill_null(len(values)).to_numpy()
    else:
        there = series.is_not_null().to_numpy()
        codes = np.full(len(series), len(values), np.int64)
        codes[there] = np.searchsorted(values.to_numpy(), series.drop_nulls().to_numpy())
    return codes, [*values.to_list(), None]


def _count(series: pl.Series, column: Column, groups: Integers, salt: str) -> dict[str, Tally]:
    """The tallies of one column."""
    found: dict[str, Tally] = {}
    if column.role in VALUED:
        codes, values = _code(series)
        found[f"value:{column.name}"] = _tally(_Coded.of(codes, [*map(_name, values)], salt), groups)
    if column.role in NUMERIC:
        numbers = count_numbers(series)
        there = numbers.is_not_null().to_numpy()
        if column.role not in VALUED and not there.all():
            lacking = np.zeros(int((~there).sum()), np.int64)
            found[f"value:{column.name}"] = _tally(_Coded.of(lacking, [NOTHING], salt), groups[~there])
        buckets = order(numbers.drop_nulls().to_numpy())
        found[f"number:{column.name}"] = Tally.of(buckets, groups[there], most=BUCKETS, ordered=True)
    return found


def _pair(frame: pl.DataFrame, columns: Sequence[Column], groups: Integers, salt: str) -> dict[str, Tally]:
    """The tallies of all pairs of columns."""
    coded = {one.name: _bin(frame[one.name], one, salt) for one in columns}
    found = {}
    for (first, mine), (second, theirs) in combinations(coded.items(), 2):
        width = len(theirs.names)
        cells, inverse = _list(mine.codes * width + theirs.codes, len(mine.names) * width)
        a, b = cells // width, cells % width
        names = [f"{mine.names[i]}, {theirs.names[j]}" for i, j in zip(a.tolist(), b.tolist(), strict=True)]
        both = _Coded(inverse, tuple(names), join(mine.keys[a], theirs.keys[b]))
        found[f"pair:{first}|{second}"] = _tally(both, groups)
    return found


def _fold(frame: pl.DataFrame, salt: str) -> Hashes:
    """(N,) the hash of each row."""
    rows = np.full(frame.height, hash_word("row", salt), np.uint64)
    for series in frame:
        if series.dtype.is_numeric() or series.dtype.is_temporal():
            numbers = count_numbers(series)
            keys = order(numbers.fill_null(0.0).to_numpy())
            keys[numbers.is_null().to_numpy()] = hash_word(NOTHING, salt)
        else:
            codes, values = _code(series)
            keys = hash_words(map(_name, values), salt)[codes]
        rows = join(rows, keys)
    return rows


def _bin(series: pl.Series, column: Column, salt: str) -> _Coded:
    """A column as categories."""
    if column.role == "category":
        codes, values = _code(series)
        return _Coded.of(codes, [*map(_name, values)], salt)
    numbers = count_numbers(series).fill_null(np.nan).to_numpy()
    edges = [str(spell(edge)) for edge in column.edges]
    between = [f"{low} to {high}" for low, high in pairwise(edges)]
    names = [f"under {edges[0]}", *between, f"{edges[-1]} and more", NOTHING]
    codes = np.searchsorted(np.array(column.edges), numbers, side="right")
    return _Coded.of(np.where(np.isnan(numbers), len(edges) + 1, codes), names, salt)


def _list(codes: Integers, size: int) -> tuple[Integers, Integers]:
    """Different codes of those below a size, ascending, and which of them each code (N,) is."""
    if size > max(DENSE, 4 * len(codes)):
        return np.unique(codes, return_inverse=True)
    there = np.bincount(codes, minlength=size) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[codes]


def _tally(coded: _Coded, groups: Integers) -> Tally:
    import polars as pl

    cells, inverse = _list(coded.codes * FINE + groups, len(coded.names) * FINE)
    seen = np.bincount(inverse, minlength=len(cells))
    codes = np.flatnonzero(np.bincount(cells // FINE, minlength=len(coded.names)))
    names = pl.DataFrame(
        {"key": coded.keys[codes], "name": [coded.names[i] for i in codes.tolist()]},
        schema={"key": pl.UInt64, "name": pl.String},
    )
    return Tally.of(coded.keys[cells // FINE], cells % FINE, seen, names)
