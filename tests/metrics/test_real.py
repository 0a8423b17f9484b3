"""What is real: a law, points or text, read off a source once."""

import numpy as np
import pytest

from kellet import InputError, Points, worlds
from kellet.data.source import DataSet
from kellet.laws import GaussianMixture, Normal
from kellet.metrics import Look, RealLaw, RealPoints, RealText, find_metric, real_of, suitable
from kellet.metrics.neighbours import _held
from kellet.metrics.null import null

STOCK = np.random.default_rng(0).normal(size=(90, 2))
SOURCE = DataSet(STOCK[:40], STOCK[40:60], STOCK[60:], 1)


class Writes:
    """A model that writes the points that it was given, and says what it likes of itself."""

    def __init__(self, points, **known):
        self.points = points
        vars(self).update(known)

    def sample(self, n, rng):
        return Points(self.points)


@pytest.mark.parametrize(
    ("world", "kind"),
    [(worlds.Normal(), RealLaw), (worlds.Zipf(9), RealLaw), (worlds.Digits(), RealPoints), (worlds.Text(), RealText)],
)
def test_each_kind_of_source_is_a_kind_of_real_thing(world, kind):
    assert type(real_of(world.open(1))) is kind


@pytest.mark.parametrize("world", [worlds.Digits(), worlds.Text()])
def test_a_world_that_is_opened_again_is_not_worked_on_again(world):
    assert real_of(world.open(1)) is real_of(world.open(7))
    other = DataSet(STOCK[:40].copy(), STOCK[40:60], STOCK[60:], 1)
    assert real_of(SOURCE) is not real_of(other)


def test_a_law_over_categories_has_no_moments():
    real = real_of(worlds.Zipf(9).open(1))
    assert real.mean is None and real.covariance is None


def test_a_law_that_knows_its_covariance_is_believed():
    weights, means = np.array([[0.5, 0.5]]), np.array([[[1.0, 1.0], [-1.0, -1.0]]])
    law = GaussianMixture(weights, means, np.broadcast_to(np.eye(2), (1, 2, 2, 2)))
    np.testing.assert_allclose(RealLaw(law).covariance, [[2.0, 1.0], [1.0, 2.0]])


def test_what_is_no_source_is_refused():
    with pytest.raises(InputError, match="a world that opens as a Law, a DataSet or a Corpus; got dict"):
        real_of({})


def test_a_model_that_keeps_a_number_called_mean_is_measured_by_what_it_writes():
    """A network keeps the mean that it standardises by; that isn't where its points lie."""
    points = STOCK[None, :30] + 5.0
    measure, source = find_metric("mean_drift").measure, real_of(SOURCE)
    drift = {
        name: measure(Look(Writes(points, **known), source, 30, np.random.default_rng(0)))
        for name, known in {
            "silent": {}, "standardised": {"mean": np.zeros((1, 2))}, "methods": {"mean": lambda: 0, "variance": len},
        }.items()
    }  # fmt: skip
    assert drift["silent"] > 5
    assert drift["standardised"] == drift["methods"] == drift["silent"]


def test_no_metric_of_points_is_asked_of_a_law():
    names = {metric.name for metric in suitable(real_of(worlds.Normal().open(1)), Normal(np.zeros(1), np.ones(1)))}
    assert not {"coverage", "energy_distance", "nearest_training", "surviving_levels"} & names


def test_nothing_is_counted_against_what_real_points_never_reach():
    """As with twelve pictures of noise: none lies in another's neighbourhood, and a share of nothing is no number."""
    noise = np.random.default_rng(1).uniform(size=(40, 64))
    few = real_of(DataSet(noise[:4] + 5.0, noise[4:12], noise[12:16], 1))
    names = {metric.name for metric in suitable(few, None)}
    assert not {"coverage", "rare_coverage", "precision", "density"} & names and "energy_distance" in names


def test_the_zero_line_of_viewed_points_needs_nothing_of_the_real_ones_again():
    seen = DataSet(STOCK[:40], STOCK[40:60], STOCK[60:], 1, view=np.diag([9.0, 9.0]))
    real, coverage, rng = real_of(seen), find_metric("coverage"), np.random.default_rng(0)
    coverage.measure(Look(Writes(STOCK[None, :30]), real, 30, rng))
    before = _held.cache_info().misses
    zero = null([coverage], real, 30, rng, repeats=40)["coverage"]
    assert _held.cache_info().misses == before
    # Seen through the view twice, they would lie far off.
    assert np.median(zero) == pytest.approx(1, abs=0.1)
