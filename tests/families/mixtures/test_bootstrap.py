"""The bootstrap family: points learnt by heart."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import Generator, default_rng
from scipy.stats import chisquare

from kellet import Points, generations, worlds
from kellet.families import Bootstrap
from kellet.families.separate import OneByOne, only


@pytest.fixture
def rng() -> Generator:
    return default_rng(12)


@pytest.mark.parametrize(
    "values",
    [
        np.arange(24.0, dtype=np.float32).reshape(2, 12),
        np.arange(24).reshape(2, 12),
        np.arange(24, dtype=np.uint8).reshape(2, 3, 2, 2),
        np.array([["ash", "oak", "elm"], ["fir", "yew", "box"]]),
        np.array([[True, False], [False, False]]),
        np.arange(24).astype("datetime64[D]").reshape(2, 6, 2),
    ],
    ids=lambda values: str(values.dtype),
)
def test_points_of_any_kind_come_back_as_they_were(values: np.ndarray, rng: Generator) -> None:
    model = Bootstrap().fit(Points(values))
    written = model.sample(40, rng).values
    assert written.dtype == values.dtype
    assert written.shape == (2, 40, *values.shape[2:])
    for r in range(2):
        assert {row.tobytes() for row in written[r]} == {row.tobytes() for row in values[r]}
    assert not model.collapsed.any()


@pytest.mark.parametrize("weighed", [False, True])
def test_points_are_drawn_as_often_as_they_weigh(weighed: bool, rng: Generator) -> None:
    weights = np.array([[1.0, 0.0, 2.0, 5.0, 0.25, 0.0], [1.0, 1.0, 1.0, 0.0, 0.0, 9.0]])
    points = Points(np.tile(np.arange(6), (2, 1)), weights if weighed else None)
    n = 100_000
    written = Bootstrap().fit(points).sample(n, rng).values
    for r in range(2):
        expected = points.weighed[r] / points.weighed[r].sum()
        counts = np.bincount(written[r], minlength=6)
        assert (counts[expected == 0] == 0).all()
        assert chisquare(counts[expected > 0], n * expected[expected > 0]).pvalue > 1e-6


@pytest.mark.parametrize("shape", [(), (2,), (2, 2, 1)])
def test_its_moments_are_those_of_its_points(shape: tuple[int, ...], rng: Generator) -> None:
    values, weights = rng.standard_normal((3, 10, *shape)), rng.integers(0, 4, size=(3, 10)).astype(float)
    model = Bootstrap().fit(Points(values, weights))
    for r in range(3):
        rows = np.repeat(values[r].reshape(10, -1), weights[r].astype(int), axis=0)
        np.testing.assert_allclose(np.ravel(model.mean[r]), rows.mean(axis=0))
        np.testing.assert_allclose(np.ravel(model.variance[r]), rows.var(axis=0))
        np.testing.assert_allclose(np.ravel(model.covariance[r]), np.ravel(np.cov(rows, rowvar=False, ddof=0)))


def test_where_all_points_are_one_the_variance_is_0_and_nothing_has_failed(rng: Generator) -> None:
    model = Bootstrap().fit(Points(np.full((2, 49, 3), 0.1)))
    assert (model.covariance == 0).all()
    assert not model.collapsed.any()
    assert (model.sample(5, rng).values == 0.1).all()
    assert (Bootstrap().fit(Points(np.full((2, 1), 0.1))).sample(5, rng).values == 0.1).all()


def test_a_broken_replicate_is_marked_and_breaks_no_other(rng: Generator) -> None:
    values, weights = rng.standard_normal((4, 20, 2)), np.ones((4, 20))
    values[1, 3, 1] = np.nan
    values[2, 4, 0], weights[2, 4] = np.inf, 0.0
    weights[3] = 0.0
    model = Bootstrap().fit(Points(values, weights))
    assert model.collapsed.tolist() == [False, True, False, True]
    assert np.isfinite(model.sample(200, rng).values).all()
    assert np.array_equal(
        model.sample(9, default_rng(1)).values[0], Bootstrap().fit(Points(values)).sample(9, default_rng(1)).values[0]
    )
    empty = Bootstrap().fit(Points(np.zeros((2, 0), dtype=np.int64)))
    assert empty.collapsed.all()
    assert empty.sample(3, rng).values.dtype == np.int64


def test_one_replicate_at_a_time_has_the_same_law(rng: Generator) -> None:
    points = Points(rng.standard_normal((50, 30)))
    n = 2000
    together = Bootstrap().fit(points).sample(n, rng).values
    apart = OneByOne(Bootstrap()).fit(points, rng).sample(n, rng).values
    error = np.sqrt(2 * points.values.var(axis=1) / n)
    assert (np.abs(together.mean(axis=1) - apart.mean(axis=1)) < 5 * error).all()
    assert np.isin(apart[7], only(points, 7).values).all()


def test_a_loop_of_words_keeps_to_the_words_there_were() -> None:
    alive = None
    for g in generations(worlds.Zipf(300), Bootstrap(), size=200, replicates=4, rng=default_rng(3)):
        words = [set(row) for row in g.evidence.values]
        assert alive is None or all(now <= before for now, before in zip(words, alive, strict=True))
        alive = words
        if g.t == 20:
            break
    assert g.evidence.values.dtype.kind == "i"
