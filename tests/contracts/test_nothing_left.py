"""What every family and loop must do where nothing is left to learn from.  A new member is one line in FAMILIES."""

from dataclasses import dataclass
from itertools import count, islice

import numpy as np
import pytest

from kellet import Accumulate, Anchor, Points, Prior, Replace, Subsample, generations, worlds
from kellet.data.labelled import LabelledSet
from kellet.data.source import DataSet
from kellet.families import (
    Adapter,
    Bernoulli,
    BernoulliRBM,
    Beta,
    Bootstrap,
    Categorical,
    Classification,
    Copula,
    Exponential,
    Gamma,
    Gaussian,
    Geometric,
    Ising,
    Kernel,
    Laplace,
    LogGaussian,
    Mixture,
    NegativeBinomial,
    NGram,
    Pareto,
    Poisson,
    Reduced,
    Regression,
    Regressor,
    SpinGlass,
    Uniform,
    VonMises,
    Weibull,
)
from kellet.families.abilities import abilities
from kellet.families.family import is_exact
from kellet.families.separate import OneByOne
from kellet.laws.model import read_marks

LINE, PLANE = worlds.Normal(mean=2.0, variance=9.0), worlds.multivariate_normal([1, -1], [[4.25, 0.5], [0.5, 1.0]])
THINGS, COUNTS, WAITS = worlds.categorical([0.4, 0.3, 0.2, 0.1]), worlds.Poisson(3.0), worlds.Exponential(2.0)


@dataclass(frozen=True)
class Blocks:
    """Made-up blocks of three tokens, opened like a data set."""

    def open(self, replicates):
        drawn = np.random.default_rng(0).integers(0, 3, (600, 5)).astype(np.int32)
        return DataSet(drawn[:300], drawn[300:500], drawn[500:], replicates)


@dataclass(frozen=True)
class Labelled:
    """Made-up rows of two features and one of two classes, or a number, opened like a table with a label."""

    labels: tuple

    def open(self, replicates):
        rows = np.random.default_rng(0).normal(size=(600, 3))
        rows[:, 2] = rows[:, 2] + rows[:, 0] > 0 if self.labels else rows[:, 2] + rows[:, 0]
        return LabelledSet(rows[:300], rows[300:500], rows[500:], replicates, labels=self.labels)


FAMILIES = [
    (Regression(), worlds.Linear(2)),
    (Regression(ridge=1.0, noise=0.5), worlds.Linear(2)),
    (Regressor("LinearRegression"), Labelled(())),
    (Classification(classes=2), Labelled(("no", "yes"))),
    (NGram(2, None, 3), Blocks()),
    (NGram(2, 0.0, 3), Blocks()),
    (Gaussian(), LINE),
    (Gaussian(), PLANE),
    (Gaussian("unbiased"), LINE),
    (Gaussian("precision"), LINE),
    (Gaussian(mean=2.0), LINE),
    (Gaussian(variance=9.0), LINE),
    (Gaussian(variance=2.0), PLANE),
    (Gaussian(covariance="diagonal"), PLANE),
    (Gaussian(prior=Prior(3.0, mean=1.0, variance=2.0)), LINE),
    (Categorical(size=4), THINGS),
    (Categorical(size=4, prior=Prior(2.0)), THINGS),
    (Bernoulli(), worlds.Bernoulli(0.3)),
    (Bernoulli(Prior(3.0, parametrisation="mean")), worlds.Bernoulli(0.3)),
    (Bernoulli(trials=4), worlds.Bernoulli(0.3, trials=4)),
    (Poisson(), COUNTS),
    (Poisson(Prior(2.0, mean=4.0)), COUNTS),
    (NegativeBinomial(size=2.5), worlds.NegativeBinomial(3.0, 2.5)),
    (Geometric(), worlds.NegativeBinomial(3.0)),
    (Exponential(), WAITS),
    (Exponential(unbiased_for="rate"), WAITS),
    (Pareto(minimum=0.7), worlds.Pareto(2.5, 0.7)),
    (Laplace(location=-1.0), worlds.Laplace(2.0, -1.0)),
    (LogGaussian(), worlds.LogNormal(mean=0.5, variance=0.4)),
    (Gamma(), worlds.Gamma(2.0, 3.0)),
    (Gamma(Prior(3.0, 2.0, 1.0)), worlds.Gamma(2.0, 3.0)),
    (Beta(), worlds.Beta(2.0, 3.0)),
    (Uniform(), worlds.Uniform(2.0)),
    (Uniform("unbiased"), worlds.Uniform(2.0)),
    (Weibull(), worlds.Weibull(1.5, 2.0)),
    (VonMises(), worlds.VonMises(1.0, 2.0)),
    (Ising(4), worlds.Ising(4, 0.2)),
    (Ising(4, "common"), worlds.Ising(4, 0.1, 0.2)),
    (SpinGlass(3), worlds.SpinGlass(3, 0.3)),
    (BernoulliRBM(2, epochs=2), worlds.Beta(2.0, 3.0)),
    (Mixture(2), PLANE),
    (Mixture(2, prior=Prior(2.0)), PLANE),
    (Kernel(0.3), LINE),
    (Kernel("cross-validated"), PLANE),
    (Bootstrap(), LINE),
    (Bootstrap(), THINGS),
    (Copula(), PLANE),
    (Reduced(components=1), PLANE),
    (Adapter("sklearn.neighbors:KernelDensity", {"bandwidth": 0.5}), LINE),
    (Regression(), worlds.Linear(3)),
    (Regression(noise=1.0), worlds.Linear(3)),
    (Regressor("sklearn.linear_model:Ridge"), worlds.Linear(3)),
]
every_family = pytest.mark.parametrize(("family", "world"), FAMILIES, ids=repr)


def stands(family):
    """Whether a prior is learnt where there is nothing else."""
    return abilities(family).prior is not None and (is_exact(family) or isinstance(family, Gamma))


def fitted(family, points):
    learner = family if abilities(family).batched else OneByOne(family)
    lesson = family.summarise(points) if hasattr(family, "summarise") else points
    return learner.fit(lesson, np.random.default_rng(1))


def written(model, n=20):
    return model.sample(n, np.random.default_rng(2)).values.astype(float)


@every_family
def test_a_fit_to_nothing_is_marked_and_disturbs_no_other(family, world):
    given = world.open(3).first(40, np.random.default_rng(0))
    weights = np.ones((3, 40))
    weights[-1] = 0.0
    model, whole = fitted(family, Points(given.values, weights)), fitted(family, given)
    assert read_marks(model, 3).collapsed.tolist() == [False, False, not stands(family)]
    np.testing.assert_allclose(written(model)[:2], written(whole)[:2], rtol=1e-9, atol=1e-12)


def refuse():
    """A judge who refuses all that replicate 0 wrote from generation 2 on."""
    often = count(1)

    def judge(points, rng):
        gone = (np.arange(points.replicates) == 0) & (next(often) >= 2)
        return Points(points.values, points.weighed * ~gone[:, None], points.origin)

    return judge


@pytest.mark.parametrize("regime", [Replace(), Accumulate(), Subsample()], ids=repr)
@every_family
def test_a_loop_whose_judge_refuses_all_is_marked_and_disturbs_no_other(family, world, regime):
    def loop(curation):
        settings = {"size": 12, "replicates": 3, "regime": regime, "rng": np.random.default_rng(3)}
        return list(islice(generations(world, family, curation=curation, **settings), 5))

    emptied = isinstance(regime, Replace) and not stands(family)
    for judged, free in zip(loop(refuse()), loop(lambda points, rng: points), strict=True):
        assert judged.emptied.tolist() == [emptied and judged.t >= 2, False, False]
        assert not judged.collapsed[judged.emptied].any()
        assert not read_marks(judged.model, 3).failed.any()
        # A sampler that rejects takes more or less of the stream, as what it draws for replicate 0 will have it.
        if not isinstance(regime, Subsample) and not isinstance(family, Poisson | NegativeBinomial | Geometric | Gamma):
            np.testing.assert_array_equal(judged.collapsed[1:], free.collapsed[1:])
            np.testing.assert_allclose(written(judged.model)[1:], written(free.model)[1:], rtol=1e-9, atol=1e-12)


def test_a_judge_who_refuses_everybody_ends_all_and_costs_no_more_fits():
    asked = []

    class Counting(Mixture, frozen=True):
        def fit(self, evidence, rng, previous=None):
            asked.append(evidence)
            return super().fit(evidence, rng, previous)

    settings = {"size": 9, "replicates": 2, "rng": np.random.default_rng(0)}
    for curation in (lambda points, rng: 0.0 * points, lambda points, rng: Points(points.values[:, :0])):
        last = list(islice(generations(LINE, Counting(1), curation=curation, **settings), 4))[-1]
        assert last.emptied.all()
        assert not last.collapsed.any()
    assert len(asked) == 2


def test_fresh_points_keep_a_loop_going_whose_judge_refuses_all():
    settings = {"size": 9, "anchor": Anchor(2), "replicates": 2, "rng": np.random.default_rng(0)}
    for g in islice(generations(LINE, Gaussian(), curation=lambda points, rng: 0.0 * points, **settings), 4):
        assert not g.emptied.any()
        assert np.all(g.evidence.count == (2 if g.t else 9))


@pytest.mark.parametrize("regime", [Accumulate(), Subsample()], ids=repr)
def test_the_past_is_always_left(regime):
    settings = {"size": 9, "regime": regime, "replicates": 2, "rng": np.random.default_rng(0)}
    for g in islice(generations(LINE, Gaussian(), curation=lambda points, rng: 0.0 * points, **settings), 4):
        assert not g.emptied.any()
        assert np.all(g.evidence.count == 9)
