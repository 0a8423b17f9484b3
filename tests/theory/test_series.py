import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet.theory.series import geometric, mixed

LOST = st.one_of(st.floats(-0.5, 1), st.sampled_from([0.0, 1e-18, -1e-12, 1.0]))


@given(lost=LOST, other=st.floats(-0.5, 0.999), t=st.integers(0, 60))
def test_sums_are_what_adding_up_gives(lost, other, t):
    j = np.arange(t)
    assert geometric(lost, t) == pytest.approx(np.sum((1 - lost) ** j), rel=1e-11)
    added = np.sum((1 - lost) ** (t - 1 - j) * (1 - other) ** j)
    assert mixed(lost, other, t) == pytest.approx(added, rel=1e-11, abs=1e-200)


def test_endless_sums_have_their_limits():
    assert geometric(0.01, [1e18, np.inf]).tolist() == [100, 100]
    assert geometric(-0.01, 1e18) == np.inf
    assert geometric(1e-15, 1e15) == pytest.approx(1e15 * (1 - np.exp(-1)))
    assert mixed(1e-15, 2e-15, 1e15) == pytest.approx(1e15 * (np.exp(-1) - np.exp(-2)))
