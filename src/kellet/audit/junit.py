"""An audit as JUnit XML, which build servers show: a test suite for each data set, a test case for each gate."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from kellet.audit.result import Diagnosis, Look
from kellet.audit.words import say, say_gate, say_look, tell
from kellet.characters import reveal

OUTCOMES = {
    "failed": "failure", "lost": "failure", "copied": "failure", "more": "failure", "inconclusive": "skipped",
}  # fmt: skip
"""What is neither passed nor failed is skipped, since JUnit knows no other word."""


def junit(audit: Diagnosis) -> str:
    """The file as text.

    Where there are gates they alone decide, and a data set's verdict is only told; without gates the verdict is a case.
    """
    root = Element("testsuites", name=reveal(f"kellet audit {audit.reference}"))
    suites = [_suite(root, audit, look) for look in audit.looks]
    for kind in ("tests", "failures", "skipped"):
        root.set(kind, str(sum(int(suite.get(kind, 0)) for suite in suites)))
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=False)


def _suite(root: Element, audit: Diagnosis, look: Look) -> Element:
    """Everything about one data set."""
    suite = SubElement(root, "testsuite", name=reveal(look.name))
    for gate in audit.gates:
        if gate.look == look.name:
            _case(suite, look, gate.asked, tell(gate), say_gate(gate))
    if not audit.gates:
        _case(suite, look, "verdict", look.verdict, say_look(look))
    said = [say_look(look), *(say(one) for one in look.findings if one.verdict != "pass")]
    SubElement(suite, "system-out").text = reveal("\n".join(dict.fromkeys(said)), lines=True)
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(len(suite.findall("*/failure"))))
    suite.set("skipped", str(len(suite.findall("*/skipped"))))
    return suite


def _case(suite: Element, look: Look, name: str, outcome: str, sentence: str) -> None:
    case = SubElement(suite, "testcase", classname=reveal(look.name), name=reveal(name))
    if outcome in OUTCOMES:
        SubElement(case, OUTCOMES[outcome], message=reveal(sentence)).text = outcome
