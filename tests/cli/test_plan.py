"""kellet plan: exit codes, the document, the page, and bad input in one line."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kellet.page.claim import show_day

QUICK = ("normal", "--size", "200", "--generations", "20", "--jobs", "1")


@pytest.fixture
def csv(kellet):
    """A table of numbers and a column of jobs, in the working directory."""
    rng = np.random.default_rng(0)
    jobs = rng.choice(["baker", "smith", "miller", "potter", "fuller"], p=[0.5, 0.3, 0.1, 0.07, 0.03], size=600)
    pl.DataFrame({"age": rng.normal(size=600), "height": rng.normal(size=600), "job": jobs}).write_csv("d.csv")
    return "d.csv"


def test_an_answer_is_a_sentence_first_then_tables_and_a_page(kellet):
    told = kellet("plan", *QUICK, "--keep", "variance=0.7")
    assert told.code == 0, told.err
    assert told.err == ""
    assert told.out.startswith("Keep ")
    for words in ("What each reason needs", "used otherwise", "Trials", "Theory", "Plan: runs/plan-normal-"):
        assert words in told.out, words
    (page,) = Path("runs").rglob("plan.html")
    assert "<svg" in page.read_text(encoding="utf-8")
    assert json.loads(page.with_name("plan.json").read_text(encoding="utf-8"))["schema"] == "kellet/plan/1"


def test_the_same_command_goes_on_in_its_folder(kellet, here):
    first = kellet("plan", *QUICK, "--keep", "variance=0.7", "--json")
    files = {name for name in here() if "cells" in name}
    second = kellet("plan", *QUICK, "--keep", "variance=0.7", "--json")
    assert {name for name in here() if "cells" in name} == files
    told = [{**json.loads(each.out), "seconds": 0} for each in (first, second)]
    assert told[0] == told[1]


def test_json_is_one_document_and_nothing_else(kellet):
    told = kellet("plan", *QUICK, "--keep", "variance=70%", "--confidence", "0.8", "--json")
    found = json.loads(told.out)
    assert told.code == 0
    assert found["schema"] == "kellet/plan/1"
    assert found["keep"] == {"variance_ratio": 0.7}
    assert found["confidence"] == 0.8
    assert found["low"] <= found["points"] <= found["high"]
    assert found["share"] == found["points"] / 200
    assert {reason["name"] for reason in found["reasons"]} == {"variance", "bias", "rare"}
    assert found["binding"] == "variance"


def test_theory_alone_runs_and_writes_nothing(kellet, here):
    told = kellet(
        "plan", "normal", "--size", "1e9", "--generations", "1000000000", "--keep", "variance=0.5", "--theory"
    )
    assert told.code == 0
    assert told.out.startswith("Keep 5 fresh real rows in every training set of 1,000,000,000 (5e-09; by theory")
    assert here() == {}


def test_what_is_inconclusive_ends_with_3_and_says_between_what(kellet):
    told = kellet("plan", *QUICK, "--keep", "variance=0.7", "--budget-minutes", "1e-9", "--precision", "1.01")
    assert told.code == 3
    assert told.out.startswith("Inconclusive: ")


def test_a_table_of_ones_own_with_two_metrics(kellet, csv):
    told = kellet(
        "plan", csv, "--columns", "age,height", "--keep", "spread=0.6", "--keep", "coverage=0.5", "--size", "60",
        "--generations", "5", "--precision", "3", "--jobs", "1", "--json",
    )  # fmt: skip
    assert told.code in (0, 3), told.err
    assert set(json.loads(told.out)["keep"]) == {"spread", "coverage"} or "coverage" in told.out


def test_a_column_of_categories_names_the_rarest_that_is_kept(kellet, csv):
    told = kellet(
        "plan", csv, "--columns", "job", "--family", "categorical", "--keep", "levels=0.9", "--size", "200",
        "--generations", "30", "--jobs", "1", "--json",
    )  # fmt: skip
    assert told.code == 0, told.err
    found = json.loads(told.out)
    assert found["binding"] == "rare"
    assert found["rarest"][0] in {"baker", "smith", "miller", "potter", "fuller"}


def test_a_curation_of_the_sampler_asks_for_more(kellet):
    answers = [
        json.loads(kellet("plan", *QUICK, "--keep", "variance=0.7", *more, "--json").out)
        for more in ((), ("--curation", "shrink:0.95"))
    ]
    assert answers[1]["points"] > 2 * answers[0]["points"]
    assert answers[1]["binding"] == "bias"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--keep", "variance=1.2"), "--keep variance_ratio=0.8"),
        (("--keep", "nonsense=0.9"), "variance_ratio"),
        (("--keep", "variance"), "METRIC=LEVEL"),
        (("--keep", "variance="), "METRIC=LEVEL"),
        (("--keep", "variance=much"), "a number; got 'much'"),
        (("--keep", "=0.9"), "METRIC=LEVEL"),
        (("--keep", "variance=0.7", "--confidence", "0.2"), "at least 0.5"),
        (("--keep", "variance=0.7", "--confidence", "1"), "below 1"),
        (("--keep", "variance=0.7", "--contaminated", "half"), "a number; got 'half'"),
        (("--keep", "variance=0.7", "--contaminated", "1.5"), "contaminated share"),
        (("--keep", "variance=0.7", "--anchor", "bank"), "--anchor bank:/500"),
        (("--keep", "variance=0.7", "--anchor", "bank:50"), "Try --anchor bank:/50."),
        (("--keep", "variance=0.7", "--anchor", "bank:5/50"), "which is what is searched for"),
        (("--keep", "variance=0.7", "--anchor", "bank:/0"), "at least 1 point"),
        (("--keep", "variance=0.7", "--anchor", "bank:/many"), "a number"),
        (("--keep", "variance=0.7", "--anchor", "fresh:10"), "Try --anchor fresh."),
        (("--keep", "variance=0.7", "--anchor", "stale"), "Try --anchor fresh."),
        (("--keep", "variance=0.7", "--curation", "fresh:1"), "a curation"),
        (("--keep", "variance=0.7", "--curation", "nonsense:1"), "nonsense"),
        (("--keep", "variance=0.7", "--precision", "0.5"), "precision"),
        (("--keep", "variance=0.7", "--budget-minutes", "0"), "budget"),
        (("--keep", "variance=0.7", "--jobs", "0"), "1 to 1,024 jobs"),
        (("--keep", "variance=0.7", "--size", "100,100"), "--size 100"),
        (("--keep", "variance=0.7", "--curation", "fresh:1+temperature:0.9"), "a curation and nothing else"),
    ],
)
def test_bad_input_is_one_line_that_says_what_to_try(kellet, arguments, said):
    told = kellet("plan", *QUICK, *arguments)
    assert told.code == 2, told
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 1, told.err
    assert told.err.startswith("kellet: expected ")
    assert ". Try " in told.err
    assert said in told.err


def test_what_is_kept_where_nobody_says_what_is_said(kellet):
    told = kellet("plan", *QUICK, "--precision", "2", "--json")
    assert told.code in (0, 3)
    found = json.loads(told.out)
    assert set(found["keep"]) == {"variance_ratio", "tail_reach"}
    assert 0.5 < min(found["keep"].values()) <= max(found["keep"].values()) <= 0.9
    assert found["notes"][0].startswith("Nothing was said of what must be kept (--keep), so this is for ")


def test_several_sizes_are_several_plans_and_a_table_over_them(kellet):
    told = kellet("plan", *QUICK, "--keep", "variance=0.7", "--size", "100,300", "--out", "both")
    assert told.code == 0, told.err
    assert "Over sizes" in told.out
    document = json.loads(Path("both/plan.json").read_text(encoding="utf-8"))
    assert document["schema"] == "kellet/plans/1"
    assert [plan["size"] for plan in document["plans"]] == [100, 300]
    assert Path("both/300/plan.html").exists()
    again = kellet("show", "both", "--json")
    assert json.loads(again.out) == document


def test_a_verifying_program_may_have_arguments(kellet):
    from kellet.experiment.spelling import parse_curation

    assert parse_curation("verify:./judge --least=3 a+b").command == "./judge --least=3 a+b"


def test_an_experiment_file_keeps_its_horizon(kellet):
    dry = kellet("run", "normal", "--generations", "7", "--size", "50", "--dry-run")
    Path("mine.toml").write_text(dry.out, encoding="utf-8")
    found = json.loads(kellet("plan", "mine.toml", "--keep", "variance=0.5", "--json").out)
    assert found["generations"] == 7


def test_a_plans_folder_is_known_to_other_verbs(kellet):
    first = kellet("plan", *QUICK, "--keep", "variance=0.7", "--out", "runs/mine", "--json")
    assert kellet("show", "runs/mine", "--json").out == first.out
    assert "used otherwise" in kellet("show", "runs/mine").out
    (row,) = json.loads(kellet("runs", "runs", "--json").out)["runs"]
    assert (row["verb"], row["state"], row["sentence"]) == ("plan", "finished", json.loads(first.out)["sentence"])
    assert "a plan, finished" in kellet("watch", "runs/mine", "--once").out
    page = Path("runs/mine/plan.html").read_text(encoding="utf-8")
    assert f"seed {json.loads(first.out)['seed']}" in page
    assert show_day(json.loads(first.out)["date"]) in page
    Path("runs/mine/plan.html").unlink()
    assert kellet("report", "runs/mine").out.strip() == "Report: runs/mine/plan.html"
    assert Path("runs/mine/plan.html").read_text(encoding="utf-8") == page
    for verb in ("compare", "run"):
        told = kellet(verb, "runs/mine")
        assert told.code == 2
        assert "which holds a plan. Try `kellet show runs/mine`" in told.err


def test_quiet_says_nothing(kellet):
    told = kellet("plan", *QUICK, "--keep", "variance=0.7", "--quiet")
    assert (told.code, told.out, told.err) == (0, "", "")


def test_a_file_that_is_not_there_is_named(kellet):
    told = kellet("plan", "nowhere.csv", "--keep", "variance=0.9")
    assert told.code == 2
    assert "nowhere.csv" in told.err


def test_a_folder_of_something_else_is_left_alone(kellet, here):
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("important", encoding="utf-8")
    told = kellet("plan", *QUICK, "--keep", "variance=0.7", "--out", "mine")
    assert told.code == 2
    assert list(here()) == ["mine/notes.txt"]


WEB = """size = 100
generations = 3
world = {kind = "zipf", size = 30}
family = {kind = "categorical"}
[arms.replace]
[arms.web]
pool = {window = 1, humans = "10%"}
writers = {model = {many = 2}}
"""


def test_a_plan_of_a_pool_says_how_much_of_what_is_searched_for(kellet):
    Path("web.toml").write_text(WEB, encoding="utf-8")
    asked = ("plan", "web.toml", "--keep", "rare=0.5", "--precision", "4", "--jobs", "1", "--out", "p")
    told = kellet(*asked, "--search", "humans", "--json")
    found = json.loads(told.out)
    assert (told.code, found["search"], found["arm"], found["writers"]) == (0, "humans", "web", 2), told.err
    vault = json.loads(kellet(*asked, "--arm", "web", "--anchor", "bank:20%", "--json").out)
    assert (vault["search"], vault["drawn"], vault["generations"]) == ("vault", 20, 3)
    # No number of documents is one of rows in a training set.
    Path("plan.json").write_text(told.out, encoding="utf-8")
    mixed = kellet("mix", "--real", "web.toml", "--plan", "plan.json", "-o", "mixed")
    assert "--search anchor" in mixed.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("normal", "--search", "humans"), "an arm with a pool"),
        (("web.toml", "--arm", "replace"), "which has none"),
        (("web.toml", "--arm", ""), "NAME=SPEC"),
        (("web.toml", "--arm", "nobody"), "an arm made of"),
        (("web.toml", "--search", "vault", "--anchor", "fixed"), "Try --anchor bank:10%."),
        (("web.toml", "--anchor", "bank:10%/50"), "which is what is searched for"),
        (("web.toml", "--theory"), "an arm without a pool"),
    ],
)
def test_a_question_that_no_pool_answers_is_refused_in_one_line(kellet, here, arguments, said):
    Path("web.toml").write_text(WEB, encoding="utf-8")
    told = kellet("plan", *arguments, "--jobs", "1")
    assert (told.code, told.out, len(told.err.strip().splitlines())) == (2, "", 1), told
    assert said in told.err
    assert list(here()) == ["web.toml"]
