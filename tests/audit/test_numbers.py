"""What became of tails, scale, heaps and the range of numbers."""

from functools import cache

import numpy as np
import polars as pl
import pytest

from kellet.audit.exchange import Exchange
from kellet.audit.finding import Finding
from kellet.audit.numbers import measure_numbers
from kellet.profile.columns import Column
from kellet.profile.table import profile_table

COLUMN = Column("x", "number")


def measure(mine, theirs, many=199):
    exchange = Exchange.of(
        *(profile_table(pl.DataFrame({"x": x}), [COLUMN]) for x in (mine, theirs)), np.random.default_rng(1), many
    )
    return {(m.measure, m.about): m for m in measure_numbers(exchange)}


@cache
def judge(name):
    """Findings about the column of two samples, of which the second is changed."""
    rng = np.random.default_rng(2)
    mine, theirs = rng.standard_t(2, (2, 2000))
    match name:
        case "cut":
            theirs = np.clip(theirs, *np.quantile(theirs, (0.03, 0.97)))
        case "wide":
            theirs = 1.4 * theirs
        case "upper":
            theirs = np.where(theirs > 3, 3 + (theirs - 3) * 0.2, theirs)
        case "heaped":
            theirs = np.where(rng.random(2000) < 0.1, 1.0, theirs)
        case "far":
            theirs = np.where(rng.random(2000) < 0.02, 1e6 + theirs, theirs)
    return {m.measure: Finding.of(m) for m in measure(mine, theirs).values() if m.about}


def test_each_number_has_its_tails_and_scale_measured():
    expected = {"below 0.01", "below 0.05", "above 0.95", "above 0.99", "scale", "upper tail index", "outside"}
    assert judge("same").keys() >= expected
    # Beyond .001 lie four of 4,000 numbers, of which nothing can be said.
    assert not judge("same").keys() & {"below 0.001", "above 0.999"}


def test_cut_tails_are_lost_on_both_sides():
    found = judge("cut")
    assert found["below 0.01"].verdict == found["above 0.99"].verdict == "lost"
    assert found["above 0.99"].value == 0
    assert found["upper tail index"].verdict == found["lower tail index"].verdict == "lost"


def test_a_wider_law_has_more():
    found = judge("wide")
    assert found["scale"].verdict == found["below 0.05"].verdict == found["above 0.95"].verdict == "more"


def test_one_tail_alone_is_found_as_one():
    found = judge("upper")
    assert found["upper tail index"].verdict == "lost"
    assert found["lower tail index"].verdict == "pass"
    assert found["below 0.05"].verdict == "pass"


def test_heaps_are_more_and_smeared_ones_lost():
    assert "heaps" not in judge("same")
    assert judge("heaped")["heaps"].verdict == "more"
    rng = np.random.default_rng(3)
    mine, theirs = (np.where(rng.random(1000) < 0.3, 40.0, rng.normal(40, 9, 1000)) for _ in range(2))
    smeared = theirs + np.where((theirs == 40) & (rng.random(1000) < 0.5), rng.normal(size=1000), 0)
    found = measure(mine, smeared)["heaps", "x"]
    assert found.values[0] == pytest.approx(np.mean(smeared == 40))
    assert Finding.of(found).verdict == "lost"


def test_what_is_beyond_all_real_numbers_is_more():
    assert judge("same")["outside"].value < 0.01 < judge("far")["outside"].value
    assert judge("far")["outside"].verdict == "more"


def test_measures_are_what_they_are_by_hand():
    rng = np.random.default_rng(4)
    mine, theirs = rng.normal(5, 1, 480), rng.normal(5, 1.1, 480)
    found = measure(mine, theirs, many=19)
    pooled = np.sort(np.concatenate([mine, theirs]))
    edge = pooled[int(np.ceil(0.95 * 960)) - 1]
    assert found["above 0.95", "x"].values[0] == pytest.approx(np.mean(theirs > edge))
    assert found["outside", "x"].values[0] == pytest.approx(np.mean((theirs < mine.min()) | (theirs > mine.max())))
    low, high = pooled[0], pooled[int(np.ceil(0.999 * 960)) - 1]
    ratio = np.clip(theirs, low, high).std() / np.clip(mine, low, high).std()
    assert found["scale", "x"].values[0] == pytest.approx(ratio)


def test_the_index_of_a_pareto_tail_is_its_own():
    rng = np.random.default_rng(5)
    mine, theirs = 1 + rng.pareto(2, (2, 20_000))
    found = Finding.of(measure(mine, theirs)["upper tail index", "x"])
    # 1,000 numbers of either side: a standard error of .5 / sqrt(1000), five of which are allowed.
    assert found.value == pytest.approx(0.5, abs=0.08)
    assert found.low < 0.5 + 0.08
    assert ("lower tail index", "x") not in measure(mine, theirs)


def test_a_normal_law_has_no_long_tail():
    x = np.random.default_rng(6).normal(size=(2, 4000))
    assert not {name for name, _ in measure(*x, many=19) if "index" in name}


@pytest.mark.parametrize("x", [[1e308, -1e308] * 40, [0.0] * 80, [5e-324, 0.0] * 40, [-3.0, -3.0, 2.0, 9.0] * 20])
def test_odd_numbers_are_no_error(x):
    found = measure(np.array(x), np.array(x), many=19)
    assert found["outside", "x"].values[0] == 0
    assert all(np.isfinite(one.values[0]) for one in found.values())


def test_samples_of_one_law_alarm_as_often_as_they_should():
    rng, found = np.random.default_rng(7), []
    names = ("below 0.05", "above 0.99", "scale", "upper tail index", "outside", "heaps")
    for i in range(120):
        sizes = ((300, 300), (200, 800), (800, 200))[i % 3]
        sides = (np.where(rng.random(n) < 0.1, 1.0, rng.standard_t(2, n)) for n in sizes)
        measured = measure(*sides, many=39)
        found.append([Finding.of(measured[name, "x"]).p <= 0.1 if (name, "x") in measured else False for name in names])
    # 120 trials at 10 %: more than 33 have a chance below 1e-7.
    assert (np.sum(found, axis=0) <= 33).all()
    assert (np.sum(found, axis=0)[[0, 2, 3, 5]] >= 1).all()
