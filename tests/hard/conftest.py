"""The command as a process of its own, in a folder of its own, whose temporary files lie there too."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

KELLET = Path(sys.executable).parent / "kellet"
PATIENCE = 240
"""Seconds after which something hangs, however busy the machine is."""
STUDY = """
size = 40
generations = 60
replicates = 120
block = 5
seed = 3

[world]
kind = "normal"

[family]
kind = "gaussian"

[arms.replace]

[arms.fresh.anchor]
count = 1
"""


@dataclass
class Room:
    """A folder in which the command runs."""

    path: Path
    environment: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen] = field(default_factory=list)

    def __post_init__(self):
        (self.path / "tmp").mkdir()
        (self.path / "study.toml").write_text(STUDY, encoding="utf-8")
        self.environment = os.environ | {"TMPDIR": str(self.path / "tmp"), "OMP_NUM_THREADS": "1"} | self.environment

    def start(self, *words, **options):
        """The command, under way."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(
            [str(word) for word in (KELLET, *words)], cwd=self.path, env=self.environment, **pipes | options
        )
        self.started.append(process)
        return process

    def call(self, *words, code=0, **options):
        """What the command printed, once it has ended with that exit code."""
        process = self.start(*words, **options)
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == code, (out, err)
        assert "Traceback" not in err, err
        return out, err

    def shell(self, line, **environment):
        """What bash made of a line in which the command is called $K; its exit code is the line's."""
        told = subprocess.run(
            ["bash", "-c", line], cwd=self.path, env=self.environment | {"K": str(KELLET)} | environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False, errors="replace",
        )  # fmt: skip
        assert "Traceback" not in told.stderr, told.stderr
        return told

    def cells(self, run):
        """The blocks of a run by name, which tells their bytes."""
        folder = self.path / run / "cells"
        return {path.name for path in folder.iterdir() if path.suffix == ".parquet"} if folder.exists() else set()

    def left(self, run):
        """What nobody needs any more, in a run or among temporary files."""
        strays = [path for path in (self.path / run).rglob("*") if path.name.endswith(".tmp")]
        return strays + list((self.path / "tmp").glob("kellet-*"))


def wait_until(true, process=None):
    """Poll for a state; whether it came before the process ended."""
    until = time.monotonic() + PATIENCE
    while not true():
        if process is not None and process.poll() is not None:
            return False
        assert time.monotonic() < until
        time.sleep(0.01)
    return True


@pytest.fixture
def room(tmp_path):
    """A folder in which the command runs; what it started ends with the test."""
    room = Room(tmp_path)
    yield room
    for process in room.started:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.fixture
def until():
    """Poll for a state."""
    return wait_until
