"""Values: what of a table's values, and of pairs of them, is kept, lost and invented."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from kellet.audit.exchange import Exchange
from kellet.audit.finding import Measured
from kellet.audit.result import Loss
from kellet.audit.retention import BANDS, RARE, Sums, name_band, sum_keys
from kellet.audit.shares import assign, spread
from kellet.evidence import Array
from kellet.profile.columns import NOTHING
from kellet.profile.counter import hash_value

if TYPE_CHECKING:
    import polars as pl

SHOWN = 100
"""Losses that are listed."""


def measure_values(exchange: Exchange) -> Iterator[Measured]:
    """Of values: retention by bands and of what is rare, and what is invented; of pairs of values the latter two.  All
    columns together first, then each.  Being missing is a value, of which the share is measured as well.
    """
    for family, noun in (("value", "values"), ("pair", "pairs")):
        found = {kind: sum_keys(exchange, kind) for kind in list_kinds(exchange, family)}
        if found:
            yield from measure_keys(add_sums(found.values()), "", noun)
        for kind, sums in found.items():
            yield from measure_keys(sums, name_column(kind), noun)
    for kind in list_kinds(exchange, "value"):
        yield from _measure_missing(exchange, kind)


def measure_keys(sums: Sums, about: str, noun: str = "values") -> Iterator[Measured]:
    """What sums of keys say, as far as there are such keys."""
    pairs = " pairs" if noun == "pairs" else ""
    where = f" of {about}" if about else ""
    found = [
        Measured(f"rare{pairs}", about, f"{noun}{where} that the reference has 1 to {RARE} times", sums.rare_retention),
        Measured(f"invented{pairs}", about, f"{noun}{where} that the reference lacks", sums.invented_share, "lacking"),
    ]
    if not pairs:
        for band, values in zip(BANDS, sums.retention, strict=True):
            name = name_band(*band)
            found.append(Measured(name, about, f"{noun}{where} that the reference has {name}", values))
    yield from (one for one in found if np.isfinite(one.values[0]))


def list_kinds(exchange: Exchange, family: str) -> list[str]:
    """Kinds of tallies of a family, such as ``value``, or ``value@sex=Female``, that either side has."""
    every = dict.fromkeys([*exchange.reference.tallies, *exchange.candidate.tallies])
    return [kind for kind in every if kind == family or kind.startswith(f"{family}:")]


def name_column(kind: str) -> str:
    """
    >>> name_column("pair:age|sex"), name_column("words")
    ('age and sex', 'words')
    """
    family, parted, name = kind.partition(":")
    if not parted:
        return kind
    return name.replace("|", " and ", 1) if family == "pair" else name


def add_sums(several: Iterable[Sums]) -> Sums:
    """Of several kinds together."""
    every = list(several)
    return Sums(*(np.sum([getattr(one, field.name) for one in every], axis=0) for field in fields(Sums)))


def _measure_missing(exchange: Exchange, kind: str) -> Iterator[Measured]:
    rows = exchange.rows(kind)
    rows = rows.filter(rows["key"] == hash_value(NOTHING, exchange.reference.salt))
    if rows.height:
        _, theirs = assign(exchange, spread(exchange, rows, np.zeros(rows.height, np.int64), 1))
        share = theirs[0] / exchange.documents[1]
        yield Measured("missing", name_column(kind), f"missing values of {name_column(kind)}", share, "amount")


def list_losses(exchange: Exchange, family: str = "value", most: int = SHOWN) -> tuple[Loss, ...]:
    """Of which values the candidate has less than documents of one law would, the most surprising first."""
    import polars as pl

    rows = _compare(exchange, family).filter(pl.col("theirs") < pl.col("expected"))
    return _list(rows.sort("surprise", "kind", "key", descending=[True, False, False]).head(most))


def list_invented(exchange: Exchange, family: str = "value", most: int = SHOWN) -> tuple[Loss, ...]:
    """Which values the reference lacks, the most frequent first."""
    import polars as pl

    rows = _compare(exchange, family).filter(pl.col("mine") == 0)
    return _list(rows.sort("theirs", "kind", "key", descending=[True, False, False]).head(most))


def _compare(exchange: Exchange, family: str) -> pl.DataFrame:
    """Keys of all kinds of a family: how often either side has them, and how surprising that is.

    Of the n rows of a key, each is the candidate's with chance f, its share of all rows.  At most b of them are with
    probability at most exp(-n D(b/n, f)), where D is the relative entropy of two coins; of b = 0 it is exact.  That
    exponent is the surprise.  (H. Chernoff, Ann. Math. Stat. 23:493, 1952.)
    """
    import polars as pl

    documents = [int(side[0]) for side in exchange.documents]
    share, first = documents[1] / sum(documents), exchange.grouping.many[0]
    mine, theirs = (pl.col("count").filter(side).sum() for side in (pl.col("place") < first, pl.col("place") >= first))
    parts = []
    for kind in list_kinds(exchange, family):
        found = exchange.rows(kind).group_by("key").agg(mine=mine, theirs=theirs).with_columns(kind=pl.lit(kind))
        sides = (exchange.reference, exchange.candidate)
        names = pl.concat([side.tallies[kind].names for side in sides if kind in side.tallies])
        parts.append(found.join(names.unique("key", keep="first"), "key", "left"))
    if not parts:
        empty = {"key": pl.UInt64, "mine": pl.Int64, "theirs": pl.Int64, "kind": pl.String, "name": pl.String}
        parts = [pl.DataFrame(schema=empty)]
    rows = pl.concat(parts)
    a, b = (rows[side].cast(pl.Float64).to_numpy() for side in ("mine", "theirs"))
    expected = (a + b) * share
    surprise = _times_log(b, expected) + _times_log(a, a + b - expected)
    return rows.with_columns(expected=pl.Series(a * documents[1] / documents[0]), surprise=pl.Series(surprise))


def _times_log(seen: Array, expected: Array) -> Array:
    """x log(x / y), 0 where x is."""
    return np.asarray(seen * np.log(np.where(seen > 0, seen, 1) / np.where(seen > 0, expected, 1)))


def _list(rows: pl.DataFrame) -> tuple[Loss, ...]:
    return tuple(
        Loss(
            kind=row["kind"].partition(":")[0], about=name_column(row["kind"]), name=row["name"],
            reference=row["mine"], candidate=row["theirs"], expected=row["expected"],
        )
        for row in rows.iter_rows(named=True)
    )  # fmt: skip
