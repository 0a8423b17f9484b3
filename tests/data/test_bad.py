"""Whatever a file is: it is read, or refused in one line, soon and within its memory, and nothing is left behind."""

import importlib.util
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from kellet.cli.main import main

HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location("bad", HERE / "bad.py")
bad = importlib.util.module_from_spec(_spec)
sys.modules["bad"] = bad
_spec.loader.exec_module(bad)

SECONDS, BYTES, BUDGET = 10, 500 * 10**6, "200MB"
HEAVY = ("bomb", "wide", "line-", "npy-million", "npy-100000", "same", "squeezed", "repeated", "categories")
"""Beginnings of names of what needs time or memory while it is written."""
SMALL = "--size 10 --generations 2 --replicates 2 --jobs 1 --quiet"


def judge(folder, names):
    """What came of each file, by a program of its own; by another one after each that it did not survive."""
    found = []
    while names:
        told = subprocess.run(
            [sys.executable, str(HERE / "judge.py"), str(folder), str(2 * SECONDS), *names],
            env={**os.environ, "KELLET_MEMORY": BUDGET}, capture_output=True, text=True, check=False, cwd=folder,
        )  # fmt: skip
        lines = [json.loads(line) for line in told.stdout.splitlines()]
        done = [line for line in lines if "name" in line]
        found += done
        if told.stderr:
            found.append({"name": "standard error", "outcome": told.stderr[-500:], "took": 0, "peak": 0})
        if len(done) < len(names):
            found.append({"name": names[len(done)], "outcome": f"died: {told.returncode}", "took": 0, "peak": 0})
        names = names[len(done) + 1 :]
    return found


def require_good(found):
    wrong = [(one["name"], one["outcome"]) for one in found if one["outcome"] not in ("read", "refused")]
    assert not wrong, wrong
    slow = [(one["name"], round(one["took"])) for one in found if one["took"] > SECONDS]
    assert not slow, slow
    large = [(one["name"], one["peak"] // 10**6) for one in found if one["peak"] > BYTES]
    assert not large, large


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad")
    return folder, bad.write_all(folder)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_every_bad_file_is_read_or_refused_in_one_line(files, part):
    folder, names = files
    assert len(names) > 1000
    require_good(judge(folder, names[part::4]))
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)


@pytest.mark.slow
def test_the_command_line_says_so_in_one_line(files, tmp_path, capfd, monkeypatch):
    folder, names = files
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KELLET_MEMORY", BUDGET)
    for name in random.Random(0).sample([name for name in names if not name.startswith(HEAVY)], 60):
        for verb in ("data", "run"):
            options = SMALL.split() if verb == "run" else []
            refused = False
            try:
                main([verb, str(folder / name), *options])
            except SystemExit as exit:
                refused = exit.code == 2
                assert exit.code in (0, 1, 2, None), (name, verb, exit.code)
            out, err = capfd.readouterr()
            assert "Traceback" not in err, (name, verb, err)
            if refused:
                assert not out, (name, verb, out)
                assert len(err.splitlines()) == 1, (name, verb, err)
                assert not list(tmp_path.iterdir()), (name, verb)
            for path in tmp_path.glob("runs"):
                path.rename(folder.parent / f"{folder.name}-{name}-{verb}")


def test_some_of_them_each_time(tmp_path):
    chosen = random.Random(0).sample([one for one in (*bad.mutants(), *bad._boxes()) if len(one[1]) < 10_000], 40)
    for name, raw in chosen:
        (tmp_path / name).write_bytes(raw)
    require_good(judge(tmp_path, [name for name, _ in chosen]))


def test_the_same_seed_makes_the_same_files():
    assert [raw for _, raw in bad.mutants(7)][:99] == [raw for _, raw in bad.mutants(7)][:99]
