"""README.md: what it shows can be repeated from what is shipped, and it is short."""

import re
from pathlib import Path

import pytest

import kellet

ROOT = Path(kellet.__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SAID = re.search(r"The (\d+) % lie between (\d+) and (\d+) %.* have (\d+) % .*between (\d+) and (\d+) %", README)


def audit(name):
    """What an audit of a table of the examples says: its claim, and what is left of the rare part, in per cent."""
    tables = ROOT / "examples" / "data"
    found = kellet.audit(tables / "census-real.csv.gz", tables / f"census-{name}.csv.gz")
    rare = next(one for one in found.looks[0].findings if one.measure == "rare")
    return found.answer().sentence, [f"{100 * number:.0f}" for number in (rare.value, rare.low, rare.high)]


def test_the_number_is_what_the_tables_give():
    claim, left = audit("synthetic")
    (shown,) = re.findall(r"```text\n(.*?)```", README, flags=re.DOTALL)
    assert " ".join(shown.split()) == claim
    assert left == list(SAID.groups()[:3])


@pytest.mark.slow
def test_the_number_of_rows_set_aside_is_what_the_tables_give():
    assert audit("heldout")[1] == list(SAID.groups()[3:])


def test_it_is_short_and_cites_what_the_citation_says():
    assert README.count("\n") < 120
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    for field in ("title", "version", "license"):
        said = re.search(rf"^{field}: (.+)$", cited, flags=re.MULTILINE)[1].strip('"')
        assert re.search(rf"{field} += {{{re.escape(said)}}}", README), field
