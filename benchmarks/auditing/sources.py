"""Pairs of samples of one law, as an audit takes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.random import Generator

from kellet.audit.pairing import Question
from kellet.data.content import Album, Content, Documents, Rows
from kellet.evidence import Integers
from kellet.profile.hashes import mix
from kellet.profile.profile import Profile, deal
from kellet.profile.tally import Tally

Sizes = tuple[tuple[int, int], ...]
SMALL: Sizes = ((300, 300), (150, 1500), (1500, 150))
SHORT: Sizes = ((200, 200), (100, 1000), (1000, 100))
LARGE: Sizes = ((6000, 6000), (1500, 15_000), (15_000, 1500))
"""So that there are ten numbers beyond the quantiles .001 and .999."""
ZIPF = np.arange(1, 20_001.0) ** -1.1
ZIPF /= ZIPF.sum()
MODES, DIMENSIONS = 100, 16
CENTRES = 3 * np.random.default_rng(0).standard_normal((MODES, DIMENSIONS))


QUICK = Question(many=199)
"""So that 2.5 % is a whole number of assignments."""


@dataclass(frozen=True)
class Source:
    """draw: a content of so many documents.  asked: with as many assignments as an audit takes where its whole verdict
    is looked at.
    """

    draw: Callable[[Generator, int, Path], Content]
    sizes: Sizes = SMALL
    asked: Question = QUICK


def draw_pair(source: Source, sizes: tuple[int, int], rng: Generator, data: Path) -> tuple[Content, Content]:
    """Two samples, of which no document is in both."""
    whole = source.draw(rng, sum(sizes), data)
    return take(whole, slice(0, sizes[0])), take(whole, slice(sizes[0], None))


def take(content: Content, part: slice) -> Content:
    """Some of its documents."""
    match content:
        case Rows():
            return Rows(content.frame[part])
        case Documents():
            return Documents(content.texts[part])
        case Album():
            return Album(content.pixels[part])


def draw_bursts(rng: Generator, n: int) -> list[Integers]:
    """Documents of 12 words of Zipf's law, each of which is said several times, as numbers."""
    return [np.repeat(words, rng.geometric(0.4, 12)) for words in rng.choice(len(ZIPF), (n, 12), p=ZIPF)]


def count(documents: list[Integers]) -> Profile:
    """The profile of documents of numbers that stand for words."""
    groups, many = deal(len(documents))
    each = np.repeat(groups, [len(document) for document in documents])
    return Profile(many, {"words": Tally.of(mix(np.concatenate(documents).astype(np.uint64)), each)})


def draw_zipf(rng: Generator, n: int, _: Path) -> Documents:
    """The same as texts."""
    return Documents(tuple(" ".join(f"w{word}" for word in words) for words in draw_bursts(rng, n)))


@cache
def _read_paragraphs(data: Path) -> tuple[str, ...]:
    lines = (data / "wikitext2_test.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if len(line) > 80)


def draw_paragraphs(rng: Generator, n: int, data: Path) -> Documents:
    """Those of WikiText."""
    every = _read_paragraphs(data)
    return Documents(tuple(every[i] for i in rng.choice(len(every), n, replace=False)))


@cache
def read_adult(data: Path) -> pl.DataFrame:
    """Census rows, 15 columns."""
    return pl.read_csv(data / "adult.csv")


def draw_adult(rng: Generator, n: int, data: Path) -> Rows:
    """Some of them."""
    frame = read_adult(data)
    return Rows(frame[rng.choice(len(frame), n, replace=False)])


def draw_gaps(rng: Generator, n: int, data: Path) -> Rows:
    """Adult rows of which one in twenty has no workclass."""
    gap = pl.when(pl.Series(rng.random(n) < 0.05)).then(None).otherwise(pl.col("workclass"))
    return Rows(draw_adult(rng, n, data).frame.with_columns(gap.alias("workclass")))


def pick_modes(rng: Generator, n: int) -> Integers:
    """Of each point, the rarer the later."""
    shares = 1 / np.arange(1, MODES + 1)
    return rng.choice(MODES, n, p=shares / shares.sum())


def draw_modes(rng: Generator, n: int, _: Path) -> Album:
    """Points of a mixture."""
    points = CENTRES[pick_modes(rng, n)] + rng.standard_normal((n, DIMENSIONS))
    return Album(points.astype(np.float32).reshape(n, 1, DIMENSIONS, 1))


def _number(law: Callable[[Generator, int], np.ndarray]) -> Source:
    return Source(lambda rng, n, _: Rows(pl.DataFrame({"x": law(rng, n)})), LARGE, Question())


SOURCES = {
    "Zipf text with bursts": Source(draw_zipf),
    "paragraphs of WikiText": Source(draw_paragraphs, SHORT),
    "rows of Adult, 15 columns": Source(draw_adult, asked=Question()),
    "rows of Adult with gaps, groups and a use": Source(
        draw_gaps,
        asked=Question(
            key=("age", "workclass", "occupation", "race", "sex", "income"), group=("sex",), target="income", many=199
        ),
    ),
    "normal numbers": _number(lambda rng, n: rng.standard_normal(n)),
    "Student's t with 3 degrees": _number(lambda rng, n: rng.standard_t(3, n)),
    "log-normal numbers": _number(lambda rng, n: rng.lognormal(0, 1, n)),
    "embeddings of a mixture": Source(draw_modes),
}
