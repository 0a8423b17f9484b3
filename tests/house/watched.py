"""What is watched, where, and what theory expects of it, asked of the code itself.

``python tests/house/watched.py`` writes the tables and the boxes of docs/metrics.md anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import kellet
from kellet import Arm, Experiment, families, worlds
from kellet.experiment.resolution import resolve
from kellet.experiment.running.recorder import choose_columns, find_metrics
from kellet.loop.pool.settings import Pool, Writer
from kellet.metrics import ALL, Metric
from kellet.metrics.between import BETWEEN

ROOT = Path(kellet.__file__).parents[2]
PAGE = ROOT / "docs" / "metrics.md"
METRICS = {metric.name: metric for metric in (*ALL, *BETWEEN)}
F, W = families, worlds

ROWS = "\n".join(
    f"{i * 0.618 % 1:.4f},{i * i * 0.414 % 1:.4f},{'' if i % 6 == 0 else i % 5},{'rare' if i == 1 else 'abc'[i % 3]}"
    for i in range(400)
)
TEXT = "\n\n".join(
    f"the {'abcdef'[i % 6]} {'very ' * (i % 4)}saw the {'ghijk'[i % 5]} . w{i // 3} ran . it {'so ' * (i % 3)}sat ."
    for i in range(120)
)


def open_settings(folder: Path) -> dict[str, tuple[object, object]]:
    """Name -> a world and a family, one for each kind of thing that can be measured."""
    table, text = folder / "table.csv", folder / "text.txt"
    table.write_text(f"x,y,z,kind\n{ROWS}\n", encoding="utf-8")
    text.write_text(TEXT, encoding="utf-8")
    return {
        "a normal law on the line": (W.Normal(), F.Gaussian()),
        "a normal law in space": (W.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]]), F.Gaussian()),
        "a log-normal law": (W.LogNormal(), F.LogGaussian()),
        "categories": (W.Zipf(5), F.Categorical()),
        "successes": (W.Bernoulli(), F.Bernoulli()),
        "counts (Poisson)": (W.Poisson(), F.Poisson()),
        "counts (negative binomial)": (W.NegativeBinomial(size=3.0), F.NegativeBinomial(size=3.0)),
        "an exponential law": (W.Exponential(), F.Exponential()),
        "a Pareto law": (W.Pareto(), F.Pareto()),
        "a Laplace law": (W.Laplace(), F.Laplace()),
        "a uniform law": (W.Uniform(), F.Uniform()),
        "a gamma law": (W.Gamma(), F.Gamma()),
        "an Ising model": (W.Ising(4), F.Ising(4)),
        "a law learnt by copying (`bootstrap`)": (W.Normal(), F.Bootstrap()),
        "a law learnt by a mixture": (W.Normal(), F.Mixture(2)),
        "one column of numbers": (W.Table(str(table), ("x",)), F.Gaussian()),
        "columns of numbers": (W.Table(str(table), ("x", "y")), F.Gaussian()),
        "points with classes (`digits`)": (W.Digits(), F.Gaussian()),
        "a table of all kinds": (W.Mixed(str(table)), F.Copula()),
        "text": (W.Text(str(text), length=24), F.NGram()),
        "labels of a `linear` world": (W.Linear(3), F.Regression()),
        "labels that are numbers": (W.Labelled(str(table), "y", ("x",)), F.Regression()),
        "labels that are classes": (W.Labelled(str(table), "kind", ("x", "y")), F.Classification()),
    }  # fmt: skip


@lru_cache(maxsize=1)
def ask() -> tuple[dict[str, list[str]], dict[str, dict[str, str]]]:
    """Metric -> the settings that have it; metric -> setting -> the kind of what theory expects of it."""
    had: dict[str, list[str]] = {name: [] for name in METRICS}
    known: dict[str, dict[str, str]] = {name: {} for name in METRICS}
    pool = Arm(pool=Pool(window=1), writers={"": Writer(many=2)})
    with TemporaryDirectory() as folder:
        for setting, (world, family) in open_settings(Path(folder)).items():
            arms = {"plain": Arm()} if setting.startswith("labels") else {"plain": Arm(), "pool": pool}
            resolved = resolve(Experiment(world, family, 20, arms, generations=3))
            own = [metric.name for metric in find_metrics(resolved)]
            for name in dict.fromkeys([*own, *choose_columns(resolved)]):
                had[name].append(setting)
            expected = kellet.predict(resolved)
            for name, metric in METRICS.items():
                arm = "pool" if metric in BETWEEN else "plain"
                if setting in had[name] and (found := expected.get(arm, {}).get(name)) is not None:
                    known[name][setting] = found.kind
    return had, known


def tell_all() -> Iterator[str]:
    """All metrics, a row each."""
    yield "| name | what | the real thing | band of real samples | known to theory somewhere |"
    yield "|---|---|---|---|---|"
    for name, metric in METRICS.items():
        band = "simulated" if metric.fresh else ""
        theory = ", ".join(sorted(set(ask()[1][name].values())))
        yield f"| [`{name}`](#{_section(name)}) | {metric.title} | {_real(metric)} | {band} | {theory} |"


def _section(name: str) -> str:
    return "n-grams" if re.match(r"(tokens|pairs|triples)_kept", name) else name


def _real(metric: Metric) -> str:
    return "" if metric.real is None else f"{metric.real:g}"


def tell_one(names: Iterable[str]) -> Iterator[str]:
    """Of metrics that share a section: what each says, what they can't see, and where they are had."""
    metrics = [METRICS[name] for name in names]
    if len(metrics) == 1:
        yield f"*{metrics[0].title.capitalize()}.* {metrics[0].meaning}\n"
    else:
        yield from (f"* `{one.name}`: *{one.title}.* {one.meaning}{_stand(one, ' Stands for')}" for one in metrics)
    one = metrics[0]
    yield f"* Direction: {_direct(one)}"
    if one.limits:
        yield f"* Can't see: {one.limits[0].lower()}{one.limits[1:]}"
    had, known = ask()
    yield f"* Had by: {_join(had[one.name])}."
    yield f"* Watched: {_watch(one)}."
    kinds: dict[str, list[str]] = {}
    for setting, kind in known[one.name].items():
        kinds.setdefault(kind, []).append(setting)
    told = "; ".join(f"{kind} for {_join(settings)}" for kind, settings in kinds.items())
    arm = "a pool of two writers who replace their data" if one in BETWEEN else "plain replacement"
    yield f"* Theory of {arm}: {told or 'nothing'}."


def _direct(metric: Metric) -> str:
    if metric.real is not None:
        lost = f"; where it falls, what is lost is {metric.noun.format(things='things')}" if metric.noun else ""
        return f"{metric.real:g} is the real thing{'; less is better' if metric.lower else lost}."
    return "less is better." if metric.lower else "no value is right by itself; it is compared with generation 0."


def _watch(metric: Metric) -> str:
    if metric in BETWEEN:
        return "of every arm with a pool"
    stands = _stand(metric, "; stands for")
    also = f"; also called {', '.join(f'`{one}`' for one in metric.aliases)}" if metric.aliases else ""
    return ("where nothing else is asked" if metric.usual else "only when it is named") + stands + also


def _stand(metric: Metric, how: str) -> str:
    return "" if metric.part is None else f"{how} *{metric.part}* in verdicts"


def _join(names: Iterable[str]) -> str:
    """Settings, all laws or all points as one."""
    left, had = list(names), ask()[0]
    points = had["energy_distance"]
    laws = [name for name in had["variance_ratio"] if name not in points]
    for group, members in (("all points", points), ("every law with a variance", laws)):
        if set(members) <= set(left):
            left = [group, *(name for name in left if name not in members)]
    return ", ".join(left) or "nothing of these"


def find_sections(text: str) -> list[tuple[str, ...]]:
    """The metrics of each box of the page, in order."""
    return [tuple(names.split()) for names in re.findall(r"<!-- metrics: ([\w ]+) -->", text)]


def write(text: str) -> str:
    """The page with its table and boxes anew."""
    for start, lines in [("all", tell_all()), *(("metrics: " + " ".join(s), tell_one(s)) for s in find_sections(text))]:
        before, rest = text.split(f"<!-- {start} -->\n", maxsplit=1)
        _, after = rest.split("<!-- end -->", maxsplit=1)
        text = f"{before}<!-- {start} -->\n" + "\n".join(lines) + f"\n<!-- end -->{after}"
    return text


if __name__ == "__main__":
    PAGE.write_text(write(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
