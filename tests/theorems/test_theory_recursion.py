"""The recursion against loops simulated here, point by point or by their sums, for every regime and every anchor.

Tolerance: 5 standard errors of the simulation, at about 700 places: a false alarm would have probability 4e-4 were the
seeds not fixed; they are.
"""

import numpy as np
import pytest

from kellet.theory.mixing import Anchored, Prior
from kellet.theory.recursion import curves

P = 0.3
WINDOW = 3


def two_categories(rng, fits, sizes, regime, anchor, prior, replicates=20_000):
    """Success rates (replicates, fits) of the two-category loop, from counts."""
    k_of = anchor.counts(sizes).astype(int) if anchor else np.zeros(fits, int)
    A, phi = (prior.count, prior.mean) if prior else (0.0, 0.0)
    k0 = k_of[0]
    bank = {"fresh": 0, "fixed": k0, "bank": int(anchor.bank or 0)}[anchor.kind] if anchor else 0
    ones_in_bank = rng.binomial(bank, P, replicates)
    rate = np.full(replicates, P)
    pool_ones, pool = np.zeros(replicates), 0.0
    batches = []
    seen = []
    for t in range(fits):
        n, k = int(sizes[t]), int(k_of[t])
        w = anchor.weights(fits)[t] if anchor else 1.0
        if anchor and anchor.random:
            genuine = rng.binomial(n, anchor.share, replicates)
            written = rng.binomial(n - genuine, rate) + rng.binomial(genuine, P)
            ours, k = np.zeros(replicates), 0
        else:
            dirty = int(k * anchor.contaminated) if anchor else 0
            clean = k - dirty
            if bank:
                ours = rng.hypergeometric(ones_in_bank, bank - ones_in_bank, k)
            else:
                ours = rng.binomial(clean, P, replicates)
            ours = ours + rng.binomial(dirty, rate)
            written = rng.binomial(n - k, rate)
        if regime == "subsample":
            pool_ones, pool = pool_ones + written + ours, pool + n
            if t:
                written = rng.hypergeometric(pool_ones.astype(int), (pool - pool_ones).astype(int), n - k)
        total, weight = w * ours + written, w * k + n - k
        batches.append((total, weight))
        kept = batches[-{"accumulate": fits, "window": WINDOW}.get(regime, 1) :]
        total, weight = sum(b[0] for b in kept), sum(b[1] for b in kept)
        rate = (total + A * phi) / (weight + A)
        seen.append(rate)
    return np.array(seen).T


def assert_same_moments(seen, expected, z=5.0):
    count = len(seen)
    error = seen.std(axis=0) / np.sqrt(count)
    assert (abs(seen.mean(axis=0) - expected.mean[1:]) < z * error + 1e-12).all()
    square = (seen - expected.mean[1:]) ** 2
    error = square.std(axis=0) / np.sqrt(count)
    assert (abs(square.mean(axis=0) - expected.wander[1:]) < z * error + 1e-12).all()


ANCHORS = [
    None,
    Anchored(2),
    Anchored(4, kind="fixed"),
    Anchored(3, kind="bank", bank=7),
    Anchored(4, weight=5.0),
    Anchored(4, kind="fixed", weight=3.0, weighs_first=True),
    Anchored(4, every=3),
    Anchored(3, kind="fixed", every=2),
    Anchored([6.0, 5.0, 6.0, 2.0, 0.0, 6.0], weight=[1.0, 2.0, 3.0, 1.0, 1.0, 4.0]),
    Anchored(share=0.25, random=True),
    Anchored(8, contaminated=0.5, weight=2.0),
]
PRIORS = [None, Prior(3.0, 0.7, 0.21)]


COVERED = [
    (regime, anchor)
    for regime in ("replace", "accumulate", "window", "subsample")
    for anchor in ANCHORS
    if not (regime == "subsample" and anchor and (anchor.random or anchor.contaminated or anchor.is_weighted))
]


@pytest.mark.parametrize("prior", PRIORS, ids=["", "prior"])
@pytest.mark.parametrize(("regime", "anchor"), COVERED, ids=repr)
def test_the_recursion_is_what_the_two_category_loop_does(regime, anchor, prior):
    fits, sizes = 6, np.array([10.0, 12.0, 10.0, 14.0, 16.0, 10.0])
    if anchor and anchor.share:
        sizes = np.full(6, 12.0)
    seen = two_categories(np.random.default_rng(1), fits, sizes, regime, anchor, prior)
    expected = curves(
        fits,
        sizes,
        curvature=-1,
        mean=P,
        variance=P * (1 - P),
        regime=regime,
        window=WINDOW,
        anchor=anchor,
        prior=prior,
    )
    assert_same_moments(seen, expected)


@pytest.mark.parametrize("anchor", [None, Anchored(3)], ids=repr)
@pytest.mark.parametrize("regime", ["replace", "accumulate", "window", "subsample"])
@pytest.mark.parametrize("family", ["exponential", "poisson"])
def test_the_recursion_is_what_points_of_other_families_do(family, regime, anchor):
    rng, replicates, fits, n = np.random.default_rng(2), 30_000, 4, 8
    k = 3 if anchor else 0
    draw = {
        "exponential": lambda mean, m: mean[:, None] * rng.standard_exponential((len(mean), m)),
        "poisson": lambda mean, m: rng.poisson(np.repeat(mean[:, None], m, axis=1)),
    }[family]
    truth = np.full(replicates, 2.0)
    mean, pool, seen = truth, np.empty((replicates, 0)), []
    for t in range(fits):
        ours = draw(truth, k)
        batch = np.hstack([ours, draw(mean, n - k)])
        pool = np.hstack([pool, batch])
        if regime in ("accumulate", "window"):
            batch = pool if regime == "accumulate" else pool[:, -WINDOW * n :]
        elif regime == "subsample" and t:
            batch = np.hstack([ours, rng.permuted(pool, axis=1)[:, : n - k]])
        mean = batch.mean(axis=1)
        seen.append(mean)
    a, variance = {"exponential": (1.0, 4.0), "poisson": (0.0, 2.0)}[family]
    expected = curves(fits, n, curvature=a, mean=2.0, variance=variance, regime=regime, window=WINDOW, anchor=anchor)
    assert_same_moments(np.array(seen).T, expected)


@pytest.mark.parametrize(
    ("anchor", "prior"),
    [
        (None, None),
        (Anchored(2), None),
        (Anchored(3, kind="fixed"), None),
        (Anchored(3, weight=4.0), None),
        (Anchored(2), Prior(4.0, 1.5, 0.5)),
    ],
    ids=repr,
)
@pytest.mark.parametrize("regime", ["replace", "accumulate", "window"])
def test_the_variance_curve_is_the_expected_fitted_variance_of_a_normal(regime, anchor, prior):
    rng, replicates, fits, n = np.random.default_rng(3), 20_000, 5, 10
    k = int(anchor.count) if anchor else 0
    mean, deviation = np.zeros(replicates), np.ones(replicates)
    fixed = rng.standard_normal((replicates, k))
    past, weights, variances, means = np.empty((replicates, 0)), np.empty(0), [], []
    for t in range(1, fits + 1):
        ours = fixed if anchor and anchor.kind == "fixed" else rng.standard_normal((replicates, k))
        written = mean[:, None] + deviation[:, None] * rng.standard_normal((replicates, n - k))
        weight = np.concatenate([np.full(k, anchor.weights(fits)[t - 1] if anchor else 1.0), np.ones(n - k)])
        keep = {"replace": 1, "accumulate": fits, "window": WINDOW}[regime] * n
        past = np.hstack([past, ours, written])[:, -keep:]
        weights = np.concatenate([weights, weight])[-keep:]
        A, phi, v = (prior.count, prior.mean, prior.variance) if prior else (0.0, 0.0, 0.0)
        total = weights.sum() + A
        mean = (past @ weights + A * phi) / total
        square = ((past - mean[:, None]) ** 2) @ weights + A * (v + (phi - mean) ** 2)
        deviation = np.sqrt(square / total)
        variances.append(deviation**2)
        means.append(mean)
    expected = curves(fits, n, curvature=-1, regime=regime, window=WINDOW, anchor=anchor, prior=prior)
    assert_same_moments(np.array(means).T, expected)
    seen = np.array(variances).T
    error = seen.std(axis=0) / np.sqrt(replicates)
    assert (abs(seen.mean(axis=0) - expected.variance[1:]) < 5 * error).all()
