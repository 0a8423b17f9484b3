"""The examples run; what they draw is judged by eye."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kedge

ROOT = Path(kedge.__file__).parents[2]


def program(name):
    """A program of the folder of examples, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
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
    ("name", "pictures", "told"),
    [
        ("shapes", ["moons", "ring", "roll"], ["mixture", "kernel", "VAE", "flow", "diffusion", "GAN"]),
        ("digits_families", ["digits"], ["mixture", "Boltzmann machine", "VAE", "diffusion"]),
    ],
)
def test_an_example_draws_every_picture_and_compares_every_family(name, pictures, told, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("zuko")
    example = program(name)
    example.main(["--effort", "0.05", "--jobs", "1", "--out", str(tmp_path)])
    for picture in pictures:
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
