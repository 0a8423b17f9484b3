"""What is redone is kept; what is not ours is not believed; one that can't be redone stops no other."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import kellet
from kellet import Experiment, InputError
from kellet.cli.main import kellet as group
from kellet.gallery import reproducing
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, Number
from kellet.gallery.paper import Paper

SMALL = """
size = 10
generations = 2
replicates = 4
[world]
kind = "normal"
[family]
kind = "gaussian"
[arms.replace]
"""
DONE = []


def redo(place):
    DONE.append(place.paper.name)
    run = place.run(Experiment.from_toml(SMALL))
    spread = run.values("replace", "variance_ratio").mean(axis=0)
    return Finding(
        (Number("one", 1.0, 1.0, 0.9, 1.1, "formula"), Direction("it falls", "so", spread[-1] < 100)),
        "It is so.",
        (draw("Spread", np.arange(3), {"ours": spread}, "generation"),),
    )


def fail(place):
    raise InputError("PyTorch for this paper", "none", "pip install 'kellet[neural]'")


def paper(name, act=redo):
    return Paper(name, f"Of {name} <b>", "Nobody 2026", ("Nobody, 2026",), "It is.", "Here.", act, 1)


@pytest.fixture(autouse=True)
def papers(monkeypatch):
    """Three papers of our own."""
    there = {"one": paper("one"), "two": paper("two"), "broken": paper("broken", fail)}
    monkeypatch.setattr(reproducing, "NAMES", tuple(there))
    monkeypatch.setattr(reproducing, "find", there.__getitem__)
    monkeypatch.setattr(reproducing, "_identify", lambda paper: "state")
    monkeypatch.setattr("kellet.gallery.reproduction.find", there.__getitem__)
    monkeypatch.setattr(Paper, "toml", SMALL)
    DONE.clear()
    return there


def test_what_is_there_is_not_done_again_and_stands_on_the_page(tmp_path):
    first = kellet.reproduce("one", out=tmp_path)
    both = kellet.reproduce(["one", "two"], out=tmp_path)
    assert DONE == ["one", "two"]
    assert both.found["one"] == first.found["one"]
    assert both.found["one"].verdict == "agrees"
    kellet.reproduce("two", out=tmp_path)
    page = (tmp_path / "index.html").read_text()
    assert page.count("<h2") == 2
    assert "Of one &lt;b&gt;" in page
    assert "<b>Of" not in page


@pytest.mark.parametrize(
    "planted",
    [
        b"", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"paper": "two"}', None, "verdict", "charts", "kellet", "source",
    ],
)  # fmt: skip
def test_what_is_not_of_this_paper_and_version_is_not_believed(tmp_path, planted):
    kellet.reproduce("one", out=tmp_path)
    path = tmp_path / "one" / "finding.json"
    if isinstance(planted, str):
        known = json.loads(path.read_text())
        known[planted] = ["no chart"] if planted == "charts" else "<script>"
        path.write_text(json.dumps(known))
    elif planted is None:
        path.unlink()
        path.mkdir()
        (path / "precious").touch()
    else:
        path.write_bytes(planted)
    if planted is None:
        with pytest.raises(InputError):
            kellet.reproduce("one", out=tmp_path)
        assert (path / "precious").exists()
    else:
        assert kellet.reproduce("one", out=tmp_path).found["one"].verdict == "agrees"
    assert DONE == ["one", "one"]


def test_one_that_cant_be_redone_stops_no_other():
    gallery = kellet.reproduce("all")
    assert set(gallery.found) == {"one", "two"}
    assert gallery.missed == {
        "broken": "broken was not redone: expected PyTorch for this paper; got none. Try pip install 'kellet[neural]'."
    }
    assert "1 could not be redone: broken." in gallery.sentence
    assert gallery.answer().data.papers[2].verdict is None
    with pytest.raises(InputError, match="PyTorch"):
        kellet.reproduce("broken")


def test_progress_says_which_paper_and_how_far():
    said = []
    kellet.reproduce(["one", "two"], progress=lambda name, share: said.append((name, share)))
    assert [said[0], said[-1]] == [("one", 0.0), ("done", 1.0)]
    assert ("two", 0.5) in said
    assert ("two, 100 % of a run", 0.5) in said


def test_a_verdict_follows_from_the_readings():
    number = Number("n", 1.0, 2.0, 1.9, 2.1, "text")
    near = Number("n", 1.85, 2.0, 1.9, 2.1, "text", tolerance=0.05)
    assert not number.agrees
    assert near.agrees
    with pytest.raises(InputError, match="within its interval"):
        Number("n", 1.0, 2.0, 2.1, 2.2, "text")
    with pytest.raises(InputError, match="at least one"):
        Finding((), "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing",), "the name of a paper"),
        (("gausian",), "Try gaussian"),
        (("--all", "gaussian"), "--all"),
        (("--list", "gaussian"), "--list"),
        (("--open",), "a list of them"),
        (("gaussian", "--jobs", "0"), "1 to 1,024 jobs"),
    ],
)
def test_bad_input_is_one_line(words, said, monkeypatch):
    monkeypatch.undo()
    told = CliRunner().invoke(group, ["reproduce", *words])
    assert told.exit_code
    assert said in str(told.exception) + told.output


def test_the_list_is_a_document_too(monkeypatch):
    monkeypatch.undo()
    told = CliRunner().invoke(group, ["reproduce", "--json"], catch_exceptions=False)
    papers = json.loads(told.stdout)["papers"]
    assert papers[0]["paper"] == "gaussian"
    assert papers[0]["verdict"] is None
    assert Experiment.from_toml(papers[0]["experiment"]).generations == 500
