"""What the families of whole rows must obey: the copula, and the Boltzmann machine."""

import numpy as np
import pytest

from kellet import Accumulate, Anchor, Arm, Points, check_family, worlds
from kellet.experiment.run import run
from kellet.experiment.spelling import parse_family
from kellet.families import BernoulliRBM, Copula
from kellet.laws.model import read_marks


def rows(r, n, rng):
    """A number, a count and a category that go together."""
    latent = rng.normal(size=(r, n, 1)) + 0.5 * rng.normal(size=(r, n, 3))
    return np.stack([latent[..., 0], np.floor(np.exp(latent[..., 1])), np.digitize(latent[..., 2], [0.2, 1.5])], axis=2)


def bits(r, n, rng):
    return (rng.normal(size=(r, n, 1)) + rng.normal(size=(r, n, 6)) > 0).astype(float)


def shades(r, n, rng):
    return np.round(16 * rng.beta(0.5, 0.5, size=(r, n, 6)) * bits(r, n, rng))


def whole(r, n, rng):
    return bits(r, n, rng).astype(np.int64)


MACHINE = {"hidden": 5, "epochs": 5, "burn": 5}
FAMILIES = [
    (Copula(), rows),
    (Copula(), lambda r, n, rng: rows(r, n, rng)[..., 0]),
    (Copula(), lambda r, n, rng: rows(r, n, rng)[..., 1:].astype(np.int64)),
    (BernoulliRBM(**MACHINE), bits),
    (BernoulliRBM(**MACHINE), whole),
    (BernoulliRBM(**MACHINE, top=16.0), shades),
    (BernoulliRBM(**MACHINE, persistent=False, steps=2, decay=0.01), bits),
    (BernoulliRBM(**MACHINE, warm_start=True), lambda r, n, rng: bits(r, n, rng).reshape(r, n, 2, 3)),
]
every_family = pytest.mark.parametrize(("family", "points"), FAMILIES)


def written(model, n=20, seed=2):
    return model.sample(n, np.random.default_rng(seed)).values.astype(float)


def learnt(family, points, weights=None, seed=1):
    return family.fit(Points(points, weights), np.random.default_rng(seed))


@every_family
def test_the_contract_that_the_loop_relies_on(family, points):
    check_family(family, Points(points(3, 60, np.random.default_rng(0))))


@every_family
@pytest.mark.parametrize("n", [1, 7, 300])
def test_a_model_writes_as_many_points_as_it_is_asked_for(family, points, n):
    given = points(3, 40, np.random.default_rng(0))
    assert written(learnt(family, given), n).shape == (3, n, *given.shape[2:])


@every_family
def test_points_of_weight_zero_are_absent(family, points):
    given = points(2, 40, np.random.default_rng(0))
    weights = (np.arange(40) % 4 != 1).astype(float)
    some = learnt(family, given, np.broadcast_to(weights, (2, 40)))
    left = learnt(family, given[:, weights > 0])
    np.testing.assert_allclose(written(some), written(left), rtol=1e-4, atol=1e-4)


@every_family
def test_absent_points_may_be_anything(family, points):
    given = points(2, 40, np.random.default_rng(0))
    weights = np.ones((2, 40))
    weights[:, 3] = 0
    broken = given.astype(float)
    broken[:, 3] = np.nan
    whole = learnt(family, broken, weights)
    assert not read_marks(whole, 2).collapsed.any()
    np.testing.assert_array_equal(written(whole), written(learnt(family, given, weights)))


@every_family
def test_a_weight_of_two_is_the_point_twice(family, points):
    # Drawn in proportion to weights, a point of weight 2 is met by the same random numbers as two copies side by side.
    given = points(2, 30, np.random.default_rng(0))
    twice = np.repeat(given, 2, axis=1)
    heavy = learnt(family, given, np.full((2, 30), 2.0))
    np.testing.assert_allclose(written(heavy), written(learnt(family, twice)), rtol=1e-4, atol=1e-4)


@every_family
def test_what_degenerates_is_marked_and_spoils_no_other(family, points):
    given = points(4, 40, np.random.default_rng(0)).astype(float)
    weights = np.ones((4, 40))
    weights[1] = 0
    given[2] = given[2, 0]
    given[3, 5] = np.nan
    model = learnt(family, given, weights)
    assert read_marks(model, 4).collapsed.tolist() == [False, True, True, True]
    assert model.reason
    out = written(model)
    assert np.isfinite(out).all()
    alone = given.copy()
    alone[1:] = given[0]
    np.testing.assert_array_equal(out[0], written(learnt(family, alone))[0])


def test_how_much_others_have_to_learn_changes_nothing():
    """A machine makes as many updates as its own points ask for, however many the others beside it make."""
    given = bits(2, 40, np.random.default_rng(0))
    family = BernoulliRBM(**MACHINE)
    many, few = np.ones(40), (np.arange(40) < 20).astype(float)
    mixed = learnt(family, given, np.stack([many, few]))
    np.testing.assert_array_equal(mixed.weights[0], learnt(family, given, np.stack([many, many])).weights[0])
    np.testing.assert_array_equal(mixed.weights[1], learnt(family, given, np.stack([few, few])).weights[1])


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("copula", Copula()),
        ("copula:floor=0.01", Copula(0.01)),
        ("rbm:hidden=8,epochs=5,top=16,persistent=false", BernoulliRBM(8, 5, top=16.0, persistent=False)),
    ],
)
def test_a_family_has_a_short_spelling(text, family):
    assert parse_family(text) == family


@pytest.mark.parametrize(("family", "points"), [FAMILIES[0], FAMILIES[3]])
def test_a_loop_runs_in_every_kind_of_arm_and_repeats(family, points, tmp_path):
    np.save(tmp_path / "x.npy", points(1, 300, np.random.default_rng(0))[0])
    path = str(tmp_path / "x.npy")
    world = worlds.Mixed(path) if isinstance(family, Copula) else worlds.Table(path, scale="raw")
    arms = {
        "replace": Arm(),
        "weighted": Arm(anchor=Anchor(5, weight=3.0)),
        "random": Arm(anchor=Anchor(share=0.2, random=True)),
        "accumulate": Arm(regime=Accumulate()),
    }
    again = [run(world=world, family=family, size=40, arms=arms, generations=3, replicates=3).data for _ in range(2)]
    assert again[0].identical(again[1])
    assert (again[0]["collapsed"] == -1).all()
