"""The n-gram family keeps the contract that the loop relies on, and its counts are evidence."""

import pickle

import numpy as np
import pytest

from kellet import Accumulate, Anchor, Points, Replace, Subsample, check_family, generations
from kellet.data.source import DataSet
from kellet.evidence import Evidence
from kellet.families import NGram
from kellet.families.family import ExactFamily
from kellet.laws.model import ExactModel
from kellet.laws.ngram import NGramCounts

LENGTH, TOKENS = 8, 5
FAMILIES = [NGram(order, alpha, TOKENS) for order in range(1, 6) for alpha in (None, 0.0, 0.5)]


def blocks(replicates, n, seed=0, full=False):
    rng = np.random.default_rng(seed)
    values = rng.choice(TOKENS, p=[0.4, 0.3, 0.15, 0.1, 0.05], size=(replicates, n, LENGTH)).astype(np.int32)
    if not full:
        values[np.arange(LENGTH) >= rng.integers(0, LENGTH + 2, (replicates, n, 1))] = -1
    return Points(values)


class World:
    """Made-up blocks, opened like a data set."""

    def open(self, replicates):
        return DataSet(*(blocks(1, n, n).values[0] for n in (400, 200, 200)), replicates)


@pytest.mark.parametrize("full", [False, True], ids=["documents that end", "full blocks"])
@pytest.mark.parametrize("family", FAMILIES, ids=repr)
def test_the_contract_holds(family, full):
    check_family(family, blocks(3, 40, full=full))
    assert isinstance(family, ExactFamily)
    assert isinstance(family.fit(family.summarise(blocks(2, 9))), ExactModel)


ANCHORS = [
    None, Anchor(3), Anchor(3, draw="fixed"), Anchor(2, draw="bank", bank=9), Anchor(3, weight=2.0),
    Anchor(share=0.2, random=True), Anchor(3, once=True),
]  # fmt: skip


@pytest.mark.parametrize("regime", [Replace(), Accumulate(), Subsample()], ids=repr)
@pytest.mark.parametrize("anchor", ANCHORS, ids=repr)
@pytest.mark.parametrize("family", [NGram(2, None, TOKENS), NGram(3, 0.1, TOKENS)], ids=repr)
def test_it_learns_under_every_regime_and_anchor(family, regime, anchor):
    settings = {"size": 20, "regime": regime, "anchor": anchor, "replicates": 2}
    loop = generations(World(), family, rng=np.random.default_rng(6), **settings)
    batch = 20 + 3 * (anchor is not None and anchor.weight == 2.0)
    for t in range(4):
        g = next(loop)
        assert np.isfinite(g.model.log_probabilities(World().open(1).heldout)).all()
        if not isinstance(regime, Subsample):
            assert isinstance(g.evidence, NGramCounts)
            expected = 20 + t * batch if isinstance(regime, Accumulate) else batch if t else 20
            np.testing.assert_allclose(g.evidence.count, expected)


def test_counts_are_evidence_and_add_up_like_the_points():
    family = NGram(3, vocabulary=TOKENS)
    a, b = blocks(2, 7), blocks(2, 5, 1)
    apart, together = family.summarise(a) + family.summarise(b), family.summarise(a + b)
    assert isinstance(apart, Evidence)
    np.testing.assert_array_equal(apart.grams, together.grams)
    np.testing.assert_array_equal(apart.times, together.times)
    np.testing.assert_allclose(apart.count, 12.0)
    twice = family.summarise(a) + family.summarise(a)
    np.testing.assert_array_equal((2.0 * family.summarise(a)).times, twice.times)
    np.testing.assert_array_equal(family.summarise(2.0 * a).times, twice.times)


def test_counts_of_different_orders_do_not_add():
    with pytest.raises(ValueError, match="the same"):
        NGramCounts.of(blocks(1, 3), 2, TOKENS) + NGramCounts.of(blocks(1, 3), 3, TOKENS)


def test_points_of_no_weight_teach_nothing():
    a, b = blocks(2, 7), blocks(2, 5, 1)
    counts = NGramCounts.of(a + 0.0 * b, 3, TOKENS)
    np.testing.assert_array_equal(counts.grams, NGramCounts.of(a, 3, TOKENS).grams)
    np.testing.assert_allclose(counts.count, 7.0)


def test_a_model_travels_to_another_process():
    family = NGram(3, vocabulary=TOKENS)
    model = family.fit(family.summarise(blocks(2, 30)))
    again = pickle.loads(pickle.dumps(model))
    first, second = (m.sample(5, np.random.default_rng(0)).values for m in (model, again))
    np.testing.assert_array_equal(first, second)
