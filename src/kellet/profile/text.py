"""Texts: their words, and 2 and 3 words in a row, counted as they stream by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from kellet.evidence import Integers
from kellet.profile.collector import Collector
from kellet.profile.hashes import join
from kellet.profile.prose import Words as Prose
from kellet.profile.prose import read_prose
from kellet.profile.tally import FINE, MOST, Hashes, Tally
from kellet.profile.words import Rule, Words, find_words

if TYPE_CHECKING:
    import polars as pl

KINDS = ("words", "2-grams", "3-grams")
NAMED = ("document", "opening", "closing")
PROSE = ("length", "repetition", "near", *NAMED)
EXCERPTS = 1 << 12
"""Names of documents that are kept: how they begin, or end."""
NAMES = 1 << 15
"""Names of rows of words that are kept: to make them takes longer than to count them."""
STEP = 1 << 19
"""Bytes of text that are counted at once: what is found in them stays in the cache."""


def limit_names(kind: str) -> int:
    """How many names of a kind are kept at most."""
    return EXCERPTS if kind in PROSE else MOST if kind == KINDS[0] else NAMES


class Text:
    """Counts the words of documents and rows of 2 and 3 of them, which never pass from one document to the next, and
    what documents are as a whole (see `read_prose`).

    rule: what a word is.  salt: as in `Profile`.  prose: whether documents as a whole are looked at, which takes as
    long again.

    >>> import polars as pl
    >>> text = Text(Rule(word=r"\\w+", letter=r"\\w", joint="", odd="[^a-z ]"), "kellet")
    >>> text.add(pl.Series(["to be or not", "to be"]), np.array([0, 1]))
    >>> text.take()["2-grams"].names["name"].sort().to_list()
    ['be or', 'or not', 'to be']
    """

    def __init__(self, rule: Rule, salt: str, most: int = MOST, prose: bool = True):
        self.rule, self.salt = rule, salt
        kinds = (*KINDS, *(PROSE if prose else ()))
        self.collectors = {kind: Collector(most, min(most, limit_names(kind))) for kind in kinds}

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
        if PROSE[0] in self.collectors:
            self._describe(words, groups)

    def _describe(self, words: Words, groups: Hashes) -> None:
        """Count what documents (D,) are as a whole."""
        bounds = np.append(0, np.cumsum(words.counts))
        there, found = read_prose(Prose(words.hashes, bounds))
        first, last = bounds[:-1][there], bounds[1:][there]
        for kind, keys in found.items():
            many = keys.shape[1]
            own = np.repeat(groups[there], many)
            totals = np.bincount(own.view(np.int64), minlength=FINE).astype(np.int64)
            spell = partial(words.spell_edges, first, last, kind == "closing") if kind in NAMED else None
            self.collectors[kind].add(keys.reshape(-1), own, totals, spell)
