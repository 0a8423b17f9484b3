"""Loops in numbers, against the recursion that they solve."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kellet.theory import Anchored, Loop, Prior, curves
from kellet.theory.loop import geometric_sum, mixed_sum, optimal_weight

CURVATURES = st.sampled_from([-1.0, -0.2, 0.0, 0.3, 1.0, 2.0])


@st.composite
def loops(draw):
    """Loops of every kind, small enough to be walked through."""
    n = draw(st.integers(2, 10**6))
    k = draw(st.integers(0, n))
    loop = Loop(n, k, draw(CURVATURES), prior=draw(st.sampled_from([0.0, 0.5, 7.0])))
    kind = draw(st.sampled_from(["fresh", "fixed", "bank", "random"]))
    if kind == "random":
        return replace(loop, random=True)
    bank = None if kind == "fresh" or not k else k if kind == "fixed" else k + draw(st.integers(0, 10**6))
    return replace(loop, bank=bank, weight=draw(st.sampled_from([1.0, 0.2, 3.0, 40.0])))


def walked(loop, fits):
    """The loop, fit by fit."""
    if loop.random:
        anchor = Anchored(share=loop.k / loop.n, random=True)
    else:
        kind = "fresh" if loop.bank is None else "fixed" if loop.bank == loop.k else "bank"
        anchor = Anchored(loop.k, kind=kind, bank=loop.bank if kind == "bank" else None, weight=loop.weight)
    prior = Prior(loop.prior, 0.0, 1.0) if loop.prior else None
    return curves(fits, loop.n, curvature=loop.curvature, anchor=anchor if loop.k else None, prior=prior)


@given(loop=loops(), fits=st.integers(0, 150))
@settings(max_examples=200, deadline=None)
def test_a_loop_is_the_solution_of_the_recursion(loop, fits):
    exact, t = walked(loop, fits), np.arange(fits + 1)
    np.testing.assert_allclose(loop.wander(t), exact.wander, rtol=1e-8, atol=1e-15)
    np.testing.assert_allclose(loop.variance(t), exact.variance, rtol=1e-8, atol=1e-12)
    if loop.effective_points > 1e-3 and fits > 1 + 25 * loop.settles:
        assert 1 / loop.effective_points == pytest.approx(exact.wander[-1], rel=1e-8)


@pytest.mark.parametrize("a", [-1.0, 0.0, 1.0])
@pytest.mark.parametrize(
    "loop",
    [
        *(Loop(30, k, 0, bank=bank) for k in (2, 5, 30) for bank in (None, k, 40)),
        *(Loop(26, 6, 0, weight=weight) for weight in (20 / 54, 5.4, 1e12)),
        Loop(30, 3, 0, random=True),
        Loop(30, 3, 0, bank=9, weight=2.0, prior=1.5),
        Loop(30, 0, 0, prior=4.0),
    ],
    ids=repr,
)
def test_effective_points_are_where_the_recursion_settles(loop, a):
    loop = replace(loop, curvature=a)
    assert 1 / walked(loop, 4000).wander[-1] == pytest.approx(loop.effective_points, rel=1e-9)


@pytest.mark.parametrize(("n", "k", "a"), [(40, 4, -1.0), (500, 10, 0.0), (20, 19, 1.0)])
def test_a_settled_loop_has_the_variance_of_its_conjugate_law(n, k, a):
    """V/(2 kappa - a) around what the real points that there are teach; these scatter by 1/K themselves."""
    for bank in (None, k, *((3 * k,) if a == 0 else ())):
        loop, own = Loop(n, k, a, bank=bank), 1 / bank if bank else 0.0
        around = (1 + a * own) / (2 * loop.points - a)
        assert around + own == pytest.approx(1 / loop.effective_points, rel=1e-12)


@given(n=st.floats(10, 1e15), share=st.floats(1e-9, 1), a=st.sampled_from([-1.0, 0.0, 0.5]))
def test_fresh_points_are_worth_more_than_a_bank_and_a_bank_more_than_one_set(n, share, a):
    k = min(max(share * n, 1.0), n)
    fixed, bank, fresh = (Loop(n, k, a, bank=bank).effective_points for bank in (k, 3 * k, None))
    assert fixed <= bank * (1 + 1e-9)
    assert bank <= fresh * (1 + 1e-9)


@given(k=st.floats(1, 1e6), m=st.floats(1, 1e6))
def test_no_weight_beats_the_optimal_weight(k, m):
    best = float(optimal_weight(k, m))
    loop = Loop(k + m, k, 0, weight=best)
    assert loop.effective_points == pytest.approx(k * best, rel=1e-9)
    assert loop.pull == pytest.approx(1 / best, rel=1e-9)
    for other in (0.9 * best, 1.2 * best):
        assert replace(loop, weight=other).effective_points < k * best * (1 + 1e-12)


def test_wander_is_the_recursion_also_where_nothing_settles():
    for a, k in [(-1.0, 0), (0.0, 0), (1.0, 0), (1.0, 1), (2.0, 1), (-1.0, 20), (1.0, 3)]:
        loop = Loop(20, k, a)
        np.testing.assert_allclose(loop.wander(np.arange(51)), walked(loop, 50).wander, rtol=1e-10)


def test_what_grows_for_ever_is_infinite_far_away_and_worth_nothing_in_the_end():
    for loop in (Loop(100, 1, 3), Loop(100, 1, 3, bank=1), Loop(100, 1, 3, bank=2, weight=0.5), Loop(100, 0, 1)):
        assert loop.effective_points == 0
        assert loop.wander([0, 1e9]).tolist() == [0, np.inf]
        assert loop.settles == np.inf
    assert Loop(100, 1, 2).effective_points == pytest.approx(0.01)


def test_what_settles_falls_to_one_over_e_in_its_time():
    for loop in (Loop(1e6, 3, -1), Loop(1e6, 3, 0), Loop(1e6, 5, -1, bank=5), Loop(1e6, 2, -1, prior=3)):
        settled = 1 / loop.effective_points
        late = 8 * loop.settles
        way = (settled - loop.wander(late + loop.settles)) / (settled - loop.wander(late))
        assert way == pytest.approx(np.exp(-1), rel=0.02)
        assert loop.memory(loop.forgets) == pytest.approx(np.exp(-1))


def test_memory_is_what_a_prior_or_a_rescue_leaves():
    np.testing.assert_allclose(Loop(10, 2, -1).memory([0, 1, 3]), [1, 0.8, 0.512])
    np.testing.assert_allclose(Loop(10, 0, -1, prior=10).memory(2), 0.25)
    assert Loop(10, 10, -1).memory([0, 1]).tolist() == [1, 0]
    assert Loop(10, 0, -1).forgets == np.inf


def test_huge_generations_keep_their_digits():
    loop = Loop(1e15, 3, -1)
    assert loop.effective_points == pytest.approx(7 - 1.2e-14, rel=1e-14)
    assert loop.points == pytest.approx(3, rel=1e-14)
    assert loop.wander(1e6) == pytest.approx(1e-9, rel=1e-6)
    assert loop.wander(1e17) == pytest.approx(1 / 7, rel=1e-12)
    assert Loop(1e15, 0, -1).wander(1e15) == pytest.approx(1 - np.exp(-1), rel=1e-9)


@given(n=st.integers(2, 10**15), prior=st.floats(1e-12, 10), a=CURVATURES, k=st.integers(0, 9), weight=st.floats(0, 9))
def test_pseudo_observations_keep_their_digits_however_few_they_are(n, prior, a, k, weight):
    loop = Loop(n, min(k, n), a, weight=weight, prior=prior)
    n, k, a, weight, prior = map(Fraction, (n, min(k, n), a, weight, prior))
    total, strength, noise = n + (weight - 1) * k + prior, weight * k + prior, n - k + weight**2 * k
    assume(noise and not 0 < weight < 1e-9)  # or the exact reference is beyond what a float holds
    held = strength * (2 * total - strength) - a * (n - k)
    assert loop.points == pytest.approx(float((held / noise + a) / 2), rel=1e-13, abs=1e-30)


def test_more_real_points_than_there_are_are_refused():
    for bad in ({"k": 11}, {"k": -1}, {"k": 5, "bank": 4}):
        with pytest.raises(ValueError, match="no more real points"):
            Loop(**{"n": 10, "curvature": 0} | bad)


def test_equal_halves_are_weighted_by_the_golden_ratio():
    assert optimal_weight(1, 1) == pytest.approx((np.sqrt(5) + 1) / 2)


@given(k=st.floats(1, 1e15), m=st.floats(1, 1e15))
def test_the_share_that_the_weight_gives_is_the_published_one(k, m):
    r = k / m
    share = 2 * r / (np.sqrt(r**2 + 4 * r) + r)
    assert 1 / optimal_weight(k, m) == pytest.approx(share, rel=1e-14)


LOST = st.one_of(st.floats(-0.5, 1), st.sampled_from([0.0, 1e-18, -1e-12, 1.0]))


@given(lost=LOST, other=st.floats(-0.5, 0.999), t=st.integers(0, 60))
def test_sums_are_what_adding_up_gives(lost, other, t):
    j = np.arange(t)
    assert geometric_sum(lost, t) == pytest.approx(np.sum((1 - lost) ** j), rel=1e-11)
    added = np.sum((1 - lost) ** (t - 1 - j) * (1 - other) ** j)
    assert mixed_sum(lost, other, t) == pytest.approx(added, rel=1e-11, abs=1e-200)


def test_endless_sums_have_their_limits():
    assert geometric_sum(0.01, [1e18, np.inf]).tolist() == [100, 100]
    assert geometric_sum(-0.01, 1e18) == np.inf
    assert geometric_sum(1e-15, 1e15) == pytest.approx(1e15 * (1 - np.exp(-1)))
    assert mixed_sum(1e-15, 2e-15, 1e15) == pytest.approx(1e15 * (np.exp(-1) - np.exp(-2)))


def test_a_loop_that_takes_back_all_but_rounding_takes_back_all():
    loop = Loop(n=893417, k=893416, curvature=-1.0, prior=7.0)
    assert loop.loss == 1
    assert np.isfinite(loop.wander(np.array([0, 1, 5]))).all()
