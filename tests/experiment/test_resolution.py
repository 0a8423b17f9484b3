"""What world, family and arms must fit together in."""

import numpy as np
import pytest

import kellet
from kellet import Anchor, Arm, Experiment, InputError, families, worlds
from kellet.experiment.proof import falls_for_ever


@pytest.fixture
def rows(tmp_path):
    """A world of 100 points, of which 20 are its reserve."""
    np.save(tmp_path / "rows.npy", np.random.default_rng(0).normal(size=(100, 1)))
    return worlds.Table(str(tmp_path / "rows.npy"))


def resolve(anchor, size, generations, world):
    arms = {"a": Arm(anchor=anchor)}
    return kellet.resolve(Experiment(world, families.Gaussian(), size, arms, generations=generations))


def test_points_used_once_are_needed_only_where_they_enter(rows):
    # A reserve of 20 points: four of them in the generations 3, 6, 9, 12 and 15.
    assert resolve(Anchor(4, once=True, every=3), 20, 17, rows)
    with pytest.raises(InputError, match=r"at least 24 real points in the reserve for the arm 'a'; got 20"):
        resolve(Anchor(4, once=True, every=3), 20, 18, rows)
    assert resolve(Anchor(share=0.2, once=True), (20, 10, 30, 20), 4, rows)
    with pytest.raises(InputError, match="at least 22 real points"):
        resolve(Anchor(share=0.2, once=True), (20, 40, 30, 40), 3, rows)


def test_points_that_enter_by_chance_must_be_there_whatever_chance_does(rows):
    assert resolve(Anchor(share=0.1, random=True), 20, 5, rows)
    with pytest.raises(InputError, match="real points in the reserve"):
        resolve(Anchor(share=0.3, random=True), 50, 5, rows)
    assert resolve(Anchor(share=0.0, random=True), 50, 5, rows)


def test_a_fixed_share_that_a_later_generation_has_no_room_for_is_refused(rows):
    with pytest.raises(InputError, match="at most the 4 points of a generation"):
        resolve(Anchor(share=0.5, draw="fixed"), (20, 4), 5, rows)


@pytest.mark.parametrize(
    ("anchor", "size", "falls"),
    [
        (Anchor(share=0.1), 4, True),
        (Anchor(share=0.1), (40, 4), True),
        (Anchor(share=0.1), (4, 40), False),
        (Anchor(share=0.0, random=True), 4, True),
        (Anchor(share=0.1, random=True), 4, False),
        (Anchor(share=0.1, draw="fixed"), (40, 4), False),
    ],
    ids=repr,
)
def test_a_share_that_is_no_point_in_the_end_holds_nothing(anchor, size, falls):
    assert falls_for_ever(resolve(anchor, size, 5, worlds.Normal()).experiment, "a") == falls


@pytest.mark.parametrize("weight", [1e200, 1e-300])
@pytest.mark.parametrize("regime", [kellet.Replace(), kellet.Accumulate(), kellet.Subsample()], ids=repr)
@pytest.mark.parametrize(
    "anchor", [{"count": 3}, {"count": 4, "contaminated": 0.5}, {"share": 0.3, "random": True}], ids=repr
)
def test_any_weight_is_a_weight(weight, regime, anchor):
    arms = {"a": Arm(regime, Anchor(weight=weight, **anchor))}
    for world, family in ((worlds.Normal(), families.Gaussian()), (worlds.Poisson(), families.Poisson())):
        run = kellet.run(world=world, family=family, size=9, arms=arms, generations=4, replicates=300, block=300)
        for metric, expected in kellet.predict(run.experiment)["a"].items():
            seen = run.values("a", metric)
            error = seen.std(axis=0) / np.sqrt(len(seen))
            assert np.isfinite(expected.values).all()
            assert (abs(seen.mean(axis=0) - expected.values) < 5 * error + 1e-9).all()
