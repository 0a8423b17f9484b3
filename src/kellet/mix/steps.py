"""Steps: which rows of the global order a reader gets, when several read at once.

A step takes the next rows for all ranks, so many a rank, and deals them out in their order.  An epoch's last step takes
what is left and deals it evenly, so that ranks have equally many steps, and each row of an epoch comes once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from kellet.errors import InputError


class Span(NamedTuple):
    """The rows of one batch, by their places in the global order.  after: where the next step begins."""

    start: int
    stop: int
    after: int


@dataclass(frozen=True)
class Steps:
    """size: rows of an epoch.  batch: rows of a rank in a step.  drop: whether a last step that isn't full is left out.

    >>> list(Steps(size=11, batch=2, rank=1, ranks=2).walk(0, 11))
    [Span(start=2, stop=4, after=4), Span(start=6, stop=8, after=8), Span(start=9, stop=11, after=11)]
    """

    size: int
    batch: int
    rank: int = 0
    ranks: int = 1
    drop: bool = False

    def __post_init__(self) -> None:
        if self.batch < 1:
            raise InputError("a batch of at least 1 row", self.batch, "batch=32")
        if not 0 <= self.rank < self.ranks:
            raise InputError("a rank from 0 and below the number of ranks", f"{self.rank} of {self.ranks}", "rank=0")
        if self.size < self.least:
            raise InputError(f"at least {self.least:,} rows for a step", f"a mix of {self.size:,}", "a smaller batch")

    @property
    def rows(self) -> int:
        """Of a full step of all ranks."""
        return self.batch * self.ranks

    @property
    def least(self) -> int:
        """Rows without which there is no step: one for each rank."""
        return self.rows if self.drop else self.ranks

    @property
    def left_out(self) -> int:
        """Rows at the end of every epoch that make no step."""
        rest = self.size % self.rows
        return rest if rest < self.least else 0

    def __len__(self) -> int:
        """Steps of an epoch."""
        return self.size // self.rows + (self.size % self.rows >= self.least)

    def find(self, steps: int) -> int:
        """The position after so many steps, from the beginning of epoch 0."""
        epoch, inside = divmod(steps, len(self))
        return epoch * self.size + inside * self.rows

    def walk(self, position: int, end: int) -> Iterator[Span]:
        """The batches of this rank, one a step."""
        while position < end:
            border = (position // self.size + 1) * self.size
            rows = min(self.rows, border - position)
            after = position + rows
            if border - after < self.least:
                after = border
            if rows >= self.least:
                start, stop = (position + rank * rows // self.ranks for rank in (self.rank, self.rank + 1))
                yield Span(start, stop, after)
            position = after
