"""docs/theory.md says what the code knows."""

import importlib.util
import re
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("knowledge", Path(__file__).with_name("knowledge.py"))
knowledge = importlib.util.module_from_spec(spec)
spec.loader.exec_module(knowledge)

ANEW = "docs/theory.md is not what the code says: python tests/house/knowledge.py writes its tables anew"
TEXT = knowledge.PAGE.read_text(encoding="utf-8")


SLOW = {"errors"}


@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=[pytest.mark.slow] if part in SLOW else []) for part in knowledge.PARTS]
)
def test_the_page_says_what_theory_knows(part):
    said = TEXT.split(f"<!-- {part} -->\n")[1].split(f"<!-- end of {part} -->")[0]
    assert said == "\n".join(knowledge.PARTS[part]()), ANEW


def test_every_family_is_looked_at_or_said_to_be_unknown():
    assert not knowledge.find_forgotten(), "name them in LOOPS or ELSEWHERE of tests/house/knowledge.py"


def test_the_page_names_no_verb_or_module_that_is_not_there():
    for module in set(re.findall(r"`kellet\.theory\.(\w+)`", TEXT)):
        assert (knowledge.ROOT / "src" / "kellet" / "theory" / f"{module}.py").exists(), module
