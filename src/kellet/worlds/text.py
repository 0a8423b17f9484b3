"""Worlds of text: whole documents, as blocks of tokens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Literal

import msgspec
import numpy as np

from kellet.data import files
from kellet.data.source import Corpus, split
from kellet.data.tokenizers import native
from kellet.data.tokens import Bytes, Pairs, Pieces, Tokeniser, Tokens
from kellet.errors import InputError
from kellet.worlds.observable import Recipe
from kellet.worlds.words import BUILT_IN

Kind = Literal["bytes", "characters", "words", "bpe"]
PAIRS = 4096
LEAST = 10
"""Documents, to split into training, reserve and held-out."""


class Text(Recipe, frozen=True, omit_defaults=True, tag="text"):
    """A world of documents.

    path: a text (txt, md), or a table (jsonl, parquet, csv) of which one ``column`` holds a document a row; one file, a
    folder or a glob; None is the Python language reference that every Python installation carries.
    documents: what one is in a text: "paragraphs" between blank lines, "lines" or whole "files"; None takes paragraphs,
    and lines where there are fewer than ten.  column: None takes "text", or the only column of strings.
    tokens: "words" (and single signs; spaces and line ends are dropped), "characters", "bytes", or "bpe".
    checkpoint: a folder with a language model, whose tokeniser then reads, whatever ``tokens`` says.
    vocabulary: at most so many tokens (words and characters: all those that the training split has twice or more, and
    one for all others; bpe: 4096).
    length: tokens a block; a point of this world is a block: a document, or a piece of one that is longer.  seed: of
    the split by documents into training (60 %), reserve (20 %) and held-out (20 %).  digest: of the contents, filled in
    when an experiment is resolved.
    """

    path: str | None = None
    tokens: Kind = "words"
    length: int = 64
    vocabulary: int | None = None
    documents: Literal["paragraphs", "lines", "files"] | None = None
    column: str | None = None
    seed: int = 0
    digest: str | None = None
    checkpoint: str | None = None

    things: ClassVar[str] = "tokens"
    unit: ClassVar[str] = "passages"
    subject: ClassVar[str] = "a text"

    def __post_init__(self) -> None:
        if self.length < 2:
            raise InputError("blocks of at least 2 tokens", self.length, "64")
        if self.vocabulary is not None and self.vocabulary < 2:
            raise InputError("a vocabulary of at least 2 tokens", self.vocabulary, "1000")
        if self.vocabulary is not None and self.tokens == "bytes":
            raise InputError("no vocabulary for bytes, which are 256", self.vocabulary, 'tokens = "bpe"')

    def describe(self) -> str:
        text = BUILT_IN if self.path is None else Path(self.path).name
        read = {"bpe": "pieces of words (byte pairs)"}.get(self.tokens, self.tokens)
        return f"the documents of a real text, {text}, in passages of at most {self.length} {read}"

    def open(self, replicates: int = 1) -> Corpus:
        contents = "" if self.path is None else files.check(self.path, self.digest)
        known = msgspec.structs.replace(self, digest=None)
        tokeniser, parts, documents, dropped = _blocks(known, contents)
        return Corpus(*parts, replicates, tokeniser=tokeniser, documents=documents, dropped=dropped)


def cut(documents: Sequence[Tokens], length: int) -> Tokens:
    """Blocks (N, length) of documents, padded with -1; no block holds pieces of two.

    >>> cut([np.array([1, 2, 3]), np.array([4, 5])], 2)
    array([[ 1,  2],
           [ 3, -1],
           [ 4,  5]], dtype=int32)
    """
    counts = [-(-len(document) // length) for document in documents]
    blocks = np.full((sum(counts), length), -1, dtype=np.int32)
    row = 0
    for document, count in zip(documents, counts, strict=True):
        blocks[row : row + count].reshape(-1)[: len(document)] = document
        row += count
    return blocks


@lru_cache(maxsize=2)
def _blocks(world: Text, contents: str) -> tuple[Tokeniser, tuple[Tokens, Tokens, Tokens], int, int]:
    """Tokeniser, blocks of the three parts, number of documents, and of empty ones that were dropped."""
    every = _documents(world)
    texts = [text for text in every if text.strip()]
    where = "the built-in text" if world.path is None else world.path
    if not texts:
        raise InputError("documents with something in them", f"{len(every)} empty ones in {where}", "another file")
    if len(texts) < LEAST:
        attempt = 'more text, or documents = "lines"'
        raise InputError(f"at least {LEAST} documents, to split into three", f"{len(texts)} in {where}", attempt)
    parts = [[texts[i] for i in part] for part in split(len(texts), world.seed)]
    tokeniser = _tokeniser(world, parts[0])
    encoded = [[tokeniser.encode(text) for text in part] for part in parts]
    total = sum(len(tokens) for part in encoded for tokens in part)
    if total < world.length:
        raise InputError(f"a corpus of at least one block of {world.length} tokens", f"{total} in {where}", "more text")
    training, reserve, heldout = (cut(part, world.length) for part in encoded)
    if not (len(training) and len(reserve) and len(heldout)):
        raise InputError("tokens in each of the three parts", f"a part without any in {where}", "more text")
    return tokeniser, (training, reserve, heldout), len(texts), len(every) - len(texts)


def _tokeniser(world: Text, training: Sequence[str]) -> Tokeniser:
    if world.checkpoint is not None:
        return native(world.checkpoint)
    match world.tokens:
        case "bytes":
            return Bytes()
        case "bpe":
            return Pairs.learn(training, world.vocabulary or PAIRS)
    # What the training part has once is unknown too: else nothing would teach a model how likely the unknown is.
    known = Pieces.learn(training, world.tokens == "words", world.vocabulary, least=2)
    return known if known.size > 1 else Pieces.learn(training, world.tokens == "words", world.vocabulary)


def _documents(world: Text) -> list[str]:
    if world.path is None:
        from pydoc_data.topics import topics

        # Every topic is a text of its own.
        return _divide([topics[name] for name in sorted(topics)], world.documents)
    found = files.files(world.path)
    if found[0].suffix.lower() in files.TEXTS:
        return _divide([files.decode(path) for path in found], world.documents)
    if found[0].suffix.lower() in (".jsonl", ".ndjson", ".csv", ".tsv"):
        for path in found:
            files.decode(path)
    table = files.read_table(world.path)
    return [text or "" for text in table[_column(table, world.column)].to_list()]


def _divide(texts: list[str], documents: str | None) -> list[str]:
    """Documents of texts; empty ones between blank lines aren't documents."""
    if documents == "files":
        return texts
    paragraphs = [part.strip("\n") for text in texts for part in re.split(r"\n\s*\n", text) if part.strip()]
    if documents == "paragraphs" or (documents is None and len(paragraphs) >= LEAST):
        return paragraphs
    return [line for text in texts for line in text.splitlines()]


def _column(table: Any, column: str | None) -> str:
    import polars as pl

    strings: list[str] = [name for name in table.columns if table[name].dtype == pl.String]
    if column is None:
        if "text" in strings:
            return "text"
        if len(strings) == 1:
            return strings[0]
        got = ", ".join(table.columns[:12])
        raise InputError('a column "text", or only one column of strings', got, "--columns NAME")
    if column not in strings:
        expected = f"one of the columns of strings {', '.join(strings[:12]) or '(none)'}"
        raise InputError(expected, column, "--columns NAME")
    return column
