"""Worlds of text: whole documents, as blocks of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Literal

import msgspec
import numpy as np

from kellet.data import files
from kellet.data.documents import Division, read_documents
from kellet.data.files import BUILT_IN
from kellet.data.segmentation import UNKNOWN
from kellet.data.sight import Sight
from kellet.data.source import Corpus, split
from kellet.data.tokenizers import native
from kellet.data.tokens import Bytes, Pairs, Pieces, Tokeniser, Tokens
from kellet.errors import InputError
from kellet.page.wording import number, percent
from kellet.worlds.observable import Recipe
from kellet.worlds.words import describe_losses, describe_scripts

Kind = Literal["bytes", "characters", "words", "bpe"]
PAIRS = 4096


class Text(Recipe, frozen=True, omit_defaults=True, tag="text"):
    """A world of documents.

    path: a text, or a table with documents, conversations or instructions in ``columns``; one file, a folder or a glob;
    None is the Python language reference that every Python installation carries.
    documents: what one is: in a text "paragraphs" between blank lines, "lines" or whole "files", of which None takes
    paragraphs, and lines where there are fewer than ten; in a table None takes rows, of chats "conversations", and
    "turns" parts them.  columns: several are joined, and "solution.text" looks inside; None finds "text", a
    conversation, an instruction with its output, or the only column of text.
    tokens: "words" (and single signs; spaces and line ends are dropped; of scripts without spaces every character is
    one), "characters", "bytes", or "bpe".
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
    documents: Division | None = None
    columns: tuple[str, ...] | None = None
    seed: int = 0
    digest: str | None = None
    checkpoint: str | None = None

    unit: ClassVar[str] = "passages"
    subject: ClassVar[str] = "a text"

    def __post_init__(self) -> None:
        self.check_least(0, "seed")
        if self.length < 2:
            raise InputError("blocks of at least 2 tokens", self.length, "64")
        if self.vocabulary is not None and self.vocabulary < 2:
            raise InputError("a vocabulary of at least 2 tokens", self.vocabulary, "1000")
        if self.vocabulary is not None and self.tokens == "bytes":
            raise InputError("no vocabulary for bytes, which are 256", self.vocabulary, 'tokens = "bpe"')

    @property
    def things(self) -> str:  # type: ignore[override]
        """What a token is, where there is a word for it."""
        return self.tokens if self.tokens in ("words", "characters", "bytes") and not self.checkpoint else "tokens"

    def describe(self) -> str:
        text = BUILT_IN if self.path is None else Path(self.path).name
        read = {"bpe": "pieces of words (byte pairs)"}.get(self.tokens, self.tokens)
        return f"the documents of a real text, {text}, in passages of at most {self.length} {read}"

    def open(self, replicates: int = 1) -> Corpus:
        tokeniser, parts = self._blocks()
        return Corpus(*parts, replicates, tokeniser=tokeniser)

    def sight(self) -> Sight:
        found = read_documents(self.path, self.columns, self.documents)
        tokeniser, parts = self._blocks()
        total = sum(int((part >= 0).sum()) for part in parts)
        named = {"words": "words and signs", "bpe": "byte pairs"}.get(self.tokens, self.tokens)
        vocabulary = tokeniser.size - isinstance(tokeniser, Pieces)
        read = (*found.read, f"{number(total)} {named}", f"a vocabulary of {number(vocabulary)}")
        notes = [*found.notes, *describe_losses(found)]
        unknown = sum(int((part == 0).sum()) for part in parts) if isinstance(tokeniser, Pieces) else 0
        if unknown:
            rare = percent(unknown / total)
            notes.append(f"{UNKNOWN} stands for the {rare} of them that are too rare for the vocabulary.")
        if self.tokens == "words" and self.checkpoint is None:
            notes += describe_scripts(found.texts)
        count, default = len(found.texts), f"learnt in passages of at most {self.length} {named}"
        return Sight(
            Path(self.path).name if self.path else BUILT_IN, "text", count, read, notes=tuple(notes), default=default
        )

    def _blocks(self) -> tuple[Tokeniser, tuple[Tokens, Tokens, Tokens]]:
        return _blocks(msgspec.structs.replace(self, digest=None), files.check(self.path, self.digest))


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
def _blocks(world: Text, _: str) -> tuple[Tokeniser, tuple[Tokens, Tokens, Tokens]]:
    """Tokeniser, and blocks of the three parts."""
    found = read_documents(world.path, world.columns, world.documents)
    where = world.path or BUILT_IN
    found.require_enough(where)
    texts = found.texts
    parts = [[texts[i] for i in part] for part in split(len(texts), world.seed)]
    tokeniser = _tokeniser(world, parts[0])
    encoded = [[tokeniser.encode(text) for text in part] for part in parts]
    total = sum(len(tokens) for part in encoded for tokens in part)
    if total < world.length:
        raise InputError(f"a corpus of at least one block of {world.length} tokens", f"{total} in {where}", "more text")
    training, reserve, heldout = (cut(part, world.length) for part in encoded)
    if not (len(training) and len(reserve) and len(heldout)):
        raise InputError("tokens in each of the three parts", f"a part without any in {where}", "more text")
    return tokeniser, (training, reserve, heldout)


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
