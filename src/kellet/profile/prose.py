"""What texts show beyond their words: lengths, openings and closings, copies exact and near, repetition inside.

All of it comes from the words of documents as hashes (T,), one after the other, and the bounds (n + 1,) between
documents: document i has the words ``bounds[i]:bounds[i + 1]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array, Integers
from kellet.profile.hashes import PRIME, join, mix
from kellet.profile.tally import Hashes, Tally

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

EDGE = 5
"""Words of an opening and of a closing."""
GRAM = 4
"""Words of a run that is looked for again in the same document."""
SHINGLE, BINS, BAND = 5, 32, 4
"""Of near copies: words of a run, smallest hashes that are kept of a document, and how many of them make one key."""
EXACT = 6
"""Bits of a length that are kept."""
LONGEST_NAME = 80
"""Characters of the name of an opening."""
FREE = 8
"""Last bits of a key that numbers leave alone."""
NOTHING = np.uint64(2**64 - 1)


class Words(NamedTuple):
    """hashes: (T,) of all words, document after document.  bounds: (n + 1,) where each document begins, and the end."""

    hashes: Hashes
    bounds: Integers

    @property
    def lengths(self) -> Integers:
        """(n,) words of each document."""
        return np.diff(self.bounds)

    @property
    def owners(self) -> Integers:
        """(T,) the document of each word."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)


def tally_prose(words: Words, groups: Integers, texts: Sequence[str] | None = None) -> Mapping[str, Tally]:
    """The tallies of all kinds that `read_prose` has.

    groups: (n,) of each document.  texts: (n,) of which openings and closings have their names.
    """
    there, found = read_prose(words)
    groups, names = np.asarray(groups)[there], {}
    if texts is not None:
        spoken = [text for text, known in zip(texts, there, strict=True) if known]
        names = {
            "opening": [" ".join(text.split(None, EDGE)[:EDGE])[:LONGEST_NAME] for text in spoken],
            "closing": [" ".join(text.rsplit(None, EDGE)[-EDGE:])[-LONGEST_NAME:] for text in spoken],
        }
    return {
        kind: Tally.of(keys.reshape(-1), np.repeat(groups, keys.shape[1]), names=_name(keys, names.get(kind)))
        for kind, keys in found.items()
    }


def read_prose(words: Words) -> tuple[NDArray[np.bool_], Mapping[str, Hashes]]:
    """Which documents have words at all (n,), and those documents' keys by kind, (documents, m) each.

    ``length``: words, as the lower end of their bucket.  ``repetition``: per cent of words, see `repeat`; both as
    numbers, see `number`.  ``document``: all words in their order.  ``opening``, ``closing``: the first and the last.
    ``near``: see `sign`.
    """
    there = words.lengths > 0
    words = Words(words.hashes, np.append(words.bounds[:-1][there], words.bounds[-1]))
    found = {
        "length": number(bucket(words.lengths)),
        "repetition": number(np.rint(100 * repeat(words))),
        "document": fold(words),
        "opening": fold(words, EDGE),
        "closing": fold(words, EDGE, -1),
    }
    return there, {**{kind: keys[:, None] for kind, keys in found.items()}, "near": sign(words)}


def number(values: NDArray[np.number]) -> Hashes:
    """Keys that are numbers: in front of the last bits of a key, which are free for its group.

    >>> int(number(np.array([3]))[0]), int(read_number(number(np.array([3])))[0])
    (768, 3)
    """
    return np.asarray(values, np.uint64) * np.uint64(1 << FREE)


def read_number(keys: Hashes) -> Hashes:
    """The numbers of keys."""
    return keys // np.uint64(1 << FREE)


def bucket(values: NDArray[np.integer]) -> Hashes:
    """(n,) the lower ends of buckets that are at most a 32nd of their value wide; values below 64 are their own.

    >>> bucket(np.array([0, 63, 64, 65, 1000])).tolist(), widen(bucket(np.array([63, 65, 1000]))).tolist()
    ([0, 63, 64, 64, 992], [1, 2, 16])
    """
    whole = np.asarray(values).astype(np.uint64)
    width = widen(whole)
    return whole // width * width


def widen(buckets: Hashes) -> Hashes:
    """(n,) how many whole numbers lie in each bucket."""
    bits = np.frexp(buckets.astype(float))[1].astype(np.int64)
    return np.asarray(2 ** np.maximum(bits - EXACT, 0), np.uint64)


def fold(words: Words, many: int | None = None, side: int = 1) -> Hashes:
    """(n,) one hash for the words of each document in their order; many: of its first ones, or its last ones."""
    lengths = words.lengths if many is None else np.minimum(words.lengths, many)
    starts = words.bounds[:-1] if side > 0 else words.bounds[1:] - lengths
    owners = np.repeat(np.arange(len(lengths)), lengths)
    first = np.cumsum(lengths) - lengths
    order = np.arange(len(owners)) - first[owners]
    placed = join(words.hashes[starts[owners] + order], order.astype(np.uint64))
    return mix(np.add.reduceat(placed, first)) if len(placed) else np.zeros(0, np.uint64)


def runs(words: Words, length: int) -> tuple[Hashes, Integers]:
    """Hashes (m,) of all runs of so many words inside a document, and where each begins (m,)."""
    ends = np.repeat(words.bounds[1:], words.lengths)
    starts = np.flatnonzero(np.arange(len(words.hashes)) + length <= ends)
    hashes = np.zeros(len(starts), np.uint64)
    for step in range(length):
        hashes = join(hashes, words.hashes[starts + step])
    return hashes, starts


def repeat(words: Words) -> Array:
    """(n,) of the words of each document, the share that stands in a run of GRAM words that came before in it.

    >>> once, twice = np.arange(8, dtype=np.uint64), np.tile(np.arange(4, dtype=np.uint64), 2)
    >>> repeat(Words(np.concatenate([once, twice]), np.array([0, 8, 16])))
    array([0. , 0.5])
    """
    hashes, starts = runs(words, GRAM)
    again = np.ones(len(hashes), bool)
    again[np.unique(join(hashes, words.owners[starts].astype(np.uint64)), return_index=True)[1]] = False
    inside = np.zeros(len(words.hashes), bool)
    for step in range(GRAM):
        inside[starts[again] + step] = True
    many = np.bincount(words.owners, inside, len(words.lengths))
    return np.asarray(many / np.maximum(words.lengths, 1), float)


def sign(words: Words) -> Hashes:
    """(n, BINS / BAND): of two documents that share a part s of their runs of SHINGLE words, s^BAND of these agree.

    One hash for each run, dealt to bins by its lower bits; a bin keeps its smallest, an empty bin takes that of the
    next one that has any.  Documents of fewer words are one run.

    P. Li, A. Owen and C.-H. Zhang, One Permutation Hashing, NIPS (2012); A. Shrivastava and P. Li, Densifying One
    Permutation Hashing via Rotation for Fast Near Neighbor Search, ICML (2014).
    """
    hashes, starts = runs(words, SHINGLE)
    hashes, owners = mix(hashes), words.owners[starts]
    short = np.flatnonzero(words.lengths < SHINGLE)
    hashes, owners = np.append(hashes, fold(words)[short]), np.append(owners, short)
    least = np.full((len(words.lengths), BINS), NOTHING)
    np.minimum.at(least.reshape(-1), owners * BINS + (hashes % np.uint64(BINS)).astype(np.int64), hashes)
    # The next bin that has any, around the end.
    bins, there = np.arange(BINS), np.tile(least != NOTHING, (1, 2))
    places = np.where(there, np.arange(2 * BINS), 2 * BINS)
    nearest = np.minimum.accumulate(places[:, ::-1], axis=1)[:, : BINS - 1 : -1]
    steps = (nearest - bins).astype(np.uint64)
    found = np.take_along_axis(least, nearest % BINS, axis=1)
    # What is borrowed from afar isn't what is borrowed from nearby.
    with np.errstate(over="ignore"):
        borrowed = np.where((steps == 0) | (found == NOTHING), found, mix(found + steps * PRIME))
    keys = np.tile(np.arange(BINS // BAND, dtype=np.uint64), (len(least), 1))
    for step in range(BAND):
        keys = join(keys, borrowed[:, step::BAND])
    return keys


def _name(keys: Hashes, names: list[str] | None) -> pl.DataFrame | None:
    import polars as pl

    if names is None:
        return None
    return pl.DataFrame({"key": keys[:, 0], "name": names}, schema={"key": pl.UInt64, "name": pl.String})
