"""An answer in a terminal, as a document, as a page, in a notebook."""

import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

import kellet
from kellet.page.answer import Answer
from kellet.page.axis import Axis
from kellet.page.chart import Chart, Line
from kellet.page.document import Document, schema
from kellet.page.html import policy
from kellet.page.table import Table

EVIL = "<b>[red]</script>"


class Little(Document, frozen=True, kw_only=True, tag="kellet/little/1"):
    """A document of a test's own."""

    points: float
    parts: dict[str, float] = {}  # noqa: RUF012


TABLE = Table(
    "What is left", ("arm", "verdict", "kept"), ((EVIL, "collapsed\nfrom generation 3", "12 %"),), "How to read it.",
    align="llr", tones={"collapsed": "bad"},
)  # fmt: skip
AXIS = Axis("generation", 0, 2)
CHART = Chart("A picture", [Line(EVIL, np.arange(3.0), np.arange(3.0), 0)], AXIS, AXIS, caption="What it shows.")
ANSWER = Answer(
    "How much?", (f"Keep 3 points of {EVIL}.", "It was checked."),
    lambda: Little(sentence="Keep 3 points.", points=float("inf"), parts={"a": float("nan")}),
    (TABLE,), (CHART,), ("It holds here.",), "What was asked.",
)  # fmt: skip


def printed(thing, width=100):
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(thing)
    return console.export_text()


def test_a_terminal_says_the_sentence_first_then_tables_then_notes_and_takes_no_markup_from_names():
    shown = printed(ANSWER)
    assert shown.startswith(f"Keep 3 points of {EVIL}. It was checked.\n\nWhat is left")
    assert EVIL in shown.split("What is left")[1]
    assert shown.index("from generation 3") < shown.index("How to read it.") < shown.index("It holds here.")


def test_numbers_stand_right_and_words_left():
    rows = printed(Table("", ("a", "b"), (("x", "1"), ("long", "1000")))).splitlines()
    assert [row.rstrip() for row in rows] == ["a        b", "──────────", "x        1", "long  1000"]
    assert next(row for row in printed(TABLE).splitlines() if "12 %" in row).endswith(" 12 %")


def test_a_short_word_is_never_broken_and_a_name_that_is_long_may_be():
    rows = tuple((" ".join(["a name of some words"] * 5), kind) for kind in ("approximation", "exact"))
    assert "approximation" in printed(Table("", ("what", "kind"), rows, align="ll"), width=40)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_word_of_many_columns_is_broken_where_there_is_room_and_no_line_is_longer_than_the_terminal(width):
    heads = ("variance", "generation 0", "replace", "one fresh real point", "accumulate", "a prior")
    shown = printed(Table("", heads, (("gaussian", *["57 %\n(33 to 106 %)"] * 5),)), width=width)
    assert max(map(len, shown.splitlines())) <= width
    if width > 40:
        assert {"generation", "variance", "accumulate", "gaussian"} <= {*shown.split()}


def test_the_document_is_named_and_null_where_a_number_is_not_finite():
    found = json.loads(ANSWER.json())
    assert found == {
        "schema": "kellet/little/1", "sentence": "Keep 3 points.", "kellet": kellet.__version__, "points": None,
        "parts": {"a": None},
    }  # fmt: skip
    assert next(iter(found)) == "schema"


def test_a_schema_asks_for_every_field_and_says_which_document_it_is_of():
    import jsonschema

    found = schema(Little)
    assert found["$id"] == "kellet/little/1"
    jsonschema.validate(json.loads(ANSWER.json()), found)
    for broken in ({"points": "many"}, {"schema": "kellet/other/1"}, {"parts": [1]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(json.loads(ANSWER.json()) | broken, found)
    with pytest.raises(jsonschema.ValidationError, match="'parts' is a required property"):
        jsonschema.validate({key: value for key, value in json.loads(ANSWER.json()).items() if key != "parts"}, found)


def test_a_page_is_one_file_that_loads_nothing_runs_its_own_script_only_and_escapes_everything():
    page = ANSWER.html()
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert page.count("</script") == 1
    assert replace(ANSWER, charts=()).html().count("<script") == 0
    assert "<b>" not in page
    assert page.count("&lt;b&gt;[red]&lt;/script&gt;") == 5
    assert not re.search(r"(?:src|href|url)\s*[=(]\s*[\"']?\w+:", page.replace("http://www.w3.org/", ""))
    assert "default-src &#39;none&#39;; script-src &#39;sha256-" in page
    for words in ("What was asked.", "A picture", "What it shows.", "How to read it.", "It holds here.", "<svg"):
        assert words in page
    assert '<b class="bad">collapsed</b><br><small>from generation 3</small>' in page
    assert f"Made by Kellet {kellet.__version__}. This page is one file" in page


def test_only_the_scripts_of_a_page_run():
    assert "script-src" not in policy()
    assert re.search(r"script-src 'sha256-[\w+/=]+' 'sha256-[\w+/=]+';", policy(["one", "two"]))


def test_a_notebook_shows_the_same_without_a_page_around_it():
    cell = ANSWER._repr_html_()
    assert cell.lstrip().startswith('<div class="kellet">')
    assert "<html" not in cell and "<script" not in cell
    assert "<svg" in cell and "It was checked." in cell and "<b>" not in cell


def test_a_picture_is_drawn_once():
    assert CHART.svg is CHART.svg
    assert CHART.png.startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", ["run", "sweep", "plan", "theory", "compare"])
def test_whatever_a_verb_gives_shows_itself(kind):
    settings = {"world": kellet.worlds.Normal(), "family": kellet.families.Gaussian(), "size": 20, "generations": 3}
    run = kellet.run(**settings, replicates=4)
    found = {
        "run": lambda: run,
        "sweep": lambda: kellet.sweep(**settings, replicates=4, grid={"size": (10, 20)}),
        "plan": lambda: kellet.plan(**settings, keep={"variance": 0.5}, theory_alone=True),
        "theory": lambda: kellet.theory(kellet.families.Gaussian(), size=100, anchor=kellet.Anchor(2)),
        "compare": lambda: kellet.compare({"one": run, "other": run}),
    }[kind]()
    answer = found.answer()
    assert found._repr_html_().lstrip().startswith('<div class="kellet">')
    assert answer.sentences[0].split(" ")[0] in found._repr_html_()
    assert json.loads(answer.json())["schema"] == f"kellet/{kind}/1"
    assert json.loads(answer.json())["sentence"]
    assert answer.html().count("<h1>") == 1
