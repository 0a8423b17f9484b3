"""NPY: arrays of NumPy, judged by their headers before anything is allocated; pickles are never loaded."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from kellet.data.content import Album, Rows
from kellet.data.formats.arrays import arrange, select
from kellet.data.formats.damage import name_damage
from kellet.errors import InputError
from kellet.memory import require

MARK = b"\x93NUMPY"
LARGEST = 2**35
"""Bytes of one array; of a table that large only a sample of its rows is read."""

UNPACKED, RATIO = 2**28, 300
"""Bytes of all arrays, unpacked, or so many times as many as the file has: few hardly pack better."""


def is_npy(path: Path) -> bool:
    """Whether it is a single array, by its first bytes or its ending."""
    with path.open("rb") as stream:
        return stream.read(len(MARK)) == MARK or path.suffix.lower() == ".npy"


def is_npz(path: Path) -> bool:
    """Whether it is a zip of arrays."""
    if path.suffix.lower() == ".npz":
        return True
    try:
        with zipfile.ZipFile(path) as box:
            names = box.namelist()
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return bool(names) and all(name.endswith(".npy") for name in names)


def read_npy(paths: Sequence[Path], part: str | None = None) -> Rows | Album:
    """What arrays of these files hold, one after the other."""
    if part is not None:
        raise InputError("the path of an array", f"'{paths[0]}::{part}'", f"{str(paths[0])!r}, which has only one")
    several: list[NDArray[Any]] = []
    for path in paths:
        with _named(path), path.open("rb") as stream:
            several.append(_read(stream, path.stat().st_size, "x", path, mapped=True))
    return _within(paths, {"x": _join(several, paths)}, None)


def read_npz(paths: Sequence[Path], part: str | None = None) -> Rows | Album:
    """What the arrays of these files hold: as columns, or as pictures with their classes; part: the name of one."""
    several = [_open(path, part) for path in paths]
    for path, arrays in zip(paths, several, strict=True):
        if arrays.keys() != several[0].keys():
            expected = f"the arrays {', '.join(map(repr, several[0]))} in each file"
            raise InputError(expected, f"{', '.join(map(repr, arrays))} in {str(path)!r}", "one of the files")
    return _within(paths, {name: _join([arrays[name] for arrays in several], paths) for name in several[0]}, part)


def _within(paths: Sequence[Path], arrays: dict[str, NDArray[Any]], part: str | None) -> Rows | Album:
    return arrange(arrays, str(paths[0]) if len(paths) == 1 else str(paths[0].parent), part)


def _open(path: Path, part: str | None) -> dict[str, NDArray[Any]]:
    found = {}
    with _named(path), zipfile.ZipFile(path) as box:
        names = [name for name in box.namelist() if name.endswith(".npy") and not name.startswith("__MACOSX")]
        if not names:
            raise InputError("arrays of NumPy", f"{str(path)!r}, which holds none", "numpy.savez")
        known = [name.removesuffix(".npy") for name in names]
        left = most = max(UNPACKED, RATIO * path.stat().st_size)
        for name in known if part is None else select(known, part, str(path)):
            info = box.getinfo(f"{name}.npy")
            if info.flag_bits & 1:
                raise InputError("arrays that can be read", f"{str(path)!r}, which is encrypted", "unpacking it first")
            left -= info.file_size
            require(2 * (most - left), f"{str(path)!r}", "one of its arrays")
            if left < 0:
                raise InputError(f"at most {most:,} bytes inside", f"more in {str(path)!r}", "a file with fewer arrays")
            with box.open(info) as stream:
                found[name] = _read(stream, info.file_size, name, path)
    return found


def _named(path: Path) -> Any:
    return name_damage(f"a readable {path.suffix.lower() or '.npy'} table", path, "copying or saving it again")


def _read(stream: IO[bytes], size: int, name: str, path: Path, mapped: bool = False) -> NDArray[Any]:
    """One array of a stream of that many bytes, which must be as many as its header says.

    mapped: whether the stream is the file itself, and what is not needed need not be read.
    """
    version = np.lib.format.read_magic(stream)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    try:
        shape, fortran, kind = header(stream)
    except (SyntaxError, TokenError, RecursionError, MemoryError):
        raise ValueError("its header says nothing") from None
    there = f"{name!r} in {str(path)!r}"
    if kind.hasobject:
        raise InputError(f"a readable {path.suffix.lower() or '.npy'} table", f"{there}, pickled objects", "numbers")
    count = math.prod(shape)
    if any(not 0 <= n < 2**63 for n in shape) or (count and not kind.itemsize):
        raise InputError("an array", f"{there}, of shape {shape}", "another file")
    wanted = count * kind.itemsize
    if wanted > LARGEST:
        expected = f"an array of at most {LARGEST:,} bytes"
        raise InputError(expected, f"{there}, whose header says {wanted:,}", "a part of it")
    left = size - stream.tell()
    if left < wanted:
        expected = f"{wanted:,} bytes of numbers, as the header says"
        raise InputError(expected, f"{left:,} for {there}", "copying the file again")
    if mapped and wanted:
        return np.memmap(path, kind, "r", stream.tell(), shape, "F" if fortran else "C")
    values = stream.read(wanted)
    if len(values) < wanted:
        raise EOFError(f"{len(values):,} of {wanted:,} bytes are there")
    flat = np.frombuffer(values, dtype=kind, count=count) if wanted else np.empty(count, dtype=kind)
    return flat.reshape(shape[::-1]).T if fortran else flat.reshape(shape)


def _join(several: list[NDArray[Any]], paths: Sequence[Path]) -> NDArray[Any]:
    if len(several) == 1:
        return several[0]
    first = several[0]
    for path, other in zip(paths, several, strict=True):
        if other.shape[1:] != first.shape[1:] or other.ndim == 0 or other.dtype.kind != first.dtype.kind:
            expected = f"arrays like {paths[0].name!r}, {_name(first)}"
            raise InputError(expected, f"{str(path)!r}, {_name(other)}", "one of the two")
    return np.concatenate(several)


def _name(array: NDArray[Any]) -> str:
    return f"{array.dtype} of shape {array.shape}"
