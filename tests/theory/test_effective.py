import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet.theory import Anchored, curves, effective


@pytest.mark.parametrize("a", [-1.0, 0.0, 1.0])
@pytest.mark.parametrize("k", [2, 5, 30])
def test_effective_points_are_where_the_recursion_settles(a, k):
    n, bank = 30, 40
    for expected, anchor in [
        (effective.fresh(n, k, a), Anchored(k)),
        (effective.fixed(n, k, a), Anchored(k, kind="fixed")),
        (effective.bank(n, k, bank, a), Anchored(k, kind="bank", bank=bank)),
    ]:
        wander = curves(4000, n, curvature=a, anchor=anchor).wander[-1]
        assert 1 / wander == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("a", [-1.0, 0.0, 1.0])
@pytest.mark.parametrize("share", [0.1, 0.618, 1.0])
def test_a_weighted_anchor_settles_where_the_recursion_does(a, share):
    k, m = 6, 20
    weight = share * m / ((1 - share) * k) if share < 1 else 1e12
    wander = curves(2000, k + m, curvature=a, anchor=Anchored(k, weight=weight)).wander[-1]
    assert 1 / wander == pytest.approx(effective.weighted(k, m, share, a), rel=1e-9)


@given(k=st.floats(1, 1e6), m=st.floats(1, 1e6))
def test_no_weight_beats_the_best_weight(k, m):
    best = effective.best_weight(k, m)
    worth = effective.weighted(k, m, best)
    assert worth == pytest.approx(k / best, rel=1e-9)
    for other in (best * 0.9, best + 0.1 * (1 - best)):
        assert effective.weighted(k, m, other) < worth * (1 + 1e-12)


def test_equal_halves_are_weighted_by_the_golden_ratio():
    assert effective.best_weight(1, 1) == pytest.approx((np.sqrt(5) - 1) / 2)


@given(n=st.floats(10, 1e15), share=st.floats(1e-9, 1), a=st.sampled_from([-1.0, 0.0, 0.5]))
def test_fresh_points_are_worth_more_than_a_bank_and_a_bank_more_than_one_set(n, share, a):
    k = max(share * n, 1.0)
    fixed, bank, fresh = effective.fixed(n, k, a), effective.bank(n, k, 3 * k, a), effective.fresh(n, k, a)
    assert fixed <= bank * (1 + 1e-9)
    assert bank <= fresh * (1 + 1e-9)


def test_wander_is_the_recursion_also_where_nothing_settles():
    for a, k in [(-1.0, 0), (0.0, 0), (1.0, 0), (1.0, 1), (2.0, 1), (-1.0, 20), (1.0, 3)]:
        anchor = Anchored(k) if k else None
        expected = curves(50, 20, curvature=a, variance=3.0, anchor=anchor).wander
        np.testing.assert_allclose(effective.wander(20, k, np.arange(51), a, 3.0), expected, rtol=1e-10)


def test_approach_is_the_share_of_the_settled_wander():
    n, k, t = 50, 2, np.array([1, 10, 200])
    seen = curves(200, n, curvature=-1, anchor=Anchored(k)).wander[t] * effective.fresh(n, k, -1)
    np.testing.assert_allclose(effective.approach(n, k, t, -1), seen, rtol=1e-10)


def test_memory_is_what_a_prior_or_a_rescue_leaves():
    np.testing.assert_allclose(effective.memory(10, 2, [0, 1, 3]), [1, 0.8, 0.512])
    assert effective.memory(10, 10, 1) == 0


def test_huge_generations_keep_their_digits():
    assert effective.fresh(1e15, 3, -1) == pytest.approx(7, rel=1e-13)
    assert effective.wander(1e15, 1, 1e17, -1) == pytest.approx(1 / 3, rel=1e-12)


def test_infinite_variance_is_zero_points_even_though_anchored():
    assert effective.fresh(100, 1, 2) == pytest.approx(0.01)
    assert effective.fresh(100, 1, 3) == 0
    assert effective.fixed(100, 1, 3) == 0
