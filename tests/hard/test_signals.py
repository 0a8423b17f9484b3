"""Signals end a run in order, with all that it started; pipes that close end it quietly."""

import os
import signal
from pathlib import Path

import pytest

TRAIN = """#!/bin/sh
echo $$ >> pids
cp "$1" "$2"
sleep 600 &
wait
"""


@pytest.fixture
def endless(room):
    """A run whose programs never end."""
    for name, text in (("train", TRAIN), ("write", '#!/bin/sh\ncp "$1" "$3"\n')):
        (room.path / name).write_text(text, encoding="utf-8")
        (room.path / name).chmod(0o755)
    (room.path / "data.csv").write_text("a,b\n" + "".join(f"{i},{i * i % 97}\n" for i in range(90)), encoding="utf-8")
    sizes = ["--size", 20, "--generations", 2, "--replicates", 4, "--out", "run", "--quiet"]
    return [
        "run",
        "data.csv",
        "--family",
        "command:./train {train} {model}",
        "--sampler",
        "./write {model} {n} {out}",
        *sizes,
    ]


def pids(room):
    path = room.path / "pids"
    return [int(line) for line in path.read_text(encoding="utf-8").split()] if path.exists() else []


def is_alive(pid):
    """Whether a program runs; one that is dead and that nobody fetched doesn't."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def alive(room):
    """The programs that run."""
    return [pid for pid in pids(room) if is_alive(pid)]


@pytest.mark.parametrize(
    ("name", "jobs", "group"),
    [("SIGINT", 2, False), ("SIGINT", 2, True), ("SIGTERM", 2, False), ("SIGTERM", 1, False), ("SIGHUP", 1, True)],
)
def test_a_signal_ends_the_programs_too_and_is_told_in_a_line(room, until, endless, name, jobs, group):
    process = room.start(*endless, "--jobs", jobs, start_new_session=True)
    assert until(lambda: len(pids(room)) == jobs, process)
    number = getattr(signal, name)
    (os.killpg if group else os.kill)(process.pid, number)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 128 + number, err
    assert out == ""
    assert err.splitlines()[-1].endswith("run the same command again to resume")
    assert "Traceback" not in err
    assert until(lambda: not alive(room))
    assert not room.left("run")
    assert not list((room.path / "run" / "claims").iterdir())


@pytest.mark.parametrize("jobs", [1, 2])
def test_programs_end_where_whoever_started_them_is_killed(room, until, endless, jobs):
    process = room.start(*endless, "--jobs", jobs)
    assert until(lambda: len(pids(room)) == jobs, process)
    process.kill()
    process.communicate()
    assert until(lambda: not alive(room))
    assert until(lambda: not room.left("run"))


def test_a_reader_who_leaves_ends_it_quietly_when_the_work_is_done(room):
    told = room.shell("$K run study.toml --jobs 1 --out run | true; exit ${PIPESTATUS[0]}")
    assert (told.returncode, told.stderr) == (141, "")
    assert (room.path / "run" / "report.html").exists()
    for verb in ("--help", "show run --json", "run study.toml --dry-run"):
        told = room.shell(f"$K {verb} | true; exit ${{PIPESTATUS[0]}}")
        assert told.returncode in (0, 141)
        assert told.stderr == ""
    told = room.shell("$K show run | head -1; exit ${PIPESTATUS[0]}")
    assert told.returncode in (0, 141)
    assert (told.stdout.count("\n"), told.stderr) == (1, "")
