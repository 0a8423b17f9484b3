"""What every verb prints with --json is a document, and its schema stands in docs/schemas."""

import json
from pathlib import Path

import jsonschema
import pytest

import kellet
from kellet.cli.documents import DOCUMENTS, schemas

ROOT = Path(kellet.__file__).parents[2]
FOLDER = ROOT / "docs" / "schemas"
SMALL = ("--size", "20", "--generations", "3", "--replicates", "4", "--jobs", "1")
NORMAL = ("run", "normal", *SMALL, "--out", "a")
COMMANDS = {
    "run": (NORMAL,),
    "run of words": (("run", "words", *SMALL, "--size", "200", "--out", "w"),),
    "run of points": (("run", "digits", *SMALL, "--family", "bootstrap", "--arm", "replace", "--out", "d"),),
    "show": (NORMAL, ("show", "a")),
    "sweep": (("run", "normal", *SMALL, "--grid", "size=10,20", "--grid", "anchor.count=1,2", "--out", "g"),),
    "shard": (("run", "normal", *SMALL, "--shard", "1/2", "--out", "s"),),
    "compare": (NORMAL, (*NORMAL[:-1], "b", "--family", "gaussian:estimator=unbiased"), ("compare", "a", "b")),
    "runs": (NORMAL, ("runs", ".")),
    "no runs": (("runs", "."),),
    "report": (NORMAL, ("report", "a")),
    "plan": (("plan", "normal", *SMALL[:4], "--jobs", "1", "--keep", "variance=0.3", "--precision", "4"),),
    "plan by theory": (("plan", "normal", *SMALL[:4], "--keep", "variance=0.3", "--theory"),),
    "plan of nothing": (("plan", "normal", "--size", "5", "--keep", "variance=0.999", "--theory"),),
    "theory": (("theory", "--anchor", "fresh:2", "--p", "0.1", "--generations", "9"),),
    "theory of nothing real": (("theory", "--size", "100"),),
    "profile": (("profile", "letter.txt", "-o", "a.kprof"),),
}  # fmt: skip


def test_the_schemas_in_the_documents_are_what_the_types_give():
    """``python -m kellet.cli.documents docs/schemas`` writes them."""
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")} == schemas()


@pytest.mark.parametrize("name", list(DOCUMENTS))
def test_a_schema_is_one_and_is_described(name):
    found = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    assert found["$id"] == f"kellet/{name}/1"
    described = (ROOT / "docs" / "documents.md").read_text(encoding="utf-8")
    whole = found["$defs"][DOCUMENTS[name].__name__]
    assert f"kellet/{name}/1" in described
    for field in whole["properties"]:
        assert f"`{field}`" in described, field


@pytest.mark.parametrize("name", list(COMMANDS))
def test_what_a_verb_prints_is_what_its_schema_says(kellet, name):
    Path("letter.txt").write_text("Dear", encoding="utf-8")
    for command in COMMANDS[name]:
        told = kellet(*command, "--json")
        assert told.code in (0, 3), told.err
        document = json.loads(told.out)
        _, verb, version = document["schema"].split("/")
        assert version == "1"
        jsonschema.validate(document, json.loads((FOLDER / f"{verb}.json").read_text(encoding="utf-8")))
        assert document["sentence"]


def test_a_plan_writes_its_document_beside_its_page(kellet):
    told = kellet(*COMMANDS["plan"][0], "--out", "p", "--json")
    assert json.loads(Path("p/plan.json").read_text(encoding="utf-8")) == json.loads(told.out)
