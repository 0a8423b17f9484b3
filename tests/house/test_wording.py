"""Plain words: what a review found hard to read doesn't come back into documents, help, messages and pages."""

import re
from pathlib import Path

import pytest

import kellet

SOURCE = Path(kellet.__file__).parent
DOCS = SOURCE.parents[1] / "docs"
AVOIDED = {
    r"\b(points?|documents|rows|blocks|numbers|seconds|deviations?) a (generation|replicate|dimension)\b": "per",
    r"\bas (much|many) real (text|rows|points) (would|get|show)\b": "relative to a real sample of the same size",
    r"\blearnt? by heart\b": "memorised",
    r"\b\d+ m numbers\b": "parameters",
    r"\btold in a line\b": "reported in one line",
    r"\bwhat binds\b": "the limiting factor",
    r"\bforgets the truth\b": "drifts from the data to the prior",
    r"\bgoes on where it stopped\b": "run the same command again to resume",
    r"\bearly morning\b": "far too few to see it",
    r"\bwhoever reaches\b": "anyone who can reach",
    r"\bto stand is not to\b": "holding up on average hides losses",
}
"""What is avoided, and what is said instead."""
READ = [
    DOCS.parent / "README.md",
    *sorted(path for path in DOCS.rglob("*") if path.suffix in {".md", ".svg"}),
    *sorted(path for path in SOURCE.rglob("*") if path.suffix in {".py", ".js", ".json", ".j2"}),
]


def find(text):
    """What of it is avoided, with what is said instead; a phrase may go over the end of a line."""
    plain = " ".join(text.lower().split())
    return [(found[0], said) for avoided, said in AVOIDED.items() for found in re.finditer(avoided, plain)]


def test_no_document_help_or_page_says_what_is_avoided():
    said = {path.relative_to(DOCS.parent).as_posix(): find(path.read_text(encoding="utf-8")) for path in READ}
    assert not {name: found for name, found in said.items() if found}


@pytest.mark.parametrize(
    "text", ["100 points\n  a generation", "What as many real rows get", "It is learnt by heart.", "of 124 M numbers"]
)
def test_what_is_avoided_is_found(text):
    assert find(text)
