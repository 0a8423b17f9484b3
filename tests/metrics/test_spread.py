"""Spread: in the directions that real data have, and in no others."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet import metrics, worlds
from kellet.data.codebook import Codebook
from kellet.data.source import DataSet
from kellet.evidence import Points
from kellet.laws import MultivariateNormal
from kellet.metrics import Look, RealLaw, find_metric, real_of
from kellet.metrics.spread import explain

SPREAD = find_metric("spread")


@dataclass(frozen=True, eq=False)
class Writes:
    values: np.ndarray

    def sample(self, n, rng):
        return Points(self.values)


def data(rows, names=(), codebook=None):
    third = len(rows) // 3
    return DataSet(rows[third:], rows[:third], rows[:third], 1, names=names, view=codebook, codebook=codebook)


def measured(source, points):
    """points: (R, n, d)."""
    look = Look(Writes(points), real_of(source), points.shape[1], np.random.default_rng(0))
    return SPREAD.measure(look)


@pytest.fixture(scope="module")
def plane():
    return np.random.default_rng(1).normal(size=(300, 2)) @ [[2.0, 0.5], [0.0, 1.0]]


@given(
    scale=st.lists(st.floats(1e-6, 1e9), min_size=4, max_size=4), place=st.floats(-1e9, 1e9),
    weights=st.lists(st.floats(0.5, 3), min_size=2, max_size=2), seed=st.integers(0, 99),
)  # fmt: skip
def test_columns_that_add_no_direction_change_nothing(scale, place, weights, seed):
    rng = np.random.default_rng(seed)
    real, written = rng.normal(size=(300, 2)), 0.5 * rng.normal(size=(2, 60, 2))
    plain = measured(data(real), written)

    def widen(points):
        more = [points @ weights, np.full(points.shape[:-1], 3.0)]
        return (np.concatenate([points, np.stack(more, axis=-1)], axis=-1)) * scale + place

    # The place is up to 1e15 times the smallest scale: what is rounded there, can't be seen here.
    exact = min(scale) > 1e-5 * abs(place)
    if exact:
        np.testing.assert_allclose(measured(data(widen(real)), widen(written)), plain, rtol=1e-3)


def test_it_is_the_determinants_root_where_all_is_plain(plane):
    written = np.random.default_rng(2).normal(size=(3, 50, 2))
    real = np.concatenate([plane[100:], plane[:100]])
    expected = [np.sqrt(np.linalg.det(np.cov(p.T, ddof=0)) / np.linalg.det(np.cov(real.T, ddof=0))) for p in written]
    np.testing.assert_allclose(measured(data(plane), written), expected)


def test_a_lost_direction_is_lost_and_rounding_is_nothing(plane):
    line = np.random.default_rng(3).normal(size=(1, 50, 1)) @ [[1 / 3, 0.7]] + 0.1
    assert measured(data(plane), line) == 0
    assert measured(data(plane), np.full((1, 50, 2), 0.1)) == 0
    assert np.isnan(measured(data(plane), np.full((1, 50, 2), np.nan)))


def test_constant_and_dependent_columns_are_left_out_and_named(plane):
    rows = np.column_stack([plane[:, 0], np.full(300, 2024.0), 1.8 * plane[:, 0] + 32, plane[:, 1]])
    source = data(rows, ("celsius", "year", "fahrenheit", "age"))
    written = np.random.default_rng(4).permutation(rows)[None, :100]
    np.testing.assert_allclose(measured(source, written), measured(data(plane), written[:, :, [0, 3]]))
    assert explain(real_of(source), 100) == (
        "Spread leaves out “year”: constant in the real data.",
        "Spread leaves out “fahrenheit”: exactly given by other columns.",
    )
    assert explain(real_of(data(plane)), 100) == ()


def test_data_without_any_variance_have_no_spread():
    same = real_of(data(np.ones((30, 2))))
    assert not {"spread", "variance_ratio", "mean_drift"} & {metric.name for metric in metrics.suitable(same, None)}


def test_few_points_show_few_directions():
    rng = np.random.default_rng(5)
    source = data(rng.normal(size=(3000, 40)) * np.geomspace(100, 0.1, 40))
    fresh = rng.normal(size=(50, 20, 40)) * np.geomspace(100, 0.1, 40)
    left = measured(source, fresh)
    # E ln chi2 of 19 to 1 degrees of freedom over n; its scatter by their trigamma functions.
    from scipy.special import polygamma, psi

    freedom = np.arange(1, 20) / 2
    expected = (psi(freedom) + np.log(2) - np.log(20)).mean()
    error = np.sqrt(polygamma(1, freedom).sum()) / 19 / np.sqrt(50)
    # The widest directions of the real sample are those of the law but for its own scatter.
    assert abs(np.log(left).mean() - expected) < 4 * error + 0.05
    note = "20 points can't show more than 19 directions: spread is measured in the 19 widest of 40."
    assert explain(real_of(source), 20) == (note,)


@pytest.fixture(scope="module")
def mixed():
    rng = np.random.default_rng(6)
    shares = [0.5, 0.3, 0.193, 0.004, 0.003]
    rows = np.column_stack([rng.normal(size=3000), rng.choice(5, 3000, p=shares), rng.choice(2, 3000)])
    levels = {"tree": ("oak", "ash", "fir", "yew", "elm"), "wet": ("no", "yes")}
    counts = {name: np.bincount(rows[:, j].astype(int)) for j, name in ((1, "tree"), (2, "wet"))}
    return data(rows, codebook=Codebook(("age", "tree", "wet"), levels, counts, np.zeros(1), np.ones(1)))


def test_a_category_is_one_direction_and_a_lost_level_is_none(mixed):
    real, rng = real_of(mixed), np.random.default_rng(7)
    pool = np.concatenate([mixed.training, mixed.heldout])
    fresh = pool[rng.integers(len(pool), size=(200, 100))]
    left = measured(mixed, fresh)
    assert abs(np.median(left) - 1) < 0.15
    assert left.min() > 0.3
    assert explain(real, 100) == ()

    def differ(codes):
        return 1 - sum((codes == level).mean(axis=-1) ** 2 for level in range(5))

    lost = np.where(fresh == [[np.nan, 2, np.nan]], 0, fresh)
    ratios = [differ(lost[..., j]) / differ(pool[:, j]) for j in (1, 2)]
    ratios.append(lost[..., 0].var(axis=1) / pool[:, 0].var())
    np.testing.assert_allclose(measured(mixed, lost), np.prod(ratios, axis=0) ** (1 / 3))
    alike = np.where([[False, True, False]], 0, fresh)
    assert (measured(mixed, alike) == 0).all()
    assert explain(real, 8) == ("Spread leaves out “tree” and “wet”: seldom anything but the usual, in fewer than 5 of "
                                "8 real points.",)  # fmt: skip


def test_a_law_is_seen_in_its_own_directions():
    factor = np.array([[1.0, 0, 0], [0, 0, 0], [2.0, 0, 1.0]])
    truth = MultivariateNormal(np.zeros((1, 3)), factor[None])
    model = MultivariateNormal(np.zeros((2, 3)), np.stack([0.5 * factor, np.diag([1.0, 1.0, 1e-160])]))
    look = Look(model, RealLaw(truth), 5, np.random.default_rng(0))
    np.testing.assert_allclose(SPREAD.measure(look), [0.25, 1e-160], rtol=1e-12)


def test_a_word_means_the_same_in_every_world():
    for world, name in (
        (worlds.Normal(mean=0, variance=1), "variance_ratio"),
        (worlds.MultivariateNormal((0.0, 0.0), ((1.0, 0.0), (0.0, 1.0))), "spread"),
        (worlds.Zipf(size=9), "effective_types"),
    ):
        source = world.open(1)
        there = {metric.name for metric in metrics.suitable(real_of(source), source.truth)}
        assert next(m.name for m in metrics.match_metrics("spread") if m.name in there) == name
