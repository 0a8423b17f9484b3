"""Runs side by side: the page says what the runs say, and nothing is fetched from anywhere."""

import json
import re
from html import unescape

import numpy as np
import pytest
from click.testing import CliRunner

import kellet
from kellet import Resolved
from kellet.cli.main import kellet as command
from kellet.errors import InputError
from kellet.experiment.run import Run
from kellet.experiment.running.blocks import Block
from kellet.report.compare import by_family, compare

REPLACE, ANCHORED = "replace", "a <fresh> [bold]point"


def made_up(family, **arms):
    """A run of a normal world whose variance went as given, (R, G) an arm."""
    values = {name.replace("_", " "): rows for name, rows in arms.items()}
    values = {ANCHORED if name == "anchored" else name: rows for name, rows in values.items()}
    replicates, generations = next(iter(values.values())).shape
    experiment = kellet.Experiment(
        kellet.worlds.Normal(), family, 10, {name: kellet.Arm() for name in values}, generations - 1, replicates
    )
    blocks = {}
    for name, rows in values.items():
        died = np.where(np.isnan(rows[:, -1]), 1, -1)
        blocks[name] = [Block("x", 0, np.arange(generations), {"variance_ratio": rows}, died, "", {})]
    return Run(Resolved(experiment), None, blocks)


def levels(*medians, replicates=5):
    """(R, G) whose medians over replicates are these."""
    return np.array(medians) * np.linspace(0.9, 1.1, replicates)[:, None]


@pytest.fixture
def runs():
    gaussian = made_up(kellet.families.Gaussian(), replace=levels(2.0, 1.0, 0.5), anchored=levels(2.0, 2.0, 1.8))
    poisson = made_up(kellet.families.Poisson(), replace=levels(1.0, 1.0, 0.2))
    return {"gaussian": gaussian, "poisson": poisson}


def document(comparison):
    return json.loads(comparison.answer().json())


def panels(comparison):
    """Arm -> what its panel says in words."""
    (picture,) = comparison.answer().charts
    return dict(unescape(said).split(": ", 1) for said in re.findall(r'aria-label="([^"]*)"', picture.shown))


def test_what_is_left_is_a_share_of_the_same_arms_generation_0(runs):
    told = compare(runs)
    assert told.metric.name == "variance_ratio"
    medians = {arm: {run: left.median for run, left in there.items()} for arm, there in told.left.items()}
    assert list(medians) == [REPLACE, ANCHORED]
    assert medians[REPLACE] == pytest.approx({"gaussian": 0.25, "poisson": 0.2})
    assert medians[ANCHORED] == pytest.approx({"gaussian": 0.9})
    first = told.left[REPLACE]["gaussian"]
    assert (first.low, first.high) == pytest.approx((0.25 * 0.91, 0.25 * 1.09))
    assert told.answer().tables[0].rows == (
        ("gaussian", "200 %", "25 %\n(23 to 27 %)", "90 %\n(82 to 98 %)"),
        ("poisson", "100 %", "20 %\n(18 to 22 %)", "–"),
    )


def test_the_sentence_says_arm_by_arm_which_run_keeps_most_and_which_least(runs):
    assert compare(runs).answer().sentences == (
        "Variance left in “replace”: most in gaussian, 25 % (23 to 27 %); least in poisson, 20 % (18 to 22 %).",
        f"Variance left in “{ANCHORED}”: 90 % (82 to 98 %), in gaussian.",
        "In brackets: where 90 % of replicates lie.",
    )
    nothing = compare({"nothing": made_up(kellet.families.Gaussian(), replace=levels(0.0, 0.0, 0.0))})
    assert nothing.answer().sentence == "Nothing of variance can be compared."


def test_a_replicate_that_degenerated_has_nothing_left():
    rows = levels(1.0, 1.0)
    rows[:3, 1] = np.nan
    told = compare({"one": made_up(kellet.families.Gaussian(), replace=rows)})
    assert told.left[REPLACE]["one"].median == 0.0


def test_a_run_that_began_with_nothing_has_no_share(runs):
    told = compare(runs | {"nothing": made_up(kellet.families.Gaussian(), replace=levels(0.0, 0.0, 0.0))})
    assert told.answer().tables[0].rows[-1] == ("nothing", "0 %", "–", "–")
    assert document(told)["runs"]["nothing"]["arms"][REPLACE]["left"] == {"median": None, "low": None, "high": None}
    (picture,) = told.answer().charts
    assert "nan" not in picture.shown


def test_the_figure_has_a_panel_for_each_arm_and_a_dot_for_each_run_that_has_it(runs):
    told = compare(runs)
    assert panels(told) == {
        REPLACE: "gaussian 25 % (23 to 27 %), poisson 20 % (18 to 22 %)", ANCHORED: "gaussian 90 % (82 to 98 %)",
    }  # fmt: skip
    ((low, high), (at,)) = (
        map(float, re.search(pattern, told.answer().charts[0].shown).groups())
        for pattern in (r'd="M([\d.]+) 29H([\d.]+)"', r'd="M([\d.]+) 29h0"')
    )
    assert 20 < low < at < high < 340
    # The axis ends at 1.05, and begins 20 units from the left.
    assert at == pytest.approx(20 + 320 * 0.25 / 1.05, abs=0.06)


def test_the_page_is_one_file_without_script_and_network(runs):
    page = compare(runs).answer().html()
    assert "<script" not in page
    assert not re.search(r"(?:src|href|url)\s*[=(]\s*[\"']?\w+:", page)
    assert "default-src 'none'" in unescape(page)
    assert "<svg" in page
    assert "<fresh>" not in page
    assert "a &lt;fresh&gt; [bold]point" in page
    assert "25 % (23 to 27 %)" in page


def test_what_was_not_watched_by_all_is_named(runs):
    with pytest.raises(InputError, match=r"expected a metric that all these runs watched; got .*coverage"):
        compare(runs, "coverage")
    with pytest.raises(InputError, match="at least one run"):
        compare({})


def test_a_word_for_a_metric_will_do(runs):
    assert compare(runs, "variance").metric.name == "variance_ratio"
    assert compare(runs, "spread").metric.name == "variance_ratio"


def test_runs_are_called_by_their_family_unless_two_have_the_same(runs):
    same = {"a": runs["gaussian"], "b": runs["gaussian"], "c": runs["poisson"]}
    assert list(by_family(same)) == ["gaussian (a)", "gaussian (b)", "poisson"]


def test_the_command_writes_the_page_and_says_the_same(tmp_path):
    folders = []
    for family in (kellet.families.Gaussian(), kellet.families.Gaussian("unbiased")):
        folder = tmp_path / family.estimator
        kellet.run(
            world=kellet.worlds.Normal(), family=family, size=20, generations=3, replicates=4, out=folder,
            arms={"replace": kellet.Arm(), "one": kellet.Arm(anchor=kellet.Anchor(1))}, metrics=("variance_ratio",),
        )  # fmt: skip
        folders.append(str(folder))
    out = tmp_path / "pages" / "both.html"
    told = CliRunner().invoke(command, ["compare", *folders, "--out", str(out), "--json"])
    assert told.exit_code == 0, told.output
    found = json.loads(told.output)
    assert found["schema"] == "kellet/compare/1"
    assert [list(run["arms"]) for run in found["runs"].values()] == [["replace", "one"]] * 2
    assert found == document(compare(by_family({folder: Run.read(folder) for folder in folders})))
    assert document(compare({"here": folders[0]}))["runs"]["here"]["replicates"] == 4
    page = out.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    for words in (
        *folders,
        "a bell curve (a normal distribution",
        "seed 0",
        Run.read(folders[0]).folder.status().started[:10],
    ):
        assert words in page, words
    shown = CliRunner().invoke(command, ["compare", folders[0], "--out", str(out)])
    assert shown.exit_code == 0
    assert "What is left" in shown.output
