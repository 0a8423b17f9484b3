"""JUnit XML: what build servers are told."""

import importlib.util
from pathlib import Path
from xml.etree import ElementTree

import pytest

from kellet.audit.junit import junit
from kellet.characters import reveal

_spec = importlib.util.spec_from_file_location("audit_examples", Path(__file__).with_name("examples.py"))
examples = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(examples)

TAGS = {"testsuites", "testsuite", "testcase", "failure", "skipped", "system-out"}


def counts(element):
    return tuple(int(element.get(kind)) for kind in ("tests", "failures", "skipped"))


def test_gates_are_cases_and_what_cannot_be_told_is_skipped():
    root = ElementTree.fromstring(junit(examples.audit()))
    assert counts(root) == (4, 2, 1)
    assert [counts(suite) for suite in root] == [(2, 0, 1), (1, 1, 0), (1, 1, 0)]
    assert [case.get("name") for case in root[0].iter("testcase")] == ["rare>=0.9", "invented<=2"]
    message = root.find(".//failure").get("message")
    assert message == "rare>=0.9 of gen2.csv failed: 71 % of the zero (65 to 77 %)."


@pytest.mark.parametrize(("left", "expected"), [(1.0, (1, 0, 0)), (0.34, (1, 1, 0)), (1.6, (1, 1, 0))])
def test_without_gates_the_verdict_is_a_case(left, expected):
    assert counts(ElementTree.fromstring(junit(examples.audit((left,), gates=False)))) == expected


def test_an_undecided_audit_is_skipped():
    assert counts(ElementTree.fromstring(junit(examples.undecided()))) == (1, 0, 1)


def test_audits_of_nothing_are_well_formed():
    assert [counts(ElementTree.fromstring(junit(bare))) for bare in examples.nothing()] == [(0, 0, 0), (1, 0, 1)]


def test_whatever_the_names_are_the_file_is_well_formed_and_says_them():
    for name in examples.hostile.HOSTILE[::2]:
        root = ElementTree.fromstring(junit(examples.hostile_audit(name)).encode())
        assert root[0].get("name") == reveal(name)
        assert {one.tag for one in root.iter()} <= TAGS
