"""Tokenisers: how text becomes numbers and back.  Each is made once, from real training text, and then frozen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from kellet.data.segmentation import BLANK, UNKNOWN, is_spaced, join, mark_unknown, segment
from kellet.errors import InputError, extra

Tokens = NDArray[np.int32]
STOPS = frozenset(".!?\u3002\uff01\uff1f\uff61\u0964\u0965\u061f\u06d4\u0589\u1362\u104b\u17d4")
"""What ends a sentence: in European, East Asian, Indian, Arabic, Armenian, Ethiopic, Burmese and Khmer writing."""
LEAST = 300
"""The 256 bytes and a few pairs: a smaller vocabulary of pairs is none."""


class Tokeniser(Protocol):
    """size: how many tokens there are, 0 to size - 1.  widths: (size,), the UTF-8 bytes that each stands for, with the
    space that goes with it.  stops: (size,), which of them end a sentence.
    """

    @property
    def size(self) -> int: ...
    @property
    def widths(self) -> NDArray[np.int64]: ...
    @property
    def stops(self) -> NDArray[np.bool_]: ...
    def encode(self, text: str) -> Tokens:
        """The tokens of a text, (n,)."""
        ...

    def decode(self, tokens: Iterable[int]) -> str:
        """A text from tokens (n,); -1 is nothing."""
        ...


@dataclass(frozen=True)
class Bytes:
    """The 256 bytes of UTF-8.

    >>> Bytes().encode("é"), Bytes().decode([195, 169, -1])
    (array([195, 169], dtype=int32), 'é')
    """

    size: ClassVar[int] = 256

    @property
    def widths(self) -> NDArray[np.int64]:
        return np.ones(256, dtype=np.int64)

    @property
    def stops(self) -> NDArray[np.bool_]:
        return np.isin(np.arange(256), [ord(c) for c in STOPS])

    def encode(self, text: str) -> Tokens:
        return np.frombuffer(text.encode(), dtype=np.uint8).astype(np.int32)

    def decode(self, tokens: Iterable[int]) -> str:
        return bytes(int(t) for t in tokens if t >= 0).decode(errors="replace")


@dataclass(frozen=True)
class Pieces:
    """Characters or words of the training text, by frequency; token 0 is every other, and written "[?]".

    pieces: their spelling.  words: whether they are words and single signs, written with spaces where their script has
    them; see `segmentation`.

    >>> words = Pieces.learn(["To be, or not to be"], words=True)
    >>> words.pieces
    ('[?]', 'be', ',', 'To', 'not', 'or', 'to')
    >>> words.decode(words.encode("Be, or not to be!"))
    '[?], or not to be [?]'
    """

    pieces: tuple[str, ...]
    words: bool
    _index: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {piece: i for i, piece in enumerate(self.pieces)})

    @staticmethod
    def learn(texts: Sequence[str], words: bool, most: int | None = None, least: int = 1) -> Pieces:
        """The first ``most`` pieces that texts have ``least`` times or more, frequent first, ties by spelling."""
        found: Counter[str] = Counter()
        for text in texts:
            found.update(segment(text) if words else text)
        ranked = sorted((piece for piece in found if found[piece] >= least), key=lambda piece: (-found[piece], piece))
        return Pieces((UNKNOWN, *ranked[: None if most is None else most - 1]), words)

    @property
    def size(self) -> int:
        return len(self.pieces)

    @cached_property
    def widths(self) -> NDArray[np.int64]:
        return np.array([len(piece.encode()) + (self.words and is_spaced(piece)) for piece in self.pieces])

    @cached_property
    def stops(self) -> NDArray[np.bool_]:
        return np.array([piece in STOPS for piece in self.pieces])

    def encode(self, text: str) -> Tokens:
        parts: Iterable[str] = segment(text) if self.words else text
        get = self._index.get
        return np.fromiter((get(part, 0) for part in parts), dtype=np.int32)

    def decode(self, tokens: Iterable[int]) -> str:
        chosen = [self.pieces[t] if t else None for t in tokens if t >= 0]
        return join(chosen) if self.words else mark_unknown("".join(BLANK if c is None else c for c in chosen))


@dataclass(frozen=True)
class Pairs:
    """Byte pair encoding over bytes, so that nothing is unknown; needs the extra ``language``.

    R. Sennrich, B. Haddow and A. Birch, Neural Machine Translation of Rare Words with Subword Units, ACL 2016.
    model: a ``tokenizers.Tokenizer``.
    """

    model: Any

    @staticmethod
    def learn(texts: Sequence[str], size: int) -> Pairs:
        """Merge the most frequent pair of the training texts until there are ``size`` tokens."""
        if size < LEAST:
            raise InputError(f"a vocabulary of at least {LEAST} for byte pairs", size, "4096, or tokens = 'bytes'")
        library = import_tokenizers()
        model = library.Tokenizer(library.models.BPE())
        model.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
        model.decoder = library.decoders.ByteLevel()
        alphabet = sorted(library.pre_tokenizers.ByteLevel.alphabet())
        trainer = library.trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
        model.train_from_iterator(texts, trainer)
        return Pairs(model)

    @property
    def size(self) -> int:
        return int(self.model.get_vocab_size())

    @cached_property
    def widths(self) -> NDArray[np.int64]:
        # In the byte-level spelling every character stands for one byte.
        return np.array([len(self.model.id_to_token(i)) for i in range(self.size)])

    @cached_property
    def stops(self) -> NDArray[np.bool_]:
        return np.array([self.model.id_to_token(i)[-1:] in STOPS for i in range(self.size)])

    def encode(self, text: str) -> Tokens:
        return np.array(self.model.encode(text).ids, dtype=np.int32)

    def decode(self, tokens: Iterable[int]) -> str:
        return str(self.model.decode([int(t) for t in tokens if t >= 0]))


def import_tokenizers() -> ModuleType:
    """The package tokenizers; an InputError where it isn't installed."""
    try:
        import tokenizers
    except ImportError:
        expected = "the package tokenizers for byte pairs and checkpoints"
        raise InputError(expected, "none installed", extra("language")) from None
    return tokenizers
