"""Missing values: what stands for nothing, and words that are none of their column's kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

MISSING = "(missing)"
"""The level of a category, or of a column of numbers, that has no value."""
MISSING_WORDS = (
    "na", "n/a", "#n/a", "#na", "n.a.", "nan", "-nan", "null", "(null)", "none", "nil", "nat", "missing", MISSING,
    "unknown", "undefined", "not available", "-", "--", "---", "?", ".", "..", "...", "*", "\\n", "#value!", "#div/0!",
    "#ref!", "#null!", "#num!", "#name?",
)  # fmt: skip
"""What stands for a missing number, date or truth value, in small letters; in a column of words it is a word."""
STRAY, SMALL, CLEAR = 0.05, 0.1, 0.25
"""Share of a column's words that may be none of its kind; up to FEW words; and where FEW words stand beside many
different values.
"""
FEW, MANY = 3, 20
LONE = 8
"""Different values beside a single word that stands for nothing."""


def drop_words(words: pl.Series, missing_words: tuple[str, ...], known: bool = False) -> pl.Series:
    """Words without those that stand for nothing; known: nor those that do so in any column of numbers."""
    import polars as pl

    gone = words.is_in(["", *missing_words])
    if known:
        gone |= words.str.to_lowercase().is_in(MISSING_WORDS)
    return pl.select(pl.when(~gone).then(words)).to_series().alias(words.name) if gone.any() else words


def drop_numbers(values: pl.Series, missing_words: tuple[str, ...]) -> pl.Series:
    """Numbers without those that stand for nothing."""
    import polars as pl

    if not missing_words or not values.dtype.is_numeric():
        return values
    said = pl.Series(missing_words).cast(pl.Float64, strict=False).drop_nulls()
    gone = values.cast(pl.Float64).is_in(said.to_list())
    return pl.select(pl.when(~gone.fill_null(False)).then(values)).to_series().alias(values.name)


def drop_infinite(values: pl.Series) -> tuple[pl.Series, str]:
    """Numbers without infinite ones and NaN, and a phrase about the infinite ones."""
    import polars as pl

    if not values.dtype.is_float():
        return values, ""
    infinite = int(values.is_infinite().sum())
    fine = pl.select(pl.when(values.is_finite()).then(values)).to_series().alias(values.name)
    return fine, f"{infinite} infinite, taken for missing" if infinite else ""


@dataclass(frozen=True)
class Strays:
    """Words that are none of their column's kind, and how often each occurs, most frequent first.

    odd: those that don't stand for nothing anywhere, alike.  read: how many words were read; distinct: how many
    different values they have, where there are odd ones.
    """

    every: dict[str, int]
    odd: dict[str, int]
    read: int
    distinct: int

    @property
    def few(self) -> bool:
        """Whether they are so few that the column is of its kind all the same."""
        count = sum(self.odd.values())
        total = self.read + count
        several = len(self.odd) > max(FEW, 0.01 * self.distinct)
        clear = len(self.odd) <= FEW and self.distinct >= MANY and count <= CLEAR * total
        # A single word beside many numbers is none of them, however often it stands: "**", "x", "suppressed".
        clear |= len(self.odd) == 1 and self.distinct >= LONE
        return self.read > 0 and not several and (count <= max(STRAY * total, min(FEW, SMALL * total)) or clear)

    @property
    def names(self) -> str:
        """The first of them.

        >>> Strays({"unknown": 3, "?": 2}, {}, 10, 10).names
        "'unknown', '?'"
        """
        return ", ".join([*(repr(word) for word in list(self.every)[:3]), *(["..."] if len(self.every) > 3 else [])])

    def describe(self, noun: str) -> str:
        """What was read, and what wasn't.

        >>> Strays({"unknown": 1}, {}, 119, 50).describe("numbers")
        "119 numbers and 1 other ('unknown'), taken for missing"
        """
        words = f"{self.read:,} {noun}"
        if not (count := sum(self.every.values())):
            return words
        return f"{words} and {count:,} other{'s' if count > 1 else ''} ({self.names}), taken for missing"


def find_strays(words: pl.Series, values: pl.Series) -> Strays:
    """The words that became no value."""
    left = words.filter(values.is_null() & words.is_not_null()).alias("word")
    found = left.value_counts(name="_times").sort("_times", "word", descending=[True, False])
    every = dict(zip(found["word"].to_list(), found["_times"].to_list(), strict=True))
    odd = {word: count for word, count in every.items() if word.lower() not in MISSING_WORDS}
    return Strays(every, odd, values.count(), values.drop_nulls().n_unique() if odd else 0)
