"""What a fresh real sample would keep: from the reference alone, against real samples."""

import numpy as np
import pytest

from kellet.audit.exchange import Exchange, Grouping
from kellet.audit.fresh import expect_fresh, thin_holdout
from kellet.audit.retention import sum_keys
from kellet.profile.profile import Profile, deal
from kellet.profile.tally import FINE, Tally


def profile(documents):
    groups, many = deal(len(documents))
    each = np.repeat(groups, [len(d) for d in documents])
    return Profile(many, {"words": Tally.of(np.concatenate(documents).astype(np.uint64), each)})


def bursty(rng, n):
    p = np.arange(1, 5001.0) ** -1.1
    return [np.repeat(rng.choice(5000, 12, p=p / p.sum()), rng.geometric(0.4, 12)) for _ in range(n)]


def observe(mine, theirs):
    places = np.zeros(FINE, np.int64)
    exchange = Exchange(mine, theirs, Grouping(places, places, (1, 1), 0.0), np.array([[0], [1]], np.int32))
    return sum_keys(exchange, "words")


SLOW = [pytest.param(sizes, marks=pytest.mark.slow) for sizes in ((2000, 500), (600, 2400))]


@pytest.mark.parametrize("sizes", [(1000, 1000), *SLOW])
def test_the_reference_alone_tells_what_a_real_sample_keeps(sizes):
    rng, gaps, inside = np.random.default_rng(1), [], []
    for _ in range(8):
        reference, real = (profile(bursty(rng, n)) for n in sizes)
        seen, fresh = observe(reference, real), expect_fresh(reference, "words", sizes[1] / sizes[0], rng)
        gaps.append(fresh.rare[0] - seen.rare_retention[0])
        inside.append(fresh.rare[1] <= seen.rare_retention[0] <= fresh.rare[2])
        inside.append(fresh.invented[1] <= seen.invented_share[0] <= fresh.invented[2])
    # The bias that extrapolation leaves, beside a spread of 0.02 of each gap.
    assert abs(np.mean(gaps)) < 0.06
    assert np.mean(inside) > 0.6


def test_loss_does_not_lower_what_is_expected():
    # Half of the words are gone: the exchange's zero is the lower for it, what the reference alone tells is not.
    rng = np.random.default_rng(2)
    reference, real = profile(bursty(rng, 1000)), profile(bursty(rng, 1000))
    lost = profile([np.maximum(d % 20, 1) for d in bursty(rng, 1000)])
    kept = observe(reference, real).rare_retention[0]
    exchanged = sum_keys(Exchange.of(reference, lost, rng, 99), "words").rare_retention[1:].mean()
    assert abs(expect_fresh(reference, "words", 1.0, rng).rare[0] - kept) < abs(exchanged - kept) / 2


def test_a_hold_out_is_thinned_to_the_size_of_the_candidate():
    rng = np.random.default_rng(3)
    reference, holdout = profile(bursty(rng, 1000)), profile(bursty(rng, 2000))
    thinned = thin_holdout(reference, holdout, "words", 500, rng)
    seen = observe(reference, profile(bursty(rng, 500)))
    assert thinned.rare[0] == pytest.approx(seen.rare_retention[0], abs=0.06)
    whole = thin_holdout(reference, holdout, "words", 2000, rng)
    assert whole.rare[0] == observe(reference, holdout).rare_retention[0]
    assert whole.rare[1] < whole.rare[0] < whole.rare[2]
    assert thin_holdout(reference, holdout, "words", 4000, rng) is None


@pytest.mark.parametrize(("documents", "ratio"), [(5, 1.0), (500, 1000.0), (500, 0.001), (500, 30.0)])
def test_what_cannot_be_told_is_not(documents, ratio):
    rng = np.random.default_rng(4)
    assert expect_fresh(profile(bursty(rng, documents)), "words", ratio, rng) is None
