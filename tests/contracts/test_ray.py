"""The recipe for Ray that docs/sweeps.md gives; runs only where Ray is installed."""

import re
from pathlib import Path

import numpy as np
import pytest

import kedge
from kedge import Anchor, Arm, worlds
from kedge.families import Gaussian

PAGE = Path(kedge.__file__).parents[2] / "docs" / "sweeps.md"


def recipe():
    (code,) = re.findall(r"^```py\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return compile(code, str(PAGE), "exec")


def test_the_recipe_is_python():
    assert "RayExecutor" in recipe().co_names


@pytest.mark.filterwarnings("default")
def test_ray_gives_the_numbers_of_one_process():
    ray = pytest.importorskip("ray")
    names = {}
    exec(recipe(), names)
    settings = {
        "world": worlds.normal(), "family": Gaussian(), "size": 20, "arms": {"fresh": Arm(anchor=Anchor(1))},
        "generations": 5, "replicates": 12, "block": 4,
    }  # fmt: skip
    ray.init(num_cpus=2, include_dashboard=False)
    try:
        run = kedge.run(**settings, executor=names["RayExecutor"]())
    finally:
        ray.shutdown()
    alone = kedge.run(**settings)
    for metric in alone.metrics:
        assert np.array_equal(run.values("fresh", metric.name), alone.values("fresh", metric.name), equal_nan=True)
