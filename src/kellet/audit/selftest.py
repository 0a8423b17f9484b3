"""Selftest: losses of a known size, planted in a person's own data, and which of them an audit finds at this size.

The documents are parted at random into two halves; what is planted into one of them is looked for against the other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Literal, TypeVar

import msgspec
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.audit.finding import Finding, Verdict
from kellet.audit.retention import RARE
from kellet.data.segmentation import compile_words
from kellet.evidence import Array, Integers

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["rare", "cooled", "cut", "copies"]
"""rare: this share of what occurs at most RARE times in a half is gone, something frequent stands in its place.
cooled: laws of categories, and of words, at temperature 1 - share.  cut: numbers end at the quantiles share / 2 and
1 - share / 2, texts at the quantile 1 - share of lengths.  copies: this share of documents are copies of others."""
KINDS: tuple[Kind, ...] = ("rare", "cooled", "cut", "copies")
SHARES = (0.05, 0.1, 0.2, 0.5)
REPEATS = 5
FOUND: tuple[Verdict, ...] = ("lost", "copied", "more")
FEW = 20
"""Different numbers in a column, up to which they are categories."""
MISSING = "\ufdd0"
"""Stands for what is missing: Unicode promises that it is no character."""

Content = TypeVar("Content", "pl.DataFrame", "tuple[str, ...]")


class Finder(msgspec.Struct, frozen=True):
    """A measure, what it is about, and how often it found what was planted: as what, and in how many repeats."""

    measure: str
    about: str
    verdict: Verdict
    title: str
    times: int


class Trial(msgspec.Struct, frozen=True):
    """What was planted, None where nothing was, how often it was tried, and who found it, the best first."""

    kind: Kind | None
    share: float
    repeats: int
    finders: tuple[Finder, ...]

    @property
    def found(self) -> int:
        """In how many repeats the best measure found it."""
        return max((finder.times for finder in self.finders), default=0)


def try_out(
    content: Content,
    audit: Callable[[Content, Content], Iterable[Finding]],
    rng: Generator,
    kinds: Sequence[Kind] = KINDS,
    shares: Sequence[float] = SHARES,
    repeats: int = REPEATS,
) -> tuple[Trial, ...]:
    """Every loss, planted a few times into halves of the content; before them what is found where nothing was planted.

    audit: of a reference and a candidate.
    """
    planted: list[tuple[Kind | None, float]] = [(None, 0.0), *((kind, share) for kind in kinds for share in shares)]
    found: list[Counter[tuple[str, str, Verdict]]] = [Counter() for _ in planted]
    titles: dict[tuple[str, str], str] = {}
    for _ in range(repeats):
        order = rng.permutation(len(content))
        reference, candidate = (take(content, half) for half in np.array_split(order, 2))
        for (kind, share), counter in zip(planted, found, strict=True):
            changed = candidate if kind is None else plant(candidate, kind, share, rng, content)
            for one in audit(reference, changed):
                if one.verdict in FOUND:
                    counter[one.measure, one.about, one.verdict] += 1
                    titles.setdefault((one.measure, one.about), one.title)
    return tuple(
        Trial(kind, share, repeats, tuple(Finder(*key, titles[key[:2]], times) for key, times in counter.most_common()))
        for (kind, share), counter in zip(planted, found, strict=True)
    )


def plant(content: Content, kind: Kind, share: float, rng: Generator, whole: Content | None = None) -> Content:
    """The content with a known loss.

    content: the rows of a table, or texts.  whole: where what is rare is told by, in proportion; the content itself if
    not given.

    >>> len(set(plant(("one", "two", "three", "four"), "copies", 0.5, np.random.default_rng(0))))
    2
    """
    whole = content if whole is None else whole
    if kind == "copies":
        return take(content, copy(len(content), share, rng))
    if isinstance(content, tuple):
        assert isinstance(whole, tuple)
        return _cut_texts(content, share) if kind == "cut" else _move_words(content, kind, share, rng, whole)
    assert not isinstance(whole, tuple)
    return _change_columns(content, kind, share, rng, whole)


def take(content: Content, which: Integers) -> Content:
    """Those documents, in this order."""
    return tuple(content[i] for i in which) if isinstance(content, tuple) else content[which]


def copy(many: int, share: float, rng: Generator) -> Integers:
    """(many,) which document stands in each place, so that a share of them are copies of the rest."""
    places = np.arange(many)
    copies = rng.choice(many, round(share * many), replace=False)
    rest = np.setdiff1d(places, copies)
    places[copies] = rng.choice(rest, len(copies))
    return places


def thin(counts: Array, kind: Kind, share: float, rng: Generator, rare: NDArray[np.bool_]) -> Array:
    """(K,) a law of which something is lost, for how often each of K keys occurs.

    rare: (K,) the keys of which a share is to go; the others gain in proportion.
    """
    if kind == "cooled":
        law = np.where(counts > 0, counts / counts.max(), 0) ** (1 / (1 - share))
    else:
        law = counts.copy()
        law[rng.choice(np.flatnonzero(rare), round(share * np.count_nonzero(rare)), replace=False)] = 0
        if not law.any():
            law = counts
    return np.asarray(law / law.sum(), float)


def move(codes: Integers, law: Array, rng: Generator) -> Integers:
    """(N,) keys that follow another law, with as few of them changed as can be.

    Of a key that has become rarer, from p to q, each occurrence stays with probability q / p; what goes is drawn from
    the keys that have become more frequent.
    """
    before = np.bincount(codes, minlength=len(law)) / len(codes)
    with np.errstate(divide="ignore", invalid="ignore"):
        leaves = rng.random(len(codes)) > np.where(before > 0, law / before, 1)[codes]
    gain = np.maximum(law - before, 0)
    moved = codes.copy()
    if leaves.any() and gain.any():
        moved[leaves] = rng.choice(len(law), np.count_nonzero(leaves), p=gain / gain.sum())
    return moved


def _change_columns(frame: pl.DataFrame, kind: Kind, share: float, rng: Generator, whole: pl.DataFrame) -> pl.DataFrame:
    changed = []
    for column in frame:
        numbers = _read_numbers(whole[column.name])
        if kind == "cut" and numbers is not None:
            changed.append(_cut_column(column, numbers, share, rng))
        elif kind != "cut" and numbers is None and not column.dtype.is_nested():
            changed.append(_move_column(column, kind, share, rng, whole[column.name]))
    return frame.with_columns(changed)


def _read_numbers(column: pl.Series) -> pl.Series | None:
    """A column as numbers, however they are written; None where it is none, or has so few that they are categories."""
    import polars as pl

    if column.dtype.is_nested() or column.dtype.is_temporal() or column.dtype == pl.Boolean:
        return None
    numbers = column.cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
    few = numbers.n_unique() <= FEW or numbers.null_count() > column.null_count()
    return None if few else numbers


def _cut_column(column: pl.Series, numbers: pl.Series, share: float, rng: Generator) -> pl.Series:
    """Numbers beyond the quantiles of all numbers give way to others."""
    low, high = (numbers.quantile(q, "nearest") for q in (share / 2, 1 - share / 2))
    mine = column.cast(str).str.strip_chars().cast(float, strict=False).to_numpy()
    outside, inside = (mine < low) | (mine > high), np.flatnonzero((mine >= low) & (mine <= high))
    places = np.arange(len(column))
    if len(inside):
        places[outside] = rng.choice(inside, np.count_nonzero(outside))
    return column.gather(places)


def _move_column(column: pl.Series, kind: Kind, share: float, rng: Generator, whole: pl.Series) -> pl.Series:
    import polars as pl

    both = pl.concat([column, whole])
    names, first, codes = np.unique(both.cast(pl.String).fill_null(MISSING), return_index=True, return_inverse=True)
    here, everywhere = codes[: len(column)], codes[len(column) :]
    return both.gather(first[_forget(here, everywhere, len(names), kind, share, rng)])


def _forget(codes: Integers, whole: Integers, keys: int, kind: Kind, share: float, rng: Generator) -> Integers:
    """(N,) codes of keys after a loss; whole: those by which it is told what is rare."""
    everywhere = np.bincount(whole, minlength=keys) * len(codes) / max(len(whole), 1)
    counts = np.bincount(codes, minlength=keys).astype(float)
    return move(codes, thin(counts, kind, share, rng, (everywhere > 0) & (everywhere <= RARE)), rng)


def _move_words(
    texts: tuple[str, ...], kind: Kind, share: float, rng: Generator, whole: tuple[str, ...]
) -> tuple[str, ...]:
    find, known = compile_words(signs=False), dict[str, int]()
    codes, everywhere = (
        np.fromiter(
            (known.setdefault(word.casefold(), len(known)) for text in some for word in find.findall(text)), np.int64
        )
        for some in (texts, whole)
    )
    if not len(codes):
        return texts
    words, moved = list(known), _forget(codes, everywhere, len(known), kind, share, rng)
    each = zip(codes.tolist(), moved.tolist(), strict=True)

    def write(match: re.Match[str]) -> str:
        before, after = next(each)
        return match.group() if before == after else words[after]

    return tuple(find.sub(write, text) for text in texts)


def _cut_texts(texts: tuple[str, ...], share: float) -> tuple[str, ...]:
    """Texts end at the quantile 1 - share of their lengths in words."""
    ends = [[match.end() for match in compile_words().finditer(text)] for text in texts]
    most = max(1, int(np.quantile([len(each) for each in ends], 1 - share)))
    return tuple(text[: each[most - 1]] if len(each) > most else text for text, each in zip(texts, ends, strict=True))
