"""Showing again what a run found."""

from __future__ import annotations

from pathlib import Path

from kellet.experiment.run import Run
from kellet.experiment.running.folder import Folder
from kellet.experiment.sweep import Sweep


def show(path: str | Path) -> Run | Sweep:
    """A finished run from its folder, or a sweep."""
    return Sweep.read(path) if Folder.of_run(path).experiment().grid else Run.read(path)
