"""The excess-vocabulary bound: under the truth, whatever drifts that is human."""

from functools import cache

import numpy as np
import pytest
from scipy.sparse import csr_array

from kellet.errors import InputError
from kellet.estimate.counterfactual import DRAWS, Comparison, weigh_up
from kellet.estimate.excess import bound_excess
from kellet.estimate.wording import choose, compare

WORDS = 400
NAMES = [f"w{i}" for i in range(WORDS)]
LIKED = np.arange(40)
"""Words that the model prefers: it writes them eight times as often."""


def draw(rates, rng):
    return rng.random(rates.shape) < rates


def corpus(share, seed, n=1200, years=4, trend=0.0, burst=0):
    """(D, V) documents of years, of the last a share by a model.  Words 40 to 59 may have a trend; 60 to 99 are of
    an event of the last year, which some documents of one subject speak of.  Each of four subjects has fifty words."""
    rng = np.random.default_rng(seed)
    usual = np.exp(rng.uniform(np.log(0.005), np.log(0.2), WORDS))
    usual[LIKED] = np.minimum(usual[LIKED], 0.03)
    parts = []
    for year in range(years):
        rates = np.tile(usual, (n, 1))
        for subject in range(4):
            rates[subject * n // 4 : (subject + 1) * n // 4, 200 + 50 * subject : 250 + 50 * subject] = 0.3
        rates[:, 40:60] = np.minimum(rates[:, 40:60] * (1 + trend * year), 0.9)
        if year == years - 1:
            rates[rng.permutation(n)[: round(n * share)][:, None], LIKED] *= 8
            rates[n - burst :, 60:100] = 0.5
        parts.append(draw(rates, rng))
    return csr_array(np.concatenate(parts).astype(np.float32)), np.repeat(np.arange(years), n)


@cache
def bounds(share, seed, **options):
    matrix, periods = corpus(share, seed, **options)
    return bound_excess(matrix, NAMES, periods, range(periods[-1]))


def test_counterfactual_prolongs_a_rise_and_not_a_fall():
    # Kobak et al. (2025): frequencies of "crucial" and "important" in 2021, 2022 and 2024.
    shares = np.array([[0.027687, 0.122571], [0.029624, 0.123075]])
    expected = Comparison(2024, (2021, 2022)).expect(shares)
    assert (np.array([0.070602, 0.098844]) / expected).round(1).tolist() == [2.1, 0.8]
    assert Comparison(2024, (2021, 2022)).expect(shares[::-1]).tolist() == shares[0].tolist()
    assert Comparison(2024, (2022,)).expect(shares[1:]).tolist() == shares[1].tolist()


def test_draws_vary_as_documents_do():
    rng = np.random.default_rng(0)
    periods = np.repeat([0, 1, 2], [400, 400, 800])
    having = rng.random(1600) < np.repeat([0.1, 0.2, 0.5], [400, 400, 800])
    found = weigh_up(having, periods, Comparison(2, (0, 1)), [], np.random.default_rng(1))
    p, q = having[periods == 2].mean(), [having[periods == i].mean() for i in (0, 1)]
    error = np.sqrt(p * (1 - p) / 800)
    assert abs(found.observed.mean() - p) < 6 * error / np.sqrt(DRAWS) + 1 / 800
    assert abs(found.observed.std() / error - 1) < 6 / np.sqrt(2 * DRAWS) + 0.01
    error = np.sqrt(4 * q[1] * (1 - q[1]) / 400 + q[0] * (1 - q[0]) / 400)
    assert abs(found.expected.mean() - (2 * q[1] - q[0])) < 6 * error / np.sqrt(DRAWS) + 3 / 400
    assert abs(found.expected.std() / error - 1) < 6 / np.sqrt(2 * DRAWS) + 0.01


def test_longer_documents_are_no_excess():
    """A word that all long documents have and no short one: only how many are long has changed."""
    periods = np.repeat([0, 1], 1000)
    long = np.concatenate([np.arange(1000) < 200, np.arange(1000) < 700]).astype(np.int64)
    plain = weigh_up(long == 1, periods, Comparison(1, (0,)), [], None)
    at_length = weigh_up(long == 1, periods, Comparison(1, (0,)), [long], None)
    assert plain.bound > 0.6
    assert abs(at_length.bound) < 0.01


def test_words_of_one_subject_are_not_chosen():
    counts = np.full((2, 4, 2), 10.0)
    counts[0, :, 0] += 40
    counts[0, 0, 1] += 160
    sizes = np.full((2, 4, 1), 250.0)
    assert compare(counts.sum(axis=1), sizes.sum(axis=1), Comparison(1, (0,))).large.all()
    assert choose(counts, sizes, Comparison(1, (0,))).tolist() == [0]


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_bound_lies_under_the_truth_and_not_far(share):
    found = bounds(share, 1).bounds[0]
    assert 0.1 * share < found.low < found.point < 1.2 * share
    assert found.low < share
    assert (found.base, found.documents, found.reason) == ((1, 2), 1200, "")
    assert found.point <= (found.observed - found.expected) / (1 - found.expected) + 1e-12
    assert found.gap == found.observed - found.expected


def test_words_that_carry_the_bound_are_the_models():
    matrix, periods = corpus(0.4, 1)
    words = bounds(0.4, 1).bounds[0].words
    assert len(words) > 5
    assert {word.name for word in words} <= {NAMES[i] for i in LIKED}
    counts = np.asarray(matrix[periods == 3].sum(axis=0))
    assert all(0.5 < word.documents / counts[NAMES.index(word.name)] <= 1 for word in words)
    gaps = [word.observed - word.expected for word in words]
    assert gaps == sorted(gaps, reverse=True)


@pytest.mark.parametrize("options", [{}, {"trend": 0.3}, {"burst": 30}], ids=str)
def test_human_text_has_no_excess_worth_a_word(options):
    """Nor if words have a trend, nor if a tenth of the documents, of one subject, speak of an event of the day."""
    assert all(bounds(0.0, seed, n=300, **options).bounds[0].low < 0.03 for seed in range(4))


def test_drift_that_humans_have_shown_is_taken_off():
    """Other words rise each year, in the last as before."""
    rng = np.random.default_rng(0)
    rates = np.full((5, WORDS), 0.02)
    for year in range(5):
        rates[year, 80 * year : 80 * year + 8] = 0.1
    matrix = csr_array(draw(rates.repeat(600, axis=0), rng).astype(np.float32))
    found = bound_excess(matrix, NAMES, np.repeat(np.arange(5), 600), range(4))
    bound = found.bounds[0]
    raw = (bound.observed - bound.expected) / (1 - bound.expected)
    assert raw > 0.1
    assert bound.placebo == pytest.approx(max(placebo.point for placebo in found.placebos))
    assert bound.placebo > 0.1
    assert bound.low == 0
    assert "drifts too fast" in bound.reason
    assert {(one.period, one.base) for one in found.placebos} == {(0, (2, 1)), (1, (3, 2)), (2, (0, 1)), (3, (1, 2))}


def test_another_genre_carries_nothing():
    """A third of the last year's documents have words of their own: so many are foreign, and there is no bound."""
    matrix, periods = corpus(0.0, 6, n=300)
    rng = np.random.default_rng(7)
    dense = matrix.toarray()
    dense[-100:] = 0
    dense[-100:, 200:] = draw(np.full((100, 200), 0.1), rng)
    own = np.zeros((1200, 100))
    own[-100:] = draw(np.full((100, 100), 0.3), rng)
    names = [f"w{i}" for i in range(WORDS + 100)]
    found = bound_excess(csr_array(np.hstack([dense, own]).astype(np.float32)), names, periods, range(3)).bounds[0]
    assert found.foreign > 0.3
    assert found.low < 0.03


def test_one_human_period_says_what_it_cannot_tell():
    found = bounds(0.4, 2, years=2)
    assert found.placebos == ()
    bound = found.bounds[0]
    assert 0.05 < bound.low < 0.4
    assert np.isnan(bound.placebo)
    assert "one human period" in bound.reason


def test_small_periods_have_a_reason_and_no_bound():
    matrix, periods = corpus(0.4, 3, n=150, years=3)
    periods = np.where((periods == 2) & (np.arange(450) > 380), -1, periods)
    before, small = bound_excess(matrix, NAMES, periods, [0, 1]).bounds
    assert (before.period, before.low, before.reason) == (-1, 0.0, "no human period of 100 documents before it")
    assert (small.period, small.documents, small.low, small.reason) == (2, 81, 0.0, "fewer than 100 documents")


def test_a_target_is_cut_to_what_placebos_have():
    matrix, periods = corpus(0.3, 4, n=500, years=3)
    periods = np.where((periods == 0) & (np.arange(1500) < 300), 2, periods)
    found = bound_excess(matrix, NAMES, periods, [0, 1]).bounds[0]
    assert (periods == 2).sum() == 800
    assert found.documents == 500


def test_same_seed_same_bound():
    matrix, periods = corpus(0.3, 5, n=200)
    assert repr(bound_excess(matrix, NAMES, periods, range(3))) == repr(bound_excess(matrix, NAMES, periods, range(3)))


@pytest.mark.parametrize(
    ("human", "columns", "said"),
    [
        ([7], WORDS, "expected 100 human documents or more of one period; got 0"),
        ([0, 1], WORDS, "expected documents that aren't known to be human; got none"),
        ([0], 0, "expected documents with words in common; got none"),
    ],
)
def test_bad_input_is_said_in_one_line(human, columns, said):
    matrix, periods = corpus(0, 0, n=120, years=2)
    with pytest.raises(InputError) as error:
        bound_excess(matrix[:, :columns], NAMES, periods, human)
    assert error.value.line.startswith(said)
