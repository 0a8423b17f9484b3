"""The two protocols, and the check that anybody can put their own family through."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from kellet import Counts, InputError, Moments, Points, Prior, Sums, check_family
from kellet.families import Adapter, Bernoulli, Categorical, Gaussian, Mixture
from kellet.families.family import ExactFamily, Family
from kellet.families.separate import Bundle, OneByOne, only
from kellet.laws import Normal
from kellet.laws.model import ExactModel, Model, read_marks

POINTS = Points(np.random.default_rng(0).normal(size=(3, 40)))


@dataclass(frozen=True)
class Own:
    """A family of somebody's own: learns a mean, writes it."""

    def fit(self, evidence, rng, previous=None):
        return Written(evidence.values.mean(axis=1))


@dataclass(frozen=True)
class Written:
    mean: Any

    def sample(self, n, rng):
        return Points(np.repeat(self.mean[:, None], n, axis=1))


class WritesIntoItsEvidence(Own):
    def fit(self, evidence, rng, previous=None):
        evidence.values[0, 0] = 9.0
        return super().fit(evidence, rng)


class LearnsNothingThatWrites(Own):
    def fit(self, evidence, rng, previous=None):
        return 5


class WritesOneTooFew(Own):
    def fit(self, evidence, rng, previous=None):
        model = super().fit(evidence, rng)
        return type("Short", (), {"sample": lambda self, n, rng: model.sample(n - 1, rng)})()


class WritesIntegers(Own):
    def fit(self, evidence, rng, previous=None):
        return Written(np.round(super().fit(evidence, rng).mean).astype(int))


class DependsOnTheHour(Own):
    hours = iter(range(1000))

    def fit(self, evidence, rng, previous=None):
        return Written(super().fit(evidence, rng).mean + next(self.hours))


class MixesReplicates(Own):
    def fit(self, evidence, rng, previous=None):
        return Written(np.full(evidence.replicates, evidence.values.mean()))


class MarksOnceForAll(Own):
    def fit(self, evidence, rng, previous=None):
        model = super().fit(evidence, rng)
        return type("Marked", (), {"sample": model.sample, "collapsed": np.array([True])})()


class Exact(Own):
    learns: ClassVar[type] = Moments
    models: ClassVar[tuple[type, ...]] = (Normal,)

    def summarise(self, points):
        return Moments.of(points.values)

    def fit(self, evidence, rng, previous=None):
        return Normal(evidence.mean, evidence.root / np.sqrt(evidence.count))


class PoolsBySumsOfSquares(Exact):
    """Right about one body of points, wrong about two."""

    def summarise(self, points):
        return Sums(float(points.size), np.stack([points.values.mean(axis=1), points.values.std(axis=1)]).T)

    def fit(self, evidence, rng, previous=None):
        return Normal(evidence.total[:, 0], evidence.total[:, 1])


class KnowsNoLaw(Exact):
    def fit(self, evidence, rng, previous=None):
        return Written(evidence.mean)


class DrawsAnotherKind(Exact):
    def fit(self, evidence, rng, previous=None):
        model = super().fit(evidence, rng)
        return type(
            "Odd", (), {"sample": model.sample, "statistics": lambda self, n, rng: Sums(float(n), model.mean)}
        )()


class Miscounts(Exact):
    def fit(self, evidence, rng, previous=None):
        model = super().fit(evidence, rng)
        return type(
            "Odd", (), {"sample": model.sample, "statistics": lambda self, n, rng: model.statistics(n + 1, rng)}
        )()


class HidesItsModels(Exact):
    models: ClassVar[tuple[type, ...]] = ()


@pytest.mark.parametrize("family", [Own(), Exact()], ids=lambda f: type(f).__name__)
def test_a_family_of_ones_own_passes(family):
    check_family(family, POINTS)


@pytest.mark.parametrize(
    ("family", "sentence"),
    [
        (WritesIntoItsEvidence, "wrote into its evidence"),
        (LearnsNothingThatWrites, "must return a model"),
        (WritesOneTooFew, r"must have shape \(3, 7\); got \(3, 6\)"),
        (WritesIntegers, "must write float64"),
        (DependsOnTheHour, "the same evidence and seed gave different points"),
        (MixesReplicates, "what one replicate saw changed what another learnt"),
        (MarksOnceForAll, "one mark per replicate"),
        (PoolsBySumsOfSquares, "pooled statistics teach something else"),
        (KnowsNoLaw, "must have statistics"),
        (DrawsAnotherKind, "statistics must be of the kind"),
        (Miscounts, "must count 7 points; got 8"),
        (HidesItsModels, "missing from the family's `models`"),
    ],
)
def test_each_breach_of_the_contract_is_told_in_a_sentence(family, sentence):
    with pytest.raises(AssertionError, match=sentence):
        check_family(family(), Points(POINTS.values.copy()))


def test_the_check_needs_two_replicates_to_tell_them_apart():
    with pytest.raises(AssertionError, match="at least two replicates"):
        check_family(Gaussian(), Points(POINTS.values[:1]))


@pytest.mark.parametrize("family", [Gaussian(), Categorical(), Mixture(2), Adapter("sklearn.neighbors:KernelDensity")])
def test_our_families_follow_the_protocol(family):
    assert isinstance(family, Family)
    assert isinstance(family, ExactFamily) == isinstance(family, Gaussian | Categorical)


def test_laws_are_exact_models():
    assert isinstance(Normal(np.zeros(1), np.ones(1)), ExactModel)
    assert not isinstance(Written(np.zeros(1)), ExactModel)
    assert isinstance(Written(np.zeros(1)), Model)


@pytest.mark.parametrize(
    "evidence",
    [
        Points(np.arange(6.0).reshape(2, 3), np.array([[0, 1, 1], [1, 1, 0.5]]), np.array([[0, 1, 2], [0, 0, 1]])),
        Points(np.arange(6.0).reshape(2, 3)),
        Moments(np.array([2.0, 3.0]), np.zeros((2, 2)), np.zeros((2, 2, 2))),
        Counts(np.array([[1, 2], [3, 4]]), np.array([0, 7]), 9),
        Sums(3.0, np.array([1.0, 2.0])),
    ],
    ids=lambda evidence: type(evidence).__name__,
)
def test_one_replicate_of_evidence_keeps_axis_0(evidence):
    one = only(evidence, 1)
    assert one.replicates == 1
    assert type(one) is type(evidence)
    assert np.ravel(one.count)[0] == np.broadcast_to(evidence.count, 2)[1]
    if isinstance(evidence, Points):
        assert (one.origins == evidence.origins[1:]).all()


def test_only_evidence_has_replicates():
    with pytest.raises(TypeError, match="expected Points, Moments, Counts or Sums; got list"):
        only([1, 2], 0)


def test_a_family_that_learns_one_by_one_learns_what_it_learns_in_one_call():
    apart = OneByOne(Gaussian()).fit(Moments.of(POINTS.values), np.random.default_rng(0))
    together = Gaussian().fit(Moments.of(POINTS.values))
    assert isinstance(apart, Bundle)
    assert (np.concatenate([model.mean for model in apart.models]) == together.mean).all()
    again = OneByOne(Gaussian()).fit(Moments.of(POINTS.values), np.random.default_rng(0), apart)
    assert len(again.models) == 3
    assert apart.sample(5, np.random.default_rng(0)).values.shape == (3, 5)
    assert not read_marks(apart, 3).collapsed.any()


@pytest.mark.parametrize(
    "settings",
    [
        {"strength": -1.0},
        {"strength": float("nan")},
        {"strength": float("inf")},
        {"strength": 1.0, "variance": 0.0},
        {"strength": 1.0, "variance": float("inf")},
        {"strength": 1.0, "mean": float("nan")},
        {"strength": 1.0, "mean": (0.0, float("inf"))},
    ],
    ids=repr,
)
def test_a_prior_that_nobody_can_mean_is_refused(settings):
    with pytest.raises(InputError, match=r"^expected a finite prior .*; got .*\. Try "):
        Prior(**settings)


def test_weighted_successes_are_no_more_than_all():
    for n in range(2, 40):
        ones = Points(np.ones((1, n)), np.full((1, n), 2.3))
        model = Bernoulli().fit(Bernoulli().summarise(ones))
        assert 1 - 1e-12 < model.mean[0] <= 1
        assert model.statistics(n, np.random.default_rng(0)).total[0] == n
