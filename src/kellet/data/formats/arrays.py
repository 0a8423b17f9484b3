"""Arrays: named arrays as people have them, as the columns of a table or as pictures with their classes."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kellet.data.content import Album, Rows
from kellet.data.formats.columns import require_width
from kellet.data.formats.pictures import classify
from kellet.data.formats.pixels import bound, stretch
from kellet.data.formats.sampling import choose_rows, count_rows, describe_sample
from kellet.data.formats.splits import WORDS, bare, choose_split, split_of
from kellet.errors import InputError

if TYPE_CHECKING:
    import polars as pl

Arrays = dict[str, NDArray[Any]]

LABELS = frozenset({"y", "label", "labels", "target", "targets", "class", "classes"})
BLOCK = 50_000
"""Rows that are gathered at once."""
SIDE = 4
"""Pixels along a side, from which on an array of three axes is taken for pictures."""


def arrange(arrays: Arrays, source: str, part: str | None = None) -> Rows | Album:
    """Arrays with one row per point as a table, or as pictures (n, h, w[, c]) with their classes.

    Where names say that arrays are of splits, those of the training split are taken; one called ``white`` may say what
    is white in the pictures.  source: what they are called where they are refused.  part: a split, or the name of one
    array; of the others only its classes count then.

    >>> arrange({"x_train": np.ones((3, 2)), "y_train": np.arange(3), "x_test": np.ones((2, 2))}, "a.npz").notes
    ('Of the splits train and test, train is taken: x_test is left out.',)
    """
    arrays = {name: _check(name, array, source) for name, array in arrays.items()}
    arrays, notes = (
        _of_one_split(arrays) if part is None else ({name: arrays[name] for name in select(arrays, part, source)}, ())
    )
    pictures = [name for name, array in arrays.items() if _are_pictures(array)]
    if part in arrays and part not in pictures:
        arrays = {part: arrays[part]}
    if len(pictures) > 1:
        names = " and ".join(map(repr, pictures))
        raise InputError("one array of pictures", f"{names} in {source!r}", f"'{source}::{pictures[0]}'")
    if pictures:
        album = _draw(arrays.pop(pictures[0]), pictures[0], source)
        if (white := arrays.pop("white", None)) is not None and white.size == 1:
            album = replace(album, top=float(white.item()), read=album.read[:1])
        return _label(replace(album, notes=notes + album.notes), arrays)
    return _tabulate(arrays, source, notes)


def _check(name: str, array: NDArray[Any], source: str) -> NDArray[Any]:
    """The array as what a table can hold; what can't be numbers, words or dates is refused."""
    there = f"{name!r} in {source!r}"
    match array.dtype.kind:
        case "O":
            raise InputError("numbers or words", f"Python objects, {there}", "saving them with a type, as numbers")
        case "c":
            attempt = "the real and the imaginary part as two arrays"
            raise InputError("numbers", f"{array.dtype} numbers, {there}", attempt)
        case "V" if array.dtype.names is None:
            raise InputError("numbers or words", f"raw bytes ({array.dtype}), {there}", "saving them as numbers")
        case "f" if array.dtype.itemsize > 8:
            raise InputError("numbers of at most 64 bits", f"{array.dtype}, {there}", "saving them as float64")
        case "f" if array.dtype.itemsize == 2:
            return array.astype(np.float32)
        case "S":
            return np.char.decode(array, "utf-8", "replace")
        case "M" | "m" if np.datetime_data(array.dtype)[0] not in ("ns", "us", "ms"):
            return array.astype(f"{array.dtype.kind}8[us]")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def select(names: Iterable[str], part: str, source: str) -> list[str]:
    """The arrays that a part stands for: those of a split, or one of them and then what may be its classes."""
    names = list(names)
    split = split_of(part)
    if part in names:
        return [part, *(name for name in names if name != part and split_of(name) == split and _is_label(name))]
    if chosen := [name for name in names if part in WORDS and split_of(name) == split]:
        return chosen
    got = f"{part!r}, which {source!r} doesn't have"
    raise InputError(f"one of the arrays {', '.join(map(repr, names))}", got, f"'{source}::{names[0]}'")


def _is_label(name: str) -> bool:
    return bare(name).split("_")[-1] in LABELS


def _of_one_split(arrays: Arrays) -> tuple[Arrays, tuple[str, ...]]:
    splits = {name: split_of(name) for name in arrays}
    if len(set(splits.values()) - {None}) < 2:
        return arrays, ()
    chosen = choose_split(splits.values())
    # What belongs to no split, such as the names of classes, goes with each.
    left = [name for name in arrays if splits[name] not in (chosen, None)]
    there = " and ".join(dict.fromkeys(split for split in splits.values() if split))
    verb = "is" if len(left) == 1 else "are"
    note = f"Of the splits {there}, {chosen} is taken: {', '.join(left)} {verb} left out."
    return {name: array for name, array in arrays.items() if name not in left}, (note,)


def _are_pictures(array: NDArray[Any]) -> bool:
    """Whether (n, h, w), (n, h, w, c) or (n, c, h, w) numbers can be shown."""
    if array.dtype.kind not in "buif" or array.size == 0:
        return False
    if array.ndim == 4:
        return array.shape[3] in (1, 3, 4) or array.shape[1] in (1, 3, 4)
    # A curve of several quantities has three axes too: it is none of pictures where numbers are below 0.
    return array.ndim == 3 and min(array.shape[1:]) >= SIDE and bool(array.min() >= 0)


def _draw(array: NDArray[Any], name: str, source: str) -> Album:
    read = [f"pictures from the array {name!r}"]
    if array.ndim == 3:
        array = array[..., None]
    elif array.shape[3] not in (1, 3, 4):
        array = np.moveaxis(array, 1, 3)
        read.append("colours first")
    if array.shape[3] == 4:
        array = array[..., :3]
        read.append("see-through parts as they are without")
    bound(len(array), array.shape[1:], f"{source}::{name}")
    pixels, top, phrase = stretch(array)
    # A copy, since what is mapped would change with its file.
    return Album(np.array(pixels, order="C"), top=top, read=(*read, phrase) if phrase else tuple(read))


def _label(album: Album, arrays: Arrays) -> Album:
    """The album with the classes that stand in an array beside it; what else is there is left out and said to be."""
    n = len(album.pixels)
    flat = {name: labels for name, array in arrays.items() if (labels := _codes(array, n)) is not None}
    named = [name for name in flat if _is_label(name)]
    chosen = named[0] if named else next(iter(flat)) if len(flat) == 1 else None
    if chosen is not None:
        album = classify(album, flat[chosen])
        if album.labels is not None:
            album = replace(album, read=(*album.read, f"classes from {chosen!r}"))
    if left := [name for name in arrays if name != chosen]:
        album = replace(album, notes=(*album.notes, f"Left out beside the pictures: {', '.join(left)}."))
    return album


def _codes(array: NDArray[Any], n: int) -> NDArray[Any] | None:
    """Classes (n,) from numbers or words (n,), (n, 1), or from one-hot rows (n, k)."""
    if array.ndim not in (1, 2) or len(array) != n or array.dtype.names is not None:
        return None
    if array.ndim == 1 or array.shape[1] == 1:
        whole = array.dtype.kind != "f" or bool((array == np.round(array)).all())
        return (array.astype(np.int64) if array.dtype.kind == "f" else array).ravel() if whole else None
    hot = array.dtype.kind in "buif" and bool(((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all())
    return array.argmax(axis=1) if hot else None


def _tabulate(arrays: Arrays, source: str, notes: tuple[str, ...]) -> Rows:
    """Columns (n,), or (n, ...) number by number; arrays of another length are left out and said to be."""
    import polars as pl

    rows = {name: array for name, array in arrays.items() if array.ndim > 0}
    if not rows:
        got = f"a single number, {next(iter(arrays), 'nothing')}, in {source!r}"
        raise InputError("arrays with one row a point", got, "an array (rows, columns)")
    if empty := [name for name, array in rows.items() if array.size == 0]:
        expected, got = "arrays with rows and columns", f"{empty[0]!r} of shape {rows[empty[0]].shape} in {source!r}"
        raise InputError(expected, got, "an array with something in it")
    for name, array in rows.items():
        require_width(array.size // len(array) * len(array.dtype.names or (1,)), f"{name!r} of {source!r}")
    n = len(max(rows.values(), key=lambda array: (array.size, len(array))))
    if left := [name for name in arrays if name not in rows or len(rows[name]) != n]:
        notes = (*notes, f"Left out, since they have not {n:,} rows: {', '.join(left)}.")
    rows = {name: array for name, array in rows.items() if name not in left}
    width = sum(array.size // n for array in rows.values())
    places = choose_rows(n, count_rows(width))
    if places is not None:
        notes = (*notes, describe_sample(len(places), n))
    columns = [column for name, array in rows.items() for column in _columns(name, array, places)]
    read = tuple(f"{name!r} of {array.shape} number by number" for name, array in rows.items() if array.ndim > 2)
    return Rows(pl.DataFrame(columns), read, notes, None if places is None else n)


def _gather(array: NDArray[Any], places: NDArray[np.int64]) -> NDArray[Any]:
    """Rows of an array, which may be mapped from a file larger than memory: its pages are given back once read."""
    found = np.empty((len(places), *array.shape[1:]), dtype=array.dtype)
    for start in range(0, len(places), BLOCK):
        found[start : start + BLOCK] = array[places[start : start + BLOCK]]
        if isinstance(array.base, mmap.mmap) and sys.platform != "win32":
            array.base.madvise(mmap.MADV_DONTNEED)
    return found


def _mend(array: NDArray[Any]) -> NDArray[Any]:
    """Words without numbers that stand for no sign."""
    codes = np.ascontiguousarray(array).reshape(-1).view(np.uint32)
    odd = (codes > 0x10FFFF) | ((codes >= 0xD800) & (codes < 0xE000))
    if not odd.any():
        return array
    return np.where(odd, np.uint32(0xFFFD), codes).view(array.dtype).reshape(array.shape)


def _columns(name: str, array: NDArray[Any], places: NDArray[np.int64] | None = None) -> Iterable[pl.Series]:
    """One column, or as many as a row has numbers; the fields of a structured array under their own names.

    places: the rows that are taken, if not all.
    """
    import polars as pl

    if places is not None:
        array = _gather(array, places)
    if array.dtype.kind == "U":
        array = _mend(array)
    if array.dtype.names is not None:
        own = "" if name == "x" else f"{name}."
        for field in array.dtype.names:
            yield from _columns(own + field, _check(field, array[field], name))
        return
    flat = array.reshape(len(array), -1)
    for i in range(flat.shape[1]):
        yield pl.Series(name if flat.shape[1] == 1 else f"{name}{i}", np.ascontiguousarray(flat[:, i]))
