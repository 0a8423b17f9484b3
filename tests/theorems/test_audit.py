"""The zero of an audit: exact, so that documents of one law are said to have lost something as often as was set.

Tolerance: binomial, at a false alarm rate below 1e-7 for each measure.
"""

import numpy as np
import pytest
from scipy.stats import binom

from kellet.audit.exchange import Exchange, Zero
from kellet.audit.retention import sum_keys
from kellet.audit.richness import measure_richness
from kellet.profile.profile import Profile, deal
from kellet.profile.tally import Tally

LAW = np.arange(1, 5001.0) ** -1.1
LAW /= LAW.sum()


def profile(rng, n):
    """Documents of 12 words of Zipf's law, each of which is said several times."""
    words, times = rng.choice(len(LAW), (n, 12), p=LAW), rng.geometric(0.4, (n, 12))
    groups, many = deal(n)
    keys = np.repeat(words.ravel(), times.ravel()).astype(np.uint64)
    return Profile(many, {"words": Tally.of(keys, np.repeat(groups, times.sum(axis=1)))})


def judge(sizes, pairs, seed):
    """(pairs, measures) probabilities of a value as low, and as high."""
    rng, less, more = np.random.default_rng(seed), [], []
    for _ in range(pairs):
        exchange = Exchange.of(*(profile(rng, n) for n in sizes), rng, 99)
        sums = sum_keys(exchange, "words")
        measures = [sums.retention[0], sums.rare_retention, sums.invented_share]
        measures += [one.values for one in measure_richness(exchange, "words")]
        zeros = [Zero.of(values) for values in measures]
        less.append([zero.less for zero in zeros])
        more.append([zero.more for zero in zeros])
    return np.array(less), np.array(more)


@pytest.mark.parametrize("sizes", [(240, 240), (100, 1000), (1000, 100)])
@pytest.mark.parametrize("pairs", [15, pytest.param(400, marks=pytest.mark.slow)])
def test_false_alarms_are_as_many_as_were_set(sizes, pairs):
    for p in judge(sizes, pairs, 1):
        for level in (0.03, 0.1):
            alarms = np.count_nonzero(p <= level, axis=0)
            assert (binom.sf(alarms - 1, pairs, level) > 1e-7).all()
            # Groups of unequal size make the test a cautious one; never one that says nothing.
            assert (binom.cdf(alarms, pairs, level / 2) > 1e-7).all()
