"""How far the work is: blocks that are done, and what share of those under way."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from kellet.experiment.running.blocks import Key
from kellet.experiment.running.claims import birth
from kellet.experiment.running.members import Step

Progress = Callable[[float, int], None]
"""Told how many blocks are done, with the fractions of those under way, and how many there are in all."""
Pulse = Callable[[Key, float], None]
"""Told the address of a block, and what share of its generations is done."""
PERIOD = 1.0
"""Seconds between two words of one block."""
FOLDER = "kellet-progress-"
"""What folders of notes are called, before the number of their process."""


def follow(loop: Iterator[Step], key: Key, last: int, pulse: Pulse) -> Iterator[Step]:
    """A loop up to generation ``last``, of which it is told now and then how far it is."""
    told = time.monotonic()
    for step in loop:
        yield step
        if (now := time.monotonic()) - told >= PERIOD:
            told = now
            pulse(key, step.t / max(last, 1))


@dataclass(frozen=True)
class Notes:
    """A pulse that other processes of this machine read: a file for each block; a worker elsewhere tells nothing."""

    folder: str

    def __reduce__(self) -> tuple[Callable[[str], Notes], tuple[str]]:
        return _receive, (self.folder,)

    def __call__(self, key: Key, share: float) -> None:
        with suppress(OSError):
            self._file(key).write_text(str(share), encoding="ascii")

    def read(self) -> float:
        """The sum of all shares."""
        total = 0.0
        with suppress(OSError):
            for path in Path(self.folder).iterdir():
                # What is being written at this moment may be empty.
                with suppress(ValueError):
                    total += float(path.read_text(encoding="ascii"))
        return total

    def drop(self, key: Key) -> None:
        """Forget a block, which has ended."""
        with suppress(OSError):
            self._file(key).unlink(missing_ok=True)

    def _file(self, key: Key) -> Path:
        return Path(self.folder, f"{key[0]}-{key[1]}")


_received: set[str] = set()


def _receive(folder: str) -> Notes:
    _received.add(folder)
    return Notes(folder)


def remove_notes() -> None:
    """In a worker whose driver was killed: nobody else knows of its notes."""
    for folder in _received:
        shutil.rmtree(folder, ignore_errors=True)


class Meter:
    """Counts blocks, and tells the progress.  notes: where processes of their own compute."""

    def __init__(self, progress: Progress | None, done: int, total: int, notes: Notes | None):
        self._progress, self._done, self._total, self._notes = progress, done, total, notes
        self.look()

    @property
    def pulse(self) -> Pulse | None:
        """What tasks tell; None where nobody listens."""
        return self._notes or (self._hear if self._progress else None)

    def look(self) -> None:
        """Tell how far it is by now."""
        self._tell(self._notes.read() if self._notes else 0.0)

    def finish(self, key: Key) -> None:
        """One block more is done."""
        self._done += 1
        if self._notes:
            self._notes.drop(key)
        self.look()

    def _hear(self, _: Key, share: float) -> None:
        self._tell(share)

    def _tell(self, share: float) -> None:
        if self._progress:
            self._progress(self._done + share if share else self._done, self._total)


@contextmanager
def measure(progress: Progress | None, done: int, total: int, apart: bool) -> Iterator[Meter]:
    """A meter.  apart: whether other processes compute."""
    with ExitStack() as stack:
        notes = None
        # Without room for notes the work goes on.
        with suppress(OSError):
            if progress and apart:
                _clear()
                made = TemporaryDirectory(prefix=f"{FOLDER}{os.getpid()}-", ignore_cleanup_errors=True)
                notes = Notes(stack.enter_context(made))
        yield Meter(progress, done, total, notes)


def _clear() -> None:
    """Remove what processes left that were killed."""
    for left in Path(gettempdir()).glob(f"{FOLDER}*"):
        number = left.name.removeprefix(FOLDER).split("-")[0]
        if number.isdecimal() and birth(int(number)) is None:
            shutil.rmtree(left, ignore_errors=True)
