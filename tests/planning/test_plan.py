"""A plan as an answer: a page, tables, a document."""

import html as entities
import io
import json
import math

import msgspec
import pytest
from rich.console import Console

import kellet
from kellet import families, worlds
from kellet.experiment.running.folder import Folder
from kellet.planning import Cure, Trial, plans
from kellet.planning.exhibits import LINES, group
from kellet.planning.plan import describe
from kellet.planning.reasons import Reason
from kellet.planning.reserve import Reserve

EVIL = "</p><script>alert(1)</script>&"


@pytest.fixture(scope="module")
def plan():
    return kellet.plan(
        world=worlds.Normal(), family=families.Gaussian(), size=100, generations=20, keep={"variance": 0.5}
    )


@pytest.fixture(scope="module")
def page(plan):
    return html(plan)


def html(plan):
    return plan.answer().html()


def test_the_page_says_the_sentence_and_shows_the_trials(plan, page):
    assert entities.escape(plan.sentence, quote=False) in page
    assert "<svg" in page
    assert f"{plan.checked[0]} of {plan.checked[1]} kept everything" in page
    for note in plan.notes:
        assert note in page
    for table in plan.answer().tables:
        for words in (*table.headings, *table.rows[0]):
            assert str(entities.escape(words, quote=False)) in page


def test_the_page_loads_nothing_and_runs_only_its_own_script(page):
    assert page.count("<script") == 1
    assert "Content-Security-Policy" in page
    assert "src=" not in page
    assert page.replace("http://www.w3.org/", "").replace("http-equiv", "").count("http") == 0


def test_a_category_of_anybodys_data_is_escaped(plan):
    evil = msgspec.structs.replace(plan, sentence=EVIL, reasons=(Reason("rare", 3.0, "tail_kept", 0, 0, EVIL, 0.1),))
    assert EVIL not in html(evil)
    assert html(evil).count("<script") == 1


def test_the_document_is_json_without_infinities(plan):
    endless = msgspec.structs.replace(
        plan, high=math.inf, reasons=(Reason("bias", math.inf, "variance_ratio", 0.1, 0.01),)
    )
    told = json.loads(endless.answer().json())
    assert told["high"] is None
    assert told["reasons"][0]["points"] is None
    assert told["binding"] == "bias"
    assert "more than all" in str(endless.answer().tables)


def test_many_trials_are_pooled_and_none_is_lost(plan):
    many = [Trial(k, k // 10, 100) for k in (0, 1, *range(5, 300))]
    lines = group(many)
    assert len(lines) <= LINES + 2
    assert [label for label, _ in lines[:2]] == ["0", "1"]
    assert lines[-1][0].endswith("–299")
    assert sum(t.tries for _, t in lines) == 100 * len(many)
    assert sum(t.successes for _, t in lines) == sum(t.successes for t in many)
    few = [Trial(k, k, 100) for k in (0, 7, 8, 9, 90)]
    assert [t for _, t in group(few)] == few


def test_the_folder_gets_a_page_and_a_document(tmp_path):
    plan = kellet.plan(
        world=worlds.Normal(), family=families.Gaussian(), size=60, generations=4, keep={"variance": 0.5}, out=tmp_path
    )
    assert (tmp_path / "plan.html").read_text(encoding="utf-8") == html(plan)
    assert (tmp_path / "plan.json").read_text(encoding="utf-8") == f"{plan.answer().json()}\n"


def test_the_terminal_says_the_sentence_first(plan):
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(plan.answer())
    assert console.export_text().startswith(plan.sentence.split(":")[0])


def test_a_plan_without_an_answer_has_a_page_too(plan):
    none = msgspec.structs.replace(plan, points=None, checked=None, cures=(), conclusive=False, reasons=(), theory=None)
    page = html(none)
    assert "Nothing could be checked" in page
    assert "<svg" in page


def test_an_answer_that_no_reason_accounts_for_says_so(plan):
    odd = msgspec.structs.replace(plan, points=90, reasons=(Reason("variance", 10.0, "variance_ratio", 0.1),))
    reserve = Reserve("fresh", None, 0.0, 100, None)
    assert "something else limits it too" in html(describe(odd, reserve))
    assert "something else" not in html(describe(plan, reserve))


def test_shares_have_their_intervals(plan):
    cure = Cure("x", 1, 1, 9, 10, {"variance_ratio": 1.0})
    tables = msgspec.structs.replace(plan, cures=(cure,)).answer().tables
    assert any("90 % (65–98 %)" in cell for table in tables for row in table.rows for cell in row)
    only = msgspec.structs.replace(plan, trials=(Trial(0, 10, 10),), points=0)
    assert "<svg" in html(only)


def test_a_plan_with_numbers_that_json_has_not_is_read_again(plan, tmp_path):
    reasons = (Reason("rare", math.inf),)
    endless = msgspec.structs.replace(plan, high=math.inf, reasons=reasons, baseline={"variance_ratio": math.nan})
    plans.write(endless, Folder(tmp_path))
    assert repr(plans.read(tmp_path)) == repr(endless)
