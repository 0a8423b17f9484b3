import numpy as np
import pytest

from kellet.theory import Loop, accumulation, curves, drift, ising, normal, regression


@pytest.mark.parametrize("a", [-1.0, 0.0, 0.25, 1.0, 2.0, 20.0])
def test_the_product_is_the_recursion_and_tends_to_its_limit(a):
    for n in (4, 10, 1000):
        exact = curves(3000, n, curvature=a, variance=3.0, regime="accumulate").wander
        t = np.array([0, 1, 7, 300, 1000, 1001, 3000])
        np.testing.assert_allclose(accumulation.wander(n, t, a, 3.0), exact[t], rtol=1e-12)
        limit = accumulation.inflation(n, a) * 3.0 / n
        assert accumulation.wander(n, 200_000, a, 3.0) == pytest.approx(limit, rel=1e-5 * max(a, 1))
        assert accumulation.wander(n, 1e18, a, 3.0) == pytest.approx(limit, rel=1e-12)


def test_a_pool_of_one_point_a_batch_has_no_variance_left():
    np.testing.assert_allclose(accumulation.wander(1, [1, 50], -1.0), 1)


def test_inflation_is_below_above_or_at_pi_squared_over_six():
    euler = np.pi**2 / 6
    n = np.array([2.0, 10.0, 1e3])
    assert (accumulation.inflation(n, -1) < euler).all()
    assert (accumulation.inflation(n, 1) > euler).all()
    for a in (-1, 0, 1):
        assert accumulation.inflation(1e15, a) == pytest.approx(euler, rel=1e-12)
    np.testing.assert_allclose(accumulation.inflation([986.0, 988.0], 1), accumulation.inflation(987, 1), rtol=1e-5)


def test_the_pooled_normal_settles():
    seen = curves(20_000, 7, curvature=-1, regime="accumulate").variance[-1]
    assert accumulation.settled_variance(7) == pytest.approx(seen, rel=1e-4)


@pytest.mark.parametrize("ratio", [0.5, 1, 5])
def test_the_batch_ratio_sets_the_limit(ratio):
    sizes = np.concatenate([[1000.0 * ratio], np.full(20_000, 1000.0)])
    seen = curves(20_001, sizes, curvature=0, regime="accumulate").wander
    assert seen[-1] / seen[1] == pytest.approx(accumulation.batch_ratio_inflation(ratio), rel=3e-4)


def test_the_batch_ratio_runs_from_one_to_two():
    assert accumulation.batch_ratio_inflation(1e-9) == pytest.approx(1)
    assert accumulation.batch_ratio_inflation(1e9) == pytest.approx(2)


def test_subsampling_the_pool_settles_higher():
    model, pool = accumulation.subsampled_inflation()
    n = 1e7
    seen = curves(20_000, n, curvature=0, regime="subsample").wander[-1] * n
    assert seen == pytest.approx(model, rel=2e-4)
    assert model - pool == 1


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_bias_accumulates_as_said(share):
    error, at = 0.0, {}
    for t in range(2, 501):
        error += ((1 - share) * (error + 0.02) - error) / t
        at[t] = error
    seen = accumulation.accumulated_bias(0.02, [1, 2, 500], share)
    np.testing.assert_allclose(seen, [0, at[2], at[500]], atol=1e-15, rtol=1e-10)


def test_a_sampler_that_narrows_empties_the_pool_slowly():
    v = 1.0
    for t in range(2, 101):
        v += (0.9 * v - v) / t
    assert accumulation.shrinking_variance(0.9, 100) == pytest.approx(v)


def test_regression_risk_grows_by_one_fit_each_generation_or_settles():
    one = regression.one_fit(40, 10, 2.0)
    assert regression.replacement(40, 10, 5, 2.0) == pytest.approx(5 * one)
    assert regression.accumulation(40, 10, 100_000, 2.0) == pytest.approx(np.pi**2 / 6 * one, rel=1e-4)
    assert regression.one_fit(11, 10) == np.inf
    assert regression.accumulation(40, 10, 0) == 0


def test_drifts_of_large_samples_are_their_first_orders():
    n = 1e8
    assert drift.exponential(n) * n == pytest.approx(-1 / 2, rel=1e-6)
    assert drift.exponential(n, "rate") * n == pytest.approx(1 / 2, rel=1e-6)
    assert drift.exponential(n, shape=4.0) * n == pytest.approx(-1 / 8, rel=1e-6)
    assert drift.pareto(n) * n == pytest.approx(-1 / 2, rel=1e-6)
    assert drift.pareto(n, known_minimum=False) * n == pytest.approx(-3 / 2, rel=1e-6)
    assert drift.uniform(n) * n == pytest.approx(-1)
    assert drift.expected_inverse_exponent(10, [1, 2]).tolist() == [1, 1]


def test_a_kernel_estimate_settles_at_its_own_width():
    assert normal.kernel_variance(20, 0.3, 1) == pytest.approx(0.95)
    assert normal.kernel_variance(20, 0.3, 2) == pytest.approx(0.95 * (0.95 + 0.09))
    assert normal.kernel_variance(20, 0.3, 1e6) == pytest.approx(19 * 0.09)


def test_the_pooled_unbiased_variance_over_inflates():
    assert normal.pooled_unbiased_variance(1e9, 1) == pytest.approx(2)
    assert normal.pooled_unbiased_variance(50, 50) == pytest.approx(1)
    assert normal.pooled_unbiased_variance(50, 0.4) == np.inf


def test_ising_spins_are_draws_from_two_categories():
    assert ising.absorption_time(10, 50) == pytest.approx(2 * np.log(2) * 500)
    assert ising.magnetisation_variance(10, 50, 1, 0.6) == pytest.approx(0.64 / Loop(500, 10, -1).effective_points)


@pytest.mark.parametrize(("n", "k"), [(12, 1), (12, 3), (40, 10)])
def test_the_pooled_unbiased_variance_reproduces_itself(n, k):
    m, wander, v = n - k, 0.0, 1.0
    for _ in range(3000):
        between = k * m / n * (1 / k + v / m + wander)
        wander, v = (m / n) ** 2 * wander + (k + m * v) / n**2, (k - 1 + (m - 1) * v + between) / (n - 1)
    assert normal.pooled_unbiased_variance(n, k) == pytest.approx(v, rel=1e-9)
