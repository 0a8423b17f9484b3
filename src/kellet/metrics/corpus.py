"""Real text that written text is held against: worked on once."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kellet.data.tokens import Tokeniser
from kellet.evidence import Array

JUDGES = 1000
"""Blocks of held-out text that are predicted, at most."""
BANDS = {"rare": (1, 3), "middling": (4, 31), "frequent": (32, 2**62)}
"""Types by how often they occur in all real text that judges."""
BLOCK = 8192
"""Bytes that are compressed together: ratios depend on it, so it is the same for all."""
COMMON = 2000
"""The most frequent n-grams of which a report may say that they were lost."""

Blocks = NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class RealText:
    """Real text that judges: its tokeniser, and blocks (N, L) of its parts."""

    tokeniser: Tokeniser
    training: Blocks
    reserve: Blocks
    heldout: Blocks

    @property
    def judging(self) -> Blocks:
        """Held-out blocks that are predicted."""
        return self.heldout[:JUDGES]

    def grams(self, blocks: Blocks, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The n-grams inside blocks (N, L), each as one number, and the block each occurred in."""
        rows = np.asarray(blocks, dtype=np.int64)
        if n > rows.shape[1]:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        last = rows.shape[1] - n + 1
        key = np.zeros((len(rows), last), dtype=np.int64)
        for j in range(n):
            # Long n-grams of large vocabularies wrap around: a hash, whose collisions are too rare to matter.
            key = key * self.tokeniser.size + rows[:, j : j + last]
        seen = rows[:, n - 1 :] >= 0
        return key[seen], np.nonzero(seen)[0]

    def spell_gram(self, key: int, n: int) -> str:
        """An n-gram as text."""
        size = self.tokeniser.size
        return self.spell([key // size**j % size for j in range(n - 1, -1, -1)])

    def spell(self, tokens: Iterable[int]) -> str:
        """Tokens (n,) as text."""
        return self.tokeniser.decode([int(token) for token in tokens if token >= 0])

    def types(self, n: int) -> Types:
        """The held-out types of length n."""
        if n not in self._types:
            self._types[n] = Types.of(self, n)
        return self._types[n]

    @cached_property
    def _types(self) -> dict[int, Types]:
        return {}

    @cached_property
    def tokens(self) -> float:
        """Tokens a block of training text holds on average."""
        return float((self.training >= 0).sum() / len(self.training))

    @cached_property
    def bytes(self) -> int:
        """UTF-8 bytes of the judging blocks."""
        return int(self.tokeniser.widths[self.judging[self.judging >= 0]].sum())

    @cached_property
    def shuffled(self) -> Blocks:
        """Training blocks in an order of their own: documents lie apart, as in what is written."""
        return self.training[np.random.default_rng(0).permutation(len(self.training))]

    @cached_property
    def compression(self) -> float:
        """How small training text gets; see `compression`."""
        return compress(self, self.shuffled[: 4 * JUDGES])

    @cached_property
    def sentences(self) -> float:
        """The standard deviation of training sentences, in tokens."""
        return spread(self, self.training)

    def find_missing(self, blocks: Blocks, n: int) -> NDArray[np.int64]:
        """The positions, among the most frequent real n-grams, of those that blocks (N, L) don't have."""
        common = self.types(n).common
        keys = np.unique(self.grams(blocks, n)[0])
        return np.flatnonzero(place(keys, common) == len(keys))


@dataclass(frozen=True, eq=False)
class Types:
    """Different n-grams of held-out text.

    keys: (T,), ascending.  often: (T,), how often each occurs in training and held-out text.  blocks: (T,), how many
    training blocks have it.  common, times: the most frequent ones of the training text, most frequent first, and how
    often each occurs there.
    """

    keys: NDArray[np.int64]
    often: NDArray[np.int64]
    blocks: NDArray[np.int64]
    common: NDArray[np.int64]
    times: NDArray[np.int64]

    @staticmethod
    def of(texts: RealText, n: int) -> Types:
        held, there = np.unique(texts.grams(texts.heldout, n)[0], return_counts=True)
        key, block = texts.grams(texts.training, n)
        known, times = np.unique(key, return_counts=True)
        once = np.unique(np.stack([block, key]), axis=1)[1] if len(key) else key
        inside = np.bincount(place(held, once), minlength=len(held) + 1)[: len(held)]
        trained = np.concatenate([times, [0]])[place(known, held)]
        order = np.argsort(-times, kind="stable")[:COMMON]
        return Types(held, there + trained, inside, known[order], times[order])

    def band(self, name: str | None) -> NDArray[np.bool_]:
        """(T,): the types of a band of BANDS; all for None."""
        low, high = BANDS[name] if name else (0, 2**62)
        return (self.often >= low) & (self.often <= high)

    def expect(self, total: int, n: int) -> Array:
        """(T,): the chance that n of the training blocks, drawn without replacement, have each type."""
        from scipy.special import gammaln

        n = min(n, total)
        left = total - self.blocks
        with np.errstate(invalid="ignore"):
            missed = gammaln(left + 1) - gammaln(left - n + 1) - gammaln(total + 1) + gammaln(total - n + 1)
        return np.where(left >= n, 1 - np.exp(missed), 1.0)


@lru_cache(maxsize=8)
def real_pairs(texts: RealText, tokens: int) -> float:
    """The share of different pairs in so many tokens of training text."""
    return distinct_pairs(texts, texts.shuffled, tokens)


def place(sorted_keys: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each key stands among sorted_keys; their number for those that aren't there."""
    if not len(sorted_keys):
        return np.zeros(len(keys), dtype=np.int64)
    found = np.searchsorted(sorted_keys, keys)
    there = sorted_keys[np.minimum(found, len(sorted_keys) - 1)] == keys
    return np.where(there, found, len(sorted_keys))


def distinct_pairs(texts: RealText, blocks: Blocks, tokens: int) -> float:
    """The share of different pairs in the first blocks that hold so many tokens."""
    enough = int(np.searchsorted(np.cumsum((blocks >= 0).sum(axis=1)), tokens)) + 1
    pairs = texts.grams(blocks[:enough], 2)[0]
    return len(np.unique(pairs)) / max(1, len(pairs))


def compress(texts: RealText, blocks: Blocks) -> float:
    """Compressed over plain size, in whole blocks of BLOCK bytes where there is one."""
    raw = "\n".join(texts.tokeniser.decode(block[block >= 0].tolist()) for block in blocks).encode()
    whole = len(raw) // BLOCK * BLOCK or len(raw)
    parts = [raw[i : i + BLOCK] for i in range(0, whole, BLOCK)]
    return sum(len(zlib.compress(part)) for part in parts) / max(1, whole)


def spread(texts: RealText, blocks: Blocks) -> float:
    """Of the lengths from one full stop, question or exclamation mark to the next within a block."""
    row, column = np.nonzero((blocks >= 0) & texts.tokeniser.stops[np.maximum(blocks, 0)])
    lengths = np.diff(column)[row[1:] == row[:-1]]
    return float(lengths.std()) if len(lengths) else 0.0
