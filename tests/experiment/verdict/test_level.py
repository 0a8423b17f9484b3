"""The word for what is left, and the interval that it rests on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kellet import metrics
from kellet.experiment.verdict import level
from kellet.experiment.verdict.summary import Left, Outcome, what_is_left

VARIANCE = metrics.find_metric("variance_ratio")
VALUES = st.one_of(
    st.floats(1e-12, 1e12), st.floats(0.05, 2.0), st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9, 1.0, np.inf, np.nan])
)
MANY = st.integers(1, 12)


def curves(ends, starts):
    """(R, 2)."""
    return np.stack([np.resize(starts, len(ends)), ends], axis=1)


@settings(max_examples=300)
@given(st.data())
def test_of_two_arms_the_better_never_has_the_worse_word(data):
    """Better: the median that is shown, against the generation 0 that both began with."""
    first = data.draw(arrays(float, MANY, elements=st.floats(0.1, 3.0)))
    one, other = (data.draw(arrays(float, MANY, elements=VALUES)) for _ in range(2))
    left = [what_is_left(curves(ends, first), "spread", VARIANCE, first=first) for ends in (one, other)]
    worse, better = sorted(left, key=lambda one: one.end.median)
    if worse.kind in level.WORDS and better.kind in level.WORDS:
        assert level.WORDS.index(worse.kind) <= level.WORDS.index(better.kind)


@settings(max_examples=200)
@given(st.data())
def test_nor_has_an_arm_that_is_better_in_both_parts(data):
    first = data.draw(arrays(float, MANY, elements=st.floats(0.1, 3.0)))
    parts = {}
    for part in ("diversity", "spread"):
        ends = [data.draw(arrays(float, MANY, elements=VALUES)) for _ in range(2)]
        left = [what_is_left(curves(end, first), part, VARIANCE, first=first) for end in ends]
        parts[part] = sorted(left, key=lambda one: one.level.share)
    worse, better = (Outcome("arm", tuple(two[i] for two in parts.values()), 0, ()) for i in (0, 1))
    if worse.kind in level.WORDS and better.kind in level.WORDS:
        assert level.WORDS.index(worse.kind) <= level.WORDS.index(better.kind)


@pytest.mark.parametrize("count", [7, 16, 40])
def test_from_five_replicates_on_an_interval_holds_its_median_whatever_the_law(count):
    """As if infinity were nothing out of the way: powers of a Cauchy variable, some beyond all floats."""
    rng = np.random.default_rng(0)
    with np.errstate(over="ignore"):
        first, last = (np.exp(3 * rng.standard_cauchy((2000, count))) for _ in range(2))
    found = [level.measure(a, b) for a, b in zip(first, last, strict=True)]
    missed = sum(not one.low <= 1 <= one.high for one in found)
    assert missed < 0.05 * len(found)


def test_what_so_few_replicates_agree_on_may_be_chance():
    """Two of two dead: so it is one time in four where half of all are."""
    first = np.array([0.9, 1.0, 1.1, 1.05])
    assert [level.measure(first, np.zeros(count)).word for count in (2, 3, 4, 5)] == [None, None, None, "collapsed"]
    assert level.measure(first, np.zeros(3)).needed == 5


def test_a_metric_that_counts_is_not_trusted_to_two_replicates_that_agree():
    first, last = np.array([1.0, 1.0]), np.array([1.0, 1.0])
    assert level.measure(first, last).word == "kept"
    assert level.measure(first, last, gap=0.1).word is None


def test_what_is_told_is_told_of_the_part_that_has_least():
    def left(part, share, low, high):
        found = level.Level(share, low, high, 30)
        return Left(part, VARIANCE, None, None, found.word or "can't tell", None, found)

    sure, unsure = left("diversity", 0.95, 0.92, 0.98), left("spread", 0.7, 0.1, 0.95)
    assert (Outcome("a", (sure, unsure), 0, ()).kind, sure.kind) == ("can't tell", "kept")
    lost = left("diversity", 0.1, 0.05, 0.2)
    found = Outcome("a", (unsure, lost), 0, ())
    assert (found.kind, found.deciding.part) == ("collapsed", "diversity")


def test_what_ran_away_is_no_collapse():
    """Not even beside a single generation 0, of which nothing is known."""
    away = level.measure(np.array([1.0]), np.full(6, np.inf))
    assert (away.low, away.high, away.word) == (0.0, np.inf, None)
    assert level.measure(np.full(6, 1.0), np.full(6, np.inf)).word == "kept"
