import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet.families import Categorical
from kellet.forecast.forecast import expect
from kellet.theory import coverage


@given(n=st.floats(10, 1e12), share=st.floats(1e-6, 1))
def test_effective_draws_lie_between_the_anchor_and_everything(n, share):
    k = share * n
    draws = coverage.effective_draws(n, k)
    assert min(k, 1.0) * (1 - 1e-9) <= draws <= n * (1 + 1e-9)
    assert draws >= k * (1 - 1e-9)


def test_many_points_are_counted_as_ewens_does():
    for n in (1e6, 1e9, 1e15):
        assert coverage.effective_draws(n, 50) == pytest.approx(100 * np.log1p(n / 100), rel=0.03)


def test_the_continued_sum_is_the_sum():
    n, k = 40_000.0, 2.0
    ancestors, total = n, 0.0
    for _ in range(400_000):
        total += ancestors * k / n
        heirs = (1 - k / n) * ancestors
        ancestors = -n * np.expm1(heirs * np.log1p(-1 / n)) if heirs > 1 else heirs
    assert coverage.effective_draws(n, k) == pytest.approx(total, rel=1e-3)


def test_points_for_types_inverts_the_coverage():
    k = coverage.points_for_types(1e-3, 1e5)
    assert coverage.rarest_kept(1e5, k) <= 1e-3 < coverage.rarest_kept(1e5, k - 1)
    assert k == expect(Categorical(), size=10**5, p=[1e-3]).rare[0].points
    assert coverage.points_for_types(1e-3, 100) == np.inf


def test_rescue_starts_at_zero_and_ends_at_the_truth():
    np.testing.assert_allclose(coverage.rescue(0.1, 0.5, [0, 1, 2, 200]), [0, 0.05, 0.075, 0.1])


def test_draws_go_from_all_to_those_of_the_settled_loop():
    for n, k in ((1500, 15), (10**6, 3), (10**12, 100)):
        anchored, first = coverage.draws(n, k, [1, 20 * n])
        assert (anchored[0], first[0]) == (0, n)
        assert first[1] < 1e-6
        assert anchored[1] == pytest.approx(float(coverage.effective_draws(n, k)), rel=0.03)
        after = coverage.draws(n, k, np.array([1001, 1002]))
        assert after[1][1] == pytest.approx(after[1][0] * (1 - k / n), rel=0.003)
