"""Does a plan keep its promise?  Plans on some seeds, checked on loops of other seeds.

For five families on three data sets each: ``kellet.plan`` with several seeds; at each answer, fresh loops whose seeds
no plan has seen, and the share of them that kept everything, beside the confidence that was promised.  The true
threshold is found from many more loops on a grid of anchors, and the share of the plans' 90 % intervals that hold it
is counted.  Last, searches over made-up curves of which some are flat: loops keep what is asked for hardly more often
with ten times as many real points, and an answer must not be surer than that.

    python benchmarks/backtest.py --plans 6 --minutes 12
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.special import ndtr, ndtri

import kellet
from kellet import Anchor, Arm, worlds
from kellet.families import Bootstrap, Categorical, Exponential, Gaussian, LogGaussian, Mixture, Poisson
from kellet.metrics.catalogue import find_metric
from kellet.planning.exhibits import wilson
from kellet.planning.outcomes import Keep, kept
from kellet.planning.reserve import Reserve
from kellet.planning.search import Search, narrow

CONFIDENCE, MOST = 0.9, 100
FRESH = 10_000
"""Seeds of the loops that check, apart from those of the plans."""


@dataclass(frozen=True)
class Case:
    """One family on one data set, and what is to be kept.  loops: fresh ones at each answer; grid: at each k."""

    family: str
    data: str
    recipe: Any
    world: Any
    size: int
    generations: int
    keep: dict[str, float]
    loops: int
    grid: int


def cases(folder: Path) -> Iterator[Case]:
    """Five families, three data sets each."""
    tumours, wine = table(folder, "breast_cancer"), table(folder, "wine")
    digits = worlds.Digits(dims=8)
    for data, world, size, t, level in (
        ("normal law", worlds.Normal(), 500, 40, 0.8),
        ("digits", digits, 200, 20, 0.9),
        ("wine", wine, 60, 20, 0.5),
    ):
        metric = {"variance": level}
        yield Case("gaussian", data, Gaussian(), world, size, t, metric, 400, 800)
    for data, world, size, t, level in (
        ("words", worlds.Words(), 5000, 10, 0.5),
        ("Zipf law", worlds.Zipf(500), 1000, 20, 0.6),
        ("ten classes", worlds.categorical(0.6 ** np.arange(10) / (0.6 ** np.arange(10)).sum()), 300, 30, 0.9),
    ):
        metric = {"types": level} if data == "ten classes" else {"rare": level}
        yield Case("categorical", data, Categorical(), world, size, t, metric, 200, 400)
    for family, recipe, levels in (
        ("mixture", Mixture(components=3), (0.6, 0.85, 0.9)),
        ("bootstrap", Bootstrap(), (0.7, 0.7, 0.8)),
    ):
        for (data, world), level in zip(
            (("digits", digits), ("tumours", tumours), ("wine", wine)), levels, strict=True
        ):
            yield Case(family, data, recipe, world, 80, 8, {"coverage": level}, 64, 96)
    yield Case("one law", "Poisson law", Poisson(), worlds.Poisson(2.0), 300, 60, {"variance": 0.8}, 400, 800)
    yield Case("one law", "exponential", Exponential(), worlds.Exponential(), 500, 40, {"variance": 0.7}, 400, 800)
    yield Case("one law", "lognormal", LogGaussian(), worlds.LogNormal(), 500, 40, {"variance": 0.8}, 400, 800)


def table(folder: Path, name: str) -> Any:
    """A table that scikit-learn carries, as a file of one's own."""
    import polars as pl
    from sklearn import datasets

    bunch: Any = getattr(datasets, f"load_{name}")()
    path = folder / f"{name}.csv"
    pl.DataFrame(bunch.data[:, :4], schema=[f"x{i}" for i in range(4)]).write_csv(path)
    return worlds.Table(str(path))


def shares(case: Case, points: list[int], metrics: tuple[str, ...], loops: int, seed: int) -> list[tuple[int, int]]:
    """(kept, tries) of fresh loops with so many real points, in units of what real data got in them."""
    arms = {str(k): Arm(anchor=Anchor(k)) if k else Arm() for k in points}
    run = kellet.run(
        world=case.world, family=case.recipe, size=case.size, arms=arms, generations=case.generations,
        replicates=loops, seed=seed, metrics=metrics,
    )  # fmt: skip
    first = run.data.sel(generation=0)
    keeps = [
        Keep(name, level, float(np.median(first[name].values)), find_metric(name).lower)
        for name, level in zip(metrics, case.keep.values(), strict=True)
    ]
    last = run.data.sel(generation=case.generations)
    good = [kept(keeps, {name: last[name].sel(arm=str(k)).values for name in metrics}) for k in points]
    return [(int(g.sum()), len(g)) for g in good]


def threshold(case: Case, low: float, high: float, metrics: tuple[str, ...]) -> tuple[float, float]:
    """The k at which the share crosses the confidence, on a grid, and its standard error as a factor."""
    grid = sorted({max(1, min(round(k), case.size)) for k in np.geomspace(max(low, 1.0), high, 9)})
    seen = shares(case, grid, metrics, case.grid, 2 * FRESH)
    # A parabola through the probits, where they are neither 0 nor 1, seen as often as they were.
    p = np.array([(s + 0.5) / (n + 1) for s, n in seen])
    near = (p > 0.5) & (p < 0.995)
    if near.sum() < 3:
        return float("nan"), float("nan")
    x, y = np.log(np.array(grid)[near]), ndtri(p[near])
    curve = np.polynomial.Polynomial.fit(x, y, 2 if near.sum() > 4 else 1)
    fine = np.linspace(x[0], x[-1], 2000)
    over = curve(fine) >= ndtri(CONFIDENCE)
    if over.all() or not over.any():
        return float("nan"), float("nan")
    at = fine[over.argmax()]
    slope = max(curve.deriv()(at), 1e-3)
    density = np.exp(-(ndtri(CONFIDENCE) ** 2) / 2) / np.sqrt(2 * np.pi)
    error = np.sqrt(CONFIDENCE * (1 - CONFIDENCE) / (case.grid * near.sum() / 2)) / density / slope
    return float(np.exp(at)), float(error)


class Coins:
    """A laboratory in which loops succeed by a known chance; see `kellet.planning.outcomes.Laboratory`."""

    def __init__(self, chance: Callable[[int], float], block: int, rng: np.random.Generator):
        self.chance, self.block, self.rng, self.computed = chance, block, rng, 0

    def estimate(self, blocks: int, last: int) -> float:
        """Coins take no time."""
        return 0.0

    def look(
        self, trials: Sequence[tuple[Arm, range]], last: int, size: int | None = None, until: float = np.inf
    ) -> list[dict[str, np.ndarray]]:
        """For each arm: at generation 0 all is there, at the last one all or nothing."""
        looks = []
        for arm, blocks in trials:
            self.computed += len(blocks)
            good = self.rng.random(len(blocks) * self.block) < self.chance(arm.anchor.points(MOST) if arm.anchor else 0)
            looks.append({"variance_ratio": np.stack([np.ones(len(good)), good], axis=1)})
        return looks


def search(shares: tuple[float, float, float], family: Any, block: int, seed: int) -> tuple[float, bool, bool]:
    """(the interval's ends as a factor, whether it is narrow, whether it holds the truth) of one search.

    shares: of loops that keep what is asked for with 1, 10 and 100 real points of 100; nothing real costs two in a
    hundred.
    """
    knots, probits = np.log((1, 10, 100)), ndtri(shares)

    def chance(k: int) -> float:
        return float(ndtr(np.interp(np.log(k), knots, probits))) if k else shares[0] - 0.02

    experiment = kellet.Experiment(
        worlds.Normal(), family, MOST, {"replace": Arm()}, generations=9, seed=seed, block=block, judged=9
    )
    laboratory, reserve = Coins(chance, block, np.random.default_rng(seed)), Reserve("fresh", None, 0.0, MOST, None)
    searching: Any = Search(
        experiment,
        {"variance_ratio": 0.5},
        reserve,
        CONFIDENCE,
        1.5,
        time.monotonic() + 60,
        laboratory,  # type: ignore[arg-type]
    )
    searching.real = (round(400 * chance(MOST)), 400)
    low, high = searching.run([Keep("variance_ratio", 0.5, 1.0, False)]).interval()
    truth = float(np.exp(np.interp(ndtri(CONFIDENCE), probits, knots)))
    return (
        high / max(low, 0.5),
        high >= 1 and narrow(low, high, 1.5),
        bool(np.ceil(low) <= np.ceil(truth) <= np.ceil(high)),
    )


def flat_curves(seeds: int) -> Table:
    """How often searches over flat curves and a steep one are conclusive, and how often their intervals hold."""
    out = Table(title="Made-up curves: shares kept with 1, 10 and 100 of 100 real points")
    for heading in ("shares", "loops a trial", "conclusive", "held", "held, of conclusive", "interval, a factor of"):
        out.add_column(heading)
    for shares in ((0.2, 0.7, 0.99), (0.8, 0.88, 0.95), (0.85, 0.91, 0.97), (0.89, 0.90, 0.96)):
        for family, block in ((Gaussian(), 50), (Mixture(3), 8)):
            looks = [search(shares, family, block, seed) for seed in range(seeds)]
            sure = [held for _, conclusive, held in looks if conclusive]
            curve = ", ".join(f"{share:.0%}" for share in shares)
            out.add_row(
                curve, str(100 if block == 50 else 16), f"{len(sure)} of {seeds}",
                f"{sum(held for *_, held in looks)} of {seeds}", f"{sum(sure)} of {len(sure)}",
                f"{np.median([factor for factor, *_ in looks]):.2f}",
            )  # fmt: skip
    return out


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--plans", type=int, default=6, help="plans a case, each with its own seed")
    reader.add_argument("--minutes", type=float, default=12.0, help="no further plan is begun after that")
    reader.add_argument("--flat", action="store_true", help="the made-up curves alone")
    asked = reader.parse_args()
    begun = time.monotonic()
    if asked.flat:
        Console(width=140).print(flat_curves(4 * asked.plans))
        return
    rows, everything = [], [0, 0, 0, 0]
    with tempfile.TemporaryDirectory() as folder:
        todo = list(cases(Path(folder)))
        for number, case in enumerate(todo):
            started, found = time.monotonic(), []
            until = begun + 60 * asked.minutes * (number + 1) / len(todo)
            for seed in range(1, asked.plans + 1):
                found.append(
                    kellet.plan(
                        world=case.world,
                        family=case.recipe,
                        size=case.size,
                        generations=case.generations,
                        keep=case.keep,
                        confidence=CONFIDENCE,
                        seed=seed,
                        budget=25,
                    )
                )
                if time.monotonic() > until - (time.monotonic() - started) / seed:
                    break
            answers = [p.points for p in found if p.points is not None]
            metrics = tuple(found[0].keep)
            if not answers:
                rows.append([case.family, case.data, str(case.keep), "none", "", "", "", "", str(len(found)), ""])
                continue
            seen = [shares(case, [k], metrics, case.loops, FRESH + i)[0] for i, k in enumerate(answers)]
            good, tries = map(sum, zip(*seen, strict=True))
            low, high = wilson(good, tries)
            truth, error = threshold(case, min(p.low for p in found) / 1.2, max(p.high for p in found) * 1.2, metrics)
            # A truth that is itself uncertain may lie in by as much.
            held = sum(p.low * np.exp(-error) <= truth <= p.high * np.exp(error) + 1 for p in found)
            everything = [
                a + b for a, b in zip(everything, (good, tries, held, len(found) * np.isfinite(truth)), strict=True)
            ]
            rows.append(
                [
                    case.family,
                    case.data,
                    ", ".join(f"{m}={v:g}" for m, v in case.keep.items()),
                    f"{min(answers)}-{max(answers)}",
                    f"{good / tries:.3f}",
                    f"{low:.2f}-{high:.2f}",
                    f"{truth:.0f}" if np.isfinite(truth) else "",
                    f"{held} of {len(found)}" if np.isfinite(truth) else "",
                    str(sum(not p.conclusive for p in found)),
                    f"{np.mean([p.seconds for p in found]):.1f}",
                ]
            )
            print(" | ".join(rows[-1]), flush=True)
    out = Table(title=f"{date.today()}, {platform.processor() or platform.machine()}, one process")
    for heading in ("family", "data", "keep", "answers", "kept", "90 %", "truth", "held", "inconclusive", "s a plan"):
        out.add_column(heading)
    for row in rows:
        out.add_row(*row)
    Console(width=140).print(out)
    Console(width=140).print(flat_curves(2 * asked.plans))
    good, tries, held, of = everything
    print(f"Promised {CONFIDENCE:.0%}; kept in {good / tries:.1%} of {tries} fresh loops. 90 % intervals that hold the "
          f"truth: {held} of {of}. {time.monotonic() - begun:.0f} s in all.")  # fmt: skip


if __name__ == "__main__":
    main()
