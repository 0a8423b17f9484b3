"""Distances on the line, directions in space and originals of copies, by hand or by brute force."""

import numpy as np
import pytest
from scipy.stats import norm, poisson, wasserstein_distance

from kellet import Points, metrics, worlds
from kellet.data.source import DataSet
from kellet.families import Bootstrap, Kernel
from kellet.laws import MultivariateNormal, Normal
from kellet.laws.averages import Poisson
from kellet.metrics import Look, find_metric, match_metrics, real_of, suitable
from kellet.metrics.distance import sliced_wasserstein

LINE = worlds.Normal(mean=1.0, variance=4.0)
COVARIANCE = np.array([[2.0, 0.5], [0.5, 1.0]])
PLANE = worlds.multivariate_normal([1.0, -1.0], COVARIANCE)
U = (np.arange(2_000_000) + 0.5) / 2_000_000


def measured(name, model, source, size=50, first=None):
    return find_metric(name).measure(Look(model, real_of(source), size, np.random.default_rng(0), first))


def test_distances_of_normal_laws_are_the_integrals_that_they_are():
    means, sds = np.array([1.0, 3.0, 1.0, 0.0, 1.5]), np.array([2.0, 2.0, 0.0, 1.5, 2.001])
    gaps = norm.ppf(U) * (sds[:, None] - 2.0) + means[:, None] - 1.0
    model, source = Normal(means, sds), LINE.open(1)
    np.testing.assert_allclose(measured("wasserstein_1", model, source), abs(gaps).mean(axis=1) / 2, atol=1e-6)
    np.testing.assert_allclose(measured("wasserstein_2_squared", model, source), (gaps**2).mean(axis=1) / 4, atol=1e-5)
    np.testing.assert_allclose(measured("deviation_ratio", model, source), sds / 2)


def test_laws_that_move_as_a_whole_are_as_far_apart_as_their_means():
    model, source = Poisson(np.array([0.7, 2.0, 5.0])), worlds.Poisson(2.0).open(3)
    counts = np.arange(60)
    apart = [abs(poisson.cdf(counts, m) - poisson.cdf(counts, 2.0)).sum() for m in model.mean]
    np.testing.assert_allclose(measured("wasserstein_1", model, source), np.array(apart) / np.sqrt(2.0), atol=1e-12)


@pytest.mark.parametrize("size", [7, 40, 60])
def test_distances_of_points_are_exact_whatever_their_numbers(size):
    rng = np.random.default_rng(3)
    source = DataSet(*rng.gamma(2.0, size=(3, 40)), 1)
    model = Bootstrap().fit(Points(rng.normal(size=(2, 9))))
    real = real_of(source)
    look = Look(model, real, size, np.random.default_rng(0))
    found = find_metric("wasserstein_1").measure(look)
    sd = np.sqrt(real.covariance[0, 0])
    expected = [wasserstein_distance(points[:, 0], real.heldout[:, 0]) / sd for points in look.points]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert (found <= sliced_wasserstein(look) + 1e-12).all()
    assert "wasserstein_1" in metrics.null([find_metric("wasserstein_1")], real, 20, rng)


def test_the_ends_of_the_spectrum_and_its_middle():
    factor = np.linalg.cholesky(np.stack([COVARIANCE, 4 * COVARIANCE, np.diag([1.0, 3.0])]))
    model = MultivariateNormal(np.zeros((3, 2)), factor)
    logs = np.log([np.sort(np.linalg.eigvals(np.linalg.solve(COVARIANCE, c)).real) for c in model.covariance])
    source = PLANE.open(3)
    np.testing.assert_allclose(measured("log_eigenvalue_smallest", model, source), logs[:, 0], atol=1e-12)
    np.testing.assert_allclose(measured("log_eigenvalue_largest", model, source), logs[:, 1], atol=1e-12)
    np.testing.assert_allclose(measured("log_spread", model, source), logs.mean(axis=1), atol=1e-12)
    np.testing.assert_allclose(
        measured("log_spread", model, source), np.log(measured("spread", model, source)), atol=1e-12
    )


def test_directions_are_told_however_far_they_part_and_when_they_are_dead():
    world = worlds.multivariate_normal([0.0, 0.0], np.eye(2)).open(1)
    factor = np.array([np.diag([1e150, 1e-200]), [[1.0, 0.0], [1.0, 1e-120]], np.diag([1.0, 0.0]), np.zeros((2, 2))])
    model = MultivariateNormal(np.zeros((4, 2)), factor)
    ten = 2 * np.log(10)
    low, high = (measured(f"log_eigenvalue_{end}", model, world) for end in ("smallest", "largest"))
    np.testing.assert_allclose(low, [-200 * ten, -120 * ten - np.log(2), -np.inf, -np.inf], rtol=1e-12)
    np.testing.assert_allclose(high, [150 * ten, np.log(2), 0.0, -np.inf], rtol=1e-12, atol=1e-12)


def test_the_originals_behind_a_training_set_are_counted():
    rows = np.array([[[1.0, 2.0], [1.0, 3.0], [1.0, 2.0], [np.nan, 2.0], [np.nan, 2.0]]])
    assert Bootstrap(gaps=(0,)).fit(Points(rows)).different.tolist() == [3.0]
    assert Bootstrap().fit(Points(rows[:, :3], np.array([[1.0, 0.0, 1.0]]))).different.tolist() == [1.0]
    assert Bootstrap().fit(Points(np.array([["ash", "oak", "ash"]]))).different.tolist() == [2.0]
    real = real_of(LINE.open(1))
    one = Bootstrap().fit(Points(np.array([[1.0, 1.0, 1.0, 2.0]])))
    four = Bootstrap().fit(Points(np.array([[1.0, 3.0, 4.0, 2.0]])))
    assert measured("distinct_originals", one, LINE.open(1), first=four) == [0.5]
    assert measured("distinct_originals", one, LINE.open(1)) == [1.0]
    names = {metric.name for metric in suitable(real, Kernel().fit(Points(np.ones((1, 4)))))}
    assert "distinct_originals" not in names


def test_words_for_distances():
    assert [metric.name for metric in match_metrics("w2")] == ["wasserstein_2_squared"]
    assert [metric.name for metric in match_metrics("w1")] == ["wasserstein_1"]
