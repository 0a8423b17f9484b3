"""Gates: a whole interval passes, or fails, or nothing can be told."""

import pytest

from kellet.audit.finding import Finding
from kellet.audit.gates import hold
from kellet.audit.result import Look
from kellet.errors import InputError


def look(**changes):
    one = {
        "measure": "rare", "about": "", "title": "rare", "value": 0.5, "low": 0.45, "high": 0.55, "zero": 0.6,
        "zero_low": 0.55, "zero_high": 0.65, "fresh": 0.5, "p": 0.5, "detectable": 0.1, "verdict": "pass",
    }  # fmt: skip
    findings = (Finding(**(one | changes)), Finding(**(one | {"about": "age", "value": 0.1, "low": 0, "high": 0.2})))
    return Look(name="gen1.csv", documents=100, groups=(16, 16), findings=findings)


@pytest.mark.parametrize(
    ("asked", "passed"),
    [
        ("rare>=0.9", True), ("rare >= 90 %", True), ("rare>=1", None), ("rare>=1.2", False), ("rare<=1.2", True),
        ("rare<=1", None), ("rare<=0.8", False), ("rare[age]>=0.9", False), ("rare[age]<=0.5", True),
    ],
)  # fmt: skip
def test_a_gate_passes_only_if_its_whole_interval_does(asked, passed):
    [gate] = hold(look(), [asked])
    assert gate.passed is passed


def test_it_is_held_against_the_zero_where_nothing_fresh_is_known():
    [gate] = hold(look(fresh=None), ["rare>=0.9"])
    assert gate.value == pytest.approx(0.5 / 0.6)
    assert gate.passed is None


def test_what_nobody_could_have_seen_passes_no_gate():
    assert [gate.passed for gate in hold(look(verdict="inconclusive"), ["rare>=0.1"])] == [None]


@pytest.mark.parametrize("asked", ["rare", "rare>0.9", ">=1", "rare>=many", "rare>=1.2.3", "rare>=-1"])
def test_what_is_no_gate_is_refused(asked):
    with pytest.raises(InputError, match="expected a gate MEASURE>=SHARE"):
        list(hold(look(), [asked]))


def test_a_measure_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(InputError, match=r'one of the measures "rare", "rare\[age\]"; got width>=1'):
        list(hold(look(), ["width>=1"]))
