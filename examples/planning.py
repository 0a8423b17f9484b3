"""The figures and tables of docs/planning.md: three reasons why real data are needed, an answer, and its alternatives.

    python examples/planning.py                       a minute or two; figures to docs/images
    python examples/planning.py --quick --out folder  seconds; fewer dots

Lines are theory, dots are plans with their 90 % intervals.  The tables it prints are those of the page.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from single_point import BLUE, GREEN, ORANGE, Panel, Seen, axis, save

import kellet
from kellet import families, worlds
from kellet.loop import curation
from kellet.planning import Plan
from kellet.theory import bias, coverage

CONFIDENCE, LEVEL, SHRINK, HORIZON = 0.9, 0.8, 0.97, 200


def of_normal(size: int, **settings: Any) -> Plan:
    """How much of a normal law's points must be real, to keep 80 % of its variance."""
    asked = {"generations": HORIZON, "keep": {"variance": LEVEL}, "precision": 1.2, **settings}
    return kellet.plan(world=worlds.Normal(), family=families.Gaussian(), size=size, **asked)


def of_rare(p: float) -> Plan:
    """How much must be real to keep all of ten categories, of which one has probability p."""
    world = worlds.categorical([p, *[(1 - p) / 9] * 9])
    return kellet.plan(
        world=world, family=families.Categorical(), size=3000, generations=HORIZON, keep={"types": 0.99}, precision=1.2
    )


def seen(plan: Plan) -> Seen:
    """The answer and its interval."""
    return float(plan.points or 0), plan.low, plan.high


def reasons(out: Path, quick: bool) -> None:
    """Left: the least number of real points over the size of a training set.  Right: over the rarity of a category."""
    sizes = [250, 1000] if quick else [250, 500, 1000, 2000, 4000]
    named = {"variance: a number": BLUE, "bias: a share": ORANGE}
    left = Panel("Least real points, to keep 80 % of the variance", axis("points per generation", 200, 5000, True),
                 axis("real points per generation", 10, 2000, True), named)  # fmt: skip
    variance = [of_normal(n) for n in sizes]
    biased = [of_normal(n, curation=curation.Shrink(SHRINK)) for n in sizes]
    theirs = [of_normal(n, theory_alone=True).points for n in sizes]
    left.line("variance: a number", sizes, [float(k or 0) for k in theirs])
    shares = np.linspace(0.001, 0.999, 2000)
    share = shares[np.argmax(bias.retained_variance(SHRINK, shares) >= LEVEL)]
    left.line("bias: a share", sizes, [n * share for n in sizes])
    for name, plans in zip(named, (variance, biased), strict=True):
        left.dots(name, sizes, map(seen, plans))
    rarities = [20, 100] if quick else [20, 50, 100, 200, 400]
    right = Panel("Least real points, to keep a rare category", axis("1 / p", 15, 500, True),
                  axis("real points per generation", 2, 500, True), {"rare things: about 1/p": GREEN})  # fmt: skip
    rare = [of_rare(1 / r) for r in rarities]
    needed = -np.log(1 - CONFIDENCE)
    right.line("rare things: about 1/p", rarities, _least_draws(3000, [needed * r for r in rarities]))
    right.dots("rare things: about 1/p", rarities, map(seen, rare))
    save([left, right], out / "planning-reasons.png")
    print("| points per generation | " + " | ".join(f"{n:,}" for n in sizes) + " |\n|---|" + "---|" * len(sizes))
    for name, plans in (("variance", variance), ("bias", biased)):
        print(f"| {name} | " + " | ".join(_told(p) for p in plans) + " |")
    print("\n| 1/p | " + " | ".join(map(str, rarities)) + " |\n|---|" + "---|" * len(rarities))
    print("| rare | " + " | ".join(_told(p) for p in rare) + " |")


def _told(plan: Plan) -> str:
    return f"{plan.points:,} ({plan.low:.0f} to {plan.high:.0f})"


def _least_draws(n: int, needed: Iterable[float]) -> list[float]:
    """The k whose real draws behind n points are so many."""
    ks = np.geomspace(0.5, n, 4000)
    draws = coverage.effective_draws(n, ks)
    return [float(ks[np.argmax(draws >= d)]) for d in needed]


def answer(out: Path, quick: bool) -> None:
    """One plan: its trials and its curve; and what the same number of points does otherwise."""
    plan = of_normal(1000, generations=20 if quick else 100)
    trials = Panel("Trials", axis("real points per generation", 1, 1000, True),
                   axis("loops that keep 80 %", 0.4, 1.0, form=".0%"),
                   {"trials": ORANGE, "what is believed": BLUE})  # fmt: skip
    from kellet.planning.exhibits import wilson
    from kellet.planning.threshold import Belief

    seen_at = {t.points: (t.successes, t.tries) for t in plan.trials}
    none = seen_at.pop(0)
    belief = Belief(plan.most, plan.confidence, seen_at, none, plan.real or (1, 1))
    ks = np.geomspace(1, 1000, 80)
    trials.line("what is believed", ks, [belief.chance(k) for k in ks])
    trials.dots("trials", list(seen_at), [(s / n, *wilson(s, n)) for s, n in seen_at.values()])
    contaminated = Panel("A contaminated reserve", axis("share that models wrote", -0.02, 0.6, form=".0%"),
                         axis("real points per generation", 0, 120), {"k / (1 - c)": GREEN})  # fmt: skip
    shares = [0.0, 0.4] if quick else [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    clean = of_normal(1000, generations=plan.generations, theory_alone=True).points or 0
    contaminated.line("k / (1 - c)", shares, [clean / (1 - c) for c in shares])
    dirty = [of_normal(1000, generations=plan.generations, contaminated=c) for c in shares]
    contaminated.dots("k / (1 - c)", shares, map(seen, dirty))
    save([trials, contaminated], out / "planning-answer.png")
    print(f"\n{plan.sentence}\n\n| cure | points to collect | loops that keep 80 % |\n|---|---|---|")
    for cure in plan.cures:
        low, high = wilson(cure.successes, cure.tries)
        print(f"| {cure.name} | {cure.collected:,} | {cure.successes / cure.tries:.0%} ({low:.0%} to {high:.0%}) |")


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "docs" / "images")
    reader.add_argument("--quick", action="store_true", help="fewer dots")
    asked = reader.parse_args()
    reasons(asked.out, asked.quick)
    answer(asked.out, asked.quick)


if __name__ == "__main__":
    main()
