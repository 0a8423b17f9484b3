"""Whether what is missing in real rows is missing in what is written."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from kellet import Points, metrics, worlds
from kellet.metrics import Look, real_of
from kellet.metrics.catalogue import find_metric
from kellet.metrics.gaps import _expect

GAPS = find_metric("gaps_kept")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    rng = np.random.default_rng(0)
    ill = rng.random(3000) < 0.2
    age, dose = rng.normal(50, 9, 3000), np.where(ill, np.nan, rng.normal(size=3000))
    ward = np.where(ill & (rng.random(3000) < 0.8), None, rng.choice(["a", "b"], 3000))
    path = tmp_path_factory.mktemp("gaps") / "t.parquet"
    frame = pl.DataFrame({"age": age, "dose": dose, "ward": ward.tolist()})
    frame.with_columns(pl.col("dose").fill_nan(None)).write_parquet(path)
    return worlds.Mixed(str(path)).open(1)


def look(source, values):
    return Look(SimpleNamespace(sample=lambda n, rng: Points(values)), real_of(source), values.shape[1], None)


def test_real_rows_scatter_about_one_however_many(source):
    pool = np.concatenate([source.training, source.reserve])
    for n in (20, 300):
        values = pool[np.random.default_rng(1).integers(len(pool), size=(400, n))]
        found = GAPS.measure(look(source, values))
        assert abs(found.mean() - 1) < 5 * found.std() / 20


def test_gaps_that_vanish_or_part_are_seen(source):
    rows = source.training[:600]
    whole, apart = rows.copy(), rows.copy()
    whole[:, 1] = 0.0
    gone = source.levels["ward"].index("(missing)")
    whole[:, 2] = np.where(whole[:, 2] == gone, 0, whole[:, 2])
    apart[:, 1] = np.roll(apart[:, 1], 7)
    assert GAPS.measure(look(source, np.stack([whole])))[0] == 0
    kept, parted = (GAPS.measure(look(source, np.stack([some])))[0] for some in (rows, apart))
    assert kept > 0.95
    # The columns' own gaps stay, and most of the pairs do not.
    assert 0.6 < parted < 0.85


def test_what_real_rows_score_is_the_exact_expectation():
    for share, n in ((0.03, 20), (0.4, 7), (0.5, 10)):
        counts = np.arange(n + 1)
        exact = (binom.pmf(counts, n, share) * np.minimum(counts / n, share)).sum()
        assert _expect(np.array([share]), n) == pytest.approx(exact, rel=1e-12)


def test_it_is_watched_where_there_are_gaps_and_its_zero_line_is_about_one(source, tmp_path):
    assert "gaps_kept" in {metric.name for metric in metrics.suitable(real_of(source), None)}
    pl.DataFrame({"x": np.arange(50) % 7, "y": ["a", "b"] * 25}).write_csv(tmp_path / "x.csv")
    plain = real_of(worlds.Mixed(str(tmp_path / "x.csv")).open(1))
    assert "gaps_kept" not in {metric.name for metric in metrics.suitable(plain, None)}
    found = metrics.null([GAPS], real_of(source), 100, np.random.default_rng(0))["gaps_kept"]
    assert 0.9 < np.median(found) < 1.1


def test_every_metric_of_a_table_with_gaps_is_a_number(source):
    real = real_of(source)
    values = source.first(100, np.random.default_rng(0)).values
    for metric in metrics.suitable(real, None):
        assert np.isfinite(metric.measure(look(source, values))).all(), metric.name


def test_missing_numbers_are_a_level_that_may_be_lost(source):
    levels = find_metric("surviving_levels")
    rows = source.training[:300]
    whole = np.where(np.isnan(rows), 0.0, rows)
    kept, lost = (levels.measure(look(source, np.stack([some])))[0] for some in (rows, whole))
    assert kept - lost == pytest.approx(1 / 4, rel=0.01)


def test_a_large_table_is_judged_by_a_sample_and_copies_are_not_spoken_of(tmp_path, monkeypatch):
    monkeypatch.setattr("kellet.metrics.real.ROWS", 100)
    pl.DataFrame({"x": np.random.default_rng(0).normal(size=1000)}).write_csv(tmp_path / "x.csv")
    source = worlds.Mixed(str(tmp_path / "x.csv"), seed=5).open(1)
    real = real_of(source)
    assert (len(real.training), len(real.reserve), len(real.heldout)) == (100, 100, 100)
    names = {metric.name for metric in metrics.suitable(real, None)}
    assert "coverage" in names
    assert "nearest_training" not in names
