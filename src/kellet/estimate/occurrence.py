"""Occurrence: which words, and which two in a row, documents have, by a vocabulary that references taught."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Integers
from kellet.profile.hashes import join
from kellet.profile.tally import Hashes
from kellet.profile.words import Rule, Words, find_words

if TYPE_CHECKING:
    import polars as pl
    from scipy.sparse import csr_array

SALT = "kellet estimate"
LEAST = 2
"""Documents that have a word, from which on it is in the vocabulary."""
MOST = 200_000
"""Words and pairs of words in a vocabulary."""
STEP = 1 << 19
"""Bytes of text that are looked at together: what is found in them stays in the cache."""
SPREAD = 16
"""Places of the sieve for each feature: of what isn't in the vocabulary one in so many passes it."""


@dataclass(frozen=True, eq=False)
class Occurrence:
    """Which features documents have.

    matrix: (D, V), 1 where document d has feature v.  words: (D,), how many words it has.  known: (D,), how many of
    them are in the vocabulary.
    """

    matrix: csr_array
    words: Integers
    known: Integers


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Words and pairs of neighbours.

    keys: (V,) hashes, in their order.  names: (V,).  single: (V,), which of them are one word.
    """

    rule: Rule
    keys: Hashes
    names: tuple[str, ...]
    single: NDArray[np.bool_]

    def find(self, texts: pl.Series) -> Occurrence:
        """What documents (D,) have of it; none of them is null.

        >>> import polars as pl
        >>> rule = Rule(word=r"\\w+", letter=r"\\w", joint="", odd="[^a-z ]")
        >>> some = learn(pl.Series(["to be or not to be", "to be"]), rule)
        >>> some.names, some.find(pl.Series(["be to be", "or"])).matrix.toarray().tolist()
        (('be', 'to', 'to be'), [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
        """
        from scipy.sparse import csr_array

        words, known = np.zeros((2, len(texts)), np.int64)
        sizes = np.cumsum(texts.str.len_bytes().to_numpy())
        parts, start = [np.empty(0, np.int64)], 0
        while start < len(texts):
            before = sizes[start - 1] if start else 0
            stop = max(start + 1, int(np.searchsorted(sizes, before + STEP, "right")))
            parts.append(self._find(texts[start:stop], words[start:stop], known[start:stop]) + start * len(self.keys))
            start = stop
        rows, columns = np.divmod(np.concatenate(parts), max(len(self.keys), 1))
        ends = np.searchsorted(rows, np.arange(len(texts) + 1))
        shape = len(texts), len(self.keys)
        return Occurrence(csr_array((np.ones(len(rows), np.float32), columns, ends), shape=shape), words, known)

    def _find(self, texts: pl.Series, words: Integers, known: Integers) -> Integers:
        """Cells of the matrix, in their order; words and known are filled in."""
        cells = [np.empty(0, np.int64)]
        for places, found in find_words(texts, self.rule, SALT):
            own = np.repeat(places, found.counts)
            words[places] = found.counts
            for i, keys in enumerate(_join(found)):
                at, feature = self._look_up(keys)
                if i:
                    inside = own[at] == own[at + 1]
                    at, feature = at[inside], feature[inside]
                else:
                    known += np.bincount(own[at], minlength=len(texts))
                cells.append(own[at] * len(self.keys) + feature)
        flat = np.sort(np.concatenate(cells))
        # Once for each document that has it, however often.
        return flat[np.append(True, flat[1:] != flat[:-1])] if len(flat) else flat

    def _look_up(self, keys: Hashes) -> tuple[Integers, Integers]:
        """Which keys (N,) are features, and which of them."""
        if not len(self.keys):
            return np.empty((2, 0), np.int64)
        at = np.flatnonzero(self._sieve[keys & np.uint64(len(self._sieve) - 1)])
        feature = np.minimum(np.searchsorted(self.keys, keys[at]), len(self.keys) - 1)
        right = self.keys[feature] == keys[at]
        return at[right], feature[right]

    @cached_property
    def _sieve(self) -> NDArray[np.bool_]:
        """By the last bits of a hash: whether a feature may be meant."""
        sieve = np.zeros(1 << (SPREAD * len(self.keys)).bit_length(), np.bool_)
        sieve[self.keys & np.uint64(len(sieve) - 1)] = True
        return sieve


def learn(texts: pl.Series, rule: Rule, least: int = LEAST, most: int = MOST) -> Vocabulary:
    """Words and pairs that ``least`` documents or more have, the frequent ones where there are too many."""
    found = [words for _, words in find_words(texts, rule, SALT)]
    # Documents, numbered as they come: plain ones first.
    firsts = np.cumsum([0, *(len(words.counts) for words in found)])
    parts = []
    for i, (words, first) in enumerate(zip(found, firsts.tolist(), strict=False)):
        own = first + np.repeat(np.arange(len(words.counts)), words.counts)
        for pair, keys in enumerate(_join(words)):
            at = np.flatnonzero(own[:-1] == own[1:]) if pair else np.arange(len(own))
            where = np.stack([np.full(len(at), i), np.full(len(at), pair), at])
            parts.append((keys[at], own[at], where))
    keys = np.concatenate([np.empty(0, np.uint64), *(part[0] for part in parts)])
    own = np.concatenate([np.empty(0, np.int64), *(part[1] for part in parts)])
    where = np.concatenate([np.empty((3, 0), np.int64), *(part[2] for part in parts)], axis=1)
    order = np.lexsort((own, keys))
    keys, own, where = keys[order], own[order], where[:, order]
    new = np.append(True, keys[1:] != keys[:-1])[: len(keys)]
    once = new | np.append(True, own[1:] != own[:-1])[: len(keys)]
    starts = np.flatnonzero(new)
    many = np.add.reduceat(once, starts, dtype=np.int64) if len(starts) else starts
    kept = np.flatnonzero(many >= least)
    kept = np.sort(kept[np.argsort(-many[kept], kind="stable")[:most]])
    places = where[:, starts[kept]]
    names = tuple(found[i].spell(np.array([at]), pair + 1)[0] for i, pair, at in places.T.tolist())
    return Vocabulary(rule, keys[starts[kept]], names, places[1] == 0)


def _join(words: Words) -> tuple[Hashes, Hashes]:
    return words.hashes, join(words.hashes[:-1], words.hashes[1:])
