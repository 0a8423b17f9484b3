import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import polygamma, psi
from scipy.stats import chi

from kellet.theory import curves, multivariate, normal

ESTIMATORS = ["mle", "unbiased", "deviation", "log", "precision"]


@pytest.mark.parametrize("n", [4, 30, 99, 103, 5000])
def test_c4_is_the_mean_of_a_chi_distribution(n):
    assert np.exp(normal.log_c4(n)) == pytest.approx(chi(n - 1).mean() / np.sqrt(n - 1), rel=3e-12)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("n", [5, 40, 300, 10_000])
def test_the_drift_of_the_logarithm_is_a_digamma(n, estimator):
    expected = psi((n - 1) / 2) - np.log(normal.divisor(n, estimator) / 2)
    assert normal.log_drift(n, estimator) == pytest.approx(expected, rel=1e-7, abs=1e-14)
    grown = np.log((n - 1) / normal.divisor(n, estimator))
    assert normal.log_growth(n, estimator) == pytest.approx(grown, rel=1e-9, abs=1e-12)


@given(n=st.floats(4, 1e15), t=st.floats(0, 1e16))
def test_each_estimator_conserves_what_it_is_unbiased_for(n, t):
    assert normal.expected_variance(n, t, "unbiased") == 1
    assert normal.expected_log_variance(n, t, "log") == 0
    assert normal.expected_deviation(n, t, "deviation") == pytest.approx(1, abs=1e-6)


def test_maximum_likelihood_follows_the_recursion():
    seen = curves(40, 12, curvature=-1)
    t = np.arange(41)
    np.testing.assert_allclose(normal.expected_variance(12, t), seen.variance, rtol=1e-12)
    np.testing.assert_allclose(normal.wander(12, t), seen.wander, rtol=1e-10)


def test_wander_adds_up_the_variances_of_all_estimators():
    t = np.arange(1, 21)
    for estimator in ESTIMATORS:
        past = normal.expected_variance(15, t - 1, estimator).cumsum() / 15
        np.testing.assert_allclose(normal.wander(15, t, estimator), past, rtol=1e-9)


def test_w2_starts_at_three_halves_and_is_bounded_by_two_for_maximum_likelihood():
    assert normal.expected_w2(1e6, 1) == pytest.approx(1.5e-6, rel=1e-5)
    assert normal.expected_w2(1e6, 1, "unbiased") == pytest.approx(1.5e-6, rel=1e-5)
    assert normal.expected_w2(50, 1e5) == pytest.approx(2)
    assert normal.expected_w2(50, 1e5, "unbiased") > 1000


def test_divergence_starts_as_one_half_for_each_parameter():
    assert normal.expected_divergence(1e5, 10) == pytest.approx(multivariate.early_divergence(2, 1e5, 10), rel=1e-3)
    assert normal.expected_divergence(3, 1) == np.inf
    assert normal.expected_divergence(3, 0) == 0
    assert normal.expected_divergence(10, 5, "precision") > 0


def test_half_lives_in_units_of_n():
    assert normal.half_life(1e6, "mle", "mean") / 1e6 == pytest.approx(np.log(2), rel=1e-5)
    assert normal.half_life(1e6) / 1e6 == pytest.approx(np.log(2) / 2, rel=1e-5)
    assert normal.half_life(1e6, "unbiased") / 1e6 == pytest.approx(np.log(2), rel=1e-5)
    assert normal.half_life(100, "unbiased", "mean") == np.inf
    assert normal.half_life(100, "precision") == np.inf


def test_unknown_estimators_are_refused():
    with pytest.raises(ValueError, match="expected mle"):
        normal.log_drift(10, "median")


def test_one_dimension_is_the_determinant_of_one():
    assert multivariate.log_det_drift(20, 1) == pytest.approx(normal.log_drift(20))
    assert multivariate.log_det_drift(20, 1, 19) == pytest.approx(normal.log_drift(20, "unbiased"))
    assert multivariate.log_det_variance(20, 1) == pytest.approx(normal.log_variance_variance(20, 1))
    assert multivariate.log_det_variance(20, 2) == pytest.approx(polygamma(1, [9.5, 9.0]).sum())
    assert multivariate.log_det_drift([20, 30], 3).shape == (2,)


def test_anchored_divergence_tends_to_a_quarter_of_the_parameters():
    for d in (1, 3, 10):
        k = 1e5
        assert multivariate.anchored_divergence(k, d) * 4 * k == pytest.approx(multivariate.parameters(d), rel=1e-3)
        assert multivariate.regular_divergence(multivariate.parameters(d), 1e12, k) * 4 * k == pytest.approx(
            multivariate.parameters(d), rel=1e-6
        )


@pytest.mark.parametrize("d", [1, 5, 100])
def test_points_for_divergence_is_the_smallest(d):
    k = multivariate.points_for_divergence(0.1, d)
    assert multivariate.anchored_divergence(k, d) <= 0.1 < multivariate.anchored_divergence(k - 1, d)
    with pytest.raises(ValueError, match="positive"):
        multivariate.points_for_divergence(0.0, d)
