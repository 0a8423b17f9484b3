"""Sampling: what is larger than memory is learnt from rows that are drawn evenly from all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.data.formats.columns import stack
from kellet.memory import budget

if TYPE_CHECKING:
    import polars as pl

CELLS = 20_000_000
"""Fields of a table that are held: a million rows of twenty columns."""
BYTES = 1 << 29
"""Bytes of text that are held."""
FIELD, TEXT = 128, 4
"""Bytes that a field, and a byte of text, take while they are read: of little memory less is held."""


def count_rows(width: int, size: float = 0.0) -> int:
    """How many rows of so many columns, and of so many bytes each, are held."""
    cells, held = min(CELLS, budget() // FIELD), min(BYTES, budget() // TEXT)
    return max(1, int(min(cells // max(width, 1), held / max(size, 1))))


def choose_rows(height: int, most: int) -> NDArray[np.int64] | None:
    """Places of the rows that are kept, in order, the same ones each time; None for all."""
    if height <= most:
        return None
    return np.sort(np.random.default_rng(0).choice(height, most, replace=False, shuffle=False))


def describe_sample(held: int, height: int) -> str:
    """A sentence about a sample of ``held`` rows."""
    return f"a sample of {held:,} of its {height:,} rows, drawn evenly: all of them would not fit into memory"


@dataclass
class Sample:
    r"""Rows that arrive in parts, of which ``most`` are kept, each with the same chance.

    Every row draws a number between 0 and 1, and those with the least are kept: the ``limit`` falls as rows arrive.
    J. S. Vitter, Random Sampling with a Reservoir, ACM TOMS 11:37 (1985), states the task.
    """

    most: int
    limit: float = 1.0
    seen: int = 0
    held: int = 0
    parts: list[tuple[pl.DataFrame, NDArray[np.float64]]] = field(default_factory=list)
    rng: Generator = field(default_factory=lambda: np.random.default_rng(0))

    def choose(self, n: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Which of the next n rows may be kept, and their numbers."""
        self.seen += n
        drawn = self.rng.random(n)
        places = np.flatnonzero(drawn < self.limit)
        return places, drawn[places]

    def add(self, frame: pl.DataFrame, drawn: NDArray[np.float64]) -> None:
        """Rows that were chosen, with their numbers."""
        self.parts.append((frame, drawn))
        self.held += len(drawn)
        if self.held > 1.25 * self.most:
            self._shrink()

    def take(self) -> pl.DataFrame:
        """All that are kept, in the order in which they came."""
        if self.held > self.most:
            self._shrink()
        return stack([frame for frame, _ in self.parts])

    def _shrink(self) -> None:
        numbers = np.concatenate([drawn for _, drawn in self.parts])
        self.limit = float(np.partition(numbers, self.most)[self.most])
        for i, (frame, drawn) in enumerate(self.parts):
            kept = drawn < self.limit
            self.parts[i] = (frame.filter(kept), drawn[kept])
        self.held = sum(len(drawn) for _, drawn in self.parts)
