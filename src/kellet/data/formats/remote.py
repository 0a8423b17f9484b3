"""Remote: files behind URLs, brought here once a process; needs the extra ``cluster``."""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from kellet.data.formats.damage import name_damage
from kellet.errors import InputError, extra

LARGEST = 2**32
"""Bytes behind one URL."""
BLOCK = 2**20


def is_url(path: str) -> bool:
    """Whether it is no path of this machine.

    >>> is_url("https://example.org/a.csv"), is_url("C:/a.csv"), is_url("a.db::table")
    (True, False, False)
    """
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", path) is not None


@lru_cache(maxsize=64)
def fetch(url: str) -> Path:
    """A copy of the file behind a URL, or of all files of a folder or a glob there, on this machine."""
    try:
        import fsspec
    except ImportError:
        raise InputError("fsspec, to read from a URL", f"{url!r}, and it is not installed", extra("cluster")) from None
    if any(part.startswith("reference:") for part in url.split("::")):
        # What such a file refers to, fsspec computes from templates in it.
        raise InputError("a URL of a file or a folder", repr(url), "the files that it refers to")
    room = tempfile.mkdtemp(prefix="kellet-")
    atexit.register(shutil.rmtree, room, ignore_errors=True)
    with name_damage("a URL that can be read", url, "opening it in a browser, or a copy on this machine"):
        try:
            store, root = fsspec.core.url_to_fs(url)
        except ImportError as error:
            named = re.findall(r"""["'](\w+)["']|[Ii]nstall (\w+)""", str(error))
            packages = " ".join(first or second for first, second in named)
            attempt = f"pip install {packages}" if packages else "a copy on this machine"
            raise InputError(f"a package that reads {url.partition(':')[0]}://", "none installed", attempt) from None
        try:
            return _copy(store, root, url, Path(room))
        except FileNotFoundError:
            raise InputError("a file, a folder or a glob", f"{url!r}, where nothing is", "another URL") from None


def _copy(store: Any, root: str, url: str, room: Path) -> Path:
    # A page of the web has links, which are no folder of files.
    web = url.startswith("http")
    if not web and "*" in root:
        paths = sorted(store.glob(root))
        above = root.split("*", 1)[0].rpartition("/")[0]
    elif not web and store.isdir(root):
        paths, above = sorted(store.find(root)), root
    else:
        name = PurePosixPath(re.split(r"[?#]", root)[0]).name if web else PurePosixPath(root).name
        _load(store, root, room / (name or "data"), LARGEST, url)
        return room / (name or "data")
    left = LARGEST
    for path in paths:
        inside = [part for part in path.removeprefix(above).split("/") if part not in ("", ".", "..")]
        target = room.joinpath(*inside)
        target.parent.mkdir(parents=True, exist_ok=True)
        left -= _load(store, path, target, left, url)
    if not paths:
        raise FileNotFoundError(url)
    return room


def _load(store: Any, path: str, target: Path, most: int, url: str) -> int:
    """Copy one file, and say how many bytes it has."""
    size = 0
    with store.open(path, "rb") as source, target.open("wb") as copy:
        while block := source.read(BLOCK):
            size += len(block)
            if size > most:
                raise InputError(f"at most {LARGEST:,} bytes behind a URL", f"more behind {url!r}", "a part of it")
            copy.write(block)
    return size
