"""Texts: copies, openings that return, lengths, repetition and compression, against what exchange allows."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from kellet.audit.exchange import Exchange
from kellet.audit.finding import Measured
from kellet.audit.repeats import measure_repeats
from kellet.audit.result import Loss
from kellet.data.segmentation import compile_words
from kellet.evidence import Array, Integers
from kellet.profile.hashes import hash_words
from kellet.profile.profile import SALT
from kellet.profile.prose import BAND, BINS, GRAM, Words, read_number, repeat, widen
from kellet.profile.tally import Hashes, Tally

MANY, PART = 5, 0.001
"""Documents with one opening, at least so many and such a part of all: shared by many."""
EXTREME = 0.02
"""Of all lengths together: very short, and very long."""
HALF = 0.5
"""Of its words repeated, from which on a document repeats itself."""
BLOCK, SMALLEST, BLOCKS = 1 << 16, 1 << 10, 4
"""Bytes that are compressed at once, at most and at least, and at most how many times so many of each group."""


class Side(NamedTuple):
    """texts: (n,) documents.  groups: (n,) of each, as in its profile."""

    texts: Sequence[str]
    groups: Integers


class Repeated(NamedTuple):
    """A document that says the same again and again: its number from 1 on, the share of its words that came before,
    how often it says its most frequent run, and this run as it is written first.
    """

    document: int
    share: float
    times: int
    excerpt: str


def read_words(texts: Sequence[str], salt: str = SALT) -> Words:
    """The words and signs of documents without regard to case.

    >>> words = read_words(["Eat a banana!", "", "EAT"])
    >>> words.lengths.tolist(), bool(words.hashes[0] == words.hashes[-1])
    ([4, 0, 1], True)
    """
    find, known, found, bounds = compile_words().findall, dict[str, int](), array("q"), [0]
    for text in texts:
        found.extend(known.setdefault(word, len(known)) for word in find(text.casefold()))
        bounds.append(len(found))
    hashes = hash_words(known, salt)
    return Words(hashes[np.frombuffer(found, np.int64)], np.array(bounds))


def measure_texts(exchange: Exchange) -> Iterator[Measured]:
    """All that profiles know, where both have it."""
    sides = (exchange.reference.tallies, exchange.candidate.tallies)
    kinds = {kind for kind in sides[0] if all(kind in side and side[kind].totals.any() for side in sides)}
    if "document" in kinds:
        yield from measure_repeats(exchange, "document", "texts", "documents that ")
    if "near" in kinds:
        what = "documents that nearly "
        yield from measure_repeats(exchange, "near", "texts", what, BINS // BAND, "near_duplicates")
    for kind in ("opening", "closing"):
        if kind in kinds:
            yield _measure_sharing(exchange, kind)
    if "length" in kinds:
        yield from _measure_lengths(exchange)
    if "repetition" in kinds:
        yield from _measure_repetition(exchange)


def _measure_sharing(exchange: Exchange, kind: str) -> Measured:
    documents = exchange.documents[1]
    least, shared = count_many(int(documents[0])), np.zeros(exchange.chosen.shape[1])
    for _, _, theirs in exchange.counts(kind, least):
        shared += np.where(theirs >= least, theirs, 0).sum(axis=0)
    title = f"documents with {'an' if kind == 'opening' else 'a'} {kind} that {least} or more have"
    return Measured(f"shared_{kind}s", "texts", title, shared / (documents * _share(exchange, kind)), "lacking")


def count_many(documents: int) -> int:
    """How many documents are many.

    >>> count_many(400), count_many(1_000_000)
    (5, 1000)
    """
    return max(MANY, round(PART * documents))


def name_shared(exchange: Exchange, kind: str, many: int = 10) -> tuple[Loss, ...]:
    """Openings or closings that many of the candidate's documents share, and more than twice as many as the reference's
    sizes let expect; the most frequent ones first.
    """
    mine, theirs = (int(side[0]) for side in exchange.documents)
    names = dict(exchange.candidate.tallies[kind].names.iter_rows())
    least, found = count_many(theirs), []
    for keys, ours, others in exchange.counts(kind, least):
        for i in np.flatnonzero((others[:, 0] >= least) & (others[:, 0] * mine > 2 * ours[:, 0] * theirs)):
            seen, here = int(ours[i, 0]), int(others[i, 0])
            expected = seen * theirs / mine
            name = names.get(int(keys[i]))
            found.append(Loss(kind=kind, about="texts", name=name, reference=seen, candidate=here, expected=expected))
    return tuple(sorted(found, key=lambda loss: (-loss.candidate, loss.name or ""))[:many])


def _measure_lengths(exchange: Exchange) -> Iterator[Measured]:
    """Quantiles of the candidate as a share of the reference's, and its share of what is short or long altogether."""
    keys, mine, theirs = _collect(exchange, "length")
    edges, width = keys.astype(float), widen(keys).astype(float)
    low, middle, high = ([_find_quantile(edges, width, side, q) for side in (mine, theirs)] for q in (0.1, 0.5, 0.9))
    spread = [most - least for least, most in zip(low, high, strict=True)]
    for name, (ours, others), title in (
        ("length", middle, "median words in a document"),
        ("length_spread", spread, "words between the shortest and the longest tenth of documents"),
    ):
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(ours > 0, others / ours, np.nan)
        yield Measured(name, "texts", f"{title}, of the reference's {ours[0]:,.0f}", ratio, "amount")
    pooled = np.cumsum(mine[:, 0] + theirs[:, 0])
    short, long = np.searchsorted(pooled, [EXTREME * pooled[-1], (1 - EXTREME) * pooled[-1]])
    for name, rows, word in (("short", slice(0, short + 1), "at most"), ("long", slice(long, None), "at least")):
        limit = edges[short] + width[short] - 1 if name == "short" else edges[long]
        share = theirs[rows].sum(axis=0) / theirs.sum(axis=0)
        expected = float(mine[rows, 0].sum() / mine[:, 0].sum())
        title = f"documents of {word} {limit:,.0f} words"
        yield Measured(f"{name}_documents", "texts", title, share, "amount", True, expected)


def _measure_repetition(exchange: Exchange) -> Iterator[Measured]:
    keys, mine, theirs = _collect(exchange, "repetition")
    for name, title, worth in (
        ("repetition", f"words in runs of {GRAM} that came before in their document", keys / 100.0),
        ("repetitive_documents", "documents at least half of which came before in them", (keys >= 100 * HALF) * 1.0),
    ):
        expected = float(worth @ mine[:, 0] / mine[:, 0].sum())
        yield Measured(name, "texts", title, worth @ theirs / theirs.sum(axis=0), "lacking", True, expected)


def measure_compression(exchange: Exchange, reference: Side, candidate: Side) -> Iterator[Measured]:
    """How small a group's documents are when they are compressed, in blocks of one size on both sides.

    Documents are put one after the other by a hash of each, so that the order of a file doesn't matter.  Nothing where
    groups are too small for a block.
    """
    grouped = [
        _gather(side, places, many)
        for side, places, many in zip(
            (reference, candidate), (exchange.grouping.reference, exchange.grouping.candidate), exchange.grouping.many,
            strict=True,
        )
    ]  # fmt: skip
    whole = [b"\n".join(sorted(group, key=zlib.crc32)) for side in grouped for group in side]
    size = min(BLOCK, *map(len, whole))
    if size < SMALLEST:
        return
    values = np.array([_compress(group, size) for group in whole])
    fresh = float(values[: len(grouped[0])].mean())
    title = f"size when compressed, in blocks of {size / 1024:.0f} kB"
    yield Measured("compression", "texts", title, average(exchange, values), "amount", True, fresh)


def _gather(side: Side, places: Integers, many: int) -> list[list[bytes]]:
    found: list[list[bytes]] = [[] for _ in range(many)]
    for text, place in zip(side.texts, places[side.groups], strict=True):
        if place >= 0:
            found[place].append(text.encode(errors="replace"))
    return found


def _compress(raw: bytes, size: int) -> float:
    blocks = [raw[start : start + size] for start in range(0, len(raw) - size + 1, size)][:BLOCKS]
    return sum(len(zlib.compress(block)) for block in blocks) / (size * len(blocks))


def average(exchange: Exchange, values: Array) -> Array:
    """(P,) the mean over the groups called the candidate's of one number for each group (groups,), the reference's
    first; those that are not a number are left out.
    """
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.asarray((np.where(known, values, 0) @ exchange.chosen) / (known @ exchange.chosen), float)


def find_repeated(texts: Sequence[str], many: int = 5, words: Words | None = None) -> tuple[Repeated, ...]:
    """The documents that repeat themselves most: at least half of their words, the longest first."""
    words = read_words(texts) if words is None else words
    shares = repeat(words)
    worst = np.argsort(-shares * words.lengths, kind="stable")
    return tuple(_describe(texts[i], int(i), float(shares[i])) for i in worst if shares[i] >= HALF)[:many]


def _describe(text: str, document: int, share: float) -> Repeated:
    found = list(compile_words().finditer(text))
    written = [match.group().casefold() for match in found]
    places: dict[tuple[str, ...], list[int]] = {}
    for i in range(len(written) - GRAM + 1):
        places.setdefault(tuple(written[i : i + GRAM]), []).append(i)
    starts = max(places.values(), key=len)
    excerpt = text[found[starts[0]].start() : found[starts[0] + GRAM - 1].end()]
    return Repeated(document + 1, share, len(starts), " ".join(excerpt.split()))


def _collect(exchange: Exchange, kind: str) -> tuple[Hashes, Integers, Integers]:
    """Keys that are numbers, ascending (k,), and their counts on either side (k, P)."""
    keys, mine, theirs = zip(*exchange.counts(kind), strict=True)
    return read_number(np.concatenate(keys)), np.concatenate(mine), np.concatenate(theirs)


def _find_quantile(edges: Array, width: Array, counts: Integers, share: float) -> Array:
    """(P,) the quantile of what was counted by buckets (k, P), as if it were spread evenly inside of each."""
    total = np.cumsum(counts, axis=0)
    wanted = share * total[-1]
    place = np.argmax(total >= wanted, axis=0)
    inside = np.take_along_axis(counts, place[None], axis=0)[0]
    before = np.take_along_axis(total, place[None], axis=0)[0] - inside
    return np.asarray(edges[place] + width[place] * (wanted - before) / np.maximum(inside, 1) - 0.5, float)


def _share(exchange: Exchange, kind: str) -> float:
    """Of all keys of a kind, those that both sides keep."""
    sides: list[Tally] = [profile.tallies[kind] for profile in (exchange.reference, exchange.candidate)]
    return min(tally.share for tally in sides)
