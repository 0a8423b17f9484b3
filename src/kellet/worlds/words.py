"""The word frequencies of a text."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import Counter
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import ClassVar

import numpy as np

from kellet.data import files
from kellet.data.source import Law
from kellet.errors import InputError
from kellet.laws import Frequencies
from kellet.worlds.distributions import Lawful, frequencies
from kellet.worlds.observable import Piece

BUILT_IN = "the Python language reference"
RULE = re.compile(r"([^\w\s])\1{2,}")
"""What underlines headings in plain text."""
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


class _OfFiles:
    """What worlds of files have, as fields of their own."""

    __slots__ = ()

    path: str | None
    digest: str | None


class Counted(_OfFiles, Lawful, frozen=True):
    """A world of categories that are counted in files: the truth is how often each occurs there."""

    @abstractmethod
    def rank(self) -> tuple[tuple[str, ...], np.ndarray]:
        """The categories, most frequent first, and how often each occurs."""

    def law(self, replicates: int) -> Frequencies:
        return frequencies(self.counts.astype(float), replicates)

    def open(self, replicates: int = 1) -> Law:
        counts = self.counts.astype(float)
        # However many replicates see it later, the file is read and checked once.
        return Law(frequencies(counts, replicates), replicates, partial(frequencies, counts))

    @property
    def labels(self) -> tuple[str, ...]:
        return self.rank()[0]

    @property
    def counts(self) -> np.ndarray:
        return self.rank()[1]


class Words(Counted, frozen=True, omit_defaults=True, tag="words"):
    """A world of words: the truth is how often each word occurs in a real text.

    path: a text file; None is the Python language reference, which every Python installation carries in
    ``pydoc_data.topics``. digest: of the text, filled in when an experiment is resolved; another text under the same
    path is then refused.
    """

    path: str | None = None
    digest: str | None = None

    things: ClassVar[str] = "words"
    unit: ClassVar[str] = "words"
    subject: ClassVar[str] = "the words of a text"

    def describe(self) -> str:
        text = BUILT_IN if self.path is None else Path(self.path).name
        return f"a real text, {text}, and how often each of its words occurs"

    def rank(self) -> tuple[tuple[str, ...], np.ndarray]:
        return _vocabulary(self.path, files.check(self.path, self.digest) if self.path is not None else "")

    def passage(self, words: int) -> list[Piece]:
        """The text from a paragraph in its middle on: signs that underline headings are left out."""
        index = {label: i for i, label in enumerate(self.labels)}
        whole = text(self.path)
        start = whole.find("\n\n", len(whole) // 2)
        place = start = 0 if start < 0 else start + 2
        pieces: list[Piece] = []
        for found in islice(WORD.finditer(whole, start), words):
            between = RULE.sub("", whole[place : found.start()])
            pieces.append((" ".join(f"|{between}|".split())[1:-1], None))
            pieces.append((found.group(), index.get(found.group().lower())))
            place = found.end()
        return pieces


@lru_cache(maxsize=4)
def _vocabulary(path: str | None, contents: str) -> tuple[tuple[str, ...], np.ndarray]:
    # Frequent first, ties by spelling: the same order everywhere.
    ranked = sorted(Counter(WORD.findall(text(path).lower())).items(), key=lambda item: (-item[1], item[0]))
    if len(ranked) < 2:
        raise InputError("a text with at least two different words", f"{len(ranked)} in {path}", "a longer text")
    return tuple(word for word, _ in ranked), np.array([count for _, count in ranked])


def text(path: str | None) -> str:
    """The text at path, or the built-in one."""
    if path is None:
        from pydoc_data.topics import topics

        return "\n".join(topics[name] for name in sorted(topics))
    return "\n".join(files.decode(file) for file in files.files(path))
