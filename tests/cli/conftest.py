"""The command line called in this process, in a folder of its own."""

import math
from dataclasses import dataclass
from pathlib import Path

import pytest

from kellet.cli import progress
from kellet.cli.main import main


@dataclass
class Told:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def kellet(tmp_path, monkeypatch, capsys):
    """Call `kellet` with arguments; the working directory is an empty folder."""
    monkeypatch.chdir(tmp_path)
    # A slow machine says no more than a fast one.
    monkeypatch.setattr(progress, "BETWEEN", math.inf)

    def call(*arguments):
        capsys.readouterr()
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as left:
            code = left.code
        printed = capsys.readouterr()
        return Told(code, printed.out, printed.err)

    return call


@pytest.fixture
def here():
    """The files of the working directory, with what is in them."""
    return lambda: {str(p): p.read_bytes() for p in sorted(Path().rglob("*")) if p.is_file()}
