"""A table as counts of keys, batch by batch: values, pairs of values, and numbers in buckets.

Nothing depends on the batch that a row comes in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from kellet.evidence import Array, Integers
from kellet.profile.buckets import Buckets
from kellet.profile.coding import Bins, Words, code_numbers, write_words
from kellet.profile.collector import Collector, Counts
from kellet.profile.columns import (
    BUCKETS,
    MISSING,
    NOTHING,
    NUMERIC,
    VALUED,
    Column,
    choose_pairs,
    count_numbers,
    order,
    spell,
)
from kellet.profile.counter import Coded, Counter, Names, make_tally
from kellet.profile.hashes import join
from kellet.profile.profile import SALT, Dealing, Dealt, Profile, deal
from kellet.profile.tally import FINE, Hashes, Tally

if TYPE_CHECKING:
    import polars as pl

REPEATS = 1 << 17
"""Rows that are kept, to tell which of them return: so many say it to a tenth of a point."""
Makers = dict[str, Callable[[], Tally]]
"""What makes the tally of each kind."""


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
    column = clusters if isinstance(clusters, str) else None
    if isinstance(clusters, Dealt):
        dealt = clusters
    else:
        dealt = Dealt(*deal(frame.height, None if column is None else hash_clusters(frame[column], salt)))
    table = Table(columns, salt, within)
    table.add(frame, dealt.groups)
    tallies = {kind: make() for kind, make in table.take().items()}
    dealing: Dealing = "in turn" if column is None and dealt.clusters is None else "by cluster"
    settings: dict[str, str | int | float] = {
        f"within {name}": repr((*levels,)) for name, levels in (within or {}).items()
    }
    settings |= {"clusters": column} if column else {}
    return Profile(dealt.documents, tallies, "rows", dealing, salt, settings or None, dealt.clusters, tuple(columns))


def hash_clusters(series: pl.Series, salt: str = SALT) -> Hashes:
    """(N,) a hash of each row's value; rows without one are a cluster of their own together."""
    coded = Words(Names(salt), wide=True).code(series)
    return coded.keys[coded.codes] >> np.uint64(8)


@dataclass(eq=False)
class _Values:
    """A column of which each value is counted."""

    words: Words
    counter: Counter = field(default_factory=Counter)

    def add(self, series: pl.Series, groups: Integers) -> Coded:
        coded = self.words.code(series)
        self.counter.add((coded,), groups)
        return coded

    def take(self) -> Makers:
        return {"value": self.counter.take}


@dataclass(eq=False)
class _Numbers:
    """A column of numbers.

    valued: whether each is counted as a value as well: by its bucket, or where these are too many by ``values``.
    missing: (FINE,) how many are.
    """

    valued: bool
    hashes: Names
    buckets: Buckets = field(default_factory=Buckets)
    values: Counter | None = None
    missing: Counts = field(default_factory=lambda: np.zeros(FINE, np.uint32))

    def add(self, series: pl.Series, groups: Integers) -> Array:
        numbers = count_numbers(series).fill_null(np.nan).to_numpy()
        there = ~np.isnan(numbers)
        finite, own = (numbers, groups) if there.all() else (numbers[there], groups[there])
        new = self.buckets.find_new(finite)
        if self.valued and self.values is None and len(self.buckets.known) + len(new) > BUCKETS:
            self.values = Counter()
            self.values.put(*self._list())
        if self.values is not None:
            self.values.add((code_numbers(numbers, self.hashes),), groups)
        else:
            self.missing += np.bincount(groups[~there], minlength=FINE).astype(np.uint32)
        self.buckets.add(finite, own, new)
        return numbers

    def take(self) -> Makers:
        found: Makers = {"number": self.buckets.take}
        if self.values is not None:
            return {"value": self.values.take, **found}
        if self.valued or self.missing.any():
            return {"value": lambda: make_tally(*self._list()), **found}
        return found

    def _list(self) -> tuple[Hashes, Counts, list[str]]:
        """Values that occurred, as far as they are counted, how often each did in each group, and their names."""
        names = [str(spell(number)) for number in self.buckets.numbers] if self.valued else []
        counts = self.buckets.counts if self.valued else self.buckets.counts[:0]
        keys = self.hashes.hash(names)
        if self.missing.any():
            names, keys = [*names, MISSING], np.append(keys, self.hashes.hash([NOTHING]))
            counts = np.concatenate([counts, self.missing[None]])
        return keys, counts, names


class _Row:
    """All columns of a row together."""

    def __init__(self, columns: Sequence[Column], hashes: Names):
        self.columns = {one.name: Words(hashes, wide=True) for one in columns}
        self.first, self.nothing = np.uint64(hashes.hash(["row"])[0]), np.uint64(hashes.hash([NOTHING])[0])
        self.collector = Collector(REPEATS, 0)

    def add(
        self, frame: pl.DataFrame, coded: Mapping[str, Coded], numbers: Mapping[str, Array], groups: Integers
    ) -> None:
        """Count rows of these groups (N,); coded, numbers: of the columns that are counted by themselves too."""
        keys = np.full(frame.height, self.first)
        for name, words in self.columns.items():
            if name in numbers:
                missing = np.isnan(numbers[name])
                each = order(np.where(missing, 0.0, numbers[name]))
                each[missing] = self.nothing
            else:
                found = coded.get(name) or words.code(frame[name])
                each = found.keys[found.codes]
            keys = join(keys, each)
        totals = np.bincount(groups, minlength=FINE).astype(np.int64)
        self.collector.add(keys, groups.astype(np.uint64), totals, None)


class Table:
    """Counts of the columns of a table, see `profile_table`."""

    def __init__(
        self,
        columns: Sequence[Column],
        salt: str = SALT,
        within: Mapping[str, Sequence[str]] | None = None,
        pairs: bool = True,
    ):
        hashes = Names(salt)
        self.counted: dict[str, _Values | _Numbers] = {}
        for one in columns:
            if one.role in NUMERIC:
                self.counted[one.name] = _Numbers(one.role in VALUED, hashes)
            elif one.role in VALUED:
                self.counted[one.name] = _Values(Words(hashes))
        paired = choose_pairs(columns) if pairs else ()
        self.bins = {one.name: Bins.of(one, hashes) for one in paired if one.role in NUMERIC}
        whole = [one for one in columns if one.role in (*VALUED, *NUMERIC, "text")]
        self.row = _Row(whole, hashes) if pairs and len(whole) > 1 else None
        names = [one.name for one in paired]
        self.pairs = {(first, second): Counter() for first, second in combinations(names, 2)}
        self.within = {
            (name, level): Table([one for one in columns if one.name != name], salt, pairs=False)
            for name, levels in (within or {}).items()
            for level in levels
        }

    def add(self, frame: pl.DataFrame, groups: Integers) -> None:
        """Count rows of these groups (N,)."""
        coded: dict[str, Coded] = {}
        numbers: dict[str, Array] = {}
        for name, counted in self.counted.items():
            found = counted.add(frame[name], groups)
            if isinstance(found, Coded):
                coded[name] = found
            else:
                numbers[name] = found
        if self.row:
            self.row.add(frame, coded, numbers, groups)
        coded |= {name: bins.code(numbers[name]) for name, bins in self.bins.items()}
        for (first, second), counter in self.pairs.items():
            counter.add((coded[first], coded[second]), groups)
        for (name, level), table in self.within.items():
            rows = _match(frame[name], level)
            table.add(frame.filter(rows), groups[rows.to_numpy()])

    def take(self) -> Makers:
        """All that was added: what makes each tally, since all of them at once take far more than the counts."""
        found: Makers = {}
        for name, counted in self.counted.items():
            found |= {f"{family}:{name}": make for family, make in counted.take().items()}
        for (name, level), table in self.within.items():
            found |= {kind.replace(":", f"@{name}={level}:", 1): make for kind, make in table.take().items()}
        found |= {f"pair:{first}|{second}": counter.take for (first, second), counter in self.pairs.items()}
        return found | ({"row": self.row.collector.take} if self.row else {})


def _match(series: pl.Series, level: str) -> pl.Series:
    """In which rows a value is spelt so."""
    return (write_words(series) == level).fill_null(False)
