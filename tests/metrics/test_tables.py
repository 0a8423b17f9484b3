"""Which categories are still written, against what as many real rows have."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from kellet import Points, metrics, worlds
from kellet.metrics import Look, real_of
from kellet.metrics.catalogue import find_metric


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    rng = np.random.default_rng(0)
    rare = rng.permutation(["a"] * 1200 + ["b"] * 780 + ["c"] * 12 + ["d"] * 8)
    path = tmp_path_factory.mktemp("tables") / "t.parquet"
    pl.DataFrame({"x": rng.normal(5, 2, 2000), "kind": rare, "half": rng.choice(["l", "r"], 2000)}).write_parquet(path)
    return worlds.Mixed(str(path)).open(1)


def look(source, values):
    model = SimpleNamespace(sample=lambda n, rng: Points(values))
    return Look(model, real_of(source), values.shape[1], np.random.default_rng(0))


def rows(kinds, halves):
    return np.stack([np.zeros(len(kinds)), kinds, halves], axis=1)


def test_levels_are_counted_by_hand(source):
    values = np.stack([rows([0, 0, 0, 0], [0, 0, 1, 1]), rows([0, 1, 2, 3], [0, 0, 0, 0])])
    p = np.array([0.6, 0.39, 0.006, 0.004])
    halves = source.codebook.shares[4:]
    usual, rare = (1 - (1 - np.r_[p, halves]) ** 4).sum(), (1 - (1 - p[2:]) ** 4).sum()
    seen = look(source, values)
    np.testing.assert_allclose(find_metric("surviving_levels").measure(seen), [3 / usual, 5 / usual])
    np.testing.assert_allclose(find_metric("rare_levels").measure(seen), [0, 2 / rare])


@pytest.mark.parametrize("name", ["surviving_levels", "rare_levels"])
@pytest.mark.parametrize("n", [20, 200])
def test_real_rows_scatter_about_one(source, name, n):
    pool = np.concatenate([source.training, source.reserve, source.heldout])
    rng = np.random.default_rng(1)
    values = np.stack([pool[rng.integers(len(pool), size=n)] for _ in range(400)])
    found = find_metric(name).measure(look(source, values))
    assert abs(found.mean() - 1) < 5 * found.std() / 20


def test_what_is_no_level_is_none(source):
    values = np.stack([rows([0.5, np.nan, 7, -1], [0, 0, 0, 0])])
    usual = find_metric("surviving_levels").measure(look(source, np.stack([rows([0] * 4, [0] * 4)])))
    np.testing.assert_allclose(2 * find_metric("surviving_levels").measure(look(source, values)), usual)


def test_they_are_watched_where_there_are_categories(source, tmp_path):
    names = {metric.name for metric in metrics.suitable(real_of(source), None)}
    assert {"surviving_levels", "rare_levels", "coverage", "variance_ratio", "spread"} <= names
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(50, 2)))
    plain = real_of(worlds.Table(str(tmp_path / "x.npy")).open(1))
    assert not {"surviving_levels", "rare_levels"} & {metric.name for metric in metrics.suitable(plain, None)}


def test_the_variance_of_a_category_is_the_chance_that_two_rows_differ(source):
    real = real_of(source)
    every = np.concatenate([source.training, source.heldout])[:, 1]
    p = np.bincount(every.astype(int)) / len(every)
    assert np.trace(real.covariance[1:5, 1:5]) == pytest.approx(1 - (p**2).sum())


def test_fresh_real_rows_give_the_zero_line(source):
    real = real_of(source)
    found = metrics.null([find_metric("surviving_levels")], real, 100, np.random.default_rng(0))["surviving_levels"]
    assert 0.8 < np.median(found) < 1.2
