"""Closed forms keep their digits up to 10^15 points: each against the same formula in sixty digits."""

import pytest

from kellet.theory import accumulation, drift, multivariate, normal

mp = pytest.importorskip("mpmath").mp
SIZES = [5, 10, 101, 1000, 10**6, 10**9, 10**12, 10**15]


@pytest.fixture(autouse=True)
def sixty_digits():
    with mp.workdps(60):
        yield


def near(found, truth):
    assert abs((mp.mpf(float(found)) - truth) / truth) < 1e-10, (found, truth)


def log_c4(n):
    return mp.log(mp.sqrt(2 / (n - 1))) + mp.loggamma(n / 2) - mp.loggamma((n - 1) / 2)


DIVISORS = {
    "mle": lambda n: n, "unbiased": lambda n: n - 1, "deviation": lambda n: (n - 1) * mp.exp(2 * log_c4(n)),
    "log": lambda n: 2 * mp.exp(mp.digamma((n - 1) / 2)), "precision": lambda n: n - 3,
}  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("estimator", DIVISORS)
def test_a_normal_law_refitted(estimator, size):
    n = mp.mpf(size)
    d = DIVISORS[estimator](n)
    growth, lost = (n - 1) / d, mp.digamma((n - 1) / 2) - mp.log(d / 2)
    near(normal.divisor(size, estimator), d)
    if estimator != "log":
        near(normal.log_drift(size, estimator), lost)
    if estimator != "unbiased":
        near(normal.log_growth(size, estimator), mp.log(growth))
    for t in (1, 10, size):
        wander = t / n if estimator == "unbiased" else (growth**t - 1) / (growth - 1) / n
        root = mp.exp(t * (log_c4(n) + mp.log(growth) / 2))
        near(normal.wander(size, t, estimator), wander)
        near(normal.expected_deviation(size, t, estimator), root)
        near(normal.expected_w2(size, t, estimator), wander + growth**t - 1 - 2 * (root - 1))
        worse = d / (n - 3)
        summed = t if estimator == "precision" else worse * (worse**t - 1) / (worse - 1)
        near(normal.expected_divergence(size, t, estimator), (worse**t + summed / n - 1 + t * lost) / 2)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dim", [1, 2, 4])
def test_the_volume_of_a_normal_law_in_space(dim, size):
    n = mp.mpf(size)
    halves = sum(mp.digamma((n - i) / 2) for i in range(1, dim + 1))
    near(multivariate.log_det_drift(size, dim), halves - dim * mp.log(n / 2))
    near(multivariate.log_det_drift(size, dim, divisor=size - 1), halves - dim * mp.log((n - 1) / 2))


@pytest.mark.parametrize("size", SIZES)
def test_scales_kernels_and_pools(size):
    n = mp.mpf(size)
    near(drift.exponential(size, "rate"), mp.digamma(n) - mp.log(n - 1))
    near(drift.pareto(size, known_minimum=False), mp.digamma(n - 1) - mp.log(n))
    near(drift.uniform(size, unbiased=True), mp.log(1 + 1 / n) - 1 / n)
    near(drift.expected_uniform(size, size, unbiased=True, power=2), ((1 + 1 / n) ** 2 * n / (n + 2)) ** size)
    h2, left = mp.mpf(0.3) ** 2, (1 - 1 / n) ** 9
    near(normal.kernel_variance(size, 0.3, 10), (1 - 1 / n) * left + (n - 1) * h2 * (1 - left))
    share, b = mp.mpf(0.3), mp.mpf(0.9)
    kept = mp.exp(mp.loggamma(n + 1 - share) - mp.loggamma(2 - share) - mp.loggamma(n + 1))
    near(accumulation.accumulated_bias(1.0, size, 0.3), (1 - share) / share * (1 - kept))
    left = mp.exp(mp.loggamma(n + b) - mp.loggamma(1 + b) - mp.loggamma(n + 1))
    near(accumulation.shrinking_variance(0.9, size), left)
