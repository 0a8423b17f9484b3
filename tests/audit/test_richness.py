"""Richness: against exact expectations, and against the spiders of Chao et al. (2014)."""

from itertools import product
from math import comb

import numpy as np
import pytest

from kellet.audit.exchange import Exchange, Zero
from kellet.audit.finding import Finding
from kellet.audit.richness import Sample, _sum_rest, measure_richness, note_sampling
from kellet.profile.hashes import mix
from kellet.profile.profile import Profile, deal
from kellet.profile.tally import Tally

GIRDLED = [46, 22, 17, 15, 15, 9, 8, 6, 6, 4, *[2] * 4, *[1] * 12]
LOGGED = [88, 22, 16, 15, 13, 10, 8, 8, 7, 7, 7, 5, 4, 4, 4, 3, 3, 3, 3, *[2] * 4, *[1] * 14]


def column(counts):
    return Sample.of(np.array(counts)[:, None])


def profile(documents, most=1 << 20):
    groups, many = deal(len(documents))
    each = np.repeat(groups, [len(d) for d in documents])
    keys = mix(np.concatenate(documents).astype(np.uint64))
    return Profile(many, {"words": Tally.of(keys, each, most=most)})


def law(rng, n, words=3000, power=1.1):
    p = np.arange(1, words + 1.0) ** -power
    return list(rng.choice(words, (n, 20), p=p / p.sum()))


@pytest.mark.parametrize(
    ("counts", "coverage", "kinds", "common", "dominant"),
    [(GIRDLED, 0.9289, 43.893, 13.826, 8.175), (LOGGED, 0.9446, 61.403, 16.337, 6.920)],
)
def test_spiders(counts, coverage, kinds, common, dominant):
    spiders, endless = column(counts), np.array([1e9])
    assert spiders.coverage(spiders.n)[0] == pytest.approx(coverage, abs=6e-5)
    assert spiders.hill(0, endless)[0] == pytest.approx(kinds, abs=6e-4)
    assert np.exp(spiders.entropy)[0] == pytest.approx(common, abs=6e-4)
    assert spiders.hill(1, endless)[0] == pytest.approx(common, abs=6e-4)
    assert spiders.hill(2, endless)[0] == pytest.approx(dominant, abs=6e-4)


def test_a_smaller_sample_is_the_mean_over_all_of_its_size():
    counts, m = (4, 3, 2, 1, 1), 6
    n, mean, weights = sum(counts), np.zeros(3), 0
    for taken in product(*(range(x + 1) for x in counts)):
        if sum(taken) == m:
            weight = np.prod([comb(x, k) for x, k in zip(counts, taken, strict=True)]) / comb(n, m)
            p = np.array([k for k in taken if k]) / m
            mean += weight * np.array([len(p), -(p * np.log(p)).sum(), (p**2).sum()])
            weights += weight
    assert weights == pytest.approx(1)
    thinned = column(counts)
    found = [thinned.hill(order, np.array([float(m)]))[0] for order in range(3)]
    assert found == pytest.approx([mean[0], np.exp(mean[1]), 1 / mean[2]], rel=1e-10)


def test_coverage_of_a_smaller_sample_is_unbiased():
    # All samples of 5 of a law of three keys; the true coverage of 3 draws is 1 - sum p (1 - p)^3.
    p, m, mean = np.array([0.6, 0.3, 0.1]), np.array([3.0]), 0.0
    for draws in product(range(3), repeat=5):
        mean += np.prod(p[list(draws)]) * column(np.bincount(draws, minlength=3)).coverage(m)[0]
    assert mean == pytest.approx(1 - (p * (1 - p) ** 3).sum(), rel=1e-10)


def test_coverage_reaches_what_it_was_asked_for():
    spiders = column(GIRDLED)
    for level in (0.8, 0.9, 0.9289, 0.95):
        assert spiders.coverage(spiders.reach(np.array([level])))[0] == pytest.approx(level, abs=2e-3)


def test_frequent_keys_are_thinned_by_their_expansion():
    # Keys on both sides of what is told apart, at a quarter of the size, against draws.
    counts = np.array([3000, 2000, 900, 700, 500, 200, 90, 40, 20, 10, 5, 2, 1, 1])
    rng, m = np.random.default_rng(1), counts.sum() // 4
    drawn = rng.multivariate_hypergeometric(counts, m, size=4000) / m
    entropies = -(drawn * np.log(np.where(drawn > 0, drawn, 1))).sum(axis=1)
    error = entropies.std() / np.sqrt(len(entropies))
    assert abs(np.log(column(counts).hill(1, np.array([float(m)]))[0]) - entropies.mean()) < 5 * error


@pytest.mark.parametrize("sizes", [(400, 400), pytest.param((240, 1200), marks=pytest.mark.slow)])
def test_one_law_has_one_richness(sizes):
    rng = np.random.default_rng(2)
    less = []
    for _ in range(40):
        exchange = Exchange.of(*(profile(law(rng, n)) for n in sizes), rng, 99)
        less.append([Zero.of(one.values).less for one in measure_richness(exchange, "words")])
    # 40 trials at 10 %: more than 16 have a chance below 1e-6, for each of five measures.
    assert (np.count_nonzero(np.array(less) <= 0.1, axis=0) <= 16).all()
    values = [one.values[0] for one in measure_richness(exchange, "words")]
    assert values[1:] == pytest.approx([1] * 4, abs=0.2)


def test_fewer_and_more_kinds_are_both_told():
    rng = np.random.default_rng(3)
    real = profile(law(rng, 400))
    for power, verdict in ((1.5, "lost"), (0.8, "more")):
        exchange = Exchange.of(real, profile(law(rng, 400, power=power)), rng, 199)
        found = {one.measure: Finding.of(one).verdict for one in measure_richness(exchange, "words")}
        assert set(found.values()) == {verdict}


def test_of_sampled_keys_only_the_missing_mass_is_told():
    rng = np.random.default_rng(4)
    texts = law(rng, 2000, words=100_000, power=0.7), law(rng, 2000, words=100_000, power=0.7)
    whole, part = (Exchange.of(*(profile(text, most) for text in texts), rng, 19) for most in (1 << 20, 4000))
    (missing,) = measure_richness(part, "words")
    exact = next(iter(measure_richness(whole, "words")))
    # Some 1,500 kept keys that occur once on either side: 5 standard deviations of their ratio.
    assert missing.values[0] == pytest.approx(exact.values[0], abs=5 * np.sqrt(2 / 1500))
    assert note_sampling(whole, "words") is None
    assert "words" in note_sampling(part, "words")


@pytest.mark.parametrize("n", [3, 40, 3000])
@pytest.mark.parametrize("a", [0.0, 0.2, 0.9, 0.99, 0.9999, 1 - 1e-5])
def test_the_rest_of_the_series_of_entropy(n, a):
    terms = np.arange(3_000_000)
    plain = (a ** (terms + 1.0) / (n + terms)).sum()
    assert _sum_rest(np.array([a]), np.array([n]))[0] == pytest.approx(plain, rel=1e-6)
