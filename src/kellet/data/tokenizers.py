"""Tokenisers as the library `tokenizers` writes them down, so that a checkpoint and its tokens travel together."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kellet.data.tokens import UNKNOWN, WORD, Bytes, Pairs, Pieces, Tokeniser
from kellet.errors import InputError, extra


def foreign(tokeniser: Tokeniser) -> Any:
    """The same tokeniser as a tokenizers.Tokenizer."""
    try:
        from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    except ImportError:
        raise _missing() from None
    if isinstance(tokeniser, Pairs):
        return tokeniser.model
    model: Any
    if isinstance(tokeniser, Bytes):
        spelling = {_spelled(byte): byte for byte in range(256)}
        model = Tokenizer(models.BPE(spelling, []))
        model.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        model.decoder = decoders.ByteLevel()
        return model
    assert isinstance(tokeniser, Pieces)
    model = Tokenizer(models.WordLevel({piece: i for i, piece in enumerate(tokeniser.pieces)}, unk_token=UNKNOWN))
    if tokeniser.words:
        model.pre_tokenizer = pre_tokenizers.Split(Regex(WORD.pattern), "removed", invert=True)
    else:
        model.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
        model.decoder = decoders.Fuse()
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
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise _missing() from None
    path = Path(folder) / "tokenizer.json"
    if not path.is_file():
        if not path.parent.is_dir():
            names = "a new network such as lm:gpt2-1m, lm:llama-10m or lm:qwen2-124m"
            raise InputError("the folder of a checkpoint", f"{folder}, where nothing is", names)
        raise InputError("a checkpoint with its tokeniser", f"no tokenizer.json in {folder}", "save_pretrained(folder)")
    try:
        model: Any = Tokenizer.from_file(str(path))
    # The library raises nothing more special.
    except Exception as error:
        raise InputError("a tokeniser that the package tokenizers reads", f"{path}: {error}", "its own copy") from None
    # A document's tokens are its own: what marks its ends is the model's to add.
    model.post_processor = None if model.post_processor is None else _nothing()
    model.no_truncation()
    model.no_padding()
    return Native(model)


def _missing() -> InputError:
    return InputError("the package tokenizers for a checkpoint", "none installed", extra("language"))


def _nothing() -> Any:
    from tokenizers.processors import TemplateProcessing

    return TemplateProcessing(single="$A", special_tokens=[])


def _spelled(byte: int) -> str:
    """The character that stands for a byte: itself where it can be seen, else one from 256 on, in order."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [b for b in range(256) if b not in seen]
    return chr(byte) if byte in seen else chr(256 + hidden.index(byte))
