"""Fingerprints: whether two documents are the same, but for case, spaces and signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kellet.evidence import Integers
from kellet.profile.hashes import PRIME, mix
from kellet.profile.tally import Hashes
from kellet.profile.words import Rule, Words, find_words

if TYPE_CHECKING:
    import polars as pl

SALT = "kellet estimate"


def fingerprint(words: Words) -> Hashes:
    r"""(D,) hashes of documents, :math:`\sum_i \operatorname{mix}(w_i + i p)` of their words' modulo 2^64, mixed."""
    place = np.arange(len(words.hashes)) - np.repeat(np.cumsum(words.counts) - words.counts, words.counts)
    sums = np.append(np.uint64(0), np.cumsum(mix(words.hashes + place.astype(np.uint64) * PRIME)))
    ends = np.cumsum(words.counts)
    return mix(sums[ends] - sums[ends - words.counts] + words.counts.astype(np.uint64))


def find_fingerprints(texts: pl.Series, rule: Rule) -> tuple[Hashes, Integers]:
    """(D,) hashes of documents, and how many words each has."""
    hashes, counts = np.empty(len(texts), np.uint64), np.zeros(len(texts), np.int64)
    for places, words in find_words(texts, rule, SALT):
        hashes[places], counts[places] = fingerprint(words), words.counts
    return hashes, counts
