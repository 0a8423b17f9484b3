import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet.theory import categorical, forgetting


def test_the_asymptotic_survival_of_a_line_continues_the_recursion():
    y, want = 1.0, {}
    for j in range(200_001):
        if j in (4095, 4096, 4097, 5000, 50_000, 200_000):
            want[j] = y
        y = -np.expm1(-y)
    seen = forgetting.line_survival(list(want))
    np.testing.assert_allclose(seen, list(want.values()), rtol=1e-9)


@given(j=st.floats(1, 1e15))
def test_lines_die_out_like_two_over_j(j):
    y = forgetting.line_survival(np.floor(j))
    assert 0 < y <= 2 / np.floor(j)
    assert y == pytest.approx(2 / (np.floor(j) + np.log(j) / 3 + 2.5), rel=0.2)


def test_survival_is_the_exact_chain_for_a_rare_category():
    n, c = 400, 1.0
    for t in (1, 5, 20, 40):
        exact = 1 - categorical.law(c / n, n, t)[0]
        assert forgetting.survival(c, t) == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("c", [0.1, 0.7, 1, 10, 50, 1418, 1420, 1500, 1e4, 1e8])
def test_the_median_time_is_the_first_with_at_most_half_survival(c):
    t = forgetting.median_time(c)
    assert forgetting.survival(c, t) <= 0.5 + 1e-12
    assert t == 1 or forgetting.survival(c, t - 1) > 0.5


def test_the_first_fit_is_one_real_sample():
    p = np.array([0.5, 0.3, 0.15, 0.05])
    assert forgetting.effective_tokens(100, 1) == 100
    assert forgetting.forgotten_mass(p, 20, 1) == pytest.approx((p * np.exp(-20 * p)).sum())
    assert forgetting.expected_types(p, 20, [1, 2]).shape == (2,)


def test_zipf_laws_are_the_limits_of_the_sums():
    p = np.arange(1, 3_000_001) ** -2.0
    scale = 1 / p.sum()
    p *= scale
    for tokens in (1e5, 1e7):
        assert forgetting.zipf_types(tokens, 2.0, scale) == pytest.approx(-np.expm1(-tokens * p).sum(), rel=3e-3)
        unseen = (p * np.exp(-tokens * p)).sum()
        assert forgetting.zipf_forgotten(tokens, 2.0, scale) == pytest.approx(unseen, rel=3e-3)


def test_entropy_change_adds_up():
    p = np.full(50, 0.02)
    whole = forgetting.entropy_change(p, 500, 1, 31)
    assert whole == pytest.approx(forgetting.entropy_change(p, 500, 1, 11) + forgetting.entropy_change(p, 500, 11, 31))


def test_copies_are_counted_by_the_coalescent_once_they_are_few():
    n = 2000
    a = float(n)
    for t in range(1, 61):
        a = n * -np.expm1(a * np.log1p(-1 / n))
        if t in (1, 10, 60):
            assert forgetting.distinct_originals(n, t) == pytest.approx(a, rel=0.01)
    assert forgetting.coalescent_ancestors(n, 60) == pytest.approx(a, rel=0.06)
    assert forgetting.coalescent_ancestors(n, [1, 1e9]).shape == (2,)
    assert forgetting.coalescent_ancestors(n, 1e9) == pytest.approx(1)
    assert forgetting.coalescent_ancestors(10**6, 1) == pytest.approx(2e6, rel=1e-3)
