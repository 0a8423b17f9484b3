"""A paper of the gallery, and the place where it is redone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from kellet.experiment.experiment import Experiment
from kellet.experiment.run import Run, run
from kellet.experiment.running.meter import Progress
from kellet.gallery.finding import Finding

PAPERS = "kellet.gallery.papers"


@dataclass(frozen=True)
class Paper:
    """A published result.

    title: the result in one sentence.  by: whose it is, and the year.  sources: citations, each with where it can be
    found.  claim: what was said there.  setting: what is run here, and what differs from theirs.  redo: does it, at a
    place of its own.  seconds: about how long that took on two cores.
    """

    name: str
    title: str
    by: str
    sources: tuple[str, ...]
    claim: str
    setting: str
    redo: Callable[[Place], Finding]
    seconds: int

    @property
    def toml(self) -> str:
        """The experiment of the file beside it; empty for what is no loop."""
        path = files(PAPERS) / f"{self.name.replace('-', '_')}.toml"
        return path.read_text(encoding="utf-8") if path.is_file() else ""


@dataclass(frozen=True)
class Place:
    """Where a paper is redone.  folder: for what it runs, so that it can be resumed; None keeps all in memory."""

    paper: Paper
    folder: Path | None = None
    jobs: int = 1
    progress: Progress | None = None

    @property
    def experiment(self) -> Experiment:
        """That of the paper's file."""
        return Experiment.from_toml(self.paper.toml)

    def run(self, experiment: Experiment | None = None, name: str = "run") -> Run:
        """Run an experiment, by default that of the paper's file; what was done before is read again."""
        out = None if self.folder is None else self.folder / name
        return run(experiment or self.experiment, out=out, jobs=self.jobs, progress=self.progress)

    def random(self, stream: int = 0) -> np.random.Generator:
        """Random numbers of this paper's own, always the same."""
        return np.random.default_rng([stream, *self.paper.name.encode()])
