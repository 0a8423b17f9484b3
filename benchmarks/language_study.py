"""The study behind docs/language.md: what closed loops of language models lose, and how much real text keeps it.

    python benchmarks/language_study.py run CORPUS --only words       n-grams, about half an hour of one core; resumable
    python benchmarks/language_study.py run CORPUS --only small       a transformer of 1 M parameters, on a processor
    python benchmarks/language_study.py run CORPUS --only gpu --jobs 12   transformers of 10 M and 124 M, on a GPU
    python benchmarks/language_study.py page CORPUS                   figures and tables into docs/language.md

CORPUS is a text or a folder of texts.  Runs lie in a folder each under --out, which `kellet show` reads too.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from families_study import coloured, fill, save

import kellet
from kellet import Accumulate, Anchor, Arm, resolve, worlds
from kellet.families import Language, NGram
from kellet.loop.curation.sampling import Temperature
from kellet.page.colours import COLOURS

Array = np.ndarray
SEED = 1
METRICS = (
    "perplexity", "bits_per_byte", "tokens_kept", "pairs_kept", "pairs_kept_rare", "triples_kept", "distinct_pairs",
    "written_perplexity", "written_perplexity_low", "written_perplexity_high", "token_entropy",
)  # fmt: skip
PAGE = Path(__file__).parents[1] / "docs" / "language.md"
SHORT = 3
"""Generations of those arms of the 1 M network that were not timed."""
SHARES = {f"{p} % fresh real": p / 100 for p in (5, 10, 25, 50)}


RISE = np.log(1.1)
"""A logarithm of perplexity that rises less has no way to a plateau that could be measured."""


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

    def experiment(self, corpus: Path) -> kellet.Experiment:
        vocabulary = 1024 if self.tokens == "bpe" else None
        every = arms()
        return kellet.Experiment(
            worlds.Text(str(corpus), self.tokens, 64, vocabulary), self.family, self.size,
            every if self.few is None else {name: every[name] for name in self.few}, self.generations,
            self.replicates, SEED, METRICS + (("tokens_kept_rare",) if self.tokens == "words" else ()), block=1,
        )  # fmt: skip


def parts() -> Iterator[Part]:
    """Every run."""
    for order, few in ((3, None), (1, None), (2, STORY), (4, STORY)):
        yield Part(f"words-{order}", f"{order}-gram", "words", NGram(order=order), "words", 4000, 10, 2, few)
    even = NGram(order=3, alpha=0.01)
    yield Part("words-3-even", "3-gram, alpha 0.01", "words", even, "words", 4000, 10, 2, STORY)
    small = Language(model="gpt2-1m", steps=294, batch=4, rate=6e-3, keep="none")
    three = ("replace", "10 % fresh real", "accumulate")
    yield Part("small", "1 M parameters", "small", small, "bpe", 6200, 5, 1, three)
    yield Part("cool", "1 M parameters", "small", small, "bpe", 6200, 5, 1, ("temperature 0.8",))
    more = (
        "temperature 0.8, 25 % fresh", "a fixed 10 %", HEAVY, "temperature 1.2", "25 % fresh real", "50 % fresh real",
        "one in a thousand", "temperature 0.8, 50 % fresh",
    )  # fmt: skip
    yield Part("more", "1 M parameters", "small", small, "bpe", 6200, SHORT, 1, more)
    ten = Language(model="gpt2-10m", steps=400, batch=16, keep="none", save=0, compile="never")
    yield Part("gpu-10m", "10 M parameters", "gpu", ten, "bpe", 6200, 8, 2)
    full = Language(model="gpt2-124m", steps=300, batch=16, keep="none", save=0, compile="never")
    yield Part("gpu-124m", "124 M parameters", "gpu", full, "bpe", 6200, 5, 2, STORY)


def compute(out: Path, corpus: Path, only: str, jobs: int, quick: bool) -> None:
    for part in parts():
        if part.name.startswith(only):
            experiment = part.experiment(corpus)
            if quick:
                family = msgspec.structs.replace(experiment.family, steps=20) if part.tokens == "bpe" else part.family
                few = {name: experiment.arms[name] for name in list(experiment.arms)[:2]}
                experiment = msgspec.structs.replace(
                    experiment, family=family, arms=few, generations=1, replicates=1, size=500
                )
            started = time.monotonic()
            kellet.run(experiment, out=out / part.name, jobs=jobs)
            print(f"{part.name}: {time.monotonic() - started:.0f} s", flush=True)


# What is said ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """What is there of a part: arm -> metric -> (R, T + 1), of as many replicates as were finished."""

    part: Part
    arms: dict[str, dict[str, Array]]

    @staticmethod
    def read(part: Part, out: Path, corpus: Path) -> Found:
        import polars as pl

        found = {}
        for name, cell in resolve(part.experiment(corpus)).cells.items():
            tables = [
                pl.read_parquet(path) for path in sorted((out / part.name / "cells").glob(f"{cell.id}-*.parquet"))
            ]
            if tables:
                found[name] = {
                    metric: np.stack([table.sort("generation")[metric].to_numpy() for table in tables])
                    for metric in METRICS
                }
        return Found(part, found)

    def ratio(self, arm: str, metric: str = "perplexity") -> Array:
        """(R, T + 1): against the median of generation 0 over all arms, whose law is the same."""
        start = np.median(np.concatenate([values[metric][:, 0] for values in self.arms.values()]))
        return self.arms[arm][metric] / start


def ranged(values: Array, form: str = "{:.2f}") -> str:
    """The median, and the least and greatest where there are several."""
    median = form.format(np.median(values))
    return median if len(values) < 2 else f"{median} ({form.format(values.min())}–{form.format(values.max())})"


def by_arm(studies: dict[str, Found], names: tuple[str, ...], metric: str, ratio: bool = True) -> list[list[str]]:
    """What each arm ends with, a column a model."""
    rows = [["", *(f"{study.part.title}, generation {study.part.generations}" for study in studies.values())]]
    for name in names:
        row = [name]
        for study in studies.values():
            if name in study.arms:
                values = study.ratio(name, metric) if ratio else study.arms[name][metric]
                row.append(ranged(values[:, -1]))
            else:
                row.append("")
        rows.append(row)
    return rows


def begins(studies: dict[str, Found]) -> list[list[str]]:
    """What generation 0 is worth."""
    rows = [["", "tokens", "passages", "perplexity", "bits per byte", "rare pairs still written"]]
    for study in studies.values():
        first = {m: np.concatenate([values[m][:, 0] for values in study.arms.values()]) for m in METRICS}
        rows.append([
            study.part.title, study.part.tokens, f"{study.part.size:,}", f"{np.median(first['perplexity']):.3g}",
            f"{np.median(first['bits_per_byte']):.2f}", f"{np.median(first['pairs_kept_rare']):.0%}".replace("%", " %"),
        ])  # fmt: skip
    return rows


def factor(curve: Array) -> float:
    """The q of the curve a + b q^t, t = 0, 1, ..., that lies nearest, by least squares."""
    t = np.arange(len(curve))
    best, found = np.inf, np.nan
    for q in np.linspace(0.02, 1.1, 541):
        if abs(q - 1) > 1e-6:
            design = np.stack([np.ones(len(t)), q**t], axis=1)
            missed = curve - design @ np.linalg.lstsq(design, curve, rcond=None)[0]
            if missed @ missed < best:
                best, found = float(missed @ missed), float(q)
    return found


def factors(studies: dict[str, Found]) -> list[list[str]]:
    """By which factor the way to the plateau, of the logarithm of perplexity, shortens in every generation."""
    rows = [["real share", "1 - share", *(study.part.title for study in studies.values())]]
    for name, share in SHARES.items():
        row = [f"{share:.0%}".replace("%", " %"), f"{1 - share:.2f}"]
        for study in studies.values():
            there = study.arms.get(name)
            curves = None if there is None else np.log(there["perplexity"])
            if curves is None:
                row.append("")
            elif np.median(curves[:, -1] - curves[:, 0]) < RISE:
                row.append("no rise")
            else:
                row.append(ranged(np.array([factor(curve) for curve in curves])))
        rows.append(row)
    return rows


def curves(study: Found, metric: str, every: int = 2) -> list[list[str]]:
    """Medians, generation by generation."""
    times = range(0, study.part.generations + 1, every)
    rows = [["", *(str(t) for t in times)]]
    for name, values in study.arms.items():
        rows.append([name, *(f"{np.median(values[metric][:, t]):.3g}" for t in times)])
    return rows


def tails(study: Found) -> list[list[str]]:
    """How surprising to generation 0 what is written is."""
    rows = [["", "generation", "5 % lie below", "all", "5 % lie above"]]
    for name in ("replace", "25 % fresh real", "accumulate"):
        if name in study.arms:
            for t in (0, study.part.generations):
                values = [
                    np.median(study.arms[name][f"written_perplexity{end}"][:, t]) for end in ("_low", "", "_high")
                ]
                rows.append([name, str(t), *(f"{value:.3g}" for value in values)])
    return rows


def panels(studies: dict[str, Found]) -> dict[str, Any]:
    """Perplexity against generation 0's, a panel a model."""
    colour = coloured(STORY, tuple(COLOURS[i] for i in (0, 1, 2, 4)))
    charts = []
    for study in studies.values():
        rows = []
        for name in STORY:
            if name in study.arms:
                values = study.ratio(name)
                rows += [
                    {
                        "name": name,
                        "t": t,
                        "y": float(np.median(column)),
                        "low": float(column.min()),
                        "high": float(column.max()),
                    }
                    for t, column in enumerate(values.T)
                ]
        x = {"field": "t", "type": "quantitative", "title": "generation", "axis": {"grid": False, "tickMinStep": 1}}
        y = {"type": "quantitative", "title": "perplexity, of generation 0's", "scale": {"type": "log", "nice": False},
             "axis": {"values": [1, 1.5, 2, 3, 5, 10], "format": "~r"}}  # fmt: skip
        charts.append({"title": study.part.title, "width": 165, "height": 130, "data": {"values": rows}, "layer": [
            {"mark": {"type": "area", "opacity": 0.15},
             "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}, "color": colour}},
            {"mark": {"type": "line", "strokeWidth": 1.8},
             "encoding": {"x": x, "y": y | {"field": "y"}, "color": colour}},
        ]})  # fmt: skip
    return {"concat": charts, "columns": 3, "spacing": 16, "resolve": {"scale": {"y": "shared"}}}


def write(out: Path, corpus: Path, page: Path) -> None:
    """Figures beside the page, and its tables between their marks."""
    studies = {part.name: Found.read(part, out, corpus) for part in sorted(parts(), key=lambda part: part.name)}
    # The same model in three runs: one was to be timed by itself.
    small = studies["small"].arms | studies.pop("cool").arms
    others = studies.pop("more").arms
    studies = {name: study for name, study in studies.items() if study.arms}
    grams = {name: study for name, study in studies.items() if name.startswith("words") and name != "words-3-even"}
    networks = {name: study for name, study in reversed(studies.items()) if not name.startswith("words")}
    save(panels(grams | networks), page.parent / "images" / "language-perplexity.png")
    # Of three generations no way to a plateau can be told.
    rates = factors(grams | networks)
    if "small" in networks:
        part = dataclasses.replace(networks["small"].part, generations=SHORT)
        short = {arm: {m: v[:, : SHORT + 1] for m, v in values.items()} for arm, values in (small | others).items()}
        networks["small"] = Found(part, short)
    every = tuple(arms())
    cool = tuple(name for name in every if "temperature" in name)
    warm = tuple(name for name in every if name not in cool)
    tables = {
        "begins": begins(grams | studies),
        "ends": by_arm(grams | networks, warm, "perplexity"),
        "pairs": by_arm(grams | networks, warm, "pairs_kept"),
        "temperature": by_arm(grams | networks, ("replace", *cool), "perplexity"),
        "temperature-types": by_arm(grams | networks, ("replace", *cool), "tokens_kept"),
        "temperature-entropy": by_arm(grams | networks, ("replace", *cool), "token_entropy"),
        "factors": rates,
    }
    if "words-3-even" in studies:
        both = {name: studies[name] for name in ("words-3", "words-3-even")}
        tables["even"] = by_arm(both, STORY, "perplexity")
    for name, study in networks.items():
        tables |= {f"curves-{name}": curves(study, "perplexity", 1), f"tails-{name}": tails(study)}
    fill(page, tables)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("what", choices=("run", "page"))
    asked.add_argument("corpus", type=Path)
    asked.add_argument("--out", type=Path, default=Path("runs/language"))
    asked.add_argument("--only", default="", help="parts whose names begin so")
    asked.add_argument("--jobs", type=int, default=1)
    asked.add_argument("--quick", action="store_true", help="one generation of little, to see whether it runs")
    given = asked.parse_args()
    if given.what == "run":
        compute(given.out, given.corpus, given.only, given.jobs, given.quick)
    else:
        write(given.out, given.corpus, PAGE)
