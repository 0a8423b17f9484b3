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
LONGEST = 400
"""Words of a passage."""
SPREAD = 16
"""Places of the sieve for each feature: of what isn't in the vocabulary one in so many passes it."""


@dataclass(frozen=True, eq=False)
class Occurrence:
    """Which features passages have: documents, or parts of long ones, of equal length.

    matrix: (D, V), 1 where passage d has feature v.  documents: (D,), whose passage each is.  words: (D,), how many
    words it has.  known: (D,), how many of them are in the vocabulary.
    """

    matrix: csr_array
    documents: Integers
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

    def find(self, texts: pl.Series, longest: int = LONGEST) -> Occurrence:
        """What documents have of it, none of which is null, in passages of at most so many words.

        >>> import polars as pl
        >>> rule = Rule(word=r"\\w+", letter=r"\\w", joint="", odd="[^a-z ]")
        >>> some = learn(pl.Series(["to be or not to be", "to be"]), rule)
        >>> some.names, some.find(pl.Series(["be to be", "or"])).matrix.toarray().tolist()
        (('be', 'to', 'to be'), [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
        >>> some.find(pl.Series(["or", "to be to be to"]), 3).documents.tolist()
        [0, 1, 1]
        """
        from scipy.sparse import csr_array

        sizes = np.cumsum(texts.str.len_bytes().to_numpy())
        parts: list[tuple[Integers, ...]] = [tuple(np.empty((4, 0), np.int64))]
        start = passages = 0
        while start < len(texts):
            before = sizes[start - 1] if start else 0
            stop = max(start + 1, int(np.searchsorted(sizes, before + STEP, "right")))
            cells, documents, words, known = self._find(texts[start:stop], longest)
            parts.append((cells + passages * len(self.keys), documents + start, words, known))
            start, passages = stop, passages + len(words)
        cells, documents, words, known = (np.concatenate(part) for part in zip(*parts, strict=True))
        rows, columns = np.divmod(cells, max(len(self.keys), 1))
        ends = np.searchsorted(rows, np.arange(passages + 1))
        matrix = csr_array((np.ones(len(rows), np.float32), columns, ends), shape=(passages, len(self.keys)))
        return Occurrence(matrix, documents, words, known)

    def _find(self, texts: pl.Series, longest: int) -> tuple[Integers, Integers, Integers, Integers]:
        """Cells of the matrix in their order, and of each passage its document, words and known words."""
        groups = find_words(texts, self.rule, SALT)
        counts = np.zeros(len(texts), np.int64)
        for places, found in groups:
            counts[places] = found.counts
        many = np.maximum(-(-counts // longest), 1)
        firsts = np.cumsum(many) - many
        words, known = np.zeros((2, int(many.sum())), np.int64)
        parts = [np.empty(0, np.int64)]
        for places, found in groups:
            rank = np.arange(len(found.hashes)) - np.repeat(np.cumsum(found.counts) - found.counts, found.counts)
            within = rank * np.repeat(many[places], found.counts) // np.repeat(found.counts, found.counts)
            own = np.repeat(firsts[places], found.counts) + within
            words += np.bincount(own, minlength=len(words))
            for i, keys in enumerate(_join(found)):
                at, feature = self._look_up(keys)
                if i:
                    inside = own[at] == own[at + 1]
                    at, feature = at[inside], feature[inside]
                else:
                    known += np.bincount(own[at[self.single[feature]]], minlength=len(words))
                parts.append(own[at] * len(self.keys) + feature)
        flat = np.sort(np.concatenate(parts))
        # Once for each passage that has it, however often.
        cells = flat[np.append(True, flat[1:] != flat[:-1])] if len(flat) else flat
        return cells, np.repeat(np.arange(len(texts)), many), words, known

    def _look_up(self, keys: Hashes) -> tuple[Integers, Integers]:
        """Which keys (N,) are features, and which of them."""
        if not len(self.keys):
            return np.empty(0, np.int64), np.empty(0, np.int64)
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
