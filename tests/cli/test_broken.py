"""Folders that strangers packed: every verb says in a line what is wrong, and touches only what is Kellet's."""

import importlib.util
import shutil
import signal
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from kellet.cli.main import main

_spec = importlib.util.spec_from_file_location("broken_folders", Path(__file__).with_name("broken.py"))
broken = sys.modules["broken_folders"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(broken)

BREAKS = broken.breaks()
FEW = (
    "experiment.toml: a pipe", "experiment.toml: a link to /dev/zero", "run.json: deep objects", "run.json: a folder",
    "cells/: a link out", "claims/: a link out", "packs/: a link out", "parquet: a link out",
    "rows: marks that are NaN",
    "rows: huge replicates", "origin: another seed", "specimens: a pickle", "claims: no process", "plan.json: a pipe",
    "plan.json: a size of 0", "sizes: a link out", "strangers beside",
)  # fmt: skip
SMALL = ("--size", "10", "--generations", "2", "--replicates", "4", "--jobs", "1", "--seed", "7", "--quiet")
SECONDS = 20


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """One sound folder of each kind, in a folder."""
    home = tmp_path_factory.mktemp("whole")

    def call(*arguments):
        try:
            main([*arguments])
        except SystemExit as left:
            assert left.code in (0, 3)

    two = ("--arm", "replace", "--arm", "ours=fresh:1")
    call("run", "normal", *SMALL, *two, "--out", f"{home}/run")
    call("run", "normal", *SMALL, *two, "--grid", "size=10,20", "--out", f"{home}/sweep")
    plan = ("normal", "--generations", "2", "--keep", "variance=0.5", "--budget-minutes", "0.02", "--jobs", "1")
    call("plan", *plan, "--size", "50", "--quiet", "--out", f"{home}/plan")
    call("plan", *plan, "--size", "50,60", "--quiet", "--out", f"{home}/sizes")
    return home


@contextmanager
def in_time(what):
    """A verb that hangs is a failure."""

    def late(*_):
        raise AssertionError(f"{what} hangs")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def check(kellet, whole, name):
    """Every verb on a broken copy."""
    one = BREAKS[name]
    shutil.copytree(whole / one.of, "runs/broken")
    shutil.copytree(whole / "run", "runs/sound")
    folder = Path.cwd() / "runs" / "broken"
    sound = kellet("show", "runs/broken").out
    one.do(folder)
    precious = {path: path.read_bytes() for path in Path().rglob("*") if "precious" in path.parts and path.is_file()}

    def call(*arguments):
        with in_time(f"{name}: {arguments[0]}"):
            told = kellet(*arguments)
        lines = [line for line in told.err.splitlines() if line.strip()]
        assert "Traceback" not in told.err
        assert all(line.startswith("kellet: ") for line in lines), told.err
        assert told.code in (0, 2), told
        if told.code == 2:
            assert "; got " in lines[-1], told.err
            assert len(lines) == 1, told.err
            assert told.out == ""
        for path, data in precious.items():
            assert path.read_bytes() == data, path
        return told

    listed = call("runs", "runs")
    assert listed.code == 0
    assert "runs/sound" in listed.out
    call("watch", "runs/broken", "--once")
    shown = call("show", "runs/broken")
    if one.harmless:
        assert (shown.code, shown.out) == (0, sound)
    elif shown.code == 0:
        # What it doesn't need it needn't read.
        assert shown.out == sound
    verbs = ("report",) if one.of != "run" else ("report", "compare")
    for verb in verbs:
        assert call(verb, "runs/broken").code in {shown.code, 2}
    if one.of in ("run", "sweep") and call("run", "runs/broken", "--quiet", "--jobs", "1").code == 0:
        assert call("show", "runs/broken").out == sound


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", FEW)
def test_a_broken_folder_is_told_in_a_line(kellet, whole, name):
    check(kellet, whole, name)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", sorted(BREAKS.keys() - set(FEW)))
def test_every_broken_folder_is_told_in_a_line(kellet, whole, name):
    check(kellet, whole, name)


def test_there_are_many():
    assert len(BREAKS) >= 150
    assert BREAKS.keys() >= set(FEW)
