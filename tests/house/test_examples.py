"""The examples run; what they draw is judged by eye."""

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kellet
from kellet.experiment.run import Run
from kellet.experiment.running.blocks import Block

ROOT = Path(kellet.__file__).parents[2]


def program(name, folder="examples"):
    """A program, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    return module


@pytest.fixture(autouse=True)
def same_environment(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.mark.parametrize(
    ("name", "options", "picture", "told"),
    [
        ("shapes", ["--only", "roll"], "roll", ["mixture", "kernel", "VAE", "flow", "diffusion", "GAN"]),
        ("digits_families", [], "digits", ["mixture", "Boltzmann machine", "VAE", "diffusion"]),
    ],
)
def test_an_example_draws_and_compares_every_family(name, options, picture, told, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("zuko")
    example = program(name)
    example.main(["--effort", "0.05", "--jobs", "1", "--out", str(tmp_path), *options])
    drawn = np.asarray(Image.open(tmp_path / f"{picture}.png").convert("L"))
    assert min(drawn.shape) > 300
    assert (drawn < 200).mean() > 0.01
    page = (tmp_path / f"{picture}.html").read_text(encoding="utf-8")
    assert all(f"<td>{family}</td>" in page for family in told)
    assert all(f">{arm}</th>" in page for arm in example.ARMS)


def test_the_shapes_are_what_they_are_called():
    points = program("shapes").shapes(4000, np.random.default_rng(1))
    assert set(points) == {"moons", "ring", "roll"}
    radius = np.linalg.norm(points["ring"], axis=1)
    assert abs(radius.mean() - 2) < 0.05
    assert len(np.unique(np.round(np.arctan2(*points["ring"][radius > 1.9].T) / (np.pi / 4)) % 8)) == 8
    upper = points["moons"][:, 1] > 0.75
    assert abs(points["moons"][upper, 0].mean()) < 0.05
    away = np.linalg.norm(points["roll"], axis=1)
    assert abs(away.min() - 1.5 * np.pi / 5) < 0.4
    assert abs(away.max() - 4.5 * np.pi / 5) < 0.4


def test_the_page_of_families_has_all_its_tables_and_figures():
    page = (ROOT / "docs" / "families.md").read_text(encoding="utf-8")
    tables = re.findall(r"<!-- table (\S+) -->\n(.*?)<!-- end -->", page, flags=re.DOTALL)
    assert len(tables) >= 14
    for name, rows in tables:
        assert rows.count("\n") >= 4, name
    figures = re.findall(r"\]\((images/families-\S+\.png)\)", page)
    assert len(figures) == 7
    for figure in figures:
        assert (ROOT / "docs" / figure).stat().st_size < 150_000, figure


def made_up(study, last):
    """A run of the study whose coverage began at 0.5 and ended, arm by arm, as given."""
    world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
    arms = {name: kellet.Arm() for name in last}
    values = {name: np.outer(np.linspace(0.98, 1.02, 16), [0.5, 0.5 * left]) for name, left in last.items()}
    blocks = {name: [Block("x", 0, np.arange(2), {"coverage": values[name]}, np.full(16, -1), "", {})] for name in last}
    return Run(kellet.Resolved(kellet.Experiment(world, family, 10, arms, 1, 16)), None, blocks)


def test_the_study_interpolates_the_least_share_between_the_last_that_fails_and_the_next():
    study = program("families_study", "benchmarks")
    left = {"replace": 0.1, "one fresh real point": 0.2, "3 % fresh real": 0.95}
    # That 3 % happen to do while 10 % don't is chance: the answer lies beyond the last that fails.
    found = study.need(made_up(study, {**left, "10 % fresh real": 0.8, "30 % fresh real": 1.0, "60 % fresh real": 1.0}))
    assert found.share == pytest.approx(0.1 * 3**0.5)
    assert found.low < found.share < found.high
    assert study.need(made_up(study, {"replace": 0.97, "10 % fresh real": 1.0})).share == 0.0
    nearly = study.need(made_up(study, {"replace": 0.1, "60 % fresh real": 0.8}))
    assert nearly.share == pytest.approx(0.6 * (1 / 0.6) ** 0.5)


def test_the_study_names_every_run_once_and_every_family():
    study = program("families_study", "benchmarks")
    names = [part.folder for part in study.parts()]
    assert len(names) == len(set(names))
    assert {part.name for part in study.parts() if part.world == "digits"} == set(study.ORDER)
