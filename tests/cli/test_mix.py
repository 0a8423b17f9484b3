"""``kellet mix``: what it prints, and how it ends."""

import json
from pathlib import Path

import pytest

from kellet.mix.manifest import read

BASE = ("mix", "--real", "real.csv", "--synthetic", "llm-2=written.csv", "--size", "100", "--anchor", "1.45:1")


@pytest.fixture
def ask(kellet):
    for name in ("real", "written"):
        rows = "".join(f"{name} {i},{'rare' if i % 30 == 1 else 'usual'}\n" for i in range(90))
        Path(f"{name}.csv").write_text(f"word,label\n{rows}", encoding="utf-8")
    return kellet


def test_what_was_asked_for_and_delivered_is_shown(ask):
    told = ask(*BASE, "--window", "10", "-o", "gen1")
    assert (told.code, told.err) == (0, "")
    assert "100 rows: 59 real ones (0.59 of all) and 41 that llm-2 wrote" in told.out
    assert "59.1837" in told.out
    assert read(Path("gen1")).root in told.out


def test_json_is_the_manifest(ask):
    told = ask(*BASE, "--stratify", "label", "--json", "-o", "gen1")
    assert told.code == 0
    assert told.out.strip() == Path("gen1/manifest.json").read_text("utf-8").strip()
    found = json.loads(told.out)
    assert found["schema"] == "kellet/mix/1"
    assert [count["rows"] for count in found["counts"]] == [2, 57, 41]


def test_a_refusal_is_a_line_a_reason_and_ends_with_1(ask):
    told = ask(*BASE, "--floor", "60%", "--size", "300", "-o", "gen1")
    assert (told.code, told.out) == (1, "")
    assert told.err.splitlines() == [
        "kellet: 178 real rows are wanted of 90, at most once each: offer more of them, or raise --max-repeat.",
        'kellet: 122 rows of "llm-2" are wanted and 90 are there: ask for a smaller --size, offer more of them, or '
        "raise --max-repeat.",
        "kellet: The real share, 59.3333%, is below the floor of 60.0000%: raise --anchor.",
    ]
    assert not Path("gen1").exists()


def test_bad_input_is_a_line_and_ends_with_2(ask):
    assert ask(*BASE, "-o", "gen1").code == 0
    told = ask(*BASE, "-o", "gen1")
    assert told.code == 2
    assert told.err == (
        "kellet: expected a folder that isn't there yet; got gen1, which is. Try another --out, or removing it.\n"
    )


def test_a_plan_says_how_many_rows_are_real_and_an_estimate_how_many_surely_are(ask):
    plan = {"schema": "kellet/plan/1", "points": 40, "size": 100}
    Path("plan.json").write_text(json.dumps(plan), encoding="utf-8")
    Path("estimate.json").write_text('{"schema": "kellet/estimate/1", "high": 0.3}', encoding="utf-8")
    words = (*BASE[:5], "--plan", "plan.json")
    told = ask(*words, "--json", "-o", "gen1")
    assert [count["rows"] for count in json.loads(told.out)["counts"]] == [40, 60]
    told = ask(*words, "--floor", "0.3", "--estimate", "estimate.json", "-o", "gen2")
    assert told.code == 1
    assert "28.0000% of the mix, is below the floor of 30.0000%" in told.err
    Path("plan.json").write_text(json.dumps(plan | {"points": None}), encoding="utf-8")
    assert ask(*words, "-o", "gen3").code == 2
    Path("plan.json").write_text("{", encoding="utf-8")
    assert ask(*words, "-o", "gen3").code == 2


def test_no_real_row_is_mixed_where_a_plan_says_so(ask):
    Path("plan.json").write_text('{"schema": "kellet/plan/1", "points": 0, "size": 50}', encoding="utf-8")
    told = ask(*BASE[:5], "--plan", "plan.json", "--json", "-o", "gen1")
    assert [(count["origin"], count["rows"]) for count in json.loads(told.out)["counts"]] == [("llm-2", 50)]


def test_a_weight_of_0_takes_nothing_and_is_said(ask):
    Path("other.csv").write_text("word,label\n" + "".join(f"x{i},usual\n" for i in range(90)), encoding="utf-8")
    more = ("--synthetic", "other.csv", "--weight", "llm-2=1", "--weight")
    told = ask(*BASE, *more, "other=0", "--json", "-o", "gen1")
    found = json.loads(told.out)
    assert [count["origin"] for count in found["counts"]] == ["real", "llm-2"]
    assert found["notes"] == ["Of other nothing is mixed."]
    told = ask(*BASE, *more, "other=0.001", "-o", "gen2")
    assert told.code == 1
    assert told.err.startswith('kellet: "other" with its weight would have 0.041 rows, which are none')
