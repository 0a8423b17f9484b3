"""Loops over categories, words and copies simulated here, against the laws of forgetting.

Tolerance: 5 standard errors where the formula is exact; where it is an approximation, the accuracy that it claims.
"""

import numpy as np
import pytest
from scipy import stats

from kellet.theory import (
    Prior,
    categorical,
    contamination,
    coverage,
    curves,
    forgetting,
    ising,
    stationary,
)


def word_loop(rng, p, n, fits, replicates):
    """Frequencies (replicates, V) after each fit."""
    q = np.broadcast_to(p, (replicates, len(p)))
    for _ in range(fits):
        q = rng.multinomial(n, q) / n
        yield q


def test_diversity_and_covariance_decay_exactly():
    p, n, fits, replicates = np.array([0.5, 0.3, 0.15, 0.05]), 12, 8, 20_000
    for t, q in enumerate(word_loop(np.random.default_rng(1), p, n, fits, replicates), start=1):
        seen = 1 - (q**2).sum(axis=1)
        error = seen.std() / np.sqrt(replicates)
        assert abs(seen.mean() - categorical.heterozygosity(p, n, t)) < 5 * error
        cross = (q - p)[:, :, None] * (q - p)[:, None, :]
        error = cross.std(axis=0) / np.sqrt(replicates)
        assert (abs(cross.mean(axis=0) - categorical.covariance(p, n, t)) < 5 * error).all()


def test_four_categories_take_the_diffusion_time_to_become_one():
    rng, n, p, replicates = np.random.default_rng(2), 60, np.full(4, 0.25), 3000
    q, time = np.broadcast_to(p, (replicates, 4)), np.zeros(replicates)
    alive = np.ones(replicates, bool)
    while alive.any():
        q = rng.multinomial(n, q) / n
        time += alive
        alive &= q.max(axis=1) < 1
    error = time.std() / np.sqrt(replicates)
    expected = categorical.absorption_time(p, n)
    assert 0.96 * expected - 5 * error < time.mean() < expected + 5 * error


def test_vocabulary_forgotten_mass_and_entropy_of_a_zipf_language():
    p = 1 / np.arange(1, 2001) ** 1.3
    p /= p.sum()
    n, replicates, entropies = 2000, 60, {}
    for t, q in enumerate(word_loop(np.random.default_rng(3), p, n, 40, replicates), start=1):
        if t in (1, 2, 5, 10, 20, 40):
            types = (q > 0).sum(axis=1)
            lost = ((q == 0) * p).sum(axis=1)
            assert types.mean() == pytest.approx(forgetting.expected_types(p, n, t), rel=0.03)
            assert lost.mean() == pytest.approx(forgetting.forgotten_mass(p, n, t), rel=0.04)
        entropies[t] = -(q * np.log(np.where(q > 0, q, 1))).sum(axis=1).mean()
    change = forgetting.entropy_change(p, n, 10, 40)
    assert entropies[40] - entropies[10] == pytest.approx(change, rel=0.08)


def test_a_rare_word_survives_as_a_branching_line():
    rng, n, replicates = np.random.default_rng(4), 5000, 40_000
    for c in (1.0, 10.0):
        q = np.full(replicates, c / n)
        for t in range(1, 31):
            q = rng.binomial(n, q) / n
            if t in (1, 3, 10, 30):
                known, expected = (q > 0).mean(), forgetting.survival(c, t)
                assert abs(known - expected) < 5 * np.sqrt(expected * (1 - expected) / replicates) + 0.003
    assert forgetting.median_time(10.0) == 27


def test_a_poisson_loop_dies_exactly_as_said():
    rng, n, mean, replicates = np.random.default_rng(5), 20, 0.5, 40_000
    total = np.full(replicates, n * mean)
    for _ in range(30):
        total = rng.poisson(total)
    alive = (total > 0).mean()
    assert abs(alive - forgetting.poisson_survival(mean, n, 30)) < 5 * np.sqrt(0.25 / replicates)


def test_copies_of_copies_have_few_originals():
    rng, n, replicates = np.random.default_rng(6), 200, 2000
    x = np.broadcast_to(np.arange(n), (replicates, n))
    for t in range(1, 161):
        x = np.take_along_axis(x, rng.integers(0, n, x.shape), axis=1)
        if t in (1, 5, 20, 80, 160):
            ordered = np.sort(x, axis=1)
            left = 1 + (np.diff(ordered, axis=1) > 0).sum(axis=1).mean()
            if t <= 20:
                assert left == pytest.approx(forgetting.distinct_originals(n, t), rel=0.03)
            else:
                assert left == pytest.approx(forgetting.coalescent_ancestors(n, t), rel=0.06)


@pytest.mark.parametrize("k", [3, 10])
def test_an_anchored_language_knows_what_that_many_real_draws_know(k):
    rng, n = np.random.default_rng(7), 400
    p = 1 / np.arange(1, 401)
    p /= p.sum()
    q, seen = np.broadcast_to(p, (150, 400)), []
    for t in range(6 * n // k):
        q = (rng.multinomial(n - k, q) + rng.multinomial(k, p, 150)) / n
        if t > 5 * n // k:
            seen.append((q > 0).sum(axis=1).mean())
    assert np.mean(seen) == pytest.approx(coverage.expected_types(p, n, k), rel=0.04)


def test_a_lost_category_comes_back_with_the_anchor():
    rng, n, k, p, replicates = np.random.default_rng(8), 40, 2, 0.2, 40_000
    q = np.zeros(replicates)
    for t in range(1, 11):
        q = (rng.binomial(n - k, q) + rng.binomial(k, p, replicates)) / n
        assert abs(q.mean() - coverage.rescue(p, k / n, t)) < 5 * q.std() / np.sqrt(replicates)


@pytest.mark.parametrize("k", [1, 3])
def test_settled_loops_follow_their_laws(k):
    rng, n, replicates = np.random.default_rng(9), 400, 4000
    rate, poisson, scale = np.full(replicates, 0.3), np.full(replicates, 2.0), np.ones(replicates)
    for _ in range(5 * n // k):
        rate = (rng.binomial(n - k, rate) + rng.binomial(k, 0.3, replicates)) / n
        poisson = (rng.poisson((n - k) * poisson) + rng.poisson(2.0 * k, replicates)) / n
        scale = (scale * rng.standard_gamma(n - k, replicates) + rng.standard_gamma(k, replicates)) / n
    for seen, law in [
        (rate, stationary.bernoulli(k, 0.3)),
        (poisson, stationary.poisson(k, 2.0)),
        (scale, stationary.exponential(k, 1.0)),
    ]:
        # an atom of the lattice, and 1.95 / sqrt(replicates) for one chance in a thousand
        assert stats.kstest(seen, law.cdf).statistic < 0.015 + 1.95 / np.sqrt(replicates)


def test_a_prior_settles_at_its_own_law():
    rng, n, A, phi, replicates = np.random.default_rng(10), 300, 4.0, 0.7, 4000
    rate = np.full(replicates, 0.2)
    for _ in range(500):
        rate = (rng.binomial(n, rate) + A * phi) / (n + A)
    assert stats.kstest(rate, stationary.bernoulli(A, phi).cdf).statistic < 0.015 + 1.95 / np.sqrt(replicates)
    expected = curves(500, n, curvature=-1, mean=0.2, variance=0.16, prior=Prior(A, phi, 0.21))
    assert rate.mean() == pytest.approx(expected.mean[-1], abs=5 * rate.std() / np.sqrt(replicates))


def test_ising_spins_agree_after_the_predicted_time():
    rng, spins, configurations, replicates = np.random.default_rng(11), 5, 20, 3000
    up, time, alive = np.full(replicates, 0.6), np.zeros(replicates), np.ones(replicates, bool)
    draws = spins * configurations
    while alive.any():
        up = rng.binomial(draws, up) / draws
        time += alive
        alive &= (up > 0) & (up < 1)
    expected = ising.absorption_time(spins, configurations, 0.2)
    error = time.std() / np.sqrt(replicates)
    assert 0.98 * expected - 5 * error < time.mean() < expected + 5 * error
    assert abs(up.mean() - ising.all_up(0.2)) < 5 * np.sqrt(0.24 / replicates)


def test_the_estimated_share_errs_as_the_information_says():
    rng = np.random.default_rng(12)
    p, q = rng.dirichlet(np.ones(50), 2)
    alpha, items, replicates = 0.2, 2000, 2000
    counts = rng.multinomial(items, (1 - alpha) * p + alpha * q, replicates)
    estimate = np.full(replicates, 0.5)
    for _ in range(200):
        guilty = estimate[:, None] * q / ((1 - estimate[:, None]) * p + estimate[:, None] * q)
        estimate = (counts * guilty).sum(axis=1) / items
    assert estimate.std() == pytest.approx(contamination.standard_error(p, q, alpha, items), rel=0.08)
