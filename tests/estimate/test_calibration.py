"""Calibration: what the references that were held out say of a score."""

import numpy as np
import pytest

from kellet.estimate.calibration import Calibration, find_chance
from kellet.estimate.scores import Scores, cut_folds

MANY, SIZE = 1000, 500


def calibrate(rng, apart):
    values = np.concatenate([rng.normal(0, 1, SIZE), rng.normal(apart, 1, SIZE)])
    return Calibration.of(Scores(np.repeat([0, 1], SIZE), values, np.full(2 * SIZE, np.nan)))


@pytest.mark.parametrize("apart", [0.5, 1.0, 2.5])
def test_a_bound_lies_above_nothing_one_time_in_twenty(apart):
    """References anew each time, since the bound must not be flattered by what chance made of them."""
    rng = np.random.default_rng(0)
    wrong = 0
    for _ in range(MANY):
        law = calibrate(rng, apart)
        wrong += law.bound(law.bin(rng.normal(0, 1, (1, SIZE))).sum(axis=0), SIZE) > 0
    assert wrong / MANY < 0.05 + 5 * np.sqrt(0.05 * 0.95 / MANY)


def test_a_bound_comes_near_the_share_of_writers_that_are_told_apart():
    rng = np.random.default_rng(1)
    law = calibrate(rng, 4.0)
    corpus = np.concatenate([rng.normal(0, 1, 7000), rng.normal(4, 1, 3000)])
    assert 0.25 < law.bound(law.bin(corpus[None]).sum(axis=0), 10_000) < 0.3


def test_writers_alike_are_not_told_apart():
    rng = np.random.default_rng(2)
    told = sum(calibrate(rng, 0.0).tells for _ in range(200))
    assert told <= 5
    assert calibrate(rng, 1.0).tells
    assert find_chance(50, 30) > find_chance(5000, 3000)


def test_laws_of_weighted_documents_are_those_of_repeated_ones():
    rng = np.random.default_rng(3)
    values, groups = rng.normal(size=300), np.repeat([0, 1], [200, 100])
    twice = np.where(np.arange(300) % 2, 1.0, 2.0)
    weighted = Calibration.of(Scores(groups, values, np.full(300, np.nan)), twice)
    rows = np.repeat(np.arange(300), twice.astype(int))
    repeated = Calibration.of(Scores(groups[rows], values[rows], np.full(len(rows), np.nan)), edges=weighted.edges)
    assert np.allclose(weighted.human * (weighted.sizes[0] + 5) - 5 / 15, weighted.sizes[0] * _share(repeated, 0))
    assert weighted.sizes[0] == pytest.approx(300**2 / 500)


def _share(law, group):
    size = law.sizes[group]
    return (law.human * (size + 5) - 5 / 15) / size


def test_passages_of_one_document_stay_together():
    groups, documents = np.repeat([0, 1], 60), np.arange(120) // 3
    fold = cut_folds(groups, 5, 0, documents)
    assert all(len(set(fold[documents == one].tolist())) == 1 for one in range(40))
    assert set(np.bincount(fold).tolist()) == {24}
