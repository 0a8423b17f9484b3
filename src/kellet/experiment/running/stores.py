"""Where a run folder lies: on a disk of this machine, or on any store that fsspec reaches."""

from __future__ import annotations

import os
import re
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from kellet.data.plain import read_plain
from kellet.errors import InputError, check_path, extra
from kellet.experiment.running import claims
from kellet.experiment.running.claims import Holder
from kellet.experiment.running.layout import CLAIM, check, refuse_exit

MOST = 2**24
"""Bytes of a file, unless something else is said."""
WHOLE = {"memory", "s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "oss", "http", "https"}
"""Stores that show an object only when all of it is there; on others a file is written aside and moved."""


class Place(ABC):
    """A folder of small files, each of which is there whole or not at all.

    Names are relative, with slashes: ``cells/….parquet``.  What can't be written is an `InputError`.
    """

    @abstractmethod
    def check(self) -> None:
        """Refuse a folder of whose files one lies elsewhere, or is none."""

    @abstractmethod
    def read(self, names: Iterable[str], most: int = MOST) -> dict[str, bytes]:
        """What is in those files; those that are not there are left out, those of more than so many bytes refused."""

    @abstractmethod
    def write(self, name: str, data: bytes) -> None:
        """Make or replace a file."""

    @abstractmethod
    def names(self, folder: str = "") -> dict[str, float]:
        """What lies in a folder -> when it was last written, in seconds since 1970."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Remove a file, if it is there and can be."""

    def claim(self, name: str, session: str = "") -> bool:
        """Whether this process may do the work of that name: nobody else who lives has claimed it; always so where
        claims can't be held.

        session: of which this process is one worker; a claim that another machine made in it is that of a lost one.
        """
        return True

    def release(self, name: str) -> None:  # noqa: B027
        """Give a claim back."""

    def holders(self) -> dict[str, Holder]:
        """The claims that are held, and by whom."""
        return {}


def place(path: str | Path) -> Place:
    """The place of a path or a URL.

    >>> place("runs/mine"), place("memory://runs/mine")
    (Local(root=PosixPath('runs/mine')), Remote(url='memory://runs/mine'))
    """
    check_path(path)
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

    def check(self) -> None:
        check(self.root)

    def find(self, name: str) -> Path:
        """The path of a file, which lies here."""
        path = self.root / name
        if path.is_symlink():
            refuse_exit(path, Path(os.path.realpath(self.root)))
        return path

    def read(self, names: Iterable[str], most: int = MOST) -> dict[str, bytes]:
        found = {}
        for name in names:
            # Not through Path: of ten thousand small files that takes four times as long as reading them.
            path = f"{self.root}/{name}"
            if os.path.islink(path):  # noqa: PTH114
                self.find(name)
            with suppress(FileNotFoundError, NotADirectoryError):
                found[name] = read_plain(path, most)
        return found

    def write(self, name: str, data: bytes) -> None:
        target = self.root / name
        with _refusals(self):
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, aside = tempfile.mkstemp(prefix=f".{claims.sign()}-", suffix=".tmp", dir=target.parent)
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
        try:
            with os.scandir(self.root / folder) as entries:
                for entry in entries:
                    # Somebody may remove it while we look; a link may lead nowhere.
                    with suppress(OSError):
                        found[entry.name] = entry.stat().st_mtime
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:
            got = f"{self.root / folder}: {error.strerror or error}"
            raise InputError("a folder that can be read", got, "another one") from None
        return found

    def remove(self, name: str) -> None:
        with suppress(OSError):
            (self.root / name).unlink()

    def claim(self, name: str, session: str = "") -> bool:
        with _refusals(self):
            return claims.claim(self.root / "claims", name, session)

    def release(self, name: str) -> None:
        claims.release(self.root / "claims", name)

    def holders(self) -> dict[str, Holder]:
        there = filter(CLAIM.fullmatch, self.names("claims"))
        found = {name: claims.find_holder(self.root / "claims" / name) for name in there}
        return {name: who for name, who in found.items() if who is not None}


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

    def check(self) -> None:
        _, root = self._store
        if "file" in self._protocols:
            check(Path(root))

    @property
    def _protocols(self) -> set[str]:
        store, _ = self._store
        return {store.protocol} if isinstance(store.protocol, str) else set(store.protocol)

    def read(self, names: Iterable[str], most: int = MOST) -> dict[str, bytes]:
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
        with _silence(self), _refusals(self):
            if self._protocols & WHOLE:
                store.pipe_file(str(target), data)
                return
            store.makedirs(str(target.parent), exist_ok=True)
            aside = str(target.parent / f".{claims.sign()}-{time.time_ns()}.tmp")
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
