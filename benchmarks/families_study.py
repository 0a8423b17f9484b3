"""The study behind docs/families.md: what closed loops of each family lose, and how much real data keeps it.

    python benchmarks/families_study.py run                     all of it, about half an hour on one core; resumable
    python benchmarks/families_study.py run --only digits-vae   the parts whose names begin so
    python benchmarks/families_study.py page                    figures and tables into docs/families.md

Runs lie in a folder each under --out, which `kellet show`, `kellet report` and `kellet compare` read too.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

import kellet
from kellet import Accumulate, Anchor, Arm, Prior, metrics, worlds
from kellet.errors import InputError
from kellet.evidence import Points
from kellet.experiment.run import Run
from kellet.experiment.verdict.quantiles import interval, over, quantiles
from kellet.families import GAN, VAE, BernoulliRBM, Bootstrap, Copula, Diffusion, Flow, Gaussian, Kernel, Mixture
from kellet.page.colours import COLOURS
from kellet.report.compare import compare
from kellet.theory import normal

Array = np.ndarray
SIZE, GENERATIONS, REPLICATES, SEED = 200, 20, 16, 1
METRICS = ("coverage", "rare_coverage", "surviving_classes", "readable", "precision")
SHARES = {"replace": 0.0, "one fresh real point": 1 / SIZE} | {f"{p} % fresh real": p / 100 for p in (3, 10, 30, 60)}
"""Arms by the share of every training set that is real.  All of it is what generation 0 learns from."""
STORY = ("replace", "one fresh real point", "10 % fresh real", "accumulate")
SLOW, FAR = ("gaussian", "copula"), "200 generations"
"""Families that lose too slowly for twenty generations to show it, and the runs that show it."""
MODES = np.array([30, 20, 15, 12, 9, 7, 4, 3]) / 100
"""How much of the ring each of its eight clusters has."""
KEPT = 0.9
PAGE = Path(__file__).parents[1] / "docs" / "families.md"


# What is run ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One run.  family: of the arms.  arms: names of SHARES or "accumulate", and arms with a prior."""

    world: str
    name: str
    length: int
    family: Any
    arms: dict[str, Arm]
    prior: str = ""
    generations: int = GENERATIONS

    @property
    def folder(self) -> str:
        return f"{self.world}-{self.name}-x{self.length}" + (f"-{self.prior}" if self.prior else "")


@dataclass(frozen=True)
class Learner:
    """A family in one world.  longer: the same with training twice as long.  priors: name -> a Prior or settings."""

    family: Any
    longer: Any = None
    priors: dict[str, Any] = field(default_factory=dict)


WEIGHTS = {"weight decay 0.3": {"weight_decay": 0.3}, "pull to generation 0's weights": {"pull": 3.0, "start": "base"}}


def learners(world: str) -> dict[str, Learner]:
    """All families, with settings that suit the digits or the ring."""
    ring = world == "ring"
    floor, wide = (1e-4, 1.0) if ring else (0.5, 50.0)
    narrow = 0.02 if ring else 20.0

    def network(family: Any) -> Learner:
        return Learner(family, msgspec.structs.replace(family, steps=2 * family.steps), WEIGHTS)

    known = {
        "gaussian": Learner(Gaussian(), priors={"20 imaginary points": Prior(20, mean=0.0, variance=wide)}),
        "mixture": Learner(
            Mixture(8 if ring else 10, floor=floor), priors={"20 imaginary points": Prior(20, variance=narrow)}
        ),
        "kernel": Learner(Kernel("cross-validated" if ring else 1.0)),
        "bootstrap": Learner(Bootstrap()),
        "copula": Learner(Copula()),
        "vae": network(VAE(hidden=128, steps=200, rate=5e-3, latent=2 if ring else 12, batch=32)),
        "flow": network(Flow(hidden=32, steps=100, rate=1e-2, batch=64)),
        "diffusion": network(Diffusion(hidden=96, steps=200, rate=1e-2, batch=64, levels=20, path="straight")),
        "gan": network(
            GAN(hidden=64, steps=200, rate=5e-3, batch=32, latent=2 if ring else 8, penalty=0.3 if ring else 1.0)
        ),
    }
    if not ring:
        machine = BernoulliRBM(hidden=64, epochs=60, minibatch=20, top=16.0)
        longer = msgspec.structs.replace(machine, epochs=120)
        known["rbm"] = Learner(machine, longer, {"weight decay 0.001": {"decay": 0.001}})
    return known


def parts() -> Iterator[Part]:
    """Every run, the quick ones first."""
    steps = {name: Arm(anchor=Anchor(share=share) if share else None) for name, share in SHARES.items()}
    steps["one fresh real point"] = Arm(anchor=Anchor(1))
    every = steps | {"accumulate": Arm(Accumulate())}
    # Training twice as long costs twice as much: only the arms between which the answer lies.
    few = {name: arm for name, arm in steps.items() if SHARES[name] in (0.0, 0.1, 0.3, 0.6)}
    for length in (1, 2):
        for world in ("digits", "ring"):
            for name, learner in learners(world).items():
                family = learner.family if length == 1 else learner.longer
                if family is None:
                    continue
                yield Part(world, name, length, family, every if length == 1 else few)
                if length == 1 and name in SLOW:
                    arms = {arm: every[arm] for arm in STORY[:3]}
                    yield Part(world, name, 1, family, arms, FAR, 200)
                for prior, what in learner.priors.items() if length == 1 else ():
                    own = isinstance(what, Prior)
                    changed = family if own else msgspec.structs.replace(family, **what)
                    yield Part(world, name, 1, changed, {"replace": Arm(prior=what if own else None)}, prior)


def ring(n: int = 3000, spread: float = 0.2) -> tuple[Array, Array]:
    """Points (n, 2) in eight clusters on a circle of radius 2, some of them rare, and which cluster each is of (n,)."""
    rng = np.random.default_rng(0)
    mode = rng.choice(len(MODES), n, p=MODES)
    angle = 2 * np.pi * mode / len(MODES)
    return 2 * np.stack([np.cos(angle), np.sin(angle)], 1) + spread * rng.standard_normal((n, 2)), mode


def world(name: str, out: Path) -> Any:
    """A world by name; the ring is written to a file first, as anybody's data would be."""
    if name == "digits":
        return worlds.Digits()
    path = out / "ring.csv"
    if not path.exists():
        out.mkdir(parents=True, exist_ok=True)
        points, mode = ring()
        rows = [f"{x:.6f},{y:.6f},{chr(ord('a') + m)}" for (x, y), m in zip(points, mode, strict=True)]
        path.write_text("\n".join(["x,y,cluster", *rows]) + "\n", encoding="utf-8")
    return worlds.Table(str(path), label="cluster")


def experiment(part: Part, out: Path) -> kellet.Experiment:
    place = worlds.Digits(dims=0) if part.name == "rbm" else world(part.world, out)
    return kellet.Experiment(
        place, part.family, SIZE, part.arms, part.generations, REPLICATES, SEED, METRICS, block=REPLICATES
    )


def compute(out: Path, only: str) -> None:
    for part in parts():
        if part.folder.startswith(only):
            started, used = time.monotonic(), time.process_time()
            kellet.run(experiment(part, out), out=out / part.folder)
            took, cpu = time.monotonic() - started, time.process_time() - used
            print(f"{part.folder}: {took:.0f} s, {cpu:.0f} s of processor time", flush=True)
    for name, learner in learners("ring").items():
        path = out / f"modes-{name}.npy"
        if f"modes-{name}".startswith(only) and not path.exists():
            np.save(path, clusters(learner.family, out))
            print(path.stem, flush=True)


def clusters(family: Any, out: Path) -> Array:
    """(T + 1, R, 8): how much of what is written lies in each cluster of the ring, generation by generation."""
    place = world("ring", out)
    rng, judging = np.random.default_rng(SEED).spawn(2)
    loop = kellet.generations(place, family, size=SIZE, replicates=REPLICATES, rng=rng)
    reader = place.open(1).classes
    return np.stack([reader.shares_of(g.model.sample(1000, judging).values) for g in islice(loop, GENERATIONS + 1)])


# What is said ---------------------------------------------------------------------------------------------------------

TITLES = {"digits": "digits", "ring": "ring of eight clusters"}
ORDER = ("gaussian", "mixture", "kernel", "bootstrap", "copula", "rbm", "vae", "flow", "diffusion", "gan")


@dataclass(frozen=True)
class Study:
    """The finished runs, by world, family, length and prior."""

    out: Path
    runs: dict[tuple[str, str, int, str], Run]

    @staticmethod
    def read(out: Path) -> Study:
        found = {}
        for part in parts():
            if (out / part.folder / "run.json").exists():
                try:
                    found[part.world, part.name, part.length, part.prior] = Run.read(out / part.folder)
                except InputError:
                    print(f"{part.folder} is not finished", file=sys.stderr)
        return Study(out, found)

    def of(self, world: str, length: int = 1, prior: str = "") -> dict[str, Run]:
        """Family -> its run."""
        there = {name: self.runs.get((world, name, length, prior)) for name in ORDER}
        return {name: run for name, run in there.items() if run is not None}

    def priors(self, world: str, name: str) -> dict[str, Run]:
        return {p: run for (w, n, _, p), run in self.runs.items() if (w, n) == (world, name) and p not in ("", FAR)}


def curves(run: Run, arm: str, metric: str) -> Array:
    """(R, T + 1): values, a replicate that learnt nothing counting as 0."""
    return over(run, arm, metrics.find_metric(metric))


def baseline(run: Run, metric: str = "coverage") -> float:
    """The median of generation 0, which is the same in all arms."""
    return float(np.median(np.concatenate([curves(run, arm, metric)[:, 0] for arm in run.blocks])))


def spoken(values: Array, form: str = "{:.0%}") -> str:
    """Median and 90 % interval."""
    told = interval(values)
    return f"{form} ({form} to {form})".format(told.median, told.low, told.high).replace("%", " %")


def begins(study: Study, world: str) -> list[list[str]]:
    rows = [["family", "real data covered", "rare part", "classes", "true to life"]]
    for name, run in study.of(world).items():
        first = {m: np.concatenate([curves(run, arm, m)[:, 0] for arm in run.blocks]) for m in METRICS}
        shares = [spoken(first[m]) for m in ("coverage", "rare_coverage", "precision")]
        rows.append([name, *shares[:2], f"{np.median(first['surviving_classes']):.0f}", shares[2]])
    return rows


def ends(study: Study, world: str, metric: str = "coverage") -> list[list[str]]:
    rows = [["family", *STORY]]
    for name, run in study.of(world).items():
        start = baseline(run, metric)
        rows.append([name, *(spoken(curves(run, arm, metric)[:, -1] / start) for arm in STORY)])
    return rows


def classes(study: Study, world: str) -> list[list[str]]:
    rows = [["family", "generation 0", *STORY]]
    for name, run in study.of(world).items():
        last = [spoken(curves(run, arm, "surviving_classes")[:, -1], "{:.0f}") for arm in STORY]
        rows.append([name, f"{baseline(run, 'surviving_classes'):.0f}", *last])
    return rows


def alive(study: Study, name: str) -> Array | None:
    """(T + 1, R, 8): whether each cluster of the ring is written, at a tenth of its real share or more."""
    path = study.out / f"modes-{name}.npy"
    return np.load(path) >= 0.1 * MODES if path.exists() else None


COMMON, RARE = slice(0, 3), slice(5, 8)
"""The three largest and the three smallest clusters: 65 % and 14 % of the real points."""


def rare(study: Study) -> list[list[str]]:
    rows = [["family", *(f"{who}, generation {t}" for t in (0, 5, 20) for who in ("large", "rare"))]]
    for name in ORDER:
        if (there := alive(study, name)) is not None:
            shares = [there[t][:, who].mean() for t in (0, 5, 20) for who in (COMMON, RARE)]
            rows.append([name, *(f"{share:.0%}".replace("%", " %") for share in shares)])
    return rows


def halves(study: Study, world: str) -> list[list[str]]:
    """When the median loop that replaces has lost half of what generation 0 had."""
    rows = [["family", "real data covered", "rare part", "classes"]]
    for name, run in study.of(world).items():
        row = [name]
        for metric in ("coverage", "rare_coverage", "surviving_classes"):
            medians = np.median(curves(run, "replace", metric), axis=0)
            below = np.flatnonzero(medians < medians[0] / 2)
            row.append(str(below[0]) if len(below) else "–")
        rows.append(row)
    return rows


def far(study: Study) -> list[list[str]]:
    """What is left of the slow ones after 200 generations."""
    rows = [["family", "data", *STORY[:3]]]
    for name in SLOW:
        for world, title in TITLES.items():
            if (run := study.runs.get((world, name, 1, FAR))) is not None:
                start = baseline(run)
                rows.append([name, title, *(spoken(curves(run, arm, "coverage")[:, -1] / start) for arm in STORY[:3])])
    return rows


def priors(study: Study, world: str) -> list[list[str]]:
    rows = [["family", "prior", "real data covered", "classes", "without: covered", "without: classes"]]
    for name, plain in study.of(world).items():
        for prior, run in study.priors(world, name).items():
            row = [name, prior]
            for which in (run, plain):
                kept = curves(which, "replace", "coverage")[:, -1] / baseline(plain)
                row += [spoken(kept), f"{np.median(curves(which, 'replace', 'surviving_classes')[:, -1]):.0f}"]
            rows.append(row)
    return rows


@dataclass(frozen=True)
class Need:
    """The least share that keeps 90 %, and its 90 % interval; 0 where none is needed."""

    share: float
    low: float
    high: float

    def __str__(self) -> str:
        def said(share: float) -> str:
            return "none" if share < 1 / SIZE else f"{100 * share:.2g} %"

        return f"{said(self.share)} ({said(self.low)} to {said(self.high)})"


def need(run: Run) -> Need:
    """The least share of real data whose median loop still covers 90 % of what generation 0 covered.

    Interpolated in the logarithm of the share between the largest one that fails and the next; all real is generation 0
    again.  The interval is that of 2,000 bootstrap samples of the replicates of every arm.
    """
    arms = [arm for arm in SHARES if arm in run.blocks]
    shares = np.array([SHARES[arm] for arm in arms] + [1.0])
    first = np.concatenate([curves(run, arm, "coverage")[:, 0] for arm in run.blocks])
    last = [curves(run, arm, "coverage")[:, -1] for arm in arms]
    rng = np.random.default_rng(0)

    def found(draw: Callable[[Array], Array]) -> float:
        start = np.median(draw(first))
        kept = np.array([np.median(draw(values)) / start for values in last] + [1.0])
        fails = np.flatnonzero(kept < KEPT)
        if not len(fails):
            return 0.0
        below = int(fails[-1])
        log = np.log(np.maximum(shares[below : below + 2], 0.5 / SIZE))
        way = (KEPT - kept[below]) / (kept[below + 1] - kept[below])
        return float(np.exp(log[0] + way * (log[1] - log[0])))

    again = [found(lambda values: rng.choice(values, len(values))) for _ in range(2000)]
    return Need(found(lambda values: values), *np.quantile(again, (0.05, 0.95)).tolist())


def needs(study: Study) -> dict[tuple[str, str, int], Need]:
    return {
        (name, world, length): need(run)
        for length in (1, 2)
        for world in TITLES
        for name, run in study.of(world, length).items()
    }


def needed(found: dict[tuple[str, str, int], Need]) -> list[list[str]]:
    cases = [(world, length) for world in TITLES for length in (1, 2)]
    rows = [["family", *(f"{TITLES[w]}{', trained twice as long' if length == 2 else ''}" for w, length in cases)]]
    return rows + [[name, *(str(found.get((name, w, length), "")) for w, length in cases)] for name in ORDER]


def laws() -> list[list[str]]:
    """Closed forms beside 2,000 loops of 100 points of one normal number, without real data."""
    rows = [["", "theory", "simulated, 95 % interval"]]
    n, many = 100, 2000
    for t in (5, 20):
        loop = kellet.generations(worlds.Normal(), Kernel(0.5), size=n, replicates=many, rng=np.random.default_rng(t))
        variance = next(islice(loop, t, None)).model.copies.variance
        expected = float(normal.kernel_variance(n, 0.5, t + 1))
        rows.append([f"kernel of width 0.5: variance of the data of generation {t}", f"{expected:.3f}", mean(variance)])
    for t in (5, 20):
        loop = kellet.generations(worlds.Normal(), Bootstrap(), size=n, replicates=many, rng=np.random.default_rng(t))
        values = next(islice(loop, t, None)).model.values
        left = np.array([len(np.unique(row)) for row in values]).astype(float)
        expected = ancestors(n, t)
        rows.append([f"bootstrap: of 100 points still there in generation {t}", f"{expected:.1f}", mean(left)])
    return rows


def ancestors(n: int, t: int) -> float:
    """How many of n points have copies after t redraws with replacement, on average: exact, by going back in time.

    The limit for many points is `kellet.theory.forgetting.distinct_originals`.
    """
    # drawn[a, k]: chance that a draws among n hit k different ones.
    drawn = np.zeros((n + 1, n + 1))
    drawn[0, 0] = 1.0
    k = np.arange(n + 1)
    for a in range(n):
        drawn[a + 1] = drawn[a] * k / n
        drawn[a + 1, 1:] += drawn[a, :-1] * (n - k[:-1]) / n
    return float((np.linalg.matrix_power(drawn, t) @ k)[n])


def mean(x: Array) -> str:
    error = 1.96 * x.std(ddof=1) / np.sqrt(len(x))
    return f"{x.mean():.3g} ({x.mean() - error:.3g} to {x.mean() + error:.3g})"


def costs(out: Path) -> list[list[str]]:
    """Processor milliseconds of learning from 200 digits and writing 200, for each of 16 replicates together."""
    rows = [["family", "digits", "ring"]]
    times: dict[str, dict[str, float]] = {name: {} for name in ORDER}
    for place in TITLES:
        for name, learner in learners(place).items():
            source = (worlds.Digits(dims=0) if name == "rbm" else world(place, out)).open(REPLICATES)
            points: Points = source.first(SIZE, np.random.default_rng(0))
            given = getattr(learner.family, "summarise", lambda same: same)(points)
            best = np.inf
            for seed in range(3):
                rng, started = np.random.default_rng(seed), time.process_time()
                learner.family.fit(given, rng).sample(SIZE, rng)
                best = min(best, time.process_time() - started)
            times[name][place] = 1e3 * best / REPLICATES
    return rows + [[name, *(f"{took[w]:.2g}" if w in took else "" for w in TITLES)] for name, took in times.items()]


# Figures -------------------------------------------------------------------------------------------------------------

LOOK = {
    "background": "white", "font": "sans-serif", "view": {"stroke": None},
    "axis": {"labelFontSize": 10, "titleFontSize": 11, "titleFontWeight": "normal", "gridColor": "#ececec"},
    "title": {"fontSize": 12, "anchor": "start", "offset": 6}, "legend": {"labelFontSize": 12, "orient": "top"},
}  # fmt: skip


def save(chart: dict[str, Any], path: Path) -> None:
    """A Vega-Lite picture as PNG at twice the size and of 64 colours."""
    import vl_convert
    from PIL import Image

    png = vl_convert.vegalite_to_png({**chart, "config": LOOK, "padding": 10}, scale=1.8)
    Image.open(BytesIO(png)).convert("RGB").quantize(64).save(path, optimize=True)
    print(path.name, f"{path.stat().st_size / 1000:.0f} kB")


def x_axis(title: str = "generation") -> dict[str, Any]:
    return {"field": "t", "type": "quantitative", "title": title, "axis": {"grid": False, "values": [0, 5, 10, 15, 20]}}


def coloured(names: tuple[str, ...], colours: tuple[str, ...]) -> dict[str, Any]:
    legend = {"symbolOpacity": 1, "symbolType": "stroke", "symbolStrokeWidth": 3, "orient": "top", "labelLimit": 300}
    return {"field": "name", "type": "nominal", "title": None, "sort": None, "legend": legend,
            "scale": {"domain": list(names), "range": list(colours)}}  # fmt: skip


def grid(panels: dict[str, list[dict[str, Any]]], names: tuple[str, ...], y: str) -> dict[str, Any]:
    """Curves with bands by generation, a panel a family."""
    colours = tuple(COLOURS[i] for i in (0, 1, 2, 4))[: len(names)] if len(names) > 2 else (COLOURS[4], COLOURS[0])
    colour = coloured(names, colours)
    scale = {"domain": [0, 1.2], "nice": False}

    def height(field: str) -> dict[str, Any]:
        return {"field": field, "type": "quantitative", "title": y, "scale": scale,
                "axis": {"format": "%", "tickCount": 4}}  # fmt: skip

    charts = [
        {"title": name, "width": 165, "height": 120, "data": {"values": rows}, "layer": [
            {"mark": {"type": "area", "opacity": 0.13, "clip": True},
             "encoding": {"x": x_axis(), "y": height("low"), "y2": {"field": "high"}, "color": colour}},
            {"mark": {"type": "line", "strokeWidth": 1.8, "clip": True},
             "encoding": {"x": x_axis(), "y": height("y"), "color": colour}},
        ]}
        for name, rows in panels.items()
    ]  # fmt: skip
    return {"concat": charts, "columns": 5, "spacing": 16}


def falls(study: Study, world: str) -> dict[str, Any]:
    panels = {}
    for name, run in study.of(world).items():
        start = baseline(run)
        rows = []
        for arm in STORY:
            low, middle, high = quantiles(curves(run, arm, "coverage") / start, (0.05, 0.5, 0.95))
            numbers = zip(low.tolist(), middle.tolist(), high.tolist(), strict=True)
            rows += [{"name": arm, "t": t, "low": a, "y": b, "high": c} for t, (a, b, c) in enumerate(numbers)]
        panels[name] = rows
    return grid(panels, STORY, "of generation 0")


def dying(study: Study) -> dict[str, Any]:
    names = ("the three largest clusters", "the three rarest")
    panels = {}
    for name in ORDER:
        if (there := alive(study, name)) is not None:
            panels[name] = [
                {"name": said, "t": t, "y": share, "low": share, "high": share}
                for said, which in zip(names, (COMMON, RARE), strict=True)
                for t, share in enumerate(there[:, :, which].mean(axis=(1, 2)).tolist())
            ]
    return grid(panels, names, "still written")


def wanted(found: dict[tuple[str, str, int], Need]) -> dict[str, Any]:
    """The least share of each family, by data and training length."""
    least = 0.5 / SIZE
    names = [f"{TITLES[w]}{', trained twice as long' if length == 2 else ''}" for w in TITLES for length in (1, 2)]
    rows = [
        {
            "family": name, "name": names[2 * list(TITLES).index(world) + length - 1],
            "low": max(n.low, least), "y": max(n.share, least), "high": max(n.high, least),
        }
        for (name, world, length), n in found.items()
    ]  # fmt: skip
    labels = "datum.value < 0.004 ? 'none' : datum.value < 0.01 ? 'one point' : format(datum.value, '.0%')"
    x = {
        "type": "quantitative",
        "title": "real share of every training set",
        "scale": {"type": "log", "domain": [least, 1]},
        "axis": {"values": [least, 1 / SIZE, 0.03, 0.1, 0.3, 0.6, 1], "labelExpr": labels},
    }
    y = {"field": "family", "type": "nominal", "title": None, "sort": list(ORDER)}
    both = {"y": y, "yOffset": {"field": "name", "sort": names}}
    colour = coloured(tuple(names), (COLOURS[4], COLOURS[5], COLOURS[0], COLOURS[1]))
    colour["legend"]["columns"] = 2
    return {"width": 560, "height": {"step": 11}, "data": {"values": rows}, "layer": [
        {"mark": {"type": "rule", "strokeWidth": 2},
         "encoding": {"x": x | {"field": "low"}, "x2": {"field": "high"}, "color": colour, **both}},
        {"mark": {"type": "point", "filled": True, "size": 40, "opacity": 1},
         "encoding": {"x": x | {"field": "y"}, "color": colour, **both}},
    ]}  # fmt: skip


def told(rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def fill(page: Path, tables: dict[str, list[list[str]]]) -> None:
    """Tables between their marks on a page; those without a mark are printed."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    for name, rows in tables.items():
        begin, end = f"<!-- table {name} -->", "<!-- end -->"
        whole = f"{begin}\n{told(rows)}\n{end}"
        text, times = re.subn(f"{begin}.*?{end}", lambda _, whole=whole: whole, text, flags=re.DOTALL)
        if not times:
            print(f"\n{whole}")
    if text:
        page.write_text(text, encoding="utf-8")


def write(out: Path, page: Path) -> None:
    """Figures beside the page, and its tables between their marks."""
    study = Study.read(out)
    found = needs(study)
    pictures = page.parent / "images"
    pictures.mkdir(parents=True, exist_ok=True)
    for place in TITLES:
        save(falls(study, place), pictures / f"families-{place}.png")
    save(dying(study), pictures / "families-rare.png")
    save(wanted(found), pictures / "families-needs.png")
    both = {name: Run(run.experiment, run.folder, {arm: run.blocks[arm] for arm in STORY})
            for name, run in study.of("digits").items()}  # fmt: skip
    save(compare(both).answer().charts[0].spec, pictures / "families-compare.png")
    tables = {"needs": needed(found), "rare": rare(study), "laws": laws(), "far": far(study), "costs": costs(out)}
    for place in TITLES:
        tables |= {
            f"begins-{place}": begins(study, place), f"ends-{place}": ends(study, place),
            f"classes-{place}": classes(study, place), f"priors-{place}": priors(study, place),
            f"halves-{place}": halves(study, place),
        }  # fmt: skip
    fill(page, tables)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("what", choices=("run", "page"))
    asked.add_argument("--out", type=Path, default=Path("runs/families"))
    asked.add_argument("--only", default="", help="parts whose names begin so")
    given = asked.parse_args()
    if given.what == "run":
        compute(given.out, given.only)
    else:
        write(given.out, PAGE)
