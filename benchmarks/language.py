"""How quick transformers learn and write: against a bare PyTorch loop over the same network, and without a cache.

One thread, side by side in one run: `python benchmarks/language.py`; on a GPU, `python benchmarks/language.py
--device cuda --model gpt2-124m --batch 32`, which also tells the model FLOP utilisation where --peak (in TFLOP/s, 989
for an H100 in bfloat16) is given.
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

from kedge import worlds
from kedge.families import Language
from kedge.families.transformer.networks import begin
from kedge.families.transformer.training import ROW, Sequences, pack, train
from kedge.families.transformer.writing import LanguageModel, draw


def seconds(work: Callable[[], Any], device: torch.device) -> float:
    """Of the processor, which others that share it don't lengthen; on a GPU by the clock."""
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    start = clock()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return clock() - start


def bare(network: Any, stream: torch.Tensor, recipe: Language, steps: int) -> None:
    """The loop that anybody would write: rows cut from one stream of tokens, AdamW, clipping."""
    network.train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=stream.device.type in ("cpu", "cuda"))
    half = stream.device.type == "cuda"
    forward = torch.compile(network) if half else network
    rows = stream[: len(stream) // ROW * ROW].view(-1, ROW)
    for step in range(steps):
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
            token = draw(torch, model.how.probabilities(logits.float()), generator)
            # Whoever has ended leaves, as in ours.
            going = token != model.signs.end
            written += int(going.sum())
            known = torch.cat([known[going], token[going].unsqueeze(1)], dim=1)
            if not len(known):
                break
    return written


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--device", default="cpu", choices=("cpu", "cuda", "mps"))
    asked.add_argument("--model", default="gpt2-1m")
    asked.add_argument("--length", type=int, default=64)
    asked.add_argument("--vocabulary", type=int, default=1024)
    asked.add_argument("--batch", type=int, default=8)
    asked.add_argument("--steps", type=int, default=12)
    asked.add_argument("--blocks", type=int, default=256)
    asked.add_argument("--tries", type=int, default=5)
    asked.add_argument("--peak", type=float, help="TFLOP/s that the device can do")
    given = asked.parse_args()
    torch.set_num_threads(1)
    device = torch.device(given.device)
    source = worlds.text(tokens="bpe", vocabulary=given.vocabulary, length=given.length).open(1)
    size = source.tokeniser.size
    recipe = Language(
        model=given.model, batch=given.batch, steps=given.steps, device=given.device, vocabulary=size,
        together=given.blocks,
    )  # fmt: skip
    network, signs = begin(recipe, size, max(given.length, ROW))
    network = network.to(device)
    sequences = Sequences.of(source.training, signs)
    stream = np.concatenate([row[:k] for row, k in zip(sequences.targets, sequences.sizes, strict=True)])
    numbers = sum(part.numel() for part in network.parameters())
    weights = np.ones(len(source.training))
    flat = torch.from_numpy(stream).to(device)
    ours, theirs = [], []
    for attempt in range(given.tries + 1):
        pair = [
            seconds(lambda: train(recipe, network, sequences, weights, 0, None), device),
            seconds(lambda: bare(network, flat, recipe, given.steps), device),
        ]
        # The first one warms up, and compiles on a GPU.
        if attempt:
            ours.append(pair[0])
            theirs.append(pair[1])
    slots = given.batch * ROW * given.steps
    rows = pack(sequences.sizes, ROW)
    filled = float(sequences.sizes.sum() / (len(rows) * ROW))
    quick, plain = (slots * share / min(taken) for taken, share in ((ours, filled), (theirs, 1.0)))

    trained, _ = train(recipe, network, sequences, weights, 0, None)
    model = LanguageModel(
        recipe, trained, signs, given.length, 0, "", np.empty((0, 0)), None, np.array([False])
    )  # fmt: skip
    cached, slow, told = [], [], [0, 0]

    def write(attempt: int) -> None:
        told[0] = int((model.sample(given.blocks, np.random.default_rng(attempt)).values >= 0).sum())

    def write_slowly(attempt: int) -> None:
        told[1] = without_cache(model, given.blocks, attempt)

    for attempt in range(given.tries):
        taken = seconds(partial(write, attempt), device), seconds(partial(write_slowly, attempt), device)
        cached.append(told[0] / taken[0])
        slow.append(told[1] / taken[1])
    name = torch.cuda.get_device_name() if given.device == "cuda" else f"{given.device}, one thread"
    table = Table(
        title=f"{given.model}, {numbers / 1e6:.2f} M numbers, {size} tokens, blocks of {given.length}; {name}: "
        f"tokens/s, best of {given.tries}"
    )
    for heading in ("", "Kedge", "bare", "ratio"):
        table.add_column(heading, justify="right")
    table.add_row(
        f"training ({filled:.1%} of each row filled)", f"{quick:,.0f}", f"{plain:,.0f}", f"{quick / plain:.2f}"
    )
    table.add_row(
        f"writing {given.blocks} blocks, with and without cache", f"{max(cached):,.0f}", f"{max(slow):,.0f}",
        f"{max(cached) / max(slow):.1f}",
    )  # fmt: skip
    console = Console(width=150)
    console.print(table)
    if given.peak:
        # Six operations a number and token, and those of attention (PaLM, arXiv:2204.02311, appendix B).
        width, layers = network.config.hidden_size, network.config.num_hidden_layers
        console.print(f"FLOP utilisation {quick * (6 * numbers + 12 * layers * width * ROW) / given.peak / 1e12:.1%}")


if __name__ == "__main__":
    sys.exit(main())
