import json

import msgspec
import pytest

from kellet.mix.card import write
from kellet.mix.manifest import Link, read
from kellet.mix.papers import write_papers
from kellet.mix.verifying import verify

PAPERS = ("README.md", "croissant.json", "prov.json", "training-content-summary.md", "ab-2013.md")


@pytest.fixture
def papers(mix):
    write_papers(read(mix), mix, "mixed <1>")
    return {name: (mix / name).read_text() for name in PAPERS}


def test_papers_are_no_part_of_what_is_verified(mix, papers):
    (mix / "README.md").write_text("More.")
    assert verify(mix).faults == ()


def test_the_card_says_what_is_real(papers):
    card = papers["README.md"]
    assert 'configs: [{"config_name": "default", "data_files": ["data-*.parquet"]}]' in card
    assert "| given as real | 63 | 21 % |" in card and "| by the model llama, generation 2 | 37 | 12.33 % |" in card
    assert "# mixed \\<1\\>" in card and "| rare | 3 | 0 to 20 |" in card


def test_what_only_a_person_knows_is_marked(papers):
    for name in ("README.md", "training-content-summary.md", "ab-2013.md", "croissant.json"):
        assert "To be added by a person" in papers[name]


def test_the_twelve_points_of_the_law_are_there(papers):
    rows = [line for line in papers["ab-2013.md"].splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in rows[1:]] == [f"| {i}" for i in range(1, 13)]
    assert "Synthetic data generation | Yes. 300 rows: 63 given as real" in papers["ab-2013.md"]


def test_provenance_goes_back_to_earlier_mixes(mix):
    links = (Link(root="b" * 64, folder="../b", generation=1, parents=("a" * 64,)),)
    write_papers(msgspec.structs.replace(read(mix), chain=links), mix, "mixed")
    graph = {node["@id"]: node for node in json.loads((mix / "prov.json").read_text())["@graph"]}
    derived = graph[f"urn:kellet:mix:{read(mix).root}"]["prov:wasDerivedFrom"]
    assert {"@id": f"urn:kellet:mix:{'b' * 64}"} in derived
    assert graph[f"urn:kellet:mix:{'b' * 64}"]["prov:wasDerivedFrom"] == [{"@id": f"urn:kellet:mix:{'a' * 64}"}]
    known = {node["@id"] for node in graph.values()} | {f"urn:kellet:mix:{'a' * 64}"}
    assert {one["@id"] for one in derived} <= known


@pytest.mark.parametrize("words", ["<script>", "[a](javascript:1)", "a|b", "a\nb", "`x`", "\x1b[31m"])
def test_words_of_others_are_words(words):
    told = write(words)
    assert "\n" not in told and "\x1b" not in told
    assert all(told[i - 1] == "\\" for i, sign in enumerate(told) if sign in "<>[]|`")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_croissant_is_accepted(mix, papers):
    mlcroissant = pytest.importorskip("mlcroissant")
    dataset = mlcroissant.Dataset(jsonld=mix / "croissant.json")
    assert not dataset.metadata.ctx.issues.errors
    rows = list(dataset.records("rows-0"))
    assert len(rows) == 60 and rows[0]["rows-0/text"] == b"row 0"
