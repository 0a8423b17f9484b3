"""The recursion against exact chains and against the special cases that have a formula of their own."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from kellet.theory.mixing import Anchored, Prior
from kellet.theory.recursion import curves


def exact_chain(fits, n, p, k=0, fixed=None, prior=None):
    """E p_t and Var p_t of the two-category loop by its full transition matrix over 0..n successes."""
    grid = np.arange(n + 1)
    A, phi = prior or (0.0, 0.0)
    at = (grid + A * phi) / (n + A)

    def row(q):
        synthetic = binom.pmf(np.arange(n - k + 1), n - k, q)
        if fixed is not None:
            return np.concatenate([np.zeros(fixed), synthetic, np.zeros(k - fixed)])
        return np.convolve(binom.pmf(np.arange(k + 1), k, p), synthetic)

    matrix = np.array([row(q) for q in at])
    law = row(p)
    means, squares = [], []
    for _ in range(fits):
        means.append(law @ at)
        squares.append(law @ at**2)
        law = law @ matrix
    return np.array(means), np.array(squares)


@pytest.mark.parametrize("k", [0, 1, 5, 12])
def test_agrees_with_the_transition_matrix_of_two_categories(k):
    p, n, fits = 0.3, 12, 30
    mean, square = exact_chain(fits, n, p, k)
    anchor = Anchored(k) if k else None
    got = curves(fits, n, curvature=-1, mean=p, variance=p * (1 - p), anchor=anchor)
    np.testing.assert_allclose(got.mean[1:], mean, rtol=1e-12)
    np.testing.assert_allclose(got.wander[1:], square - mean**2, rtol=1e-10)
    np.testing.assert_allclose(got.variance[1:], mean - square, rtol=1e-10)


def test_agrees_with_the_transition_matrices_of_a_fixed_anchor():
    p, n, k, fits = 0.3, 10, 4, 25
    chance = binom.pmf(np.arange(k + 1), k, p)
    each = [exact_chain(fits, n, p, k, fixed=x) for x in range(k + 1)]
    mean = sum(c * e[0] for c, e in zip(chance, each, strict=True))
    square = sum(c * e[1] for c, e in zip(chance, each, strict=True))
    got = curves(fits, n, curvature=-1, mean=p, variance=p * (1 - p), anchor=Anchored(k, kind="fixed"))
    np.testing.assert_allclose(got.mean[1:], mean, rtol=1e-12)
    np.testing.assert_allclose(got.wander[1:], square - mean**2, rtol=1e-10)


@pytest.mark.parametrize("k", [0, 3])
def test_agrees_with_the_transition_matrix_under_a_prior(k):
    p, n, A, phi, fits = 0.3, 10, 2.5, 0.8, 25
    mean, square = exact_chain(fits, n, p, k, prior=(A, phi))
    got = curves(
        fits, n, curvature=-1, mean=p, variance=p * (1 - p), anchor=Anchored(k), prior=Prior(A, phi, phi * (1 - phi))
    )
    np.testing.assert_allclose(got.mean[1:], mean, rtol=1e-12)
    np.testing.assert_allclose(got.wander[1:], square - mean**2, rtol=1e-10)
    np.testing.assert_allclose(got.variance[1:], mean - square, rtol=1e-10)


def test_a_random_anchor_is_the_binomial_chain_of_the_mixture():
    p, n, rho, fits = 0.3, 15, 0.2, 30
    grid = np.arange(n + 1)
    matrix = np.array([binom.pmf(grid, n, rho * p + (1 - rho) * x / n) for x in grid])
    law, square = binom.pmf(grid, n, p), []
    for _ in range(fits):
        square.append(law @ (grid / n - p) ** 2)
        law = law @ matrix
    got = curves(fits, n, curvature=-1, mean=p, variance=p * (1 - p), anchor=Anchored(share=rho, random=True))
    np.testing.assert_allclose(got.wander[1:], square, rtol=1e-10)


@given(
    n=st.integers(2, 10**15),
    a=st.sampled_from([-1.0, 0.5, 1.0, 2.0]),
    t=st.integers(1, 60),
    v=st.floats(0.1, 9.0),
)
@settings(max_examples=50, deadline=None)
def test_replacement_is_compound_growth_of_the_variance(n, a, t, v):
    expected = v / a * np.expm1(t * np.log1p(a / n))
    got = curves(t, float(n), curvature=a, variance=v).wander[-1]
    assert got == pytest.approx(expected, rel=1e-11)


@given(n=st.integers(2, 10**9), a=st.sampled_from([-1.0, 0.0, 1.0]), t=st.integers(1, 60))
@settings(max_examples=50, deadline=None)
def test_accumulation_is_a_product_over_batches(n, a, t):
    j = np.arange(1, t + 1)
    expected = np.sum(1 / j**2) / n if a == 0 else np.expm1(np.log1p(a / (n * j**2)).sum()) / a
    assert curves(t, n, curvature=a, regime="accumulate").wander[-1] == pytest.approx(expected, rel=1e-11)


@given(n=st.integers(2, 10**6), t=st.integers(2, 60))
@settings(max_examples=50, deadline=None)
def test_subsampling_two_categories_follows_the_two_term_recursion(n, t):
    h, plan = 1 - 1 / n, []
    for s in range(1, t + 1):
        c = (s - 1) / (s * n - 1)
        plan.append(1 - h * (1 - c))
        h *= 1 - (c + (1 - c) / n) / (s + 1) ** 2
    got = curves(t, n, curvature=-1, regime="subsample")
    np.testing.assert_allclose(got.wander[1:], plan, rtol=1e-9)


@given(n=st.integers(3, 10**12), share=st.floats(0.001, 0.999), a=st.sampled_from([-1.0, 0.0, 1.0]))
@settings(max_examples=50, deadline=None)
def test_a_fresh_anchor_relaxes_to_its_effective_points(n, share, a):
    k = share * n
    lam = 1 - share
    effective = k * (2 - share) - a * lam
    # Where it is not, the loop gains more from one generation to the next than the anchor holds back.
    assume(effective > 0)
    growth = lam**2 + a * lam / n
    got = curves(20, n, curvature=a, anchor=Anchored(k)).wander[-1]
    assert got == pytest.approx((1 - growth**20) / effective, rel=1e-9)


def test_a_bank_lies_between_the_fixed_anchor_and_the_fresh_one():
    wander = [
        curves(3000, 50, curvature=-1, anchor=anchor).wander[-1]
        for anchor in (
            Anchored(4),
            Anchored(4, kind="bank", bank=1e12),
            Anchored(4, kind="bank", bank=40),
            Anchored(4, kind="bank", bank=4),
            Anchored(4, kind="fixed"),
        )
    ]
    assert wander[0] == pytest.approx(wander[1], rel=1e-9)
    assert wander[3] == pytest.approx(wander[4], rel=1e-12)
    assert wander[1] < wander[2] < wander[3]


def test_a_single_fixed_point_holds_nothing():
    got = curves(4000, 50, curvature=-1, anchor=Anchored(1, kind="fixed"))
    assert got.variance[-1] < 1e-12
    assert got.wander[-1] == pytest.approx(1.0)


def test_a_point_every_s_generations_counts_as_a_fraction_of_one_each_time():
    rare = curves(40_000, 2000, curvature=-1, anchor=Anchored(1, every=10)).wander[-10:].mean()
    thin = curves(40_000, 2000, curvature=-1, anchor=Anchored(0.1)).wander[-1]
    assert rare == pytest.approx(thin, rel=2e-3)


def test_a_contaminated_anchor_is_a_smaller_one():
    dirty = curves(50, 40, curvature=1, anchor=Anchored(8, contaminated=0.25)).wander
    small = curves(50, 40, curvature=1, anchor=Anchored(6)).wander
    np.testing.assert_allclose(dirty, small, rtol=1e-12)


def test_a_prior_at_the_truth_pulls_like_real_points_that_do_not_vary():
    got = curves(500, 30, curvature=-1, mean=0.4, variance=0.24, prior=Prior(2, 0.4, 0.24))
    lam = 30 / 32
    assert got.wander[-1] == pytest.approx(0.24 * lam**2 / (30 * (1 - lam**2) + lam**2), rel=1e-9)
    np.testing.assert_allclose(got.mean, 0.4)


def test_all_real_generations_never_drift():
    np.testing.assert_allclose(curves(9, 25, curvature=-1, anchor=Anchored(25)).wander[1:], 1 / 25)


def test_more_points_wander_less_whatever_the_regime():
    for regime in ("replace", "accumulate", "subsample"):
        little = curves(20, 10, curvature=-1, regime=regime).wander
        much = curves(20, 20, curvature=-1, regime=regime).wander
        assert (much[1:] < little[1:]).all()


def test_growing_batches_are_one_size_per_fit():
    sizes = np.array([10.0, 20.0, 40.0])
    got = curves(3, sizes, curvature=-1).variance
    np.testing.assert_allclose(got[1:], np.cumprod(1 - 1 / sizes))


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "fixed", "contaminated": 0.1, "count": 2},
        {"kind": "fixed", "random": True, "share": 0.2},
        {"weight": 3.0, "random": True, "share": 0.2},
    ],
)
def test_what_has_no_closed_form_says_so(settings):
    with pytest.raises(LookupError, match="no closed form"):
        Anchored(**settings)


def test_subsampling_with_a_contaminated_anchor_has_no_closed_form():
    with pytest.raises(LookupError, match="no closed form"):
        curves(3, 10, curvature=0, regime="subsample", anchor=Anchored(2, contaminated=0.5))


@pytest.mark.parametrize(
    "bad",
    [{}, {"count": 1, "share": 0.1}, {"share": 0.1}, {"count": 1, "kind": "bank"}, {"count": 1, "random": True}],
)
def test_a_contradictory_anchor_is_refused(bad):
    with pytest.raises(ValueError, match=r"expected|needs"):
        Anchored(**bad)


def test_more_real_points_than_points_are_refused():
    with pytest.raises(ValueError, match="no more real points"):
        curves(3, 10, curvature=0, anchor=Anchored(11))


@pytest.mark.parametrize("prior", [None, Prior(3.0, 0.7, 0.21)])
@pytest.mark.parametrize(
    "anchor", [None, Anchored(2), Anchored(3, kind="bank", bank=7, weight=2.0), Anchored(share=0.25, random=True)]
)
def test_the_shortest_window_is_replace_and_the_longest_accumulate(anchor, prior):
    sizes, settings = [8.0, 12.0, 20.0, 16.0, 8.0, 24.0], {"curvature": -1, "variance": 0.21, "mean": 0.3}
    for window, regime in ((1, "replace"), (6, "accumulate"), (99, "accumulate")):
        got = curves(6, sizes, **settings, regime="window", window=window, anchor=anchor, prior=prior)
        wanted = curves(6, sizes, **settings, regime=regime, anchor=anchor, prior=prior)
        for name in ("mean", "wander", "variance"):
            np.testing.assert_allclose(getattr(got, name), getattr(wanted, name), rtol=1e-12)
