import numpy as np
import pytest
from scipy import stats

from kellet.theory import Loop, multivariate, stationary
from kellet.theory.laws import Beta, Dirichlet, Gamma, InverseGamma, InverseWishart, Normal, Student

LAWS = [
    (Beta(0.4, 1.6), stats.beta(0.4, 1.6)),
    (Gamma(2.5, 3.0), stats.gamma(2.5, scale=1 / 3)),
    (InverseGamma(2.5, 3.0), stats.invgamma(2.5, scale=3)),
    (Normal(1.0, 4.0), stats.norm(1, 2)),
    (Student(5.0, 1.0, 2.0), stats.t(5, 1, 2)),
]


@pytest.mark.parametrize(("law", "oracle"), LAWS, ids=[type(law).__name__ for law, _ in LAWS])
def test_a_law_is_that_of_scipy(law, oracle):
    q = np.array([0.01, 0.3, 0.5, 0.97])
    x = oracle.ppf(q)
    np.testing.assert_allclose(law.ppf(q), x, rtol=1e-9)
    np.testing.assert_allclose(law.cdf(x), q, rtol=1e-9)
    np.testing.assert_allclose(law.pdf(x), oracle.pdf(x), rtol=1e-9)
    assert law.mean == pytest.approx(oracle.mean())
    assert law.variance == pytest.approx(oracle.var())


@pytest.mark.parametrize("law", [law for law, _ in LAWS], ids=lambda law: type(law).__name__)
def test_samples_follow_their_law(law):
    drawn = law.sample(np.random.default_rng(0), 20_000)
    assert stats.kstest(drawn, law.cdf).pvalue > 1e-4


def test_moments_that_do_not_exist_are_infinite():
    assert InverseGamma(1.0, 1.0).mean == np.inf
    assert InverseGamma(2.0, 1.0).variance == np.inf
    assert Student(2.0, 0.0, 1.0).variance == np.inf
    assert np.isnan(Student(1.0, 0.0, 1.0).mean)
    assert np.isinf(InverseWishart(2.0, np.eye(2)).mean).all()


def test_the_dirichlet_has_beta_marginals():
    law = Dirichlet(np.array([0.5, 1.5, 2.0]))
    drawn = law.sample(np.random.default_rng(1), 20_000)
    for i in range(3):
        assert stats.kstest(drawn[:, i], law.marginal(i).cdf).pvalue > 1e-4
        assert law.marginal(i).variance == pytest.approx(law.covariance[i, i])
        assert law.marginal(i).mean == pytest.approx(law.mean[i])


def test_inverse_wishart_samples_have_its_mean_and_determinant():
    scale = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, 0.2], [0.0, 0.2, 3.0]])
    law = InverseWishart(12.0, scale)
    drawn = law.sample(np.random.default_rng(2), 20_000)
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    assert (abs(drawn.mean(axis=0) - law.mean) < 5 * error).all()
    logs = np.linalg.slogdet(drawn)[1]
    assert abs(logs.mean() - law.log_det_mean) < 5 * logs.std() / np.sqrt(len(logs))


def test_one_dimension_of_the_covariance_law_is_the_variance_law():
    spread, _ = stationary.normal(3, 0.0, 2.0)
    matrix = stationary.covariance(3, [[2.0]])
    assert matrix.mean[0, 0] == pytest.approx(spread.mean)
    drawn = matrix.sample(np.random.default_rng(3), 10_000)[:, 0, 0]
    assert stats.kstest(drawn, spread.cdf).pvalue > 1e-4


@pytest.mark.parametrize(("d", "k"), [(1, 1), (2, 2), (5, 20)])
def test_the_anchored_divergence_is_that_of_the_law(d, k):
    rng = np.random.default_rng(4)
    sigma = stationary.covariance(k, np.eye(d)).sample(rng, 40_000)
    root = np.linalg.cholesky(sigma)
    mean = (root @ rng.standard_normal((len(sigma), d, 1)))[..., 0] / np.sqrt(2 * k)
    inverse = np.linalg.inv(sigma)
    kl = (
        np.trace(inverse, axis1=1, axis2=2)
        + np.einsum("ri,rij,rj->r", mean, inverse, mean)
        - d
        + np.linalg.slogdet(sigma)[1]
    ) / 2
    assert abs(kl.mean() - multivariate.anchored_divergence(k, d)) < 5 * kl.std() / np.sqrt(len(kl))


def test_stationary_variances_are_the_effective_points():
    k, n = 5, 1e12
    for law, variance, a in [
        (stationary.bernoulli(k, 0.3), 0.21, -1.0),
        (stationary.poisson(k, 2.0), 2.0, 0.0),
        (stationary.exponential(k, 2.0), 4.0, 1.0),
        (stationary.exponential(k, 2.0, shape=4.0), 1.0, 0.25),
        (stationary.normal_mean(k, 0.0, 3.0), 3.0, 0.0),
        (stationary.normal_variance(k, 3.0), 18.0, 2.0),
        (stationary.normal(k, 0.0, 3.0)[1], 3.0, -1.0),
    ]:
        assert law.variance == pytest.approx(variance / Loop(n, k, a).effective_points, rel=1e-9)
    left = 1 - 1 / Loop(n, k, -1).effective_points
    assert stationary.normal(k, 0.0, 3.0)[0].mean == pytest.approx(3 * left, rel=1e-9)
    cov = stationary.categorical(k, [0.2, 0.3, 0.5]).covariance
    assert cov[0, 1] == pytest.approx(-0.06 / (2 * k + 1))
