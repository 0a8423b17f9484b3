"""What all writers together still know."""

import numpy as np

from kellet.laws import Frequencies
from kellet.metrics import Look, RealLaw
from kellet.metrics.tails import TAIL_KEPT
from kellet.metrics.together import TAIL_ANYWHERE


def test_a_rare_thing_is_left_where_one_of_the_writers_can_write_it():
    # The rarest tenth: categories 1 to 3, of 5, 3 and 2 per cent.
    real = RealLaw(Frequencies(np.array([[0.9, 0.05, 0.03, 0.02]])))
    models = (
        Frequencies(np.array([[0.5, 0.5, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]])),
        # Of the living categories alone.
        Frequencies(np.array([[0.7, 0.3], [1.0, 0.0]]), np.array([0, 3]), 4),
    )
    rng = np.random.default_rng(0)
    looks = tuple(Look(model, real, 1, rng) for model in models)
    together = Look(models[0], real, 1, rng, web=looks)
    assert np.allclose(TAIL_KEPT.measure(looks[0]), [0.5, 0.0])
    assert np.allclose(TAIL_KEPT.measure(looks[1]), [0.2, 0.0])
    assert np.allclose(TAIL_ANYWHERE.measure(together), [0.7, 0.0])
    assert TAIL_ANYWHERE.share
