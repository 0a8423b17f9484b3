"""Somebody's programs: each in a session of its own, so that it ends with all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from kellet.imports import OURS, SAFE


@contextmanager
def start_program(words: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """A program that was started, with the options of `subprocess.Popen`; no shell reads its words.

    Whatever is raised inside, as where its time is up, kills it and all that it started.  That it has ended itself says
    nothing about those: they may still hold the pipes that somebody reads.
    """
    given = options.pop("env", os.environ)
    # Their own modules may lie beside them.
    environment = {name: value for name, value in given.items() if (name, value) != (SAFE, OURS)}
    with subprocess.Popen(words, start_new_session=True, env=environment, **options) as process:
        try:
            yield process
        except BaseException:
            with suppress(ProcessLookupError):
                if hasattr(os, "killpg"):
                    os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.kill()
            raise
