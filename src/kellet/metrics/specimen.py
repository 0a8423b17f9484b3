"""Specimens of text, to be shown: what a model writes, how it goes on, and which frequent n-grams it lacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.laws.model import continues, predicts
from kellet.metrics.corpus import Blocks, RealText
from kellet.metrics.look import Look
from kellet.metrics.ngrams import NAMES
from kellet.metrics.perplexity import events, surprise, write

PROMPT, PROMPTS, FREE, PLACED = 8, 4, 4, 400
"""Tokens of a prompt; and to be shown: prompts that are continued, blocks that are written freely at least, and those
of them that are placed by their perplexity under generation 0.
"""
KEPT = 2**15
"""Tokens of blocks that are kept for whoever audits them, if there are more than FREE."""


def specimen(look: Look, rng: Generator) -> dict[str, NDArray[Any]]:
    """What the first replicate writes, to be shown: blocks of its own, and continuations of real prompts.

    written: (N, L), of at most KEPT tokens, but FREE blocks at least.  continued: (PROMPTS, L), the first PROMPT tokens
    of held-out documents and what follows.  lost_1, lost_2, lost_3: (10,), which of the most frequent real n-grams are
    missing from what is written, by their place among them, -1 where fewer are.  lost: (3,), how many of them are
    missing.
    surprise: (PLACED,), the logarithms of the perplexities of written blocks under the first generation's model;
    where that is the model itself, real_surprise, those of as many held-out blocks.
    """
    texts = look.text
    if write not in look.cache:
        # Not with the numbers that the metrics draw: those are the same whether anything is shown.
        look = replace(look, rng=rng)
    blocks = write(look)[0]
    many = max(FREE, KEPT // blocks.shape[1])
    kept = {"written": blocks[:many] if len(blocks) >= FREE else np.resize(blocks, (FREE, blocks.shape[1]))}
    if continues(look.model) and (prompts := prompted(texts)) is not None:
        kept["continued"] = look.model.sample(len(prompts), rng, prompts=prompts).values[0]
    lost = []
    for n in NAMES:
        gone = texts.find_missing(blocks, n)
        lost.append(len(gone))
        kept[f"lost_{n}"] = np.concatenate([gone[:10], np.full(max(0, 10 - len(gone)), -1)])
    if predicts(look.first):
        kept["surprise"] = np.log(surprise(look)[0, :PLACED]).astype(np.float32)
        if look.model is look.first:
            real = texts.heldout[:PLACED]
            kept["real_surprise"] = (-look.first.log_probabilities(real[None])[0] / events(real)).astype(np.float32)
    return kept | {"lost": np.array(lost)}


def prompted(texts: RealText) -> Blocks | None:
    """The first tokens of the first held-out blocks that go on for as long again."""
    long = texts.heldout[texts.heldout[:, min(2 * PROMPT, texts.heldout.shape[1]) - 1] >= 0]
    return long[:PROMPTS, :PROMPT] if len(long) >= PROMPTS and long.shape[1] > PROMPT else None
