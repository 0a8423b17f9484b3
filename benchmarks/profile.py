"""How quickly text is counted, beside Polars' bare count of words by the same expression, and in how much memory.

One process, one thread.  python benchmarks/profile.py [GB of the stream] [FILE of text]
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "1"))

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from kellet.audit.rule import make_rule
from kellet.profile.file import write
from kellet.profile.profile import Profile, deal
from kellet.profile.tally import FINE
from kellet.profile.text import Text

LETTERS = np.frombuffer(b"etaoinshrdlucmfwypvbgkqjxz", np.uint8)
VOCABULARY, ROUNDS = 2_000_000, 5


def make_words(rng: np.random.Generator) -> pl.Series:
    """Words, the frequent ones short."""
    lengths = np.clip(rng.poisson(1 + 0.55 * np.log(1 + np.arange(VOCABULARY))), 1, 20)
    letters = LETTERS[np.minimum(rng.geometric(0.12, lengths.sum()) - 1, 25)].tobytes().decode()
    ends = np.cumsum(lengths)
    return pl.Series([letters[a:b] for a, b in zip((ends - lengths).tolist(), ends.tolist(), strict=True)])


def stream(size: float, rng: np.random.Generator) -> Iterator[pl.Series]:
    """Documents of about so many bytes together, in batches of some MB: Zipf's law, of which each document has its own
    few rare words again and again; stops, commas and capitals."""
    words = make_words(rng)
    steps = np.cumsum(1 / np.arange(1, VOCABULARY + 1) ** 1.05)
    signs = pl.Series(["", ",", ".", ";"])
    while size > 0:
        lengths = rng.poisson(rng.gamma(2, 60, 6000)) + 1
        n = int(lengths.sum())
        drawn = np.searchsorted(steps, rng.random(n) * steps[-1])
        own = np.repeat(np.searchsorted(steps, rng.random(6000) * steps[-1]), lengths)
        drawn = np.where(rng.random(n) < 0.02, own, drawn)
        told = words.gather(drawn) + signs.gather(rng.choice(4, n, p=(0.87, 0.07, 0.05, 0.01)))
        frame = pl.DataFrame({"document": np.repeat(np.arange(6000), lengths), "word": told})
        texts = frame.group_by("document", maintain_order=True).agg(pl.col("word"))["word"].list.join(" ")
        batch = texts.str.head(1).str.to_uppercase() + texts.str.slice(1)
        size -= float(batch.str.len_bytes().sum())
        yield batch


def spend(work: Callable[[], object]) -> float:
    """Seconds of the processor."""
    before = time.process_time()
    work()
    return time.process_time() - before


def compare(texts: pl.Series, name: str) -> tuple[str, ...]:
    """Both, one after the other, again and again: from nothing, and once it goes on."""
    rule, groups = make_rule(), np.arange(len(texts)) % FINE
    size = float(texts.str.len_bytes().sum()) / 1e6
    bare, first, later = [], [], []
    for _ in range(ROUNDS):
        text = Text(rule, "kellet")
        bare.append(spend(lambda: texts.str.to_lowercase().str.extract_all(rule.word).explode().value_counts()))
        first.append(spend(partial(text.add, texts, groups)))
        later.append(spend(partial(text.add, texts, groups)))
    shown = [size / np.median(times) for times in (bare, first, later)]
    ratios = [np.median(np.array(times) / bare) for times in (first, later)]
    return name, f"{size:.0f}", *(f"{one:.1f}" for one in shown), *(f"{one:.2f}" for one in ratios)


def run_through(size: float) -> None:
    """A stream, its profile, the memory and the file."""
    text, height, spent, done = Text(make_rule(), "kellet"), 0, 0.0, 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for batch in stream(size, np.random.default_rng(1)):
        groups = (height + np.arange(len(batch))) % FINE
        spent += spend(partial(text.add, batch, groups))
        height += len(batch)
        done += float(batch.str.len_bytes().sum())
    spent += spend(text.take)
    tallies = text.take()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.kprof")
        writing = spend(lambda: write(Profile(deal(height)[1], tallies), path))
        file = path.stat().st_size / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    kept = ", ".join(f"{kind} 1 in {1 / one.share:.0f}: {len(one.keys):,}" for kind, one in tallies.items())
    print(f"{done / 1e9:.2f} GB: {done / 1e6 / spent:.1f} MB/s, peak {peak:.0f} MiB ({before:.0f} at the start)")
    print(f"kept {kept}; a file of {file:.1f} MB in {writing:.2f} s")


def main() -> None:
    size = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    if size:
        run_through(size * 1e9)
    table = Table("text", "MB", "Polars, words", "ours, from nothing", "ours, later", "times", "times, later")
    table.title = "MB/s of one core: words alone, and words with 2- and 3-grams and names"
    table.add_row(*compare(pl.concat(list(stream(1e7, np.random.default_rng(0)))), "made up"))
    for path in sys.argv[2:]:
        lines = [line for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]
        table.add_row(*compare(pl.Series(lines), Path(path).name))
    Console().print(table)


if __name__ == "__main__":
    main()
