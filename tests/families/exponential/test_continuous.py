"""Families fitted by Newton's method, with SciPy's laws, fits and root finder as oracles."""

import numpy as np
import pytest
from numpy.random import default_rng
from scipy import stats
from scipy.optimize import brentq
from scipy.special import digamma, i0e, i1e, polygamma

from kellet import Anchor, InputError, Points, Prior, check_family, generations, worlds
from kellet.families.exponential.continuous import Beta, Gamma, Uniform, VonMises, Weibull, solve_shape
from kellet.families.exponential.domain import excess, shortfall, shortfall_slope
from kellet.families.exponential.newton import rise
from kellet.laws import continuous as laws

R, N = 4, 60
MEMBERS = [
    (Gamma(), worlds.Gamma(2.0, 3.0), lambda law: stats.gamma(law.shape[0], scale=law.scale[0])),
    (Gamma(Prior(3.0, 2.0, 1.0)), worlds.Gamma(0.5, 1.0), lambda law: stats.gamma(law.shape[0], scale=law.scale[0])),
    (Beta(), worlds.Beta(2.0, 5.0), lambda law: stats.beta(law.alpha[0], law.beta[0])),
    (VonMises(), worlds.VonMises(1.0, 2.0), lambda law: stats.vonmises(law.concentration[0], law.direction[0])),
    (Weibull(), worlds.Weibull(1.5, 2.0), lambda law: stats.weibull_min(law.shape[0], scale=law.scale[0])),
    (Uniform(), worlds.Uniform(3.0), lambda law: stats.uniform(0, law.upper[0])),
    (Uniform("unbiased"), worlds.Uniform(3.0), lambda law: stats.uniform(0, law.upper[0])),
]


def said(value):
    """How a case is called: a recipe by itself, an oracle not at all."""
    return repr(value)[:40] if hasattr(value, "open") or hasattr(value, "fit") else ""


every_member = pytest.mark.parametrize(("family", "world", "oracle"), MEMBERS, ids=said)
# Each family once, without a prior.
LEARNERS = [family for family, *_ in MEMBERS if family not in (MEMBERS[1][0], MEMBERS[6][0])]


def parameters(law):
    apart = ("collapsed", "centre", "of_statistic")
    return [getattr(law, name) for name in type(law).__dataclass_fields__ if name not in apart]


def written(law, n=5, seed=0):
    return law.sample(n, default_rng(seed)).values


@every_member
def test_a_member_keeps_the_contract(family, world, oracle):
    # What is written must not depend on other replicates, which samplers by rejection cannot promise for one stream;
    # with two replicates alike that clause is empty, and the next test stands in for it.
    values = world.open(3).first(N, default_rng(1)).values
    check_family(family, Points(values[[0, 0, 1]]))


@every_member
def test_what_one_replicate_sees_teaches_no_other(family, world, oracle):
    values = world.open(R).first(N, default_rng(1)).values
    other = values.copy()
    other[0] = other[0, 0]
    for one, two in zip(parameters(family.fit(Points(values))), parameters(family.fit(Points(other))), strict=True):
        np.testing.assert_allclose(one[1:], two[1:], rtol=1e-13)
        assert one[0] != two[0]


@every_member
def test_a_law_writes_what_scipy_says_it_writes(family, world, oracle):
    law = world.open(1).truth
    values = law.sample(20_000, default_rng(2)).values[0]
    if isinstance(family, VonMises):
        # SciPy's distribution function starts opposite to the direction.
        values = (values - law.mean[0] + np.pi) % (2 * np.pi) - np.pi + law.mean[0]
    assert stats.kstest(values, oracle(law).cdf).pvalue > 1e-4
    if not isinstance(family, VonMises):
        np.testing.assert_allclose([law.mean[0], law.variance[0]], oracle(law).stats(), rtol=1e-12)


@every_member
def test_columns_are_learnt_apart(family, world, oracle):
    points = world.open(R * 3).first(N, default_rng(3))
    cube = np.moveaxis(points.values.reshape(R, 3, N), 1, 2)
    law = family.fit(Points(cube))
    alone = family.fit(points)
    for together, apart in zip(parameters(law), parameters(alone), strict=True):
        np.testing.assert_allclose(together, apart.reshape(R, 3), rtol=1e-12)
    assert law.mean.shape == law.variance.shape == (R, 3)
    assert written(law).shape == (R, 5, 3)


@every_member
def test_a_point_of_weight_two_is_two_points_and_one_of_weight_zero_is_none(family, world, oracle):
    values = world.open(R).first(N, default_rng(4)).values
    weights = np.tile(np.arange(3.0), (R, N // 3))
    spoilt = np.where(weights == 0, np.nan, values)
    repeated = np.concatenate([values[:, 1::3], values[:, 2::3], values[:, 2::3]], axis=1)
    for one, other in zip(
        parameters(family.fit(Points(spoilt, weights))), parameters(family.fit(Points(repeated))), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-10)


@pytest.mark.parametrize("shape", [0.05, 0.5, 2.0, 50.0, 1e4])
def test_gamma_agrees_with_scipy(shape):
    values = np.maximum(default_rng(5).gamma(shape, 3.0, (R, N)), 1e-300)
    law = Gamma().fit(Points(values))
    for r, row in enumerate(values):
        k, _, scale = stats.gamma.fit(row, floc=0)
        np.testing.assert_allclose([law.shape[r], law.scale[r]], [k, scale], rtol=1e-6)


@pytest.mark.parametrize(("alpha", "b"), [(0.5, 0.5), (2.0, 5.0), (0.2, 3.0), (300.0, 40.0)])
def test_beta_agrees_with_scipy(alpha, b):
    values = np.clip(default_rng(6).beta(alpha, b, (R, N)), *laws.INSIDE)
    law = Beta().fit(Points(values))
    for r, row in enumerate(values):
        np.testing.assert_allclose([law.alpha[r], law.beta[r]], stats.beta.fit(row, floc=0, fscale=1)[:2], rtol=1e-6)


@pytest.mark.parametrize("concentration", [0.1, 2.0, 50.0, 1e4])
def test_von_mises_agrees_with_scipy(concentration):
    values = default_rng(7).vonmises(3.0, concentration, (R, N))
    law = VonMises().fit(Points(values))
    for r, row in enumerate(values):
        kappa, direction, _ = stats.vonmises.fit(row, fscale=1)
        np.testing.assert_allclose(law.concentration[r], kappa, rtol=1e-6)
        assert abs(np.sin(law.direction[r] - direction)) < 1e-6
    np.testing.assert_allclose(law.variance, 1 - i1e(law.concentration) / i0e(law.concentration), rtol=1e-6)


@pytest.mark.parametrize("shape", [0.05, 0.7, 2.0, 50.0, 1e4])
def test_weibull_solves_its_equation_and_beats_scipy(shape):
    # SciPy's search stops at about five digits, so a root finder is the oracle and SciPy's likelihood the bar.
    values = np.maximum(2.0 * default_rng(8).weibull(shape, (R, N)), 1e-300)
    law = Weibull().fit(Points(values))
    for r, row in enumerate(values):
        z = np.log(row / row.max())

        def equation(k, z=z):
            return (np.exp(k * z) * z).sum() / np.exp(k * z).sum() - z.mean() - 1 / k

        k = brentq(equation, 0.01 * shape, 100 * shape, xtol=1e-14, rtol=1e-13)
        np.testing.assert_allclose(law.shape[r], k, rtol=1e-8)
        found, _, scale = stats.weibull_min.fit(row, floc=0)
        mine = stats.weibull_min.logpdf(row, law.shape[r], scale=law.scale[r]).sum()
        assert mine >= stats.weibull_min.logpdf(row, found, scale=scale).sum() - 1e-9


def test_beta_solves_its_equations_for_the_most_uneven_points():
    rng = default_rng(9)
    logits = rng.normal(size=(2000, 5)) * 10 ** rng.uniform(-5, 1.3, (2000, 1)) + rng.uniform(-15, 15, (2000, 1))
    logits[::3, 0] = rng.uniform(-30, 30, 667)
    values = np.clip(1 / (1 + np.exp(-logits)), *laws.INSIDE)
    law = Beta().fit(Points(values))
    a, b = law.alpha, law.beta
    assert np.isfinite(a).all()
    for k, logs in ((a, np.log(values)), (b, np.log1p(-values))):
        size = abs(logs).mean(axis=1) + abs(digamma(k)) + abs(digamma(a + b))
        assert (abs(digamma(k) - digamma(a + b) - logs.mean(axis=1)) < 1e-13 * size).all()


def test_shapes_of_any_size_are_found_again():
    shape = 10 ** np.arange(-2.0, 30.0, 0.5)
    np.testing.assert_allclose(solve_shape(shortfall(shape)), shape, rtol=1e-12)


def test_the_logarithms_keep_their_digits():
    k = np.array([1e-5, 0.3, 5.0, 19.9, 20.1, 100.0])
    np.testing.assert_allclose(shortfall(k), np.log(k) - digamma(k), rtol=1e-11)
    np.testing.assert_allclose(shortfall_slope(k), 1 - k * polygamma(1, k), rtol=1e-11)
    np.testing.assert_allclose(shortfall(1e9), 0.5e-9, rtol=1e-9)
    np.testing.assert_allclose(excess(np.array([0.199, 0.201, -0.5, 3.0])), [
        0.0175122, 0.0178447, 0.1931472, 1.6137056], rtol=1e-4)  # fmt: skip
    u = 10.0 ** -np.arange(2, 160, 7.0)
    np.testing.assert_allclose(excess(u), u**2 / 2 - u**3 / 3 + u**4 / 4 - u**5 / 5, rtol=1e-8)


def test_rise_finds_roots_that_plain_newton_overshoots():
    def function(y, rows):
        return np.tanh(3 * (y - 2.0)), 3 / np.cosh(np.clip(3 * (y - 2.0), -300, 300)) ** 2

    np.testing.assert_allclose(rise(function, np.array([-5.0, 2.1, 30.0])), 2.0, rtol=1e-9)


@pytest.mark.parametrize("shape", [1e6, 1e12, 1e20])
@pytest.mark.parametrize("size", [1e-300, 1.0, 1e300])
def test_a_nearly_collapsed_law_is_learnt_to_its_last_digits(shape, size):
    # A law so narrow is normal, with relative deviation 1/sqrt(shape): the oracle is that of the points themselves.
    z = default_rng(10).standard_normal((R, 50))
    z -= z.mean(axis=1, keepdims=True)
    values = size * (1 + z / np.sqrt(shape))
    seen = (values - values.mean(axis=1, keepdims=True)) / size
    expected = 1 / (seen**2).mean(axis=1)
    law = Gamma().fit(Points(values))
    assert law.collapsed is None
    np.testing.assert_allclose(law.shape, expected, rtol=1e-2)
    np.testing.assert_allclose(law.mean, values.mean(axis=1), rtol=1e-15)
    again = law.sample(4000, default_rng(11)).values / size - 1
    np.testing.assert_allclose(again.std(axis=1) * np.sqrt(shape), 1.0, rtol=0.2)
    if size == 1.0:
        shares = Beta().fit(Points(values / 2))
        np.testing.assert_allclose(shares.alpha + shares.beta, expected, rtol=1e-2)
        angles = VonMises().fit(Points(values))
        np.testing.assert_allclose(angles.concentration, expected, rtol=1e-2)
    assert np.isfinite(Weibull().fit(Points(values)).shape).all()


@pytest.mark.parametrize("family", LEARNERS, ids=repr)
def test_equal_points_are_an_outcome_and_stay_so(family):
    constant = np.array([[0.3], [1e-300], [0.7]])
    values = np.concatenate([np.tile(constant, (1, 6)), default_rng(12).uniform(0.2, 0.8, (1, 6))])
    law = family.fit(Points(values))
    if isinstance(family, Uniform):
        # For it equal points are a fit like any other; zeros are not.
        assert law.collapsed is None
        assert family.fit(Points(np.array([[0.0, 0.0], [0.0, 1.0]]))).collapsed.tolist() == [True, False]
        return
    assert law.collapsed.tolist() == [True, True, True, False]
    np.testing.assert_array_equal(written(law)[:3], np.tile(constant, (1, 5)))
    assert len(set(written(law)[3])) == 5
    assert family.fit(law.sample(6, default_rng(0))).collapsed[:3].all()
    assert (law.variance[:3] == 0).all()


@pytest.mark.parametrize("family", LEARNERS, ids=repr)
def test_nothing_to_learn_from_is_an_outcome(family):
    values = default_rng(13).uniform(0.2, 0.8, (3, 4))
    values[1, 2] = np.nan
    weights = np.ones((3, 4))
    weights[2] = 0
    law = family.fit(Points(values, weights))
    assert law.collapsed.tolist() == [False, True, True]
    assert np.isnan(written(law)[1:]).all()
    assert family.fit(law.sample(4, default_rng(0))).collapsed.tolist() == [False, True, True]
    assert family.fit(Points(np.zeros((2, 0)))).collapsed.all()


def test_a_column_that_dies_does_not_take_the_others_along():
    values = default_rng(14).gamma(2.0, 1.0, (2, 20, 2))
    values[0, :, 1] = 5.0
    law = Gamma().fit(Points(values))
    assert law.collapsed.tolist() == [False, False]
    assert (written(law)[0, :, 1] == 5.0).all()
    values[0, :, 0] = 7.0
    assert Gamma().fit(Points(values)).collapsed.tolist() == [True, False]


@pytest.mark.parametrize(
    ("family", "bad"),
    [(Gamma(), 0.0), (Gamma(), -1.0), (Weibull(), 0.0), (Beta(), 1.0), (Beta(), 1.5), (Uniform(), -1e-9)],
)
def test_points_outside_the_support_are_refused_with_a_sentence(family, bad):
    with pytest.raises(InputError, match=r"^expected points .* family; got .*\. Try a world of "):
        family.fit(Points(np.array([[0.5, bad, 0.7]])))


@pytest.mark.parametrize(
    ("world", "setting"),
    [(worlds.Gamma, {"shape": 0.0}), (worlds.Gamma, {"scale": np.inf}), (worlds.Beta, {"alpha": -1.0}),
     (worlds.Beta, {"beta": np.nan}), (worlds.VonMises, {"direction": 4.0}), (worlds.VonMises, {"concentration": -1.0}),
     (worlds.Weibull, {"shape": -2.0}), (worlds.Uniform, {"upper": 0.0})],
)  # fmt: skip
def test_worlds_refuse_what_is_no_law(world, setting):
    with pytest.raises(InputError, match=r"^expected a "):
        world(**setting)


def test_a_gamma_prior_is_imaginary_points():
    prior = Prior(5.0, 2.0, 0.8)
    rng = default_rng(15)
    values = rng.gamma(2.0, 1.0, (R, 10))
    law = Gamma(prior).fit(Points(values))
    k = 2.0**2 / 0.8
    mean = (10 * values.mean(axis=1) + 5 * 2.0) / 15
    logs = (10 * np.log(values).mean(axis=1) + 5 * (digamma(k) + np.log(2.0 / k))) / 15
    np.testing.assert_allclose(law.mean, mean, rtol=1e-12)
    np.testing.assert_allclose(np.log(law.shape) - digamma(law.shape), np.log(mean) - logs, rtol=1e-9)
    empty = Gamma(prior).fit(Points(np.zeros((2, 0))))
    np.testing.assert_allclose([empty.mean, empty.variance], [[2.0] * 2, [0.8] * 2], rtol=1e-9)
    assert Gamma(prior).fit(Points(np.ones((1, 3)))).collapsed is None
    with pytest.raises(InputError, match="expected a prior mean"):
        Gamma(Prior(1.0, -1.0))


def test_angles_go_round():
    balanced = VonMises().fit(Points(np.array([[0.0, np.pi / 2, np.pi, -np.pi / 2]])))
    assert balanced.concentration[0] < 1e-15
    assert balanced.collapsed is None
    cut = VonMises().fit(Points(np.array([[np.pi - 0.1, -np.pi + 0.1, np.pi - 0.05, -np.pi + 0.05]])))
    assert abs(abs(cut.direction[0]) - np.pi) < 1e-12
    assert cut.concentration[0] > 100


def test_laws_beyond_numbers_stay_laws():
    tiny = laws.Gamma(np.array([1e-3]), np.array([1.0])).sample(1000, default_rng(0)).values
    assert (tiny > 0).all()
    edge = laws.Beta(np.array([0.01]), np.array([0.01])).sample(1000, default_rng(0)).values
    assert ((edge > 0) & (edge < 1)).all()
    assert (laws.Weibull(np.array([1e-3]), np.array([1e-10])).sample(1000, default_rng(0)).values > 0).all()
    assert laws.Weibull(np.array([np.inf]), np.array([2.0])).variance == 0
    assert laws.VonMises(np.array([1.0]), np.array([np.inf])).variance == 0
    assert laws.Uniform(np.array([1e-200])).variance < 1e-300


@pytest.mark.parametrize(("n", "unbiased"), [(2, 0), (10, 0), (5, 1)])
def test_the_largest_of_n_points_shrinks_to_n_of_n_plus_1_a_generation(n, unbiased):
    family = Uniform("unbiased" if unbiased else "mle")
    loop = generations(worlds.Uniform(), family, size=n, replicates=20_000, rng=default_rng(16))
    for t in range(1, 6):
        upper = next(loop).model.upper
        logs = np.log(upper)
        # Unbiased, the average stays; the logarithm shrinks either way, by the mean 1/n of an exponential.
        assert abs(upper.mean() - (1 if unbiased else n / (n + 1)) ** t) < 5 * upper.std() / np.sqrt(len(upper))
        assert abs(logs.mean() - t * (unbiased * np.log(1 + 1 / n) - 1 / n)) < 5 * logs.std() / np.sqrt(len(logs))


@pytest.mark.parametrize(
    ("world", "family", "information"),
    [
        (worlds.Gamma(2.0), Gamma(), 1 / (2.0 * (2.0 * polygamma(1, 2.0) - 1))),
        (worlds.Weibull(1.5), Weibull(), 6 / np.pi**2),
        (worlds.VonMises(0.5, 2.0), VonMises(), None),
    ],
)
def test_one_fit_scatters_as_fisher_information_says(world, family, information):
    """Relative variance of the shape, n times, for one large sample; the von Mises one from A'(kappa)."""
    n, replicates = 1000, 3000
    law = family.fit(world.open(replicates).first(n, default_rng(18)))
    if information is None:
        kappa = 2.0
        a = i1e(kappa) / i0e(kappa)
        information, ratio = 1 / (kappa**2 * (1 - a / kappa - a * a)), law.concentration / kappa
    else:
        ratio = law.shape / world.shape
    # The bias and the curvature of order 1/n are well below the scatter of a variance over 3000 replicates.
    assert abs(n * ratio.var() / information - 1) < 5 * np.sqrt(2 / replicates) + 10 / n
    assert abs(ratio.mean() - 1) < 5 * ratio.std() / np.sqrt(replicates) + 5 / n


@pytest.mark.parametrize(
    ("family", "world"), [(f, w) for f, w, _ in MEMBERS if f in LEARNERS and f != Uniform()], ids=repr
)
def test_replacing_ends_in_collapse_and_a_fresh_anchor_does_not(family, world):
    loop = generations(world, family, size=4, replicates=20, rng=default_rng(19))
    for g in loop:
        if g.collapsed.all():
            break
        assert g.t < 2000
    values = written(g.model)
    assert (values == values[:, :1]).all()
    loop = generations(world, family, size=8, anchor=Anchor(4), replicates=20, rng=default_rng(20))
    for g in loop:
        if g.t == 100:
            break
    assert not g.collapsed.any()
