"""Where the command runs: signals, pipes that close, streams that are closed or can't spell, and what is said then."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from types import FrameType

import click

from kellet.errors import Stopped

GONE = 141
"""The exit code where nobody reads any more, as shells have it."""
Command = Callable[[list[str] | None], None]


def withstand(command: Command) -> Command:
    """The command, which ends in order whatever its surroundings do."""

    @wraps(command)
    def run(arguments: list[str] | None = None) -> None:
        _open_streams()
        try:
            with _heed():
                command(arguments)
        except Stopped as stop:
            how = "interrupted" if stop.number == signal.SIGINT else f"stopped by {signal.Signals(stop.number).name}"
            with suppress(OSError):
                click.echo(f"kellet: {how}; run the same command again to resume", err=True)
            sys.exit(stop.code)
        except OSError:
            # There was nowhere to say it.
            sys.exit(2)
        except SystemExit as end:
            # Rich ends where a pipe breaks, and Click puts its own wrapper around what broke.
            if isinstance(end.__context__, BrokenPipeError) or "PacifyFlush" in type(sys.stdout).__name__:
                sys.exit(GONE)
            raise

    return run


def _open_streams() -> None:
    """What is closed swallows all, lest the next file that is opened is taken for it; what an encoding has no letter
    for is shown as a question mark."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        if getattr(stream, "errors", None) in ("strict", "surrogateescape") and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


@contextmanager
def _heed() -> Iterator[None]:
    """Signals that ask to end are raised inside, the first of them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def stop(number: int, _: FrameType | None) -> None:
        nonlocal asked
        if not asked:
            asked = True
            raise Stopped(number)

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    ours = [number for name in names if (number := getattr(signal, name, None)) is not None]
    # What nohup has told us not to hear we don't.
    before = {number: signal.getsignal(number) for number in ours}
    before = {number: how for number, how in before.items() if how in (signal.SIG_DFL, signal.default_int_handler)}
    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, how in before.items():
            signal.signal(number, how)
