"""Whether a curve still falls at its end."""

import numpy as np
import pytest

from kellet.experiment.verdict.trend import LEAST, look


def curve(to, by, generations=100, replicates=16, noise=0.02, seed=0):
    """(R, G): straight down to a level, and on it from then on; every replicate and generation a little aside."""
    path = np.interp(np.arange(generations + 1), [0, by], [1.0, to])
    return path * np.exp(noise * np.random.default_rng(seed).normal(size=(replicates, generations + 1)))


def heading(values, share=None):
    generations = np.arange(values.shape[1])
    return look(values, generations, np.median(values[:, -1]) if share is None else share)


@pytest.mark.parametrize(
    ("values", "direction"),
    [
        (curve(0.5, 100), "falling"),
        (curve(0.5, 40), "steady"),
        (curve(0.5, 40, replicates=2, noise=0.3), "unknown"),
        (curve(0.5, 40, replicates=1), "unknown"),
        (curve(0.5, 3, generations=3), "unknown"),
        (curve(0.5, 40, generations=LEAST), "falling"),
    ],
)
def test_a_heading_is_told_where_it_was_tested(values, direction):
    assert heading(values).direction == direction


def test_where_it_cannot_be_told_so_many_replicates_would_do():
    found = [heading(curve(0.5, 40, replicates=6, noise=0.2, seed=i), 0.5) for i in range(40)]
    asked = int(np.median([one.needed for one in found if one.needed]))
    assert 6 < asked < 100
    told = [heading(curve(0.5, 40, replicates=asked, noise=0.2, seed=i), 0.5).direction for i in range(40)]
    assert told.count("steady") > 25


def test_a_run_too_short_for_a_heading_asks_for_no_replicates():
    assert heading(curve(0.5, 3, generations=3)).needed is None


def test_a_fall_that_keeps_its_pace_never_counts_as_none():
    """Slower than 1 % of generation 0 per ten generations, but that is how it came to lose a fifth."""
    values = curve(0.8, 1000, generations=1000, replicates=64, noise=0.001)
    assert heading(values).direction == "falling"


def test_one_lucky_replicate_makes_no_trend_and_hides_none():
    values = curve(0.5, 100, replicates=64)
    values[0, 80:] = 1e12
    assert heading(values, 0.5).direction == "falling"
    values = curve(0.5, 40)
    values[0, 80:], values[1, 60:75] = np.inf, 1e12
    assert heading(values, 0.5).direction != "falling"


def test_one_class_that_few_replicates_did_not_lose_may_still_be_lost():
    values = np.full((2, 101), 5.0)
    values[:, :10] = 10.0
    assert heading(values, 0.5).direction == "unknown"
    assert heading(np.repeat(values, 200, axis=0), 0.5).direction == "steady"


def test_nothing_and_no_number_have_no_heading():
    for value in (0.0, np.inf):
        assert heading(np.full((9, 101), value), value).direction == "unknown"
