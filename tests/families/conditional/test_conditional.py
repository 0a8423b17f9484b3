"""Families that write labels for features that stay real."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kellet
from kellet import Anchor, Arm, InputError, Points, families, worlds
from kellet.data.labelled import LabelledSet
from kellet.families import Classification, Regression, Regressor
from kellet.families.yours.python import welcome
from kellet.laws.model import read_marks

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(2, 40, 4)) * [1.0, 5.0, 0.2, 1.0] + [0.0, 3.0, -1.0, 7.0]


def learn(family, rows=ROWS, weights=None):
    points = Points(rows, weights)
    return family.fit(family.summarise(points) if hasattr(family, "summarise") else points, np.random.default_rng(1))


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("ridge", [0.0, 3.0])
def test_regression_learns_what_scikit_learn_learns(ridge, intercept):
    weights = RNG.random((2, 40)) + 0.1
    own = learn(Regression(ridge=ridge, intercept=intercept), weights=weights)
    for r, rows in enumerate(ROWS):
        other = Ridge(ridge, fit_intercept=intercept) if ridge else LinearRegression(fit_intercept=intercept)
        other.fit(rows[:, :-1], rows[:, -1], sample_weight=weights[r])
        np.testing.assert_allclose(own.weights[r], other.coef_, rtol=1e-8)
        np.testing.assert_allclose(own.intercept[r], other.intercept_, rtol=1e-8, atol=1e-8)


def test_the_noise_is_unbiased_and_a_small_one_survives_beside_large_labels():
    model = learn(Regression())
    x, y = ROWS[0, :, :-1], ROWS[0, :, -1]
    rest = y - LinearRegression().fit(x, y).predict(x)
    assert model.spread[0] == pytest.approx(np.sqrt(rest @ rest / (40 - 4)))
    rows = RNG.normal(size=(1, 40, 3))
    rows[..., -1] = 1e6 + rows[..., 0] * 1e3 + 1e-3 * rows[..., -1]
    assert learn(Regression(), rows).spread[0] == pytest.approx(1e-3, rel=0.5)


def test_columns_that_say_the_same_share_their_weight():
    rows = np.concatenate([ROWS[..., :1], ROWS], axis=2)
    np.testing.assert_allclose(learn(Regression(), rows).spread, learn(Regression()).spread, rtol=1e-8)
    assert np.isfinite(learn(Regression(), rows).weights).all()


def test_too_few_rows_to_learn_the_noise_from_are_an_outcome():
    marks = read_marks(learn(Regression(), ROWS[:, :4]), 2)
    assert marks.collapsed.all()
    assert "coefficients" in marks.reason
    assert not read_marks(learn(Regression(noise=1.0), ROWS[:, :4]), 2).collapsed.any()


@pytest.mark.parametrize("family", [Regression(), Regressor("KNeighborsRegressor")], ids=str)
def test_features_stay_real_in_a_loop(family):
    source = LabelledSet(ROWS[0], ROWS[1], ROWS[1], 2, names=("a", "b", "c", "y"))
    loop = kellet.generations(source, family, size=20, replicates=2, rng=np.random.default_rng(0))
    real = {tuple(row) for row in ROWS[0, :, :-1]}
    for _ in range(3):
        written = next(loop).model.sample(30, np.random.default_rng(0)).values
        assert all(tuple(row) in real for row in written[..., :-1].reshape(-1, 3))
        assert len({tuple(row) for row in written[0, :, :-1]}) == 30


def test_estimators_are_families_as_they_are():
    named = welcome(RandomForestClassifier(max_depth=3))
    assert named == Classification("sklearn.ensemble:RandomForestClassifier", {"max_depth": 3})
    assert welcome(KNeighborsRegressor(3)) == Regressor("sklearn.neighbors:KNeighborsRegressor", {"n_neighbors": 3})
    pipeline = make_pipeline(StandardScaler(), KNeighborsRegressor())
    result = kellet.run(world=worlds.Linear(2), family=pipeline, size=30, generations=1, replicates=2)
    assert np.isfinite(result.values("replace", "excess_risk")).all()


def test_a_noise_is_of_rows_that_were_left_out():
    rows = RNG.normal(size=(1, 400, 3))
    by_heart = {"n_neighbors": 1}
    assert learn(Regressor("KNeighborsRegressor", by_heart, folds=0), rows).spread[0] == 0
    assert learn(Regressor("KNeighborsRegressor", by_heart), rows).spread[0] == pytest.approx(np.sqrt(2), rel=0.15)
    likeliest = learn(Regressor("KNeighborsRegressor", by_heart, labels="likeliest"), rows)
    written = likeliest.sample(5, np.random.default_rng(0)).values[0]
    np.testing.assert_allclose(likeliest.expect(written[:, :-1])[0], written[:, -1])


def test_classes_are_written_with_their_chances():
    rows = np.zeros((1, 1000, 2))
    rows[0, :300, 1] = 2
    model = learn(Classification("DummyClassifier", {"strategy": "prior"}, classes=4), rows)
    written = model.sample(20_000, np.random.default_rng(0)).values[0, :, 1]
    assert set(written) == {0, 2}
    assert abs((written == 2).mean() - 0.3) < 5 * np.sqrt(0.21 / 20_000)
    assert (learn(Classification("DummyClassifier", labels="likeliest"), rows).sample(9, RNG).values[..., 1] == 0).all()


def test_one_class_that_is_left_is_written_for_ever():
    rows = np.concatenate([ROWS[..., :3], np.full((2, 40, 1), 1.0)], axis=2)
    model = learn(Classification(classes=3), rows)
    assert not read_marks(model, 2).collapsed.any()
    assert (model.sample(5, RNG).values[..., -1] == 1).all()


class Breaks(RandomForestClassifier):
    def fit(self, x, y):
        raise RuntimeError("no luck today")


def test_what_an_estimator_raises_fails_its_replicate():
    source = LabelledSet(*(np.column_stack([ROWS[0, :, :3], np.arange(40) % 2]),) * 3, 1, labels=("a", "b"))
    loop = kellet.generations(source, Breaks(), size=20, rng=np.random.default_rng(0))
    marks = read_marks(next(loop).model, 1)
    assert marks.failed.all()
    assert marks.failure == "fit raised RuntimeError: no luck today"


def test_a_weighted_anchor_is_for_estimators_that_weigh():
    arms = {"heavy": Arm(anchor=Anchor(5, weight=3.0))}
    settings = {"world": worlds.Linear(2), "arms": arms, "size": 20, "generations": 1, "replicates": 2}
    heavy = kellet.run(family=Regressor("Ridge"), **settings)
    assert np.isfinite(heavy.values("heavy", "excess_risk")).all()
    with pytest.raises(InputError, match="anchor of weight 1"):
        kellet.run(family=Regressor("KNeighborsRegressor"), **settings)


@pytest.mark.parametrize(
    ("world", "family", "said"),
    [
        (worlds.Linear(), families.Gaussian(), "a family that writes labels"),
        (worlds.Normal(), Regression(), "a world with a label for the regression family"),
        (worlds.Linear(), Classification(), "a label of categories for the classification family"),
        (worlds.Linear(), Regressor("KNeighborRegressor"), "Try KNeighborsRegressor"),
        (worlds.Linear(), Regressor("Ridge", {"alfa": 1}), "Try alpha"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_in_a_line(world, family, said):
    with pytest.raises(InputError, match=said):
        kellet.run(world=world, family=family, size=20, generations=1)


@pytest.mark.parametrize(("ridge", "moves"), [(0.0, False), (1.0, True)])
def test_labels_without_noise_come_to_rest_unless_a_penalty_shrinks_them(ridge, moves):
    family = Regression(ridge=ridge, noise=0.0, intercept=False)
    settings = {"size": 20, "replicates": 3, "rng": np.random.default_rng(0)}
    first, *_, last = (next(loop) for loop in [kellet.generations(worlds.Linear(2), family, **settings)] * 4)
    assert (read_marks(last.model, 3).absorbed == (not moves)).all()
    assert np.allclose(last.model.weights, first.model.weights, rtol=1e-8) == (not moves)
