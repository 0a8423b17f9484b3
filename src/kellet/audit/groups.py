"""Groups: who disappears.  Shares of groups of rows, and what is rare, and in the tails, within each of them.

A profile must have been made with `within`, which names columns and those of their values that are groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from kellet.audit.exchange import Exchange
from kellet.audit.finding import Measured
from kellet.audit.numbers import measure_together, read_numbers
from kellet.audit.retention import sum_keys
from kellet.audit.shares import assign, spread
from kellet.audit.values import add_sums, list_kinds, measure_keys
from kellet.errors import InputError, quote
from kellet.profile.columns import spell
from kellet.profile.counter import hash_value

if TYPE_CHECKING:
    import polars as pl

MOST = 30
"""Groups of a column that are looked at, the largest."""


def choose_groups(frame: pl.DataFrame, columns: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The groups of a reference: of each column the most frequent values, for `profile_table`.

    >>> import polars as pl
    >>> choose_groups(pl.DataFrame({"sex": ["m", "f", "m", None]}), ("sex",))
    {'sex': ('m', 'f')}
    """
    found = {}
    for name in columns:
        if name not in frame.columns:
            raise InputError(f"one of the columns {quote(frame.columns)}", quote([name]), "a column that is there")
        times = frame[name].alias("value").drop_nulls().value_counts(name="times")
        values = times.sort("times", "value", descending=[True, False])["value"].head(MOST)
        found[name] = tuple(str(spell(value)) for value in values.to_list())
    return found


def measure_groups(exchange: Exchange, groups: dict[str, tuple[str, ...]]) -> Iterator[Measured]:
    """Of each group, such as ``sex=Female``: its share of all rows, what is rare within it, and its numbers' tails."""
    for name, levels in groups.items():
        for level in levels:
            about = f"{name}={level}"
            yield from _measure_share(exchange, name, level)
            values = [sum_keys(exchange, kind) for kind in list_kinds(exchange, f"value@{about}")]
            if values:
                yield from measure_keys(add_sums(values), about)
            yield from measure_together(read_numbers(exchange, f"number@{about}"), about)


def _measure_share(exchange: Exchange, name: str, level: str) -> Iterator[Measured]:
    rows = exchange.rows(f"value:{name}")
    rows = rows.filter(rows["key"] == hash_value(level, exchange.reference.salt))
    if rows.height:
        _, theirs = assign(exchange, spread(exchange, rows, np.zeros(rows.height, np.int64), 1))
        about = f"{name}={level}"
        yield Measured("share", about, f"rows of {about}", theirs[0] / exchange.documents[1], "amount")
