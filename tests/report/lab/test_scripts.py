"""What the lab's scripts may not do, and how each file begins."""

import re
from pathlib import Path

import pytest

from kellet.report.lab import lab

ROOM = Path(lab.__file__).parent / "scripts"
SCRIPTS = sorted(ROOM.rglob("*.js"))
OWN = [path for path in SCRIPTS if path.name != "handwriting.js"]
"""All but what a program wrote."""
FORBIDDEN = (
    "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "localStorage",
    "sessionStorage", "indexedDB", "document.cookie", "fetch(", "XMLHttpRequest", "sendBeacon", "WebSocket", "import(",
    "http://", "https://",
)  # fmt: skip
NAMESPACE = '"http://www.w3.org/2000/svg"'
"""A name, not an address that is asked for."""
names = "{0.parent.name}/{0.name}".format


def strip_comments(text):
    return re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("path", SCRIPTS, ids=names)
def test_a_script_asks_for_nothing_and_runs_no_text(path):
    text = strip_comments(path.read_text(encoding="utf-8")).replace(NAMESPACE, "")
    assert not [word for word in FORBIDDEN if word in text]


@pytest.mark.parametrize("path", SCRIPTS, ids=names)
def test_a_script_says_first_what_it_is(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("// ") or path.name == "lab.js"


@pytest.mark.parametrize("path", OWN, ids=names)
def test_a_line_has_no_more_than_120_columns_and_a_file_350_lines(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 350
    assert not [number for number, line in enumerate(lines, 1) if len(line) > 120]


@pytest.mark.parametrize("path", OWN, ids=names)
def test_no_word_that_is_shown_stands_in_a_script(path):
    text = strip_comments(path.read_text(encoding="utf-8"))
    # What is copied is for Kellet, in its language.
    text = re.sub(r"\n  (?:function (?:copy|describe)\(|const KELLET =).*?\n  \}", "", text, flags=re.DOTALL)
    shown = re.findall(r"""["`]([A-Z][a-z]+ [^"`]*|[^"`]*[a-z]{2,}[.!?:])["`]""", text)
    assert not shown
