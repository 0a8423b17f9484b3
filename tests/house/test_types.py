"""Types say what may be passed: a user's editor finds a misspelt keyword before the program runs."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import kellet
from kellet import InputError

SOURCE = Path(kellet.__file__).parent
CENTRAL = (
    "families/family.py", "loop/generations.py", "loop/regimes.py", "loop/curation/curation.py", "experiment/arm.py",
    "experiment/cell.py", "experiment/experiment.py", "experiment/resolution.py",
    "experiment/grid.py", "experiment/run.py", "experiment/sweep.py", "experiment/running/task.py",
    "experiment/running/schedule.py", "experiment/running/recorder.py", "data/source.py", "metrics/look.py",
    "evidence.py",
)  # fmt: skip
"""What everything else is made of."""
MOST = 0.05

PROGRAM = """
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

import kellet
from kellet import Arm, Points


@dataclass(frozen=True)
class Between:
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def sample(self, n: int, rng: Generator) -> Points:
        return Points(self.low[:, None] + (self.high - self.low)[:, None] * rng.random((len(self.low), n)))


class Range:
    def fit(self, evidence: Points, rng: Generator, previous: Between | None = None) -> Between:
        return Between(evidence.values.min(axis=1), evidence.values.max(axis=1))


class Speechless:
    def sample(self, n: int, rng: Generator) -> Points:
        return Points(np.zeros((1, n)))


world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
run = kellet.run(world=world, family=family, size=9, generations=1, arms={"replace": Arm()}, out="run", jobs=2)
sweep = kellet.sweep(world=world, family=family, size=9, generations=1, grid={"size": (9, 99)}, metrics=("kl",))
plan = kellet.plan(world=world, family=family, size=99, generations=9, keep={"variance": 0.5}, confidence=0.9)
own = kellet.run(world=world, family=Range(), size=9, generations=1)
loop = kellet.generations(world, Range(), size=9, rng=np.random.default_rng(0))
reveal_type(run.data)  # xarray
reveal_type(sweep.data)  # xarray
reveal_type(next(loop).model)  # Between
kellet.run(world=world, family=family, sise=9, generations=1)  # wrong: sise
kellet.sweep(world=world, family=family, size=9, generations=1, gird={"size": (9, 99)})  # wrong: gird
kellet.plan(world=world, family=family, size=99, generations=9, keeps={"variance": 0.5})  # wrong: keep
kellet.run(world=world, family=family, size="9", generations=1)  # wrong: int
kellet.run(world=world, family=family, size=9, generations=1, arms=[Arm()])  # wrong: dict
kellet.run(world=world, family=Speechless(), size=9, generations=1)  # wrong: Speechless
kellet.generations(world, Speechless(), size=9, rng=np.random.default_rng(0))  # wrong: Speechless
"""
LINES = dict(enumerate(PROGRAM.splitlines(), start=1))


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    """Line of the program -> what mypy says of it."""
    pytest.importorskip("mypy")
    folder = tmp_path_factory.mktemp("typed")
    (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
    options = ("--strict", "--follow-imports=silent", "--no-error-summary", "--cache-dir", folder / "cache")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "program.py"], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "MYPYPATH": str(SOURCE.parent)},
    )  # fmt: skip
    assert not checked.stderr
    found = {}
    for line, kind, text in re.findall(r"^program\.py:(\d+): (error|note): (.*)$", checked.stdout, re.MULTILINE):
        found.setdefault(int(line), []).append((kind, text))
    return found


def test_correct_keywords_and_a_family_of_ones_own_check(notes):
    marked = {line for line, text in LINES.items() if "# wrong" in text}
    assert {line for line, found in notes.items() if any(kind == "error" for kind, _ in found)} <= marked


@pytest.mark.parametrize("line", [line for line, text in LINES.items() if "# wrong" in text], ids=LINES.get)
def test_a_wrong_keyword_type_or_family_is_reported(notes, line):
    expected = LINES[line].partition("# wrong: ")[2]
    assert any(expected in text for kind, text in notes.get(line, ()) if kind == "error")


@pytest.mark.parametrize("line", [line for line, text in LINES.items() if "reveal_type" in text], ids=LINES.get)
def test_results_have_types(notes, line):
    expected = {"xarray": "xarray.core.dataset.Dataset", "Between": "program.Between"}
    ((_, text),) = notes[line]
    assert text == f'Revealed type is "{expected[LINES[line].partition("# ")[2]]}"'


WORLD, FAMILY = kellet.worlds.Normal(), kellet.families.Gaussian()


@pytest.mark.parametrize(
    ("verb", "more"),
    [(kellet.run, {}), (kellet.sweep, {"grid": {"size": (9, 99)}}), (kellet.plan, {"keep": {"variance": 0.5}})],
    ids=["run", "sweep", "plan"],
)
@pytest.mark.parametrize(("misspelt", "meant"), [("generation", "generations"), ("replicate", "replicates")])
def test_a_misspelt_keyword_is_an_input_error_with_the_right_one(verb, more, misspelt, meant):
    with pytest.raises(InputError, match=rf"got {misspelt}\. Try {meant}\."):
        verb(world=WORLD, family=FAMILY, size=99, **more, **{misspelt: 9})


def annotations(path):
    """All annotations of parameters, results and fields in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            rest = [one for one in (node.args.vararg, node.args.kwarg) if one]
            every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, *rest]
            yield from (one.annotation for one in every if one.annotation)
            if node.returns:
                yield node.returns
        elif isinstance(node, ast.AnnAssign):
            yield node.annotation


def test_hardly_an_annotation_of_the_central_files_says_any():
    every = [one for name in CENTRAL for one in annotations(SOURCE / name)]
    anything = [one for one in every if any(isinstance(n, ast.Name) and n.id == "Any" for n in ast.walk(one))]
    assert len(every) > 400
    assert len(anything) <= MOST * len(every), f"{len(anything)} of {len(every)}"
