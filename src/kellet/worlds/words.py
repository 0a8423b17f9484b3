"""The word frequencies of a text."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import ClassVar

import numpy as np

from kellet.data import files
from kellet.data.documents import Collection, read_documents
from kellet.data.files import BUILT_IN
from kellet.data.segmentation import compile_words, name_scripts
from kellet.data.sight import Sight
from kellet.data.source import Law
from kellet.errors import InputError
from kellet.laws import Frequencies
from kellet.page.wording import join, number
from kellet.worlds.distributions import Lawful, frequencies
from kellet.worlds.observable import Piece

RULE = re.compile(r"([^\w\s])\1{2,}")
"""What underlines headings in plain text."""


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

    path: a text, or a table with documents; None is the Python language reference, which every Python installation
    carries in ``pydoc_data.topics``.  digest: of the text, filled in when an experiment is resolved; another text under
    the same path is then refused.  columns: of a table, as in `Text`.
    """

    path: str | None = None
    digest: str | None = None
    columns: tuple[str, ...] | None = None

    things: ClassVar[str] = "words"
    unit: ClassVar[str] = "words"
    subject: ClassVar[str] = "the words of a text"

    def describe(self) -> str:
        text = BUILT_IN if self.path is None else Path(self.path).name
        return f"a real text, {text}, and how often each of its words occurs"

    def rank(self) -> tuple[tuple[str, ...], np.ndarray]:
        return _vocabulary(self.path, self.columns, files.check(self.path, self.digest))

    def sight(self) -> Sight:
        found = read_documents(self.path, self.columns)
        read = (*found.read, f"{number(self.counts.sum())} words, {number(len(self.counts))} different")
        notes = (*found.notes, *describe_losses(found), *describe_scripts(found.texts))
        default = "learnt as the frequencies of words"
        return Sight(
            Path(self.path).name if self.path else BUILT_IN,
            "text",
            len(found.texts),
            read,
            notes=notes,
            default=default,
        )

    def passage(self, words: int) -> list[Piece]:
        """The text from a paragraph in its middle on: signs that underline headings are left out."""
        index = {label: i for i, label in enumerate(self.labels)}
        whole = "\n\n".join(read_documents(self.path, self.columns).texts)
        start = whole.find("\n\n", len(whole) // 2)
        place = start = 0 if start < 0 else start + 2
        pieces: list[Piece] = []
        for found in islice(compile_words(signs=False).finditer(whole, start), words):
            between = RULE.sub("", whole[place : found.start()])
            pieces.append((" ".join(f"|{between}|".split())[1:-1], None))
            pieces.append((found.group(), index.get(found.group().lower())))
            place = found.end()
        return pieces


def describe_losses(found: Collection) -> list[str]:
    """What is said of documents that were dropped."""
    if not found.dropped:
        return []
    if found.dropped == 1:
        return [f"1 empty {found.things[:-1]} is left out."]
    return [f"{number(found.dropped)} empty {found.things} are left out."]


def describe_scripts(texts: Sequence[str]) -> list[str]:
    """What is said where words can't be told apart by spaces."""
    if not (names := name_scripts(texts)):
        return []
    are = "is" if len(names) == 1 else "are"
    return [f"{join(list(names))} {are} written without spaces: every character is taken for a word."]


@lru_cache(maxsize=4)
def _vocabulary(path: str | None, columns: tuple[str, ...] | None, _: str) -> tuple[tuple[str, ...], np.ndarray]:
    counts: Counter[str] = Counter()
    for text in read_documents(path, columns).texts:
        counts.update(compile_words(signs=False).findall(text.lower()))
    if len(counts) < 2:
        raise InputError("a text with at least two different words", f"{len(counts)} in {path}", "a longer text")
    # Frequent first, ties by spelling: the same order everywhere.
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(word for word, _ in ranked), np.array([count for _, count in ranked])
