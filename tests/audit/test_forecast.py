"""Forecasts of what is rare: against Kellet's own loops, and no more than two generations can tell."""

import numpy as np
import pytest

from kellet import Anchor
from kellet.audit.finding import Finding, Measured
from kellet.audit.forecast import describe_forecast, forecast
from kellet.errors import InputError
from kellet.families import Categorical
from kellet.loop.generations import generations
from kellet.worlds import Zipf

REPLICATES, KINDS = 4, 2000


def finding(value, zero=0.4, scatter=0.015):
    others = zero + scatter * np.linspace(-2, 2, 99)
    return Finding.of(Measured("rare", "", "rare", np.append(value, others)))


def spread(evidence):
    """(replicates, kinds), those that are forgotten too."""
    whole = np.zeros((REPLICATES, KINDS))
    whole[:, slice(None) if evidence.categories is None else np.asarray(evidence.categories)] = evidence.values
    return whole


def retain(share):
    """(20, replicates) of what was written 1 ... 20 times over, and what a fresh sample keeps."""
    rng = np.random.default_rng(1)
    anchor = {"anchor": Anchor(share=share)} if share else {}
    loop = generations(Zipf(KINDS), Categorical(KINDS), size=2000, replicates=REPLICATES, rng=rng, **anchor)
    first = next(loop)
    reference = spread(first.evidence)
    rare = (reference > 0) & (reference <= 3)
    fresh = next(generations(Zipf(KINDS), Categorical(KINDS), size=2000, replicates=REPLICATES, rng=rng)).evidence
    models = [first.model, *(next(loop).model for _ in range(19))]
    samples = [fresh, *(model.statistics(2000, rng) for model in models)]
    left = np.array([((spread(one) > 0) & rare).sum(axis=1) / rare.sum(axis=1) for one in samples])
    return left[1:], left[0].mean()


@pytest.mark.parametrize("share", [0.0, 0.1])
def test_four_generations_tell_the_twentieth(share):
    left, fresh = retain(share)
    # Each loop's own scatter at generation 20 is 0.016; the law's error is as much again.
    for column in left.T:
        found = forecast([finding(value, fresh) for value in column[:4]], fresh, share)
        assert found.left[-1][0] == pytest.approx(column[-1], abs=0.09)
        assert forecast([finding(value, fresh) for value in column[:10]], fresh, share).tells
        assert found.left[-1][1] <= column[-1] <= found.left[-1][2]
        assert (found.returned[0] > 0.2) == (share > 0)
        assert found.share[0] > share


def test_without_a_loss_of_its_own_the_rare_part_falls_slower_than_by_halves():
    left, fresh = retain(0.0)
    values = left.mean(axis=1)
    found = forecast([finding(value, fresh, 0.005) for value in values[:4]], fresh)
    geometric = values[3] * (values[3] / values[2]) ** 16
    assert abs(found.left[-1][0] - values[-1]) < abs(geometric - values[-1]) / 2


def test_what_cools_more_needs_more_real_points():
    slow, quick = (forecast([finding(v) for v in values], 0.4) for values in ((0.6, 0.5, 0.4), (0.5, 0.3, 0.15)))
    assert slow.half_life[0] > quick.half_life[0]
    assert slow.lost[0] < quick.lost[0]
    assert slow.share[0] < quick.share[0]
    assert all(low <= value <= high for value, low, high in quick.left)


def test_two_vague_generations_cannot_tell():
    found = forecast([finding(0.5, scatter=0.15), finding(0.4, scatter=0.15)], 0.4)
    assert not found.tells
    assert "cannot tell" in describe_forecast(found)
    with pytest.raises(InputError, match="at least two generations; got 1"):
        forecast([finding(0.5)], 0.4)
    with pytest.raises(InputError, match="a fresh real sample keeps"):
        forecast([finding(0.5)] * 2, 1.0)
