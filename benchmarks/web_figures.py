"""The figures and numbers of docs/web.md: many writers, one pool.

    python benchmarks/web_figures.py                                 some minutes; figures to docs/images
    python benchmarks/web_figures.py --effort 0.001 --out somewhere  seconds; the simulated numbers then mean nothing

Lines are theory; dots, and numbers with an interval (95 %), are simulated.  The tables it prints are those of the page.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import re
import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import vl_convert
from scipy.optimize import brentq
from scipy.stats import nchypergeom_wallenius

from kellet import families, worlds
from kellet.laws.frequencies import rarest
from kellet.loop import curation
from kellet.loop.anchors import Bank, Dose
from kellet.loop.pool.settings import Detector, Humans, Pool, Writer
from kellet.loop.pool.web import Web, weave
from kellet.theory import bias, pool
from kellet.theory.islands import Islands

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "examples"))

from single_point import (  # noqa: E402
    BLUE,
    GREEN,
    GREY,
    LOOK,
    ORANGE,
    PINK,
    YELLOW,
    Number,
    Panel,
    Seen,
    average,
    axis,
)  # fmt: skip

Array = np.ndarray
Told = tuple[list[Number], list[Panel]]
Marked = dict[int, Any]
"""What was seen, by generation."""


# Webs ----------------------------------------------------------------------------------------------------------------


class Later(Humans, frozen=True):
    """People who write from one generation on, and until another."""

    begin: int = 0
    end: int = 10**9

    def amount(self, t: int, models: float) -> float:
        return super().amount(t, models) if self.begin <= t < self.end else 0.0


class OpenedLater(Bank, frozen=True, kw_only=True, tag="opened-later"):
    """A vault that nobody looks into before a generation."""

    begin: int

    def dose(self, size: Any, t: int) -> Dose:
        return super().dose(size, t) if t >= self.begin else Dose(0, 0, 1.0)


@dataclass(frozen=True)
class Simulation:
    """effort: 1 for the page; less simulates fewer replicates and generations, to try the program."""

    effort: float = 1.0

    def some(self, number: int, least: int) -> int:
        return min(number, max(least, round(self.effort * number)))

    def watch(
        self, seed: int, marks: Collection[int], look: Callable[[Web[Any]], Any], *, world: Any, settings: Pool,
        writers: int, replicates: int, **more: Any
    ) -> Marked:  # fmt: skip
        """What a look at so many writers who are alike finds in some generations."""
        loop = weave(
            world, more.pop("family", families.Categorical()), settings=settings,
            writers={"writer": Writer(many=writers)}, replicates=self.some(replicates, 8),
            rng=np.random.default_rng(seed), **more,
        )  # fmt: skip
        last = self.some(max(marks), 2)
        return {web.t: look(web) for web in islice(loop, last + 1) if web.t in marks}


def list_laws(web: Web[Any]) -> Array:
    """(K, R, V): the probabilities that each writer gives to each category."""
    return np.array([generation.model.dense() for generation in web.writers.values()])


def vary(p: Array) -> Array:
    """(...): the chance that two draws differ, of probabilities (..., V)."""
    return np.asarray(1 - (p**2).sum(axis=-1))


def differ(p: Array) -> Seen:
    """F_ST of writers (K, R, V): 1 - H_S/H_T of expectations, and its interval."""
    within, together = vary(p).mean(axis=0), vary(p.mean(axis=0))
    value = 1 - within.mean() / together.mean()
    scatter = together - within - value * together
    value = 0.0 if abs(value) < 1e-12 else value
    error = 1.96 * scatter.std(ddof=1) / np.sqrt(len(scatter)) / together.mean() if value else 0.0
    return float(value), float(value - error), float(value + error)


def apply(what: Callable[[Any], Seen], marked: Mapping[int, Any]) -> dict[int, Seen]:
    return {t: what(one) for t, one in marked.items()}


# Theory for who wrote what being left to chance, and for people who don't always write as much ------------------------


@dataclass(frozen=True)
class Astray:
    """Second moments about the truth, in units of its variance: of all writers' text, and half the way between two.

    Categories; writers who are alike: `kellet.theory.writers.covary` with random=True, in two numbers.
    """

    pooled: float = 0.0
    apart: float = 0.0

    def move(self, writers: float, n: float, migration: float = 1.0, people: float = 0.0) -> Astray:
        """After one more fit to n points, of which people wrote a share."""
        near, far = ((1 - people) * (1 - migration)) ** 2 * self.apart, (1 - people) ** 2 * self.pooled
        noise = (1 - far - (1 - 1 / writers) * near) / n
        return Astray(far + noise / writers, near + noise)

    def keeps(self, writers: float) -> float:
        """The share of the truth's diversity that one writer has."""
        return 1 - self.pooled - (1 - 1 / writers) * self.apart

    def differ(self, writers: float) -> float:
        """F_ST."""
        return (1 - 1 / writers) * self.apart / (1 - self.pooled)


def stray(
    last: int, writers: float, n: float, migration: float = 1.0, people: Callable[[int], float] = lambda t: 0.0
) -> list[Astray]:
    """In generations 0 to ``last``.  people: their share of what is read in generation t."""
    found = [Astray().move(writers, n)]
    for t in range(1, last + 1):
        found.append(found[-1].move(writers, n, migration, people(t)))
    return found


# The story -----------------------------------------------------------------------------------------------------------


def share(simulation: Simulation) -> Told:
    """What lies in the pool, and what is read."""
    n, writers, last, half = 500, 2, 40, 5
    total = float(n * writers)
    falling = Humans(share=0.5, halving=half)
    kinds = {
        "people write on": (BLUE, Humans(share=0.5), None),
        "people write less, half every 5 generations": (ORANGE, falling, None),
        "the same; only the newest 3 generations are left": (PINK, falling, 3),
    }
    names = {name: colour for name, (colour, _, _) in kinds.items()}
    left = Panel("Model text in the pool", axis("generation", 0, last + 1), axis("share", 0, 1.02, form="~%"), names, 1)
    told = []
    for seed, (name, (_, humans, window)) in enumerate(kinds.items()):
        people = np.array([humans.amount(t, total) for t in range(1, last + 1)])
        known = pool.model_share(people, total, window=window, before=0.0 if window else total)
        # What nobody reads more often than anything else: this bias only makes the loop keep each document's origin.
        settings = Pool(humans=humans, window=window, reading="documents", bias=1 + 1e-12)
        seen = simulation.watch(
            10 + seed, range(4, last + 1, 4), count_read, world=worlds.Normal(), settings=settings, writers=writers,
            replicates=20, size=n, family=families.Gaussian(),
        )  # fmt: skip
        dots = apply(average, seen)
        begin = 3 if window else 1
        left.line(name, range(begin, last + 1), known[begin - 1 :])
        left.dots(name, dots, dots.values())
        told.append(Number(f"{name}: generation {last}", float(known[-1]), "exact", dots.get(last)))
    names = {"10 times as often": PINK, "5 times": ORANGE, "2 times": BLUE, "half as often": GREEN}
    right = Panel(
        "Model text in what is read, if it is found ...", axis("share in the pool", 0, 1, form="~%"),
        axis("share in what is read", 0, 1.02, form="~%"), names, 4,
    )  # fmt: skip
    grid, lying = np.linspace(0, 1, 60), (0.1, 0.3, 0.5, 0.67, 0.9)
    for seed, (name, b) in enumerate(zip(names, (10.0, 5.0, 2.0, 0.5), strict=True)):
        right.line(name, grid, pool.retrieve(grid, b))
        found = {s: average(find(simulation, 100 + 10 * seed + i, s, b)) for i, s in enumerate(lying)}
        right.dots(name, found, found.values())
        if b == 2:
            what = "67 % of the pool, found twice as often: of what is read"
            told.append(Number(what, float(pool.retrieve(0.67, b)), "limit", found[0.67]))
    for part, times in (("a hundredth", 100), ("half", 2)):
        # Wallenius' law: one after the other, none twice.
        whole = 500 * times
        exact = float(nchypergeom_wallenius(whole, whole // 2, 500, 10.0).mean()) / 500
        what = f"50 % of the pool, found 10 times as often, {part} of it read: of that"
        told.append(Number(what, exact, "exact", average(find(simulation, 190 + times, 0.5, 10.0, times))))
    return told, [left, right]


def count_read(web: Web[Any]) -> Array:
    """(R,): the share of model text in what writers read, document by document."""
    return np.mean([(g.evidence.origins > 0).mean(axis=-1) for g in web.writers.values()], axis=0) * np.ones(1)


def find(simulation: Simulation, seed: int, lies: float, b: float, times: int = 60) -> Array:
    """(R,): the share of model text in 500 documents that are read, of so many times as many; b: the bias."""
    written = round(500 * times * lies)
    settings = Pool(
        humans=Humans(500 * times - written), written=written, window=1, bias=b, reading="documents"
    )  # fmt: skip
    seen = simulation.watch(
        seed, [1], count_read, world=worlds.Normal(), settings=settings, writers=1, replicates=60, size=500,
        family=families.Gaussian(),
    )  # fmt: skip
    return np.asarray(seen[1])


def count(simulation: Simulation) -> Told:
    """One writer of n documents, or K writers of n/K each, behind walls or from one pool."""
    n, m, last = 60, 0.1, 180
    counts, marks = [1, 2, 3, 4, 6, 10, 15, 20, 30, 60], [10, 30, 60, 90, 120, 150, 180]
    colours = {10: GREEN, 60: YELLOW, 120: ORANGE, 180: PINK}
    every = range(1, n + 1)
    strays = {share: [stray(last, k, n / k, share) for k in every] for share in (m, 0.01, 1.0)}
    known = {share: np.array([[one.keeps(k) for one in of] for k, of in zip(every, strays[share], strict=True)])
             for share in strays}  # fmt: skip
    walls = {k: separate(simulation, k, n // k, m, marks, max(1500, 30_000 // k), 200 + k) for k in counts}
    names = {f"after {t} generations": colour for t, colour in colours.items()}
    left = Panel(
        "Diversity that each of K writers keeps", axis("writers, K", 0.9, 66, log=True),
        axis("share of the truth's", 0.03, 1, log=True, form="~%"), names,
    )  # fmt: skip
    for name, t in zip(names, colours, strict=True):
        # One who learns from a single document has nothing to vary.
        left.line(name, every[:-1], known[m][:-1, t])
        dots = {k: average(walls[k][t][0]) for k in counts[:-1] if t in walls[k]}
        left.dots(name, dots, dots.values())
    names = {"walls, 10 % of what is read from all": ORANGE, "walls, 1 %": GREEN, "one common pool": GREY}
    right = Panel(
        "The best number of writers", axis("generations", 0, last + 5), axis("K", 0.9, 66, log=True), names, 3
    )
    for name, share in zip(names, strays, strict=True):
        right.line(name, range(1, last + 1), 1 + known[share].argmax(axis=0)[1:], interpolate="step-after")
    best = {t: choose({k: walls[k][t][0] for k in counts if t in walls[k]}) for t in marks if t in walls[1]}
    right.dots(next(iter(names)), best, best.values())
    told = []
    for t in (30, 120, last):
        exact = counts[int(np.argmax(known[m][np.array(counts) - 1, t]))]
        told.append(Number(f"best K after {t} generations, of those tried", exact, "exact", best.get(t)))
    common = separate(simulation, 6, n // 6, 1.0, [last], 5000, 300)
    for who, share, k, seen in (
        ("one writer", m, 1, walls[1]), ("6 behind walls", m, 6, walls[6]), ("30 behind walls", m, 30, walls[30]),
        ("6 who read one pool", 1.0, 6, common),
    ):  # fmt: skip
        each, together = (average(x) for x in seen[last]) if last in seen else (None, None)
        told.append(Number(f"{who}: diversity of each", known[share][k - 1, last], "exact", each))
        told.append(Number(f"{who}: of their text together", 1 - strays[share][k - 1][last].pooled, "exact", together))
    return told, [left, right]


def separate(
    simulation: Simulation, writers: int, n: int, migration: float, marks: Sequence[int], replicates: int, seed: int
) -> Marked:
    """(2, R): the diversity that a writer keeps, and that of all text together, of yes or no; each in a pool of its
    own, or all in one."""
    walled = migration < 1 and writers > 1
    settings = Pool(window=1, pools=writers, migration=migration) if walled else Pool(window=1)

    def look(web: Web[Any]) -> tuple[Array, Array]:
        off = np.array([generation.model.mean for generation in web.writers.values()]) - 0.5
        return (1 - 4 * off**2).mean(axis=0), 1 - 4 * off.mean(axis=0) ** 2

    return simulation.watch(
        seed, marks, look, world=worlds.Bernoulli(0.5), settings=settings, writers=writers, replicates=replicates,
        size=n, family=families.Bernoulli(),
    )  # fmt: skip


def choose(kept: Mapping[int, Array]) -> Seen:
    """The number of writers of whom each keeps most; and the least and the most that are not told apart from it."""
    mean = {k: float(x.mean()) for k, x in kept.items()}
    error = {k: float(x.std(ddof=1)) / np.sqrt(len(x)) for k, x in kept.items()}
    top = max(mean, key=mean.__getitem__)
    alike = [k for k in mean if mean[top] - mean[k] <= 1.96 * np.hypot(error[top], error[k])]
    return float(top), float(min(alike)), float(max(alike))


def alike(simulation: Simulation) -> Told:
    """How far five writers differ."""
    n, writers, last = 200, 5, 400
    truth = worlds.Zipf(50)
    kinds: dict[str, tuple[str, float, float]] = {
        "walls, nothing from the others": (PINK, 0.0, 0.0),
        "walls, 1 % of what is read from all": (ORANGE, 0.01, 0.0),
        "walls, 10 %": (YELLOW, 0.1, 0.0),
        "one pool": (BLUE, 1.0, 0.0),
        "walls, 1 %, and people write 5 % of each pool": (GREEN, 0.01, 0.05),
    }
    names = {name: colour for name, (colour, _, _) in kinds.items()}
    across = axis("generation", 0, last + 5)
    left = Panel("How far writers differ: F_ST", across, axis("F_ST", 0.003, 1, log=True), names, 1)
    right = Panel(
        "Diversity of each writer", across, axis("share of the truth's", 0, 1.02, form="~%"), names, 1
    )  # fmt: skip
    told = []
    marks = [0, 20, *range(50, last + 1, 50)]
    whole = float(vary(truth.law(1).dense())[0])
    for seed, (name, (_, m, people)) in enumerate(kinds.items()):
        known = stray(last, writers, n, m, lambda t, people=people: people)
        left.line(name, range(0, last + 1, 5), [one.differ(writers) for one in known[::5]])
        right.line(name, range(0, last + 1, 5), [one.keeps(writers) for one in known[::5]])
        humans = Humans(share=people) if people else None
        walls: dict[str, Any] = {} if m == 1 else {"pools": writers, "migration": m}
        seen = simulation.watch(
            400 + seed, marks, lambda web: (differ(p := list_laws(web)), average(vary(p).mean(axis=0) / whole)),
            world=truth, settings=Pool(window=1, humans=humans, **walls), writers=writers, replicates=300, size=n,
        )  # fmt: skip
        left.dots(name, seen, [one for one, _ in seen.values()])
        right.dots(name, seen, [one for _, one in seen.values()])
        apart, kept = seen.get(last, (None, None))
        told.append(Number(f"{name}: F_ST after {last}", known[last].differ(writers), "exact", apart))
        told.append(Number(f"{name}: diversity of each", known[last].keeps(writers), "exact", kept))
    return told, [left, right]


WRITERS, READ, CURE = 5, 100, 500
"""Of the chapter on prevention and cure: five writers of 100 documents, left alone for 500 generations."""


def restore(state: Astray, people: float, generations: int) -> float:
    """The diversity of each writer after people have written so many documents in each of some generations."""
    for _ in range(generations):
        state = state.move(WRITERS, READ, people=people / (people + WRITERS * READ))
    return state.keeps(WRITERS)


def count_cures(level: float = 0.9) -> dict[str, float]:
    """How many real documents in all keep a level of diversity for 500 generations, or bring it back after them."""
    lost = stray(CURE, WRITERS, READ)[-1]
    found = {
        "from the start": CURE * brentq(lambda h: restore(Astray().move(WRITERS, READ), h, CURE) - level, 0.1, 500.0)
    }
    for generations in (1, 10, 100):
        within = generations * brentq(lambda h, g=generations: restore(lost, h, g) - level, 0.1, 1e6)
        found[f"later, in {generations} generation{'s' * (generations > 1)}"] = within
    vaults = range(1, READ)
    kept = [Islands(WRITERS, READ, -1, migration=1 - k / READ, vault=k, stock=k).settled.variance for k in vaults]
    found["in a vault, always read"] = float(next(k for k, one in zip(vaults, kept, strict=True) if one >= level))
    return found


def cure(simulation: Simulation) -> Told:
    """The same real documents from the start, later, or in a vault."""
    last, size, dose, replicates = 600, 200, 5, 150
    truth = worlds.Zipf(size)
    p = truth.law(1).dense()[0]
    rare, whole = rarest(p, 0.1), float(vary(p))
    given = dose * CURE
    kinds: dict[str, tuple[str, Pool, Bank | None]] = {
        "nothing real": (GREY, Pool(window=1), None),
        f"{dose} documents per generation from the start": (BLUE, Pool(window=1, humans=Humans(dose)), None),
        f"{given:,} in generations 501 to 510": (
            ORANGE, Pool(window=1, humans=Later(given / 10, begin=CURE + 1, end=CURE + 11)), None,
        ),
        "a vault of 20, always read": (GREEN, Pool(window=1), Bank(20, bank=20)),
        "the same vault from 501 on": (PINK, Pool(window=1), OpenedLater(20, bank=20, begin=CURE + 1)),
    }  # fmt: skip
    names = {name: colour for name, (colour, _, _) in kinds.items()}
    across = axis("generation", 0, last + 5)
    left = Panel("Diversity of each writer", across, axis("share of the truth's", 0, 1.02, form="~%"), names, 1)
    right = Panel(
        "The rarest tenth of what people say", across, axis("share a writer knows", 0, 0.12, form="~%"), names, 1
    )
    shares = {name: share_people(settings) for name, (_, settings, bank) in kinds.items() if bank is None}
    vault = Islands(WRITERS, READ, -1, migration=0.8, vault=20, stock=20)
    marks = sorted({0, 5, 10, 25, *range(50, last + 1, 50), 505, 510, 520, 535, 575})
    told = []

    def look(web: Web[Any]) -> tuple[Seen, Seen, Array]:
        laws = list_laws(web)
        knows = (laws > 0) @ rare / rare.sum()
        return average(vary(laws).mean(axis=0) / whole), average(knows.mean(axis=0)), (laws > 0).any(axis=0)

    curves: dict[str, Array] = {}
    for seed, (name, (_, settings, bank)) in enumerate(kinds.items()):
        if name in shares:
            curves[name] = np.array([one.keeps(WRITERS) for one in stray(last, WRITERS, READ, 1.0, shares[name])])
        elif not isinstance(bank, OpenedLater):
            curves[name] = vault.after(np.arange(1, last + 2)).variance
        if name in curves:
            left.line(name, range(0, last + 1, 5), curves[name][::5])
        seen = simulation.watch(
            500 + seed, marks, look, world=truth, settings=settings, writers=WRITERS, replicates=replicates, size=READ,
            anchor=bank,
        )  # fmt: skip
        left.dots(name, seen, [one for one, _, _ in seen.values()])
        right.dots(name, seen, [one for _, one, _ in seen.values()])
        right.line(name, seen, [one[0] for _, one, _ in seen.values()], opacity=0.4)
        for t in (CURE, 510, last):
            exact = float(curves[name][t]) if name in curves else None
            kept, knows, _ = seen.get(t, (None, None, None))
            told.append(Number(f"{name}: diversity, generation {t}", exact, "exact" if exact else "", kept))
            told.append(Number(f"{name}: rarest tenth, generation {t}", None, "", knows))
        back = None
        if CURE in seen and 510 in seen:
            gone = ~seen[CURE][2]
            back = average((gone & seen[510][2]).sum(axis=1) / np.maximum(gone.sum(axis=1), 1))
        told.append(Number(f"{name}: of what nobody knew at {CURE}, back at 510", None, "", back))
    real = float(rare @ (1 - (1 - p) ** READ) / rare.sum())
    told.append(Number(f"{READ} real documents: rarest tenth", real, "exact"))
    settled = float(vault.settled.variance)
    told.append(Number("a vault of 20: diversity in the end, whenever it is opened", settled, "exact"))
    needs = count_cures()
    for what, number in needs.items():
        told.append(Number(f"real documents for 90 %: {what}", number, "exact"))
    told.extend(check_cures(simulation, needs, truth, whole))
    return told, [left, right]


def share_people(settings: Pool) -> Callable[[int], float]:
    """Their share of the newest generation, for each."""
    models = float(WRITERS * READ)

    def share(t: int) -> float:
        people = settings.humans.amount(t, models) if settings.humans else 0.0
        return people / (people + models)

    return share


def check_cures(simulation: Simulation, needs: Mapping[str, float], truth: Any, whole: float) -> list[Number]:
    """What the numbers of documents that theory names keep, or bring back."""

    def look(web: Web[Any]) -> Seen:
        return average(vary(list_laws(web)).mean(axis=0) / whole)

    again = Later(needs["later, in 10 generations"] / 10, begin=CURE + 1)
    k = int(needs["in a vault, always read"])
    kinds: dict[str, tuple[Pool, Bank | None, int, float]] = {
        "from the start": (Pool(window=1, humans=Humans(needs["from the start"] / CURE)), None, CURE, 0.9),
        "later, in 10 generations": (Pool(window=1, humans=again), None, CURE + 10, 0.9),
        "in a vault, always read": (
            Pool(window=1), Bank(k, bank=k), CURE,
            float(Islands(WRITERS, READ, -1, migration=1 - k / READ, vault=k, stock=k).after(CURE + 1).variance),
        ),
    }  # fmt: skip
    told = []
    for seed, (name, (settings, bank, t, exact)) in enumerate(kinds.items()):
        seen = simulation.watch(
            550 + seed, [t], look, world=truth, settings=settings, writers=WRITERS, replicates=300, size=READ,
            anchor=bank,
        )  # fmt: skip
        told.append(Number(f"with so many {name}: diversity, generation {t}", exact, "exact", seen.get(t)))
    return told


def biased(simulation: Simulation) -> Told:
    """Writers who sharpen what they write: what people's share must be to hold, and to bring back."""
    categories, temperature, n = 100, 0.9, 10**8
    truth = worlds.categorical([1 / categories] * categories)
    names = {"theory": GREY, "people write from the start": BLUE, "people write from generation 300 on": ORANGE}
    whole = 1 - 1 / categories
    panel = Panel(
        "100 equal categories, written at temperature 0.9", axis("people's share of what is read", 0, 0.4, form="~%"),
        axis("diversity, share of the truth's", 0, 1.02, form="~%"), names, 3,
    )  # fmt: skip
    hold, again = float(bias.temperature_threshold(temperature)), bias.recovery_threshold(temperature, categories)
    needed, spread = settle(temperature, categories)
    rows = [{"name": "theory", "x": x, "y": y, "k": k} for k, (x, y) in enumerate(zip(needed, spread, strict=True))]
    panel.add("line", rows, more={"order": {"field": "k", "type": "quantitative"}})
    panel.line("theory", [hold, 0.4], [1.0, 1.0])
    rises = int(np.argmax(needed))
    told = []
    shares, last = (0.02, 0.05, 0.07, 0.15, 0.2, 0.23, 0.27, 0.3, 0.38), 800

    def look(web: Web[Any]) -> Seen:
        return average(vary(list_laws(web)).mean(axis=0) / whole)

    for part, (name, begin) in enumerate(zip(list(names)[1:], (1, 300), strict=True)):
        seen: dict[float, Seen] = {}
        for i, people in enumerate(shares):
            found = simulation.watch(
                600 + 20 * part + i, [last], look, world=truth, writers=1, replicates=12, size=n,
                settings=Pool(window=1, humans=Later(n * people / (1 - people), begin=begin)),
                curation=curation.Temperature(temperature),
            )  # fmt: skip
            if found:
                seen[people] = found[last]
        rows = [{"name": name, "x": people, "y": kept} for people, (kept, _, _) in seen.items()]
        panel.add("point", rows, filled=True, size=36 if part else 130, opacity=1)
        for people in (0.07, 0.15, 0.2, 0.3):
            fallen = people < (again if part else hold)
            held = float(np.interp(people, needed[:rises], spread[:rises])) if fallen else 1.0
            what = f"{name}, {people:.0%}: diversity".replace("%", " %")
            told.append(Number(what, held, "limit", seen.get(people)))
    told += [Number("people's share that holds", hold, "limit"), Number("that brings back", again, "limit")]
    return told, [panel]


def settle(temperature: float, categories: int) -> tuple[list[float], list[float]]:
    """People's shares at which equal categories, of which one has won, stay as they are, and their diversity.

    Very many points; see `kellet.theory.bias.recovery_threshold`.  From all that is lost upwards.
    """
    top = 1 / (1 + (categories - 1) * np.exp(-np.geomspace(16.0, 1e-3, 150)))
    sharp = top ** (1 / temperature)
    sharp = sharp / (sharp + (categories - 1) * ((1 - top) / (categories - 1)) ** (1 / temperature))
    spread = (1 - top**2 - (1 - top) ** 2 / (categories - 1)) / (1 - 1 / categories)
    return ((sharp - top) / (sharp - 1 / categories)).tolist(), spread.tolist()


def minority(simulation: Simulation) -> Told:
    """What a filter's errors cost a minority among people."""
    size, first, n, last, models = 300, 150, 1000, 30, 0.7
    truth = worlds.Zipf(size)
    p = truth.law(1).dense()[0]
    q = float(p[first:].sum())
    kinds: dict[str, tuple[str, Detector | None]] = {
        "no filter": (GREY, None),
        "wrong on 5 % of everybody": (BLUE, Detector(0.9, 0.05)),
        "wrong on 5 %, of the minority on 20 %": (ORANGE, Detector(0.9, 0.05, q, 0.2)),
        "wrong on 5 %, of the minority on 60 %": (PINK, Detector(0.9, 0.05, q, 0.6)),
        "a watermark: never wrong": (GREEN, Detector(0.9)),
    }
    names = {name: colour for name, (colour, _) in kinds.items()}
    across = axis("generation", 0, last + 0.5)
    left = Panel("The minority's part of what writers write", across, axis("share", 0, 0.13, form="~%"), names, 1)
    right = Panel("The minority's words", across, axis("share of them a writer knows", 0, 0.6, form="~%"), names, 1)
    told = []

    def look(web: Web[Any]) -> tuple[Seen, Seen]:
        laws = list_laws(web)[..., first:]
        return average(laws.sum(axis=-1).mean(axis=0)), average(((laws > 0) @ p[first:] / q).mean(axis=0))

    for seed, (name, (_, detector)) in enumerate(kinds.items()):
        caught, wrong = (detector.caught, detector.wrong) if detector else (0.0, 0.0)
        worse = None if detector is None or detector.minority_wrong is None else detector.minority_wrong
        left_over = pool.sieve(models, caught, wrong, minority=q, minority_wrong=worse)
        times = np.arange(last + 1)
        left.line(name, times, pool.minority_after(times, q, left_over.minority, left_over.models))

        seen = simulation.watch(
            700 + seed, [0, 1, 2, 3, *range(5, last + 1, 5)], look, world=truth, writers=5, replicates=200, size=n,
            settings=Pool(window=1, humans=Humans(share=1 - models), filter=detector),
        )  # fmt: skip
        left.dots(name, seen, [one for one, _ in seen.values()])
        right.dots(name, seen, [one for _, one in seen.values()])
        right.line(name, seen, [one[0] for _, one in seen.values()], opacity=0.4)
        written, known = seen.get(last, (None, None))
        theirs = float(pool.minority_after(last, q, left_over.minority, left_over.models))
        told.append(Number(f"{name}: model text in what is read", float(left_over.models), "exact"))
        told.append(Number(f"{name}: the minority's part", theirs, "exact", written))
        told.append(Number(f"{name}: its words that a writer knows", None, "", known))
    told.append(Number("the minority's part of what people write", q, "exact"))
    for seed, name in enumerate(("no filter", "wrong on 5 %, of the minority on 20 %", "a watermark: never wrong")):
        seen = simulation.watch(
            750 + seed, [last], look, world=truth, writers=5, replicates=200, size=n,
            settings=Pool(window=1, humans=Humans(share=0.1), filter=kinds[name][1]),
        )  # fmt: skip
        what = f"people write 10 %; {name}: the minority's words that a writer knows"
        told.append(Number(what, None, "", seen[last][1] if seen else None))
    return told, [left, right]


def reading(simulation: Simulation) -> Told:
    """Laws against documents: five writers and one pool that is larger, or not, than what each reads of it."""
    writers, n, people, last = 5, 100, 0.2, 40
    truth = worlds.Zipf(20)
    whole = float(vary(truth.law(1).dense())[0])
    names = {"documents": ORANGE, "laws: no end of documents": BLUE}
    across = axis("documents in the pool, for each that a writer reads", 0.9, 120, log=True)
    left = Panel("How far writers differ: F_ST", across, axis("F_ST", 0, 0.0105), names)
    right = Panel("Diversity that all writers' text together lost", across, axis("share", 0, 0.03, form=".1%"), names)
    grid = np.geomspace(1, 120, 60)
    known = Islands(writers, n, -1, migration=1.0, people=people, documents=grid * n).settled
    endless = Islands(writers, n, -1, migration=1.0, people=people).settled
    left.line("documents", grid, known.differentiation)
    right.line("documents", grid, known.pooled)
    left.line("laws: no end of documents", [1, 120], [endless.differentiation] * 2)
    right.line("laws: no end of documents", [1, 120], [endless.pooled] * 2)

    def look(web: Web[Any]) -> tuple[Seen, Seen]:
        laws = list_laws(web)
        return differ(laws), average(1 - vary(laws.mean(axis=0)) / whole)

    told = []
    for seed, times in enumerate((1, 2, 5, 20, 100, None)):
        documents = n * (times or 100)
        settings = Pool(
            humans=Humans(documents * people), written=documents * (1 - people), window=1,
            reading="documents" if times else "laws",
        )  # fmt: skip
        seen = simulation.watch(
            800 + seed, [last], look, world=truth, settings=settings, writers=writers, replicates=1000, size=n
        )
        name = "documents" if times else "laws: no end of documents"
        left.dots(name, [times or 100] * len(seen), [one for one, _ in seen.values()])
        right.dots(name, [times or 100] * len(seen), [one for _, one in seen.values()])
        apart, lost = seen.get(last, (None, None))
        there = float(documents) if times else np.inf
        expected = Islands(writers, n, -1, migration=1.0, people=people, documents=there).settled
        what = f"a pool of {times} times what each reads" if times else "laws"
        kind = "approximation" if times else "exact"
        told.append(Number(f"{what}: F_ST", float(expected.differentiation), kind, apart))
        told.append(Number(f"{what}: lost by all together", float(expected.pooled), kind, lost))
    return told, [left, right]


# The page ------------------------------------------------------------------------------------------------------------


STORY: dict[str, Callable[[Simulation], Told]] = {
    "share": share,
    "count": count,
    "alike": alike,
    "cure": cure,
    "biased": biased,
    "minority": minority,
    "reading": reading,
}
DARK = (
    "<style>@media (prefers-color-scheme: dark) {"
    'rect[fill="white"] {fill: #0d1117} text {fill: #e6edf3} [stroke="#ececec"] {stroke: #30363d}'
    "}</style>"
)
"""What a reader who likes it dark sees."""


def save(panels: list[Panel], path: Path) -> None:
    """Panels side by side, as SVG."""
    look = LOOK | {"aria": False}
    row = {"hconcat": [p.chart() for p in panels], "spacing": 60, "bounds": "flush", "padding": 12, "config": look}
    svg = vl_convert.vegalite_to_svg(row | {"resolve": {"scale": {"color": "independent"}}})
    svg = re.sub(r' (?:d|transform)="[^"]+"', lambda place: re.sub(r"(\.\d)\d+", r"\1", place[0]), svg)
    head, _, rest = svg.partition(">")
    path.write_text(f"{head}>{DARK}{rest}", encoding="utf-8")


def tell(out: Path, effort: float = 1.0, chapters: Iterable[str] = tuple(STORY)) -> dict[str, list[Number]]:
    """Make the figures, and return the numbers, of each chapter."""
    out.mkdir(parents=True, exist_ok=True)
    told = {}
    for chapter in chapters:
        began = time.monotonic()
        told[chapter], panels = STORY[chapter](Simulation(effort))
        save(panels, out / f"web-{chapter}.svg")
        print(f"{chapter}: {time.monotonic() - began:.0f} seconds", file=sys.stderr)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--effort", type=float, default=1.0, help="1 for the page, less to try the program")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--chapter", action="append", choices=tuple(STORY), help="only this one")
    asked = parser.parse_args()
    told = tell(asked.out, asked.effort, asked.chapter or tuple(STORY))
    for chapter, numbers in told.items():
        print(f"{chapter}\n", "| | theory | simulated |", "|---|---|---|", *numbers, "", sep="\n")
    inside = [n.inside for numbers in told.values() for n in numbers if n.inside is not None]
    print(f"{sum(inside)} of {len(inside)} intervals hold what theory says exactly; 95 % should")


if __name__ == "__main__":
    main()
