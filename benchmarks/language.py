"""How quick transformers learn and write: against a bare PyTorch loop over the same network, and without a cache.

One thread, side by side in one run: `python benchmarks/language.py`; on a GPU, made-up tokens of a usual vocabulary:

    python benchmarks/language.py --device cuda --model gpt2-124m --length 1024 --vocabulary 50303 --made-up --batch 32
        --only training --peak 989
    python benchmarks/language.py --device cuda --model gpt2-124m --vocabulary 50303 --made-up --blocks 1024
        --only writing

peak: TFLOP/s of the device, 989 for an H100 or H200 in bfloat16, of which the model FLOP utilisation is told.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from kellet import worlds
from kellet.families import Language
from kellet.families.text.transformer.networks import Sequences, Signs, begin
from kellet.families.text.transformer.training import ROW, pack, train
from kellet.families.text.transformer.writing import LanguageModel, draw


def seconds(work: Callable[[], Any], device: torch.device) -> float:
    """Of the processor, which others that share it don't lengthen; on a GPU by the clock."""
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    start = clock()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return clock() - start


def bare(network: Any, stream: torch.Tensor, recipe: Language, width: int) -> None:
    """The loop that anybody would write: rows cut from one stream of tokens, AdamW, clipping."""
    network.train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-4, fused=stream.device.type in ("cpu", "cuda"))
    half = stream.device.type == "cuda"
    forward = torch.compile(network) if half else network
    rows = stream[: len(stream) // width * width].view(-1, width)
    for step in range(recipe.steps or 0):
        at = torch.arange(step * recipe.batch, (step + 1) * recipe.batch, device=stream.device) % len(rows)
        with torch.autocast("cuda", torch.bfloat16) if half else nullcontext():
            loss = forward(input_ids=rows[at], labels=rows[at]).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    network.eval()


def without_cache(model: LanguageModel, n: int, seed: int) -> int:
    """Write n blocks, reading all that was written again for every token; how many tokens were written."""
    device = next(model.network.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    known = torch.full((n, 1), model.signs.first, device=device)
    written = 0
    with torch.inference_mode():
        for _ in range(model.length):
            logits = model.network(input_ids=known, use_cache=False, logits_to_keep=1).logits[:, -1]
            token = draw(torch, model.decoding.probabilities(logits.float()), generator)
            # Whoever has ended leaves, as in ours.
            going = token != model.signs.end
            written += int(going.sum())
            known = torch.cat([known[going], token[going].unsqueeze(1)], dim=1)
            if not len(known):
                break
    return written


def training(
    recipe: Language, network: Any, signs: Signs, blocks: np.ndarray, tries: int
) -> tuple[float, float, float]:
    """Tokens a second of ours and of the bare loop, and how much of each of our rows is filled."""
    device = next(network.parameters()).device
    sequences = Sequences.of(blocks, signs)
    width = max(ROW, blocks.shape[1])
    stream = np.concatenate([row[:k] for row, k in zip(sequences.targets, sequences.sizes, strict=True)])
    flat = torch.from_numpy(stream).to(device)
    ours, theirs = [], []
    for attempt in range(tries + 1):
        pair = (
            seconds(lambda: train(recipe, network, sequences, np.ones(len(blocks)), 0, None), device),
            seconds(lambda: bare(network, flat, recipe, width), device),
        )
        # The first one warms up, and compiles on a GPU.
        if attempt:
            ours.append(pair[0])
            theirs.append(pair[1])
    slots = recipe.batch * width * (recipe.steps or 0)
    filled = float(sequences.sizes.sum() / (len(pack(sequences.sizes, width)) * width))
    return slots * filled / min(ours), slots / min(theirs), filled


def writing(model: LanguageModel, blocks: int, tries: int) -> tuple[float, float]:
    """Tokens a second with and without the cache."""
    device = next(model.network.parameters()).device
    cached, slow, told = [], [], [0, 0]

    def write(attempt: int) -> None:
        told[0] = int((model.sample(blocks, np.random.default_rng(attempt)).values >= 0).sum())

    def write_slowly(attempt: int) -> None:
        told[1] = without_cache(model, blocks, attempt)

    for attempt in range(tries):
        taken = seconds(partial(write, attempt), device), seconds(partial(write_slowly, attempt), device)
        cached.append(told[0] / taken[0])
        slow.append(told[1] / taken[1])
    return max(cached), max(slow)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--device", default="cpu", choices=("cpu", "cuda", "mps"))
    asked.add_argument("--model", default="gpt2-1m")
    asked.add_argument("--length", type=int, default=64)
    asked.add_argument("--vocabulary", type=int, default=1024)
    asked.add_argument("--made-up", action="store_true", help="tokens by Zipf's law instead of a text")
    asked.add_argument("--only", choices=("training", "writing"))
    asked.add_argument("--batch", type=int, default=8)
    asked.add_argument("--steps", type=int, default=12)
    asked.add_argument("--blocks", type=int, default=256)
    asked.add_argument("--tries", type=int, default=5)
    asked.add_argument("--peak", type=float, help="TFLOP/s that the device can do")
    given = asked.parse_args()
    torch.set_num_threads(1)
    device = torch.device(given.device)
    if given.made_up:
        size = given.vocabulary
        p = 1 / np.arange(1.0, size + 1)
        many = 4 * given.batch * max(ROW, given.length) // given.length
        blocks = np.random.default_rng(0).choice(size, (many, given.length), p=p / p.sum()).astype(np.int32)
    else:
        source = worlds.Text(tokens="bpe", vocabulary=given.vocabulary, length=given.length).open(1)
        size, blocks = source.tokeniser.size, source.training
    recipe = Language(
        model=given.model, batch=given.batch, steps=given.steps, device=given.device, vocabulary=size,
        together=given.blocks,
    )  # fmt: skip
    width = max(ROW, given.length)
    network, signs = begin(recipe, size, width)
    network = network.to(device)
    numbers = sum(part.numel() for part in network.parameters())
    name = torch.cuda.get_device_name() if given.device == "cuda" else f"{given.device}, one thread"
    table = Table(
        title=f"{given.model}, {numbers / 1e6:.2f} M parameters, {size} tokens, blocks of {given.length}; {name}: "
        f"tokens/s, best of {given.tries}"
    )
    for heading in ("", "Kellet", "bare", "ratio"):
        table.add_column(heading, justify="right")
    used = ""
    if given.only != "writing":
        quick, plain, filled = training(recipe, network, signs, blocks, given.tries)
        what = f"training, {given.batch} rows of {width} a step, {filled:.1%} of each filled"
        table.add_row(what, f"{quick:,.0f}", f"{plain:,.0f}", f"{quick / plain:.2f}")
        if given.peak:
            # Six operations a number and token, and those of attention (PaLM, arXiv:2204.02311, appendix B).
            each = 6 * numbers + 12 * network.config.num_hidden_layers * network.config.hidden_size * width
            used = (
                f"FLOP utilisation {quick * each / given.peak / 1e12:.1%}, bare {plain * each / given.peak / 1e12:.1%}"
            )
    if given.only != "training":
        network.eval()
        model = LanguageModel(
            recipe, network, signs, given.length, 0, "", np.empty((0, 0)), None, recipe.decoding, np.array([False])
        )  # fmt: skip
        quick, plain = writing(model, given.blocks, given.tries)
        what = f"writing {given.blocks} blocks, with and without cache"
        table.add_row(what, f"{quick:,.0f}", f"{plain:,.0f}", f"{quick / plain:.1f}")
    console = Console(width=150)
    console.print(table)
    if used:
        console.print(used)
    if device.type == "cuda":
        console.print(f"{torch.cuda.max_memory_allocated() / 2**30:.1f} GiB at most")


if __name__ == "__main__":
    sys.exit(main())
