"""What every family must obey.  A new member is one line in FAMILIES."""

import dataclasses
import pickle

import numpy as np
import pytest
from scipy.stats import ks_2samp

import kellet
from kellet import (
    Accumulate,
    Anchor,
    Arm,
    Moments,
    Points,
    Prior,
    Replace,
    Subsample,
    Sums,
    Window,
    check_family,
    families,
    generations,
    resolve,
    worlds,
)
from kellet.data.labelled import LabelledSet
from kellet.families import (
    Adapter,
    Bernoulli,
    Categorical,
    Exponential,
    Gaussian,
    Geometric,
    Kernel,
    Laplace,
    LogGaussian,
    Mixture,
    NegativeBinomial,
    Pareto,
    Poisson,
    Reduced,
    adapt,
)
from kellet.families.abilities import abilities
from kellet.families.separate import OneByOne
from kellet.laws import Frequencies, MultivariateNormal, Normal
from kellet.laws.model import read_marks

# About 300 comparisons of samples here, each with this false-alarm rate.
ALPHA = 1e-8


class Bootstrap:
    """A synthesiser in the style of SDV: tables in, tables out, drawing from NumPy's global generator."""

    def fit(self, table):
        self.table = table

    def sample(self, num_rows):
        return self.table.iloc[np.random.randint(len(self.table), size=num_rows)]  # noqa: NPY002


class Sampled:
    """Points of a world, by a name to be read in the list of tests."""

    def __init__(self, name, world):
        self.__name__, self.world = name, world

    def __call__(self, r, n, rng):
        return self.world.open(r).first(n, rng)


line = Sampled("line", worlds.Normal(mean=2.0, variance=9.0))
plane = Sampled("plane", worlds.multivariate_normal([1.0, -1.0], [[4.25, 0.5], [0.5, 1.0]]))
categories = Sampled("categories", worlds.categorical([0.4, 0.3, 0.15, 0.1, 0.05]))
successes = Sampled("successes", worlds.Bernoulli(0.3))
trials = Sampled("trials", worlds.Bernoulli(0.3, trials=4))
counts = Sampled("counts", worlds.Poisson(3.0))
clumped = Sampled("clumped", worlds.NegativeBinomial(3.0, 2.5))
failures = Sampled("failures", worlds.NegativeBinomial(3.0))
waits = Sampled("waits", worlds.Exponential(2.0))
longer = Sampled("longer waits", worlds.Exponential(2.0, 3.0))
sizes = Sampled("sizes", worlds.Pareto(2.5, 0.7))
distances = Sampled("distances", worlds.Laplace(2.0, -1.0))
rows = Sampled("labelled rows", worlds.Linear(3))


class Classes:
    """Two features, and a class that the first one tells."""

    def open(self, replicates):
        points = np.random.default_rng(0).normal(size=(500, 3))
        points[:, 2] = points[:, 0] + 0.5 * points[:, 2] > 0
        return LabelledSet(points[:300], points[300:400], points[400:], replicates, labels=("no", "yes"))


classes = Sampled("classes", Classes())
positive = Sampled("positive", worlds.LogNormal(mean=0.5, variance=0.4))

FAMILIES = [
    (Gaussian(), line),
    (Gaussian(), plane),
    (Gaussian("unbiased"), line),
    (Gaussian("unbiased"), plane),
    (Gaussian("precision"), line),
    (Gaussian(mean=2.0), line),
    (Gaussian(variance=9.0), line),
    (Gaussian(variance=2.0), plane),
    (Gaussian(covariance="diagonal"), plane),
    (Gaussian(prior=Prior(3.0, mean=1.0, variance=2.0)), line),
    (Gaussian(prior=Prior(3.0, mean=(1.0, 2.0))), plane),
    (Categorical(size=5), categories),
    (Categorical(size=5, prior=Prior(2.0)), categories),
    (Categorical(size=5, prior=Prior(2.0, mean=(5.0, 4.0, 3.0, 2.0, 1.0))), categories),
    (Bernoulli(), successes),
    (Bernoulli(Prior(2.0)), successes),
    (Bernoulli(trials=4), trials),
    (Poisson(), counts),
    (Poisson(Prior(2.0, mean=4.0)), counts),
    (NegativeBinomial(size=2.5), clumped),
    (Geometric(), failures),
    (Exponential(), waits),
    (Exponential(unbiased_for="rate"), waits),
    (Exponential(shape=3.0), longer),
    (Pareto(minimum=0.7), sizes),
    (Laplace(location=-1.0), distances),
    (LogGaussian(), positive),
    (LogGaussian("unbiased"), positive),
    (Mixture(2), line),
    (Mixture(2, floor=0.1), plane),
    (Mixture(2, prior=Prior(2.0)), plane),
    (Mixture(2, "spherical"), plane),
    (Kernel(0.3), line),
    (Kernel(), plane),
    (Kernel("cross-validated"), plane),
    (families.Bootstrap(), line),
    (families.Bootstrap(), plane),
    (families.Bootstrap(), categories),
    (Reduced(components=1), plane),
    (Reduced(Mixture(2), 2, "anew"), plane),
    (Adapter("sklearn.mixture:GaussianMixture", {"n_components": 2}), plane),
    (Adapter("sklearn.neighbors:KernelDensity", {"bandwidth": 0.5}), line),
    (Adapter("sklearn.neighbors:KernelDensity", {"bandwidth": 0.5}), plane),
    (adapt(Bootstrap()), plane),
    (families.Regression(), rows),
    (families.Regression(ridge=5.0, intercept=False, noise=1.0), rows),
    (families.Regressor("sklearn.neighbors:KNeighborsRegressor"), rows),
    (families.Classification(), classes),
    (families.Classification("sklearn.neighbors:KNeighborsClassifier", labels="likeliest"), classes),
]


def name(value):
    return value.__name__ if callable(value) and hasattr(value, "__name__") else repr(value).split(" object at")[0]


every_family = pytest.mark.parametrize(("family", "points"), FAMILIES, ids=name)


def fitted(family, points, seed=1):
    learner = family if abilities(family).batched else OneByOne(family)
    lesson = family.summarise(points) if hasattr(family, "summarise") else points
    return learner.fit(lesson, np.random.default_rng(seed))


def written(model, n=20, seed=2):
    return model.sample(n, np.random.default_rng(seed)).values.astype(float)


@every_family
def test_a_family_keeps_the_contract_that_the_loop_relies_on(family, points):
    check_family(family, points(3, 60, np.random.default_rng(0)))


@every_family
def test_a_recipe_is_frozen_and_travels_to_another_process(family, points):
    field = next(iter(getattr(family, "__struct_fields__", ("thing",))), "anything")
    with pytest.raises(AttributeError):
        setattr(family, field, None)
    again = pickle.loads(pickle.dumps(family))
    given = points(2, 40, np.random.default_rng(0))
    assert (written(fitted(again, given)) == written(fitted(family, given))).all()


@every_family
@pytest.mark.parametrize("n", [1, 7, 300])
def test_a_model_writes_as_many_points_as_it_is_asked_for(family, points, n):
    given = points(3, 40, np.random.default_rng(0))
    assert written(fitted(family, given), n).shape == (3, n, *given.values.shape[2:])


@every_family
def test_points_of_weight_zero_are_absent(family, points):
    given = points(2, 40, np.random.default_rng(0))
    weights = (np.arange(40) % 4 != 1).astype(float)
    some = Points(given.values, np.broadcast_to(weights, (2, 40)))
    left = Points(given.values[:, weights > 0])
    np.testing.assert_allclose(written(fitted(family, some)), written(fitted(family, left)), rtol=1e-6, atol=1e-9)


@every_family
def test_what_one_replicate_sees_teaches_no_other(family, points):
    given = points(3, 40, np.random.default_rng(0))
    # The last one changes: what is drawn for those before it then comes from the same random numbers.
    other = given.values.copy()
    other[-1] = points(1, 40, np.random.default_rng(9)).values[0]
    before, after = (fitted(family, Points(values)) for values in (given.values, other))
    np.testing.assert_allclose(written(after)[:-1], written(before)[:-1], rtol=1e-9)
    mean = [np.mean(written(model, 500)[-1]) for model in (before, after)]
    assert mean[0] != mean[1]


@every_family
def test_a_good_fit_is_not_called_collapsed(family, points):
    given = points(3, 40, np.random.default_rng(0))
    assert not read_marks(fitted(family, given), 3).collapsed.any()


@every_family
def test_a_loop_repeats_bit_for_bit_from_its_seed(family, points):
    def run():
        settings = {"size": 30, "anchor": Anchor(3), "replicates": 2, "rng": np.random.default_rng(5)}
        loop = generations(points.world, family, **settings)
        return [written(next(loop).model) for _ in range(3)]

    for one, other in zip(run(), run(), strict=True):
        assert (one == other).all()
        assert np.isfinite(one).all()


EXACT = [(family, points) for family, points in FAMILIES if hasattr(family, "summarise")]
# One family for each kind of points, and what its world's law is.
KINDS = {points.__name__: (family, points) for family, points in reversed(EXACT)}
HALF_KNOWN = {"known mean": (Gaussian(mean=2.0), line), "known variance": (Gaussian(variance=9.0), line)}
LAWS = {name: (family, points.world.open(1).truth) for name, (family, points) in KINDS.items()} | {
    "space": (
        Gaussian(),
        MultivariateNormal(np.zeros((1, 3)), np.array([[[1.0, 0.0, 0.0], [0.9, 0.1, 0.0], [0.0, 0.2, 5.0]]])),
    ),
    "few of many": (Categorical(size=5), Frequencies(np.array([[0.5, 0.5]]), np.array([1, 3]), 5)),
    "many words": (Categorical(size=300), worlds.Zipf(300).open(1).truth),
    "four in one": (Bernoulli(trials=4), worlds.Bernoulli(0.1, trials=4).open(1).truth),
}


def many(law, r):
    """The same law for r replicates."""
    if isinstance(law, Frequencies):
        return Frequencies(np.repeat(law.probabilities, r, axis=0), law.categories, law.size)
    if hasattr(law, "logarithm"):
        return type(law)(many(law.logarithm, r))
    rows = {key: np.repeat(part, r, axis=0) for key, part in vars(law).items() if isinstance(part, np.ndarray)}
    if hasattr(law, "features"):
        rows["features"] = many(law.features, r)
    return dataclasses.replace(law, **rows)


def functionals(evidence):
    """Numbers (R,) that see a statistic from several sides; rounded, for what should be 0 and is so up to rounding."""
    if isinstance(evidence, Moments):
        count = float(np.max(evidence.count))
        mean, scatter = evidence.mean.reshape(evidence.replicates, -1), evidence.scatter
        scatter = scatter.reshape(len(mean), mean.shape[1], -1) / count
        spread = np.sqrt(np.einsum("rii->ri", scatter))
        yield from mean.T
        yield from spread.T
        yield (mean / np.where(spread > 0, spread, 1.0)).sum(axis=1)
        if mean.shape[1] > 1:
            correlation = scatter[:, 0, 1] / np.maximum(spread[:, 0] * spread[:, 1], 1e-12)
            yield np.round(correlation, 9)
            yield np.round(np.linalg.det(scatter), 9)
    elif isinstance(evidence, Sums):
        yield np.round(evidence.total, 9)
        yield np.round(evidence.mean, 9)
    else:
        counts = evidence.dense()
        yield from (counts[:, 0], counts[:, -1], counts.max(axis=1), (counts == 0).sum(axis=1), (counts**2).sum(axis=1))


def assert_same_law(one, other):
    for a, b in zip(one, other, strict=True):
        found = ks_2samp(a, b, method="asymp")
        assert found.pvalue > ALPHA, f"Kolmogorov-Smirnov distance {found.statistic:.3f} of {len(a)} against {len(b)}"


@pytest.mark.parametrize("n", [1, 2, 3, 5, 400])
@pytest.mark.parametrize("key", list(LAWS))
def test_statistics_have_the_law_of_the_statistics_of_points(key, n):
    family, law = LAWS[key]
    law = many(law, 4000)
    drawn = law.statistics(n, np.random.default_rng(1))
    told = family.summarise(law.sample(n, np.random.default_rng(2)))
    assert (np.asarray(drawn.count) == n).all()
    assert_same_law(functionals(drawn), functionals(told))


ARMS = {
    "replace": {},
    "fresh": {"anchor": Anchor(2)},
    "fixed": {"anchor": Anchor(2, draw="fixed")},
    "bank": {"anchor": Anchor(2, draw="bank", bank=5)},
    "weighted": {"anchor": Anchor(2, weight=3.0)},
    "all real": {"anchor": Anchor(share=1.0)},
    "accumulate": {"regime": Accumulate()},
    "window, fixed": {"regime": Window(2), "anchor": Anchor(2, draw="fixed")},
    "accumulate, fixed": {"regime": Accumulate(), "anchor": Anchor(2, draw="fixed")},
    "subsample": {"regime": Subsample()},
    "subsample, fresh": {"regime": Subsample(), "anchor": Anchor(2)},
}


def numbers_of(model):
    """Numbers (R,) that see a model from several sides, the first of them a place."""
    if isinstance(model, Frequencies):
        law = model.dense()
        return law[:, 0], law.max(axis=1), np.count_nonzero(law, axis=1)
    law = getattr(model, "logarithm", model)
    if hasattr(law, "weights"):
        return law.weights[:, 0], law.intercept, law.spread
    mean = law.mean.reshape(len(law.mean), -1)[:, 0]
    if isinstance(law, MultivariateNormal):
        return mean, np.trace(law.covariance, axis1=1, axis2=2), np.linalg.slogdet(law.covariance)[1]
    return (mean, law.sd) if isinstance(law, Normal) else (mean,)


@pytest.mark.parametrize("arm", ARMS.values(), ids=list(ARMS))
@pytest.mark.parametrize("kind", [*KINDS, *HALF_KNOWN])
def test_the_statistics_path_and_the_points_path_have_the_same_law(kind, arm):
    family, points = (KINDS | HALF_KNOWN)[kind]

    def last(curation, seed):
        settings = dict(size=8, replicates=3000, curation=curation, rng=np.random.default_rng(seed), **arm)
        loop = generations(points.world, family, **settings)
        first, _, third = (numbers_of(next(loop).model) for _ in range(3))
        return [np.round(x, 9) for x in (*third, third[0] - first[0])]

    # A curation that keeps everything still has to look at points.
    assert_same_law(last(None, 1), last(lambda points, rng: points, 2))


@pytest.mark.parametrize("arm", [arm for key, arm in ARMS.items() if "subsample" not in key])
@pytest.mark.parametrize(("family", "points"), EXACT, ids=name)
def test_exact_families_scale_to_any_number_of_points(family, points, arm):
    size = 10**15
    anchor = arm.get("anchor")
    if anchor and anchor.draw != "bank":
        arm = arm | {"anchor": Anchor(share=anchor.share or 0.2, draw=anchor.draw, weight=anchor.weight)}
    loop = generations(points.world, family, size=size, replicates=2, rng=np.random.default_rng(3), **arm)
    for t in range(4):
        g = next(loop)
        expected = size * arm.get("regime", Replace()).batches(t)
        if anchor and t and anchor.weight != 1:
            expected += 2 * size // 5
        assert np.allclose(g.evidence.count, expected, rtol=1e-15)
    # Four generations of 10^15 points wander by about 1e-7 of the spread.
    truth = points.world.open(2).truth
    for field in ("mean", "covariance", "variance", "probabilities", "weights"):
        known = getattr(family, "variance", None) is not None or getattr(family, "covariance", "") == "diagonal"
        if hasattr(truth, field) and not (field in ("covariance", "variance") and known):
            np.testing.assert_allclose(getattr(g.model, field), getattr(truth, field), rtol=0, atol=1e-5)


@pytest.mark.parametrize("key", [key for key in ARMS if "subsample" not in key])
@pytest.mark.parametrize("estimator", ["mle", "unbiased"])
def test_a_variance_of_1e_minus_300_forgets_exactly_like_a_variance_of_1(key, estimator):
    def loop(world):
        settings = dict(size=8, replicates=20, rng=np.random.default_rng(4), **ARMS[key])
        for g in generations(world, Gaussian(estimator), **settings):
            yield g.model
            if g.t == 30:
                return

    for small, usual in zip(
        loop(worlds.Normal(mean=0.0, variance=1e-300)), loop(worlds.Normal(mean=0.0, variance=1.0)), strict=True
    ):
        np.testing.assert_allclose(small.sd, 1e-150 * usual.sd, rtol=1e-10)
        np.testing.assert_allclose(small.mean, 1e-150 * usual.mean, rtol=1e-8, atol=1e-162)


@pytest.mark.parametrize("key", [key for key in ARMS if "subsample" not in key])
@pytest.mark.parametrize(
    ("family", "world"),
    [
        (Exponential(), worlds.Exponential),
        (Exponential(shape=3.0), lambda scale: worlds.Exponential(scale, 3.0)),
        (Laplace(), worlds.Laplace),
    ],
    ids=["exponential", "gamma", "Laplace"],
)
def test_a_scale_of_1e_minus_300_forgets_exactly_like_a_scale_of_1(family, world, key):
    def loop(scale):
        settings = dict(size=8, replicates=20, rng=np.random.default_rng(4), **ARMS[key])
        for g in generations(world(scale), family, **settings):
            yield g.model.mean
            if g.t == 20:
                return

    for small, usual in zip(loop(1e-290), loop(1.0), strict=True):
        np.testing.assert_allclose(small, 1e-290 * usual, rtol=1e-12)


@pytest.mark.parametrize("variance", [1e-30, 1e-300])
def test_a_collapsed_variance_goes_on_correctly_beside_a_mean_of_five(variance):
    def deviations(world):
        loop = generations(world, Gaussian(), size=8, replicates=20, rng=np.random.default_rng(4))
        return np.array([next(loop).model.sd for _ in range(100)])

    found = deviations(worlds.Normal(mean=5.0, variance=variance))
    np.testing.assert_allclose(found, np.sqrt(variance) * deviations(worlds.Normal(mean=0.0, variance=1.0)), rtol=1e-10)
    assert (found[-1] < 0.1 * np.sqrt(variance)).all()


@pytest.mark.parametrize("key", ["replace", "fresh", "fixed", "weighted", "accumulate"])
def test_directions_that_part_by_a_hundred_and_fifty_orders_of_magnitude_stay_exact(key):
    scale = np.array([1.0, 1e-150])

    def loop(covariance):
        world = worlds.multivariate_normal([0.0, 0.0], covariance)
        settings = dict(size=8, replicates=20, rng=np.random.default_rng(4), **ARMS[key])
        for g in generations(world, Gaussian(), **settings):
            yield g.model
            if g.t == 40:
                return

    for parted, usual in zip(loop([[1.0, 0.0], [0.0, 1e-300]]), loop([[1.0, 0.0], [0.0, 1.0]]), strict=True):
        np.testing.assert_allclose(abs(parted.factor), scale[:, None] * abs(usual.factor), rtol=1e-6, atol=0)
        np.testing.assert_allclose(parted.mean, scale * usual.mean, rtol=1e-6, atol=0)


class Fitting:
    """Somebody's model, good unless a subclass is not."""

    def fit(self, rows):
        self.mean = rows.mean(axis=0)
        return self

    def sample(self, n):
        return self.mean + np.random.standard_normal((n, len(self.mean)))  # noqa: NPY002


class Raises(Fitting):
    def fit(self, rows):
        raise RuntimeError("no")


class RaisesLater(Fitting):
    """Fails the second time it is asked to write."""

    def sample(self, n):
        if n > 2:
            raise RuntimeError("not that many")
        return super().sample(n)


class WritesNaN(Fitting):
    def sample(self, n):
        return np.full((n, len(self.mean)), np.nan)


class WritesTooMany(Fitting):
    def sample(self, n):
        return super().sample(n + 1)


class WritesTooFewLater(Fitting):
    def sample(self, n):
        return super().sample(min(n, 5))


class WritesOtherColumns(Fitting):
    def sample(self, n):
        return np.zeros((n, 7))


class WritesWords(Fitting):
    def sample(self, n):
        return [["a", "b"]] * n


@pytest.mark.parametrize(
    ("broken", "at", "why"),
    [
        (Raises, 0, "RuntimeError: no"),
        (WritesNaN, 0, "sample(2) wrote values that are not finite"),
        (WritesTooMany, 0, "sample(2) wrote 3 rows"),
        (WritesOtherColumns, 0, "sample(2) wrote rows of 7 numbers where it learnt from rows of 2"),
        (WritesWords, 0, "sample wrote what is no number in column 'x0': 'a'"),
        (RaisesLater, 1, "sample(10) raised RuntimeError: not that many"),
        (WritesTooFewLater, 1, "sample(10) wrote 5 rows"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_model_that_fails_is_told_of_and_is_neither_a_collapse_nor_a_crash(broken, at, why):
    world = worlds.multivariate_normal([0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]])
    run = kellet.run(world=world, family=adapt(broken()), size=10, generations=3, replicates=2, judged=2)
    # Pictures ask the first replicate for more points than the others write, so it may fail sooner.
    assert run.data["failed"].values.tolist() == [[0, at]]
    told = [failure for failure in run.failures()["replace"] if failure.startswith(f"generation {at}: ")]
    assert [why in failure for failure in told] == [True]
    assert (run.data["collapsed"].values == -1).all()
    assert run.reasons("replace") == []
    values = run.data["variance_ratio"].values[0]
    assert np.isnan(values[0]).all()
    assert np.isnan(values[1, at:]).all()
    assert np.isfinite(values[1, :at]).all()


@pytest.mark.parametrize("points", [line, plane])
def test_one_point_teaches_no_unbiased_variance(points):
    run = kellet.run(world=points.world, family=Gaussian("unbiased"), size=1, generations=2, replicates=3)
    assert (run.data["collapsed"].values == 0).all()
    assert np.isnan(run.data["variance_ratio"].values).all()


def test_two_points_teach_an_unbiased_variance():
    run = kellet.run(world=worlds.Normal(), family=Gaussian("unbiased"), size=2, generations=2, replicates=3)
    assert (run.data["collapsed"].values == -1).all()


def test_once_collapsed_a_replicate_stays_so_and_the_others_go_on():
    class Moody(Fitting):
        def fit(self, rows):
            if rows[0, 0] > 0:
                raise RuntimeError("not today")
            return super().fit(rows)

    world = worlds.multivariate_normal([0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]])
    loop = generations(world, adapt(Moody()), size=10, anchor=Anchor(9), replicates=20, rng=np.random.default_rng(0))
    marks = np.array([next(loop).collapsed for _ in range(4)])
    assert (np.diff(marks.astype(int), axis=0) >= 0).all()
    assert 0 < marks[0].sum() < 20


@pytest.mark.parametrize("regime", [Replace(), Accumulate(), Window(2), Subsample()], ids=repr)
def test_every_family_learns_under_every_regime(regime):
    for family, points in FAMILIES:
        settings = {"size": 30, "regime": regime, "anchor": Anchor(2, draw="fixed"), "replicates": 2}
        loop = generations(points.world, family, rng=np.random.default_rng(6), **settings)
        for _ in range(3):
            g = next(loop)
        assert not g.collapsed.any(), family
        assert np.isfinite(written(g.model)).all(), family


def test_an_object_without_fit_or_sample_is_refused_with_a_sentence():
    with pytest.raises(kellet.InputError, match=r"^expected an object with fit and sample; got object\. Try "):
        adapt(object())


@pytest.mark.parametrize(
    "thing", ["nowhere.to:Be", "sklearn.neighbors:Nothing", "os:getcwd", "sklearn.neighbors:KDTree"]
)
def test_a_class_that_cannot_be_had_is_refused_before_anything_is_computed(thing):
    with pytest.raises(kellet.InputError, match=r"^expected a class"):
        resolve(kellet.Experiment(worlds.Normal(), Adapter(thing), 10, {"a": Arm()}, generations=1))


def test_a_class_that_refuses_its_options_is_told_so():
    family = Adapter("sklearn.neighbors:KernelDensity", {"nonsense": 1})
    with pytest.raises(kellet.InputError, match="options that KernelDensity takes"):
        resolve(kellet.Experiment(worlds.Normal(), family, 10, {"a": Arm()}, generations=1))


def test_somebodys_code_leaves_the_global_generators_as_they_were():
    family = adapt(Bootstrap())
    np.random.seed(3)  # noqa: NPY002
    expected = np.random.random(3)  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    model = fitted(family, plane(1, 30, np.random.default_rng(0)))
    written(model)
    assert (np.random.random(3) == expected).all()  # noqa: NPY002
