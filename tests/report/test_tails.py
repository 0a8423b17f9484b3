"""Tails: each end by itself, never more than all of it, with an interval, and what nothing real reaches said apart."""

from __future__ import annotations

import numpy as np
import pytest

from kellet.report.tails import describe_tails, find_tails, least_left


def test_one_end_does_not_make_up_for_the_other():
    rng = np.random.default_rng(0)
    real, points = rng.gamma(2.0, size=20_000), rng.normal(2.0, 1.4, size=5000)
    lower, upper = find_tails(points, real)
    assert lower.left == 1.0 and upper.left < 0.2
    assert least_left(points, real) == upper.left


def test_what_is_left_lies_in_its_interval_and_the_interval_is_right_nine_times_in_ten():
    rng = np.random.default_rng(1)
    real = rng.normal(size=20_000)
    held = 0
    for _ in range(200):
        # 4 % of what is written lies in the tail where 1 % of real data do, at half the rate on the other side.
        tail = find_tails(np.where(rng.random(500) < 0.005, 5.0, 0.0), real)[1]
        assert tail.low <= tail.left <= tail.high <= 1.0
        held += tail.low <= 0.5 <= tail.high
    # Of 200 about 180 +- 4.2 hold it; seven standard errors below.
    assert held > 150


@pytest.mark.parametrize("real", [np.zeros(100), np.full(50, np.nan), np.array([0.0, 1.0] * 50)])
def test_columns_without_tails_say_nothing(real):
    assert find_tails(np.linspace(-1, 2, 50), real) == (None, None)
    assert least_left(np.linspace(-1, 2, 50), real) == np.inf


def test_what_lies_beyond_all_real_data_is_said_of_data_and_not_of_known_laws():
    real, points = np.linspace(18, 90, 1000), np.linspace(-30, 90, 600)
    assert describe_tails(points, real, observed=True).endswith("40 % beyond all real data")
    assert "beyond" not in describe_tails(points, real, observed=False)


def test_nothing_written_says_nothing():
    assert describe_tails(np.full(5, np.nan), np.arange(100.0), observed=True) == ""
