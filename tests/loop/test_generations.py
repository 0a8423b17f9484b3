"""The loop: generation after generation, as long as somebody asks."""

from itertools import islice

import numpy as np
import pytest

from kellet import Accumulate, Anchor, Counts, Moments, Points, Subsample, generations, worlds
from kellet.families import Categorical, Gaussian, Mixture
from kellet.laws import Normal


def loop(steps, world=None, family=None, seed=0, **settings):
    settings = {"size": 20, "replicates": 3} | settings
    made = generations(world or worlds.Normal(), family or Gaussian(), rng=np.random.default_rng(seed), **settings)
    return list(islice(made, steps))


def test_generations_are_numbered_from_the_one_that_learns_from_real_data_alone():
    assert [g.t for g in loop(4)] == [0, 1, 2, 3]


def test_the_loop_goes_no_further_than_it_is_asked_to():
    asked = []

    class Counting(Mixture, frozen=True):
        def fit(self, evidence, rng, previous=None):
            asked.append(previous)
            return super().fit(evidence, rng, previous)

    made = loop(3, family=Counting(1))
    assert len(asked) == 3
    # Each generation may start from what the one before it learnt.
    assert asked[0] is None
    assert asked[1] is made[0].model
    assert asked[2] is made[1].model


def test_exact_families_never_see_a_point():
    assert all(isinstance(g.evidence, Moments) for g in loop(3))
    counted = loop(3, worlds.Zipf(10), Categorical(size=10), regime=Subsample())
    assert all(isinstance(g.evidence, Counts) for g in counted)


def test_points_are_kept_where_somebody_must_look_at_them():
    for settings in ({"regime": Subsample()}, {"curation": lambda points, rng: points}, {"family": Mixture(1)}):
        for g in loop(3, **settings):
            assert isinstance(g.evidence, Points)
            assert (g.evidence.origins[:, -1] <= g.t).all()


def test_real_data_that_nobody_knows_the_law_of_feed_an_exact_family_too():
    for g in loop(3, worlds.Digits(dims=2), anchor=Anchor(2)):
        assert isinstance(g.evidence, Moments)
        assert g.evidence.mean.shape == (3, 2)


def test_a_loop_can_start_from_any_model():
    start = Normal(np.full(3, 7.0), np.full(3, 0.5))
    first, second = loop(2, start=start)
    assert first.model is start
    np.testing.assert_allclose(second.model.mean, 7.0, atol=1.0)
    assert abs(second.model.sd - 0.5).max() < 0.5


def test_what_a_filter_drops_teaches_nothing():
    def positive(points, rng):
        return Points(points.values, points.weighed * (points.values > 0), points.origin)

    for g in loop(6, curation=positive, size=200)[1:]:
        assert (g.evidence.values[g.evidence.weighed == 0] <= 0).all()
        assert (g.model.mean > 0.3).all()


def test_all_replicates_are_independent():
    made = loop(5, size=30, replicates=4000)
    means = np.array([g.model.mean for g in made]).T
    # Neighbours share a stream of random numbers, but no numbers.
    found = np.corrcoef(means[:-1, -1], means[1:, -1])[0, 1]
    assert abs(found) < 5 / np.sqrt(4000)


def test_learning_writing_and_observing_have_streams_of_their_own():
    # Without anchors nothing is observed after generation 0; with one, generation 0 must not change.
    plain, anchored = loop(1), loop(1, anchor=Anchor(3))
    assert (plain[0].model.mean == anchored[0].model.mean).all()


def test_how_much_chance_a_fit_takes_changes_nothing_that_is_written():
    class Wasteful(Gaussian, frozen=True):
        def fit(self, evidence, rng, previous=None):
            rng.random(7)
            return super().fit(evidence, rng, previous)

    for one, other in zip(loop(4), loop(4, family=Wasteful()), strict=True):
        assert (one.model.mean == other.model.mean).all()


def test_what_collapsed_once_is_marked_for_good():
    class Fainting(Gaussian, frozen=True):
        """Calls every model collapsed whose mean is positive, and goes on."""

        def fit(self, evidence, rng, previous=None):
            model = super().fit(evidence, rng, previous)
            return Normal(model.mean, model.sd, model.mean > 0)

    made = loop(30, family=Fainting(), replicates=200)
    now = np.array([g.model.collapsed for g in made])
    ever = np.array([g.collapsed for g in made])
    assert (ever == np.logical_or.accumulate(now)).all()
    assert (ever[-1] != now[-1]).any()


@pytest.mark.parametrize("size", [10**6, 10**12])
def test_a_trillion_points_cost_memory_for_none(size):
    made = loop(3, size=size, replicates=2, regime=Accumulate(), anchor=Anchor(share=0.5))
    assert made[-1].evidence.count == 3 * size
    assert made[-1].evidence.root.nbytes == 16


def test_a_schedule_of_sizes_stays_at_its_last():
    assert [g.evidence.count for g in loop(5, size=(5, 10, 15))] == [5, 10, 15, 15, 15]
