"""Documents as somebody's own models know them: plain texts, one for each block of tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kellet.data.segmentation import UNKNOWN
from kellet.data.tokens import Pieces, Tokeniser
from kellet.families.yours.guarded import Failure


@dataclass(frozen=True)
class Documents:
    """How blocks of tokens (n, length) are texts, and texts blocks.

    tokeniser: of the world.  length: tokens of a block; of a text that is longer the rest is lost, as that of a real
    document stands in the next block.

    >>> from kellet.data.tokens import Bytes
    >>> documents = Documents(Bytes(), 4)
    >>> documents.spell(np.array([[104, 105, -1, -1]])), documents.read(["hello", ""]).tolist()
    (['hi'], [[104, 101, 108, 108], [-1, -1, -1, -1]])
    """

    tokeniser: Tokeniser
    length: int

    def spell(self, blocks: NDArray[np.integer]) -> list[str]:
        """Blocks as texts."""
        return [self.tokeniser.decode(block[block >= 0].tolist()) for block in blocks]

    def read(self, texts: Iterable[object]) -> NDArray[np.int32]:
        """Texts as blocks, padded with -1; a Failure where one is no text."""
        rows = []
        for text in texts:
            if not isinstance(text, str):
                raise Failure(f"sample wrote {type(text).__name__} where it learnt from texts")
            tokens = self._encode(text)[: self.length]
            rows.append(np.pad(tokens, (0, self.length - len(tokens)), constant_values=-1))
        return np.array(rows, dtype=np.int32).reshape(len(rows), self.length)

    def _encode(self, text: str) -> NDArray[np.int32]:
        """Its tokens; what the unknown is spelt as is the unknown again."""
        known = [self.tokeniser.encode(part) for part in text.split(UNKNOWN)]
        if len(known) == 1 or not isinstance(self.tokeniser, Pieces):
            return self.tokeniser.encode(text)
        return np.concatenate([known[0], *(np.concatenate([[0], part]) for part in known[1:])]).astype(np.int32)
