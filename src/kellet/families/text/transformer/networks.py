"""Networks of the library `transformers`: new ones, and those of a checkpoint."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kellet.errors import InputError, extra
from kellet.evidence import Integers
from kellet.families.neural.ensemble import Tensor
from kellet.families.text.transformer.activations import Network, quicken
from kellet.families.text.transformer.settings import Settings

WHERE = extra("language")


@dataclass(frozen=True)
class Signs:
    """What tokens mean to a network.

    vocabulary: tokens 0 to V - 1 are written.  end, first: the tokens for the end and for what is before a document.
    outputs: how many tokens the network itself tells apart.
    """

    vocabulary: int
    end: int
    first: int
    outputs: int

    def mask(self, device: Any) -> Tensor | None:
        """(outputs,): tokens that are neither written nor the end; None where there are none."""
        torch, _ = import_transformers()
        if self.outputs == self.vocabulary + (self.end == self.vocabulary):
            return None
        mask = torch.arange(self.outputs, device=device) >= self.vocabulary
        mask[self.end] = False
        return mask


@dataclass(frozen=True)
class Sequences:
    """What is read and what is to be predicted: inputs, targets (N, L), of which the first ``sizes`` (N,) count."""

    inputs: Integers
    targets: Integers
    sizes: Integers

    @staticmethod
    def of(blocks: NDArray[np.integer], signs: Signs) -> Sequences:
        """Of blocks (N, L) padded with -1: before the first token stands a sign, after the last of a short one the end.

        >>> s = Sequences.of(np.array([[5, 6, -1], [7, 8, 9]]), Signs(10, end=10, first=10, outputs=11))
        >>> s.inputs.tolist(), s.targets.tolist(), s.sizes.tolist()
        ([[10, 5, 6], [10, 7, 8]], [[5, 6, 10], [7, 8, 9]], [3, 3])
        """
        rows = np.asarray(blocks, dtype=np.int64)
        tokens = (rows >= 0).sum(axis=1)
        targets = np.where(rows >= 0, rows, signs.end)
        inputs = np.concatenate([np.full((len(rows), 1), signs.first), targets[:, :-1]], axis=1)
        return Sequences(inputs, targets, np.minimum(tokens + 1, rows.shape[1]))


def import_transformers() -> tuple[Any, Any]:
    """PyTorch and transformers, or an InputError that names the extra."""
    try:
        import torch
        import transformers
    except ImportError as error:
        name = getattr(error, "name", None) or "transformers"
        raise InputError("PyTorch and transformers for a language model", f"no {name} here", WHERE) from None
    return torch, transformers


@contextmanager
def hush() -> Iterator[None]:
    """No bars and no advice inside: they would be one for each generation."""
    _, transformers = import_transformers()
    logs = transformers.utils.logging
    before, bars = logs.get_verbosity(), logs.is_progress_bar_enabled()
    logs.set_verbosity_error()
    logs.disable_progress_bar()
    try:
        yield
    finally:
        logs.set_verbosity(before)
        if bars:
            logs.enable_progress_bar()


@contextmanager
def guard_memory(what: str) -> Iterator[None]:
    """Memory that runs out inside is told with the settings that save some."""
    torch, _ = import_transformers()
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        full = isinstance(error, MemoryError | torch.OutOfMemoryError) or "not enough memory" in str(error)
        if not full and "can't allocate memory" not in str(error):
            raise
        raise InputError("enough memory", _shorten(error), what) from None


def begin(recipe: Settings, vocabulary: int, length: int) -> tuple[Network, Signs]:
    """The weights that a recipe begins with, in evaluation mode; new ones are drawn from PyTorch's own generator.

    length: of the longest sequence of tokens.
    """
    network = _build(recipe, vocabulary, length) if recipe.folder is None else load(recipe.folder)
    signs = read_signs(network, vocabulary)
    longest = getattr(network.config, "max_position_embeddings", None)
    if longest is not None and longest < length:
        raise InputError(f"blocks and prompts of together at most {longest} tokens", length, "a smaller length")
    return network, signs


def load(folder: Path) -> Network:
    """A checkpoint's network, in 32 bits."""
    torch, transformers = import_transformers()
    from safetensors import SafetensorError

    try:
        with hush():
            network = transformers.AutoModelForCausalLM.from_pretrained(
                str(folder), dtype=torch.float32, attn_implementation="sdpa", local_files_only=True,
                trust_remote_code=False, use_safetensors=True,
            )  # fmt: skip
            return quicken(network.eval())
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        got = f"{folder}: {_shorten(error)}"
        raise InputError("a checkpoint of a causal language model", got, "lm:gpt2-1m") from None


def read_signs(network: Network, vocabulary: int) -> Signs:
    """Which token ends and which begins a document."""
    config = network.config
    outputs = int(config.vocab_size)
    end = config.eos_token_id
    end = end[0] if isinstance(end, list) else vocabulary if end is None else end
    if outputs < vocabulary or not 0 <= end < outputs:
        expected = f"a network of at least {vocabulary} tokens and an end"
        got = f"one of {outputs} tokens, whose end is {end}"
        raise InputError(expected, got, "the checkpoint's own tokeniser")
    first = end if config.bos_token_id is None or not 0 <= config.bos_token_id < outputs else config.bos_token_id
    return Signs(vocabulary, int(end), int(first), outputs)


def _build(recipe: Settings, vocabulary: int, length: int) -> Network:
    _, transformers = import_transformers()
    size, kind = recipe.size, recipe.architecture
    plain: dict[str, Any] = {
        "vocab_size": vocabulary + 1, "bos_token_id": vocabulary, "eos_token_id": vocabulary,
        "hidden_size": size.width, "num_hidden_layers": size.layers, "num_attention_heads": size.heads,
        "max_position_embeddings": length, "tie_word_embeddings": True,
    }  # fmt: skip
    try:
        with hush():
            standard = transformers.AutoConfig.for_model(kind)
            known = standard.to_dict()
            if "intermediate_size" in known:
                gated = known.get("hidden_act") != "gelu"
                plain["intermediate_size"] = 8 * math.ceil(size.width / 3) if gated else 4 * size.width
            if "num_key_value_heads" in known:
                plain["num_key_value_heads"] = size.heads // math.gcd(size.heads, 2)
            if known.get("head_dim") is not None:
                plain["head_dim"] = size.width // size.heads
            # Evidence is read a few times at most: nothing that dropping out could cure, and all that it would slow.
            plain |= {name: 0.0 for name, value in known.items() if "drop" in name and isinstance(value, float)}
            config = transformers.AutoConfig.for_model(kind, **plain)
            network = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")
            return quicken(network.float().eval())
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        got = f"{recipe.model}: {_shorten(error)}"
        raise InputError("a causal language model that transformers can build", got, "gpt2-1m") from None


def _shorten(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
