"""An audit in a terminal, as JSON and in a notebook."""

import importlib.util
import io
import json
from pathlib import Path

import jsonschema
import pytest
from rich.console import Console

from kellet.audit.answer import answer
from kellet.characters import reveal
from kellet.page.document import schema

_spec = importlib.util.spec_from_file_location("audit_examples", Path(__file__).with_name("examples.py"))
examples = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(examples)
EXAMPLES = dict(examples.all_of_them())


def shown(audit, width):
    console = Console(width=width, file=io.StringIO())
    console.print(answer(audit))
    return console.file.getvalue()


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_terminal_of_80_and_of_40_columns_shows_all_of_it(name):
    for width in (80, 40):
        lines = shown(EXAMPLES[name], width).split("\n")
        assert max(map(len, lines)) <= width
        assert " ".join(" ".join(lines).split()).startswith(" ".join(answer(EXAMPLES[name]).sentences)[:60])


def test_a_terminal_has_a_row_a_generation_the_gates_and_ten_losses():
    text = shown(examples.audit(), 80)
    for expected in ("gen1.csv", "gen2.csv", "gen3.csv", "16 to 26 %", "real 62 %", "rare>=0.9", "65 to 77 %"):
        assert expected in text
    assert "Without-pay (capital_loss)" in text
    assert "Ecuador" not in text


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_document_is_what_its_schema_says(name):
    found = answer(EXAMPLES[name])
    document = json.loads(found.json())
    jsonschema.validate(document, schema(type(found.data)))
    assert document["schema"] == "kellet/audit/1"
    assert [look["verdict"] for look in document["looks"]] == [look.verdict for look in EXAMPLES[name].looks]


def test_the_document_says_each_finding_and_the_worst_verdict():
    document = answer(examples.audit()).data
    assert document.verdict == "lost"
    assert document.looks[0].verdict == "pass"
    assert (
        document.looks[2].findings[0].sentence.startswith("Of what the reference has 1 to 3 times, 21 % (16 to 26 %)")
    )


def test_redacted_names_are_nowhere():
    found = answer(examples.audit(redacted=True))
    for text in (found.json(), found.html(), shown(examples.audit(redacted=True), 80)):
        assert "Laos" not in text
    assert "Names of values are left out" in " ".join(text.split())
    assert found.data.redacted
    assert "no. 4 (marital_status)" in shown(examples.audit(redacted=True), 80)


def test_a_note_of_all_data_sets_is_told_once():
    notes = answer(examples.audit()).notes
    assert notes.count("7 rows of it are in the reference, too.") == 1


def test_hostile_names_do_nothing_to_a_terminal():
    for name in examples.hostile.HOSTILE[::8]:
        text = shown(examples.hostile_audit(name), 80)
        assert reveal(text, lines=True) == text
        answer(examples.hostile_audit(name)).json().encode()
