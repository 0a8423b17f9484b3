"""Recipe: what is mixed, of what, and what must hold."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Literal

import msgspec

from kellet.errors import InputError
from kellet.struct import Struct

WINDOW = 1000
ORIGIN, GENERATION, ID, STRATUM = "_kellet_origin", "_kellet_generation", "_kellet_id", "_kellet_stratum"
MOST_GENERATIONS = 65_535
LARGEST = 2**53
"""Whole numbers that every reader of JSON holds."""
REAL = "real"
"""The origin of rows that no model wrote."""


class Recipe(Struct, frozen=True, kw_only=True):
    """size: rows in all.  anchor: real rows, as `parse_anchor` reads it.  floor: the least share of real rows.
    weights: of synthetic sources, by name, all of them; of none, their numbers of rows.  generation: of what
    models write now; None for one more than the least of what they learnt from.  stratify: a column of labels, "auto"
    for rare keys, or None.  least: rows that a stratum keeps, as far as it has them.  fixed: whether every generation
    has the same real rows.  window: rows of which each holds its share.  shuffle: whether rows come in a random order,
    or as they lie in shards that do.  repeat: how often a row may come.  near: whether near duplicates count as the
    same.  contaminated: share of the real rows that models may have written.  overlap: share of the real rows that may
    stand among written ones as well, as short rows do by chance.
    """

    size: int
    anchor: str
    floor: float = 0.0
    weights: dict[str, float] = msgspec.field(default_factory=dict)
    generation: int | None = None
    stratify: str | None = None
    least: int = 1
    fixed: bool = False
    window: int = WINDOW
    shuffle: Literal["rows", "shards"] = "rows"
    repeat: int = 1
    format: Literal["parquet", "jsonl"] = "parquet"
    seed: int = 0
    near: bool = False
    contaminated: float = 0.0
    overlap: float = 0.0

    def __post_init__(self) -> None:
        self.check_least(1, "size", "window", "repeat", "generation")
        self.check_least(0, "least", "seed")
        for name in ("size", "window", "repeat", "generation", "least", "seed"):
            if (getattr(self, name) or 0) > LARGEST:
                raise InputError(f"{name} up to {LARGEST:,}", getattr(self, name), f"{name}=1000")
        for name in ("floor", "contaminated", "overlap"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{name} as a share from 0 to 1", getattr(self, name), f"{name}=0.1")
        for name, weight in self.weights.items():
            if not 0 <= weight < math.inf:
                raise InputError(f"a finite weight >= 0 of {name}", weight, f"{name}=1")
        if (self.generation or 0) > MOST_GENERATIONS:
            raise InputError(f"a generation up to {MOST_GENERATIONS:,}", self.generation, "a smaller one")
        parse_anchor(self.anchor, self.size)


def parse_anchor(text: str, size: int) -> Fraction:
    """Real rows among so many: a count, a share, or real rows for synthetic ones.

    >>> parse_anchor("200", 1000), parse_anchor("2.5%", 1000), parse_anchor("1.45:1", 980)
    (Fraction(200, 1), Fraction(25, 1), Fraction(580, 1))
    """
    try:
        if ":" in text:
            real, synthetic = map(Fraction, text.split(":"))
            found = size * real / (real + synthetic)
        else:
            found = size * Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)
    except (ValueError, ZeroDivisionError):
        found = Fraction(-1)
    if not 0 <= found <= size:
        raise InputError(f"real rows, from 0 to {size:,}: a count, a share, or real for synthetic", repr(text), "10%")
    return found
