"""What a family says of itself, what is assumed where it doesn't, and what it must know of a world beforehand."""

from dataclasses import dataclass

import numpy as np
import pytest

import kellet
from kellet import Arm, InputError, Points, Prior, generations, worlds
from kellet.data.source import Corpus, DataSet
from kellet.families import (
    Adapter,
    Bernoulli,
    BernoulliRBM,
    Categorical,
    Gaussian,
    Language,
    LogGaussian,
    Mixture,
    NGram,
    Poisson,
    Reduced,
    adapt,
)
from kellet.families.abilities import Abilities, Archive, abilities, hand_over, prepare
from kellet.laws import Frequencies, Normal
from kellet.laws.model import read_marks


class Plain:
    """Somebody's family that says nothing of itself."""

    def fit(self, evidence, rng, previous=None):
        return Normal(evidence.values.mean(axis=1), np.ones(evidence.replicates))


class Slow(Plain):
    batched = False
    resources = {"GPU": 1}  # noqa: RUF012


class Inherits(Plain, Abilities):
    discrete = True


@dataclass(frozen=True)
class Asking(Plain):
    """Somebody's family that must know how many points there are."""

    size: int | None = None

    def prepare(self, source):
        return Asking(len(source.training))


def test_of_a_family_that_says_nothing_the_defaults_are_assumed():
    found = abilities(Plain())
    said = (found.batched, found.block, found.weighs, found.text, found.categories, found.span, found.discrete)
    assert said == (True, None, True, None, False, None, False)
    assert (found.prior, found.device, dict(found.resources), found.archives) == (None, "cpu", {}, False)
    assert (found.name, found.models, found.takes_prior) == ("plain", (), False)
    assert not found.knows(Normal(np.zeros(1), np.ones(1)))
    with pytest.raises(InputError, match=r"^expected a family that takes a prior; got plain\."):
        found.with_prior(Prior(1.0))


def test_what_anybodys_object_says_of_itself_is_read_off():
    found = abilities(Slow())
    assert (found.batched, found.weighs, found.resources, found.name) == (False, False, {"GPU": 1}, "slow")
    assert abilities(Inherits()).discrete
    assert abilities(own := Inherits()) is own


@pytest.mark.parametrize("family", [Gaussian(), Adapter("a:B"), adapt(Plain())], ids=lambda f: type(f).__name__)
def test_kellets_own_families_speak_for_themselves(family):
    assert abilities(family) is family


def test_a_family_around_another_learns_as_that_does():
    assert not Reduced(Adapter("sklearn.neighbors:KernelDensity")).batched
    assert Reduced(Mixture(2)).batched
    assert Reduced(Mixture(2)).block is None
    assert Reduced(kellet.families.VAE()).block == kellet.families.VAE().block == 16
    assert Reduced(kellet.families.VAE(device="cuda")).device == "cuda"
    assert Reduced(Mixture(2)).device == "cpu"


LINE = worlds.Normal(mean=1.0, variance=2.0).open(1)
WORDS = worlds.categorical([0.5, 0.3, 0.2]).open(1)
ROWS = DataSet(*(np.arange(n, n + 6.0).reshape(3, 2) for n in (0, 1, 2)), 1, names=("age", "income"))
TEXT = Corpus(*(np.zeros((3, 4), dtype=np.int32),) * 3, 1)


def test_somebodys_family_is_ready_as_it_stands_unless_it_says_otherwise():
    for source in (LINE, ROWS, TEXT):
        assert prepare(family := Plain(), source) is family
    assert prepare(Asking(), ROWS) == Asking(3)
    with pytest.raises(InputError, match=r"^expected the categorical family for a world of categories; got plain\."):
        prepare(Plain(), WORDS)


def test_a_family_that_is_ready_knows_what_it_must_know_of_the_world():
    assert prepare(Gaussian(), LINE) == Gaussian()
    assert prepare(Categorical(), WORDS) == Categorical(size=3)
    assert prepare(NGram(2), TEXT) == NGram(2, vocabulary=256)
    assert prepare(Language(), TEXT) == Language(vocabulary=256)
    for family in (Categorical(prior=Prior(2.0)), NGram(2), Language()):
        source = WORDS if isinstance(family, Categorical) else TEXT
        assert prepare(prepare(family, source), source) == prepare(family, source)


@pytest.mark.parametrize(
    ("family", "source", "expected"),
    [
        (Categorical(), LINE, "a world of categories for the categorical family; got normal"),
        (Categorical(), ROWS, "a world of categories for the categorical family; got points"),
        (Gaussian(), WORDS, "the categorical family for a world of categories; got gaussian"),
        (Gaussian(), TEXT, "a family of text for a world of text; got gaussian"),
        (Adapter("sklearn.neighbors:KernelDensity"), TEXT, "a class whose fit takes texts for a world of text"),
        (NGram(), ROWS, "a world of text for the ngram family; got another"),
        (NGram(vocabulary=9), TEXT, "the tokeniser's vocabulary of 256; got 9"),
        (Bernoulli(), ROWS, "whole numbers from 0 to 1 for the bernoulli family; got 2"),
        (LogGaussian(), ROWS, "positive numbers for the lognormal family; got 0"),
        (BernoulliRBM(top=4.0), ROWS, r"numbers from 0 to 4 for the rbm family; got 5\. Try --family rbm:top=6"),
        (Gaussian(prior=Prior(1.0, (1.0, 2.0, 3.0))), ROWS, "a prior mean with one number for each of 2 dimensions"),
        (Gaussian(prior=Prior(1.0, (1.0, 2.0))), LINE, "a prior mean with one number for each of 1 dimensions"),
        (Categorical(prior=Prior(1.0, 2.0)), WORDS, "a prior mean with one number >= 0 for each of the 3 categories"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_family_that_cannot_learn_in_a_world_says_so(family, source, expected):
    with pytest.raises(InputError, match=f"^expected {expected}"):
        prepare(family, source)


def test_whole_numbers_are_those_of_the_data_set():
    counts = DataSet(*(np.arange(6.0).reshape(3, 2),) * 3, 1)
    assert prepare(Poisson(), counts) == Poisson()
    with pytest.raises(InputError, match="whole numbers of at least 0"):
        prepare(Poisson(), DataSet(*(np.full((3, 2), 0.5),) * 3, 1))


def test_a_family_takes_a_prior_if_it_has_the_setting():
    assert Gaussian().takes_prior
    assert Gaussian().with_prior(Prior(2.0)) == Gaussian(prior=Prior(2.0))
    assert not NGram().takes_prior
    with pytest.raises(InputError, match=r"^expected a family that takes a prior; got ngram\."):
        NGram().with_prior(Prior(2.0))


@dataclass(frozen=True)
class Archiving(Plain):
    """Writes down what it is given."""

    batched: bool
    archives = True

    def fit(self, evidence, rng, previous=None, archive=None):
        if archive is not None:
            with archive.log.open("a") as log:
                log.write(f"{evidence.replicates}\n")
        return super().fit(evidence, rng, previous)


@pytest.mark.parametrize(("batched", "lines"), [(True, ["3"] * 2), (False, ["1"] * 6)])
def test_the_loop_hands_its_archive_to_families_that_take_one(tmp_path, batched, lines):
    archive = Archive(log=tmp_path / "log.txt")
    for family in (Archiving(batched), Plain(), Slow()):
        loop = generations(worlds.Normal(), family, size=5, replicates=3, archive=archive, rng=np.random.default_rng(0))
        next(loop), next(loop)
    assert archive.log.read_text().split() == lines
    source = worlds.Normal().open(3)
    assert hand_over(Plain(), archive, source) == {}
    assert hand_over(Archiving(True), None, source) == {}


def test_an_arms_prior_is_checked_against_the_world_too():
    arms = {"known": Arm(prior=Prior(1.0, (1.0, 2.0)))}
    with pytest.raises(InputError, match="a prior mean with one number for each of 1 dimensions"):
        kellet.resolve(kellet.Experiment(worlds.Normal(), Gaussian(), 9, arms, generations=1))


def test_a_model_that_says_nothing_of_its_fits_has_learnt_everywhere():
    found = read_marks(Frequencies(np.ones((3, 1))), 3)
    assert not found.collapsed.any()
    assert not found.failed.any()
    assert (found.reason, found.failure) == (None, None)

    class Odd:
        collapsed, reason = [True, False], "it had enough"

    found = read_marks(Odd(), 2)
    assert found.collapsed.tolist() == [True, False]
    assert (found.failed.tolist(), found.reason) == ([False, False], "it had enough")


def test_points_beyond_a_replicates_number_weigh_nothing():
    points = Points(np.zeros((2, 3)), origin=4)
    assert points.head(3) is points
    assert points.head(np.array([1, 3])).weights.tolist() == [[1, 0, 0], [1, 1, 1]]
    assert points.head(np.array([1, 3])).origin == 4
