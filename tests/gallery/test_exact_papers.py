"""What the papers that are known exactly compute by themselves."""

import numpy as np
import pytest

from kellet.gallery.finding import average, find_median
from kellet.gallery.papers import accumulation, golden_ratio, one_fresh_point, real_tables, stable_share


def test_labels_that_accumulate_on_the_same_rows_cost_the_sum_of_inverse_squares() -> None:
    found = accumulation.accumulate(30, 3, 3_000, np.random.default_rng(1))[:, [0, 1, 9]]
    for ours, fits in zip(found.T, (1, 2, 10), strict=True):
        _, low, high = average(ours / (3 / 26))
        assert low < sum(1 / i**2 for i in range(1, fits + 1)) < high


def test_the_median_of_deaths_is_that_of_the_runs() -> None:
    alive = np.arange(9) < np.arange(1, 8)[:, None]
    middle, low, high = find_median(np.tile(alive.sum(axis=1) + 1.0, 15))
    assert middle == 5 and low < middle < high


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_the_loop_in_numbers_says_what_their_formula_says(share: float) -> None:
    assert golden_ratio.settle(share) == pytest.approx(float(golden_ratio.predict(np.array(share))))


def test_a_generation_leaves_the_written_share_of_an_offset() -> None:
    assert stable_share.measure_pull(3.0, np.random.default_rng(3)) == pytest.approx(0.75, abs=1e-4)


def test_spins_that_start_polarised_agree_at_once_and_others_later() -> None:
    starts = np.array([0.0, 0.0, 0.9])
    times, ends = one_fresh_point.polarise(2, 3, starts, 50, np.random.default_rng(4))
    assert np.isfinite(times).all() and (times > 0).all() and (abs(ends) == 1).all()
    times, _ = one_fresh_point.polarise(5, 50, np.zeros(4), 0.01, np.random.default_rng(4))
    assert np.isinf(times).all()


def test_a_single_further_run_lies_within_the_range_of_one() -> None:
    logs = np.random.default_rng(5).standard_normal((20_000, 31))
    ranges = [real_tables.range_of_one(np.exp(row[:30])) for row in logs[:200]]
    inside = sum(low < np.exp(row[30]) < high for row, (_, low, high) in zip(logs, ranges, strict=False))
    assert inside >= 196
