"""IDX: bytes (n, h, w) as MNIST comes in, with the classes in a file beside it."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kellet.data.content import Album
from kellet.data.formats.damage import name_damage
from kellet.data.formats.pictures import classify
from kellet.data.formats.pixels import MOST, bound
from kellet.errors import InputError

MARK = b"\0\0\x08"
"""Of bytes; how many axes there are stands in the byte behind it."""
AGAIN = "downloading it again"


def is_idx(path: Path, axes: bytes = b"\x01\x02\x03\x04") -> bool:
    """Whether it is an idx file of bytes with so many axes, packed by gzip or not."""
    try:
        with gzip.open(path) if _is_packed(path) else path.open("rb") as stream:
            head = stream.read(4)
    except (OSError, EOFError, zlib.error):
        return False
    return len(head) == 4 and head[:3] == MARK and head[3] in axes


def _is_packed(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def labels_beside(images: Path) -> Path | None:
    """The labels beside an idx file of images: the same name but for ``labels`` and ``idx1``, packed or not."""
    name = images.name.replace("images", "labels").replace("idx3", "idx1")
    if name == images.name:
        return None
    stem = name.removesuffix(".gz")
    return next((p for p in (images.with_name(stem), images.with_name(f"{stem}.gz")) if p.is_file()), None)


def read_idx(paths: Sequence[Path]) -> Album:
    """The pictures of these files, and their classes where each has some beside it.

    Y. LeCun, C. Cortes and C. Burges, The MNIST database, describe the format.
    """
    parts = [_read(path, 3) for path in paths]
    for path, part in zip(paths, parts, strict=True):
        if part.shape[1:] != parts[0].shape[1:]:
            expected = f"pictures of {_size(parts[0])} like {paths[0].name!r}"
            raise InputError(expected, f"{str(path)!r}, of {_size(part)}", "one of the two")
    album = Album(np.concatenate(parts)[..., None], read=("idx",))
    found = []
    for part, path in zip(parts, paths, strict=True):
        beside = labels_beside(path)
        if beside is None:
            return album
        found.append(_read(beside, 1))
        if len(found[-1]) != len(part):
            got = f"{len(found[-1])} in {str(beside)!r}"
            raise InputError(f"{len(part)} labels for {path.name!r}", got, "the file that fits")
    return classify(album, np.concatenate(found))


def _size(part: NDArray[Any]) -> str:
    return f"{part.shape[2]} × {part.shape[1]} pixels"


def _read(path: Path, axes: int) -> NDArray[np.uint8]:
    """An idx file of bytes with that many axes."""
    with (
        name_damage("a readable idx file", path, AGAIN),
        gzip.open(path) if _is_packed(path) else path.open("rb") as stream,
    ):
        magic = stream.read(4)
        if magic != MARK + bytes([axes]):
            got = f"{str(path)!r}, which begins with {magic.hex()}"
            raise InputError(f"an idx{axes} file of bytes", got, "the file of images" if axes == 3 else AGAIN)
        header = stream.read(4 * axes)
        if len(header) < 4 * axes:
            raise InputError(f"an idx{axes} file of bytes", f"{str(path)!r}, which ends in its header", AGAIN)
        shape = struct.unpack(f">{axes}I", header)
        if axes == 3:
            bound(shape[0], (*shape[1:], 1), path)
        wanted = math.prod(shape)
        # One more than wanted: what a small packed file unpacks to is not to be trusted.
        values = stream.read(min(wanted, MOST) + 1)
    if len(values) != wanted:
        got = f"{'more' if len(values) > wanted else f'{len(values):,}'} in {str(path)!r}"
        raise InputError(f"{wanted:,} bytes after the header, as it says", got, AGAIN)
    return np.frombuffer(values, dtype=np.uint8).reshape(shape)
