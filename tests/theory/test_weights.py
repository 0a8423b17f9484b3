import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet.theory.weights import optimal_weight


def test_equal_halves_are_weighted_by_the_golden_ratio():
    assert optimal_weight(1, 1) == pytest.approx((np.sqrt(5) + 1) / 2)


@given(k=st.floats(1, 1e15), m=st.floats(1, 1e15))
def test_the_share_that_the_weight_gives_is_the_published_one(k, m):
    r = k / m
    share = 2 * r / (np.sqrt(r**2 + 4 * r) + r)
    assert 1 / optimal_weight(k, m) == pytest.approx(share, rel=1e-14)
