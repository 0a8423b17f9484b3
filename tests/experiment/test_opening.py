"""A world's files are read once and hashed once a process, however often it is asked for."""

import hashlib

import numpy as np
import polars as pl
import pytest

import kellet
from kellet import Anchor, Arm
from kellet.data import reading
from kellet.experiment.presets.own import Choices, for_file
from kellet.worlds.world import identify, open_world


@pytest.fixture
def counted(monkeypatch):
    """How often a table was read, and a file hashed."""
    found = {"read": 0, "hashed": 0}

    def counting(name, function):
        def call(*arguments, **named):
            found[name] += 1
            return function(*arguments, **named)

        return call

    monkeypatch.setattr(reading, "read_selection", counting("read", reading.read_selection))
    monkeypatch.setattr(hashlib, "file_digest", counting("hashed", hashlib.file_digest))
    return found


@pytest.mark.parametrize("column", ["x", None])
def test_a_table_is_read_and_hashed_once(column, counted, tmp_path):
    rng = np.random.default_rng(0)
    pl.DataFrame({"x": rng.normal(size=400), "y": rng.normal(size=400)}).write_parquet(tmp_path / "data.parquet")
    experiment = for_file(str(tmp_path / "data.parquet"), Choices((column,) if column else None))
    arms = {"replace": Arm(), "fresh": Arm(anchor=Anchor(2))}
    run = kellet.run(experiment, arms=arms, size=50, generations=3, replicates=4, block=2, out=tmp_path / "run")
    run.check()
    _ = run.zeros
    kellet.Run.read(tmp_path / "run").check()
    assert counted == {"read": 1, "hashed": 1}


def test_a_file_that_changed_is_another_world(counted, tmp_path):
    path = tmp_path / "data.parquet"
    seen = []
    for shift in (0.0, 10.0):
        pl.DataFrame({"x": np.arange(40) % 11 + shift}).write_parquet(path)
        seen.append(open_world(identify(kellet.worlds.Table(str(path)))).origin[0])
    assert seen[1] - seen[0] == pytest.approx(10)
    assert counted == {"read": 2, "hashed": 2}
