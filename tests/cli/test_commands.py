"""What the commands do with good input, on settings so small that each takes a moment."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import kellet as library
from kellet.cli.printing import warn
from kellet.experiment.presets import presets
from kellet.experiment.run import Run

SMALL = ("--generations", "2", "--replicates", "3", "--jobs", "1")
ROWS = np.random.default_rng(0).normal(size=(60, 2)).round(3)
TABLE = pl.DataFrame(ROWS, schema=["height", "weight"])
TEXT = "It was the best of times, it was the worst of times, it was the age of wisdom. " * 3


def make(name):
    """A file of the kind that its name says, always with the same rows."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    match path.suffix:
        case ".csv":
            TABLE.write_csv(path)
        case ".tsv":
            TABLE.write_csv(path, separator="\t")
        case ".jsonl" | ".ndjson":
            TABLE.write_ndjson(path)
        case ".parquet":
            TABLE.write_parquet(path)
        case ".arrow":
            TABLE.write_ipc_stream(path)
        case ".npy":
            np.save(path, ROWS)
        case ".npz":
            np.savez(path, height=ROWS[:, 0], weight=ROWS[:, 1])
        case _:
            path.write_text(TEXT, encoding="utf-8")
    return name


def cells(folder):
    return {path.name: path.read_bytes() for path in Path(folder, "cells").iterdir()}


def assert_done(told):
    assert told.code == 0, told.err
    # Of a person's own file what was read is said in a line.
    assert len(told.err.splitlines()) < 2
    assert "kellet:" not in told.err


TABLES = ["d.csv", "d.tsv", "d.jsonl", "d.ndjson", "d.parquet", "d.arrow", "d.npy", "d.npz"]


@pytest.mark.parametrize("name", [*TABLES, "with space/Zahlen für alle.csv", "D.CSV"])
def test_a_table_in_any_format_runs_and_ends_in_a_page(kellet, name):
    if name == "D.CSV":
        Path(make("d.csv")).rename("D.CSV")
    else:
        make(name)
    told = kellet("run", name, *SMALL, "--out", "mine")
    assert_done(told)
    assert told.out.rstrip().endswith("Report: mine/report.html")
    page = Path("mine/report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") or page.startswith("<!DOCTYPE html>")
    run = Run.read("mine")
    assert list(run.experiment.arms) == list(presets.preset("normal").arms)
    assert run.data.sizes == {"arm": 6, "replicate": 3, "generation": 3}


def test_the_same_rows_give_the_same_numbers_in_any_format(kellet):
    documents = []
    for name in ("d.csv", "d.jsonl", "d.parquet", "d.arrow", "d.npz"):
        told = kellet("run", make(name), *SMALL, "--json", "--out", f"run of {name}")
        assert_done(told)
        documents.append(Run.read(f"run of {name}"))
    first, *others = documents
    for other in others:
        # The data are known by their bytes, so each format is a world of its own with streams of its own; what is real
        # is the same.
        a, b = (run.experiment.world.open(1) for run in (first, other))
        assert (a.training == b.training).all()
        assert (a.heldout == b.heldout).all()


@pytest.mark.parametrize("name", ["t.txt", "t.text", "t.md"])
def test_a_text_runs_as_its_words(kellet, name):
    assert_done(kellet("run", make(name), *SMALL, "--out", "mine"))
    world = Run.read("mine").experiment.world
    assert world.labels[:4] == ("it", "of", "the", "was")
    assert world.counts.sum() == len(TEXT.split())


def test_a_folder_and_a_glob_are_all_their_files(kellet):
    for name in ("many/a.csv", "many/deep/b.csv"):
        make(name)
    for target, rows in (("many", 120), ("many/*.csv", 60), ("many/**/*.csv", 120)):
        told = kellet("run", target, *SMALL, "--json", "--out", f"run of {rows} {len(target)}")
        assert_done(told)
        source = Run.read(f"run of {rows} {len(target)}").experiment.world.open(1)
        assert len(source.training) + len(source.reserve) + len(source.heldout) == rows


def test_columns_are_chosen_and_a_label_is_read(kellet):
    TABLE.with_columns(kind=pl.Series(["low", "high"] * 30)).write_csv("d.csv")
    told = kellet("run", "d.csv", "--label", "kind", "--family", "gaussian", *SMALL, "--out", "mine")
    assert_done(told)
    run = Run.read("mine")
    assert "surviving_classes" in [metric.name for metric in run.metrics]
    assert run.resolved.source.names == ("height", "weight")
    assert_done(kellet("run", "d.csv", "--columns", "weight", *SMALL, "--out", "other"))
    assert Run.read("other").resolved.source.names == ("weight",)


def test_a_column_of_categories_runs_as_its_frequencies(kellet):
    pl.DataFrame({"job": ["nurse", None, "clerk", "nurse"] * 10}).write_csv("d.csv")
    assert_done(kellet("run", "d.csv", "--columns", "job", "--family", "categorical", *SMALL, "--out", "mine"))
    world = Run.read("mine").experiment.world
    assert dict(zip(world.labels, world.counts, strict=True)) == {"nurse": 20, "(missing)": 10, "clerk": 10}


@pytest.mark.parametrize(
    "family",
    ["gaussian:covariance=diagonal", "mixture:components=2", "sklearn.neighbors:KernelDensity,bandwidth=0.3"],
)
def test_a_family_learns_ones_own_table(kellet, family):
    told = kellet("run", make("d.csv"), "--family", family, "--size", "20", *SMALL, "--out", "mine")
    assert_done(told)
    # An adapted class takes no prior, and is not asked for one.
    assert len(Run.read("mine").experiment.arms) == (5 if "sklearn" in family else 6)


def test_arms_are_what_is_asked_for(kellet):
    told = kellet("run", "normal", *SMALL, "--arm", "replace", "--arm", "ours=accumulate+fresh:2%", "--out", "mine")
    assert_done(told)
    experiment = Run.read("mine").experiment
    assert list(experiment.arms) == ["replace", "ours"]
    assert experiment.arms["ours"].anchor == library.Anchor(share=0.02)


@pytest.mark.parametrize("target", ["normal", "words", "digits"])
def test_json_is_one_document_and_nothing_else(kellet, target):
    told = kellet("run", target, "--generations", "1", "--replicates", "1", "--jobs", "1", "--size", "50", "--json")
    assert_done(told)
    document = json.loads(told.out)
    assert isinstance(document, dict)
    assert set(document["arms"]) == set(presets.preset(target).arms)
    folder = next(Path("runs").iterdir())
    again = kellet("show", folder, "--json")
    assert_done(again)
    assert json.loads(again.out) == document
    page = kellet("report", folder, "--json")
    assert_done(page)
    assert json.loads(page.out)["report"] == str(folder / "report.html")


def test_quiet_prints_nothing(kellet):
    told = kellet("run", "normal", *SMALL, "--quiet", "--out", "mine")
    assert_done(told)
    assert told.out == ""
    assert Path("mine/report.html").exists()


def test_show_prints_the_table_and_report_writes_the_page_again(kellet):
    told = kellet("run", "normal", *SMALL, "--out", "mine")
    shown = kellet("show", "mine")
    assert_done(shown)
    assert shown.out.strip() == told.out.rsplit("\n\nReport:", 1)[0].strip()
    Path("mine/report.html").unlink()
    reported = kellet("report", "mine")
    assert_done(reported)
    assert reported.out == "Report: mine/report.html\n"
    assert Path("mine/report.html").stat().st_size > 10_000


@pytest.mark.parametrize("target", ["normal", "digits", "words", "d.csv", "t.txt"])
def test_a_dry_run_is_a_file_that_runs_with_the_same_addresses(kellet, target):
    if "." in target:
        make(target)
    settings = ("--generations", "1", "--replicates", "2", "--size", "18", "--seed", "5")
    told = kellet("run", target, *settings, "--dry-run")
    assert_done(told)
    assert not Path("runs").exists()
    Path("deep/er").mkdir(parents=True)
    Path("deep/er/experiment.toml").write_text(told.out, encoding="utf-8")
    again = kellet("run", "deep/er/experiment.toml", "--dry-run")
    assert_done(again)
    assert again.out == told.out
    if target in ("digits", "words"):
        return
    assert_done(kellet("run", target, *settings, "--jobs", "1", "--quiet", "--out", "one"))
    assert_done(kellet("run", "deep/er/experiment.toml", "--jobs", "1", "--quiet", "--out", "other"))
    assert cells("one") == cells("other")


def test_an_experiment_file_finds_its_data_beside_it(kellet, monkeypatch):
    make("deep/d.csv")
    Path("deep/experiment.toml").write_text(
        'size = 10\ngenerations = 1\nreplicates = 2\n[world]\nkind = "table"\npath = "d.csv"\n'
        '[family]\nkind = "gaussian"\n[arms.replace]\n',
        encoding="utf-8",
    )
    assert_done(kellet("run", "deep/experiment.toml", "--jobs", "1", "--quiet", "--out", "mine"))
    monkeypatch.chdir("mine/cells")
    assert_done(kellet("show", ".."))


def test_a_run_on_ones_own_file_goes_on_from_any_folder(kellet, monkeypatch):
    make("data/d.csv")
    assert_done(kellet("run", "data/d.csv", *SMALL, "--quiet", "--out", "runs/mine"))
    before = cells("runs/mine")
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    assert_done(kellet("run", "../runs/mine", "--jobs", "1", "--quiet"))
    assert_done(kellet("report", "../runs/mine"))
    assert cells("../runs/mine") == before


def test_data_that_moved_are_the_same_data(kellet):
    make("here/d.csv")
    assert_done(kellet("run", "here/d.csv", *SMALL, "--quiet", "--out", "mine"))
    before = cells("mine")
    Path("here").rename("there")
    assert_done(kellet("run", "there/d.csv", *SMALL, "--quiet", "--out", "mine"))
    assert cells("mine") == before


def test_the_same_command_finds_its_run_again_and_computes_nothing_twice(kellet):
    assert_done(kellet("run", "normal", *SMALL, "--quiet"))
    (folder,) = Path("runs").iterdir()
    assert re.fullmatch(r"normal-[0-9a-f]{6}", folder.name)
    before = {path: path.stat().st_mtime_ns for path in (folder / "cells").iterdir()}
    assert_done(kellet("run", "normal", *SMALL, "--quiet"))
    assert_done(kellet("run", folder, "--quiet"))
    assert {path: path.stat().st_mtime_ns for path in (folder / "cells").iterdir()} == before
    assert len(list(Path("runs").iterdir())) == 1
    assert_done(kellet("run", "normal", *SMALL, "--seed", "8", "--quiet"))
    assert len(list(Path("runs").iterdir())) == 2


@pytest.mark.parametrize("target", ["*.csv", "many/", "many/*"])
def test_a_run_folder_has_a_name_that_can_be_typed(kellet, target):
    make("many/d.csv")
    make("d.csv")
    assert_done(kellet("run", target, *SMALL, "--quiet"))
    (folder,) = Path("runs").iterdir()
    assert re.fullmatch(r"[\w.-]+-[0-9a-f]{6}", folder.name)


def test_arms_and_replicates_may_be_added_to_a_run(kellet):
    assert_done(kellet("run", "normal", *SMALL, "--arm", "replace", "--quiet", "--out", "mine"))
    before = {path: path.stat().st_mtime_ns for path in Path("mine/cells").iterdir()}
    more = ("--arm", "replace", "--arm", "fresh:1")
    assert_done(kellet("run", "normal", *SMALL, *more, "--quiet", "--out", "mine"))
    after = {path: path.stat().st_mtime_ns for path in Path("mine/cells").iterdir()}
    assert before.items() < after.items()
    assert Run.read("mine").data.sizes["arm"] == 2
    assert_done(kellet("run", "mine", "--replicates", "7", "--quiet"))
    assert Run.read("mine").data.sizes == {"arm": 2, "replicate": 7, "generation": 3}


def test_two_jobs_print_what_one_prints(kellet):
    one = kellet("run", "normal", "--generations", "2", "--replicates", "4", "--json", "--jobs", "1", "--out", "one")
    two = kellet("run", "normal", "--generations", "2", "--replicates", "4", "--json", "--jobs", "2", "--out", "two")
    assert_done(one)
    assert_done(two)
    documents = [json.loads(told.out) | {"folder": None} for told in (one, two)]
    assert documents[0] == documents[1]
    assert cells("one") == cells("two")


def test_an_interrupted_run_says_how_to_go_on_and_goes_on(kellet, monkeypatch):
    module = sys.modules["kellet.experiment.running.schedule"]
    assert_done(kellet("run", "normal", *SMALL, "--quiet", "--out", "whole"))
    compute, calls = module.compute_folded, iter(range(3))

    def interrupted(task):
        if next(calls) == 2:
            raise KeyboardInterrupt
        return compute(task)

    with monkeypatch.context() as patch:
        patch.setattr(module, "compute_folded", interrupted)
        told = kellet("run", "normal", *SMALL, "--json", "--out", "mine")
    assert told.code == 130
    assert told.out == ""
    assert told.err.strip() == "kellet: interrupted; run the same command again to resume"
    assert len(list(Path("mine/cells").glob("*.parquet"))) == 2
    assert json.loads(Path("mine/run.json").read_text(encoding="utf-8"))["status"] == "running"
    assert_done(kellet("run", "normal", *SMALL, "--quiet", "--out", "mine"))
    assert cells("mine") == cells("whole")


def test_help_and_version_are_answers_and_not_errors(kellet):
    for arguments in (("--help",), ("-h",), ("run", "--help"), ("show", "-h"), ("report", "--help"), ("--version",)):
        told = kellet(*arguments)
        assert_done(told)
        assert told.out
    assert kellet("--version").out == f"kellet, version {library.__version__}\n"
    assert "Usage: kellet" in kellet("--help").out


def test_the_shell_command_prints_a_document_into_a_pipe_and_no_progress(tmp_path):
    told = subprocess.run(
        [Path(sys.executable).parent / "kellet", "run", "normal", *SMALL, "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stderr == ""
    assert json.loads(told.stdout)["arms"]


def test_a_run_says_where_it_came_from(kellet):
    assert_done(kellet("run", "normal", *SMALL, "--quiet", "--out", "mine"))
    status = json.loads(Path("mine/run.json").read_text(encoding="utf-8"))
    assert status["status"] == "finished"
    assert status["kellet"] == library.__version__
    assert status["numpy"] == np.__version__
    assert status["seconds"] > 0
    assert not any("/" in word for word in status["call"][:1])


@pytest.mark.parametrize("amount", ["1e1", "10.0", "1_0"])
def test_whole_numbers_may_be_typed_in_any_way(kellet, amount):
    options = ("--size", "--generations", "--replicates", "--seed")
    plain, same = (
        kellet(
            "run",
            "normal",
            *(part for option in options for part in (option, typed)),
            "--arm",
            f"fresh:{typed}",
            "--dry-run",
        )
        for typed in ("10", amount)
    )
    assert plain.code == same.code == 0
    assert same.out.replace(f"fresh:{amount}", "fresh:10") == plain.out
    told = kellet("run", "normal", "--generations", "10.5")
    assert told.code == 2 and "expected a whole number; got '10.5'" in told.err


def test_short_options_are_the_long_ones(kellet):
    short = kellet("run", "normal", "--size", "10", "-j", "1", "-o", "mine", "-n")
    assert short == kellet("run", "normal", "--size", "10", "--jobs", "1", "--out", "mine", "--dry-run")
    assert kellet("run", "normal", *SMALL, "-q", "-o", "mine") == kellet(
        "run", "normal", *SMALL, "--quiet", "-o", "mine"
    )
    assert kellet("plan", "normal", "--theory", "--keep", "variance=0.5", "-q").out == ""


def test_on_a_terminal_errors_are_red_and_warnings_yellow(monkeypatch):
    told = io.StringIO()
    told.isatty = lambda: True
    monkeypatch.setattr("sys.stderr", told)
    monkeypatch.delenv("NO_COLOR", raising=False)
    warn("expected")
    warn(UserWarning("doubtful \x1b[35m"))
    assert told.getvalue() == (
        "\x1b[31m\x1b[1mkellet:\x1b[0m expected\n\x1b[33m\x1b[1mkellet:\x1b[0m doubtful \\x1b[35m\n"
    )
    told.truncate(0)
    told.seek(0)
    monkeypatch.setenv("NO_COLOR", "1")
    warn("expected")
    assert told.getvalue() == "kellet: expected\n"
