"""What a folder holds: a run, a sweep or a plan."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kellet.experiment.run import Run
    from kellet.experiment.sweep import Sweep
    from kellet.page.claim import Origin
    from kellet.planning.plan import Plan
    from kellet.planning.plans import Plans


def show(path: str | Path) -> Run | Sweep | Plan | Plans:
    """A finished run from its folder, a sweep, or a plan; a notebook shows its answer by itself.

    >>> import tempfile, kellet
    >>> out = f"{tempfile.mkdtemp()}/mine"
    >>> world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
    >>> run = kellet.run(world=world, family=family, size=9, generations=1, out=out)
    >>> show(out).answer().sentence == run.answer().sentence
    True
    """
    from kellet.planning.plans import read
    from kellet.report.show import show as show_run

    return read(path) or show_run(path)


def name_origin(files: Sequence[str], *settings: str) -> Origin:
    """What a page is of that is made now, by the command that is at work."""
    from datetime import UTC, datetime

    from kellet.experiment.running.status import name_call
    from kellet.page.claim import Origin, name_file
    from kellet.page.wording import join

    return Origin(join([name_file(one) for one in files]), settings, datetime.now(UTC).isoformat(), name_call())
