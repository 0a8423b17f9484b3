import numpy as np
import pytest
from scipy.stats import binom

from kellet.theory import Anchored, Loop, categorical, curves


def test_the_transition_matrix_is_binomial():
    n = 9
    expected = [binom.pmf(np.arange(n + 1), n, x / n) for x in range(n + 1)]
    np.testing.assert_allclose(categorical.transition(n), expected, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("k", [0, 1, 4])
def test_the_exact_law_has_the_moments_of_the_recursion(k):
    n, p, t = 14, 0.2, 11
    law = categorical.law(p, n, t, k)
    x = np.arange(n + 1) / n
    seen = curves(t, n, curvature=-1, mean=p, variance=p * (1 - p), anchor=Anchored(k) if k else None)
    assert law.sum() == pytest.approx(1)
    assert law @ x == pytest.approx(p)
    assert law @ (x - p) ** 2 == pytest.approx(seen.wander[t], rel=1e-10)


def test_heterozygosity_and_covariance_are_two_views_of_one_decay():
    p = np.array([0.5, 0.3, 0.2])
    cov = categorical.covariance(p, 25, 17)
    np.testing.assert_allclose(cov.sum(axis=0), 0, atol=1e-16)
    assert 1 - (p**2).sum() - np.trace(cov) == pytest.approx(categorical.heterozygosity(p, 25, 17))
    law = categorical.law(0.3, 25, 17)
    x = np.arange(26) / 25
    assert cov[1, 1] == pytest.approx(law @ (x - 0.3) ** 2)


def test_mean_absorption_is_the_sum_of_the_survival_times():
    n, p = 12, 0.3
    alive = [1.0] + [categorical.law(p, n, t)[1:-1].sum() for t in range(1, 300)]
    assert categorical.mean_absorption(p, n) == pytest.approx(sum(alive), rel=1e-9)


def test_diffusion_approaches_the_exact_absorption_time():
    ratios = [categorical.mean_absorption(0.5, n) / categorical.absorption_time([0.5, 0.5], n) for n in (60, 200, 600)]
    assert ratios == sorted(ratios)
    assert ratios[0] == pytest.approx(0.978, abs=1e-3)
    assert ratios[1] == pytest.approx(0.992, abs=1e-3)
    assert abs(ratios[2] - 1) < 0.004


def test_many_categories_take_two_n():
    assert categorical.absorption_time(np.full(10_000, 1e-4), 100) == pytest.approx(200, rel=1e-3)


def test_an_anchored_chain_settles_at_its_effective_points():
    n, p, k = 40, 0.3, 1
    law = categorical.anchored_law(p, n, k)
    x = np.arange(n + 1) / n
    assert law @ x == pytest.approx(p)
    assert law @ (x - p) ** 2 * Loop(n, k, -1).effective_points == pytest.approx(p * (1 - p), rel=1e-9)
    np.testing.assert_allclose(law @ categorical.transition(n, k, p), law, atol=1e-14)
    with pytest.raises(ValueError, match="for good"):
        categorical.anchored_law(p, n, 0)
