"""``kellet estimate``: what it prints, how it ends, and who takes what it says."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import kellet as package
from kellet.estimate import tables

WORDS = np.array([f"word{i}" for i in range(300)])
LAW = 1 / np.arange(1, 301)
TILT = np.where(np.arange(300) % 3 == 1, 3.0, 1.0)
"""How much more often a model writes each word than people do."""
BASE = ("estimate", "corpus.jsonl", "--human", "human.jsonl", "--model", "llm=written.jsonl")
SCHEMA = Path(package.__file__).parents[2] / "docs" / "schemas" / "estimate.json"


def write(many, tilt, seed):
    """Documents of eighty words."""
    p = LAW * tilt
    words = np.random.default_rng(seed).choice(WORDS, (many, 80), p=p / p.sum())
    return [" ".join(one) for one in words]


def save(name, texts):
    rows = (json.dumps({"text": text, "source": "web" if i % 2 else "mail"}) for i, text in enumerate(texts))
    Path(name).write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


@pytest.fixture
def ask(kellet):
    save("human.jsonl", write(200, 1.0, 0))
    save("written.jsonl", write(200, TILT, 1))
    save("corpus.jsonl", write(210, 1.0, 2) + write(90, TILT, 3))
    return kellet


def test_an_answer_is_a_sentence_first_then_what_it_rests_on_and_a_page(ask):
    told = ask(*BASE, "--out", "page.html")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("Models wrote ")
    for words in ("text like that of llm", "Method by method", "What it rests on", "What was asked first", "page.html"):
        assert words in " ".join(told.out.split()), words
    assert Path("page.html").read_text("utf-8").count("<svg") >= 2


def test_json_is_one_document_that_its_schema_describes(ask):
    told = ask(*BASE, "--json")
    found = json.loads(told.out)
    jsonschema.validate(found, json.loads(SCHEMA.read_text("utf-8")))
    assert (told.code, found["verdict"]) == (0, "answered")
    assert found["low"] < 0.3 < found["high"]
    assert found["anchor"] == {"rows": 1000, "least": 1000 * (1 - found["high"]), "most": 1000 * (1 - found["low"])}
    assert [one["name"] for one in found["references"]] == ["llm"]


def test_a_bound_ends_with_0_what_cant_be_told_with_3_and_bad_input_with_2(ask):
    bound = ask(*BASE, "--bound-only", "--json")
    assert (bound.code, json.loads(bound.out)["high"]) == (0, None)
    save("short.jsonl", write(8, 1.0, 4))
    few = ask("estimate", "short.jsonl", *BASE[2:])
    assert few.code == 3
    assert few.out.startswith("It can't be told what share")
    for wrong in (
        (*BASE[:2], "--model", "written.jsonl"), BASE[:2], (*BASE, "--human-until", "2022"),
        (*BASE, "--model", "=human.jsonl"), (*BASE, "--engine", "dask"), ("estimate", "none.jsonl", *BASE[2:]),
    ):  # fmt: skip
        told = ask(*wrong)
        assert (told.code, told.out, len(told.err.splitlines())) == (2, "", 1), wrong


def test_dates_alone_make_a_bound_by_words_in_excess(ask):
    rng, words = np.random.default_rng(0), np.array([f"word{i}" for i in range(800)])
    rows = []
    for year in range(2020, 2024):
        rates = np.tile(np.geomspace(0.01, 0.3, 800), (450, 1))
        rates[: 300 * (year == 2023), :40] *= 15
        rows += [{"text": " ".join(words[has]), "year": year} for has in rng.random(rates.shape) < rates]
    Path("dated.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    told = ask("estimate", "dated.jsonl", "--by", "year", "--json")
    found = json.loads(told.out)
    jsonschema.validate(found, json.loads(SCHEMA.read_text("utf-8")))
    assert (told.code, found["method"], found["verdict"], found["high"]) == (0, "excess", "bound only", None)
    assert 0.05 < found["low"] < 0.66
    assert {one["text"] for one in found["phrases"]} <= set(words[:40].tolist())
    late = ask("estimate", "dated.jsonl", "--by", "year", "--human-until", "2019")
    assert (late.code, late.out, len(late.err.splitlines())) == (2, "", 1)
    shown = ask("estimate", "dated.jsonl", "--by", "year", "--human-until", "2022", "--out", "page.html")
    for words in ("Models wrote or edited at least", "Compared with 2021 and 2022", "What stands out", "page.html"):
        assert words in " ".join(shown.out.split()), words
    assert "by words in excess" in Path("page.html").read_text("utf-8")


def test_quiet_prints_nothing_and_still_writes(ask):
    told = ask(*BASE, "--quiet", "--out", "page.html")
    assert (told.code, told.out, told.err) == (0, "", "")
    assert Path("page.html").is_file()


def test_a_plan_and_a_mix_take_its_json_and_refuse_a_bound(ask):
    Path("estimate.json").write_text(ask(*BASE, "--json").out, encoding="utf-8")
    Path("bound.json").write_text(ask(*BASE, "--bound-only", "--json").out, encoding="utf-8")
    plan = ("plan", "normal", "--size", "200", "--generations", "20", "--keep", "variance=0.7", "--theory", "--json")
    clean, dirty = (json.loads(ask(*plan, "--contaminated", share).out)["points"] for share in ("0", "estimate.json"))
    assert dirty > clean
    mix = ("mix", "--real", "corpus.jsonl", "--synthetic", "m=written.jsonl", "--size", "100", "--anchor", "20%")
    told = ask(*mix, "--floor", "20%", "--estimate", "estimate.json", "-o", "mixed")
    assert told.code == 1
    assert "Models may have written" in told.err
    for command in ((*plan, "--contaminated", "bound.json"), (*mix, "--estimate", "bound.json", "-o", "mixed")):
        told = ask(*command)
        assert told.code == 2
        assert "expected an estimate with an upper bound; got bound.json, whose verdict is bound only" in told.err


def save_rows(name, *parts):
    """Rows of three numbers and a word: (how many, whether they hang together), part by part."""
    rng = np.random.default_rng(len(name))
    lines = ["x,y,z,kind"]
    for many, tied in parts:
        numbers = rng.normal(size=(4, many))
        if tied:
            numbers = numbers[:1] + 0.1 * numbers
        lines += [f"{x:.3f},{y:.3f},{z:.3f},{'up' if kind > 0 else 'down'}" for x, y, z, kind in numbers.T]
    Path(name).write_text("\n".join(lines), encoding="utf-8")


def test_of_tables_rows_are_counted(kellet, monkeypatch):
    monkeypatch.setattr(tables, "TREES", 12)
    save_rows("people.csv", (300, True))
    save_rows("synthetic.csv", (200, False))
    save_rows("rows.csv", (210, True), (90, False))
    asked = ("estimate", "rows.csv", "--human", "people.csv", "--model", "synth=synthetic.csv")
    told = kellet(*asked, "--json")
    found = json.loads(told.out)
    jsonschema.validate(found, json.loads(SCHEMA.read_text("utf-8")))
    assert (told.code, told.err, found["verdict"], found["things"]) == (0, "", "answered", "rows")
    assert found["low"] <= 0.3 <= found["high"]
    assert found["words"] is None
    assert found["phrases"]
    shown = " ".join(kellet(*asked).out.split())
    assert "of the 300 rows" in shown
    assert "words" not in shown
