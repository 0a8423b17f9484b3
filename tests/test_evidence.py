"""All evidence adds: in any order, by weight as by repetition, and down to the last collapsed digit."""

from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kellet import Counts, Moments, Points, Sums
from kellet.evidence import Evidence, column, compress, length

EPS = np.finfo(float).eps
# Squares of smaller numbers underflow.
NUMBERS = st.floats(-1e3, 1e3).map(lambda x: x if abs(x) > 1e-100 else 0.0)
# Rounding of a few dozen operations; what it is relative to is said where it is used.
ROUNDING = 64 * EPS


@st.composite
def bodies(draw, least=1, many=3):
    """Several bodies of points (R, n_i) or (R, n_i, d) that may be pooled."""
    r, tail = draw(st.integers(1, 3)), draw(st.sampled_from([(), (1,), (2,), (3,)]))
    sizes = draw(st.lists(st.integers(least, 6), min_size=many, max_size=many))
    return [draw(arrays(float, (r, n, *tail), elements=NUMBERS)) for n in sizes]


@st.composite
def tallies(draw, many=3):
    """Several counts over the same categories, some of them without their dead ones."""
    r, size = draw(st.integers(1, 3)), draw(st.integers(1, 8))
    found = []
    for _ in range(many):
        alive = draw(arrays(bool, size))
        values = draw(arrays(np.int64, (r, size), elements=st.integers(0, 20))) * alive
        dropped = draw(st.booleans())
        where = np.flatnonzero(alive)
        found.append(Counts(values[:, where], where, size) if dropped else Counts(values))
    return found


def assert_same_moments(a, b, reach):
    """Equal up to rounding; reach (R,): the largest length of a point."""
    count = np.broadcast_to(np.asarray(a.count, float), len(a.mean))
    np.testing.assert_allclose(count, np.broadcast_to(np.asarray(b.count, float), len(b.mean)), rtol=ROUNDING)
    assert (abs(a.mean - b.mean) <= ROUNDING * column(reach, a.mean)).all()
    assert (abs(a.scatter - b.scatter) <= ROUNDING * column(count * reach**2, a.scatter)).all()


def reach_of(values):
    squares = (values**2).sum(axis=tuple(range(2, values.ndim)))
    return np.sqrt(squares.max(axis=1, initial=0.0))


@given(bodies())
def test_pooled_moments_are_numpys_moments_of_the_pooled_points(parts):
    pooled = reduce(add, (Moments.of(part) for part in parts))
    together = np.concatenate(parts, axis=1)
    vectors = together.reshape(*together.shape[:2], -1)
    apart = vectors - vectors.mean(axis=1, keepdims=True)
    scatter = apart.swapaxes(1, 2) @ apart
    reach, n = reach_of(together), together.shape[1]
    assert pooled.count == n
    assert (abs(pooled.mean.reshape(len(reach), -1) - vectors.mean(axis=1)) <= ROUNDING * reach[:, None]).all()
    off = abs(pooled.scatter.reshape(scatter.shape) - scatter)
    assert (off <= ROUNDING * n * reach[:, None, None] ** 2).all()


@given(bodies(least=0))
def test_moments_add_in_any_order(parts):
    a, b, c = (Moments.of(part) for part in parts)
    reach = reach_of(np.concatenate(parts, axis=1))
    assert_same_moments(a + b, b + a, reach)
    assert_same_moments((a + b) + c, a + (b + c), reach)


@given(bodies(many=2), st.integers(1, 5))
def test_a_weight_is_a_repetition_for_moments(parts, times):
    a, b = (Moments.of(part) for part in parts)
    reach = reach_of(np.concatenate(parts, axis=1))
    assert_same_moments(a + times * b, reduce(add, [b] * times, a), reach)
    assert_same_moments(times * b, Moments.of(np.repeat(parts[1], times, axis=1)), reach)


@given(bodies(many=1), st.data())
def test_weighted_points_teach_what_repeated_points_teach(parts, data):
    (values,) = parts
    times = data.draw(arrays(np.int64, values.shape[1], elements=st.integers(0, 4)))
    weights = np.broadcast_to(times.astype(float), values.shape[:2])
    assert_same_moments(Moments.of(values, weights), Moments.of(np.repeat(values, times, axis=1)), reach_of(values))


@given(bodies(many=2), st.floats(0.1, 10))
def test_pooled_points_have_the_moments_of_pooled_moments(parts, weight):
    a, b = map(Points, parts)
    pool = a + weight * b
    assert_same_moments(
        Moments.of(pool.values, pool.weights),
        Moments.of(a.values) + weight * Moments.of(b.values),
        reach_of(pool.values),
    )


@given(tallies())
def test_counts_add_in_any_order(parts):
    a, b, c = parts
    assert ((a + b).dense() == (b + a).dense()).all()
    assert (((a + b) + c).dense() == (a + (b + c)).dense()).all()


@given(tallies(), st.integers(1, 5))
def test_counts_without_their_dead_categories_are_the_same_counts(parts, times):
    pooled = reduce(add, parts)
    dense = sum(part.dense() for part in parts)
    assert (pooled.dense() == dense).all()
    assert (pooled.count == dense.sum(axis=1)).all()
    assert (pooled.living().dense() == dense).all()
    assert ((times * pooled).dense() == times * dense).all()
    assert ((times * pooled).dense() == reduce(add, [pooled] * times).dense()).all()


@given(tallies(many=1))
def test_what_is_left_of_counts_are_increasing_positions_that_somebody_still_has(parts):
    living = parts[0].living()
    if living.categories is not None:
        assert (np.diff(living.categories) > 0).all()
    dropped = parts[0].values.shape[1] - living.values.shape[1]
    assert not dropped or living.values.any(axis=0).all()


def test_counts_over_different_categories_do_not_add():
    with pytest.raises(ValueError, match="same 3 categories; got 4"):
        Counts(np.ones((1, 3))) + Counts(np.ones((1, 4)))


@given(st.integers(1, 3), st.lists(st.tuples(st.integers(1, 9), NUMBERS), min_size=3, max_size=3), st.integers(1, 5))
def test_sums_add_in_any_order_and_by_weight(r, parts, times):
    a, b, c = (Sums(float(n), np.full(r, x)) for n, x in parts)
    size = sum(abs(x) for _, x in parts) + 1
    for one, other in (((a + b) + c, a + (b + c)), (a + b, b + a), (times * a, reduce(add, [a] * times))):
        assert one.count == other.count
        assert (abs(one.total - other.total) <= ROUNDING * times * size).all()
    assert (abs((a + b).mean * (a + b).count - (a + b).total) <= ROUNDING * size).all()


@pytest.mark.parametrize("variance", [1e-30, 1e-100, 1e-300])
def test_a_collapsed_variance_survives_beside_a_mean_of_five(variance):
    sd = np.sqrt(variance)
    a, b = (Moments(10.0, np.full(3, 5.0), np.full(3, root * sd)) for root in (3.0, 4.0))
    np.testing.assert_allclose((a + b).root, 5.0 * sd, rtol=4 * EPS)
    assert ((a + b).mean == 5.0).all()
    np.testing.assert_allclose((2.0 * a).root, 3.0 * np.sqrt(2.0) * sd, rtol=4 * EPS)


@pytest.mark.parametrize("small", [1e-10, 1e-150, 1e-300])
def test_eigenvalues_that_part_keep_their_digits(small):
    scales = np.array([1.0, small])
    turn = np.array([[1.0, 0.0], [0.3, 1.0]])  # lower triangular, so the second row keeps both scales
    mixed = np.diag(scales) @ turn @ np.diag([3.0, 4.0])
    plain = turn @ np.diag([3.0, 4.0])
    a = Moments(5.0, np.zeros((1, 2)), mixed[None])
    b = Moments(5.0, np.zeros((1, 2)), 2 * mixed[None])
    pooled = (a + b).root[0]
    expected = np.sqrt(5.0) * plain
    np.testing.assert_allclose(abs(pooled / scales[:, None]), abs(expected), rtol=ROUNDING, atol=ROUNDING)


def test_moments_of_points_far_from_zero_are_not_a_difference_of_squares():
    values = 1e8 + np.array([[0.0, 1.0, 2.0, 3.0]])
    np.testing.assert_allclose(Moments.of(values).scatter, 5.0, rtol=1e-12)
    halves = Moments.of(values[:, :2]) + Moments.of(values[:, 2:])
    np.testing.assert_allclose(halves.scatter, 5.0, rtol=1e-12)


def test_nothing_added_to_something_changes_nothing():
    some = Moments.of(np.array([[1.0, 2.0, 6.0]]))
    for nothing in (Moments.of(np.zeros((1, 0))), 0.0 * some):
        for pooled in (some + nothing, nothing + some):
            assert pooled.count == 3
            np.testing.assert_allclose([pooled.mean[0], pooled.root[0]], [3.0, np.sqrt(14.0)], rtol=4 * EPS)


def test_points_keep_where_they_came_from():
    real, first, second = (Points(np.full((2, n), float(t)), origin=t) for t, n in ((0, 2), (1, 1), (2, 3)))
    pool = real + 2.0 * first + second
    assert (pool.origins == pool.values).all()
    assert (pool.count == np.array([7.0, 7.0])).all()
    assert pool.size == 6
    taken = pool.take(np.array([[0, 2], [5, 5]]))
    assert (taken.origins == [[0, 1], [2, 2]]).all()
    assert (taken.weighed == [[1, 2], [1, 1]]).all()
    assert (taken.values == taken.origins).all()


@pytest.mark.parametrize(
    "evidence",
    [
        Points(np.zeros((2, 3))),
        Moments.of(np.zeros((2, 3))),
        Counts(np.ones((2, 3), dtype=np.int64)),
        Sums(3.0, np.ones(2)),
    ],
    ids=lambda evidence: type(evidence).__name__,
)
def test_every_kind_of_evidence_follows_the_protocol(evidence):
    assert isinstance(evidence, Evidence)
    assert evidence.replicates == 2
    assert np.allclose(evidence.count, 3)
    assert np.allclose((evidence + 0.5 * evidence).count, 4.5)
    assert type(evidence + evidence) is type(0.5 * evidence) is type(evidence)


@given(arrays(float, (2, 3), elements=st.floats(1e-300, 1e150)))
def test_length_is_hypot_however_small(legs):
    expected = reduce(np.hypot, list(legs))
    np.testing.assert_allclose(length(*legs), expected, rtol=4 * EPS)


@given(st.integers(1, 5), st.integers(1, 3))
def test_compressed_rows_keep_their_products(n, d):
    rows = np.random.default_rng(n).standard_normal((2, n, d))
    root = compress(rows)
    assert root.shape == (2, d, d)
    assert (np.triu(root, 1) == 0).all()
    np.testing.assert_allclose(root @ root.swapaxes(1, 2), rows.swapaxes(1, 2) @ rows, atol=1e-13)
