"""The lab's random numbers, each against SciPy's law of it."""

import numpy as np
import pytest
from scipy import stats

FALSE = 1e-8
DRAW = """([name, given, many]) => { const random = lab.random(7, 1);
  return Array.from({ length: many }, () => random[name](...given)); }"""
CONTINUOUS = {
    ("uniform",): stats.uniform(),
    ("normal",): stats.norm(),
    ("gamma", 0.5): stats.gamma(0.5),
    ("gamma", 1): stats.gamma(1),
    ("gamma", 40): stats.gamma(40),
    ("chisquare", 3): stats.chi2(3),
    ("gamma", 5e11): stats.norm(5e11, 5e11**0.5),
    ("poisson", 1e12): stats.norm(1e12, 1e6),
    ("binomial", 1e12, 0.3): stats.norm(3e11, 2.1e11**0.5),
}
COUNTS = {
    ("poisson", 0.1): stats.poisson(0.1),
    ("poisson", 9.9): stats.poisson(9.9),
    ("poisson", 10): stats.poisson(10),
    ("poisson", 1000): stats.poisson(1000),
    ("binomial", 1, 0.3): stats.binom(1, 0.3),
    ("binomial", 25, 0.39): stats.binom(25, 0.39),
    ("binomial", 30, 0.6): stats.binom(30, 0.6),
    ("binomial", 10**6, 1e-5): stats.binom(10**6, 1e-5),
    ("binomial", 10**12, 1e-12): stats.poisson(1),
}


def draw(computing, name, *given, many):
    return np.array(computing.evaluate(DRAW, [name, list(given), many]))


def check_counts(found, law, name):
    """Chi-square over values that are expected at least ten times."""
    low, high = law.ppf(20 / len(found)), law.isf(20 / len(found))
    edges = np.unique(np.round(np.linspace(low, high, 40)))
    expected = np.diff(np.concatenate([[0], law.cdf(edges), [1]])) * len(found)
    seen = np.bincount(np.searchsorted(edges, found), minlength=len(expected))
    kept = expected > 10
    assert stats.chi2.sf(((seen - expected)[kept] ** 2 / expected[kept]).sum(), kept.sum() - 1) > FALSE, name


@pytest.mark.parametrize("many", [8000, pytest.param(400_000, marks=pytest.mark.slow)])
def test_numbers_follow_their_law(computing, many):
    for name, law in CONTINUOUS.items():
        assert stats.kstest(draw(computing, *name, many=many), law.cdf).pvalue > FALSE, name
    for name, law in COUNTS.items():
        check_counts(draw(computing, *name, many=many), law, name)


@pytest.mark.parametrize("n", [7, 100, 10**6])
def test_counts_of_categories_follow_their_law(computing, n):
    shares = [0.5, 0.0, 0.3, 0.15, 0.05]
    found = draw(computing, "multinomial", n, shares, many=4000)
    found = np.array([list(one.values()) if isinstance(one, dict) else one for one in found])
    assert (found.sum(axis=1) == n).all() and (found[:, 1] == 0).all()
    for i in (0, 2, 3, 4):
        check_counts(found[:, i], stats.binom(n, shares[i]), i)
    expected = -n * shares[0] * shares[2]
    assert abs(np.cov(found[:, 0], found[:, 2])[0, 1] / expected - 1) < 6 * (4.0 / 4000) ** 0.5


def test_every_replicate_and_seed_has_numbers_of_its_own(computing):
    draw_first = "keys => keys.map((key) => lab.random(...key).uniform())"
    found = computing.evaluate(draw_first, [[1, 0], [1, 1], [2, 0], [0, 1], [2**40, 0], [1, 0]])
    assert found[0] == found[-1]
    assert len(set(found)) == 5
