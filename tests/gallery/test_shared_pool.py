"""Two models that read each other: the recursion against the simulation."""

import numpy as np

from kellet.gallery.finding import average
from kellet.gallery.papers import shared_pool as paper


def test_the_simulated_error_is_the_exact_one():
    for alpha, beta in ((0.3, 0.7), (0.8, 0.2)):
        model = paper.make(alpha, beta)
        exact = paper.errors(model.after(paper.GENERATIONS)[1][-1])[0]
        _, low, high = average(paper.simulate(model, np.random.default_rng(7)))
        assert low <= exact <= high


def test_without_synthetic_text_models_differ_by_two_errors():
    error, apart, radius, _ = paper.settle(0.0, 0.5)
    assert radius == 0
    assert np.isclose(apart, 2 * error)
