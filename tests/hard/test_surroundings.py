"""Every verb in odd surroundings: the same answers, or one line."""

import json
import os
import stat

import pytest

VERBS = """
import sys
from kellet import cli

if __name__ == "__main__":
    for words in (
        ["run", "study.toml", "--jobs", sys.argv[1], "--out", "größe", "--arm", "größe ∞=fresh:1", "--json"],
        ["show", "größe"],
        ["report", "größe"],
        ["runs", "."],
        ["compare", "größe", "größe", "--out", "größe/compare.html"],
        ["data", "größe.csv"],
        ["theory"],
    ):
        cli.main(words)
"""
PYTHON = '"$(dirname $K)/python" $FLAGS verbs.py'
SURROUNDINGS = {
    "nothing odd": ("{} 1", {}),
    "no home": ("env -u HOME {} 1", {}),
    "a home that is not there": ("{} 1", {"HOME": "/nonexistent"}),
    "64 files": ("ulimit -n 64; {} 2", {}),
    "2 GB of addresses": ("ulimit -v 2097152; {} 1", {}),
    "POSIX": ("{} 1", {"LC_ALL": "POSIX", "LANG": "C"}),
    "ASCII": ("{} 1", {"PYTHONIOENCODING": "ascii"}),
    "Latin-1": ("{} 1", {"PYTHONIOENCODING": "latin-1"}),
    "40 columns": ("{} 1", {"COLUMNS": "40"}),
    "a dumb terminal": ("{} 1", {"TERM": "dumb"}),
    "optimised": ("{} 1", {"PYTHONOPTIMIZE": "2"}),
    "no standard input or error": ("{} 1 <&- 2>&-", {}),
    "no memory that is shared": ("unshare -m sh -c 'mount -t tmpfs -o size=0,ro none /dev/shm && {} 1'", {}),
}


@pytest.fixture
def furnished(room):
    (room.path / "verbs.py").write_text(VERBS, encoding="utf-8")
    (room.path / "größe.csv").write_text("größe,∞\n1,2\n3,5\n2,2\n", encoding="utf-8")
    return room


def can_mount(room):
    return room.shell("unshare -m mount -t tmpfs none tmp").returncode == 0


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_every_verb_works(furnished, name):
    line, environment = SURROUNDINGS[name]
    if "unshare" in line and not can_mount(furnished):
        pytest.skip("only root mounts")
    told = furnished.shell(line.format(PYTHON), **{"FLAGS": "", **environment})
    assert told.returncode == 0, told.stderr
    (found,) = (json.loads(path.read_text(encoding="utf-8")) for path in furnished.path.glob("größe/run.json"))
    assert found["status"] == "finished"
    assert {"report.html", "compare.html"} <= {path.name for path in (furnished.path / "größe").iterdir()}


def test_several_processes_without_shared_memory_are_refused_in_a_line(room):
    if not can_mount(room):
        pytest.skip("only root mounts")
    told = room.shell("unshare -m sh -c 'mount -t tmpfs -o ro none /dev/shm && $K run study.toml --jobs 2 --out run'")
    assert told.returncode == 2
    assert told.stderr.startswith("kellet: expected shared memory for processes side by side; got none in /dev/shm")
    assert told.stderr.count("\n") == 1


def test_no_standard_output_is_no_reason_to_stop(room):
    told = room.shell("$K run study.toml --jobs 1 --out run >&-")
    assert (told.returncode, told.stderr) == (0, "")
    told = room.shell("$K show run >/dev/full")
    assert told.returncode == 2
    assert told.stderr.count("\n") == 1


def test_a_script_without_a_guard_is_told_once(room):
    (room.path / "script.py").write_text(
        "import kellet\nkellet.run(kellet.Experiment.read('study.toml'), jobs=2, out='run')\n", encoding="utf-8"
    )
    told = room.shell("$(dirname $K)/python script.py 2>&1")
    assert told.returncode == 1
    assert told.stdout.count("Traceback") == 1
    assert told.stdout.rstrip().endswith("Try calling from under `if __name__ == '__main__':`, or jobs=1.")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_a_current_folder_that_is_read_only_is_told_in_a_line(room):
    room.path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    told = room.shell("$K run study.toml --jobs 1 --out /proc/run")
    room.path.chmod(0o755)
    assert told.returncode == 2
    assert told.stderr.count("\n") == 1
