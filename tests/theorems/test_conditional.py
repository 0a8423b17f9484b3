"""Labels that the last regression wrote, against their closed forms.

Tolerance: 5 standard errors of the simulation, short horizons; about 200 comparisons, fixed seeds.
"""

import numpy as np
import pytest

import kellet
from kellet import Accumulate, Anchor, Arm, Replace, families, worlds
from kellet.theory import bias, regression

ARMS = {
    "replace": Arm(),
    "fresh": Arm(anchor=Anchor(6)),
    "every other": Arm(anchor=Anchor(share=0.2, every=2)),
    "random": Arm(anchor=Anchor(share=0.2, random=True)),
    "contaminated": Arm(anchor=Anchor(10, contaminated=0.5)),
}


def run(world, family, arms, size=30, replicates=4000):
    return kellet.run(world=world, family=family, size=size, arms=arms, generations=4, replicates=replicates, seed=3)


def distances(result, arm, metric="excess_risk"):
    """Relative errors of a prediction, and how many standard errors it is off, generation by generation."""
    values, known = result.values(arm, metric), kellet.predict(result.resolved)[arm][metric]
    gap = values.mean(axis=0) - known.values
    return gap / known.values, abs(gap) / (values.std(axis=0) / np.sqrt(len(values))), known.kind


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("size", [30, (30, 40, 25)], ids=str)
@pytest.mark.parametrize("family", [{}, {"noise": 0.5}], ids=str)
def test_the_risk_beside_real_labels_is_exact_without_an_intercept(arm, size, family):
    world = worlds.Linear(5, noise=0.5)
    found = run(world, families.Regression(intercept=False, **family), {arm: ARMS[arm]}, size)
    for metric in ("excess_risk", "test_error"):
        _, z, kind = distances(found, arm, metric)
        assert kind == "exact"
        assert (z < 5).all(), z


def test_the_risk_of_replacing_is_exact_with_an_intercept_too():
    found = run(worlds.Linear(5), families.Regression(), {"replace": Arm()})
    _, z, kind = distances(found, "replace")
    assert kind == "exact"
    assert (z < 5).all(), z


@pytest.mark.parametrize("arm", [arm for arm in ARMS if arm != "replace"])
def test_beside_real_labels_an_intercept_costs_two_per_cent_of_precision(arm):
    off, z, kind = distances(run(worlds.Linear(5), families.Regression(), {arm: ARMS[arm]}), arm)
    assert kind == "approximation"
    assert ((abs(off) < 0.02) | (z < 5)).all(), off


@pytest.mark.parametrize("intercept", [True, False])
def test_without_an_intercept_replacing_is_the_published_formula(intercept):
    known = regression.anchored([(40, 0, 0), (40, 40, 1600), (40, 40, 1600)], 10, 2.0, intercept=intercept)[0]
    published = regression.replacement(40, 10, [1, 2, 3], 2.0)
    assert known / known[0] == pytest.approx([1, 2, 3])
    assert (known == pytest.approx(published)) == (not intercept)


def test_all_labels_so_far_stay_below_their_bound():
    found = run(worlds.Linear(4), families.Regression(intercept=False), {"all": Arm(regime=Accumulate())}, 24)
    off, z, kind = distances(found, "all")
    assert kind == "approximation"
    assert z[0] < 5
    assert (off[1:] < 0).all()
    assert (off > -0.1).all()


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_wrong_labels_are_exact_for_few_rows_and_leave_a_floor_under_many(share):
    world = worlds.Linear(3, noise=0.5, mislabelled=share, signal=2.0)
    found = run(world, families.Regression(intercept=False), {"replace": Arm()})
    _, z, kind = distances(found, "replace")
    assert kind == "exact"
    assert (z < 5).all(), z
    floor = bias.mislabelled_floor(share, np.sqrt(4 * 2.0))
    many = run(world, families.Regression(), {"replace": Arm()}, size=10**12, replicates=3)
    assert many.values("replace", "excess_risk") == pytest.approx(np.full((3, 5), floor), rel=1e-4)
    n = 10**9
    assert regression.anchored([(n, n * share, (n * share) ** 2)], 3, others=8.0)[0] == pytest.approx(floor, rel=1e-6)


@pytest.mark.parametrize(
    ("family", "arm"),
    [
        ({"ridge": 1.0}, Arm()),
        ({"noise": 2.0}, Arm()),
        ({}, Arm(anchor=Anchor(6, weight=2.0))),
        ({}, Arm(anchor=Anchor(6, draw="fixed"))),
        ({}, Arm(regime=Accumulate(), anchor=Anchor(6))),
        ({}, Arm(regime=Replace(), anchor=Anchor(6, draw="bank", bank=9))),
    ],
    ids=str,
)
def test_where_nothing_is_known_theory_is_silent(family, arm):
    experiment = kellet.Experiment(worlds.Linear(3), families.Regression(**family), 20, {"arm": arm}, 2)
    assert kellet.predict(experiment) == {"arm": {}}
    few = kellet.Experiment(worlds.Linear(3), families.Regression(), 7, {"arm": Arm()}, 2)
    assert kellet.predict(few) == {"arm": {}}
