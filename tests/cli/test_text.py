"""Text on the command line: any text, whole documents, a report with passages."""

import json
from itertools import product
from pathlib import Path

import pytest

from kellet.experiment.run import Run

SMALL = ("--generations", "2", "--replicates", "2", "--size", "30", "--jobs", "1")
PLACES = ["mat", "log", "roof", "hill", "bed", "sea"]
DOCUMENTS = [
    f"The {noun} sat on the {place}. Number {i} said nothing at all to anyone else there; it slept, and slept again."
    for i, (noun, place) in enumerate(product(["cat", "dog", "<b>owl</b>"], PLACES))
]


def write(name, copies=6):
    documents = DOCUMENTS * copies
    if name.endswith(".jsonl"):
        Path(name).write_text("".join(json.dumps({"text": d}) + "\n" for d in documents), encoding="utf-8")
    else:
        Path(name).write_text("\n\n".join(documents), encoding="utf-8")
    return name


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("mine.jsonl", ("--family", "ngram:order=3")),
        ("mine.txt", ("--family", "ngram:order=2,alpha=0.1", "--tokens", "characters")),
        ("mine.txt", ("--tokens", "bytes")),
    ],
)
def test_a_text_of_ones_own_runs_and_ends_in_a_page_with_passages(kellet, name, options):
    told = kellet("run", write(name), "--out", "r", *SMALL, *options)
    assert told.code == 0, told.err
    run = Run.read("r")
    assert list(run.blocks) == ["replace", "one fresh real document", "10 % fresh real", "a fixed 10 %", "accumulate"]
    assert {"perplexity", "bits_per_byte", "pairs_kept"} <= set(run.data)
    page = Path("r/report.html").read_text(encoding="utf-8")
    assert page.count('class="written"') >= 5 * 3 * 3
    assert "how the real text goes on" in page
    assert "How likely generation 0 finds it" in page and page.count("stroke-opacity") >= 5 * 3
    assert "<b>owl</b>" not in page
    again = kellet("run", write(name), "--out", "r", *SMALL, *options)
    assert again.code == 0, again.err


def test_the_built_in_text_is_a_target(kellet):
    told = kellet("run", "text", "--dry-run", "--tokens", "bytes")
    assert told.code == 0, told.err
    assert 'kind = "text"' in told.out
    assert "vocabulary = 256" in told.out


def test_a_text_without_a_family_of_text_is_still_its_words(kellet):
    told = kellet("run", write("mine.txt"), "--dry-run")
    assert 'kind = "words"' in told.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("normal", "--family", "ngram"), "a world of text for the ngram family"),
        (("text", "--family", "gaussian"), "a family of text for a world of text"),
        (("text", "--family", "ngram:order=9"), "an order of 1 to 5"),
        (("normal", "--tokens", "words"), "--tokens with a text"),
        (("text", "--family", "ngram:vocabulary=7"), "the tokeniser's vocabulary"),
        (("text", "--arm", "prior:2"), "a family that takes a prior"),
        (("mine.txt", "--family", "ngram", "--size", "100000"), "training points"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(kellet, arguments, said):
    write("mine.txt")
    told = kellet("run", *arguments, "--out", "r")
    assert told.code == 2
    assert said in told.err
    assert len(told.err.strip().splitlines()) == 1
