"""Jumps have the law of stepping, coarse generations that of fine ones within their error, and settled laws stay.

About 90 tests of significance, each with the false-alarm rate ALPHA, or Z standard errors, which is as rare.
"""

from itertools import islice

import numpy as np
import pytest
from scipy.special import loggamma, ndtr
from scipy.stats import chisquare, ks_1samp, ks_2samp

from kellet import Anchor, Arm, Experiment, Prior, generations, resolve, worlds
from kellet.families import (
    Bernoulli,
    Categorical,
    Exponential,
    Gaussian,
    Geometric,
    Laplace,
    LogGaussian,
    NegativeBinomial,
    Pareto,
    Poisson,
)
from kellet.forecast import horizon
from kellet.forecast.horizon.transition import build_chain
from kellet.loop.numbers import curvature
from kellet.theory import Anchored, Loop, coverage, curves, drift, stationary
from kellet.theory import Prior as Imagined
from kellet.theory.forgetting import line_survival

ALPHA = 1e-7
Z = 5.3


def rng(seed):
    return np.random.default_rng(seed)


def walked(t, world, family, replicates, seed, start=None, **settings):
    """What generation t learnt, step by step."""
    loop = generations(world, family, replicates=replicates, start=start, rng=rng(seed), **settings)
    return next(islice(loop, t, None)).model


def assert_same_law(first, second, what=""):
    found = ks_2samp(first, second)
    assert found.pvalue > ALPHA, f"{what}: Kolmogorov-Smirnov distance {found.statistic:.3f}"


# Jumps ----------------------------------------------------------------------------------------------------------------

LOOPS = [
    (worlds.Normal(mean=1, variance=2), Gaussian(variance=2.0), {"size": 30}),
    (worlds.Normal(mean=1, variance=2), Gaussian(variance=1.0), {"size": 30, "anchor": Anchor(3, weight=2.0)}),
    (
        worlds.Normal(mean=1, variance=2),
        Gaussian(variance=2.0, prior=Prior(2, mean=-1)),
        {"size": 30, "anchor": Anchor(1)},
    ),
    (worlds.Bernoulli(0.3), Bernoulli(), {"size": 30}),
    (worlds.Bernoulli(0.9, 3), Bernoulli(trials=3), {"size": 20, "anchor": Anchor(1)}),
    (worlds.Bernoulli(0.3), Bernoulli(Prior(2)), {"size": 30, "anchor": Anchor(4, contaminated=0.5)}),
    (worlds.Normal(mean=1, variance=2), Gaussian(mean=1.0), {"size": 20}),
    (worlds.Exponential(3.0), Exponential(), {"size": 20}),
    (worlds.Exponential(3.0), Exponential(unbiased_for="rate"), {"size": 20}),
    (worlds.Exponential(shape=2.5), Exponential(shape=2.5), {"size": 20}),
    (worlds.Pareto(), Pareto(), {"size": 20}),
    (worlds.Laplace(), Laplace(), {"size": 20}),
    (worlds.Poisson(4.0), Poisson(), {"size": 100}),
]


@pytest.mark.parametrize("t", [1, 37, 600])
@pytest.mark.parametrize(("world", "family", "loop"), LOOPS, ids=[f"{f!r} {s}" for _, f, s in LOOPS])
def test_a_jump_has_the_law_of_so_many_steps(world, family, loop, t):
    replicates = 2000
    start = walked(0, world, family, replicates, 1, **loop)
    jumped = horizon.jump(start, world, family, generations=t, rng=rng(2), **loop)
    stepped = walked(t, world, family, replicates, 3, start=start, **loop)
    exact = t < 600 or isinstance(family, Bernoulli) or getattr(family, "variance", None)
    assert (jumped.kind == "exact") == bool(exact)
    assert_same_law(jumped.model.mean, stepped.mean)
    assert_same_law(jumped.model.variance, stepped.variance)


@pytest.mark.parametrize(
    ("anchor", "prior"), [(None, None), (Anchor(3), None), (Anchor(2), Prior(2, mean=1.0)), (Anchor(20), None)]
)
def test_a_jump_of_an_autoregression_has_exactly_the_moments_of_the_recursion(anchor, prior):
    family, replicates = Gaussian(variance=2.0, prior=prior), 100_000
    exact = curves(
        12,
        20,
        curvature=0.0,
        mean=1.0,
        variance=2.0,
        anchor=anchor and Anchored(anchor.count),
        prior=prior and Imagined(prior.strength, 1.0, 2.0),
    )
    truth = family.fit(worlds.Normal(mean=1, variance=2).open(replicates).truth.statistics(10**15, rng(0)))
    jumped = horizon.jump(
        truth, worlds.Normal(mean=1, variance=2), family, size=20, anchor=anchor, generations=12, rng=rng(1)
    ).model.mean
    assert abs(jumped.mean() - 1) < Z * jumped.std() / np.sqrt(replicates)
    assert jumped.var() == pytest.approx(exact.wander[12], rel=Z * np.sqrt(2 / replicates))


@pytest.mark.parametrize("t", [100, 1000])
def test_a_jump_of_a_poisson_loop_keeps_its_mean_and_loses_as_many_loops_as_theory_says(t):
    replicates = 200_000
    start = Poisson().law(np.full(replicates, 4.0))
    mean = horizon.jump(start, worlds.Poisson(4.0), Poisson(), size=100, generations=t, rng=rng(1)).model.mean
    assert abs(mean.mean() - 4) < Z * np.sqrt(4 / 100 * t / replicates)
    assert mean.var() == pytest.approx(4 / 100 * t, rel=0.02 + Z * np.sqrt(8 / replicates))
    dead = np.exp(-400 * line_survival(t))
    assert abs((mean == 0).mean() - dead) < Z * np.sqrt(dead / replicates) + 1e-12


def test_one_long_jump_has_the_law_of_two_short_ones():
    world, family, loop = worlds.Poisson(3.0), Poisson(), {"size": 1000}
    start = walked(0, world, family, 4000, 1, **loop)
    once = horizon.jump(start, world, family, generations=3000, rng=rng(2), **loop).model
    half = horizon.jump(start, world, family, generations=1000, rng=rng(3), **loop).model
    twice = horizon.jump(half, world, family, generations=2000, rng=rng(4), **loop).model
    assert_same_law(once.mean, twice.mean)


def test_the_expansion_of_a_product_is_off_by_no_more_than_its_name_says():
    for shape in (0.05, 0.5, 24.5):
        law = horizon.log_product(shape, 257)
        assert "off by < 0.00001" in law.kind
        z = np.linspace(-4, 4, 17)
        # Gil-Pelaez, from the characteristic function, which is exact.
        u = np.linspace(1e-6, 12, 100_001) / np.sqrt(law.variance)
        wave = law.generations * (loggamma(shape + 1j * u) - loggamma(shape) - 1j * u * np.log(law.scale))
        x = law.stretch(z)
        below = [0.5 - np.trapezoid(np.imag(np.exp(wave - 1j * u * at)) / u, u) / np.pi for at in x]
        assert abs(below - ndtr(z)).max() < 1e-5
        assert abs(law.cdf(x) - ndtr(z)).max() < 1e-12


def test_the_expansion_of_a_product_has_its_moments():
    law = horizon.log_product(10, 300, scale=12.0)
    drawn = law.sample(rng(0), 100_000)
    assert law.mean == pytest.approx(300 * (drift.log_of_mean(10) + np.log(10 / 12)))
    assert abs(drawn.mean() - law.mean) < Z * np.sqrt(law.variance / len(drawn))
    assert drawn.var() == pytest.approx(law.variance, rel=Z * np.sqrt(2 / len(drawn)))


def test_the_size_of_a_surviving_line_is_off_by_no_more_than_the_name_of_the_jump_says():
    t, most = 257, 8192
    z = np.exp(2j * np.pi * np.arange(most) / most)
    for _ in range(t):
        z = np.exp(z - 1)
    exact = np.real(np.fft.fft(z)) / most
    alive = float(line_survival(t))
    assert exact[0] == pytest.approx(1 - alive, abs=1e-12)
    geometric = alive * (1 - alive) ** np.arange(most - 1)
    assert 0.001 < abs(np.cumsum(exact[1:]) / alive - np.cumsum(geometric)).max() < 0.004
    jumped = horizon.jump(Poisson().law(np.ones(3)), worlds.Poisson(), Poisson(), size=50, generations=t, rng=rng(0))
    assert "off by < 0.004" in jumped.kind


@pytest.mark.parametrize("anchor", [None, Anchor(2)], ids=["replace", "two fresh"])
def test_wright_and_fishers_chain_walks_as_the_powers_of_its_matrix(anchor):
    family, truth = Bernoulli(), worlds.Bernoulli(0.3).open(1).truth
    chain = build_chain(family, truth, 24, anchor, most=256)
    assert chain.matrix.sum(axis=1) == pytest.approx(np.ones(25))
    for t in (1, 6, 1000):
        walked_to = np.bincount(chain.walk(np.full(40_000, 7), t, rng(t)), minlength=25)
        expected = 40_000 * np.linalg.matrix_power(chain.matrix, t)[7]
        if t == 1000 and anchor is None:
            assert walked_to[1:-1].sum() == 0
            # Absorbed at either end with the chance that its own frequency says.
            assert abs(walked_to[-1] / 40_000 - 7 / 24) < Z * np.sqrt(7 / 24 * 17 / 24 / 40_000)
            continue
        many = expected > 8
        rest = [walked_to[~many].sum()], [expected[~many].sum()]
        seen, told = (
            np.append(many_of, few) for many_of, few in zip((walked_to[many], expected[many]), rest, strict=True)
        )
        seen, told = seen[told > 0], told[told > 0]
        assert chisquare(seen, told * seen.sum() / told.sum()).pvalue > ALPHA


# Coarse generations ---------------------------------------------------------------------------------------------------

ARMS = {
    "replace": Arm(),
    "one fresh": Arm(anchor=Anchor(1)),
    "four fixed": Arm(anchor=Anchor(4, draw="fixed")),
    "a bank": Arm(anchor=Anchor(2, draw="bank", bank=6)),
    "every third": Arm(anchor=Anchor(3, every=3)),
    "heavy": Arm(anchor=Anchor(1, weight=2.0)),
    "a prior": Arm(prior=Prior(2.0)),
}
N, LAST, R = 2000, 4000, 1000


def both(world, family, arms, metrics, last=LAST, tolerance=0.02):
    """An experiment, resolved, and what became of it by coarse generations."""
    e = Experiment(
        world, family, N, {a: ARMS[a] for a in arms}, generations=last, replicates=R, metrics=metrics, block=R, seed=4
    )
    coarse = horizon.far(e, points=4, tolerance=tolerance)
    assert all(steps < last / 3 for steps in coarse.steps.values())
    assert all(
        kind == f"time-rescaled (diffusion) approximation, relative error <= {tolerance:.2g}"
        or float(kind.rsplit("= ", 1)[1]) <= tolerance
        for kind in coarse.kinds.values()
    )
    return resolve(e), coarse


def stepped_through(cell, at, seed):
    """Models at these generations, step by step."""
    loop = generations(cell.world, cell.family, size=N, anchor=cell.anchor, replicates=R, rng=rng(seed))
    for g in loop:
        if g.t in at:
            yield g.model
        if g.t == at[-1]:
            return


@pytest.mark.parametrize("arm", list(ARMS))
def test_coarse_generations_have_the_law_of_fine_ones(arm):
    e, coarse = both(worlds.Normal(mean=0, variance=1), Gaussian(), [arm], ("variance_ratio", "mean_drift"))
    for at, model in enumerate(stepped_through(e.cells[arm], coarse.generations, 5)):
        seen = coarse.values[arm]
        if coarse.generations[at] < 50:
            # The first ones are what they are.
            assert_same_law(seen["variance_ratio"][:, at], model.variance, "exact")
        close(np.log(seen["variance_ratio"][:, at]), np.log(model.variance), f"{arm} ln variance")
        close(seen["mean_drift"][:, at], model.mean**2, f"{arm} drift")


def close(coarse, fine, what, tolerance=0.02):
    """Means agree within the stated relative error of what they describe, and the Monte Carlo error of both."""
    error = np.hypot(coarse.std(), fine.std()) / np.sqrt(R)
    allowed = tolerance * abs(fine.mean()) + Z * error
    assert abs(coarse.mean() - fine.mean()) < allowed, f"{what}: {coarse.mean():.4f}, {fine.mean():.4f} +- {error:.4f}"


@pytest.mark.parametrize(
    ("world", "family"),
    [
        (worlds.Exponential(), Exponential()),
        (worlds.Poisson(2.0), Poisson()),
        (worlds.NegativeBinomial(), Geometric()),
        (worlds.multivariate_normal([0, 1], [[1, 0.3], [0.3, 0.5]]), Gaussian()),
    ],
    ids=repr,
)
def test_coarse_generations_expect_what_theory_expects(world, family):
    _, coarse = both(world, family, ["one fresh", "four fixed"], ("mean_drift",), last=3 * N, tolerance=0.05)
    a = curvature(family)
    for arm, k, shared in (("one fresh", 1, None), ("four fixed", 4, "fixed")):
        seen = coarse.values[arm]["mean_drift"]
        exact = curves(
            int(coarse.generations[-1]) + 1,
            N,
            curvature=a,
            anchor=Anchored(k, kind=shared or "fresh"),
        )
        for at, t in enumerate(coarse.generations):
            error = seen[:, at].std() / np.sqrt(R)
            expected = exact.wander[t + 1]
            assert abs(seen[:, at].mean() - expected) < 0.05 * expected + Z * error, (arm, t)


@pytest.mark.parametrize("arm", ["replace", "one fresh"])
def test_coarse_generations_lose_categories_as_fine_ones_do(arm):
    world, types = worlds.Zipf(60), 60
    e, coarse = both(world, Categorical(), [arm], ("surviving_types", "heterozygosity"), last=800, tolerance=0.05)
    for at, model in enumerate(stepped_through(e.cells[arm], coarse.generations, 6)):
        fine = (model.dense() > 0).sum(axis=1) / types
        close(coarse.values[arm]["surviving_types"][:, at], fine, "types", tolerance=0.05)


# Where a loop settles -------------------------------------------------------------------------------------------------

HELD = {"size": 600, "anchor": Anchor(2)}
SETTLED = [
    (worlds.Normal(mean=1, variance=2), Gaussian(), HELD),
    (worlds.Normal(mean=1, variance=2), Gaussian(mean=1.0), {"size": 600, "anchor": Anchor(4)}),
    (worlds.Normal(mean=1, variance=2), Gaussian(variance=2.0), {"size": 20, "anchor": Anchor(3)}),
    (worlds.Normal(mean=1, variance=2), Gaussian(variance=1.0), {"size": 20, "anchor": Anchor(3, draw="fixed")}),
    (worlds.Normal(mean=1, variance=2), Gaussian(), {"size": 600, "anchor": Anchor(6, draw="fixed")}),
    (worlds.LogNormal(), LogGaussian(), HELD),
    (worlds.Poisson(2.0), Poisson(), HELD),
    (worlds.Poisson(2.0), Poisson(Prior(2, mean=5.0)), {"size": 600, "anchor": Anchor(1)}),
    (worlds.NegativeBinomial(2.0, 3.0), NegativeBinomial(size=3.0), HELD),
    (worlds.NegativeBinomial(), Geometric(), {"size": 600, "anchor": Anchor(4)}),
    (worlds.Exponential(3.0, shape=2.0), Exponential(shape=2.0), HELD),
    (worlds.Pareto(), Pareto(), {"size": 600, "anchor": Anchor(3)}),
    (worlds.Bernoulli(0.3, 4), Bernoulli(trials=4), HELD),
    (worlds.Bernoulli(0.1), Bernoulli(), {"size": 40, "anchor": Anchor(1)}),
    (worlds.Bernoulli(0.3), Bernoulli(Prior(2)), {"size": 40}),
]


@pytest.mark.parametrize(("world", "family", "loop"), SETTLED, ids=[f"{f!r} {s}" for _, f, s in SETTLED])
def test_a_loop_that_starts_settled_stays_so_and_one_that_starts_at_the_truth_gets_there(world, family, loop):
    law = horizon.stationary(world, family, **loop)
    begun = law.model(2000, rng(1))
    far = 6 * loop["size"] // (loop["anchor"].count if "anchor" in loop else 2)
    arrived = walked(far, world, family, 2000, 2, **loop)
    for name in ("mean", "variance"):
        first, second = (np.asarray(getattr(getattr(m, "logarithm", m), name)) for m in (begun, arrived))
        if np.ptp(first) == 0:
            continue
        assert_same_law(first, second, name)
    if law.laws and law.kind == "limit n -> infinity":
        name = next(iter(law.laws))
        seen = getattr(getattr(arrived, "logarithm", arrived), name)
        # Counts lie on a lattice, which a density doesn't know: within its step.
        step = 1 / np.sqrt(loop["size"]) if getattr(family, "discrete", False) else 0.0
        assert ks_1samp(seen, lambda x: law.cdf(x, name)).statistic < 0.06 + step
    if "anchor" in loop and loop["anchor"].draw == "fixed":
        return
    later = walked(50, world, family, 2000, 3, start=law.model(2000, rng(4)), **loop)
    for name in ("mean", "variance"):
        first, second = (np.asarray(getattr(getattr(m, "logarithm", m), name)) for m in (begun, later))
        if np.ptp(first) > 0:
            assert_same_law(first, second, name)


def test_the_variance_of_a_settled_law_is_that_of_theory_at_every_size():
    for n, k in ((10, 1), (40, 4), (500, 10), (20, 20)):
        for family, a in ((Gaussian(variance=2.0), 0.0), (Bernoulli(), -1.0)):
            world = worlds.Normal(mean=1, variance=2) if a == 0 else worlds.Bernoulli(0.3)
            law = horizon.stationary(world, family, size=n, anchor=Anchor(k))
            assert law.kind == "exact"
            one = 2.0 if a == 0 else 0.3 * 0.7
            found = law.laws["mean"]
            if a == 0:
                variance = found.variance
            else:
                mean = found.values @ found.chances
                assert mean == pytest.approx(0.3, rel=1e-9)
                variance = (found.values - mean) ** 2 @ found.chances
            assert variance == pytest.approx(one / Loop(n, k, a).effective_points, rel=1e-9)
            assert 2 * law.points - a == pytest.approx(Loop(n, k, a).effective_points, rel=1e-12)


def test_the_laws_are_those_of_theory():
    fresh = {"size": 10**12, "anchor": Anchor(3)}
    spread, centre = stationary.normal(3, 1.0, 2.0)
    law = horizon.stationary(worlds.Normal(mean=1, variance=2), Gaussian(), **fresh)
    q = np.array([0.05, 0.5, 0.95])
    assert law.quantiles(q, "variance") == pytest.approx(spread.ppf(q), rel=1e-9)
    assert law.quantiles(q, "mean") == pytest.approx(centre.ppf(q), rel=1e-9)
    assert law.cdf(law.quantiles(q)) == pytest.approx(q)
    law = horizon.stationary(worlds.Exponential(3.0), Exponential(), **fresh)
    assert law.quantiles(q) == pytest.approx(stationary.exponential(3, 3.0).ppf(q), rel=1e-9)
    law = horizon.stationary(worlds.Poisson(2.0), Poisson(), **fresh)
    assert law.quantiles(q) == pytest.approx(stationary.poisson(3, 2.0).ppf(q), rel=1e-9)
    law = horizon.stationary(worlds.Bernoulli(0.3, 5), Bernoulli(trials=5), **fresh)
    assert law.quantiles(q) == pytest.approx(5 * stationary.bernoulli(15, 0.3).ppf(q), rel=1e-9)
    # A negative binomial law of mean m is r p / (1 - p) with p of a beta law: the same by its density.
    law = horizon.stationary(worlds.NegativeBinomial(2.0, 3.0), NegativeBinomial(size=3.0), **fresh)
    x = np.linspace(0.001, 40, 400_001)
    density = x ** (6 * 2.0 - 1) * (3 + x) ** -(6 * (2.0 + 3.0) + 1.0)
    below = np.cumsum(density) / density.sum()
    at = np.searchsorted(below, q)
    assert law.quantiles(q) == pytest.approx(x[at], rel=1e-3)


def test_draws_of_a_covariance_and_of_categories_have_their_laws():
    sigma = np.array([[1.0, 0.6], [0.6, 2.0]])
    law = horizon.stationary(worlds.multivariate_normal([0.0, 0.0], sigma), Gaussian(), size=10**9, anchor=Anchor(3))
    model = law.model(4000, rng(1))
    drawn = stationary.covariance(3, sigma).sample(rng(2), 4000)
    turn = np.array([1.0, -2.0])
    for view in (np.linalg.slogdet, lambda s: (0, turn @ s @ turn), lambda s: (0, s[:, 0, 1])):
        assert_same_law(view(model.covariance)[1], view(drawn)[1])
    # The mean, in units of the covariance it goes with, is normal of variance 1/2k.
    away = np.einsum("ri,rij,rj->r", model.mean, np.linalg.inv(model.covariance), model.mean)
    assert abs(away.mean() - 2 / 6) < Z * away.std() / np.sqrt(len(away))

    p = np.array([0.6, 0.3, 0.09, 0.01])
    law = horizon.stationary(worlds.categorical(p.tolist()), Categorical(), size=10**6, anchor=Anchor(2))
    model = law.model(4000, rng(3)).dense()
    assert model.sum(axis=1) == pytest.approx(np.ones(4000))
    for i in (0, 1, 2):
        assert ks_1samp(model[:, i], stationary.bernoulli(2, p[i]).cdf).statistic < 0.05
    # What is rarer than one in n is lost, and the law is discrete there: by the genealogy.
    kept = (model[:, 3] > 0).mean()
    assert kept == pytest.approx(-np.expm1(-0.01 * coverage.effective_draws(10**6, 2)), rel=0.15)


def test_a_single_fresh_point_is_one_third_of_the_variance_away_even_among_a_trillion():
    e = Experiment(
        worlds.Normal(mean=0, variance=1),
        Gaussian(),
        10**12,
        {"one fresh": Arm(anchor=Anchor(1)), "nothing": Arm()},
        generations=4 * 10**12,
        replicates=1000,
        block=1000,
        metrics=("variance_ratio", "mean_drift"),
    )
    found = horizon.far(e, points=8, tolerance=0.02)
    fresh, nothing = found.values["one fresh"], found.values["nothing"]
    expected = Loop(1e12, 1, -1).wander(found.generations + 1.0)
    error = fresh["mean_drift"].std(axis=0) / np.sqrt(1000)
    assert (abs(fresh["mean_drift"].mean(axis=0) - expected) < 0.02 * expected + Z * error).all()
    assert_law = ks_1samp(fresh["variance_ratio"][:, -1], stationary.normal(1, 0.0, 1.0)[0].cdf)
    assert assert_law.statistic < 0.06
    logs = np.log(nothing["variance_ratio"])
    told = -2e-12 * (found.generations + 1.0)
    error = logs.std(axis=0) / np.sqrt(1000)
    assert (abs(logs.mean(axis=0) - told) < 0.02 * abs(told) + Z * error).all()
