"""The recipe for Ray that docs/sweeps.md gives; runs only where Ray is installed."""

import os
import re
import signal
from pathlib import Path

import numpy as np
import pytest

import kellet
from kellet import Anchor, Arm, worlds
from kellet.experiment.running import engines
from kellet.families import Gaussian

PAGE = Path(kellet.__file__).parents[2] / "docs" / "sweeps.md"


def recipe():
    (code,) = re.findall(r"^```py\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return compile(code, str(PAGE), "exec")


@pytest.fixture(scope="module")
def executor():
    """The recipe's, on two workers of this machine."""
    ray = pytest.importorskip("ray")
    names = {}
    exec(recipe(), names)
    ray.init(num_cpus=2, include_dashboard=False)
    yield names["RayExecutor"]()
    ray.shutdown()


def test_the_recipe_is_python():
    assert "RayExecutor" in recipe().co_names


def test_ray_gives_the_numbers_of_one_process(executor):
    settings = {
        "world": worlds.Normal(), "family": Gaussian(), "size": 20, "arms": {"fresh": Arm(anchor=Anchor(1))},
        "generations": 5, "replicates": 12, "block": 4,
    }  # fmt: skip
    run = kellet.run(**settings, executor=executor)
    alone = kellet.run(**settings)
    for metric in alone.metrics:
        assert np.array_equal(run.values("fresh", metric.name), alone.values("fresh", metric.name), equal_nan=True)


def test_a_worker_of_ray_that_is_killed_takes_one_task_along(executor, tmp_path):
    armed = tmp_path / "armed"
    armed.touch()

    def deadly(task):
        if task == 3 and armed.exists():
            armed.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return task + 1

    assert sorted(engines.compute(deadly, range(8), executor=executor)) == list(range(1, 9))
    assert not armed.exists()
