"""Whether programs and classes may run that a file names, and not the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Collection

    from kellet.experiment.experiment import Experiment


def ask(experiment: Experiment, origin: str, own: Collection[str], trust: bool) -> Experiment:
    """The experiment as one's own, once it is clear that all that it names may run; at a terminal somebody is asked.

    own: what the command line names itself.
    """
    import msgspec

    from kellet.experiment.experiment import Experiment, Untrusted
    from kellet.experiment.grid import spread
    from kellet.experiment.programs import find_foreign, refuse, show

    if not isinstance(experiment, Untrusted):
        return experiment
    named = dict.fromkeys(program for _, point in spread(experiment) for program in find_foreign(point))
    if (strange := [program for program in named if program not in own]) and not trust:
        question = f"{ascii(origin)[1:-1]} runs {show(strange)} here. Do you know who wrote it, and trust it?"
        if not (at_terminal() and click.confirm(question, err=True)):
            refuse(strange)
    return Experiment(**msgspec.structs.asdict(experiment))


def at_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()
