"""Every exact family at sizes that no one could draw: the mean of its statistic varies by V / n, whatever n.

Tolerance: Z standard errors over 2,000 or more replicates.
"""

from itertools import islice

import numpy as np
import pytest
from scipy.stats import chi2, kstest, norm

import kellet
from kellet import families, generations, worlds
from kellet.errors import InputError
from kellet.evidence import Counts
from kellet.families.family import is_exact
from kellet.laws import counts

Z = 5.0
LARGE = [10**12, 10**15, 10**18]
EXACT = [
    (worlds.Bernoulli(0.3), families.Bernoulli()),
    (worlds.Bernoulli(0.4, 50), families.Bernoulli(trials=50)),
    (worlds.Poisson(3.0), families.Poisson()),
    (worlds.Poisson(400.0), families.Poisson()),
    (worlds.NegativeBinomial(2.0), families.Geometric()),
    (worlds.NegativeBinomial(2.0, 2.5), families.NegativeBinomial(size=2.5)),
    (worlds.Exponential(2.0), families.Exponential()),
    (worlds.Exponential(2.0, 3.0), families.Exponential(shape=3.0)),
    (worlds.Pareto(), families.Pareto()),
    (worlds.Laplace(), families.Laplace()),
    (worlds.LogNormal(), families.LogGaussian()),
    (worlds.Normal(mean=1.0, variance=2.0), families.Gaussian()),
    (worlds.multivariate_normal([0, 1], [[1, 0.3], [0.3, 0.5]]), families.Gaussian()),
    (worlds.categorical([0.6, 0.3, 0.1]), families.Categorical(size=3)),
    (worlds.Zipf(300), families.Categorical(size=300)),
    (worlds.Ising(spins=20, field=0.2), families.Ising(spins=20)),
    (worlds.Ising(spins=6, field=0.1, coupling=0.1), families.Ising(spins=6, couplings="common")),
    (worlds.SpinGlass(spins=4, field=0.1), families.SpinGlass(spins=4)),
]


def centre(model):
    """(R, d): the mean of the statistic, or the probabilities."""
    p = getattr(model, "probabilities", None)
    return np.reshape(model.mean if p is None else p[:, :3], (len(model.mean if p is None else p), -1))


@pytest.mark.parametrize("n", LARGE)
@pytest.mark.parametrize(("world", "family"), EXACT, ids=repr)
def test_two_generations_of_any_number_of_points_vary_by_twice_v_over_n(world, family, n):
    assert is_exact(family)
    replicates = 4000
    loop = generations(world, family, size=n, replicates=replicates, rng=np.random.default_rng(n % 997))
    seen = centre(next(islice(loop, 1, None)).model)
    truth = world.open(1).truth
    mean = centre(truth)
    p = getattr(truth, "probabilities", None)
    variance = mean * (1 - mean) if p is not None else np.reshape(truth.variance, (1, -1))
    scores = (seen - mean) / np.sqrt(2 * variance / n)
    # What a fit by Newton's method leaves of a mean, and rounding, at most: some 1e-15 of it.
    slack = 1e-14 * abs(mean) / np.sqrt(2 * variance / n)
    low, high = chi2.ppf([norm.sf(Z), norm.cdf(Z)], replicates) / replicates
    for at in range(scores.shape[1]):
        spread = (scores[:, at] ** 2).mean()
        assert low - slack[0, at] < spread < high + slack[0, at] ** 2, (at, spread)
        assert abs(scores[:, at].mean()) < (Z + 1e-3) / np.sqrt(replicates) + slack[0, at]


@pytest.mark.parametrize("mean", [1e13, 1e15, 1e17, 1e20])
def test_large_poisson_counts_are_normal_as_they_should_be(mean):
    drawn = counts.poisson(np.full(50_000, mean), np.random.default_rng(1))
    assert kstest((drawn - mean) / np.sqrt(mean), "norm").pvalue > 1e-6


@pytest.mark.parametrize("p", [1e-17, 1e-9, 0.3, 1 - 1e-9])
def test_large_binomial_counts_have_the_right_moments(p):
    n, draws = 10**18, 50_000
    few = min(p, 1 - p)
    drawn = counts.binomial(n, np.full(draws, few), np.random.default_rng(2))
    variance = n * few * (1 - few)
    assert abs(drawn.mean() - n * few) < Z * np.sqrt(variance / draws)
    excess = 1 / variance
    assert abs(drawn.var() / variance - 1) < Z * np.sqrt((2 + excess) / draws)


def test_ordinary_counts_are_numpys():
    rng, other = np.random.default_rng(3), np.random.default_rng(3)
    p = np.array([0.2, 0.7])
    assert (counts.poisson(10 * p, rng) == other.poisson(10 * p)).all()
    assert (counts.binomial(10**12, p, rng) == other.binomial(10**12, p)).all()


def test_more_points_than_can_be_counted_are_refused_in_a_line():
    arms = {"all": kellet.Arm(kellet.Accumulate())}
    settings = {"world": worlds.Zipf(5), "family": families.Categorical(), "generations": 10, "arms": arms}
    with pytest.raises(InputError, match=r"at most 10\^18 points"):
        kellet.run(**settings | {"size": 10**19})
    with pytest.raises(InputError, match="in all in the arm 'all'"):
        kellet.run(**settings | {"size": 10**18})
    assert isinstance(Counts(np.array([[10**18]])).count[0], np.int64)
