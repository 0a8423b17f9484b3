"""Curation that samples otherwise than a model says."""

import numpy as np
import pytest

from kellet import worlds
from kellet.laws import Frequencies
from kellet.laws.decoding import NGramDecoder
from kellet.loop.curation.sampling import TopP


@pytest.mark.parametrize("many", [5, 1000, 100_000])
def test_the_whole_probability_keeps_every_category(many):
    rng = np.random.default_rng(many)
    zipf = worlds.Zipf(many).open(1).truth
    for law in (zipf, Frequencies(rng.dirichlet(np.full(many, 0.1), size=3))):
        kept = TopP(1.0).law(law).probabilities
        np.testing.assert_allclose(kept, law.probabilities, rtol=1e-12)
        assert ((kept > 0) == (law.probabilities > 0)).all()


@pytest.mark.parametrize("p", [1e-12, 0.1, 0.3, 0.6, 0.7, 0.9, 1 - 1e-9])
def test_the_fewest_that_reach_a_probability_are_kept(p):
    rows = np.array([[0.6, 0.3, 0.1], [0.7, 0.2, 0.1], [1 / 3, 1 / 3, 1 / 3]])
    kept = (TopP(p).law(Frequencies(rows)).probabilities > 0).sum(axis=1)
    reached = np.cumsum(rows, axis=1)
    assert (kept == (reached < p - 1e-13).sum(axis=1) + 1).all()


def test_blocks_of_text_are_cut_as_categories_are():
    law = Frequencies(np.array([[0.6, 0.3, 0.1]]))
    for p in (0.6, 0.9, 1.0):
        cut = NGramDecoder(None, top_p=p)._cut(law.probabilities.copy())
        np.testing.assert_allclose(cut / cut.sum(), TopP(p).law(law).probabilities)
