"""Plain files: what is read whole is a file, and no larger than it can be in earnest."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from kellet.errors import InputError

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
    stat.S_IFLNK: "a link that leads nowhere",
}


def name_kind(mode: int) -> str:
    """What a path is that is no plain file; empty where it is one."""
    return "" if stat.S_ISREG(mode) else KINDS.get(stat.S_IFMT(mode), "no file")


def read_plain(path: str | Path, most: int) -> bytes:
    """What is in a file of at most so many bytes; a pipe or a device is refused, and not opened."""
    try:
        found = os.stat(path)  # noqa: PTH116 -- through Path it takes several times as long, of ten thousand files
        if kind := name_kind(found.st_mode):
            raise InputError("a file", f"{path}, which is {kind}", "deleting it, or another path")
        if found.st_size <= most:
            with open(path, "rb", 0) as file:  # noqa: PTH123
                # A file of the system's may hold more than it says.
                data = file.read() if found.st_size else file.read(most + 1)
            if len(data) <= most:
                return data
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        raise InputError("a file that can be read", f"{path}: {error.strerror or error}", "another path") from None
    raise InputError(f"a file of at most {most:,} bytes", f"{path}, which is larger", "another file")
