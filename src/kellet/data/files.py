"""Reading files that people have: untrusted, so nothing is ever executed or unpickled."""

from __future__ import annotations

import glob
import hashlib
import platform
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

from kellet.data.formats.folders import KINDS, Selection, are_alike, ending, select
from kellet.data.formats.idx import is_idx, labels_beside
from kellet.data.formats.remote import fetch, is_url
from kellet.errors import InputError

BUILT_IN = "the Python language reference"
"""The text that every Python brings, each its own."""
FEWEST = 10
"""Points of a world of files."""


def divide(path: str) -> tuple[str, str | None]:
    """A path and the part of it that is meant, as in ``file.db::table``; a file that is called so is that file.

    >>> divide("shop.db::orders"), divide("shop.db")
    (('shop.db', 'orders'), ('shop.db', None))
    """
    if "::" not in path or Path(path).exists():
        return path, None
    place, _, part = path.rpartition("::")
    return place, part


def files(path: str) -> list[Path]:
    """The files behind one file, a glob, a folder or a URL, in a fixed order."""
    return list(locate(path).files)


def locate(path: str) -> Selection:
    """The files behind a path, and what is to be said of their choice."""
    path, part = divide(path)
    there = fetch(path) if is_url(path) else Path(path)
    if there.is_dir():
        return _require_filled(select(there, part))
    if there.exists():
        return _require_filled(Selection((there,), part))
    found = sorted(Path(p) for p in glob.glob(path, recursive=True) if Path(p).is_file())  # noqa: PTH207
    if not found:
        attempt = "`kellet run digits`, or the path of a csv, parquet or txt file"
        raise InputError("a file, a folder of files or a glob", f"{path}, where nothing is", attempt)
    if not are_alike(found):
        kinds = {ending(p) for p in found}
        got = f"{', '.join(sorted(kinds))} in {path}"
        raise InputError("files of one kind", got, f"a glob such as '{path}/*{min(kinds)}'")
    return _require_filled(Selection(tuple(found), part))


def make_absolute(path: str) -> str:
    """The same path from anywhere; a URL as it is.

    >>> make_absolute("memory://a/b.csv")
    'memory://a/b.csv'
    """
    return path if is_url(path) else str(Path(path).absolute())


def _require_filled(chosen: Selection) -> Selection:
    """Without the empty ones among several files."""
    filled = tuple(p for p in chosen.files if p.stat().st_size > 0)
    if not filled:
        raise InputError("a file with something in it", f"{chosen.files[0]}, which is empty", "another file")
    return replace(chosen, files=filled)


def digest(path: str | None) -> str:
    """A short digest of the contents of all files behind path, of pictures with their classes; of the text that Python
    brings where there is no path."""
    return _digest_built_in() if path is None else _digest(stamps(path))


Stamp = tuple[Path, int, int, int]
"""A file, when it was last written, its size and its number on the disk: while they stay, so do its contents."""


def stamps(path: str) -> tuple[Stamp, ...]:
    """The files behind path as they are now; of idx files of images with their labels."""
    return stamp(files(path))


def stamp(paths: Sequence[Path]) -> tuple[Stamp, ...]:
    """These files as they are now; of idx files of images with their labels."""
    found = []
    for p in paths:
        labels = labels_beside(p) if ending(p) not in KINDS and is_idx(p) else None
        for part in (p, labels) if labels else (p,):
            now = part.stat()
            found.append((part.absolute(), now.st_mtime_ns, now.st_size, now.st_ino))
    return tuple(found)


@lru_cache(maxsize=8)
def _digest(there: tuple[Stamp, ...]) -> str:
    """Once a process, as long as the files stay as they are."""
    whole = hashlib.sha256()
    for path, *_ in there:
        if KINDS.get(path.suffix.lower()) == "pictures":
            whole.update(path.parent.name.encode())
        with path.open("rb") as stream:
            whole.update(hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()[:16]


@cache
def _digest_built_in() -> str:
    from pydoc_data.topics import topics

    return hashlib.sha256("\0".join(f"{name}\0{topics[name]}" for name in sorted(topics)).encode()).hexdigest()[:16]


def check(path: str | None, expected: str | None) -> str:
    """The digest of what is there; a file that is not the one an experiment was made with is refused."""
    found = digest(path)
    if expected is not None and found != expected:
        where = path or f"{BUILT_IN}, of which each Python has its own,"
        made = f"{where} as it was when the experiment was made (digest {expected})"
        got = f"other contents ({found})" if path else f"that of Python {platform.python_version()} ({found})"
        first = "restoring the file" if path else "the Python that it was made with (run.json names it)"
        raise InputError(made, got, f"{first}, or removing `digest` to start anew")
    return found


def require_points(n: int, things: str, path: str, attempt: str | None = None) -> None:
    """Refuse so few rows, pictures or documents that they can't be split.  attempt: what helps, if not more of them."""
    if n < FEWEST:
        expected = f"at least {FEWEST} {things}, to split into training, reserve and held-out"
        raise InputError(expected, f"{n} in {path}", attempt or f"more {things}")
