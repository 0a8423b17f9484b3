import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from kellet.theory import categorical, chain, coverage, survival
from kellet.theory.forgetting import line_survival

P = np.concatenate([np.geomspace(1e-6, 0.5, 50), [0.7, 0.9, 0.999]])


def walk(p, sizes, real):
    """(V, T): chances to be left, by the whole matrix of every step, as SciPy's binomial law has it."""
    now = binom.pmf(np.arange(sizes[0] + 1), sizes[0], p[:, None])
    left, known = [1 - now[:, 0]], {}
    for before, n, k in zip(sizes, sizes[1:], real[1:], strict=False):
        if (before, n - k) not in known:
            known[before, n - k] = binom.pmf(np.arange(n - k + 1), n - k, np.arange(before + 1)[:, None] / before)
        now = now @ known[before, n - k]
        if k:
            genuine = binom.pmf(np.arange(k + 1), k, p[:, None])
            now = np.array([np.convolve(*rows) for rows in zip(now, genuine, strict=True)])
        left.append(1 - now[:, 0])
    return np.array(left).T


@pytest.mark.parametrize("n", [1, 2, 3, 10, 100, 250])
def test_polynomials_are_the_whole_chain(n):
    t = np.array([1, 2, 3, 10, 100, 400])
    expected = walk(P, [n] * 400, [0] * 400)[:, t - 1]
    np.testing.assert_allclose(chain.survival(P, n, t), expected, atol=1e-11)


@pytest.mark.parametrize("n", [2001, pytest.param(16_000, marks=pytest.mark.slow)])
def test_many_points_are_off_by_less_than_is_said(n, monkeypatch):
    t = np.unique(np.geomspace(1, 10 * n, 40).astype(int))
    close = chain.survival(P, n, t)
    monkeypatch.setattr(chain, "MOST", n)
    gap = abs(close - chain.survival(P, n, t))
    assert gap.max() < chain.ERROR
    # At first and in the end there is nothing to be off by.
    assert gap[:, 0].max() < 1e-3 * chain.ERROR
    np.testing.assert_allclose(close[:, -1], chain.survival(P, n, [10 * n])[:, 0], atol=2e-4)


@settings(max_examples=40)
@given(
    p=st.floats(1e-9, 1 - 1e-9), n=st.integers(1, 10**15),
    t=st.lists(st.floats(0, 17).map(lambda x: int(10**x)), min_size=2, max_size=6),
)  # fmt: skip
def test_what_is_left_falls_from_a_sample_to_its_own_probability(p, n, t):
    t = np.sort(t)
    left = chain.survival([p], n, t)[0]
    slack = 1e-11 if n <= chain.MOST else chain.ERROR
    assert (np.diff(left) < slack).all()
    assert left.min() > p - slack
    assert left.max() < 1 - np.exp(n * np.log1p(-p)) + slack
    assert chain.survival([p], n, [1e17])[0, 0] == pytest.approx(p, abs=1e-9)


def test_one_ancestor_is_left_in_the_end():
    assert chain.survival([0.5], 15586, [1e17])[0, 0] == pytest.approx(0.5, abs=1e-9)


def test_a_rare_category_of_very_many_points_is_a_branching_line():
    t = np.unique(np.geomspace(1, 1e9, 50).round())
    p = np.array([1e-10, 1e-9, 1e-8])
    branching = -np.expm1(-1e12 * p[:, None] * line_survival(t - 1))
    np.testing.assert_allclose(chain.survival(p, 10**12, t), branching, rtol=3e-4)


def test_one_category_is_left_of_any_number():
    for n, many in ((5, 10), (100, 2), (10**6, 1000)):
        left = chain.survival(np.full(many, 1 / many), n, [1, 100 * n], np.ones((1, many)))
        assert left[0, 1] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("sizes", "real"),
    [
        ([20] * 30, [0] + [1] * 29), ([20] * 30, [0, 0, 0, 5] * 7 + [0, 0]), ([40, 10, 30, 5] + [25] * 10, [0] * 14),
        ([10, 20, 30, 40], [3, 3, 2, 40]), ([1, 1, 2], [0, 1, 0]),
    ],
)  # fmt: skip
def test_any_sizes_and_real_points_are_exact_while_small(sizes, real):
    expected = walk(P, sizes, real)
    found = survival.survive(P, sizes, real)
    assert found.error == 0
    np.testing.assert_allclose(found.values, expected, atol=1e-11)
    # Many categories are added up from a few places.
    p = np.linspace(0.001, 0.999, 400)
    weights = np.random.default_rng(0).random((2, 400)) / 400
    found = survival.survive(p, sizes, real, weights).values
    np.testing.assert_allclose(found, weights @ walk(p, sizes, real), atol=1e-11)


@pytest.mark.parametrize(
    ("sizes", "real"),
    [
        ([60] * 200, [0] + [1] * 199), ([60] * 60, [0] + [4] * 59), ([60, 30] * 30, [0] + [2] * 59),
        ([60] * 2 + [4] * 60, [0] * 62), ([30, 300] * 30, [0] * 60), (list(range(20, 300, 5)), [0] * 56),
    ],
)  # fmt: skip
def test_approximations_are_off_by_less_than_they_say(sizes, real, monkeypatch):
    exact = survival.survive(P, sizes, real)
    monkeypatch.setattr(survival, "WORK", 0.0)
    close = survival.survive(P, sizes, real)
    assert exact.error == 0 < close.error
    assert abs(close.values - exact.values).max() < close.error


def test_points_traced_through_equal_sizes_are_those_of_the_closed_form():
    t = np.arange(1, 301)
    for k in (0, 2):
        for found, expected in zip(coverage.trace([80] * 300, [k] * 300), coverage.draws(80, k, t), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-10)
    assert coverage.draws(50, 0, [10**4, 1e15])[1] == pytest.approx([1, 1])


def test_laws_of_counts_have_the_means_of_what_is_mixed():
    p = np.array([0.1, 0.6])
    for law, n in zip(categorical.laws(p, [20, 10, 30], [0, 4, 0]), [20, 10, 30], strict=True):
        np.testing.assert_allclose(law.sum(axis=1), 1)
        np.testing.assert_allclose(law @ np.arange(n + 1) / n, p)
