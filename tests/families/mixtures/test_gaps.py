"""Families that learn what is missing: the copula by masks, the bootstrap by heart."""

import numpy as np
import polars as pl
import pytest

from kellet import Anchor, Arm, InputError, Points, worlds
from kellet.evidence import Array
from kellet.experiment.run import run
from kellet.experiment.spelling import parse_arm
from kellet.families import Bootstrap, Copula, Gaussian, Kernel
from kellet.families.abilities import prepare
from kellet.laws.model import read_marks

COPULA, BOOTSTRAP = Copula(gaps=(1, 2)), Bootstrap(gaps=(1, 2))
both = pytest.mark.parametrize("family", [COPULA, BOOTSTRAP])


def rows(r, n, rng) -> Array:
    """A number; one that goes with it and is missing where it is high; a third that is missing with the second."""
    x, e, f = rng.normal(size=(3, r, n))
    hidden = x + f > 0.9
    y = np.where(hidden, np.nan, 0.8 * x + 0.6 * e)
    z = np.where(hidden & (f > 0), np.nan, np.round(f))
    return np.stack([x, y, z], axis=2)


def written(model, n, seed=2):
    return model.sample(n, np.random.default_rng(seed)).values


@both
def test_weights_count_and_what_is_absent_may_be_anything(family):
    given, rng = rows(2, 60, np.random.default_rng(0)), np.random.default_rng(0)
    weights = (np.arange(60) % 4 != 1).astype(float)
    some = family.fit(Points(given, np.broadcast_to(weights, (2, 60))), rng)
    left = family.fit(Points(given[:, weights > 0]), rng)
    np.testing.assert_array_equal(written(some, 50), written(left, 50))
    broken = np.where(weights[:, None] > 0, given, np.inf)
    np.testing.assert_array_equal(
        written(family.fit(Points(broken, np.tile(weights, (2, 1))), rng), 50), written(left, 50)
    )
    heavy = family.fit(Points(given, np.full((2, 60), 2.0)), rng)
    twice = family.fit(Points(np.repeat(given, 2, axis=1)), rng)
    np.testing.assert_array_equal(written(heavy, 50), written(twice, 50))


@both
def test_only_missing_numbers_of_columns_with_gaps_are_learnt(family):
    given = rows(4, 60, np.random.default_rng(0))
    given[1, 3, 0] = np.nan
    given[2, 3, 1] = np.inf
    given[3, :, 1:] = np.nan
    model = family.fit(Points(given), np.random.default_rng(0))
    assert read_marks(model, 4).collapsed.tolist() == [False, True, True, False]
    assert np.isnan(written(model, 40)[3, :, 1:]).all()
    assert not np.isnan(written(model, 40)[..., 0]).any()
    assert read_marks(type(family)().fit(Points(given)), 4).collapsed.all()


def test_one_replicate_says_nothing_to_another():
    given = rows(3, 60, np.random.default_rng(0))
    other = given.copy()
    other[1:] = np.nan_to_num(given[:1])
    first, second = (COPULA.fit(Points(some)) for some in (given, other))
    np.testing.assert_array_equal(written(first, 40)[0], written(second, 40)[0])


def test_a_table_without_gaps_is_learnt_bit_for_bit_as_before():
    given = np.nan_to_num(rows(2, 60, np.random.default_rng(0)))
    plain, gappy = Copula().fit(Points(given)), COPULA.fit(Points(given))
    np.testing.assert_array_equal(plain.values, gappy.values[:, :3])
    np.testing.assert_allclose(plain.correlation, gappy.correlation[:, :3, :3], atol=1e-12)
    assert (gappy.correlation[:, 3:, :3] == 0).all()


def test_what_is_missing_with_what_is_kept_and_nothing_drifts():
    """Twenty generations of many points: what one loses by its own chance is small, so a bias would add up."""
    n, r, generations = 20_000, 4, 20
    given = rows(r, n, np.random.default_rng(0))
    now = given
    for t in range(generations):
        now = written(COPULA.fit(Points(now)), n, seed=t)
        if t == 0:
            first = now
    gone, before = (np.isnan(some[..., 1:]) for some in (now, given))
    # A share that is drawn anew each generation wanders by the root of the generations.
    room = 5 * np.sqrt(generations * 0.25 / n)
    np.testing.assert_allclose(gone.mean(axis=1), before.mean(axis=1), atol=room)
    pairs, were = gone.all(axis=2).mean(axis=1), before.all(axis=2).mean(axis=1)
    np.testing.assert_allclose(pairs, were, atol=room)
    # Those who lack the second have a higher first, as in real rows, and in all generations alike.
    lift = [np.array([x[g].mean() - x[~g].mean() for x, g in zip(some[..., 0], np.isnan(some[..., 1]), strict=True)])
            for some in (given, first, now)]  # fmt: skip
    np.testing.assert_allclose(lift[1], lift[0], atol=0.1)
    np.testing.assert_allclose(lift[2], lift[1], atol=2 * room * 4)
    # What is there of the second keeps its mean: masks don't choose among its values.
    np.testing.assert_allclose(np.nanmean(now[..., 1], axis=1), np.nanmean(given[..., 1], axis=1), atol=2 * room)


@pytest.fixture
def world(tmp_path):
    path = tmp_path / "rows.csv"
    table = pl.DataFrame(rows(1, 400, np.random.default_rng(1))[0], schema=["x", "y", "z"]).fill_nan(None)
    table.with_columns(kind=pl.Series(["a", "b", None, "c"] * 100)).write_csv(path)
    return worlds.Mixed(str(path))


def test_families_are_told_of_gaps_by_the_world_and_others_refuse(world):
    source = world.open(2)
    assert prepare(Copula(), source) == Copula(gaps=(1, 2))
    assert prepare(Bootstrap(), source) == Bootstrap(gaps=(1, 2))
    for family in (Gaussian(), Kernel()):
        with pytest.raises(InputError, match=f'without gaps for the {family.name} family; got gaps in "y", "z". Try'):
            prepare(family, source)


@pytest.mark.parametrize("family", [Copula(), Bootstrap()])
def test_loops_keep_gaps_in_every_kind_of_arm(world, family):
    arms = {
        "replace": Arm(), "weighted": Arm(anchor=Anchor(5, weight=3.0)), "accumulate": parse_arm("accumulate")[1],
        "quantile": parse_arm("fresh:10%+quantile:0.9")[1], "verifier": parse_arm("verifier:-3,9")[1],
    }  # fmt: skip
    done = run(world=world, family=family, size=100, arms=arms, generations=3, replicates=3)
    assert (done.data["collapsed"] == -1).all()
    kept = done.data["gaps_kept"].sel(generation=0)
    assert ((kept > 0.6) & (kept < 1.4)).all()
