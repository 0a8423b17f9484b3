"""Runs that do not fit into memory: numbers stay in their files, and are the same."""

import tracemalloc

import numpy as np
import pytest

import kellet
from kellet.experiment.running import folder as folders
from kellet.experiment.running.columns import Columns
from kellet.experiment.verdict.quantiles import quantiles
from kellet.laws import GaussianMixture, Normal
from kellet.laws.averages import Poisson
from kellet.laws.normal import LogNormal, MultivariateNormal

ARMS = {"replace": kellet.Arm(), "fresh": kellet.Arm(anchor=kellet.Anchor(1))}
SETTINGS = {
    "world": kellet.worlds.Normal(), "family": kellet.families.Gaussian(), "size": 9, "arms": ARMS, "generations": 9,
    "replicates": 30, "block": 8,
}  # fmt: skip


@pytest.mark.parametrize("limits", [{"HELD": 0}, {"LARGE": 0}])
@pytest.mark.parametrize("where", ["{}/run [1]", "memory://{}"])
def test_numbers_that_stay_in_their_files_are_the_same(tmp_path, monkeypatch, limits, where):
    out = where.format(tmp_path)
    whole = kellet.run(**SETTINGS)
    for name, limit in limits.items():
        monkeypatch.setattr(folders, name, limit)
    for run in (kellet.run(**SETTINGS, out=out), kellet.show(out)):
        assert all(isinstance(block.values, Columns) for blocks in run.blocks.values() for block in blocks)
        assert run.data.drop_vars([]).identical(whole.data)
        assert list(run.blocks["fresh"][0].values) == [metric.name for metric in whole.metrics]
        assert run.answer().sentence == whole.answer().sentence
        assert str(run.check()) == str(whole.check())


def test_a_file_that_goes_while_it_is_read_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "HELD", 0)
    run = kellet.run(**SETTINGS, out=tmp_path / "run")
    for file in (tmp_path / "run" / "cells").glob("*.parquet"):
        file.write_bytes(b"PAR1")
    with pytest.raises(kellet.InputError, match=r"expected a block that Kellet wrote; got .*parquet"):
        run.values("fresh", "kl")


def test_only_what_is_looked_at_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "HELD", 0)
    run = kellet.run(**SETTINGS, out=tmp_path / "run")
    seen, read = [], Columns.__getitem__
    monkeypatch.setattr(Columns, "__getitem__", lambda self, name: seen.append(name) or read(self, name))
    kellet.compare({"run": run}, metric="kl")
    assert set(seen) == {"kl"}


def test_an_answer_holds_one_metric_of_one_arm(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "HELD", 0)
    arms = {f"fresh {i}": kellet.Arm(anchor=kellet.Anchor(1 + i)) for i in range(6)}
    settings = {"arms": arms, "generations": 100, "replicates": 500, "block": 250}
    run = kellet.run(**SETTINGS | settings, out=tmp_path)
    # Once before, for what is imported and kept.
    assert run.answer().data
    tracemalloc.start()
    assert run.answer().data
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < run.data.nbytes / 3


def test_blocks_of_long_loops_are_smaller():
    settings = SETTINGS | {"replicates": 10**5, "block": None}
    for generations, block in ((100, 10_000), (3000, 2**21 // 3001), (10**6, 64)):
        assert kellet.resolve(kellet.Experiment(**settings | {"generations": generations})).block == block
    assert kellet.resolve(kellet.Experiment(**settings | {"generations": 10**6, "record": "log"})).block == 10_000


def test_quantiles_by_parts_are_those_of_all(monkeypatch):
    values = np.random.default_rng(0).standard_normal((400, 7, 1000))
    values[3, 2] = np.inf
    ranked = np.sort(values, axis=0)
    assert (quantiles(values, (0.0, 1.0)) == ranked[[0, -1]]).all()
    assert quantiles(values, (0.5,)).shape == (1, 7, 1000)


def test_the_first_replicate_writes_alone():
    ones = np.ones(5)
    eye = np.tile(np.eye(2), (5, 1, 1))
    normal = Normal(2 * ones, ones)
    for model in (normal, LogNormal(normal), MultivariateNormal(np.ones((5, 2)), eye), Poisson(ones)):
        alone, all_of_them = (m.sample(7, np.random.default_rng(0)).values for m in (model.first(), model))
        assert len(alone) == 1
        assert (alone[0] == all_of_them[0]).all()
    mixture = GaussianMixture(np.ones((5, 1)), np.ones((5, 1, 2)), eye[:, None])
    assert mixture.first().sample(7, np.random.default_rng(0)).values.shape == (1, 7, 2)
