"""Status: what ``run.json`` says of a run, and where its numbers come from."""

from __future__ import annotations

import platform
import sys
import warnings
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

from kellet.version import __version__


class Status(msgspec.Struct, frozen=True):
    """``run.json``: where the numbers come from.

    status: "running" or "finished".  seconds: of computing, over all sessions.  host, pid, born: the process that wrote
    this last, for `Folder.state`.
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


def next_status(status: str, seconds: float, before: Status | None) -> Status:
    """What run.json says from now on."""
    now = Status(
        __version__,
        np.__version__,
        platform.python_version(),
        tuple(Path(sys.argv[0]).name if i == 0 else a for i, a in enumerate(sys.argv)),
        status,
        datetime.now(UTC).isoformat(timespec="seconds"),
        seconds,
    )
    if before is None:
        return now
    if before.numpy != now.numpy:
        warnings.warn(
            f"this run was begun under NumPy {before.numpy} and goes on under {now.numpy}: "
            "numbers repeat bit for bit only under one version",
            stacklevel=3,
        )
    return msgspec.structs.replace(before, status=status, seconds=before.seconds + seconds)
