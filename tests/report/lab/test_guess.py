"""Guess first: what is drawn by mouse or keyboard is in the link, and is judged by the law."""

import re
import shlex
import subprocess
import sys

import pytest

import kellet

QUESTIONS = ("nothing", "one", "fixed", "all")
WIDE = ((1280, "dark"), (1920, "light"))
FALLING = "90-80-70-60-50-40-30-20-10-5"


def guessed(page):
    return page.evaluate("() => lab.state.settings.guess.guess")


def test_a_guess_is_drawn_with_the_mouse(show):
    page = show("view=guess")
    box = page.locator(".guess-pad").bounding_box()
    page.mouse.move(box["x"] + 70, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + box["height"] - 60, steps=30)
    page.mouse.up()
    heights = [int(part) for part in guessed(page).split("-")]
    assert len(heights) == 10
    assert heights == sorted(heights, reverse=True) and heights[0] > 120 and heights[-1] < 40
    assert f"guess={guessed(page)}" in page.evaluate("() => lab.link()")


def test_a_guess_is_drawn_with_the_keyboard_alone(show):
    page = show("view=guess")
    handle = page.locator("[data-handle='9']")
    handle.focus()
    for key in ("End", "Home", "PageUp", "ArrowUp", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    assert guessed(page) == "100-100-100-100-100-100-100-100-100-30"
    assert handle.get_attribute("aria-valuenow") == "30"
    assert handle.get_attribute("aria-valuetext") == "30 %"


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answer_is_the_typical_loop_and_the_sentence_says_how_far_off(show, question):
    page = show(f"view=guess&question={question}&guess={FALLING}")
    assert page.locator(".guess-law").count() == 0
    page.click("button.show")
    page.wait_for_selector(".guess-simulated", state="attached")
    page.wait_for_function("() => !lab.busy()")
    law = page.evaluate(
        "q => { const asked = { family: 'normal', size: 10, real: { one: 1, fixed: 3 }[q] ?? 0, prior: 0,"
        " source: q === 'fixed' ? 'fixed' : 'fresh', regime: q === 'all' ? 'accumulate' : 'replace', temperature: 1,"
        " generations: 20, seed: 1, replicates: 500, tracks: 12 }; let found = lab.law(asked);"
        " if (!found.middle) for (const job = lab.jobs.loop(asked);;) {"
        "   const step = job.next(); if (step.value) found = step.value; if (step.done) break; }"
        " return Array.from(found.middle); }", question,
    )  # fmt: skip
    off = [float(guess) - 100 * law[2 * (i + 1)] for i, guess in enumerate(FALLING.split("-"))]
    mean = sum(map(abs, off)) / len(off)
    verdict = page.locator(".guess-verdict").inner_text()
    assert abs(float(re.search(r"(\d+) percentage", verdict)[1]) - mean) <= 0.51
    assert ("too high" in verdict) == (sum(off) / 10 > mean / 2 and mean >= 5)
    assert page.locator(".view-guess tbody tr").count() == 10
    assert page.locator(".view-guess tbody tr").first.locator("td").count() == 4


def test_a_link_shows_the_same_guess_and_nonsense_is_a_flat_one(show):
    page = show(f"view=guess&guess={FALLING}&shown=yes")
    assert [page.get_attribute(f"[data-handle='{i}']", "aria-valuenow") for i in (0, 9)] == ["90", "5"]
    assert page.locator(".guess-law").count() == 1
    page = show("view=guess&guess=1-2-<b>x</b>")
    assert {page.get_attribute(f"[data-handle='{i}']", "aria-valuenow") for i in range(10)} == {"100"}


def test_the_next_question_begins_anew(show):
    page = show(f"view=guess&guess={FALLING}&shown=yes")
    page.click("button.next")
    assert page.evaluate("() => lab.state.settings.guess") == {"question": "one", "guess": "", "shown": False}
    assert page.locator(".guess-law").count() == 0
    assert page.locator("button.show").is_visible() and page.locator("button.next").is_hidden()


@pytest.mark.parametrize(
    "width, scheme", [(360, "light"), *(pytest.param(*wide, marks=pytest.mark.slow) for wide in WIDE)]
)
def test_a_guess_for_everybody(show, violations, width, scheme):
    page = show(f"view=guess&guess={FALLING}&shown=yes", width=width, color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_selector(".guess-simulated", state="attached")
    assert violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_copied_runs(show, tmp_path, capsys, question):
    copies = show("view=guess").evaluate("q => lab.views.guess.copy({ question: q })", question)
    (tmp_path / "experiment.toml").write_text(copies["toml"])
    experiment = kellet.Experiment.read(tmp_path / "experiment.toml")
    assert (experiment.size, experiment.generations, list(experiment.arms)) == (10, 20, ["mine"])
    for line in copies["command"].splitlines():
        command = [sys.executable, "-m", "kellet", *shlex.split(line, comments=True)[1:]]
        command += ["--dry-run"] if "run" in command else []
        subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    exec(copies["python"], {})
    assert capsys.readouterr().out.strip()
