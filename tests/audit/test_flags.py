"""Flags of columns are one family, and where assignments are too few to tell, some columns get more of them."""

import numpy as np

from kellet.audit.finding import Finding, Measured
from kellet.audit.flags import calm, settle

LEVEL = 0.05


def measure(measure, about, value, seed=0, many=999):
    others = np.random.default_rng(seed).normal(0.5, 0.02, many)
    return Measured(measure, about, measure, np.append(value, others))


def find(name, about, value, seed=0):
    return Finding.of(measure(name, about, value, seed), LEVEL)


QUIET = [find(f"measure {i % 12}", f"column {i}", 0.5) for i in range(240)]


def test_all_measures_of_all_columns_are_one_family():
    # The least p-value that 999 assignments give, 0.002, comes twice in 1,000 by chance: one of 241 says nothing.
    chance = find("rare", "odd", 0.3)
    whole = find("rare", "", 0.3)
    found = {(one.measure, one.about): one.verdict for one in calm([*QUIET, chance, whole], LEVEL)}
    assert found["rare", "odd"] == "pass"
    assert found["rare", ""] == "lost"
    # Of twelve such ones less than one is by chance.
    many = [find("rare", f"odd {i}", 0.3) for i in range(12)]
    assert sum(one.verdict == "lost" for one in calm([*QUIET, *many], LEVEL)) == 12


def test_what_cannot_be_told_is_looked_at_again_and_nothing_else():
    asked = []

    def again(about, many):
        asked.append((about, many))
        yield measure("rare", "clear", 0.3, 1, many)
        yield measure("rare", "chance", 0.449, 1, many)
        yield measure("scale", "clear", 0.1, 1, many)

    rows = [*QUIET, find("rare", "clear", 0.3), find("rare", "chance", 0.449), find("scale", "clear", 0.5)]
    found = {(one.measure, one.about): one for one in settle(rows, 999, again, LEVEL)}
    [(about, many)] = asked
    assert about == {"clear", "chance"}
    assert many + 1 >= 4 * len(rows) / LEVEL
    assert found["rare", "clear"].verdict == "lost"
    assert found["rare", "clear"].p < LEVEL / len(rows)
    assert found["rare", "chance"].verdict == "pass"
    assert found["scale", "clear"].value == 0.5
    assert len(found) == len(rows)


def test_nothing_is_looked_at_again_where_all_is_told():
    def again(about, many):
        raise AssertionError

    assert settle(QUIET, 999, again, LEVEL) == calm(QUIET, LEVEL)
    lost = [find("rare", f"lost {i}", 0.3) for i in range(100)]
    assert all(one.verdict == "lost" for one in settle(lost, 999, again, LEVEL))
