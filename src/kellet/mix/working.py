"""Working: a folder beside the mix, in which it is made, and from which the same command goes on.

It lies beside the mix so that the mix is there at once and whole, by a rename.  Only one process works in it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from kellet.errors import InputError
from kellet.mix.arranging import Written, write_whole
from kellet.mix.manifest import FileMark


class State(msgspec.Struct, frozen=True):
    """What is known once rows are scattered.  key: of settings and inputs.  files: of each source.  notes: about
    them."""

    key: str
    files: tuple[tuple[FileMark, ...], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Working:
    """folder: where it is made.  out: where the mix will be."""

    folder: Path
    out: Path

    @staticmethod
    @contextmanager
    def open(out: Path) -> Iterator[Working]:
        """The folder, for this process alone."""
        check_free(out)
        folder = out.with_name(f".{out.name}.mixing")
        folder.mkdir(parents=True, exist_ok=True)
        with _lock(folder / "lock", out):
            check_free(out)
            yield Working(folder, out)

    @property
    def ready(self) -> Path:
        """What becomes the mix."""
        return self.folder / "ready"

    @property
    def spill(self) -> Path:
        """Rows on their way."""
        return self.folder / "spill"

    @property
    def ledger(self) -> Path:
        """Rows as they were offered."""
        return self.folder / "ledger"

    def recall(self, key: str) -> State | None:
        """How far an earlier process came with the same settings and inputs, once rows were scattered."""
        try:
            state = msgspec.json.decode((self.folder / "state.json").read_bytes(), type=State)
        except (OSError, msgspec.DecodeError):
            return None
        return state if state.key == key else None

    def begin(self) -> None:
        """Anew."""
        self.clear()
        for folder in (self.ready, self.spill, self.ledger, self.folder / "written"):
            folder.mkdir()

    def keep(self, state: State) -> None:
        """Rows are scattered."""
        shutil.rmtree(self.ledger)
        write_whole(self.folder / "state.json", msgspec.json.encode(state))

    def find_written(self, shard: int) -> Written | None:
        """What is known of a shard that is done."""
        path = self.folder / "written" / f"{shard:06d}.json"
        return msgspec.json.decode(path.read_bytes(), type=Written) if path.exists() else None

    def keep_written(self, shard: int, written: Written) -> None:
        """A shard is done."""
        write_whole(self.folder / "written" / f"{shard:06d}.json", msgspec.json.encode(written))

    def clear(self) -> None:
        """Leave nothing but the lock."""
        (self.folder / "state.json").unlink(missing_ok=True)
        for folder in (self.ready, self.spill, self.ledger, self.folder / "written"):
            shutil.rmtree(folder, ignore_errors=True)

    def discard(self) -> None:
        """Leave nothing."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def finish(self) -> None:
        """The mix is there, at once and whole."""
        for stray in self.ready.glob("*.tmp"):
            stray.unlink()
        _sync(self.ready)
        check_free(self.out)
        self.ready.rename(self.out)
        _sync(self.out.parent)
        self.discard()


def check_free(out: Path) -> None:
    """Bad input where something is there already."""
    if out.exists() or out.is_symlink():
        raise InputError("a folder that isn't there yet", f"{out}, which is", "another --out, or removing it")


def _sync(folder: Path) -> None:
    # Windows opens no folders.
    with suppress(PermissionError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


@contextmanager
def _lock(path: Path, out: Path) -> Iterator[None]:
    """Held by this process as long as it lives."""
    file = path.open("ab")
    try:
        try:
            _hold(file.fileno())
        except OSError:
            raise InputError(
                f"one mix into {out} at a time", "another one at work on it", "waiting for it, or another --out"
            ) from None
        yield
    finally:
        file.close()


def _hold(number: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
