"""A prior lies where what it stands for can, or is refused; where it is taken, theory is right about it or silent."""

import msgspec
import numpy as np
import pytest

import kellet
from kellet import Arm, Counts, Experiment, InputError, Points, Prior, Sums, families, worlds
from kellet.data.source import DataSet
from kellet.experiment.spelling import parse_arm
from kellet.families.abilities import prepare

F, W = families, worlds
LOOPS = {
    "gaussian": (W.Normal(), F.Gaussian()),
    "known mean": (W.Normal(), F.Gaussian(mean=0.0)),
    "known variance": (W.Normal(), F.Gaussian(variance=1.0)),
    "lognormal": (W.LogNormal(), F.LogGaussian()),
    "categorical": (W.categorical([0.5, 0.3, 0.2]), F.Categorical()),
    "bernoulli": (W.Bernoulli(), F.Bernoulli()),
    "binomial": (W.Bernoulli(0.3, 5), F.Bernoulli(trials=5)),
    "poisson": (W.Poisson(), F.Poisson()),
    "geometric": (W.NegativeBinomial(), F.Geometric()),
    "negative-binomial": (W.NegativeBinomial(size=3.0), F.NegativeBinomial(size=3.0)),
    "exponential": (W.Exponential(), F.Exponential()),
    "pareto": (W.Pareto(), F.Pareto()),
    "laplace": (W.Laplace(), F.Laplace()),
    "gamma": (W.Gamma(), F.Gamma()),
    "mixture": (W.Normal(), F.Mixture(components=2)),
    "ising": (W.Ising(4), F.Ising(4)),
    "spin-glass": (W.SpinGlass(3), F.SpinGlass(3)),
}
MEANS = (None, 0.0, 0.5, 1.0, 5.0, -1.0, -5.0, 1e200, (0.2, 0.3, 0.5), (-0.1, 0.5, 0.6), ())
STRENGTHS = (0, 1e-9, 0.5, 1, 2, 1e6, 1e100, 1e200)
PRIORS = [
    *((strength, None, None, way) for way in ("natural", "mean") for strength in STRENGTHS),
    *((3.0, mean, None, way) for way in ("natural", "mean") for mean in MEANS),
    *((2.0, None, variance, "natural") for variance in (1e-300, 1e-9, 1e9, 1e300)),
    (2.0, float("nan"), None, "natural"), (float("nan"), None, None, "natural"), (1.0, None, float("inf"), "natural"),
]  # fmt: skip
OUTSIDE = [
    (F.Poisson, -5.0, "a prior mean >= 0 for the poisson family; got -5."),
    (F.Exponential, -1.0, "a prior mean >= 0 for the exponential family; got -1."),
    (F.Laplace, -1.0, "a prior mean >= 0 for the laplace family"),
    (F.Bernoulli, 5.0, "a prior mean from 0 to 1 for the bernoulli family; got 5."),
    (F.Bernoulli, (0.5, -0.1), "a prior mean from 0 to 1 for the bernoulli family; got -0.1."),
    (F.Gamma, 0.0, "a prior mean > 0 for the gamma family; got 0."),
    (F.Ising, 2.0, "one number between -1 and 1"),
]


def experiment(world, family, prior, **settings):
    return Experiment(world, family, 10, {"a": Arm(prior=prior)}, **{"generations": 4, "replicates": 300} | settings)


@pytest.mark.parametrize(("family", "mean", "said"), OUTSIDE)
def test_a_prior_that_lies_where_no_law_does_is_refused_in_python_and_in_files(family, mean, said):
    with pytest.raises(InputError, match=said):
        family(prior=Prior(2.0, mean))
    plain = msgspec.to_builtins(family()) | {"prior": {"strength": 2.0, "mean": mean}}
    with pytest.raises(msgspec.ValidationError, match=said):
        msgspec.convert(plain, family)


def test_a_prior_of_an_arm_is_refused_when_the_arm_is_opened():
    loop = {"size": 10, "generations": 1}
    with pytest.raises(InputError, match="a prior mean >= 0 for the poisson family; got -5"):
        kellet.predict(Experiment(W.Poisson(), F.Poisson(), arms=dict([parse_arm("prior:2@-5")]), **loop))


@pytest.mark.parametrize(
    ("family", "prior", "said"),
    [
        (F.Poisson(), Prior(1.0, 2.0, 3.0), "a prior without a variance"),
        (F.Ising(4), Prior(1.0, 0.0, 3.0), "a prior without a variance"),
        (F.Gaussian(), Prior(1.0, parametrisation="mean"), "a prior in natural parameters for the gaussian family"),
        (F.Gamma(), Prior(1.0, parametrisation="mean"), "a prior in natural parameters for the gamma family"),
        (F.Mixture(2), Prior(1.0, parametrisation="mean"), "a prior in natural parameters for the mixture family"),
        (F.Ising(4), Prior(1.0, parametrisation="mean"), "a prior in natural parameters for the ising family"),
        (F.Pareto(unbiased_for="rate"), Prior(1.0, parametrisation="mean"), "a posterior mode or a fit unbiased"),
    ],
)
def test_what_a_family_does_not_heed_is_refused(family, prior, said):
    with pytest.raises(InputError, match=said):
        family.with_prior(prior)


def test_a_mode_under_no_imaginary_point_is_refused():
    with pytest.raises(InputError, match="strength > 0 where the mode in the mean is learnt"):
        parse_arm("map:0")


def test_the_prior_of_a_family_inside_another_has_its_dimensions():
    data = DataSet(*np.random.default_rng(0).normal(size=(3, 20, 4)), 1)
    inner = F.Gaussian(prior=Prior(2.0, (0.0, 1.0, 2.0)))
    with pytest.raises(InputError, match="one number for each of 2 dimensions; got 3"):
        prepare(F.Reduced(inner, components=2), data)


def test_the_mode_in_the_mean_of_one_coin_is_where_the_density_grows_fastest():
    learn = F.Bernoulli(Prior(0.5, 0.0, parametrisation="mean")).fit
    # Beta(1, 1/2) after a success, Beta(0+, 3/2) after none.
    np.testing.assert_array_equal(learn(Sums(1.0, np.array([1.0, 0.0]))).mean, [1.0, 0.0])


def test_the_mode_in_the_mean_of_a_flat_density_of_categories_is_its_middle():
    learn = F.Categorical(prior=Prior(0.5, (0.0, 0.0, 1.0), parametrisation="mean")).fit
    np.testing.assert_allclose(learn(Counts(np.array([[1, 1, 0]]))).probabilities, [[0.5, 0.5, 0.0]])


@pytest.mark.parametrize("name", LOOPS)
def test_a_prior_is_refused_in_a_line_or_gives_finite_loops_and_theory_that_agrees(name):
    world, family = LOOPS[name]
    taken = 0
    for settings in PRIORS:
        try:
            loop = experiment(world, family, Prior(*settings), replicates=100 if name in ("mixture", "gamma") else 300)
            run = kellet.run(loop)
        except InputError as error:
            assert "\n" not in str(error), settings
            continue
        taken += 1
        for metric, prediction in kellet.predict(loop)["a"].items():
            assert np.isfinite(prediction.values).all(), (settings, metric)
            seen = run.data[metric].sel(arm="a").transpose("replicate", "generation").values
            assert np.isfinite(seen).all(), (settings, metric)
            error = seen.std(axis=0, ddof=1) / np.sqrt(len(seen))
            rounding = 1e-9 * (np.abs(prediction.values) + np.abs(seen).max()) + 1e-30
            assert (np.abs(seen.mean(axis=0) - prediction.values) < 5.5 * error + rounding).all(), (settings, metric)
    assert taken > 5


@pytest.mark.parametrize(
    ("family", "bad", "said"),
    [
        (F.Gamma(), 0.0, "positive numbers for the gamma family; got 0"),
        (F.Weibull(), -1.0, "positive numbers for the weibull family; got -1"),
        (F.Beta(), 1.0, "numbers between 0 and 1, both excluded, for the beta family; got 1"),
        (F.Uniform(), -0.5, "numbers of at least 0 for the uniform family; got -0.5"),
    ],
)
def test_data_outside_what_a_law_can_write_are_refused_before_anything_is_learnt(family, bad, said):
    values = np.full((20, 1), 0.5)
    values[3] = bad
    with pytest.raises(InputError, match=said):
        prepare(family, DataSet(values, values, values, 1))


def test_the_mode_that_lies_inside_is_a_smaller_prior():
    even = Prior(6.0, parametrisation="mean")
    assert F.Bernoulli(even).imagined == (4.0, 0.5)
    assert F.Poisson(Prior(0.5, parametrisation="mean")).imagined is None
    strength, spread = F.Categorical(prior=even).imagined(3)
    assert (strength, list(spread.round(9))) == (3.0, [0.333333333] * 3)
    assert F.Categorical(prior=even).imagined(7) is None


def test_known_mean_and_known_variance_leave_nothing_to_learn():
    with pytest.raises(InputError, match="something to learn"):
        F.Gaussian(mean=0.0, variance=1.0)


def test_a_gamma_prior_is_one_of_gamma_points():
    points = Points(np.random.default_rng(0).gamma(2.0, size=(1, 50)))
    model = F.Gamma(Prior(1e9, 3.0, 1.5)).fit(points)
    np.testing.assert_allclose([model.mean[0], model.variance[0]], [3.0, 1.5], rtol=1e-6)
