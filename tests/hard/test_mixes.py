"""A mix that is killed at any moment, or whose disk is full, leaves nothing half done, and ends with the same bytes."""

import random
import signal
import subprocess
import sys
import time

import polars as pl
import pytest

ROWS = 3000
"""Of each input, and of the mix."""

SMALL = """
from kellet.cli.main import main
from kellet.data import shards
from kellet.mix import layout, ledger, scattering

shards.BYTES, scattering.HELD, layout.TARGET, ledger.HELD = 20_000, 50_000, 2_000, 500
main()
"""
"""The command with small batches and shards, so that there are many."""
COMMAND = ["mix", "--real", "real.parquet", "--synthetic", "m=m.parquet", "--size", f"{ROWS}", "--anchor", "20%",
           "--window", "100", "--stratify", "label", "--json", "-o"]  # fmt: skip


@pytest.fixture
def furnished(room):
    for name in ("real", "m"):
        columns = {"word": [f"{name} {i}" for i in range(ROWS)], "label": [f"{i % 37 == 0}" for i in range(ROWS)]}
        pl.DataFrame(columns).write_parquet(room.path / f"{name}.parquet")
    (room.path / "small.py").write_text(SMALL, encoding="utf-8")
    return room


def start(room, out):
    """The command, under way."""
    words = [sys.executable, "small.py", *COMMAND, out]
    process = subprocess.Popen(
        words, cwd=room.path, env=room.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    room.started.append(process)
    return process


def finish(process):
    """What it printed."""
    out, err = process.communicate(timeout=240)
    assert (process.returncode, err) == (0, "")
    return out


def read_bytes(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_a_mix_that_is_killed_again_and_again_is_there_whole_or_not_at_all(furnished, until, kills):
    room = furnished
    told = finish(start(room, "whole/mix"))
    whole = read_bytes(room.path / "whole" / "mix")
    assert len(whole) > 20
    chance = random.Random(kills)
    killed = room.path / "killed" / "mix"
    working = killed.with_name(".mix.mixing")

    def count():
        return sum(1 for path in working.rglob("*") if path.is_file())

    for _ in range(kills):
        process = start(room, "killed/mix")
        # Somewhere between nothing and more files than there are.
        target = chance.randrange(60)
        until(lambda target=target: count() >= target or killed.exists(), process)
        time.sleep(chance.choice((0.0, 0.003, 0.05)))
        process.kill()
        process.communicate()
        if killed.exists():
            assert read_bytes(killed) == whole
            killed.rename(room.path / f"done{chance.random()}")
    assert finish(start(room, "killed/mix")) == told
    assert read_bytes(killed) == whole
    assert not working.exists()


def test_shards_that_are_there_are_not_written_again(furnished, until):
    room = furnished
    process = start(room, "mix")
    ready = room.path / ".mix.mixing" / "ready"
    until(lambda: len(list(ready.glob("*.parquet"))) > 4, process)
    process.kill()
    process.communicate()
    first = sorted(ready.glob("*.parquet"))[0]
    before = first.stat()
    finish(start(room, "mix"))
    assert (room.path / "mix" / first.name).stat().st_ino == before.st_ino


def test_two_at_once_are_refused(furnished, until):
    room = furnished
    process = start(room, "mix")
    until((room.path / ".mix.mixing" / "spill").exists, process)
    process.send_signal(signal.SIGSTOP)
    other = start(room, "mix")
    _, err = other.communicate(timeout=240)
    process.send_signal(signal.SIGCONT)
    finish(process)
    assert other.returncode == 2
    assert err.startswith("kellet: expected one mix into mix at a time; got another one at work on it.")


def test_a_disk_that_is_full_is_told_in_a_line_and_the_mix_goes_on_later(furnished):
    room = furnished
    if room.shell("unshare -m mount -t tmpfs none tmp").returncode:
        pytest.skip("only root mounts")
    command = " ".join(COMMAND)
    line = f"""
    mkdir disk; mount -t tmpfs -o size=300k none disk || exit 9
    $P small.py {command} disk/mix; [ $? = 2 ] || exit 8
    [ -e disk/mix ] && exit 7
    mount -o remount,size=40m disk
    $P small.py {command} disk/mix >/dev/null || exit 6
    cp -r disk/mix kept; ls -A disk
    """
    told = room.shell(f"unshare -m bash -c '{line}'", P=sys.executable)
    assert (told.returncode, told.stdout) == (0, "mix\n"), told.stderr
    assert told.stderr.count("\n") == 1
    assert "No space left on device" in told.stderr
    finish(start(room, "whole/mix"))
    assert read_bytes(room.path / "kept") == read_bytes(room.path / "whole" / "mix")
