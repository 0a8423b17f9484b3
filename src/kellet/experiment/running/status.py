"""Status: what ``run.json`` says of the work in a folder."""

from __future__ import annotations

import platform
import sys
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from kellet.errors import InputError
from kellet.experiment.experiment import Experiment
from kellet.version import __version__
from kellet.worlds.world import OfFiles, identify


class Status(msgspec.Struct, frozen=True):
    """``run.json``: where the numbers come from.

    status: "running" or "finished".  seconds: of computing, over all sessions.  host, pid, born: the process that wrote
    this last, for `Folder.state`.  verb: what is done there; sentence: what a plan found.  seed: of all its blocks,
    each of which says so itself; None where an older version began it, whose blocks don't.
    """

    kellet: str
    numpy: str
    python: str
    call: tuple[str, ...]
    status: str
    started: str
    seconds: float = 0.0
    host: str = ""
    pid: int = 0
    born: str = ""
    verb: Literal["run", "plan"] = "run"
    sentence: str = ""
    seed: int | None = None


def name_call() -> tuple[str, ...]:
    """The command that is at work, as it was typed; ``python -m kellet`` by its short name."""
    called = Path(sys.argv[0])
    return called.parent.name if called.stem == "__main__" else called.name, *sys.argv[1:]


def next_status(
    status: str,
    seconds: float,
    before: Status | None,
    verb: Literal["run", "plan"] = "run",
    sentence: str = "",
    seed: int | None = None,
) -> Status:
    """What run.json says from now on; seed: of what is begun."""
    now = Status(
        __version__,
        np.__version__,
        platform.python_version(),
        name_call(),
        status,
        datetime.now(UTC).isoformat(timespec="seconds"),
        seconds,
        verb=verb,
        sentence=sentence,
        seed=seed,
    )
    if before is None:
        return now
    if before.numpy != now.numpy:
        warnings.warn(
            f"this run was begun under NumPy {before.numpy} and goes on under {now.numpy}: "
            "numbers repeat bit for bit only under one version",
            stacklevel=3,
        )
    return msgspec.structs.replace(before, status=status, seconds=before.seconds + seconds, sentence=sentence)


def check_same(before: Experiment, now: Experiment, where: str) -> None:
    """Bad input where a folder holds another experiment: arms, replicates and points of a grid may have been added."""
    names = (name for name in Experiment.__struct_fields__ if name not in ("arms", "replicates", "grid"))
    changed = [name for name in names if _setting(before, name) != _setting(now, name)]
    if not changed:
        return
    known = before.world
    if isinstance(known, OfFiles) and known.path == getattr(now.world, "path", ""):
        # Where only the data are others, that is what is to be said.
        try:
            identify(known)
        except InputError as error:
            raise InputError(*error.parts[:2], "the same data to resume, or another --out") from None
    got = f"another {' and '.join(changed)}"
    raise InputError(f"the experiment that {where} holds", got, "another --out, or the same settings to resume")


def _setting(experiment: Experiment, name: str) -> object:
    """A setting; data are known by what is in them, not by where they are."""
    value = getattr(experiment, name)
    return msgspec.structs.replace(value, path="") if isinstance(value, OfFiles) and value.digest else value
