"""Spins, with plain enumeration of all states as the oracle."""

from itertools import combinations, product

import numpy as np
import pytest
from numpy.random import default_rng
from scipy.optimize import minimize
from scipy.special import logsumexp

from kellet import Anchor, InputError, Points, Prior, Subsample, Sums, check_family, generations, worlds
from kellet.families.exponential.newton import match
from kellet.families.spins.ising import Ising, SpinGlass
from kellet.laws.spins import Ising as Law
from kellet.laws.spins import SpinGlass as Glass
from kellet.laws.spins import hadamard

MEMBERS = [
    (Ising(5), worlds.Ising(5, 0.3)),
    (Ising(5, "common"), worlds.Ising(5, 0.2, 0.15)),
    (Ising(5, "common", Prior(2.0, 0.5)), worlds.Ising(5, -0.4, -0.1)),
    (SpinGlass(4), worlds.SpinGlass(4, 0.1, 0.8)),
    (SpinGlass(4, Prior(2.0)), worlds.SpinGlass(4, 0.1, 0.8)),
]
every_member = pytest.mark.parametrize(("family", "world"), MEMBERS, ids=lambda value: repr(value)[:50])


def configurations(n):
    """(2^n, n): all states."""
    return np.array(list(product((1, -1), repeat=n)))


def features(states, kind):
    """The statistics, one configuration a row."""
    pairs = np.array([states[:, i] * states[:, j] for i, j in combinations(range(states.shape[1]), 2)]).T
    match kind:
        case "none":
            return states.sum(axis=1, keepdims=True).astype(float)
        case "common":
            return np.stack([states.sum(axis=1), pairs.sum(axis=1)], axis=1).astype(float)
    return np.concatenate([states, pairs], axis=1).astype(float)


def kind(law):
    return law.couplings if isinstance(law, Law) else "all"


def enumerated(law, replicate=0):
    """States, their statistics and their probabilities, the plain way."""
    states = configurations(law.spins)
    table = features(states, kind(law))
    logs = table @ law.theta[replicate]
    return states, table, np.exp(logs - logsumexp(logs))


@every_member
def test_a_member_keeps_the_contract(family, world):
    check_family(family, world.open(3).first(60, default_rng(1)))


@every_member
def test_mean_and_variance_are_those_of_all_states(family, world):
    law = world.open(2).truth
    _, table, p = enumerated(law)
    np.testing.assert_allclose(law.mean[1], p @ table, atol=1e-12)
    np.testing.assert_allclose(law.variance[1], p @ table**2 - (p @ table) ** 2, atol=1e-12)


@every_member
def test_points_follow_the_law(family, world):
    law = world.open(1).truth
    states, _, p = enumerated(law)
    n = 40_000
    values = law.sample(n, default_rng(2)).values
    assert values.shape == (1, n, law.spins)
    assert values.dtype == np.int64
    seen = (values[0, :, None] == states).all(axis=2).mean(axis=0)
    assert (abs(seen - p) < 5 * np.sqrt(p * (1 - p) / n)).all()
    # Neighbours in the sample are independent: no order is left over from how points are drawn.
    total = values[0].sum(axis=1)
    assert abs(np.corrcoef(total[1:], total[:-1])[0, 1]) < 5 / np.sqrt(n)


@every_member
@pytest.mark.parametrize("n", [1, 7, 10**12])
def test_statistics_have_the_mean_and_covariance_of_n_points(family, world, n):
    r = 20_000
    law = world.open(r).truth
    _, table, p = enumerated(law)
    drawn = law.statistics(n, default_rng(3))
    mean = p @ table
    covariance = (table - mean).T @ ((table - mean) * p[:, None])
    z = (drawn.total - n * mean) / np.sqrt(n * np.diag(covariance))
    assert (abs(z.mean(axis=0)) < 5 / np.sqrt(r)).all()
    expected = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    products = np.einsum("ri,rj->rij", z, z)
    assert (abs(products.mean(axis=0) - expected) < 5 * products.std(axis=0) / np.sqrt(r)).all()


@every_member
def test_a_number_of_points_for_each_replicate(family, world):
    n = np.array([0, 3, 10**6])
    law = world.open(3).truth
    drawn = law.statistics(n, default_rng(4))
    assert drawn.count.tolist() == [0, 3, 10**6]
    assert (drawn.total[0] == 0).all()
    fitted = family.fit(drawn)
    if family.prior is None:
        assert fitted.collapsed.tolist() == [True, False, False]
        np.testing.assert_allclose(fitted.mean[1:], drawn.total[1:] / drawn.count[1:, None], atol=1e-6)
    assert np.isfinite(fitted.mean).all()


@pytest.mark.parametrize(
    ("family", "world"), [pair for pair in MEMBERS if pair[0].prior is None], ids=lambda v: repr(v)[:50]
)
def test_the_fit_maximises_the_likelihood(family, world):
    evidence = world.open(3).truth.statistics(200, default_rng(5))
    law = family.fit(evidence)
    table = features(configurations(law.spins), kind(law))
    for r in range(3):
        target = evidence.mean[r]
        best = minimize(lambda theta, t=target: logsumexp(table @ theta) - theta @ t, np.zeros(len(target)), tol=1e-12)
        np.testing.assert_allclose(law.theta[r], best.x, atol=1e-4)
    np.testing.assert_allclose(law.mean, evidence.mean, atol=1e-12)


@pytest.mark.parametrize(("couplings", "spins"), [("none", 16), ("common", 16), ("none", 500), ("common", 60)])
@pytest.mark.parametrize("n", [3, 1000, 10**12])
def test_the_mean_of_a_fit_is_the_mean_of_the_evidence_everywhere(couplings, spins, n):
    fields = np.linspace(-4, 4, 300)
    theta = np.stack([fields, default_rng(6).uniform(-2, 2, 300) / spins], axis=1)[:, : 1 if couplings == "none" else 2]
    evidence = Law(spins, couplings, theta).statistics(n, default_rng(7))
    law = Ising(spins, couplings).fit(evidence)
    np.testing.assert_allclose(law.mean, evidence.mean, atol=1e-10 * spins**2)


def test_few_configurations_put_most_spin_glasses_on_the_edge_and_they_still_fit():
    for spins, n in ((4, 3), (6, 5), (9, 10)):
        evidence = worlds.SpinGlass(spins, 0.2, 1.0).open(30).truth.statistics(n, default_rng(8))
        law = SpinGlass(spins).fit(evidence)
        assert law.support is not None
        np.testing.assert_allclose(law.mean, evidence.mean, atol=1e-7)


@pytest.mark.parametrize("n", [4, 9])
def test_a_spin_glass_never_strikes_out_what_it_saw(n):
    points = worlds.SpinGlass(6, 0.2, 1.0).open(40).first(n, default_rng(9))
    family = SpinGlass(6)
    law = family.fit(family.summarise(points))
    number = ((points.values < 0) << np.arange(6)).sum(axis=2)
    p = law.states(slice(None))
    assert (p[np.arange(40)[:, None], number] > 1e-6).all()


@pytest.mark.parametrize("family", [Ising(4), Ising(4, "common"), SpinGlass(4)], ids=repr)
@pytest.mark.parametrize("spin", [1, -1])
def test_all_up_and_all_down_are_absorbing(family, spin):
    evidence = family.summarise(Points(np.full((2, 5, 4), spin)))
    law = family.fit(evidence)
    assert law.absorbed.all()
    assert law.collapsed is None
    assert (law.sample(7, default_rng(0)).values == spin).all()
    np.testing.assert_array_equal(law.statistics(10**12, default_rng(0)).mean, evidence.mean)
    assert (law.variance == 0).all()
    assert family.fit(1e9 * evidence).absorbed.all()
    beyond = Sums(
        evidence.count, np.sign(spin) ** np.arange(1, evidence.total.shape[1] + 1) * abs(evidence.total) * 1.001
    )
    assert isinstance(family, SpinGlass) or (family.fit(beyond).sample(7, default_rng(0)).values == spin).all()


@pytest.mark.parametrize(
    ("levels", "known"),
    [([2, 2], [2]), ([1, 2, 2], [1, 2]), ([0, 4, 4], [0, 4]), ([0, 0], [0]), ([3, 4, 4], [3, 4]), ([0, 1], [0, 1])],
)
def test_a_common_coupling_can_end_on_any_side_or_corner(levels, known):
    """Levels are numbers of up spins among four."""
    up = np.array(levels)
    points = np.where(np.arange(4) < up[:, None], 1, -1)[None]
    family = Ising(4, "common")
    law = family.fit(family.summarise(Points(points)))
    assert np.flatnonzero(law.support[0]).tolist() == known
    np.testing.assert_allclose(law.levels[0, known], [(up == k).mean() for k in known], rtol=1e-12)
    again = law.statistics(10**10, default_rng(1))
    assert np.flatnonzero(family.fit(again).support[0]).tolist() == known
    drawn = (law.sample(2000, default_rng(2)).values > 0).sum(axis=2)
    assert sorted(set(drawn[0].tolist())) == known


def test_two_spins_that_always_agree_and_two_that_never_do():
    family = SpinGlass(3)
    points = np.array(
        [[[1, 1, 1], [1, 1, -1], [-1, -1, 1], [-1, -1, -1]], [[1, -1, 1], [-1, 1, -1], [1, -1, -1], [-1, 1, 1]]]
    )
    law = family.fit(family.summarise(Points(points)))
    p = law.states(slice(None))
    np.testing.assert_allclose(np.sort(p), np.tile([0, 0, 0, 0, 0.25, 0.25, 0.25, 0.25], (2, 1)), atol=1e-12)


def test_a_triple_that_is_never_aligned():
    family = SpinGlass(3)
    states = configurations(3)
    points = states[abs(states.sum(axis=1)) == 1][None]
    law = family.fit(family.summarise(Points(points)))
    assert law.support.sum() == 6
    np.testing.assert_allclose(np.sort(law.states(slice(None))[0])[2:], 1 / 6, rtol=1e-9)


def test_a_prior_is_imaginary_configurations():
    prior = Prior(3.0, 0.5)
    seen = Sums(7.0, np.array([[7.0 * 5]]))
    assert Ising(5, prior=prior).fit(seen).mean[0, 0] == pytest.approx((7 * 5 + 3 * 2.5) / 10)
    seen = Sums(7.0, np.array([[7.0 * 5, 7.0 * 10]]))
    np.testing.assert_allclose(Ising(5, "common", prior).fit(seen).mean[0], [4.25, (70 + 3 * 2.5) / 10], rtol=1e-12)
    seen = Sums(7.0, np.full((1, 15), 7.0))
    law = SpinGlass(5, prior).fit(seen)
    np.testing.assert_allclose(law.mean[0], [0.85] * 5 + [0.775] * 10, rtol=1e-10)
    assert not law.absorbed.any()


def test_weights_and_absent_points():
    points = worlds.Ising(5, 0.1, 0.1).open(2).first(9, default_rng(10))
    weights = np.tile([0.0, 1.0, 2.0], (2, 3))
    values = points.values.copy()
    values[:, ::3] = 99
    repeated = Points(np.concatenate([points.values[:, 1::3], points.values[:, 2::3], points.values[:, 2::3]], axis=1))
    for family in (Ising(5), Ising(5, "common"), SpinGlass(5)):
        one, other = family.summarise(Points(values, weights)), family.summarise(repeated)
        np.testing.assert_allclose(one.total, other.total)


def test_worlds_whose_statistics_are_others_are_learnt_from_configurations():
    for world, family in (
        (worlds.Ising(6, 0.1, 0.1), Ising(6)),
        (worlds.Ising(6, 0.1), Ising(6, "common")),
        (worlds.SpinGlass(6), Ising(6, "common")),
        (worlds.Ising(6, 0.1), SpinGlass(6)),
    ):
        assert not family.knows(world.open(1).truth)
        loop = generations(world, family, size=50, anchor=Anchor(5), replicates=3, rng=default_rng(11))
        assert [next(loop).model.mean.shape[0] for _ in range(3)] == [3, 3, 3]
    assert Ising(6, "common").knows(worlds.Ising(6, 0.1, couplings="common").open(1).truth)
    with pytest.raises(InputError, match="configurations of 7 spins"):
        next(generations(worlds.Ising(6), Ising(7), size=5, rng=default_rng(0)))


def test_spins_can_be_subsampled():
    loop = generations(worlds.Ising(4), Ising(4), size=20, regime=Subsample(), replicates=3, rng=default_rng(12))
    assert np.isfinite([next(loop).model.mean for _ in range(4)]).all()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: SpinGlass(20), r"^expected at most 16 spins to enumerate; got 20\. Try "),
        (lambda: worlds.SpinGlass(17), r"^expected at most 16 spins to enumerate; got 17\. Try "),
        (lambda: SpinGlass(1), "^expected at least 2 spins; got 1"),
        (lambda: Ising(0), "^expected at least 1 spins; got 0"),
        (lambda: Ising(1, "common"), "^expected at least 2 spins; got 1"),
        (lambda: worlds.Ising(5, np.inf), "^expected a finite field; got inf"),
        (lambda: worlds.Ising(5, 0.0, 0.2, "none"), "^expected no coupling"),
        (lambda: Ising(5, prior=Prior(1.0, 2.0)), "^expected one number between -1 and 1"),
        (lambda: Ising(5).summarise(Points(np.zeros((1, 3, 5)))), r"^expected spins that are \+1 or -1; got 0"),
        (lambda: Ising(5).fit(Sums(1.0, np.zeros((1, 2)))), r"^expected sums of shape \(R, 1\)"),
    ],
)
def test_bad_input_is_told_in_one_line(make, sentence):
    with pytest.raises(InputError, match=sentence):
        make()


def test_the_transform_is_the_table_of_signs():
    values = default_rng(13).normal(size=(3, 16))
    signs = np.array([[(-1) ** bin(m & s).count("1") for s in range(16)] for m in range(16)])
    np.testing.assert_allclose(hadamard(values), values @ signs, atol=1e-12)


def test_match_leaves_constant_statistics_alone():
    """Two statistics that are always equal: any split of the parameter will do, and none may run off."""
    table = np.array([[0.0, 0.0], [1.0, 1.0]])

    def law(theta, rows):
        logs = theta @ table.T
        height = logsumexp(logs, axis=1)
        p = np.exp(logs - height[:, None])
        mean = p @ table
        apart = table - mean[:, None]
        return height, mean, np.einsum("bl,blp,blq->bpq", p, apart, apart)

    target = np.array([[0.3, 0.3], [0.999, 0.999]])
    theta = match(law, target, np.zeros((2, 2)))
    np.testing.assert_allclose(theta.sum(axis=1), np.log(target[:, 0] / (1 - target[:, 0])), rtol=1e-9)


def test_a_large_spin_glass_keeps_to_its_memory():
    law = worlds.SpinGlass(16, 0.1, 0.5).open(3).truth
    assert isinstance(law, Glass)
    evidence = law.statistics(1000, default_rng(14))
    np.testing.assert_allclose(SpinGlass(16).fit(evidence).mean, evidence.mean, atol=1e-10)
