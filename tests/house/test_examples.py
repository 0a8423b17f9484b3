"""The programs of examples/ run as their first lines say, with as little effort as they take."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
EFFORT = {
    "digits_families": ("--effort", "0.02"),
    "planning": ("--quick",),
    "shapes": ("--effort", "0.02"),
    "single_point": ("--effort", "0.01"),
}


def test_every_program_is_tried():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(EFFORT)


@pytest.mark.slow
@pytest.mark.parametrize("name", EFFORT)
def test_a_program_runs_and_draws(name, tmp_path):
    if name in ("digits_families", "shapes"):
        pytest.importorskip("torch")
    command = [sys.executable, EXAMPLES / f"{name}.py", *EFFORT[name], "--out", tmp_path]
    surroundings = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    told = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr[-2000:]
    assert list(tmp_path.iterdir())
