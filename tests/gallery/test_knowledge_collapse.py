"""The density of public knowledge, and its distance from the truth."""

import numpy as np
from scipy.stats import gaussian_kde, norm, t

from kellet.gallery.papers import knowledge_collapse as paper


def test_the_density_is_that_of_gaussian_kernels_by_scotts_rule():
    points = np.random.default_rng(0).standard_t(10, (2, 100))
    found = paper._density(points)
    assert np.allclose(found, [gaussian_kde(one)(paper.GRID) for one in points], rtol=1e-9, atol=1e-12)


def test_the_distance_is_0_for_the_truth_and_1_for_what_has_nothing_in_common():
    assert paper.hellinger(paper.TRUTH) == 0
    far = norm.pdf(paper.GRID, 7.0, 0.1)
    assert abs(paper.hellinger(far) - 1) < 0.02


def test_cheap_samples_are_the_truth_without_what_lies_beyond_the_truncation():
    drawn = paper._sample(np.random.default_rng(1), 20_000, 1.0, True)
    assert abs(drawn).max() <= paper.TRUNCATION
    inside = t.cdf(paper.TRUNCATION, paper.FREEDOM) - 0.5
    expected = (t.cdf(0.3, paper.FREEDOM) - 0.5) / inside
    share = (abs(drawn) < 0.3).mean()
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / len(drawn))
