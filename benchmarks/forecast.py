"""How often the interval of an audit's forecast holds: four generations observed, the twentieth compared.

Loops of words by categories, and of texts by n-grams, four replicates each, at a nominal 95 %.  The law's own errors
(`kellet.audit.forecast`) were chosen on the loops of --grid set; of those of --grid held none is among them, but they
were looked at once on the way; --grid unseen was run once, when all was settled.  The documented run:

    python benchmarks/forecast.py --grid held --text tinyshakespeare.txt
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
from collections.abc import Iterator
from itertools import product

import numpy as np
from rich.console import Console
from rich.table import Table

from kellet import Anchor
from kellet.audit.finding import Finding, Measured
from kellet.audit.forecast import Forecast, forecast
from kellet.families import Categorical, NGram
from kellet.loop.curation.sampling import Temperature
from kellet.loop.generations import generations
from kellet.worlds import Text, Words, Zipf

REPLICATES, HORIZON, FEWEST = 4, 20, 20
GRIDS = {
    "quick": ([Zipf(5000, 1.2)], (0.9, 1.0), (("fresh", 0.05),), (3000,)),
    "set": ([Zipf(2000), Zipf(20_000)], (0.9, 0.95, 1.0, 1.1), (None, ("fresh", 0.02), ("fresh", 0.1)), (2000, 20_000)),
    "held": (
        [Zipf(500, 0.8), Zipf(10_000, 0.8), Zipf(5000, 1.2), Zipf(50_000, 1.2), Zipf(5000, 1.5)],
        (0.9, 0.93, 0.97, 1.0, 1.05, 1.1),
        (None, ("fresh", 0.05), ("fresh", 0.2), ("fixed", 0.05)),
        (3000, 30_000),
    ),
    "unseen": (
        [Zipf(3000, 0.9), Zipf(20_000, 1.35), Zipf(100_000, 1.1)],
        (0.91, 0.95, 1.0, 1.03),
        (None, ("fresh", 0.03), ("fresh", 0.12), ("fixed", 0.1)),
        (8000,),
    ),
}


def spread(evidence, kinds: int) -> np.ndarray:
    """(replicates, kinds), those that are forgotten too."""
    whole = np.zeros((REPLICATES, kinds))
    whole[:, slice(None) if evidence.categories is None else np.asarray(evidence.categories)] = evidence.values
    return whole


def follow(world, tau: float, anchor, n: int, seed: int) -> Iterator[tuple[np.ndarray, float, int]]:
    """(20,) what is left of the rare part in what was written 1, 2, ... times over, what a fresh sample keeps, and how
    many words that is, by replicate."""
    rng, law = np.random.default_rng(seed), world.law(1).probabilities[0]
    asked = {} if anchor is None else {"anchor": Anchor(share=anchor[1], draw=anchor[0])}
    cooling = Temperature(tau)
    loop = generations(world, Categorical(len(law)), size=n, replicates=REPLICATES, curation=cooling, rng=rng, **asked)
    left = []
    for g in loop:
        if g.t == 0:
            reference = spread(g.evidence, len(law))
            rare = (reference > 0) & (reference <= 3)
        written = spread(cooling.law(g.model).statistics(n, rng), len(law))
        left.append(((written > 0) & rare).sum(axis=1) / np.maximum(rare.sum(axis=1), 1))
        if g.t == HORIZON - 1:
            break
    for column, mine in zip(np.array(left).T, rare, strict=True):
        if mine.sum() >= FEWEST:
            yield column, float(-np.expm1(n * np.log1p(-law[mine])).mean()), int(mine.sum())


def follow_text(path: str, order: int, n: int, seed: int) -> Iterator[tuple[np.ndarray, float, int]]:
    """The same of passages that n-grams write; the reference is another real sample than generation 0 learnt from."""
    rng, world = np.random.default_rng(seed), Text(path)
    source = world.open(REPLICATES)

    def count(points):
        return np.array([np.bincount(one[one >= 0], minlength=source.tokeniser.size) for one in points])

    reference, fresh = (count(source.first(n, rng).values) for _ in range(2))
    rare = (reference > 0) & (reference <= 3)
    left = []
    for g in generations(world, NGram(order), size=n, replicates=REPLICATES, rng=rng):
        left.append(((count(g.model.sample(n, rng).values) > 0) & rare).sum(axis=1) / rare.sum(axis=1))
        if g.t == HORIZON - 1:
            break
    kept = ((fresh > 0) & rare).sum(axis=1) / rare.sum(axis=1)
    yield from zip(np.array(left).T, kept.astype(float), rare.sum(axis=1), strict=True)


def look_ahead(left: np.ndarray, fresh: float, many: int, share: float, observed: int) -> Forecast:
    """From what is observed, each with the error of so many words."""
    errors = np.sqrt(np.maximum(left * (1 - left), 0.01) / many)
    seen = [
        Finding.of(Measured("rare", "", "rare", np.append(value, value + error * np.linspace(-2.05, 2.05, 99))))
        for value, error in zip(left[:observed], errors, strict=False)
    ]
    return forecast(seen, fresh, share, HORIZON)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--grid", choices=list(GRIDS), default="quick")
    options.add_argument("--observed", type=int, default=4)
    options.add_argument("--text", metavar="FILE", help="words and n-grams of it are looked at as well")
    asked = options.parse_args()
    worlds, taus, anchors, sizes = GRIDS[asked.grid]
    worlds = [*worlds, *([Words(asked.text)] if asked.text else [])]
    cases = [
        ((f"{tau:g}", "none" if anchor is None else f"{anchor[1]:.0%} {anchor[0]}"), anchor[1] if anchor else 0.0,
         follow(world, tau, anchor, n, i))
        for i, (world, tau, anchor, n) in enumerate(product(worlds, taus, anchors, sizes))
    ]  # fmt: skip
    if asked.text:
        cases += [(("n-grams", f"order {order}"), 0.0, follow_text(asked.text, order, 300, order)) for order in (1, 2)]
    rows: dict[tuple[str, str], list[tuple[float, Forecast]]] = {}
    for name, share, loops in cases:
        for left, fresh, many in loops:
            if fresh < 0.995:
                found = look_ahead(left, fresh, many, share, asked.observed)
                rows.setdefault(name, []).append((float(left[-1]), found))
    table = Table(
        "temperature", "real", "loops", "is left", "forecast - is", "root mean square", "held", "width", "told",
        "held of those", title=f"{asked.observed} generations observed, the {HORIZON}th forecast",
    )  # fmt: skip
    for name, found in (*rows.items(), (("all", ""), [one for some in rows.values() for one in some])):
        error = np.array([one.left[-1][0] - left for left, one in found])
        held = np.array([one.left[-1][1] <= left <= one.left[-1][2] for left, one in found])
        told = np.array([one.tells for _, one in found], dtype=bool)
        width = np.mean([one.left[-1][2] - one.left[-1][1] for _, one in found])
        table.add_row(
            *name, str(len(found)), f"{np.mean([left for left, _ in found]):.3f}", f"{error.mean():+.3f}",
            f"{np.sqrt((error**2).mean()):.3f}", f"{held.mean():.1%}", f"{width:.2f}", f"{told.mean():.0%}",
            f"{held[told].mean():.1%}" if told.any() else "-",
        )  # fmt: skip
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
