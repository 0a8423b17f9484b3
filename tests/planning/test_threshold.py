"""The least k from trials: intervals hold the truth as often as they say, whatever shape the truth has."""

import numpy as np
import pytest
from scipy.special import expit, ndtr, ndtri

from kellet.planning.search import narrow
from kellet.planning.threshold import Belief

MOST = 1000


def probit(k, middle, spread):
    return ndtr((np.log(np.maximum(k, 1e-9)) - np.log(middle)) / spread)


TRUTHS = {
    "probit": lambda k: probit(k, 40, 0.5),
    "wide probit": lambda k: probit(k, 20, 1.2),
    "steep": lambda k: probit(k, 137, 0.05),
    "exponential": lambda k: 1 - np.exp(-k / 20),
    "with a floor": lambda k: 0.55 + 0.45 * probit(k, 20, 0.8),
    "with a ceiling": lambda k: 0.93 * probit(k, 40, 0.5),
    "logistic in k": lambda k: expit((k - 60) / 10),
}


def search(chance, rng, per=50, confidence=0.9):
    """A plan without loops: trials are coins."""

    def tries(k, n):
        return int((rng.random(n) < chance(k)).sum())

    found = {round(k): (tries(round(k), per), per) for k in (0, *np.geomspace(1, MOST, 6))}
    real = tries(MOST, 4 * per), 4 * per
    for round_ in range(30):
        belief = Belief(MOST, confidence, {k: seen for k, seen in found.items() if k}, found[0], real)
        low, high = belief.interval()
        if round_ > 1 and high <= 1.5 * low:
            break
        for k in sorted({belief.draw(rng) for _ in range(max(2, len(found) // 3))}):
            good, n = found.get(k, (0, 0))
            found[k] = (good + tries(k, per), n + per)
    return belief


@pytest.fixture(scope="module")
def beliefs():
    return {name: [search(p, np.random.default_rng(seed)) for seed in range(14)] for name, p in TRUTHS.items()}


def true_threshold(chance, confidence=0.9):
    k = np.linspace(0.5, MOST, 20 * MOST)
    return k[np.argmax(chance(k) >= confidence)]


def test_intervals_hold_the_true_threshold_as_often_as_they_say(beliefs):
    held = {
        name: sum(b.interval()[0] <= true_threshold(TRUTHS[name]) <= b.interval()[1] for b in found)
        for name, found in beliefs.items()
    }
    # 90 % of 14 is 12.6 +- 1.1: five sigma for each, and together within the same.
    assert min(held.values()) >= 7, held
    everything = sum(map(len, beliefs.values()))
    assert sum(held.values()) >= 0.9 * everything - 5 * np.sqrt(0.09 * everything), held


def test_the_answer_keeps_its_promise_on_average(beliefs):
    for name, found in beliefs.items():
        chances = np.array([TRUTHS[name](b.least) for b in found if b.least is not None])
        assert len(chances) >= 11, name
        # Steep truths jump over the confidence from one k to the next.
        assert 0.88 < chances.mean() < 0.97, (name, chances.mean())
        assert chances.min() > 0.7, (name, chances.min())


def test_more_successes_never_ask_for_more_points():
    answers = [
        Belief(MOST, 0.9, {10: (5, 50), 30: (good, 50), 100: (50, 50)}, (0, 50), (200, 200)).least
        for good in (20, 25, 30, 35, 40)
    ]
    assert answers == sorted(answers, reverse=True)
    assert answers[0] > 1.2 * answers[-1]


def test_a_higher_confidence_asks_for_more_points():
    trials = {10: (5, 50), 30: (30, 50), 100: (50, 50)}
    least = [Belief(MOST, c, trials, (0, 50), (200, 200)).least for c in (0.5, 0.7, 0.9, 0.95)]
    assert least == sorted(set(least))


def test_more_trials_make_the_interval_narrower():
    def wide(n):
        belief = Belief(MOST, 0.9, {28: (8 * n, 10 * n), 40: (9 * n, 10 * n)}, (0, 50), (200, 200))
        low, high = belief.interval()
        return high / low

    assert wide(1) > 1.2 * wide(4) > 1.2 * wide(16)


def test_what_never_gets_there_lies_beyond():
    belief = Belief(100, 0.9, {1: (0, 50), 10: (1, 50), 50: (3, 50), 100: (5, 50)}, (0, 50), (200, 200))
    assert belief.least is None
    assert belief.beyond > 0.99
    assert belief.interval()[0] > 100


def test_what_needs_nothing_needs_nothing():
    belief = Belief(100, 0.9, {}, (100, 100), (200, 200))
    assert belief.least == 0
    assert belief.interval()[1] < 1


def test_looking_again_and_again_finds_no_proof_that_nothing_is_needed():
    rng = np.random.default_rng(7)

    def claimed(chance):
        """Whether at any of 60 looks loops without anything, of which such a share keep, seem enough."""
        kept = np.cumsum(rng.random(60 * 32).reshape(60, 32) < chance, axis=None).reshape(60, 32)[:, -1]
        return any(Belief(MOST, 0.9, {}, (int(k), 32 * (i + 1)), (200, 200)).without for i, k in enumerate(kept))

    # At the boundary one in twenty at most; of 200, 27 would be four standard deviations more.
    assert sum(claimed(0.9) for _ in range(200)) < 27
    assert sum(claimed(0.93) for _ in range(50)) > 25
    assert not Belief(MOST, 0.9, {}, (32, 32), (200, 200)).without
    assert Belief(MOST, 0.9, {}, (48, 48), (200, 200)).without


def test_a_ceiling_at_the_confidence_leaves_the_answer_open():
    sure = Belief(MOST, 0.9, {30: (10, 50), 100: (40, 50), 1000: (50, 50)}, (0, 50), (400, 400))
    unsure = Belief(MOST, 0.9, {30: (10, 50), 100: (40, 50), 1000: (45, 50)}, (0, 50), (362, 400))
    assert unsure.interval()[1] / unsure.interval()[0] > 5 * sure.interval()[1] / sure.interval()[0]


def test_trials_gather_where_the_answer_is_open():
    belief = Belief(MOST, 0.9, {1: (0, 50), 10: (2, 50), 30: (40, 50), 100: (50, 50)}, (0, 50), (100, 100))
    drawn = [belief.draw(np.random.default_rng(seed)) for seed in range(100)]
    low, high = belief.interval()
    # One in ten lies outside.
    assert sum(low <= k <= high for k in drawn) > 70
    assert all(0 <= k <= MOST for k in drawn)


@pytest.mark.parametrize("shares", [(0.89, 0.90, 0.96), (0.85, 0.91, 0.97)])
def test_a_flat_curve_is_no_surer_than_its_own_dots(shares):
    # Ten times as many rows hardly help: where the curve is off by a little, the answer moves by much.
    tries, knots = 20_000, np.log((1, 10, 100))
    chance = {
        k: ndtr(np.interp(np.log(k), knots, ndtri(shares))) for k in (1, 2, 3, 5, 6, 7, 8, 9, 10, 12, 15, 40, 100)
    }
    trials = {k: (round(tries * p), tries) for k, p in chance.items()}
    low, high = Belief(100, 0.9, trials, (round(tries * (shares[0] - 0.02)), tries), (980, 1000)).interval()
    crossed = np.interp(ndtri(0.9), ndtri(shares), knots)
    assert low < np.exp(crossed) < high
    assert not narrow(low, high, 1.5)


def test_a_steep_curve_is_as_sure_as_its_dots():
    trials = {k: (round(1000 * share), 1000) for k, share in ((10, 0.2), (25, 0.8), (32, 0.92), (60, 0.99))}
    low, high = Belief(100, 0.9, trials, (0, 1000), (100, 100)).interval()
    assert narrow(low, high, 1.2)
