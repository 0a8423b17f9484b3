"""Texts: their words, and 2 and 3 words in a row, counted as they stream by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from kellet.evidence import Integers
from kellet.profile.collector import Collector
from kellet.profile.hashes import hash_words, join
from kellet.profile.tally import FINE, MOST, Hashes, Tally
from kellet.profile.words import Rule, Words, find_words

if TYPE_CHECKING:
    import polars as pl

KINDS = ("words", "2-grams", "3-grams")
LENGTH = "length"
NAMES = 1 << 15
"""Names of rows of words that are kept: to make them takes longer than to count them."""
STEP = 1 << 19
"""Bytes of text that are counted at once: what is found in them stays in the cache."""


class Text:
    """Counts the words of documents and rows of 2 and 3 of them, which never pass from one document to the next, and
    the documents' lengths in words.

    rule: what a word is.  salt: as in `Profile`.

    >>> import polars as pl
    >>> text = Text(Rule(word=r"\\w+", letter=r"\\w", joint="", odd="[^a-z ]"), "kellet")
    >>> text.add(pl.Series(["to be or not", "to be"]), np.array([0, 1]))
    >>> text.take()["2-grams"].names["name"].sort().to_list()
    ['be or', 'or not', 'to be']
    """

    def __init__(self, rule: Rule, salt: str, most: int = MOST):
        self.rule, self.salt = rule, salt
        self.collectors = {kind: Collector(most, min(most, NAMES)) for kind in (*KINDS, LENGTH)}
        self.collectors["words"].spelt = most

    def add(self, texts: pl.Series, groups: Integers) -> None:
        """Count documents (D,) of these groups (D,); null is one without words."""
        texts = texts.fill_null("")
        sizes = np.cumsum(texts.str.len_bytes().to_numpy())
        start = 0
        while start < len(texts):
            before = sizes[start - 1] if start else 0
            stop = max(start + 1, int(np.searchsorted(sizes, before + STEP, "right")))
            for places, words in find_words(texts[start:stop], self.rule, self.salt):
                self._add(words, groups[start:stop][places].astype(np.uint64))
            start = stop

    def take(self) -> Mapping[str, Tally]:
        """The tally of each kind."""
        return {kind: collector.take() for kind, collector in self.collectors.items()}

    def _add(self, words: Words, groups: Hashes) -> None:
        here = np.repeat(groups, words.counts)
        # How many words of its document follow a word.
        left = np.repeat(np.cumsum(words.counts), words.counts) - np.arange(1, len(here) + 1)
        keys = words.hashes
        for i, kind in enumerate(KINDS):
            if i:
                keys = join(keys[:-1], words.hashes[i:])
            totals = np.bincount(groups.view(np.int64), np.maximum(words.counts - i, 0), FINE).astype(np.int64)
            inside = left[: len(keys)] >= i if i else None
            self.collectors[kind].add(keys, here[: len(keys)], totals, partial(words.spell, width=i + 1), inside)
        self._measure(words.counts, groups)

    def _measure(self, counts: Integers, groups: Hashes) -> None:
        """Count the lengths (D,) of documents."""
        lengths, places = np.unique(_round(counts), return_inverse=True)
        names = [f"{n:,}" for n in lengths.tolist()]
        totals = np.bincount(groups.view(np.int64), minlength=FINE)
        keys = hash_words(names, self.salt)[places]
        self.collectors[LENGTH].add(keys, groups, totals, lambda at: [names[i] for i in places[at]])


def _round(lengths: Integers) -> Integers:
    """Lengths, those from 16 on rounded down to four binary digits: to an eighth at most.

    >>> _round(np.array([0, 15, 17, 1000]))
    array([  0,  15,  16, 960])
    """
    scale = 1 << np.maximum(np.frexp(lengths)[1] - 4, 0).astype(np.int64)
    return np.asarray(lengths // scale * scale)
