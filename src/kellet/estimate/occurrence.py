"""Occurrence: which words, and which two in a row, documents have, by a vocabulary that references taught."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from kellet.estimate.fingerprints import SALT, fingerprint
from kellet.evidence import Integers
from kellet.profile.hashes import join
from kellet.profile.tally import Hashes
from kellet.profile.words import Rule, Words, find_words

if TYPE_CHECKING:
    import polars as pl
    from scipy.sparse import csr_array

LEAST = 2
"""Documents that have a word, from which on it is in the vocabulary."""
MOST = 200_000
"""Words and pairs of words in a vocabulary."""
STEP = 1 << 19
"""Bytes of text that are looked at together: what is found in them stays in the cache."""
LONGEST = 400
"""Words of a passage."""
SPREAD = 8
"""Slots of the table for each feature, at least: of what isn't in the vocabulary no more than one in so many is looked
up."""
ABSENT, SEVERAL = -1, -2


@dataclass(frozen=True, eq=False)
class Occurrence:
    """Which features passages have: documents, or parts of long ones, of equal length.

    matrix: (D, V), 1 where passage d has feature v.  documents: (D,), whose passage each is.  words: (D,), how many
    words it has.  known: (D,), how many of them are in the vocabulary.  hashes: (N,), of whole documents.
    """

    matrix: csr_array
    documents: Integers
    words: Integers
    known: Integers
    hashes: Hashes

    @property
    def lengths(self) -> Integers:
        """(N,) words of whole documents."""
        return np.bincount(self.documents, self.words, len(self.hashes)).astype(np.int64)

    def count_documents(self, kept: NDArray[np.bool_]) -> Integers:
        """(V,) how many documents have each feature, of those that are kept (N,)."""
        width = self.matrix.shape[1]
        rows = np.repeat(self.documents, np.diff(self.matrix.indptr))
        # A document of several passages has it once.
        several = (np.bincount(self.documents, minlength=len(kept)) > 1)[rows]
        cells = np.unique(rows[several] * width + self.matrix.indices[several])
        once, repeated = self.matrix.indices[kept[rows] & ~several], cells[kept[cells // width]] % width
        return np.bincount(once, minlength=width) + np.bincount(repeated, minlength=width)


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

        parts: list[tuple[NDArray[Any], ...]] = [(*np.empty((4, 0), np.int64), np.empty(0, np.uint64))]
        passages = 0
        for start, some in cut(texts):
            cells, documents, words, known, hashes = self._find(some, longest)
            parts.append((cells + passages * len(self.keys), documents + start, words, known, hashes))
            passages += len(words)
        cells, documents, words, known, hashes = (np.concatenate(part) for part in zip(*parts, strict=True))
        rows, columns = np.divmod(cells, max(len(self.keys), 1))
        ends = np.searchsorted(rows, np.arange(passages + 1))
        matrix = csr_array((np.ones(len(rows), np.float32), columns, ends), shape=(passages, len(self.keys)))
        return Occurrence(matrix, documents, words, known, hashes)

    def _find(self, texts: pl.Series, longest: int) -> tuple[Integers, Integers, Integers, Integers, Hashes]:
        """Cells of the matrix in their order, of each passage its document, words and known words, and hashes of
        documents."""
        groups = find_words(texts, self.rule, SALT)
        counts, hashes = np.zeros(len(texts), np.int64), np.empty(len(texts), np.uint64)
        for places, found in groups:
            counts[places], hashes[places] = found.counts, fingerprint(found)
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
        return cells, np.repeat(np.arange(len(texts)), many), words, known, hashes

    def _look_up(self, keys: Hashes) -> tuple[Integers, Integers]:
        """Which keys (N,) are features, and which of them."""
        if not len(self.keys):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        places = self._table[keys & np.uint64(len(self._table) - 1)]
        at = np.flatnonzero(places != ABSENT)
        feature, some = places[at].astype(np.int64), keys[at]
        several = feature == SEVERAL
        feature[several] = np.minimum(np.searchsorted(self.keys, some[several]), len(self.keys) - 1)
        right = self.keys[feature] == some
        return at[right], feature[right]

    @cached_property
    def _table(self) -> NDArray[np.int32]:
        """By the last bits of a hash: the feature that may be meant, if there is one and no other."""
        size = 1 << (SPREAD * len(self.keys)).bit_length()
        slots = (self.keys & np.uint64(size - 1)).astype(np.int64)
        table = np.full(size, ABSENT, np.int32)
        table[slots] = np.arange(len(self.keys))
        table[slots[table[slots] != np.arange(len(self.keys))]] = SEVERAL
        return table


def learn(texts: pl.Series, rule: Rule, least: int = LEAST, most: int = MOST, width: Literal[1, 2] = 2) -> Vocabulary:
    """Words, and pairs if the width is 2, that ``least`` documents or more have, the frequent ones where there are too
    many."""
    parts = [_count(words, width) for _, some in cut(texts) for _, words in find_words(some, rule, SALT)]
    keys, place = np.unique(np.concatenate([np.empty(0, np.uint64), *(part[0] for part in parts)]), return_inverse=True)
    many = np.bincount(place, np.concatenate([np.empty(0), *(part[1] for part in parts)]), len(keys))
    kept = np.flatnonzero(many >= least)
    keys = keys[np.sort(kept[np.argsort(-many[kept], kind="stable")[:most]])]
    return Vocabulary(rule, keys, *_name(keys, texts, rule))


def _count(words: Words, width: Literal[1, 2]) -> tuple[Hashes, Integers]:
    """Words and pairs, and how many documents have each."""
    own = np.repeat(np.arange(len(words.counts)), words.counts)
    keys, owners = words.hashes, own
    if width == 2:
        inside = own[:-1] == own[1:]
        keys, owners = np.concatenate([keys, _join(words)[1][inside]]), np.concatenate([own, own[:-1][inside]])
    order = np.lexsort((owners, keys))
    keys, owners = keys[order], owners[order]
    once = np.append(True, (keys[1:] != keys[:-1]) | (owners[1:] != owners[:-1]))[: len(keys)]
    return np.unique(keys[once], return_counts=True)


def _name(keys: Hashes, texts: pl.Series, rule: Rule) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    """What features are, as they are found in texts, and which are one word."""
    names, single = np.full(len(keys), None, object), np.zeros(len(keys), np.bool_)
    for _, some in cut(texts):
        for _, words in find_words(some, rule, SALT):
            for width, found in enumerate(_join(words), 1):
                there, first = np.unique(found, return_index=True)
                at = np.minimum(np.searchsorted(keys, there), max(len(keys) - 1, 0))
                fresh = (keys[at] == there) & (names[at] == None) if len(keys) else np.zeros(len(at), np.bool_)  # noqa: E711
                names[at[fresh]] = words.spell(first[fresh], width)
                single[at[fresh]] = width == 1
    return tuple(names.tolist()), single


def cut(texts: pl.Series, step: int = STEP) -> Iterator[tuple[int, pl.Series]]:
    """Parts of documents, whole ones, that are looked at together, and the place of the first of each."""
    sizes = np.cumsum(texts.str.len_bytes().to_numpy())
    start = 0
    while start < len(texts):
        before = sizes[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(sizes, before + step, "right")))
        yield start, texts[start:stop]
        start = stop


def _join(words: Words) -> tuple[Hashes, Hashes]:
    return words.hashes, join(words.hashes[:-1], words.hashes[1:])
