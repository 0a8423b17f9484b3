"""Small experiments over every kind of loop, whose numbers are kept to the last bit.

``python tests/golden/experiments.py`` writes them down anew: only where a number was mended, and the CHANGELOG says so.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

import kellet

NUMBERS = Path(__file__).with_name("numbers.json")
TEXT = "the tide rose and fell on a grey shore while small boats rode at anchor in wind that never slept"
TRAIN = """
import csv, json, statistics, sys
with open(sys.argv[1]) as table:
    header, *rows = csv.reader(table)
columns = list(zip(*[map(float, row) for row in rows]))
learnt = {"names": header, "means": list(map(statistics.fmean, columns)), "sds": list(map(statistics.pstdev, columns))}
with open(sys.argv[2], "w") as model:
    json.dump(learnt, model)
"""
SAMPLE = """
import csv, json, os, random, sys
with open(sys.argv[1]) as model:
    learnt = json.load(model)
draw = random.Random(int(next(value for name, value in os.environ.items() if name.endswith("_SEED"))))
with open(sys.argv[3], "w", newline="") as out:
    table = csv.writer(out)
    table.writerow(learnt["names"])
    for _ in range(int(sys.argv[2])):
        table.writerow([repr(draw.gauss(m, s)) for m, s in zip(learnt["means"], learnt["sds"])])
"""
OWN = """
class Rows:
    def __init__(self, jitter=0.0, random_state=None):
        self.jitter, self.random = jitter, random_state

    def fit(self, rows):
        self.rows = rows
        return self

    def sample(self, n):
        import numpy as np

        chosen = self.rows[np.random.randint(len(self.rows), size=n)]
        return chosen + self.jitter * np.random.normal(size=chosen.shape)
"""
JUDGE = """
import json, sys
for line in sys.stdin:
    print(str(len(json.loads(line)["text"]) % 7 > 0).lower())
"""

COMMON = """
[arms.replace]
[arms."one fresh".anchor]
count = 1
"""
ANCHORS = """
[arms.replace]
[arms.fresh.anchor]
share = 0.1
[arms.fixed.anchor]
share = 0.1
draw = "fixed"
[arms.bank.anchor]
count = 3
draw = "bank"
bank = 9
[arms.heavy.anchor]
count = 5
weight = 3.0
[arms.optimal.anchor]
count = 5
weight = "optimal"
[arms.rare.anchor]
count = 4
every = 5
[arms.random.anchor]
share = 0.1
random = true
[arms.dirty.anchor]
count = 10
contaminated = 0.5
[arms.accumulate.regime]
kind = "accumulate"
[arms.subsample]
regime = {kind = "subsample"}
anchor = {count = 2}
[arms.prior.prior]
strength = 5.0
mean = 1.0
variance = 1.0
[arms.cool.curation]
kind = "temperature"
tau = 0.9
"""


def settings(size: int, generations: int, replicates: int, **more: Any) -> str:
    """The plain part of an experiment file."""
    plain = {"size": size, "generations": generations, "replicates": replicates, "seed": 7, **more}
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in plain.items())


def table(kind: str, options: str = "", name: str = "family") -> str:
    """A world or a family of an experiment file."""
    return f'[{name}]\nkind = "{kind}"\n{options}\n'


def world(kind: str, options: str = "") -> str:
    """A world of an experiment file."""
    return table(kind, options, "world")


RUNS: dict[str, str] = {
    "gaussian": settings(40, 30, 60) + world("normal", "mean = 0.5") + table("gaussian") + ANCHORS,
    "gaussian sizes": settings(1, 12, 40, record="log").replace("size = 1", "size = [30, 20, 25]")
    + world("multivariate-normal", "mean = [0.0, 1.0]\ncovariance = [[1.0, 0.3], [0.3, 2.0]]")
    + table("gaussian") + COMMON,
    "categorical": settings(60, 15, 20) + world("zipf", "size = 80") + table("categorical")
    + """
[arms.replace]
[arms.fresh.anchor]
share = 0.1
[arms.bank.anchor]
count = 4
draw = "bank"
bank = 12
[arms.subsample.regime]
kind = "subsample"
[arms.prior.prior]
strength = 20.0
[arms.top.curation]
kind = "top-k"
k = 40
[arms.mass.curation]
kind = "top-p"
p = 0.9
""",
    "averages": settings(30, 10, 50) + world("poisson") + table("poisson") + ANCHORS.partition("[arms.accumulate")[0],
    "exponential": settings(30, 10, 50) + world("exponential") + table("exponential") + COMMON,
    "gamma": settings(30, 6, 20) + world("gamma") + table("gamma") + COMMON,
    "beta": settings(30, 6, 20) + world("beta") + table("beta") + COMMON,
    "vonmises": settings(30, 6, 20) + world("vonmises") + table("vonmises") + COMMON,
    "weibull": settings(30, 6, 20) + world("weibull") + table("weibull") + COMMON,
    "uniform": settings(30, 6, 20) + world("uniform") + table("uniform") + COMMON,
    "ising": settings(50, 6, 20) + world("ising", "field = 0.1") + table("ising") + COMMON,
    "spin glass": settings(50, 4, 10) + world("spin-glass", "spins = 5") + table("spin-glass", "spins = 5") + COMMON,
    "mixture": settings(80, 4, 4, judged=120)
    + world("digits", "dims = 8") + table("mixture", "components = 4\nfloor = 0.02\niterations = 4")
    + """
[arms.replace]
[arms.fixed.anchor]
share = 0.1
draw = "fixed"
[arms.prior.prior]
strength = 10.0
mean = 0.0
variance = 20.0
[arms.quantile.curation]
kind = "quantile"
keep = 0.8
[arms.once.anchor]
count = 3
once = true
""",
    "kernel": settings(50, 5, 6, judged=60) + world("table", 'path = "points.csv"\ncolumns = ["x", "y"]')
    + table("kernel") + COMMON,
    "bootstrap": settings(50, 5, 6, judged=60) + world("table", 'path = "points.csv"\nlabel = "group"')
    + table("bootstrap") + COMMON,
    "gaussian of a table": settings(50, 5, 6, judged=60) + world("table", 'path = "points.csv"\ncolumns = ["x"]')
    + table("gaussian") + COMMON + '[arms.verified.curation]\nkind = "verifier"\nlow = -2.0\nhigh = 2.0\n',
    "column": settings(40, 8, 10) + world("column", 'path = "points.csv"\ncolumn = "group"')
    + table("categorical") + COMMON,
    "reduced": settings(60, 3, 2, judged=60) + world("digits", "dims = 16")
    + table("reduced", "components = 4") + COMMON,
    "copula": settings(60, 4, 3, judged=60) + world("mixed", 'path = "points.csv"') + table("copula") + COMMON,
    "rbm": settings(60, 2, 2, judged=60) + world("digits", "dims = 0")
    + table("rbm", "hidden = 8\nepochs = 3\ntop = 16.0\nburn = 5") + COMMON,
    "vae": settings(60, 2, 2, judged=60) + world("digits", "dims = 8")
    + table("vae", 'steps = 20\nlatent = 2\ndevice = "cpu"') + COMMON,
    "diffusion": settings(60, 1, 2, judged=60) + world("digits", "dims = 8")
    + table("diffusion", 'steps = 10\nlevels = 5\ndevice = "cpu"') + COMMON,
    "words": settings(200, 5, 4) + world("words", 'path = "tide.txt"') + table("categorical") + COMMON,
    "ngram": settings(40, 3, 2, judged=40) + world("text", 'path = "tide.txt"\nlength = 16\ndocuments = "lines"')
    + table("ngram", "order = 2")
    + """
[arms.replace]
[arms.fresh.anchor]
share = 0.1
[arms.dedup.curation]
kind = "dedup"
how = "minhash"
[arms.quality.curation]
kind = "quality"
keep = 0.8
[arms.judged.curation]
kind = "verify"
command = "python3 judge.py"
[arms.cool.curation]
kind = "temperature"
tau = 0.8
""",
    "transformer": settings(30, 1, 1, judged=20)
    + world("text", 'path = "tide.txt"\ntokens = "characters"\nlength = 16\ndocuments = "lines"')
    + table("lm", 'layers = 1\nwidth = 16\nheads = 2\nsteps = 4\ndevice = "cpu"\nprecision = "full"') + COMMON,
    "own class": settings(50, 4, 3, judged=40) + world("table", 'path = "points.csv"\ncolumns = ["x", "y"]')
    + table("adapter", 'thing = "golden_own:Rows"\n[family.options]\njitter = 0.01') + COMMON,
    "program": settings(30, 2, 2, judged=20) + world("normal")
    + table("command", 'train = "python3 train.py {train} {model}"\nsample = "python3 sample.py {model} {n} {out}"')
    + "[arms.replace]\n",
}  # fmt: skip

SWEEP = (
    settings(20, 10, 30) + '[grid]\nsize = [10, 20]\n"anchor.count" = {from = 1, to = 9, steps = 3}\n'
    + world("normal") + table("gaussian") + COMMON
)  # fmt: skip
FAR = settings(10**9, 10**10, 20) + world("normal") + table("gaussian") + COMMON
NEURAL = ("vae", "diffusion", "transformer")


@contextlib.contextmanager
def material() -> Iterator[None]:
    """A folder with everything that the experiments read, as the current one."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 2)) @ np.array([[1.0, 0.4], [0.0, 0.7]])
    group = rng.choice(["ash", "oak", "fir", "yew"], size=300, p=[0.5, 0.3, 0.15, 0.05])
    rows = [f"{a!r},{b!r},{g}" for (a, b), g in zip(x.tolist(), group, strict=True)]
    lines = [" ".join(rng.choice(TEXT.split(), size=int(n))) + "." for n in rng.integers(4, 12, size=240)]
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as made:
        for name, text in {
            "points.csv": "x,y,group\n" + "\n".join(rows) + "\n", "tide.txt": "\n".join(lines) + "\n",
            "train.py": TRAIN, "sample.py": SAMPLE, "judge.py": JUDGE, "golden_own.py": OWN,
        }.items():  # fmt: skip
            Path(made, name).write_text(text, encoding="utf-8")
        os.chdir(made)
        sys.path.insert(0, made)
        try:
            yield
        finally:
            sys.path.remove(made)
            sys.modules.pop("golden_own", None)
            os.chdir(before)


def seen(values: Any) -> str:
    """Numbers as a mean that a person can compare, and a hash that only the same bits have."""
    array = np.ascontiguousarray(np.asarray(values, dtype=np.float64))
    finite = array[np.isfinite(array)]
    return f"{finite.mean() if finite.size else np.nan:.6g} {hashlib.sha256(array.tobytes()).hexdigest()[:16]}"


def of_run(text: str) -> dict[str, Any]:
    """The cells and all values of a run."""
    run = kellet.run(kellet.Experiment.from_toml(text, trust=True))
    cells = {arm: cell.id for arm, cell in run.resolved.cells.items()}
    values = {f"{arm}/{m.name}": seen(run.values(arm, m.name)) for arm in run.blocks for m in run.metrics}
    return {"cells": cells, "values": values, "check": str(run.check())}


def of_sweep() -> dict[str, Any]:
    """The variables of a sweep."""
    found = kellet.sweep(kellet.Experiment.from_toml(SWEEP))
    return {"values": {name: seen(found.data[name].values) for name in found.data.data_vars}}


def of_plan() -> dict[str, Any]:
    """What a plan that has time enough says, without its clock."""
    experiment = kellet.Experiment.from_toml(settings(100, 20, 10) + world("normal") + table("gaussian") + COMMON)
    plan = kellet.plan(experiment, keep={"variance": 0.5}, budget=3600.0)
    told = json.loads(msgspec.json.encode(msgspec.structs.replace(plan, seconds=0.0)))
    kept = ("sentence", "points", "low", "high", "trials", "checked", "theory", "reasons")
    return {name: told[name] for name in kept}


def of_far() -> dict[str, Any]:
    """A horizon that nobody can walk to."""
    found = kellet.horizon.far(kellet.Experiment.from_toml(FAR), points=8)
    values = {f"{arm}/{name}": seen(v) for arm, metrics in found.values.items() for name, v in metrics.items()}
    fresh = kellet.horizon.stationary(
        kellet.worlds.Normal(), kellet.families.Gaussian(), size=1000, anchor=kellet.Anchor(5)
    )
    return {
        "values": values, "kinds": found.kinds, "stationary": seen(fresh.quantiles([0.1, 0.5, 0.9])),
        "coarse": kellet.horizon.coarse(kellet.Experiment.from_toml(FAR)).experiment.size,
    }  # fmt: skip


def of_theory() -> dict[str, Any]:
    """Numbers of a loop that was never run."""
    found = {}
    for name, family, anchor in (
        ("gaussian", kellet.families.Gaussian(), kellet.Anchor(10)),
        ("categorical", kellet.families.Categorical(), kellet.Anchor(share=0.01)),
        ("bank", kellet.families.Poisson(), kellet.Anchor(5, draw="bank", bank=50)),
    ):
        forecast = kellet.theory(family, size=10**6, anchor=anchor, generations=50, p=[0.001])
        rows = {row.quantity: f"{row.value!r} {row.kind}" for row in forecast.rows}
        found[name] = {"sentence": forecast.sentence, "rows": rows, "rare": [repr(r.kept) for r in forecast.rare]}
    return found


def all_of_them() -> dict[str, Callable[[], dict[str, Any]]]:
    """Name -> what computes it, in the folder of the `material`."""
    runs = {name: (lambda text=text: of_run(text)) for name, text in RUNS.items()}
    return {**runs, "sweep": of_sweep, "plan": of_plan, "far": of_far, "theory": of_theory}


def machine() -> dict[str, str]:
    """What bits depend on: versions, and which kernels linear algebra runs."""
    import platform

    import scipy
    from threadpoolctl import threadpool_info

    kernels = sorted({str(pool.get("architecture")) for pool in threadpool_info() if "blas" in str(pool["user_api"])})
    return {
        "numpy": np.__version__, "scipy": scipy.__version__, "python": platform.python_version(),
        "machine": platform.machine(), "kernels": " ".join(kernels),
    }  # fmt: skip


def processor() -> str:
    """What the bits of networks depend on beside: what PyTorch's kernels are chosen by."""
    import platform

    listed = Path("/proc/cpuinfo")
    text = listed.read_text(encoding="utf-8") if listed.exists() else platform.processor()
    flags = next((line.split(":", 1)[1].split() for line in text.splitlines() if line.startswith("flags")), [text])
    return hashlib.sha256(" ".join(sorted(flags)).encode()).hexdigest()[:16]


if __name__ == "__main__":
    with material():
        told = {name: compute() for name, compute in all_of_them().items()}
    NUMBERS.write_text(
        json.dumps({"machine": machine(), "processor": processor(), "numbers": told}, indent=1) + "\n", encoding="utf-8"
    )
