"""Where a run folder lies: on a disk of this machine, or on any store that fsspec reaches."""

from __future__ import annotations

import json
import os
import platform
import re
import tempfile
import time
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from kellet.errors import InputError, extra

STALE = 3600.0
"""Seconds after which a temporary file, or a claim made on another machine, is nobody's any more."""
EMPTY = 10.0
"""Seconds after which a claim that says nothing is nobody's: its writer died between making and filling it."""
SIGNED = re.compile(r"\.([0-9a-f]{8})-(\d+)-(\d*)-")
"""Machine, number and birth of the process that writes a temporary file."""
WHOLE = {"memory", "s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "oss", "http", "https"}
"""Stores that show an object only when all of it is there; on others a file is written aside and moved."""


class Place(ABC):
    """A folder of small files, each of which is there whole or not at all.

    Names are relative, with slashes: ``cells/….parquet``.  What can't be written is an `InputError`.
    """

    @abstractmethod
    def read(self, names: Iterable[str]) -> dict[str, bytes]:
        """What is in those files; those that are not there are left out."""

    @abstractmethod
    def write(self, name: str, data: bytes) -> None:
        """Make or replace a file."""

    @abstractmethod
    def names(self, folder: str = "") -> dict[str, float]:
        """What lies in a folder -> when it was last written, in seconds since 1970."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""

    def claim(self, name: str, session: str = "") -> bool:
        """Whether this process may do the work of that name: nobody else who lives has claimed it; always so where
        claims can't be held.

        session: of which this process is one worker; a claim that another machine made in it is that of a lost one.
        """
        return True

    def release(self, name: str) -> None:  # noqa: B027
        """Give a claim back."""

    def has_claims(self) -> bool:
        """Whether any claim is held."""
        return False


def place(path: str | Path) -> Place:
    """The place of a path or a URL.

    >>> place("runs/mine"), place("memory://runs/mine")
    (Local(root=PosixPath('runs/mine')), Remote(url='memory://runs/mine'))
    """
    return Remote(str(path).rstrip("/")) if remote(path) else Local(Path(path))


def remote(path: str | Path) -> bool:
    """Whether it is a URL."""
    return "://" in str(path)


@dataclass(frozen=True)
class Local(Place):
    """A folder on a disk of this machine, or on one that several machines share."""

    root: Path

    def __str__(self) -> str:
        return str(self.root)

    def read(self, names: Iterable[str]) -> dict[str, bytes]:
        found = {}
        for name in names:
            # Not through Path: of ten thousand small files that takes four times as long as reading them.
            with suppress(FileNotFoundError, NotADirectoryError), open(f"{self.root}/{name}", "rb", 0) as file:  # noqa: PTH123
                found[name] = file.read()
        return found

    def write(self, name: str, data: bytes) -> None:
        target = self.root / name
        with _refusals(self):
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, aside = tempfile.mkstemp(prefix=f".{_sign()}-", suffix=".tmp", dir=target.parent)
            temporary = Path(aside)
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(data)
                # mkstemp makes private files; a run folder is shared like any other.
                temporary.chmod(0o644)
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)

    def names(self, folder: str = "") -> dict[str, float]:
        found = {}
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(self.root / folder) as entries:
            for entry in entries:
                # Somebody may remove it while we look.
                with suppress(FileNotFoundError):
                    found[entry.name] = entry.stat().st_mtime
        return found

    def remove(self, name: str) -> None:
        (self.root / name).unlink(missing_ok=True)

    def claim(self, name: str, session: str = "") -> bool:
        # A claim whose holder died stays; whoever makes the next number, which only one process can, has taken it over.
        for turn in count():
            path = self.root / "claims" / f"{name}.{turn}"
            with _refusals(self):
                path.parent.mkdir(parents=True, exist_ok=True)
                try:
                    with path.open("x", encoding="utf-8") as stream:
                        stream.write(
                            json.dumps(_process(os.getpid()) | {"session": session, "time": round(time.time())})
                        )
                    return True
                except FileExistsError:
                    if is_held(path, session):
                        return False
        raise AssertionError

    def release(self, name: str) -> None:
        # From the lowest number up: as long as any of ours is there, nobody else's is the last.
        for turn in count():
            try:
                (self.root / "claims" / f"{name}.{turn}").unlink()
            except FileNotFoundError:
                return

    def has_claims(self) -> bool:
        return any(is_held(self.root / "claims" / name) for name in self.names("claims"))


@dataclass(frozen=True)
class Remote(Place):
    """A folder in a store that fsspec reaches, named by its URL: ``s3://``, ``gs://``, ``memory://``, ``file://`` …

    Claims are always granted: two processes may compute the same block, and get the same numbers.
    """

    url: str

    def __post_init__(self) -> None:
        _ = self._store

    def __str__(self) -> str:
        return self.url

    @property
    def _store(self) -> tuple[Any, str]:
        """The file system, of which fsspec keeps one, and the root in it."""
        try:
            import fsspec
        except ImportError:
            raise InputError(
                "fsspec, to reach a store", f"{self.url}, and it is not installed", extra("cluster")
            ) from None
        try:
            store, root = fsspec.core.url_to_fs(self.url)
        except ImportError as error:
            raise InputError("a store whose package is installed", f"{self.url}: {error}", "installing it") from None
        except ValueError as error:
            raise InputError("a store that fsspec knows", f"{self.url}: {error}", "s3://BUCKET/FOLDER") from None
        return store, root

    def read(self, names: Iterable[str]) -> dict[str, bytes]:
        store, root = self._store
        paths = {f"{root}/{name}": name for name in names}
        with _silence(self):
            found = store.cat(list(paths), on_error="return") if paths else {}
            for result in found.values():
                if isinstance(result, Exception) and not isinstance(result, FileNotFoundError):
                    raise result
        return {paths[path]: result for path, result in found.items() if isinstance(result, bytes)}

    def write(self, name: str, data: bytes) -> None:
        store, root = self._store
        target = PurePosixPath(root, name)
        protocols = {store.protocol} if isinstance(store.protocol, str) else set(store.protocol)
        with _silence(self), _refusals(self):
            if protocols & WHOLE:
                store.pipe_file(str(target), data)
                return
            store.makedirs(str(target.parent), exist_ok=True)
            aside = str(target.parent / f".{_sign()}-{time.time_ns()}.tmp")
            try:
                store.pipe_file(aside, data)
                store.mv(aside, str(target))
            finally:
                if store.exists(aside):
                    store.rm_file(aside)

    def names(self, folder: str = "") -> dict[str, float]:
        store, root = self._store
        # Others write there too.
        store.invalidate_cache()
        with suppress(FileNotFoundError, NotADirectoryError), _silence(self):
            found = store.ls(f"{root}/{folder}".rstrip("/"), detail=True)
            return {entry["name"].rstrip("/").rpartition("/")[2]: _mtime(entry) for entry in found}
        return {}

    def remove(self, name: str) -> None:
        store, root = self._store
        with suppress(FileNotFoundError), _silence(self):
            store.rm_file(f"{root}/{name}")


def is_held(path: Path, session: str = "") -> bool:
    """Whether whoever made a claim may still be at work: lives, or is on another machine and began within the hour."""
    try:
        age = time.time() - path.stat().st_mtime
        who = json.loads(path.read_text(encoding="utf-8") or "null")
    except FileNotFoundError:
        return False
    except ValueError:
        who = None
    if not isinstance(who, dict):
        return abs(age) < EMPTY
    if who.get("host") != platform.node():
        # Where the clock was set back it may be of tomorrow.
        return abs(age) < STALE and not (session and who.get("session") == session)
    return birth(int(who.get("pid", 0))) == who.get("born")


def birth(pid: int) -> str | None:
    """When a process of this machine was born, to tell it from a later one of the same number; None if it is dead.

    Empty where the system doesn't say.
    """
    try:
        # After the name, which may hold anything: the state, and 19 fields on the ticks from the start of the system.
        state, *fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return None if state in "ZX" else fields[18]
    except OSError:
        if Path("/proc/self/stat").exists():
            return None
    try:
        # On Windows signal 0 is no question but Ctrl-C.
        if os.name != "nt":
            os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return ""


def is_abandoned(name: str, written: float) -> bool:
    """Whether a temporary file was left behind: its writer is dead, or on another machine began over an hour ago."""
    if (signed := SIGNED.match(name)) and signed[1] == _machine():
        return birth(int(signed[2])) != signed[3]
    return abs(time.time() - written) > STALE


def _sign() -> str:
    """Who writes a temporary file, in its name."""
    return f"{_machine()}-{os.getpid()}-{birth(os.getpid())}"


def _machine() -> str:
    return f"{zlib.crc32(platform.node().encode()):08x}"


@cache
def _process(pid: int) -> dict[str, Any]:
    """This process, which may be a fork of the one that asked before."""
    return {"host": platform.node(), "pid": pid, "born": birth(pid)}


def _mtime(entry: dict[str, Any]) -> float:
    """When an object was last written; every store calls it by a name of its own."""
    known = (entry.get(key) for key in ("mtime", "LastModified", "last_modified", "updated", "modified", "created"))
    value = next((value for value in known if value is not None), 0.0)
    if isinstance(value, str):
        value = datetime.fromisoformat(re.sub("Z$", "+00:00", value))
    return value.timestamp() if isinstance(value, datetime) else float(value)


@contextmanager
def _refusals(where: Place) -> Iterator[None]:
    """What a disk or a store refuses, in one line."""
    try:
        yield
    except OSError as error:
        raise InputError("a folder to write to", f"{where}: {error.strerror or error}", "another --out") from None


@contextmanager
def _silence(where: Remote) -> Iterator[None]:
    """Passwords that are missing, an address at which nobody is: every store has errors of its own kind for it."""
    try:
        yield
    except (InputError, FileNotFoundError, NotADirectoryError):
        raise
    except Exception as error:
        told = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
        raise InputError("a store that answers", f"{where}: {told}", "its address, or its passwords") from None
