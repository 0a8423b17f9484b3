"""Disks that are full, folders that go, two who work at once, clocks that are set back."""

import os
import shutil
import time

import pytest


def test_a_disk_that_is_full_is_told_in_a_line_and_the_run_goes_on_later(room):
    if room.shell("unshare -m mount -t tmpfs none tmp").returncode:
        pytest.skip("only root mounts")
    line = """
    mkdir disk; mount -t tmpfs -o size=20m none disk || exit 9
    $K run study.toml --jobs 1 --quiet --out disk/run & run=$!
    while [ ! -e disk/run/run.json ] && kill -0 $run; do sleep 0.01; done
    head -c 20m /dev/zero > disk/other 2>others
    wait $run; [ $? = 2 ] || exit 8
    rm disk/other
    $K run study.toml --jobs 1 --quiet --out disk/run || exit 7
    cp -r disk/run kept
    """
    told = room.shell(f"unshare -m bash -c '{line}'")
    assert told.returncode == 0, told.stderr
    assert told.stderr.count("\n") == 1
    assert "No space left on device" in told.stderr
    room.call("run", "study.toml", "--jobs", "1", "--quiet", "--out", "whole")
    assert room.cells("kept") == room.cells("whole")
    assert not room.left("kept")


@pytest.mark.parametrize("blocks", [1, 12])
def test_files_that_may_not_grow_are_told_in_a_line(room, blocks):
    told = room.shell(f"trap '' XFSZ; ulimit -f {blocks}; $K run study.toml --jobs 1 --quiet --out run | cat")
    assert told.stderr.count("\n") == 1
    assert "File too large" in told.stderr
    room.call("run", "study.toml", "--jobs", "1", "--quiet", "--out", "run")


def test_a_folder_that_is_removed_while_it_runs_is_told_in_a_line(room, until):
    process = room.start("run", "study.toml", "--jobs", "2", "--quiet", "--out", "run")
    until(lambda: len(room.cells("run")) > 3, process)
    (room.path / "run").rename(room.path / "gone")
    out, err = process.communicate(timeout=240)
    # It may have been done by then, but for the page.
    assert process.returncode in (0, 2), err
    assert out == ""
    assert err.count("\n") == (process.returncode == 2), err


def test_two_at_once_have_the_same_bits(room):
    command = ["run", "study.toml", "--jobs", "1", "--quiet", "--out"]
    both = [room.start(*command, "run") for _ in range(2)]
    for process in both:
        out, err = process.communicate(timeout=240)
        assert (process.returncode, out, err) == (0, "", "")
    room.call(*command, "alone")
    assert room.cells("run") == room.cells("alone")
    assert not room.left("run")


def test_a_clock_that_was_set_back_changes_nothing(room):
    command = ["run", "study.toml", "--jobs", "1", "--quiet", "--out", "run"]
    room.call(*command)
    whole = room.cells("run")
    folder = room.path / "run"
    tomorrow = time.time() + 86400
    for path in sorted((folder / "cells").iterdir())[::2]:
        path.unlink()
    for path in folder.rglob("*"):
        os.utime(path, (tomorrow, tomorrow))
    (folder / "claims").mkdir(exist_ok=True)
    claim = folder / "claims" / f"{sorted(whole)[0].rpartition('-')[0]}.0"
    claim.write_text('{"host": "elsewhere", "pid": 1, "born": "1"}', encoding="utf-8")
    os.utime(claim, (tomorrow, tomorrow))
    room.call(*command)
    assert room.cells("run") == whole
    shutil.rmtree(folder)
