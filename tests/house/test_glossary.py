"""docs/glossary.md has every word that an arm, a verdict or a page is told in."""

import re
from pathlib import Path
from typing import get_args

import kellet
from kellet.cli.completion import PARTS
from kellet.experiment.verdict.level import Word
from kellet.families.recipe import Recipe
from kellet.metrics import ALL
from kellet.report.terms import TERMS

DOCS = Path(kellet.__file__).parents[2] / "docs"
TEXT = (DOCS / "glossary.md").read_text(encoding="utf-8")
EXPLAINED = set(re.findall(r"\*\*([^*]+)\*\*", TEXT))


def test_every_word_of_an_arm_has_an_entry():
    assert {part.split(":")[0] for part in PARTS} <= EXPLAINED


def test_every_term_of_a_page_has_an_entry():
    assert {term.name for term in TERMS} <= EXPLAINED


def test_every_verdict_and_every_part_that_it_is_about_has_an_entry():
    assert set(get_args(Word)) <= EXPLAINED
    assert {metric.part for metric in ALL} - {None} <= EXPLAINED


def test_every_entry_leads_to_a_page():
    entries = [line for line in TEXT.splitlines() if line.startswith("* ")]
    assert len(entries) > 80
    assert not [line for line in entries if "](" not in line]


def test_every_family_has_a_row_with_its_law():
    _, table = (DOCS / "families.md").read_text(encoding="utf-8").split("## Every family and its law")
    told = {
        name
        for line in table.splitlines()
        for name in re.findall(r"`([\w-]+)`", line.split("|")[1] if "|" in line else "")
    }
    assert {kind.__struct_config__.tag for kind in get_args(Recipe)} <= told
