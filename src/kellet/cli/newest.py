"""The newest run, for verbs that are not told which one."""

from __future__ import annotations

import os
from pathlib import Path

from kellet.cli.printing import say
from kellet.errors import InputError

RUNS = Path("runs")
"""Where runs lie unless --out says otherwise."""


def list_runs(folder: Path = RUNS) -> list[Path]:
    """The runs, sweeps and plans in a folder, the one that was worked on last first."""
    times: dict[Path, float] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                path = folder / entry.name
                if (path / "experiment.toml").is_file() and (path / "run.json").is_file():
                    times[path] = (path / "run.json").stat().st_mtime
    except OSError:
        pass
    return sorted(times, key=lambda path: (-times[path], path))


def choose_run(folder: str | None) -> str:
    """The folder that was named, or else the newest in ./runs, and then standard error says which that is."""
    if folder is not None:
        return folder
    there = list_runs()
    if not there:
        raise InputError("a run, or runs in ./runs", "neither", "`kellet run digits` first, or the folder of a run")
    say(f"The newest in ./{RUNS}: {there[0]}", err=True)
    return str(there[0])
