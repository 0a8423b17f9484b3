"""Types say what may be passed: a user's editor finds a misspelt keyword before the program runs."""

import ast
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
