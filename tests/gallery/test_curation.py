"""Picking one of several by its reward."""

import numpy as np

from kellet.evidence import Points
from kellet.gallery.papers.curation import CHOICES, REWARDS, pick


def test_one_of_each_group_is_picked_as_bradley_and_terry_have_it():
    kinds = np.array([0, 3, 6, 9])
    picked = pick(Points(np.tile(kinds, (8, 5_000))), np.random.default_rng(0)).weighed.reshape(8, 5_000, CHOICES)
    assert (picked.sum(axis=2) == 1).all()
    chance = np.exp(REWARDS[kinds]) / np.exp(REWARDS[kinds]).sum()
    error = np.sqrt(chance * (1 - chance) / (8 * 5_000))
    assert (abs(picked.mean(axis=(0, 1)) - chance) < 4 * error).all()
