"""The interval of a median from runs in order."""

import numpy as np

from kellet.gallery.papers.two_gaussians import _median


def test_interval_misses_the_median_as_rarely_as_it_says():
    draws = np.random.default_rng(0).random((2_000, 40))
    middle, low, high = np.array([_median(runs) for runs in draws]).T
    missed = ((low > 0.5) | (high < 0.5)).mean()
    assert missed < 0.001 + 4 * np.sqrt(0.001 / len(draws))
    assert ((low < middle) & (middle < high)).all()


def test_interval_is_no_wider_than_it_must_be():
    """Of 40 runs those in places 10 and 31, of 160 those in places 59 and 102."""
    assert _median(np.arange(1.0, 41)) == (20.5, 10.0, 31.0)
    assert _median(np.arange(1.0, 161)) == (80.5, 59.0, 102.0)
