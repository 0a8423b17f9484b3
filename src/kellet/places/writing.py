"""Writing: texts of a model in training, which goes on as if nobody had asked."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from kellet.errors import InputError


@contextmanager
def undisturbed(model: Any, seed: int) -> Iterator[None]:
    """The model in the mode of evaluation and all random numbers from a seed; afterwards everything is as it was."""
    import torch

    keepers: list[tuple[Any, Any]] = [(random.getstate, random.setstate), (np.random.get_state, np.random.set_state)]
    keepers.append((torch.get_rng_state, torch.set_rng_state))
    if torch.cuda.is_available():
        keepers.append((torch.cuda.get_rng_state_all, torch.cuda.set_rng_state_all))
    if torch.backends.mps.is_available():
        keepers.append((torch.mps.get_rng_state, torch.mps.set_rng_state))
    states = [get() for get, _ in keepers]
    modes = [(module, module.training) for module in model.modules()]
    try:
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        torch.manual_seed(seed)
        model.eval()
        yield
    finally:
        for module, training in modes:
            module.training = training
        for (_, put), state in zip(keepers, states, strict=True):
            put(state)


@dataclass(frozen=True)
class Writer:
    """Writes as the model itself would: temperature 1, nothing cut off.

    n: how many texts.  length: tokens of one, at most.  batch: written at once.  prompts: how texts begin, in turn, and
    no part of them; where there are none a text begins with the token that stands before it.
    """

    n: int
    length: int
    batch: int
    prompts: Sequence[str] = ()

    def sample(self, model: Any, tokenizer: Any) -> list[str]:
        """n texts."""
        import torch

        written: list[str] = []
        begun = [tokenizer(prompt)["input_ids"] for prompt in self.prompts] or [[find_first(tokenizer)]]
        pad = next((one for one in (tokenizer.pad_token_id, tokenizer.eos_token_id) if one is not None), 0)
        for start in range(0, self.n, self.batch):
            some = [begun[i % len(begun)] for i in range(start, min(start + self.batch, self.n))]
            width = max(map(len, some))
            tokens = torch.tensor([[pad] * (width - len(one)) + one for one in some], device=model.device)
            known = torch.tensor([[0] * (width - len(one)) + [1] * len(one) for one in some], device=model.device)
            out = model.generate(
                tokens, attention_mask=known, max_new_tokens=self.length, do_sample=True, temperature=1.0, top_k=0,
                top_p=1.0, repetition_penalty=1.0, num_beams=1, use_cache=True, pad_token_id=pad,
                eos_token_id=tokenizer.eos_token_id,
            )  # fmt: skip
            written += tokenizer.batch_decode(out[:, width:], skip_special_tokens=True)
        return written

    def cut(self, texts: Sequence[str], tokenizer: Any) -> list[str]:
        """Real texts as the model could have written them: by its tokens, and no longer."""
        tokens = tokenizer(list(texts), add_special_tokens=False, truncation=True, max_length=self.length)["input_ids"]
        cut: list[str] = tokenizer.batch_decode(tokens, skip_special_tokens=True)
        return cut


def find_first(tokenizer: Any) -> int:
    """The token that stands before a text."""
    first = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    if first is None:
        raise InputError("a tokenizer with a first token, or prompts", "neither", 'prompts=["The"]')
    return int(first)
