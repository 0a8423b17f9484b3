"""How quick n-gram models are on 5 MB of made-up text: counting, fitting, writing a million tokens, predicting.

One process, one thread.  python benchmarks/text.py
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from kellet.evidence import Points
from kellet.families import NGram

LENGTH, MILLION = 64, 1_000_000
BYTES_A_WORD = 5


def made(tokens: int, vocabulary: int, rng: np.random.Generator) -> Points:
    """Tokens of Zipf's law, half of them decided by the one before: as many different pairs as a language has."""
    p = 1 / np.arange(1, vocabulary + 1) ** 1.05
    steps = np.cumsum(p / p.sum())
    drawn = np.searchsorted(steps, rng.random(tokens)).clip(max=vocabulary - 1)
    follows = rng.random(tokens) < 0.5
    follows[0] = False
    drawn[follows] = (drawn[np.flatnonzero(follows) - 1] * 7919 + 13) % vocabulary
    rows = tokens // LENGTH
    return Points(drawn[: rows * LENGTH].reshape(1, rows, LENGTH).astype(np.int32))


def timed(work: Callable[[], Any], repeats: int = 3) -> tuple[Any, float]:
    """What it gives, and the best time of a few tries."""
    best = np.inf
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return result, best


def main() -> None:
    table = Table(title="n-gram models of 5 MB of text, seconds, one thread")
    heads = (
        "tokens",
        "vocabulary",
        "order",
        "smoothing",
        "n-grams",
        "count",
        "fit",
        "write 10⁶",
        "predict 64k",
        "peak GB",
    )
    for head in heads:
        table.add_column(head, justify="right")
    rng = np.random.default_rng(0)
    for tokens, vocabulary in ((5 * MILLION // BYTES_A_WORD, 30_000), (5 * MILLION, 256)):
        points = made(tokens, vocabulary, rng)
        for order, alpha in ((1, 0.0), (3, None), (3, 0.1), (5, None)):
            family = NGram(order, alpha, vocabulary)
            counts, counting = timed(lambda f=family, p=points: f.summarise(p))
            model, fitting = timed(lambda f=family, c=counts: f.fit(c))
            blocks = MILLION // LENGTH
            _, writing = timed(lambda m=model, b=blocks: m.sample(b, np.random.default_rng(0)))
            judges = points.values[0, :1000]
            _, predicting = timed(lambda m=model, j=judges: m.log_probabilities(j))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
            name = "Kneser-Ney" if alpha is None else f"add {alpha:g}"
            numbers = (f"{t:.2f}" for t in (counting, fitting, writing, predicting, peak))
            table.add_row(
                f"{points.values.size:,}", f"{vocabulary:,}", str(order), name, f"{len(counts.times):,}", *numbers
            )
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
