"""Showing again what was found."""

from __future__ import annotations

from pathlib import Path

from kellet.experiment.run import Run
from kellet.experiment.running.folder import Folder
from kellet.experiment.sweep import Sweep


def show(path: str | Path) -> Run | Sweep:
    """A finished run from its folder, or a sweep; a notebook shows its answer by itself.

    >>> import tempfile, kellet
    >>> out = f"{tempfile.mkdtemp()}/mine"
    >>> world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
    >>> run = kellet.run(world=world, family=family, size=9, generations=1, out=out)
    >>> show(out).answer().sentence == run.answer().sentence
    True
    """
    return Sweep.read(path) if Folder.open(path).experiment().grid else Run.read(path)
