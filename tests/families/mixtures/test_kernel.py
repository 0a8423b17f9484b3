"""The kernel family, with scikit-learn's and SciPy's density estimates as oracles."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import Generator, default_rng
from scipy.stats import gaussian_kde, kstest
from sklearn.neighbors import KernelDensity

from kellet import Accumulate, Anchor, InputError, Points, generations, worlds
from kellet.evidence import Array
from kellet.families import Kernel
from kellet.families.mixtures.kernel import CANDIDATES
from kellet.laws.model import read_marks

R, N, D = 3, 80, 4
RULES = ("silverman", "scott", "cross-validated")


@pytest.fixture
def rng() -> Generator:
    return default_rng(11)


def cloud(rng: Generator, r: int = R, n: int = N, d: int = D) -> Points:
    """Two clusters, and columns of very different widths."""
    centres = np.where(rng.random((r, n, 1)) < 0.3, 4.0, 0.0)
    return Points((centres + rng.standard_normal((r, n, d))) * 10.0 ** np.arange(d))


def standardised(points: Points) -> Array:
    values: Array = points.values
    return (values - values.mean(axis=1, keepdims=True)) / values.std(axis=1, keepdims=True)


def test_a_fixed_bandwidth_is_scikit_learns(rng: Generator) -> None:
    points = Points(standardised(cloud(rng)), rng.random((R, N)))
    elsewhere = 2 * rng.standard_normal((1, 50, D))
    found = Kernel(0.4).fit(points).log_density(elsewhere)
    for r, values in enumerate(points.values):
        theirs = KernelDensity(bandwidth=0.4).fit(values, sample_weight=points.weighed[r])
        np.testing.assert_allclose(found[r], theirs.score_samples(elsewhere[0]), rtol=1e-9)


@pytest.mark.parametrize("rule", ["silverman", "scott"])
def test_the_rules_are_scikit_learns_in_standard_deviations(rule: str, rng: Generator) -> None:
    points = cloud(rng)
    model = Kernel(rule).fit(points)  # type: ignore[arg-type]
    scales = points.values.std(axis=1)
    found = model.log_density(points.values)
    for r, values in enumerate(standardised(points)):
        theirs = KernelDensity(bandwidth=rule).fit(values)
        np.testing.assert_allclose(model.widths[r], theirs.bandwidth_ * scales[r], rtol=1e-12)
        expected = theirs.score_samples(values) - np.log(scales[r]).sum()
        np.testing.assert_allclose(found[r], expected, rtol=1e-9)


def test_on_the_line_the_rules_are_scipys_but_for_the_divisor(rng: Generator) -> None:
    values = rng.gamma(2.0, size=(R, N))
    model = Kernel("silverman").fit(Points(values))
    for r in range(R):
        oracle = gaussian_kde(values[r], bw_method="silverman")
        assert np.isclose(model.widths[r, 0], np.sqrt(oracle.covariance[0, 0] * (1 - 1 / N)), rtol=1e-12)


def left_out(values: Array, bandwidths: Array) -> Array:
    """Mean log density of each point under the estimate from all the others, by scikit-learn."""
    return np.array(
        [
            sum(
                KernelDensity(bandwidth=h).fit(np.delete(values, i, axis=0)).score(values[i : i + 1])
                for i in range(len(values))
            )
            for h in bandwidths
        ]
    )


@pytest.mark.parametrize("d", [1, 4])
def test_cross_validation_takes_the_candidate_that_leaving_one_out_likes_best(d: int, rng: Generator) -> None:
    n = 40
    points = cloud(rng, r=2, n=n, d=d)
    # Clusters far apart, where rules of thumb are far too wide.
    points = Points(
        np.concatenate(
            [points.values[:1], points.values[1:] + 100 * 10.0 ** np.arange(d) * (n // 2 > np.arange(n))[:, None]]
        )
    )
    model = Kernel("cross-validated").fit(points)
    candidates = 2 * n ** (-1 / (d + 4)) * 2.0 ** (-np.arange(CANDIDATES) / 2)
    chosen = []
    for r, values in enumerate(standardised(points)):
        chosen.append(candidates[left_out(values, candidates).argmax()])
        np.testing.assert_allclose(model.widths[r], chosen[r] * points.values[r].std(axis=0), rtol=1e-12)
    assert chosen[1] < chosen[0]


def test_copies_do_not_talk_cross_validation_into_a_narrower_bandwidth(rng: Generator) -> None:
    points = cloud(rng)
    twice = Kernel("cross-validated").fit(points + points)
    # Points are as many, each one only judged by others: what changes is Scott's factor, from which the grid starts.
    once = Kernel("cross-validated").fit(2.0 * points)
    np.testing.assert_allclose(twice.widths, once.widths, rtol=1e-12)
    assert (twice.widths / points.values.std(axis=1) > 2 * (2 * N) ** (-1 / (D + 4)) / 32 * 1.01).all()


def test_cross_validation_looks_at_some_of_many_points_and_still_chooses_well(rng: Generator) -> None:
    points = Points(rng.standard_normal((1, 4000)))
    fresh = rng.standard_normal((1, 2000))
    # Silverman's bandwidth is the best for a normal truth; a grid and chance cost a little.
    chosen, best = (Kernel(rule).fit(points).log_density(fresh).mean() for rule in ("cross-validated", "silverman"))
    assert best - 0.01 < chosen < best + 0.01


@pytest.mark.parametrize("bandwidth", [0.3, *RULES])
@pytest.mark.parametrize("shape", [(), (2,), (2, 3, 1)])
def test_a_weight_of_three_is_the_point_three_times_and_of_zero_not_there(
    bandwidth: float, shape: tuple[int, ...], rng: Generator
) -> None:
    values = rng.standard_normal((R, N, *shape))
    weights = np.tile([0.0, 1.0, 3.0, 1.0], (R, N // 4))
    repeated = Kernel(bandwidth).fit(Points(np.repeat(values, weights[0].astype(int), axis=1)))
    values[weights == 0] = np.nan
    weighed = Kernel(bandwidth).fit(Points(values, weights))
    assert not weighed.collapsed.any()
    for name in ("widths", "mean", "variance", "covariance"):
        np.testing.assert_allclose(getattr(weighed, name), getattr(repeated, name), rtol=1e-9)
    one, other = (model.sample(500, default_rng(5)).values for model in (weighed, repeated))
    assert one.shape == (R, 500, *shape)
    np.testing.assert_allclose(one, other, rtol=1e-9)


def test_samples_have_the_models_moments_and_law(rng: Generator) -> None:
    points = Points(standardised(cloud(rng)), rng.random((R, N)))
    model = Kernel("scott").fit(points)
    n = 200_000
    values = model.sample(n, rng).values
    assert (np.abs(values.mean(axis=1) - model.mean) < 5 * np.sqrt(model.variance / n)).all()
    apart = values - model.mean[:, None]
    products = apart[..., :, None] * apart[..., None, :]
    error = products.std(axis=1) / np.sqrt(n)
    assert (np.abs(products.mean(axis=1) - model.covariance) < 5 * error).all()
    line = Kernel(0.2).fit(Points(points.values[..., 0]))
    oracle = gaussian_kde(points.values[0, :, 0])
    oracle.set_bandwidth(0.2 / points.values[0, :, 0].std(ddof=1))
    found = kstest(line.sample(20_000, rng).values[0], np.vectorize(lambda x: oracle.integrate_box_1d(-np.inf, x)))
    assert found.pvalue > 1e-6


@pytest.mark.parametrize("n", [1, 2, 50])
@pytest.mark.parametrize("rule", RULES)
def test_points_that_coincide_set_no_bandwidth_which_is_an_outcome(n: int, rule: str, rng: Generator) -> None:
    heap = Points(np.full((R, n, D), 0.1))
    model = Kernel(rule).fit(heap)  # type: ignore[arg-type]
    assert model.collapsed.all()
    assert "coincide" in str(model.reason)
    assert np.array_equal(model.sample(9, rng).values, np.full((R, 9, D), 0.1))
    assert (model.log_density(heap.values) == -np.inf).all()
    fixed = Kernel(0.5).fit(heap)
    assert not fixed.collapsed.any()
    np.testing.assert_allclose(fixed.variance, 0.25)


@pytest.mark.parametrize("rule", RULES)
def test_fewer_points_than_dimensions_and_constant_columns_are_fine(rule: str, rng: Generator) -> None:
    points = rng.standard_normal((R, 3, 10))
    points[..., 4] = 7.0
    model = Kernel(rule).fit(Points(points))  # type: ignore[arg-type]
    assert not model.collapsed.any()
    written = model.sample(50, rng).values
    assert (written[..., 4] == 7.0).all()
    assert (np.delete(written, 4, axis=2).std(axis=1) > 0).all()


@pytest.mark.parametrize("bandwidth", [0.3, *RULES])
def test_a_broken_replicate_is_marked_and_breaks_no_other(bandwidth: float, rng: Generator) -> None:
    points = cloud(rng, r=5)
    values, weights = points.values.copy(), np.ones((5, N))
    values[1, 5, 2] = np.inf
    weights[3] = 0
    values[4, 1:] = np.nan
    weights[4, 1:] = 0
    model = Kernel(bandwidth).fit(Points(values, weights))
    whole = Kernel(bandwidth).fit(points)
    assert model.collapsed.tolist() == [False, True, False, True, isinstance(bandwidth, str)]
    np.testing.assert_allclose(model.widths[[0, 2]], whole.widths[[0, 2]], rtol=1e-12)
    assert np.isfinite(model.sample(5, rng).values).all()
    assert read_marks(Kernel(bandwidth).fit(Points(np.zeros((2, 0, 3)))), 2).collapsed.all()


def test_a_variance_that_leaves_the_range_of_numbers_ends_the_replicate(rng: Generator) -> None:
    points = rng.standard_normal((2, 20))
    points[1] *= 1e200
    model = Kernel("scott").fit(Points(points))
    assert model.collapsed.tolist() == [False, True]
    assert "range" in str(model.reason)
    assert np.isfinite(model.sample(5, rng).values).all()


@pytest.mark.parametrize("bandwidth", [0.0, -1.0, np.inf, np.nan])
def test_a_bandwidth_without_sense_is_refused(bandwidth: float) -> None:
    with pytest.raises(InputError, match="bandwidth > 0"):
        Kernel(bandwidth)


def test_in_a_loop_that_accumulates_everything_stays_finite() -> None:
    world = worlds.Digits(dims=5)
    loop = generations(
        world,
        Kernel("cross-validated"),
        size=60,
        regime=Accumulate(),
        anchor=Anchor(5, draw="fixed"),
        replicates=2,
        rng=default_rng(1),
    )
    for g in loop:
        assert not g.collapsed.any()
        if g.t == 8:
            break
    assert np.isfinite(g.model.sample(10, default_rng(2)).values).all()
