"""The numbers behind `kellet theory`, against simulation."""

from itertools import islice

import numpy as np
import pytest

from kellet import Accumulate, Anchor, InputError, Prior, generations, worlds
from kellet.families import (
    Bernoulli,
    Categorical,
    Exponential,
    Gaussian,
    Geometric,
    Laplace,
    LogGaussian,
    Mixture,
    NegativeBinomial,
    Pareto,
    Poisson,
)
from kellet.forecast.forecast import expect
from kellet.forecast.picture import expect_curves
from kellet.forecast.rare import expect_survival
from kellet.theory import multivariate

Z = 5.3


def walked(t, world, family, replicates=2000, seed=1, **settings):
    loop = generations(world, family, replicates=replicates, rng=np.random.default_rng(seed), **settings)
    return next(islice(loop, t, None))


@pytest.mark.parametrize(
    ("world", "family", "dim", "anchor"),
    [
        (worlds.Normal(), Gaussian(), 1, Anchor(4)),
        (worlds.Normal(), Gaussian(), 1, Anchor(8, draw="fixed")),
        (worlds.multivariate_normal([0] * 3, np.eye(3).tolist()), Gaussian(), 3, Anchor(3)),
        (worlds.multivariate_normal([0] * 3, np.eye(3).tolist()), Gaussian(), 3, Anchor(15, draw="fixed")),
        (worlds.multivariate_normal([0] * 3, np.eye(3).tolist()), Gaussian(), 3, Anchor(8, draw="bank", bank=20)),
        (worlds.Normal(), Gaussian(prior=Prior(2)), 1, Anchor(1)),
    ],
)
def test_variance_and_divergence_are_what_a_simulation_shows(world, family, dim, anchor):
    n = 300
    seen = expect(family, size=n, dim=dim, anchor=anchor)
    replicates = 2000 if dim == 1 else 700
    # Eight times what it needs to forget.
    model = walked(int(8 * seen.value("generations_to_forget")), world, family, replicates, size=n, anchor=anchor).model
    mean = model.mean.reshape(replicates, dim)
    sigma = model.covariance if dim > 1 else model.variance[:, None, None]
    # Settled to a share e^-8, and the limit is off by the share of real points.
    assert_mean(sigma.trace(axis1=1, axis2=2) / dim, seen.value("variance_kept"), 0.002)
    assert_mean((mean**2).mean(axis=1), seen.value("variance_of_mean"), 0.002)
    inverse = np.linalg.inv(sigma)
    logs = np.linalg.slogdet(sigma)[1]
    away = np.einsum("ri,rij,rj->r", mean, inverse, mean)
    nats = (inverse.trace(axis1=1, axis2=2) + away - dim + logs) / 2
    assert_mean(nats, seen.value("divergence"), 0.05)
    if anchor.draw == "fresh" and dim == 1:
        share = (model.variance < seen.value("typical_variance_kept")).mean()
        assert abs(share - 0.5) < 0.02 + Z * 0.5 / np.sqrt(2000)


def assert_mean(values, expected, tolerance):
    error = values.std() / np.sqrt(len(values))
    assert abs(values.mean() - expected) < tolerance * expected + Z * error, f"{values.mean()} +- {error}, {expected}"


@pytest.mark.parametrize("anchor", [Anchor(4), Anchor(6, draw="fixed"), Anchor(3, draw="bank", bank=12)])
def test_the_divergence_of_a_rate_is_what_a_simulation_shows(anchor):
    n = 300
    seen = expect(Exponential(), size=n, anchor=anchor)
    model = walked(
        int(8 * seen.value("generations_to_forget")), worlds.Exponential(), Exponential(), size=n, anchor=anchor
    )
    m = model.model.mean
    assert_mean(1 / m - 1 + np.log(m), seen.value("divergence"), 0.05)
    assert_mean((m - 1) ** 2, seen.value("variance_of_mean"), 0.002)


@pytest.mark.parametrize("anchor", [Anchor(3), Anchor(4, draw="fixed"), Anchor(4, draw="bank", bank=20), None])
def test_categories_are_kept_as_often_as_a_simulation_shows(anchor):
    n, p, rare = 200, 0.04, 10
    world = worlds.categorical([p] * rare + [1 - rare * p])
    loop = generations(world, Categorical(), size=n, anchor=anchor, replicates=400, rng=np.random.default_rng(3))
    for t in (3, 30, 500):
        g = next(g for g in loop if g.t == t)
        there = (g.evidence.dense()[:, :rare] > 0).mean(axis=1)
        told = expect(Categorical(), size=n, anchor=anchor, p=[p], generations=t).rare[0]
        # What the genealogy promises: within 5 %.
        assert_mean(there, told.left, 0.05)
    if anchor:
        assert_mean(there, told.kept, 0.05)
        assert expect_survival(Categorical(), size=n, anchor=anchor, p=[p])[0] == pytest.approx(told.kept)


def test_known_numbers():
    """One real point among very many, in 1, 5, 20 and 100 dimensions, and how many it takes for a tenth of a nat."""
    for dim, nats in ((1, 0.648), (5, 7.31), (20, 97.0), (100, 2422.0)):
        seen = expect(Gaussian(), size=10**12, dim=dim, anchor=Anchor(1))
        assert seen.value("divergence") == pytest.approx(nats, rel=0.001)
        assert seen.value("effective_points") == pytest.approx(3)
        assert seen.value("variance_kept") == pytest.approx(2 / 3)
        if dim < 100:
            assert seen.value("points_for_divergence") == multivariate.points_for_divergence(0.1, dim)
    assert expect(Gaussian(), size=10**12, anchor=Anchor(1)).value("typical_variance_kept") == pytest.approx(
        0.46, abs=0.005
    )
    fixed = expect(Gaussian(), size=10**12, anchor=Anchor(10, draw="fixed"))
    assert fixed.value("effective_points") == pytest.approx(7)
    assert expect(Exponential(), size=10**12, anchor=Anchor(1)).value("effective_points") == pytest.approx(1)
    assert expect(Poisson(), size=10**12, anchor=Anchor(1)).value("effective_points") == pytest.approx(2)
    assert expect(Poisson(Prior(2)), size=10**12).value("effective_points") == pytest.approx(4)
    # Where the median crosses; the mean logarithm does at 17.01 and 1.40.
    assert expect(Gaussian(), size=50).value("half_life") == pytest.approx(17.1802, rel=1e-5)
    assert expect(Gaussian(), size=5).value("half_life") == pytest.approx(1.6035, rel=1e-4)
    assert expect(Categorical(), size=1000).value("half_life") == pytest.approx(692.8, rel=1e-4)


def test_a_loss_of_half_the_variance_takes_as_long_as_a_simulation_shows():
    world = worlds.multivariate_normal([0] * 4, np.eye(4).tolist())
    half = expect(Gaussian(), size=60, dim=4).value("half_life")
    t = round(half)
    model = walked(t - 1, world, Gaussian(), size=60).model
    logs = np.linalg.slogdet(model.covariance)[1] / 4
    # So near the middle the median moves by as much as t is rounded.
    assert abs(np.mean(logs < np.log(0.5) * t / half) - 0.5) < Z * 0.5 / np.sqrt(len(logs))


@pytest.mark.parametrize(
    ("family", "shape", "scale", "power", "n"),
    [
        (Gaussian(), 2.0, 2.5, 1.0, 5), (Gaussian(mean=0.0), 2.5, 2.5, 1.0, 5), (Exponential(), 3.0, 3.0, 2.0, 3),
        (Gaussian(), 0.5, 1.0, 1.0, 2),
    ],
)  # fmt: skip
def test_half_of_the_loops_have_lost_half_at_the_half_life(family, shape, scale, power, n):
    half = expect(family, size=n).value("half_life")
    rng, draws = np.random.default_rng(7), 200_000
    before = int(half)
    logs = np.zeros(draws)
    medians = [0.0]
    for _ in range(before + 1):
        logs = logs + power * np.log(rng.standard_gamma(shape, draws) / scale)
        medians.append(np.median(logs))
    # The median is nearly a line from one generation to the next, but for the first.
    assert -medians[before] <= np.log(2) <= -medians[before + 1]
    if before:
        line = np.interp(np.log(2), [-medians[before], -medians[before + 1]], [before, before + 1])
        assert half == pytest.approx(line, rel=0.02)


@pytest.mark.parametrize(
    ("family", "words"),
    [
        (Gaussian(), "is absorbed"),
        (Gaussian(variance=1.0), "wanders off without end"),
        (Poisson(), "is absorbed"),
        (Categorical(), "is absorbed"),
    ],
)
def test_the_sentence_says_what_nothing_real_leads_to(family, words):
    assert words in expect(family, size=100).sentence


def test_the_sentence_says_what_real_points_buy_and_what_they_do_not():
    fresh = expect(Gaussian(), size=10**6, anchor=Anchor(1)).sentence
    assert "With 1 fresh real point in each generation of 10^6" in fresh
    assert "67 % of the variance stays on average, typically 46 %" in fresh
    assert "not keep those rarer than about 1 in" in fresh
    fixed = expect(Gaussian(), size=100, anchor=Anchor(1, draw="fixed")).sentence
    assert "ends as a copy of it: too few" in fixed
    assert "copy of them" in expect(Gaussian(), size=100, dim=3, anchor=Anchor(3, draw="fixed")).sentence
    prior = expect(Gaussian(prior=Prior(1)), size=100, anchor=Anchor(1)).sentence
    assert "if the prior lies at the truth: what it settles at is 50 % truth, and the rest is the prior" in prior
    wide = expect(Gaussian(mean=0.0), size=10**6, anchor=Anchor(1)).sentence
    assert "scatters so widely that no average describes it" in wide


@pytest.mark.parametrize(
    "family",
    [
        Gaussian(),
        Gaussian(mean=0.0),
        Gaussian(variance=1.0),
        LogGaussian(),
        Categorical(),
        Bernoulli(trials=3),
        Poisson(),
        Geometric(),
        NegativeBinomial(size=0.5),
        Exponential(shape=0.3),
        Pareto(),
        Laplace(),
    ],
    ids=repr,
)
@pytest.mark.parametrize("size", [2, 100, 10**15])
def test_every_family_has_a_forecast_in_every_loop(family, size):
    anchors = [None, Anchor(0), Anchor(1), Anchor(size), Anchor(2, draw="fixed"), Anchor(1, draw="bank", bank=5)]
    for anchor in anchors:
        seen = expect(family, size=size, anchor=anchor, generations=10, p=[0.1])
        assert seen.sentence.endswith(".")
        assert not any(np.isnan(row.value) for row in seen.rows)
        assert all(row.value >= 0 for row in seen.rows)
        assert all(0 <= one.kept <= 1 and 0 <= one.left <= 1 for one in seen.rare)
        for at, values in expect_curves(family, size=size, anchor=anchor).values():
            assert len(at) == len(values)
            assert not np.isnan(values).any()
            assert (values >= 0).all()


@pytest.mark.parametrize(
    ("family", "settings", "said"),
    [
        (Mixture(2), {}, "a family with closed forms; got mixture"),
        (Gaussian("unbiased"), {}, "maximum likelihood"),
        (Gaussian(), {"size": 0}, "a size of at least 1 point"),
        (Gaussian(), {"size": 20, "dim": 20}, "more points than dimensions, 20"),
        (Gaussian(), {"size": 10**9, "dim": 2 * 10**6}, "at most 1,000,000 dimensions"),
        (Gaussian(), {"dim": 0}, "dimensions for a gaussian"),
        (Poisson(), {"dim": 2}, "dimensions for a gaussian"),
        (Gaussian(), {"anchor": Anchor(101)}, "at most the 100 points"),
        (Gaussian(), {"anchor": Anchor(2, every=3)}, "a plain anchor"),
        (Gaussian(), {"p": [0.0]}, "the probability of a category"),
        (Gaussian(), {"p": [1.5]}, "the probability of a category"),
        (Gaussian(prior=Prior(1)), {"p": [0.5]}, "no prior where categories are asked for"),
        (Gaussian(), {"nats": 0.0}, "a divergence above 0"),
        (Gaussian(), {"generations": -1}, "generations >= 0"),
    ],
)
def test_what_makes_no_sense_is_refused(family, settings, said):
    with pytest.raises(InputError, match=f"^expected .*{said}"):
        expect(family, **({"size": 100} | settings))


def test_a_quantity_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(InputError, match=r"one of effective_points, .*; got nonsense"):
        expect(Gaussian(), size=100, anchor=Anchor(1)).value("nonsense")


@pytest.mark.parametrize(
    ("world", "family"),
    [(worlds.Normal(), Gaussian()), (worlds.Exponential(), Exponential()), (worlds.Poisson(), Poisson())],
)
def test_what_is_lost_for_ever_if_all_data_are_kept_is_what_a_simulation_shows(world, family):
    told, truth = expect(family, size=20), world.open(1).truth
    loop = generations(world, family, size=20, regime=Accumulate(), replicates=4000, rng=np.random.default_rng(5))
    model = next(islice(loop, 300, None)).model
    scale, middle = truth.variance[0], truth.mean[0]
    # A three-hundredth of the way is still to go.
    assert_mean((model.mean - middle) ** 2 / scale, told.value("variance_of_mean_if_all_kept"), 0.004)
    rows = {row.quantity: row.value for row in told.rows}
    assert_mean(model.variance / scale, rows.get("variance_kept_if_all_kept", 1.0), 0.004)


@pytest.mark.parametrize(
    ("family", "anchor", "text", "beside"),
    [
        (Gaussian(), Anchor(1), "With 1 fresh real point in each generation, 67 % of the variance", "less than 46 %"),
        (Gaussian(), None, "this loop loses half of its variance in about 346 generations", "1,000 points"),
        (Gaussian(), Anchor(1, draw="fixed"), "1 fixed real point in each generation this loop ends as a copy", ""),
        (Poisson(), Anchor(10), "as much of the truth as 19.9 real points would tell", "knows nothing"),
        (Poisson(), None, "Left alone, this loop", "Nothing real enters"),
    ],
)
def test_a_claim_has_one_number_and_what_it_is_read_beside(family, anchor, text, beside):
    found = expect(family, size=1000, anchor=anchor)
    assert text in found.claim.text and beside in found.claim.span
    page = found.answer(command=("kellet", "theory", "--size", "1000")).html()
    assert page.index('class="claim"') < page.index("<svg") and "kellet theory --size 1000" in page
