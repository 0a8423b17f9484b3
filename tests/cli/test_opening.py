"""`--open`, and verbs that take the newest run."""

import json
import os
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

SMALL = ("--size", "20", "--generations", "2", "--replicates", "4", "--jobs", "1", "--quiet", "--arm", "replace")
PLAN = ("--size", "20", "--generations", "2", "--keep", "variance=0.2", "--budget-minutes", "0.02", "--jobs", "1")


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """The paths that a browser was asked for; a stand-in writes them down."""
    log, program = tmp_path / "opened.txt", tmp_path / "browser"
    program.write_text(
        f'#!{sys.executable}\nimport sys\nopen({str(log)!r}, "a").write(sys.argv[1] + "\\n")\nprint("!")\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{program} %s")
    # The library keeps the browsers that it found first.
    monkeypatch.setattr("webbrowser._tryorder", None)
    monkeypatch.setattr("webbrowser._browsers", {})

    def read():
        urls = log.read_text(encoding="utf-8").split() if log.exists() else []
        assert all(url.startswith("file:///") for url in urls)
        log.unlink(missing_ok=True)
        return [Path(unquote(urlparse(url).path)).relative_to(tmp_path) for url in urls]

    return read


def test_a_page_is_opened_where_that_is_asked_for_and_only_there(kellet, opened):
    assert kellet("run", "normal", *SMALL, "--out", "a run").code == 0
    assert kellet("show", "a run").code == kellet("report", "a run", "--json").code == 0
    assert opened() == []
    for arguments, page in (
        (("run", "normal", *SMALL, "--out", "a run", "--open"), "a run/report.html"),
        (("run", "normal", *SMALL, "--grid", "size=10,20", "--out", "a sweep", "--open"), "a sweep/report.html"),
        (("show", "a run", "--open"), "a run/report.html"),
        (("report", "a run", "--open", "--json"), "a run/report.html"),
        (("compare", "a run", "a run", "--open"), "compare.html"),
        (("theory", "--plot", "loop.html", "--open"), "loop.html"),
    ):
        told = kellet(*arguments)
        assert (told.code, opened()) == (0, [Path(page)]), arguments
        assert "!" not in told.out
    assert json.loads(kellet("show", "a run", "--json", "--open").out)["arms"]


def test_what_was_planned_audited_and_estimated_is_opened(kellet, opened):
    assert kellet("plan", "normal", *PLAN, "--out", "plan", "--open").code in (0, 3)
    assert opened() == [Path("plan/plan.html")]
    Path("real.csv").write_text("a\n" + "\n".join(str(i % 7) for i in range(60)), encoding="utf-8")
    assert kellet("audit", "real.csv", "real.csv", "--open").code in (0, 3)
    assert opened() == [Path("audit.html")]
    for name in ("corpus", "human", "written"):
        lines = (" ".join(f"{name[0]}{i * j % 59}" for j in range(25, 50)) for i in range(1, 60))
        Path(f"{name}.txt").write_text("\n".join(lines), encoding="utf-8")
    told = kellet("estimate", "corpus.txt", "--human", "human.txt", "--model", "llm=written.txt", "--open", "-q")
    assert told.code in (0, 3), told.err
    assert opened() == [Path("estimate.html")]


def test_without_a_browser_it_is_said_where_the_page_lies(kellet, monkeypatch):
    monkeypatch.setattr("webbrowser._tryorder", [])
    monkeypatch.setattr("webbrowser._browsers", {})
    told = kellet("run", "normal", *SMALL, "--out", "mine", "--open")
    assert told.code == 0
    assert told.err == "No browser could open mine/report.html\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("theory", "--open"),
        ("theory", "--plot", "a.png", "--open"),
        ("plan", "normal", "--theory", "--open"),
    ],
)
def test_what_has_no_page_is_refused_before_any_work(kellet, here, arguments):
    told = kellet(*arguments)
    assert told.code == 2 and "--open" in told.err
    assert here() == {}


def test_the_newest_run_is_taken_where_none_is_named(kellet):
    for verb in ("show", "report", "watch"):
        told = kellet(verb)
        assert told.code == 2 and "expected a run, or runs in ./runs" in told.err
    for name in ("a", "b", "c"):
        assert kellet("run", "normal", *SMALL, "--out", f"runs/{name}").code == 0
    Path("runs/letter").mkdir()
    now = time.time()
    for name, age in (("a", 20), ("b", 10), ("c", 30)):
        os.utime(f"runs/{name}/run.json", (now - age, now - age))
    told = kellet("show", "--json")
    assert (told.code, told.err) == (0, "The newest in ./runs: runs/b\n")
    assert told.out == kellet("show", "runs/b", "--json").out
    assert kellet("report").out == "Report: runs/b/report.html\n"
    assert "runs/b: finished" in kellet("watch").out


def test_a_plan_and_a_sweep_may_be_the_newest(kellet):
    assert kellet("run", "normal", *SMALL, "--grid", "size=10,20", "--out", "runs/sweep").code == 0
    assert kellet("show", "--by", "size").code == 0
    assert kellet("plan", "normal", *PLAN, "-q", "--out", "runs/plan").code in (0, 3)
    told = kellet("show")
    assert (told.code, told.err) == (0, "The newest in ./runs: runs/plan\n")
