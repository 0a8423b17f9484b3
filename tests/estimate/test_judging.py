"""Judging: an answer, a bound or a refusal, each where it is due."""

import numpy as np
import pytest

from kellet.estimate.judging import judge
from kellet.estimate.likeness import find_drift

TWO = ((1.0, 0), (1.0, 1))


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_share_of_models_among_the_references(share, count, learn, write):
    rng = np.random.default_rng(2)
    reference = learn(*TWO)
    k = round(400 * share)
    counts = count(reference, write(400 - k, rng), write(k, rng, model=1.0, accent=1))
    found = judge(reference, counts)
    assert found.verdict == "answered"
    assert found.low <= share <= found.high
    assert found.high - found.low < 0.2
    assert found.words_low <= share + 0.02 and share - 0.02 <= found.words_high
    if share > 0.2:
        assert found.writers["model1"] > 0.7
        low, high = find_drift(reference, counts, found.readings[0].share)
        assert low - 0.1 <= share <= high + 0.1


def test_human_text_alone(count, learn, write):
    """References that are all told from humans can't say what writers unlike them hide."""
    reference = learn(*TWO)
    found = judge(reference, count(reference, write(400, np.random.default_rng(12))))
    assert found.verdict == "bound only"
    assert found.low == 0 and found.share is None
    assert "could hide" in found.reasons[0]


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_writers_between_humans_and_models_give_a_bound(share, count, learn, write):
    rng = np.random.default_rng(3)
    reference = learn(*TWO)
    k = round(400 * share)
    found = judge(reference, count(reference, write(400 - k, rng), write(k, rng, model=0.5)))
    assert found.verdict == "bound only"
    assert found.share is None and found.high is None
    assert found.low < share
    assert "unlike" in found.reasons[0]


def test_bounds_lie_below_the_share_whoever_wrote(count, learn, write):
    rng = np.random.default_rng(4)
    reference = learn(*TWO)
    wrong = 0
    for style in (0.1, 0.3, 0.6, 1.0, 1.3):
        for share in (0.0, 0.05, 0.3):
            k = round(200 * share)
            counts = count(reference, write(200 - k, rng), write(k, rng, model=style, accent=3))
            wrong += judge(reference, counts, bound_only=True).low > share
    # Each is wrong one time in 20 at most: of 15 more than 5 with a chance below 1e-5.
    assert wrong <= 5


def test_another_topic_is_refused(count, learn, write):
    rng = np.random.default_rng(5)
    reference = learn(*TWO)
    found = judge(reference, count(reference, write(200, rng, topics=(5, 6))))
    assert found.verdict == "not identifiable"
    assert found.share is found.low is found.high is None
    assert "same things" in found.reasons[0]


def test_another_language_is_refused(count, learn, write):
    rng = np.random.default_rng(6)
    reference = learn(*TWO)
    found = judge(reference, count(reference, write(100, rng, language="x")))
    assert found.verdict == "not identifiable"
    assert "language" in found.reasons[0]


def test_references_that_cannot_be_told_apart(count, learn, write):
    rng = np.random.default_rng(7)
    reference = learn((0.0, 0))
    found = judge(reference, count(reference, write(200, rng)))
    assert found.verdict == "not identifiable"
    assert "told" in found.reasons[0]


def test_too_few_documents(count, learn, write):
    rng = np.random.default_rng(8)
    reference = learn(*TWO)
    found = judge(reference, count(reference, write(19, rng)))
    assert found.verdict == "not identifiable"
    assert "19" in found.reasons[0] and "20" in found.reasons[0]


def test_references_of_several_topics_are_weighted(count, learn, write):
    rng = np.random.default_rng(9)
    reference = learn(*TWO, topics=(0, 0, 0, 1), human=900, each=400)
    counts = count(reference, write(320, rng, topics=(1,)), write(80, rng, model=1.0, topics=(1,)))
    found = judge(reference, counts)
    assert found.weighted
    assert found.verdict == "answered"
    assert found.low <= 0.2 <= found.high


def test_counts_add(count, learn, write):
    rng = np.random.default_rng(10)
    reference = learn(*TWO)
    first, second = write(30, rng), write(40, rng, model=1.0)
    both, sum_ = count(reference, first, second), count(reference, first) + count(reference, second)
    for name in both.__dataclass_fields__:
        assert np.allclose(getattr(both, name), getattr(sum_, name))
    assert both.documents == 70


def test_held_out_references_and_a_corpus_are_alike(count, learn, write):
    """A document of a corpus has scores of the same law as a human reference that no classifier saw."""
    rng = np.random.default_rng(11)
    reference = learn(*TWO)
    fresh = count(reference, write(2000, rng))
    for law, bins in zip(reference.calibrations, fresh.bins[:, 0], strict=True):
        error = np.sqrt(law.human * (1 - law.human) * (1 / 2000 + 1 / law.sizes[0]))
        assert (abs(bins / 2000 - law.human) < 5 * error + 0.01).all()
