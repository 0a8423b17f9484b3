"""Simulation beside theory."""

import numpy as np
import pytest
from scipy.stats import binom

from kellet.experiment.check import check
from kellet.experiment.predicting.prediction import Prediction

ONE = {"arm": {"variance_ratio": Prediction(np.array([1.0]), "exact", "made up")}}
AROUND = np.linspace(-0.1, 0.1, 100)


def compare(values):
    return check(ONE, [("arm", "variance_ratio", values[:, None])], np.array([0]))


def test_what_agrees_is_no_surprise():
    assert not compare(1.0 + AROUND).surprising
    assert compare(0.5 + AROUND).surprising


def test_a_replicate_without_a_number_is_set_aside():
    for sick in (np.nan, np.inf):
        found = compare(np.append(1.0 + AROUND, sick))
        assert np.isnan(found.overlaps[0].z)
        assert not found.sound
        assert not found.surprising
        assert str(found).endswith("1 without a number")


def test_what_is_infinite_in_theory_and_in_every_replicate_agrees():
    (found,) = check(
        {"arm": {"kl": Prediction(np.array([np.inf]), "exact", "made up")}},
        [("arm", "kl", np.full((9, 1), np.inf))],
        np.array([0]),
    ).overlaps
    assert found.sound
    assert found.z == 0


@pytest.mark.parametrize("value", [1.0, 1.0 + 4e-16, 1.0 - 1e-14])
def test_rounding_is_no_surprise_where_nothing_varies(value):
    for noise in (0.0, 1e-16):
        (found,) = compare(value + noise * np.arange(50)).overlaps
        assert abs(found.z) < 1
        assert found.sound


def test_what_never_varies_excludes_what_would_be_seen():
    assert compare(np.full(1000, 1.001)).surprising == (), "one in a thousand that is missing"
    assert compare(np.full(1000, 1.02)).surprising, "one in fifty"
    assert not compare(np.zeros(1000)).sound, "one in a million that is a million"


@pytest.mark.parametrize("replicates", [8, 40, 200, 4000])
def test_the_mean_of_a_heavy_tailed_law_is_not_judged_by_its_replicates(replicates):
    # A lognormal law of mean 1 of which hardly any sample shows the mean.
    rng = np.random.default_rng(replicates)
    found = [compare(np.exp(3 * rng.standard_normal(replicates) - 4.5)) for _ in range(200)]
    assert sum(bool(one.surprising) for one in found) == 0
    assert sum(bool(one.sound) for one in found) < 100


@pytest.mark.parametrize("replicates", [8, 40, 200])
def test_as_many_are_beyond_as_there_should_be(replicates):
    # Student's law, and skewed ones; 3,000 tries, 2.9 of them beyond 3.3 by chance.
    rng = np.random.default_rng(1)
    for draw in (
        rng.normal,
        lambda size: rng.standard_gamma(4.0, size) / 4 - 1,
        lambda size: rng.chisquare(1, size) - 1,
    ):
        scores = [compare(1.0 + one).sound for one in draw(size=(3000, replicates))]
        assert sum(abs(o.z) > 3.3 for (o,) in filter(None, scores)) <= binom.ppf(1 - 1e-5, 3000, 1e-3)


def test_a_sample_above_what_is_possible_is_found_however_few_and_skewed():
    rng = np.random.default_rng(2)
    assert compare(1.5 + rng.exponential(0.3, 8)).surprising
    assert compare(1.5 + np.exp(rng.standard_normal(100))).surprising


def test_enough_replicates_tell_a_skewed_mean_both_ways():
    rng = np.random.default_rng(3)
    for mean in (0.9, 1.1):
        assert compare(rng.exponential(mean, 4000)).surprising
    assert not compare(rng.exponential(1.0, 4000)).surprising
