"""vLLM writes in place of our own loop where it is installed and there is a GPU: quicker for large networks.

It is started anew for every sample, from a checkpoint, which takes it some ten seconds.
"""

from __future__ import annotations

import gc
import os
import tempfile
from importlib.util import find_spec
from typing import Any

import numpy as np

from kellet.evidence import Integers
from kellet.families.text.transformer.activations import Network
from kellet.families.text.transformer.networks import Signs, hush, import_transformers
from kellet.families.text.transformer.settings import Decoding, Settings

SHARE = 0.4
"""Of the GPU's memory that vLLM may take: training has left something there."""


def serves(recipe: Settings, network: Network, decoding: Decoding) -> bool:
    """Whether vLLM writes for a network.

    Its penalty for repeating also counts the sign before a document, so models with a penalty write by themselves.
    """
    there = recipe.writer == "auto" and network.device.type == "cuda" and decoding.repetition == 1
    return there and find_spec("vllm") is not None


def write(
    recipe: Settings, network: Network, signs: Signs, decoding: Decoding, heads: Integers, length: int, seed: int
) -> Integers:
    """(n, length): what follows tokens heads (n, k), padded with -1 after an end."""
    torch, _ = import_transformers()
    # In this process: a worker of ours is no place to start another from.
    os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
    import vllm

    allowed = None if signs.mask("cpu") is None else [*range(signs.vocabulary), signs.end]
    plain = {
        "temperature": decoding.temperature, "top_k": decoding.top_k or 0, "top_p": decoding.top_p or 1.0,
        "max_tokens": length, "stop_token_ids": [signs.end], "allowed_token_ids": allowed, "detokenize": False,
    }  # fmt: skip
    seeds = np.random.default_rng(seed).integers(2**31, size=len(heads)).tolist()
    requests = [vllm.SamplingParams(seed=own, **plain) for own in seeds]
    prompts: list[Any] = [{"prompt_token_ids": [signs.first, *head]} for head in heads.tolist()]
    out = np.full((len(heads), length), -1, dtype=np.int64)
    with tempfile.TemporaryDirectory(prefix="kellet-") as folder:
        with hush():
            network.save_pretrained(folder)
        server = vllm.LLM(
            model=folder, skip_tokenizer_init=True, gpu_memory_utilization=SHARE, enforce_eager=True,
            dtype="bfloat16" if recipe.precision == "auto" else "float32",
            max_model_len=1 + heads.shape[1] + length, seed=seeds[0] if seeds else 0,
        )  # fmt: skip
        for row, answer in zip(out, server.generate(prompts, requests, use_tqdm=False), strict=True):
            tokens = np.array(answer.outputs[0].token_ids, dtype=np.int64)
            ends = np.flatnonzero(tokens == signs.end)
            tokens = tokens[: ends[0] if len(ends) else length]
            row[: len(tokens)] = tokens
        del server
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return out
