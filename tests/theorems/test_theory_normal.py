"""Normal, regression and skewed loops simulated here, against their closed forms.

Tolerance: 5 standard errors of the simulation, short horizons or logarithms; about 120 comparisons, fixed seeds.
"""

import numpy as np
import pytest

from kellet import generations, worlds
from kellet.families import Gaussian
from kellet.metrics import Look, find_metric, real_of
from kellet.theory import Loop, accumulation, drift, multivariate, normal, regression


def assert_mean(samples, expected, z=5.0):
    """The mean over axis 0 is the expected one, within z of its own standard errors."""
    samples = np.asarray(samples)
    error = samples.std(axis=0) / np.sqrt(len(samples))
    off = abs(samples.mean(axis=0) - expected) / np.maximum(error, 1e-15)
    assert (off < z).all(), f"off by {np.max(off):.1f} standard errors"


def normal_loop(rng, n, fits, estimator, replicates=40_000):
    """Means and deviations, (replicates, fits), of a loop of real sample points."""
    mean, deviation, seen = np.zeros(replicates), np.ones(replicates), []
    for _ in range(fits):
        x = mean[:, None] + deviation[:, None] * rng.standard_normal((replicates, n))
        mean = x.mean(axis=1)
        deviation = np.sqrt(((x - mean[:, None]) ** 2).sum(axis=1) / normal.divisor(n, estimator))
        seen.append((mean, deviation))
    means, deviations = np.moveaxis(np.array(seen), 0, -1)
    return means, deviations


@pytest.mark.parametrize("estimator", ["mle", "unbiased", "deviation", "log", "precision"])
def test_refitting_a_normal_to_its_own_points(estimator):
    n, t = 12, np.arange(1, 7)
    mean, s = normal_loop(np.random.default_rng(1), n, 6, estimator)
    assert_mean(s**2, normal.expected_variance(n, t, estimator))
    assert_mean(s, normal.expected_deviation(n, t, estimator))
    logs = np.log(s**2)
    assert_mean(logs, normal.expected_log_variance(n, t, estimator))
    assert_mean((logs - logs.mean(axis=0)) ** 2, normal.log_variance_variance(n, t))
    assert_mean(mean**2, normal.wander(n, t, estimator))
    assert_mean(mean**2 + (s - 1) ** 2, normal.expected_w2(n, t, estimator))
    kl = (1 / s**2 + mean**2 / s**2 - 1 + logs) / 2
    assert_mean(kl[:, :4], normal.expected_divergence(n, t[:4], estimator))


def test_the_typical_variance_halves_at_the_half_life():
    n = 30
    fits = round(float(normal.half_life(n)))
    _, s = normal_loop(np.random.default_rng(2), n, fits, "mle", 20_000)
    assert np.median(s[:, -1] ** 2) == pytest.approx(0.5, rel=0.06)


@pytest.mark.parametrize("d", [2, 4])
def test_the_determinant_shrinks_by_digammas(d):
    rng, n, replicates = np.random.default_rng(3), 10, 10_000
    root, logs, first = np.broadcast_to(np.eye(d), (replicates, d, d)), [], []
    for _ in range(3):
        x = rng.standard_normal((replicates, n, d)) @ np.swapaxes(root, 1, 2)
        x = x - x.mean(axis=1, keepdims=True)
        sigma = np.swapaxes(x, 1, 2) @ x / n
        root = np.linalg.cholesky(sigma)
        logs.append(np.linalg.slogdet(sigma)[1])
        first.append(sigma[:, 0, 0])
    logs, t = np.array(logs).T, np.arange(1, 4)
    assert_mean(logs, t * multivariate.log_det_drift(n, d))
    assert_mean((logs - logs.mean(axis=0)) ** 2, t * multivariate.log_det_variance(n, d))
    for divisor in (None, n - 1):
        factor = 1.0 if divisor is None else (n / divisor) ** t
        assert_mean(np.exp(logs / d) * factor, multivariate.expected_spread(n, d, t, divisor))
    assert_mean(np.array(first).T, normal.expected_variance(n, t))


def test_directions_part_at_the_rates_of_lyapunov():
    """The widest and the narrowest of three, over 300 generations once they have parted."""
    n, world = 8, worlds.multivariate_normal([0.0, 0.0, 0.0], [[2.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 5.0]])
    ends = [find_metric(f"log_eigenvalue_{end}") for end in ("largest", "smallest")]
    rng, real, seen = np.random.default_rng(9), real_of(world.open(1)), {}
    for g in generations(world, Gaussian(), size=n, replicates=400, rng=rng):
        if g.t in (100, 400):
            seen[g.t] = np.array([metric.measure(Look(g.model, real, 1, rng)) for metric in ends])
        if g.t == 400:
            break
    rates = (seen[400] - seen[100]) / 300
    assert_mean(rates.T, multivariate.lyapunov(n, 3)[[0, 2]])


def test_any_regular_model_first_loses_half_a_nat_for_each_parameter_and_n_points():
    rng, n, fits = np.random.default_rng(4), 1000, 4
    p = np.array([0.4, 0.3, 0.2, 0.1])
    q, kl = np.broadcast_to(p, (20_000, 4)), []
    for _ in range(fits):
        q = rng.multinomial(n, q) / n
        kl.append((p * np.log(p / q)).sum(axis=1))
    seen = np.mean(kl, axis=1)
    np.testing.assert_allclose(seen, multivariate.early_divergence(3, n, np.arange(1, 5)), rtol=0.03)


def test_an_anchored_normal_settles_at_its_divergence_and_effective_points():
    rng, n, k, replicates = np.random.default_rng(5), 400, 4, 20_000
    mean, variance = np.zeros(replicates), np.ones(replicates)
    for _ in range(600):
        sums = [rng.standard_normal(replicates) / np.sqrt(m) for m in (k, n - k)]
        scatter = [rng.chisquare(m - 1, replicates) for m in (k, n - k)]
        ours, theirs = sums[0], mean + np.sqrt(variance) * sums[1]
        pooled = (k * ours + (n - k) * theirs) / n
        between = k * (n - k) / n * (ours - theirs) ** 2
        variance = (scatter[0] + scatter[1] * variance + between) / n
        mean = pooled
    worth = Loop(n, k, -1).effective_points
    assert_mean(mean**2, 1 / worth)
    assert_mean(variance, 1 - 1 / worth)
    kl = ((1 + mean**2) / variance - 1 + np.log(variance)) / 2
    assert kl.mean() == pytest.approx(multivariate.anchored_divergence(k, 1), rel=0.04)


def test_dividing_the_pooled_scatter_by_n_minus_one_over_inflates():
    rng, n, k, replicates = np.random.default_rng(6), 60, 6, 20_000
    mean, variance = np.zeros(replicates), np.ones(replicates)
    for _ in range(150):
        ours, theirs = rng.standard_normal((2, replicates)) / np.sqrt([[k], [n - k]])
        theirs = mean + np.sqrt(variance) * theirs
        scatter = rng.chisquare(k - 1, replicates) + rng.chisquare(n - k - 1, replicates) * variance
        mean = (k * ours + (n - k) * theirs) / n
        variance = (scatter + k * (n - k) / n * (ours - theirs) ** 2) / (n - 1)
    assert_mean(variance, normal.pooled_unbiased_variance(n, k))


def test_a_kernel_loop_drifts_to_its_own_width():
    rng, n, h, replicates = np.random.default_rng(7), 10, 0.5, 20_000
    x = rng.standard_normal((replicates, n))
    seen = [x.var(axis=1)]
    for _ in range(15):
        x = np.take_along_axis(x, rng.integers(0, n, x.shape), axis=1) + h * rng.standard_normal(x.shape)
        seen.append(x.var(axis=1))
    assert_mean(np.array(seen).T, normal.kernel_variance(n, h, np.arange(1, 17)))


def test_skewed_loops_drift_in_the_logarithm():
    rng, n, r = np.random.default_rng(8), 10, 100_000
    mean = rng.standard_gamma(n, r) / n
    assert_mean(np.log(mean), drift.exponential(n))
    assert_mean(np.log(rng.standard_gamma(2.0 * n, r) / (2.0 * n)), drift.exponential(n, shape=2.0))
    assert_mean(np.log(n * mean / (n - 1)), drift.exponential(n, "rate"))
    assert_mean(1 / (n * mean / (n - 1)), 1.0)
    logs = rng.standard_exponential((r, n))
    inverse = (logs - logs.min(axis=1, keepdims=True)).mean(axis=1)
    assert_mean(np.log(logs.mean(axis=1)), drift.pareto(n))
    assert_mean(np.log(inverse), drift.pareto(n, known_minimum=False))
    again = inverse[:, None] * rng.standard_exponential((r, n))
    inverse_2 = (again - again.min(axis=1, keepdims=True)).mean(axis=1)
    assert_mean(inverse_2, drift.expected_inverse_exponent(n, 2, known_minimum=False))
    top = rng.random((r, n)).max(axis=1) * rng.random((r, n)).max(axis=1)
    assert_mean(top, drift.expected_uniform(n, 2))
    assert_mean(np.log(top), 2 * drift.uniform(n))


def test_regression_on_its_own_labels():
    rng, d, samples, replicates, sigma = np.random.default_rng(9), 4, 16, 3000, 0.7
    w = np.zeros((replicates, d))
    risks = []
    for _ in range(4):
        x = rng.standard_normal((replicates, samples, d))
        y = (x @ w[..., None])[..., 0] + sigma * rng.standard_normal((replicates, samples))
        w = np.linalg.solve(np.swapaxes(x, 1, 2) @ x, np.swapaxes(x, 1, 2) @ y[..., None])[..., 0]
        risks.append((w**2).sum(axis=1))
    assert_mean(np.array(risks).T, regression.replacement(samples, d, np.arange(1, 5), sigma**2))


@pytest.mark.parametrize("same_design", [True, False])
def test_regression_on_all_labels_so_far(same_design):
    rng, d, samples, replicates = np.random.default_rng(10), 4, 12, 3000
    w, gram, moment, risks = np.zeros((replicates, d)), 0.0, 0.0, []
    x = rng.standard_normal((replicates, samples, d))
    for _ in range(5):
        x = x if same_design else rng.standard_normal((replicates, samples, d))
        y = (x @ w[..., None])[..., 0] + rng.standard_normal((replicates, samples))
        gram = gram + np.swapaxes(x, 1, 2) @ x
        moment = moment + np.swapaxes(x, 1, 2) @ y[..., None]
        w = np.linalg.solve(gram, moment)[..., 0]
        risks.append((w**2).sum(axis=1))
    expected = regression.accumulation(samples, d, np.arange(1, 6))
    if same_design:
        assert_mean(np.array(risks).T, expected)
    else:
        assert (np.mean(risks, axis=1)[1:] < expected[1:]).all()


def test_a_pooled_normal_keeps_its_variance():
    rng, n, replicates = np.random.default_rng(11), 5, 20_000
    mean, variance = np.zeros(replicates), np.ones(replicates)
    total, scatter, count = np.zeros(replicates), np.zeros(replicates), 0
    for _ in range(8):
        x = mean + np.sqrt(variance / n) * rng.standard_normal(replicates)
        scatter = scatter + variance * rng.chisquare(n - 1, replicates)
        if count:
            scatter = scatter + count * n / (count + n) * (x - mean) ** 2
        total, count = total + n * x, count + n
        mean, variance = total / count, scatter / count
    assert_mean(mean**2, accumulation.wander(n, 8, -1))
    assert_mean(variance, 1 - accumulation.wander(n, 8, -1))
