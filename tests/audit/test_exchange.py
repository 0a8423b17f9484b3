"""The zero of an audit: exact for documents of one law, whatever depends on whatever inside of them."""

import numpy as np
import pytest

from kellet.audit.exchange import Exchange, Grouping, Zero
from kellet.audit.retention import sum_keys
from kellet.errors import InputError
from kellet.profile.profile import Profile, deal
from kellet.profile.tally import Tally


def profile(documents):
    """Of documents, each a list of numbers that stand for words."""
    groups, many = deal(len(documents))
    each = np.repeat(groups, [len(d) for d in documents])
    return Profile(many, {"words": Tally.of(np.concatenate(documents).astype(np.uint64), each)})


def bursty(rng, n, temperature=1.0):
    """Documents of a Zipf law, each of which says what it says several times."""
    p = np.arange(1, 2001.0) ** (-1.1 / temperature)
    return [np.repeat(rng.choice(2000, 12, p=p / p.sum()), rng.geometric(0.4, 12)) for _ in range(n)]


@pytest.mark.parametrize(
    ("sizes", "many"), [((2000, 2000), (16, 16)), ((16_281, 2000), (80, 10)), ((2000, 20_000), (8, 80))]
)
def test_groups_are_equally_large(sizes, many):
    grouping = Grouping.of(*(deal(n)[1] for n in sizes))
    assert grouping.many == many
    assert grouping.uneven < 0.025


def test_too_few_documents_are_refused():
    with pytest.raises(InputError, match="at least 8 documents on either side; got 5 and 900"):
        Grouping.of(deal(5)[1], deal(900)[1])


SLOW = [pytest.param(sizes, marks=pytest.mark.slow) for sizes in ((300, 300), (600, 150))]


@pytest.mark.parametrize("sizes", [(150, 600), *SLOW])
def test_false_alarms_are_as_many_as_they_should_be(sizes):
    rng, low = np.random.default_rng(1), []
    for _ in range(120):
        mine, theirs = (profile(bursty(rng, n)) for n in sizes)
        low.append(Zero.of(sum_keys(Exchange.of(mine, theirs, rng, 99), "words").rare_retention).less)
    # 120 trials at 10 %: more than 30, or less than 1, has a chance below 1e-5.
    assert 1 <= np.count_nonzero(np.array(low) <= 0.1) <= 30


def test_a_cooled_law_has_lost_and_a_copy_kept_too_much():
    rng = np.random.default_rng(2)
    real = bursty(rng, 400)
    cooled = Exchange.of(profile(real), profile(bursty(rng, 400, 0.8)), rng, 199)
    assert Zero.of(sum_keys(cooled, "words").rare_retention).less < 0.02
    copied = Exchange.of(profile(real), profile(real[:300] + bursty(rng, 100)), rng, 199)
    assert Zero.of(sum_keys(copied, "words").rare_retention).more < 0.02


def test_the_first_assignment_is_the_observed_one():
    rng = np.random.default_rng(3)
    real, other = bursty(rng, 240), bursty(rng, 240)
    sums = sum_keys(Exchange.of(profile(real), profile(other), rng, 19), "words")
    once = {w for w, n in zip(*np.unique(np.concatenate(real), return_counts=True), strict=True) if n == 1}
    assert sums.sizes[0, 0] == len(once)
    assert sums.kept[0, 0] == len(once & set(np.concatenate(other).tolist()))
