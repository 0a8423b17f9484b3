"""Real points that are drawn from a bank."""

import numpy as np
import pytest
from scipy import stats

from kellet.data import source
from kellet.data.source import draw


@pytest.mark.parametrize("large", [10, 10**9])
def test_every_subset_is_equally_likely_by_either_way(large, monkeypatch):
    monkeypatch.setattr(source, "LARGE", large)
    bank = np.arange(12)
    drawn = np.sort(draw(bank, 2, 20_000, np.random.default_rng(0), "training").values, axis=1)
    assert (drawn[:, 0] < drawn[:, 1]).all()
    pairs = np.bincount(drawn[:, 0] * 12 + drawn[:, 1], minlength=144)
    pairs = pairs[pairs > 0]
    assert len(pairs) == 66
    assert stats.chisquare(pairs).pvalue > 1e-4


@pytest.mark.parametrize("n", [1, 500, 60_000])
def test_a_large_bank_gives_each_point_once(n):
    drawn = draw(np.arange(60_000), n, 2, np.random.default_rng(0), "training").values
    assert drawn.shape == (2, n)
    assert all(len(np.unique(row)) == n for row in drawn)
    assert n == 60_000 or (drawn[0] != drawn[1]).any()
