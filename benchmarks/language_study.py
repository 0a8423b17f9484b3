"""The study behind docs/language.md: what closed loops of language models lose, and how much real text keeps it.

    python benchmarks/language_study.py run CORPUS --only words       n-grams, about half an hour of one core; resumable
    python benchmarks/language_study.py run CORPUS --only small       a transformer of 1 M numbers, on a processor
    python benchmarks/language_study.py run CORPUS --only gpu --jobs 12   transformers of 10 M and 124 M, on a GPU
    python benchmarks/language_study.py page                          figures and tables into docs/language.md

CORPUS is a text or a folder of texts.  Runs lie in a folder each under --out, which `kedge show` reads too.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import kedge
from kedge import Accumulate, Anchor, Arm, worlds
from kedge.curation import Temperature
from kedge.families import Language, NGram

Array = np.ndarray
SEED = 1
METRICS = (
    "perplexity", "bits_per_byte", "tokens_kept", "pairs_kept", "pairs_kept_rare", "triples_kept", "distinct_pairs",
    "written_perplexity", "written_perplexity_low", "written_perplexity_high", "token_entropy",
)  # fmt: skip
PAGE = Path(__file__).parents[1] / "docs" / "language.md"
SHARES = {f"{p} % fresh real": p / 100 for p in (5, 10, 25, 50)}


def arms() -> dict[str, Arm]:
    """All that are compared, by name."""
    fresh = {name: Arm(anchor=Anchor(share=share)) for name, share in SHARES.items()}
    return {
        "replace": Arm(),
        **fresh,
        "a fixed 10 %": Arm(anchor=Anchor(share=0.1, draw="fixed")),
        "accumulate": Arm(Accumulate()),
        "one in a thousand": Arm(anchor=Anchor(share=0.001)),
        HEAVY: Arm(anchor=Anchor(share=0.001, weight=100.0)),
        "temperature 0.8": Arm(curation=Temperature(0.8)),
        "temperature 1.2": Arm(curation=Temperature(1.2)),
        "temperature 0.8, 10 % fresh": Arm(curation=Temperature(0.8), anchor=Anchor(share=0.1)),
        "temperature 0.8, 25 % fresh": Arm(curation=Temperature(0.8), anchor=Anchor(share=0.25)),
        "temperature 0.8, 50 % fresh": Arm(curation=Temperature(0.8), anchor=Anchor(share=0.5)),
    }


HEAVY = "one in a thousand, weight 100"
STORY = ("replace", "10 % fresh real", "a fixed 10 %", "accumulate")


@dataclass(frozen=True)
class Part:
    """One run.  device: what it is meant for.  few: the only arms, None for all."""

    name: str
    title: str
    device: str
    family: Any
    tokens: str
    size: int
    generations: int
    replicates: int
    few: tuple[str, ...] | None = None

    def experiment(self, corpus: Path) -> kedge.Experiment:
        vocabulary = 1024 if self.tokens == "bpe" else None
        every = arms()
        return kedge.Experiment(
            worlds.text(str(corpus), self.tokens, 64, vocabulary), self.family, self.size,
            every if self.few is None else {name: every[name] for name in self.few}, self.generations,
            self.replicates, SEED, METRICS + (("tokens_kept_rare",) if self.tokens == "words" else ()), block=1,
        )  # fmt: skip


def parts() -> Iterator[Part]:
    """Every run."""
    for order, few in ((1, None), (2, None), (3, None), (4, STORY)):
        yield Part(f"words-{order}", f"{order}-gram", "words", NGram(order=order), "words", 4000, 10, 4, few)
    even = NGram(order=3, alpha=0.01)
    yield Part("words-3-even", "3-gram, alpha 0.01", "words", even, "words", 4000, 10, 4, STORY)
    small = Language(model="gpt2-1m", steps=294, batch=4, rate=6e-3, keep="none")
    three = ("replace", "10 % fresh real", "accumulate")
    yield Part("small", "1 M numbers", "small", small, "bpe", 6200, 5, 2, three)
    more = ("temperature 0.8", "a fixed 10 %", "temperature 1.2", "temperature 0.8, 25 % fresh", HEAVY)
    yield Part("more", "1 M numbers", "more", small, "bpe", 6200, 5, 1, more)
    ten = Language(model="gpt2-10m", steps=400, batch=16, keep="none", save=0, compile="never")
    yield Part("gpu-10m", "10 M numbers", "gpu", ten, "bpe", 6200, 8, 2)
    full = Language(model="gpt2-124m", steps=300, batch=16, keep="none", save=0, compile="never")
    yield Part("gpu-124m", "124 M numbers", "gpu", full, "bpe", 6200, 5, 2, STORY)


def compute(out: Path, corpus: Path, only: str, jobs: int, quick: bool) -> None:
    for part in parts():
        if part.name.startswith(only):
            experiment = part.experiment(corpus)
            if quick:
                import msgspec

                family = msgspec.structs.replace(experiment.family, steps=20) if part.tokens == "bpe" else part.family
                few = {name: experiment.arms[name] for name in ("replace", "accumulate")}
                experiment = msgspec.structs.replace(
                    experiment, family=family, arms=few, generations=1, replicates=1, size=500
                )
            started = time.monotonic()
            kedge.run(experiment, out=out / part.name, jobs=jobs)
            print(f"{part.name}: {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("what", choices=("run", "page"))
    asked.add_argument("corpus", nargs="?", type=Path)
    asked.add_argument("--out", type=Path, default=Path("runs/language"))
    asked.add_argument("--only", default="", help="parts whose names begin so")
    asked.add_argument("--jobs", type=int, default=1)
    asked.add_argument("--quick", action="store_true", help="one generation of little, to see whether it runs")
    given = asked.parse_args()
    if given.what == "run":
        compute(given.out, given.corpus, given.only, given.jobs, given.quick)
