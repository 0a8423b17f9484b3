"""The figures and numbers of docs/single-point.md: what one real point does for a closed loop, and what it doesn't.

    python examples/single_point.py                                about a minute; figures to docs/images
    python examples/single_point.py --effort 0.01 --out somewhere  seconds; the simulated numbers then mean nothing

Lines are theory; dots, and numbers with an interval (95 %), are simulated.  The tables it prints are those of the page.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import vl_convert
from PIL import Image

import kellet
from kellet import Anchor, Arm, Generation, Prior, families, worlds
from kellet.forecast import horizon
from kellet.loop import curation
from kellet.page.colours import COLOURS
from kellet.theory import (
    Anchored,
    Loop,
    bias,
    categorical,
    coverage,
    curves,
    drift,
    forgetting,
    multivariate,
    normal,
    stationary,
)
from kellet.theory import Prior as Imagined

Array = np.ndarray
Seen = tuple[float, float, float]
"""What was simulated, and its interval; the same three times where no interval would be honest."""
ORANGE, YELLOW, GREEN, PINK, BLUE, SKY, _, GREY = COLOURS[:8]


# Numbers -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Number:
    """One row of the page's tables.  kind: of the theory, "exact", "limit" (very many points) or "approximation"."""

    what: str
    theory: float | None = None
    kind: str = ""
    seen: Seen | None = None

    @property
    def expected(self) -> str:
        return "" if self.theory is None else f"{short(self.theory)} {self.kind}"

    @property
    def simulated(self) -> str:
        if self.seen is None:
            return ""
        value, *ends = map(short, self.seen)
        return value if self.seen[1] == self.seen[2] else "{} ({} to {})".format(value, *ends)

    def __str__(self) -> str:
        return f"| {self.what} | {self.expected} | {self.simulated} |"

    @property
    def inside(self) -> bool | None:
        """Whether the interval holds what theory says exactly; None where there is nothing to compare."""
        if self.seen is None or self.theory is None or self.kind != "exact" or self.seen[1] == self.seen[2]:
            return None
        return self.seen[1] <= self.theory <= self.seen[2]


def short(x: float) -> str:
    """Three digits, or all before the point.

    >>> short(0.29999), short(2421.7), short(3.97e-5)
    ('0.3', '2,422', '0.0000397')
    """
    if 100 <= abs(x) < 1e7:
        return f"{x:,.0f}"
    return f"{x:.3g}" if x == 0 or abs(x) >= 1e-4 else f"{x:.{2 - int(np.floor(np.log10(abs(x))))}f}"


def average(x: Array) -> Seen:
    """A mean."""
    error = 1.96 * x.std(ddof=1) / np.sqrt(len(x))
    return float(x.mean()), float(x.mean() - error), float(x.mean() + error)


def median(x: Array) -> Seen:
    """A median; its interval from order statistics."""
    x, half = np.sort(x), 0.98 * np.sqrt(len(x))
    low, high = np.clip([len(x) / 2 - half, len(x) / 2 + half], 0, len(x) - 1).astype(int)
    return float(np.median(x)), float(x[low]), float(x[high])


def share(x: Array) -> Seen:
    """A share of loops; its interval after Wilson."""
    n, p, z = len(x), float(x.mean()), 1.96
    centre, half = p + z**2 / n / 2, z * np.sqrt(p * (1 - p) / n + (z / n) ** 2 / 4)
    return p, max(0.0, float((centre - half) / (1 + z**2 / n))), float((centre + half) / (1 + z**2 / n))


def worth(x: Array, truth: float, variance: float) -> Seen:
    """How many independent real points a mean is worth that scatters like x about the truth."""
    scatter, low, high = average((x - truth) ** 2)
    return variance / scatter, variance / high, variance / max(low, 1e-12)


# Loops ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Simulation:
    """effort: 1 for the page; less simulates fewer replicates and generations, to try the program."""

    effort: float = 1.0

    def some(self, number: int, least: int) -> int:
        return min(number, max(least, round(self.effort * number)))

    def loop(
        self, world: Any, family: Any, seed: int, fits: int, replicates: int = 4000, **settings: Any
    ) -> Iterator[Generation]:
        """So many fits, the first one to real points: see kellet.generations."""
        rng, r = np.random.default_rng(seed), self.some(replicates, 8)
        return islice(kellet.generations(world, family, replicates=r, rng=rng, **settings), self.some(fits, 20))

    def end(self, world: Any, family: Any, seed: int, fits: int, replicates: int = 4000, **settings: Any) -> Any:
        """The model of the last fit."""
        *_, last = (g.model for g in self.loop(world, family, seed, fits, replicates, **settings))
        return last


def spaced(last: int, number: int = 24) -> Array:
    """Numbers of fits, ever farther apart."""
    return np.unique(np.round(np.geomspace(1, last, number)).astype(int))


# Pictures ------------------------------------------------------------------------------------------------------------


def axis(title: str, low: float, high: float, log: bool = False, form: str = ",~r") -> dict[str, Any]:
    """An axis of a Vega-Lite picture; a logarithmic one is marked at powers of ten, and at 3 where there is room."""
    shown = {"format": form, "tickCount": 6, "gridColor": "#ececec"}
    if log:
        ends = np.log10([low, high])
        steps = (1,) if ends[1] - ends[0] > 2.6 else (1, 3)
        marks = [m * 10.0**i for i in range(int(ends[0]) - 2, int(ends[1]) + 2) for m in steps]
        shown["values"] = [v for v in marks if low <= v * 1.000001 and v <= high * 1.000001]
    scale = {"type": "log" if log else "linear", "domain": [low, high], "nice": False}
    return {"type": "quantitative", "title": title, "scale": scale, "axis": shown}


@dataclass
class Panel:
    """One picture: series by name, in colour; lines, steps, and dots with their intervals."""

    title: str
    x: dict[str, Any]
    y: dict[str, Any]
    colours: dict[str, str]
    columns: int = 2
    layers: list[dict[str, Any]] = field(default_factory=list)

    def add(self, mark: str, rows: list[dict[str, Any]], y: str = "y", more: Any = None, **style: Any) -> None:
        x = self.x | {"field": "x", "axis": self.x["axis"] | {"grid": False}}
        names = list(self.colours)
        shape = {"orient": "bottom", "columns": self.columns, "symbolType": "stroke", "symbolStrokeWidth": 3}
        colour = {
            "field": "name", "type": "nominal", "title": None, "sort": names, "legend": shape | {"labelLimit": 400},
            "scale": {"domain": names, "range": list(self.colours.values())},
        }  # fmt: skip
        encoding = {"x": x, "y": self.y | {"field": y}, "color": colour} | (more or {})
        look = {"type": mark, "clip": True, "strokeWidth": 1.8} | style
        self.layers.append({"mark": look, "data": {"values": rows}, "encoding": encoding})

    def line(self, name: str, x: Iterable[float], y: Iterable[float], **style: Any) -> None:
        """A curve."""
        rows = [{"name": name, "x": float(a), "y": float(b)} for a, b in zip(x, y, strict=True)]
        self.add("line", rows, **style)

    def step(self, name: str, edges: Array, heights: Array) -> None:
        """A histogram."""
        self.line(name, edges, np.append(heights, heights[-1]), interpolate="step-after")

    def dots(self, name: str, x: Iterable[float], seen: Iterable[Seen]) -> None:
        """What was simulated."""
        rows = [
            {"name": name, "x": float(a), "y": b, "low": c, "high": d} for a, (b, c, d) in zip(x, seen, strict=True)
        ]
        self.add("rule", rows, "low", {"y2": {"field": "high"}})
        self.add("point", rows, filled=True, size=36, opacity=1)

    def chart(self) -> dict[str, Any]:
        return {"title": self.title, "width": 330, "height": 240, "layer": self.layers}


LOOK = {
    "background": "white", "font": "sans-serif", "view": {"stroke": None},
    "axis": {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal"},
    "title": {"fontSize": 13, "anchor": "start", "frame": "group", "offset": 10}, "legend": {"labelFontSize": 12},
}  # fmt: skip


def save(panels: list[Panel], path: Path) -> None:
    """Panels side by side, as PNG at twice the size and of 64 colours."""
    row = {"hconcat": [p.chart() for p in panels], "spacing": 60, "bounds": "flush", "padding": 12, "config": LOOK}
    png = vl_convert.vegalite_to_png(row | {"resolve": {"scale": {"color": "independent"}}}, scale=2)
    Image.open(BytesIO(png)).convert("RGB").quantize(64).save(path, optimize=True)


# The story -----------------------------------------------------------------------------------------------------------

Told = tuple[list[Number], list[Panel]]
NORMAL = worlds.Normal(), families.Gaussian()


def coin(p: float, prior: Prior | None = None) -> tuple[Any, Any]:
    """Yes with probability p, or no."""
    return worlds.Bernoulli(p), families.Bernoulli(prior)


def nothing(simulation: Simulation) -> Told:
    """Left alone, every loop ends where it can't leave; and the average says nothing about the typical loop."""
    n, most = 100, 2000
    names = {
        "normal: median variance": BLUE,
        "yes or no: both still there": ORANGE,
        "counts: not all 0": GREEN,
        "words: share of 100 still known": PINK,
    }
    bell, yes, counts, words = names
    left = Panel(
        "What is left without any real data",
        axis("generations / points per generation", 0.0095, 22, log=True),
        axis("share left", 0, 1.02, form="~%"),
        names,
    )
    fits = spaced(most)
    left.line(bell, fits / n, np.exp(normal.expected_log_variance(n, fits)))
    left.line(yes, fits / n, [categorical.law(0.3, n, t)[1:-1].sum() for t in fits.tolist()])
    left.line(counts, fits / n, forgetting.poisson_survival(1.0, n, fits))

    seen: dict[str, dict[float, Seen]] = {name: {} for name in names}
    for g in simulation.loop(*NORMAL, 1, most, size=n):
        if g.t + 1 in fits:
            seen[bell][(g.t + 1) / n] = median(g.model.variance)
    lived = 1.0
    for b in simulation.loop(*coin(0.3), 2, most, size=n):
        both = (b.model.mean > 0) & (b.model.mean < 1)
        lived = lived + both
        if b.t + 1 in fits:
            seen[yes][(b.t + 1) / n] = share(both)
    for c in simulation.loop(worlds.Poisson(1.0), families.Poisson(), 3, most, size=n):
        if c.t + 1 in fits:
            seen[counts][(c.t + 1) / n] = share(c.model.mean > 0)
    zipf, tokens = worlds.Zipf(100), 1000
    p = zipf.open(1).truth.probabilities[0]
    fits = spaced(20 * tokens, 34)
    fits = fits[fits >= 10]
    early = fits[fits <= tokens]
    left.line(words, early / tokens, forgetting.expected_types(p, tokens, early) / 100)
    several = 1.0
    for w in simulation.loop(zipf, families.Categorical(), 4, 20 * tokens, 100, size=tokens):
        known = np.count_nonzero(w.model.probabilities, axis=1)
        several = several + (known > 1)
        if w.t + 1 in fits:
            seen[words][(w.t + 1) / tokens] = average(known / 100)
    for name, dots in seen.items():
        left.dots(name, dots, dots.values())

    names = {"average of all loops (theory)": ORANGE, "average of 4,000 loops": YELLOW, "median of 4,000 loops": BLUE}
    right = Panel(
        "The average and the typical loop",
        axis("generations / points per generation", 0, 10.2),
        axis("variance", 1e-5, 10, log=True),
        names,
        columns=1,
    )
    mean, simulated, typical = names
    fits, of = np.arange(1, 10 * n + 1), "unbiased"
    right.line(mean, fits / n, normal.expected_variance(n, fits, of))
    right.line(typical, fits / n, np.exp(normal.expected_log_variance(n, fits, of)))
    rows = simulation.loop(worlds.Normal(), families.Gaussian(of), 5, 10 * n, size=n)
    sampled = [(u.t + 1, u.model.variance) for u in rows if u.t == 0 or (u.t + 1) % 50 == 0]
    times = [t / n for t, _ in sampled]
    right.dots(simulated, times, [(float(v.mean()),) * 3 for _, v in sampled])
    right.dots(typical, times, [median(v) for _, v in sampled])

    last = sampled[-1][1]
    log = float(normal.expected_log_variance(n, 10 * n, of))
    alive = float(forgetting.poisson_survival(1.0, n, most))
    ending = float(categorical.absorption_time(p, tokens))
    half, typically = (float(normal.half_life(n, of=which)) for which in ("mean", "typical"))
    absorbed = categorical.mean_absorption(0.3, n)
    return [
        Number("yes or no: loops that end at yes", 0.3, "exact", share(b.model.mean == 1)),
        Number("yes or no: generations until one answer is left, on average", absorbed, "exact", average(lived)),
        Number("counts: loops not all 0 after 2,000 generations", alive, "exact", share(c.model.mean > 0)),
        Number("words: generations until one is left, on average", ending, "approximation", average(several)),
        Number("normal: generations until the average variance has halved", half, "exact"),
        Number("normal: until the typical variance has halved", typically, "approximation"),
        Number("unbiased, after 1,000: average of ln variance", log, "exact", average(np.log(last))),
        Number("unbiased, after 1,000: median variance", float(np.exp(log)), "approximation", median(last)),
        Number("unbiased, after 1,000: average variance", 1.0, "exact", (float(last.mean()),) * 3),
    ], [left, right]


def one_point(simulation: Simulation) -> Told:
    """One fresh real point per generation: no end, and a law that doesn't depend on how much is synthetic."""
    spread, _ = stationary.normal(1, 0.0, 1.0)
    chance = stationary.bernoulli(1, 0.3)
    # 10^12 points per generation need 10^12 generations to settle: taken in ever longer strides, the last ones singly.
    far, _, _ = horizon.schedule(10**12, np.array([2 * 10**12]), 300, detail=True)
    kinds = [
        ("n = 100", 100, 100, 200, 8000, YELLOW),
        ("n = 10,000", 10_000, 10_000, 20_000, 2000, GREEN),
        ("n = a trillion, time rescaled", 10**12, far, len(far), 4000, PINK),
    ]
    limit = "theory, very many points"
    names = {name: colour for name, *_, colour in kinds} | {limit: BLUE}
    left = Panel(
        "The variance of a normal law (in truth 1)",
        axis("variance", 0.03, 30, log=True),
        axis("density (of the logarithm)", 0, 0.7),
        names,
    )
    right = Panel(
        "The share of yes (in truth 30 %)", axis("share of yes", 0, 1, form="~%"), axis("density", 0, 6), names
    )
    told = []
    for seed, (name, n, size, fits, r, _) in enumerate(kinds):
        model = simulation.end(*NORMAL, 10 + seed, fits, r, size=size, anchor=Anchor(1))
        edges = np.geomspace(0.03, 30, 25)
        left.step(name, edges, np.histogram(model.variance, edges)[0] / len(model.mean) / np.diff(np.log(edges)))
        points = Loop(n, 1, -1).effective_points
        told.append(Number(f"{name}: worth of the normal's mean, points", points, "exact", worth(model.mean, 0.0, 1.0)))
        if n == 10_000:
            middle = Number(f"{name}: median variance", float(spread.ppf(0.5)), "limit", median(model.variance))
        model = simulation.end(*coin(0.3), 20 + seed, fits, r, size=size, anchor=Anchor(1))
        edges = np.linspace(0, 1, 21)
        right.step(name, edges, np.histogram(model.mean, edges)[0] / len(model.mean) / np.diff(edges))
        told.append(Number(f"{name}: worth of the share of yes, points", points, "exact", worth(model.mean, 0.3, 0.21)))
    grid = np.geomspace(0.03, 30, 200)
    left.line(limit, grid, grid * spread.pdf(grid))
    grid = np.linspace(0.002, 0.998, 400)
    right.line(limit, grid, chance.pdf(grid))

    known, world, n = families.Gaussian(variance=1.0), worlds.Normal(), 10**12
    rng = np.random.default_rng(29)
    start = next(kellet.generations(world, known, size=n, replicates=simulation.some(10_000, 8), rng=rng)).model
    later = horizon.jump(start, world, known, size=n, generations=10 * n, anchor=Anchor(1), rng=rng)
    points, seen = Loop(n, 1, 0).effective_points, worth(later.model.mean, 0.0, 1.0)
    jumped = Number("n = a trillion, variance known: worth of the mean, points", points, later.kind, seen)
    return [*told, jumped, middle], [left, right]


def not_accurate(simulation: Simulation) -> Told:
    """Alive isn't right: a loop that sits on the edge, and dimensions that cost points."""
    n = 100
    path = Panel(
        "One loop, yes or no (truth: 10 %)",
        axis("generation", 0, 1500),
        axis("share of yes", 0, 1, form="~%"),
        {"1 fresh real point of 100": ORANGE, "100 of 10,000": BLUE},
    )
    for seed, (name, size, real) in enumerate(zip(path.colours, (n, 10_000), (1, 100), strict=True)):
        rows = simulation.loop(*coin(0.1), 30 + seed, 1501, 1, size=size, anchor=Anchor(real))
        path.line(name, *zip(*((g.t, g.model.mean[0]) for g in rows if g.t % 3 == 0), strict=True), strokeWidth=1.4)
    model = simulation.end(*coin(0.1), 33, 10 * n, size=n, anchor=Anchor(1))
    lost = float(categorical.anchored_law(0.1, n, 1)[0])
    few = float(stationary.bernoulli(1, 0.1).cdf(1e-3))
    # The last ten generations: one of them has had a real point.
    seldom = list(simulation.loop(*coin(0.3), 34, 3000, size=200, anchor=Anchor(1, every=10)))[-10:]
    edge = np.mean([(g.model.mean == 0) | (g.model.mean == 1) for g in seldom], axis=0)
    plain, held = categorical.transition(200), categorical.transition(200, 1, 0.3)
    laws = [categorical.law(0.3, 200, 1)]
    for t in range(1, 3000):
        laws.append(laws[-1] @ (plain if t % 10 else held))
    sticks = float(np.mean([law[[0, -1]].sum() for law in laws[-10:]]))

    dimensions = {1: ORANGE, 5: GREEN, 20: BLUE, 100: PINK}
    names = {f"{d} dimension{'s' * (d > 1)}": colour for d, colour in dimensions.items()}
    cost = Panel(
        "How far the settled model is from the truth",
        axis("fresh real points per generation, k", 0.8, 20_000, log=True),
        axis("divergence, nats", 0.01, 4000, log=True),
        names,
    )
    told = [
        Number("p = 0.1, n = 100: loops that know no yes", lost, "exact", share(model.mean == 0)),
        Number("p = 0.1, very many points: loops with p under 0.001", few, "limit"),
        Number(
            "p = 0.3, n = 200, a point every 10 generations: loops that know one answer", sticks, "exact", average(edge)
        ),
    ]
    grid = np.geomspace(1, 20_000, 60)
    for d, name in zip(dimensions, names, strict=True):
        cost.line(name, grid, multivariate.anchored_divergence(grid, d))
        seen = {}
        for k in {1: (1, 3, 10), 5: (1, 10, 100), 20: (1, 10, 100), 100: ()}[d]:
            size = 4000 if (d, k) == (20, 1) else 1000 + 100 * k
            run = kellet.run(
                world=worlds.multivariate_normal(np.zeros(d), np.eye(d)) if d > 1 else worlds.Normal(),
                family=families.Gaussian(),
                size=size,
                arms={"k": Arm(anchor=Anchor(k))},
                generations=simulation.some(round(4 * size / (2 * k + 1)), 2),
                replicates=simulation.some(4000 // d**2 + 40, 8),
                seed=40 + d,
                metrics=("kl",),
                record="log",
            )
            seen[k] = average(run.values("k", "kl")[:, -1])
        cost.dots(name, seen, seen.values())
        nats = float(multivariate.anchored_divergence(1, d))
        told.append(Number(f"normal, {name}, k = 1: divergence, nats", nats, "limit", seen.get(1)))
        need = multivariate.points_for_divergence(0.1, d)
        told.append(Number(f"normal, {name}: smallest k for 0.1 nats", need, "limit"))
    return told, [path, cost]


def fixed(simulation: Simulation) -> Told:
    """The same point again and again is no anchor; several are, a third as good as fresh ones, for ever."""
    n, fits = 100, 200
    arms = {
        "1 fixed": (ORANGE, Anchor(1, draw="fixed"), {}),
        "nothing": (GREY, None, {"strokeDash": [5, 5]}),
        "1 fresh": (SKY, Anchor(1), {}),
        "10 fixed": (YELLOW, Anchor(10, draw="fixed"), {}),
        "10 fresh": (BLUE, Anchor(10), {}),
        "30 fixed": (PINK, Anchor(30, draw="fixed"), {"strokeDash": [5, 5]}),
    }
    left = Panel(
        "The same point, or another one, n = 100",
        axis("generation", 0, 204),
        axis("average variance", 0.08, 1.2, log=True),
        {name: colour for name, (colour, *_) in arms.items()},
        columns=3,
    )
    told, times = [], np.arange(1, fits + 1)
    for seed, (name, (_, anchor, style)) in enumerate(arms.items()):
        mixed = anchor and Anchored(anchor.count, kind=anchor.draw)
        curve = curves(fits, n, curvature=-1, anchor=mixed).variance[1:]
        left.line(name, times, curve, **style)
        rows = list(simulation.loop(*NORMAL, 50 + seed, fits, 8000, size=n, anchor=anchor))
        left.dots(name, *zip(*((g.t + 1, average(g.model.variance)) for g in rows[19::20] or rows[-1:]), strict=True))
        last = rows[-1].model.variance
        told.append(Number(f"{name}: average variance after 200 generations", curve[-1], "exact", average(last)))
        if name == "1 fixed":
            told.append(Number(f"{name}: median variance after 200 generations", seen=median(last)))
    model = simulation.end(*coin(0.3), 59, 20 * n, size=n, anchor=Anchor(1, draw="fixed"))
    told.append(Number("1 fixed, yes or no, p = 0.3: loops that end at yes", 0.3, "exact", share(model.mean == 1)))
    told.append(Number("1 fixed, yes or no, p = 0.3: loops that end at no", 0.7, "exact", share(model.mean == 0)))

    size = 1000
    right = Panel(
        "300 real points to last for T generations, n = 1,000",
        axis("T, generations after the first", 0.9, 330, log=True),
        axis("worth of the last model's mean, points", 1, 1000, log=True),
        {"300 of the first 1,000 kept, in all generations": PINK, "300 / T fresh ones in each": BLUE},
        columns=1,
    )
    last = np.arange(1, 301)
    lines = [_keep(size)[last - 1], [_drip(size, t) for t in last]]
    some = (1, 3, 10, 30, 100, 300)
    for name, curve in zip(right.colours, lines, strict=True):
        kept = name.startswith("300 of")
        ends = [
            simulation.end(
                *NORMAL, 60 + t, t + 1, size=size, anchor=Anchor(300, draw="fixed") if kept else Anchor(300 // t)
            )
            for t in some
        ]
        right.line(name, last, curve)
        right.dots(name, some, [worth(end.mean, 0.0, 1.0) for end in ends])
    for k in (2, 10, 100):
        for kind, bank in (("fixed", k), ("fresh", None)):
            points = Loop(1e6, k, -1, bank=bank).effective_points
            told.append(Number(f"n = a million, settled: {k} {kind} are worth, points", points, "exact"))
    for size in (1000, 10_000):
        first = next(t for t in last if _keep(size)[t - 1] > _drip(size, t))
        told.append(Number(f"300 points, n = {size:,}: keeping is better from T =", float(first), "exact"))
    return told, [left, right]


def _keep(n: int) -> Array:
    """What the mean is worth after generation 1, 2, .. when 300 points of the first are kept."""
    return 1 / curves(301, n, curvature=-1, anchor=Anchored(300, kind="fixed")).wander[2:]


def _drip(n: int, t: int) -> float:
    """What the mean is worth after generation t when 300 fresh points are spread evenly over t generations."""
    return float(1 / curves(t + 1, n, curvature=-1, anchor=Anchored(300 / t)).wander[-1])


def prior(simulation: Simulation) -> Told:
    """A prior keeps the loop alive and forgets the truth; and which prior, depends on what one calls the parameter."""
    n, fits = 100, 501
    arms = {
        "nothing": (GREY, None, None, 0.3),
        "1 fresh real point": (BLUE, None, Anchor(1), 0.3),
        "prior worth 1 point at 50 %": (ORANGE, Prior(1), None, 0.5),
        "both": (GREEN, Prior(1), Anchor(1), 0.4),
    }
    left = Panel(
        "What the average loop believes (truth: 30 %)",
        axis("generation", 0, 510),
        axis("average share of yes", 0.2, 0.6, form="~%"),
        {name: colour for name, (colour, *_) in arms.items()},
    )
    told = []
    for seed, (name, (_, belief, anchor, goal)) in enumerate(arms.items()):
        known = curves(
            fits, n, curvature=-1, mean=0.3, variance=0.21,
            anchor=Anchored(1) if anchor else None, prior=Imagined(1, 0.5, 0.25) if belief else None,
        ).mean[1:]  # fmt: skip
        left.line(name, range(fits), known, **({"strokeDash": [5, 5]} if anchor and not belief else {}))
        rows = simulation.loop(*coin(0.3, belief), 70 + seed, fits, size=n, anchor=anchor)
        seen = {g.t: average(g.model.mean) for g in rows if g.t % 50 == 0}
        left.dots(name, list(seen)[1:], list(seen.values())[1:])
        if belief:
            told.append(Number(f"{name}: average share of yes, generation 100", known[100], "exact", seen.get(100)))
        told.append(Number(f"{name}: generation 500", known[500], "exact", seen.get(500)))
        if belief:
            told.append(Number(f"{name}: in the end", goal, "exact"))

    same = categorical.law
    ways = {
        "maximum likelihood": (GREY, None, lambda t: same(0.3, n, t + 1)[1:-1].sum(), {}),
        "most probable p": (ORANGE, Prior(2, parametrisation="mean"), None, {}),
        "most probable log odds": (BLUE, Prior(2, parametrisation="natural"), lambda t: 1.0, {}),
    }
    ways["most probable p"] = (*ways["most probable p"][:2], ways["maximum likelihood"][2], {"strokeDash": [5, 5]})
    right = Panel(
        "The same flat prior, two ways to ask",
        axis("generation", 0, 510),
        axis("loops that know both answers", 0, 1.02, form="~%"),
        {name: colour for name, (colour, *_) in ways.items()},
        columns=1,
    )
    grid = range(0, fits, 10)
    for seed, (name, (_, belief, alive, style)) in enumerate(ways.items()):
        rows = simulation.loop(*coin(0.3, belief), 80 + seed, fits, size=n)
        seen = {g.t: share((g.model.mean > 0) & (g.model.mean < 1)) for g in rows if g.t % 50 == 0}
        right.line(name, grid, [alive(t) for t in grid], **style)
        right.dots(name, seen, seen.values())
        told.append(Number(f"{name}: know both answers, generation 200", alive(200), "exact", seen.get(200)))
    for seed, of in enumerate(("mean", "rate")):
        model = simulation.end(worlds.Exponential(), families.Exponential(unbiased_for=of), 90 + seed, 100, size=20)
        moved = 100 * float(drift.exponential(20, of))
        seen = average(np.log(model.mean))
        told.append(Number(f"waiting times, n = 20, unbiased {of}: ln mean after 100 fits", moved, "exact", seen))
    return told, [left, right]


def rare(simulation: Simulation) -> Told:
    """Which words a settled loop still knows: about those that one real sample of K_eff words shows."""
    n, vocabulary = 10_000, 2000
    world = worlds.Zipf(vocabulary)
    p = world.open(1).truth.probabilities[0]
    counts = {1: ORANGE, 10: GREEN, 100: BLUE, 1000: PINK}
    names = {f"k = {k:,}": colour for k, colour in counts.items()} | {"all 10,000 real": GREY}
    left = Panel(
        "Which words are still known, n = 10,000",
        axis("frequency of the word in the world", 5e-5, 0.2, log=True),
        axis("chance that it is known", 0, 1.02, form="~%"),
        names,
        columns=3,
    )
    edges = np.unique(np.round(np.geomspace(1, vocabulary + 1, 16)).astype(int)) - 1
    told, bins = [], list(pairwise(edges))
    for seed, (k, name) in enumerate(zip(counts, names, strict=False)):
        draws = float(coverage.effective_draws(n, k))
        left.line(name, p, -np.expm1(-draws * p))
        fits = round((2 if k == 1 else 3) * n / k)
        model = simulation.end(world, families.Categorical(), 100 + seed, fits, 30, size=n, anchor=Anchor(k))
        known = model.dense() > 0
        middles = [np.sqrt(p[low] * p[high - 1]) for low, high in bins]
        left.dots(name, middles, [average(known[:, low:high].mean(axis=1)) for low, high in bins])
        types = float(coverage.expected_types(p, n, k))
        told.append(
            Number(f"{name} of 10,000: words known, of 2,000", types, "approximation", average(known.sum(axis=1)))
        )
    seen = -np.expm1(n * np.log1p(-p))
    left.line("all 10,000 real", p, seen)
    told.append(Number("all 10,000 real: words known, of 2,000", float(seen.sum()), "exact"))
    sizes = {"ten thousand": 1e4, "a million": 1e6, "a billion": 1e9, "a trillion": 1e12}
    for name, size in sizes.items():
        need = coverage.points_for_types(1e-3, size)
        told.append(Number(f"n = {name}: k that keeps a word of 1 in 1,000 (chance 63 %)", need, "approximation"))
    told.append(Number("any n: k that keeps its frequency right to a tenth", _right(1e-3), "limit"))

    right = Panel(
        "What a rare word costs",
        axis("one in so many words", 10, 1e6, log=True, form="~s"),
        axis("fresh real points per generation, k", 1, 1e8, log=True, form="~s"),
        {
            "frequency right to a tenth, any n": PINK, "1 / frequency": GREY, "known, n = ten million": ORANGE,
            "known, n = a billion": GREEN, "known, n = a trillion": BLUE,
        },
    )  # fmt: skip
    accurate, inverse, *known = right.colours
    one_in = np.array([10, 1e6])
    right.line(accurate, one_in, _right(1 / one_in))
    right.line(inverse, one_in, one_in, strokeDash=[5, 5])
    for name, size in zip(known, (1e7, 1e9, 1e12), strict=True):
        k = np.geomspace(0.1, size / 10, 80)
        right.line(name, coverage.effective_draws(size, k), k)
    return told, [left, right]


def _right(p: Any) -> Any:
    """k of fresh points that leave a frequency p with a relative standard deviation of 0.1, of very many."""
    return ((1 - p) / p / 0.1**2 - 1) / 2


def count_or_share(simulation: Simulation) -> Told:
    """Sampling noise is held by the number of real points, a bias that comes back every generation by their share."""
    sizes = {100: ORANGE, 10_000: BLUE}
    names = {f"n = {n:,}": colour for n, colour in sizes.items()}
    kept = axis("variance kept", 0, 1.02, form="~%")
    perfect = Panel(
        "A perfect sampler: their number counts", axis("fresh real points", 0.8, 120, log=True), kept, names
    )
    biased = Panel(
        "A sampler that shrinks: their share counts",
        axis("share of fresh real points", 0.008, 1.2, log=True, form="~%"),
        kept,
        names | {"theory, very many points": GREY},
        columns=3,
    )
    grid = np.geomspace(0.008, 1, 60)
    biased.line("theory, very many points", grid, bias.retained_variance(0.9, grid))
    told = []
    for seed, (n, name) in enumerate(zip(sizes, names, strict=True)):
        grid = np.geomspace(1, 100, 60)
        settled = [1 - 1 / Loop(n, k, -1).effective_points for k in grid]
        perfect.line(name, grid, settled, **({"strokeDash": [5, 5]} if seed else {}))
        seen = {}
        for k in (1, 3, 10, 30):
            fits = round(6 * n / (2 * k + 1))
            model = simulation.end(*NORMAL, 110 + 10 * seed + k, fits, 2000, size=n, anchor=Anchor(k))
            seen[k] = average(model.variance)
            if k in (1, 10):
                exact = 1 - 1 / Loop(n, k, -1).effective_points
                told.append(Number(f"perfect sampler, {k} of {n:,} real: variance kept", exact, "exact", seen[k]))
        perfect.dots(name, seen, seen.values())
        seen = {}
        for real in (0.01, 0.03, 0.1, 0.3, 1.0):
            model = simulation.end(
                *NORMAL, 150 + seed, round(8 / (real + 0.1)) + 10, 2000,
                size=n, anchor=Anchor(round(real * n)), curation=curation.Shrink(0.9),
            )  # fmt: skip
            seen[real] = average(model.variance)
            if real in (0.01, 0.1):
                about = float(bias.retained_variance(0.9, real))
                what = f"shrinking sampler, {round(real * n):,} of {n:,} real: variance kept"
                told.append(Number(what, about, "limit", seen[real]))
        biased.dots(name, seen, seen.values())
    for part in (0.5, 0.9):
        need = 0.1 * part / (1 - part + 0.1 * part)
        told.append(Number(f"shrinking sampler: real share for {100 * part:.0f} % of the variance", need, "limit"))
    threshold, recovery = bias.temperature_threshold(0.9), bias.recovery_threshold(0.9, 100)
    told.append(Number("temperature 0.9: real share that keeps 100 equal categories equal", float(threshold), "limit"))
    told.append(Number("temperature 0.9: real share that brings them back from one", recovery, "limit"))
    return told, [perfect, biased]


STORY: dict[str, Callable[[Simulation], Told]] = {
    "nothing": nothing,
    "one": one_point,
    "accuracy": not_accurate,
    "fixed": fixed,
    "prior": prior,
    "rare": rare,
    "share": count_or_share,
}


def tell(out: Path, effort: float = 1.0, chapters: Iterable[str] = tuple(STORY)) -> dict[str, list[Number]]:
    """Make the figures, and return the numbers, of each chapter."""
    out.mkdir(parents=True, exist_ok=True)
    told = {}
    for chapter in chapters:
        told[chapter], panels = STORY[chapter](Simulation(effort))
        save(panels, out / f"single-point-{chapter}.png")
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--effort", type=float, default=1.0, help="1 for the page, less to try the program")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "docs" / "images")
    parser.add_argument("--chapter", action="append", choices=tuple(STORY), help="only this one")
    asked = parser.parse_args()
    began = time.monotonic()
    told = tell(asked.out, asked.effort, asked.chapter or tuple(STORY))
    for chapter, numbers in told.items():
        print(f"{chapter}\n", "| | theory | simulated |", "|---|---|---|", *numbers, "", sep="\n")
    inside = [n.inside for numbers in told.values() for n in numbers if n.inside is not None]
    print(f"{sum(inside)} of {len(inside)} intervals hold what theory says exactly; 95 % should")
    print(f"{time.monotonic() - began:.0f} seconds", file=sys.stderr)


if __name__ == "__main__":
    main()
