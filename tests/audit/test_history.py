"""Histories: alarms along generations and over columns stay as few as they should."""

import msgspec
import numpy as np
import pytest

from kellet.audit.exchange import Exchange
from kellet.audit.finding import Finding, Measured
from kellet.audit.history import adjust, count_assignments, follow, spend
from kellet.audit.retention import sum_keys
from kellet.profile.profile import Profile, deal
from kellet.profile.tally import Tally


def finding(value, about="", zero=0.5, scatter=0.02, seed=0, many=999, level=0.05):
    others = np.random.default_rng(seed).normal(zero, scatter, many)
    return Finding.of(Measured("rare", about, "rare values", np.append(value, others)), level)


def profile(rng, n, power=1.1):
    p = np.arange(1, 1001.0) ** -power
    groups, many = deal(n)
    keys = rng.choice(1000, (n, 10), p=p / p.sum())
    return Profile(many, {"words": Tally.of(keys.ravel().astype(np.uint64), np.repeat(groups, 10))})


def test_levels_of_looks_add_up():
    assert sum(spend(t) for t in range(1, 100_000)) == pytest.approx(0.05, rel=1e-4)
    assert sum(spend(t, looks=20) for t in range(1, 21)) == pytest.approx(0.05)
    for look, looks in ((1, None), (20, None), (20, 20)):
        assert 2 / (count_assignments(look, looks) + 1) <= spend(look, looks) / 2 * (1 + 1e-9)


def test_a_history_tells_its_trend_and_where_it_left_the_zero():
    values = (0.5, 0.49, 0.4, 0.31, 0.2)
    (history,) = follow([[finding(v, seed=i, many=1999)] for i, v in enumerate(values)])
    assert (history.values, history.first) == (values, 3)
    slope, low, high = history.trend
    assert low < -0.077 < high
    assert slope == pytest.approx(np.polyfit(range(5), values, 1)[0], abs=0.002)
    # The scatter of the zero at each of five generations: 0.02 / sqrt(10).
    assert high - low == pytest.approx(2 * 1.96 * 0.02 / np.sqrt(10), rel=0.1)


def test_a_measure_that_a_look_lacks_is_not_a_number_there():
    history = follow([[finding(0.5)], [], [finding(0.1), finding(0.5, "age")]])
    assert [one.about for one in history] == ["", "age"]
    assert np.isnan(history[0].values[1])
    assert history[0].trend[0] == pytest.approx(-0.2, abs=0.01)
    assert np.isnan(history[1].trend[0])


def test_alarms_of_columns_stay_where_they_are_many_or_clear():
    calm = [finding(0.5 + 0.01 * (i % 3 - 1), f"calm {i}") for i in range(13)]
    chance, clear = finding(0.455, "chance"), finding(0.2, "clear")
    assert chance.verdict == clear.verdict == "lost"
    found = {one.about: one.verdict for one in adjust([*calm, chance, clear])}
    assert found.pop("clear") == "lost"
    assert set(found.values()) == {"pass"}
    many = adjust([msgspec.structs.replace(chance, about=str(i)) for i in range(15)])
    assert {one.verdict for one in many} == {"lost"}
    assert adjust([]) == ()


def test_an_alarm_that_could_not_have_been_one_is_inconclusive():
    blind = finding(0.05, scatter=0.2)
    assert blind.verdict == "lost"
    assert {one.verdict for one in adjust([blind] + [finding(0.5, str(i)) for i in range(20)])} == {
        "inconclusive",
        "pass",
    }


def test_whole_histories_seldom_alarm():
    # One reference for all generations of a history, at a level of 20 %: 0.02 for each of ten looks.
    rng, alarms = np.random.default_rng(5), 0
    for _ in range(24):
        reference = profile(rng, 160)
        for t in range(1, 11):
            level = spend(t, looks=10, level=0.2)
            exchange = Exchange.of(reference, profile(rng, 160), rng, 99)
            if Finding.of(Measured("rare", "", "", sum_keys(exchange, "words").rare_retention), level).p <= level:
                alarms += 1
                break
    # 24 trials at 20 % at most: more than 16 have a chance below 1e-6.
    assert alarms <= 16
