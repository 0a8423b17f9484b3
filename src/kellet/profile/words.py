"""Words: where they stand in texts, and their hashes, without an object for each.

Most documents are *plain*: their words are runs of letters, with single apostrophes inside.  Of those NumPy sees all
words of a block at once, at several times the speed of a regular expression, which what is not plain gets.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Integers
from kellet.profile.hashes import hash_word, mix
from kellet.profile.prose import EDGE, LONGEST_NAME
from kellet.profile.tally import Hashes

if TYPE_CHECKING:
    import polars as pl

PLANE = 1 << 16
"""Code points that a plain document may have."""
LONGEST = 256
"""Signs of a word that count: beyond them it is no word, and a polynomial's hash no longer one."""
PIECE = 1 << 15
"""Signs that are hashed at once: their numbers stay in the cache."""
BASE = 0x9E3779B97F4A7C15
LETTER, JOINT = 1, 2


@dataclass(frozen=True)
class Rule:
    """What a word is, as regular expressions of Rust's dialect, which polars speaks; of texts in lower case.

    word: a word.  letter: a sign of those of which the words of plain documents are runs.  joint: signs that may stand
    between two letters of a word, one at a time.  odd: what a plain document hasn't.  bridges: what is written
    otherwise before ``word`` is looked for, from and to, since that dialect doesn't look around; signs of a bridge are
    turned back in the words.
    """

    word: str
    letter: str
    joint: str
    odd: str
    bridges: tuple[tuple[str, str], ...] = ()
    back: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Words:
    """The words of some documents, one after the other.

    text: what they stand in.  starts, ends: (N,) between which signs.  counts: (D,) how many words each document has.
    hashes: (N,).
    """

    text: str
    starts: Integers
    ends: Integers
    counts: Integers
    hashes: Hashes

    def spell(self, places: Integers, width: int = 1) -> list[str]:
        """The words at places, or so many from there on, with blanks between them."""
        text = self.text
        spelt = [
            [text[a:b] for a, b in zip(self.starts[at].tolist(), self.ends[at].tolist(), strict=True)]
            for at in (places + i for i in range(width))
        ]
        return spelt[0] if width == 1 else list(map(" ".join, zip(*spelt, strict=True)))

    def spell_edges(self, first: Integers, last: Integers, closing: bool, places: Integers) -> list[str]:
        """The first few words, or the last, of documents at places; first, last: (D,) between which words each is."""
        found = []
        for start, end in zip(first[places].tolist(), last[places].tolist(), strict=True):
            some = np.arange(max(start, end - EDGE), end) if closing else np.arange(start, min(end, start + EDGE))
            found.append(" ".join(self.spell(some))[:LONGEST_NAME])
        return found


def find_words(texts: pl.Series, rule: Rule, salt: str) -> list[tuple[Integers, Words]]:
    """The words of texts: which documents, and their words in lower case; of plain ones and of others.

    texts: (D,), none of them null.
    """
    import polars as pl

    low = texts.str.to_lowercase()
    ascii_ = low.str.len_bytes() == low.str.len_chars()
    if ascii_.all():
        return [(np.arange(len(low)), _split(low, rule, salt))]
    places = pl.Series(np.arange(len(low)))
    other = low.filter(~ascii_)
    odd = other.str.contains(rule.odd)
    parts = [
        (places.filter(ascii_), low.filter(ascii_), rule),
        (places.filter(~ascii_).filter(~odd), other.filter(~odd), rule),
        (places.filter(~ascii_).filter(odd), _match(other.filter(odd), rule), None),
    ]
    return [(at.to_numpy(), _split(part, by, salt)) for at, part, by in parts if len(at)]


def _match(texts: pl.Series, rule: Rule) -> pl.Series:
    """Each text as its words, one a line, by the regular expression."""
    for source, target in rule.bridges:
        # Twice, since neighbours may share a letter.
        texts = texts.str.replace_all(source, target).str.replace_all(source, target)
    lines = texts.str.extract_all(rule.word).list.join("\n")
    for source, target in rule.back:
        lines = lines.str.replace_all(source, target, literal=True)
    return lines


def _split(texts: pl.Series, rule: Rule | None, salt: str) -> Words:
    """The words of plain documents; without a rule, their lines."""
    text = texts.str.join("\n").item() + "\n"
    if text.isascii():
        raw = text.encode()
        codes = np.frombuffer(raw, np.uint8)
    else:
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    if rule is None:
        inside = codes != ord("\n")
    else:
        kinds = _read_kinds(rule)
        kind = np.frombuffer(raw.translate(kinds[:256].tobytes()), np.uint8) if text.isascii() else kinds[codes]
        inside = kind == LETTER
        joints = np.flatnonzero(kind == JOINT)
        # The last sign is a line end: so is the one before the first.
        inside[joints[inside[joints - 1] & inside[joints + 1]]] = True
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    if inside[0]:
        edges = np.append(0, edges)
    starts, ends = edges[::2], edges[1::2]
    ends = np.minimum(ends, starts + LONGEST)
    breaks = np.cumsum(texts.str.len_chars().to_numpy().astype(np.int64) + 1)
    counts = np.diff(np.searchsorted(starts, breaks), prepend=0)
    return Words(text, starts, ends, counts, _hash(codes, starts, ends, salt))


def _hash(codes: NDArray[np.unsignedinteger], starts: Integers, ends: Integers, salt: str) -> Hashes:
    r"""(N,) hashes of what lies between: :math:`\sum_j c_j p^j` modulo 2^64, salted and mixed.

    By sums from the start of each piece: that of a word is the difference of two of them, divided by p^start, which has
    an inverse as p is odd.  R. Karp and M. Rabin, IBM J. Res. Dev. 31:249 (1987).
    """
    hashes = np.empty(len(starts), np.uint64)
    powers, inverses = _raise_powers()
    bounds = np.searchsorted(starts, np.arange(0, len(codes) + PIECE, PIECE))
    sums = np.zeros(PIECE + LONGEST + 1, np.uint64)
    for low, high in pairwise(bounds.tolist()):
        if low < high:
            first, last = starts[low], ends[high - 1]
            n = int(last - first)
            parts = sums[1 : n + 1]
            np.multiply(codes[first:last], powers[:n], out=parts)
            np.cumsum(parts, out=parts)
            start, end = starts[low:high] - first, ends[low:high] - first
            hashes[low:high] = (sums[end] - sums[start]) * inverses[start]
    return mix(hashes + np.uint64(hash_word("words", salt)))


@lru_cache(maxsize=1)
def _raise_powers() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Powers of the base and of its inverse modulo 2^64."""
    n = PIECE + LONGEST
    return tuple(  # type: ignore[return-value]
        np.cumprod(np.append(np.uint64(1), np.full(n - 1, base, np.uint64)))
        for base in (np.uint64(BASE), np.uint64(pow(BASE, -1, 1 << 64)))
    )


@lru_cache(maxsize=4)
def _read_kinds(rule: Rule) -> NDArray[np.uint8]:
    """(PLANE,) what each sign is, as the regular expression has it: 1 a letter, 2 a joint."""
    import polars as pl

    codes = [code for code in range(PLANE) if not 0xD800 <= code < 0xE000]
    signs = pl.Series(list(map(chr, codes)))
    kinds = np.zeros(PLANE, np.uint8)
    kinds[codes] = np.where(signs.str.contains(rule.letter), LETTER, 0)
    kinds[list(map(ord, rule.joint))] = JOINT
    return kinds
