"""Batches: rows of shards, cut as readers ask for them, as frames or as columns of plain values.

Values of a whole window are made at once, in the order in which they lie, and put in order after that: texts that are
fetched one here and one there take twice as long, and small batches cost no more than large ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Integers
from kellet.mix.steps import Span

if TYPE_CHECKING:
    import polars as pl

Columns = dict[str, "NDArray[Any] | list[Any]"]
"""Numbers and truth as arrays, all else as lists, and so are numbers of which some are missing in a batch."""
LEAST, MOST = 256, 4096
"""Rows of which values are made at once: a window's, if it has neither fewer nor more, else the latter."""
Part = TypeVar("Part")


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a shard.  order: in which they are read; None for as they lie.  window: where places of the order begin
    that are likely to lie side by side."""

    frame: pl.DataFrame
    order: Integers | None = None
    window: int = MOST

    def __len__(self) -> int:
        return self.frame.height if self.order is None else len(self.order)

    def to_frames(self) -> Iterator[pl.DataFrame]:
        """All at once."""
        yield self.frame if self.order is None else self.frame[self.order]

    def to_columns(self) -> Iterator[Columns]:
        """Some at a time."""
        many = self.window if LEAST <= self.window <= MOST else MOST
        for start in range(0, len(self), many):
            if self.order is None:
                yield to_columns(self.frame.slice(start, many))
            else:
                yield _pick(self.frame, self.order[start : start + many])


def _pick(frame: pl.DataFrame, rows: Integers) -> Columns:
    first, many = int(rows.min()), len(rows)
    if many == 1 or int(rows.max()) - first >= many:
        return to_columns(frame[rows])
    rows = rows - first
    pick = itemgetter(*rows.tolist())
    found = to_columns(frame.slice(first, many))
    return {name: part[rows] if isinstance(part, np.ndarray) else list(pick(part)) for name, part in found.items()}


def cut_frames(rows: Iterable[Rows], spans: Iterable[Span]) -> Iterator[tuple[pl.DataFrame, int]]:
    """The rows of spans, batch by batch, and where the next step begins."""
    import polars as pl

    parts = (frame for one in rows for frame in one.to_frames())
    return _cut(parts, spans, lambda frame: frame.height, lambda frame, a, b: frame[a:b], pl.concat)


def cut_columns(rows: Iterable[Rows], spans: Iterable[Span]) -> Iterator[tuple[Columns, int]]:
    """The same as columns."""
    kinds: dict[str, np.dtype[Any]] = {}

    def convert() -> Iterator[Columns]:
        for one in rows:
            if not kinds:
                empty = to_columns(one.frame.clear())
                kinds.update({name: part.dtype for name, part in empty.items() if isinstance(part, np.ndarray)})
            yield from one.to_columns()

    for batch, after in _cut(convert(), spans, _count, _slice, _join):
        for name, kind in kinds.items():
            part = batch[name]
            if isinstance(part, list) and None not in part:
                batch[name] = np.array(part, kind)
        yield batch, after


def _cut(
    parts: Iterator[Part],
    spans: Iterable[Span],
    count: Callable[[Part], int],
    take: Callable[[Part, int, int], Part],
    join: Callable[[list[Part]], Part],
) -> Iterator[tuple[Part, int]]:
    part, row, end = None, 0, 0
    for start, stop, after in spans:
        found, missing = [], stop - start
        while missing:
            if part is None or row == end:
                part, row = next(parts), 0
                end = count(part)
            until = min(end, row + missing)
            found.append(part if until - row == end else take(part, row, until))
            missing -= until - row
            row = until
        yield (found[0] if len(found) == 1 else join(found)), after


def _count(part: Columns) -> int:
    return len(next(iter(part.values())))


def _slice(part: Columns, start: int, stop: int) -> Columns:
    return {name: values[start:stop] for name, values in part.items()}


def _join(parts: list[Columns]) -> Columns:
    found: Columns = {}
    for name in parts[0]:
        some = [part[name] for part in parts]
        if all(isinstance(one, np.ndarray) for one in some):
            found[name] = np.concatenate(some)
        else:
            found[name] = [value for one in some for value in (one if isinstance(one, list) else one.tolist())]
    return found


def to_columns(frame: pl.DataFrame) -> Columns:
    """A frame as a dict of arrays and lists.

    >>> import polars as pl
    >>> to_columns(pl.DataFrame({"x": [0.5, 1], "n": [1, None], "word": ["a", "b"]}))
    {'x': array([0.5, 1. ]), 'n': [1, None], 'word': ['a', 'b']}
    """
    found: Columns = {}
    for column in frame.iter_columns():
        plain = (column.dtype.is_numeric() or column.dtype == bool) and not column.null_count()
        found[column.name] = column.to_numpy(writable=True) if plain else column.to_list()
    return found
