"""Tokenisers as the library `tokenizers` writes them down, so that a checkpoint and its tokens travel together."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kellet.data.segmentation import UNKNOWN, compile_words
from kellet.data.tokens import Bytes, Pairs, Pieces, Tokeniser, import_tokenizers
from kellet.errors import InputError


def foreign(tokeniser: Tokeniser) -> Any:
    """The same tokeniser as a tokenizers.Tokenizer."""
    if isinstance(tokeniser, Pairs):
        return tokeniser.model
    library = import_tokenizers()
    if isinstance(tokeniser, Bytes):
        model = library.Tokenizer(library.models.BPE({_spell(byte): byte for byte in range(256)}, []))
        model.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        model.decoder = library.decoders.ByteLevel()
        return model
    assert isinstance(tokeniser, Pieces)
    numbers = {piece: i for i, piece in enumerate(tokeniser.pieces)}
    model = library.Tokenizer(library.models.WordLevel(numbers, unk_token=UNKNOWN))
    if tokeniser.words:
        # Its "\w" has marks too, and lacks figures such as "²".
        rule = compile_words().pattern.replace(r"\W", r"[^\p{L}\p{N}_]").replace(r"\w", r"\p{L}\p{N}_")
        model.pre_tokenizer = library.pre_tokenizers.Split(library.Regex(rule), "removed", invert=True)
    else:
        model.pre_tokenizer = library.pre_tokenizers.Split(library.Regex(r"[\s\S]"), "isolated")
        model.decoder = library.decoders.Fuse()
    return model


class Native(Pairs):
    """A checkpoint's own tokeniser, of whatever kind."""

    @cached_property
    def widths(self) -> NDArray[np.int64]:
        if "ByteLevel" in json.dumps(json.loads(self.model.to_str())["decoder"]):
            return np.array([len(self.model.id_to_token(i)) for i in range(self.size)])
        # The second of two, so that a space between them counts.
        once, twice = (self.model.decode_batch([[i] * k for i in range(self.size)]) for k in (1, 2))
        return np.array([len(two.encode()) - len(one.encode()) for one, two in zip(once, twice, strict=True)])


def native(folder: str | Path) -> Native:
    """The tokeniser of a checkpoint folder."""
    library = import_tokenizers()
    path = Path(folder) / "tokenizer.json"
    if not path.is_file():
        if not path.parent.is_dir():
            names = "a new network such as lm:gpt2-1m, lm:llama-10m or lm:qwen2-124m"
            raise InputError("the folder of a checkpoint", f"{folder}, where nothing is", names)
        raise InputError("a checkpoint with its tokeniser", f"no tokenizer.json in {folder}", "save_pretrained(folder)")
    try:
        model = library.Tokenizer.from_file(str(path))
    # The library raises nothing more special.
    except Exception as error:
        raise InputError("a tokeniser that the package tokenizers reads", f"{path}: {error}", "its own copy") from None
    # A document's tokens are its own: what marks its ends is the model's to add.
    if model.post_processor is not None:
        model.post_processor = library.processors.TemplateProcessing(single="$A", special_tokens=[])
    model.no_truncation()
    model.no_padding()
    return Native(model)


def _spell(byte: int) -> str:
    """The character that stands for a byte: itself where it can be seen, else one from 256 on, in order."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [b for b in range(256) if b not in seen]
    return chr(byte) if byte in seen else chr(256 + hidden.index(byte))
