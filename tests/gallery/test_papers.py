"""Every paper of the gallery is complete, its experiment can be read, and what was found is what the page says."""

import importlib.util
import re
from importlib.resources import files
from pathlib import Path

import pytest

import kellet
from kellet import Experiment
from kellet.gallery.catalogue import NAMES, find
from kellet.gallery.paper import PAPERS

spec = importlib.util.spec_from_file_location("gallery", Path(__file__).parents[1] / "house" / "gallery.py")
writer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(writer)


@pytest.mark.parametrize("name", NAMES)
def test_a_paper_says_what_it_is(name):
    paper = find(name)
    assert paper.name == name
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert all(
        one.strip() and one == one.strip()
        for one in (paper.title, paper.by, paper.claim, paper.setting, *paper.sources)
    )
    assert re.search(r"(19|20)\d\d", paper.sources[0])
    assert paper.seconds > 0
    if paper.toml:
        assert Experiment.from_toml(paper.toml).replicates >= 2


def test_every_file_is_a_paper_of_the_list():
    there = {path.name for path in files(PAPERS).iterdir() if path.name.endswith((".py", ".toml"))} - {"__init__.py"}
    assert {re.sub(r"\.\w+$", "", name).replace("_", "-") for name in there} == set(NAMES)


def test_all_of_it_ends_within_an_hour():
    assert len(NAMES) >= 20
    assert sum(find(name).seconds for name in NAMES) < 3600
    assert sum(found.seconds for found in writer.read_findings().values()) < 3600


def test_the_page_says_what_was_found():
    assert writer.PAGE.read_text(encoding="utf-8") == writer.render(writer.read_findings()), (
        "python tests/house/gallery.py DIR"
    )
    assert set(writer.read_findings()) == set(NAMES)
    assert {path.stem for path in writer.PICTURES.glob("*.svg")} <= set(NAMES)
    assert "NaN" not in writer.FINDINGS.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_is_found_again(name):
    pytest.importorskip("torch") if name in ("autoencoder",) else None
    known, again = writer.read_findings()[name], kellet.reproduce(name).found[name]
    assert again.verdict == known.verdict
    assert [one.agrees for one in again.readings] == [one.agrees for one in known.readings]
