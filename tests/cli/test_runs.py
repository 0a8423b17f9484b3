"""`kellet runs`, `kellet watch` and `kellet run --track`: how far runs are, told from outside."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from kellet.experiment.running.folder import Folder
from kellet.experiment.running.state import State

SMALL = ("--size", "20", "--generations", "4", "--replicates", "6", "--jobs", "1", "--quiet")
TWO = ("--arm", "replace", "--arm", "ours=fresh:2")


def listed(kellet, *arguments):
    told = kellet("runs", *arguments, "--json")
    assert told.code == 0, told.err
    return {one["run"]: one for one in json.loads(told.out)["runs"]}


def test_runs_are_listed_with_how_far_they_are(kellet):
    assert kellet("run", "normal", *SMALL, *TWO, "--out", "runs/a").code == 0
    assert kellet("run", "normal", *SMALL, "--arm", "replace", "--out", "runs/b").code == 0
    Path("runs/letter.txt").write_text("dear", encoding="utf-8")
    Path("runs/empty").mkdir()
    next(Path("runs/b/cells").glob("*.parquet")).unlink()
    found = listed(kellet)
    assert list(found) == ["runs/a", "runs/b"]
    assert found["runs/a"] | {"seconds": 0} == {
        "run": "runs/a", "state": "finished", "done": 2, "blocks": 2, "seconds": 0, "arms": ["replace", "ours"],
        "verb": "run", "sentence": "",
    }  # fmt: skip
    assert found["runs/a"]["seconds"] > 0
    assert (found["runs/b"]["state"], found["runs/b"]["done"]) == ("stopped", 0)
    told = kellet("runs", "runs")
    assert "2 of 2" in told.out
    assert "stopped" in told.out
    # A run by itself is a list of one.
    assert list(listed(kellet, "runs/a")) == ["runs/a"]


def test_a_sweep_is_listed_with_the_blocks_of_all_its_points(kellet):
    assert kellet("run", "normal", *SMALL, *TWO, "--grid", "generations=3,4", "--out", "runs/grid").code == 0
    assert listed(kellet)["runs/grid"]["blocks"] == 4
    assert listed(kellet)["runs/grid"]["state"] == "finished"
    told = kellet("watch", "runs/grid", "--once")
    assert "4 of 4 blocks" in told.out


def test_runs_in_a_store_are_listed(kellet):
    url = f"memory://listed-{os.getpid()}"
    assert kellet("run", "normal", *SMALL, "--out", f"{url}/one").code == 0
    assert listed(kellet, url)[f"{url}/one"]["state"] == "finished"
    assert kellet("show", f"{url}/one").code == 0
    assert kellet("report", f"{url}/one").out.strip() == f"Report: {url}/one/report.html"
    assert kellet("run", f"{url}/one", "--quiet", "--replicates", "8", "--jobs", "1").code == 0


def test_a_folder_without_runs_is_refused_or_empty(kellet):
    assert kellet("runs").code == 2
    assert "a folder with runs in it" in kellet("runs", "nowhere").err
    Path("some").mkdir()
    Path("some/letter.txt").write_text("dear", encoding="utf-8")
    assert listed(kellet, "some") == {}


def test_a_run_is_running_while_its_process_lives_and_stopped_after_kill_9(tmp_path, kellet):
    command = [
        Path(sys.executable).parent / "kellet",
        *("run", "normal", "--size", "300", "--generations", "100", "--replicates", "60000", "--jobs", "1", "--quiet"),
        *("--arm", "replace", "--out", "mine"),
    ]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE)
    try:
        while process.poll() is None and not list(tmp_path.glob("mine/cells/*.parquet")):
            time.sleep(0.01)
        assert process.poll() is None, process.stderr.read().decode()
        there = State.of(Folder("mine"))
        assert there.state == "running"
        assert 1 <= there.done < there.blocks
        told = kellet("watch", "mine", "--once")
        assert told.code == 0
        assert "running" in told.out
        assert "replace" in told.out
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
    assert State.of(Folder("mine")).state == "stopped"
    told = kellet("watch", "mine", "--interval", "0.01")
    assert told.code == 1
    assert "stopped; `kellet run mine` resumes it" in told.err


@pytest.mark.parametrize(("minutes", "expected"), [(1, "running"), (60, "stopped")])
def test_a_run_of_another_machine_is_running_as_long_as_blocks_come(kellet, minutes, expected):
    assert kellet("run", "normal", *SMALL, *TWO, "--out", "mine").code == 0
    status = json.loads(Path("mine/run.json").read_text(encoding="utf-8"))
    Path("mine/run.json").write_text(json.dumps(status | {"status": "running", "host": "elsewhere"}), encoding="utf-8")
    min(Path("mine/cells").glob("*.parquet")).unlink()
    for path in Path("mine/cells").iterdir():
        os.utime(path, (time.time() - 60 * minutes,) * 2)
    assert State.of(Folder("mine")).state == expected


def test_watching_a_run_ends_with_it_and_shows_medians_of_what_is_done(kellet):
    assert kellet("run", "normal", *SMALL, *TWO, "--out", "mine").code == 0
    told = kellet("watch", "mine")
    assert told.code == 0
    assert "finished, 2 of 2 blocks" in told.out
    assert told.out.count("6 of 6") == 2
    shown = json.loads(kellet("show", "mine", "--json").out)
    left = shown["arms"]["ours"]["metrics"]["variance_ratio"]["end"]["median"]
    assert f"{100 * left:.0f} %" in told.out
    assert kellet("watch", "mine", "--interval", "0").code == 2
    assert "a run folder" in kellet("watch", "nowhere").err


def test_a_tracker_that_is_not_there_is_told_before_anything_runs(kellet, here, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    told = kellet("run", "normal", *SMALL, "--out", "mine", "--track", "wandb")
    assert told.code == 2
    assert "pip install wandb" in told.err
    assert here() == {}


def test_a_run_is_sent_to_its_tracker(kellet, monkeypatch):
    sent = []
    one = SimpleNamespace(log=lambda values, step: sent.append((step, values)), finish=lambda: None)
    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=lambda **_: one))
    assert kellet("run", "normal", *SMALL, *TWO, "--out", "mine", "--track", "wandb").code == 0
    assert [step for step, _ in sent] == [0, 1, 2, 3, 4] * 2
    told = kellet("run", "normal", *SMALL, *TWO, "--grid", "size=10,20", "--out", "other", "--track", "wandb")
    assert told.code == 2
    assert "without a grid" in told.err


@pytest.mark.filterwarnings("default")
def test_a_spoilt_cell_is_told_in_one_line_and_mended(kellet, here):
    command = ("run", "normal", "--replicates", "5", "--generations", "3", "--jobs", "1", "--out", "mine", "--quiet")
    kellet(*command)
    name = next(name for name in here() if name.endswith(".parquet"))
    whole = Path(name).read_bytes()
    Path(name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    told = kellet(*command)
    assert told.err == f"kellet: {Path(name).name} was spoilt; its block is computed again\n"
    assert Path(name).read_bytes() == whole
