"""Worlds made of a person's own pictures: folders of PNG or JPEG, and idx files as MNIST comes in."""

from __future__ import annotations

import gzip
import struct
import zlib
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kellet.data import files
from kellet.data.classes import Classes
from kellet.data.source import DataSet, split
from kellet.errors import InputError
from kellet.evidence import Array
from kellet.worlds.observable import Recipe

Pixels = NDArray[np.uint8]

LARGEST = 50_000
"""Numbers in one picture; 128 by 128 in colour are 49,152."""
MOST = 2**29
"""Numbers in all of them."""
SEEN = 24
ROOM, FEWEST, ENOUGH = 20_000_000, 300, 10_000
"""Pictures that components are learnt from: as many as hold this many numbers, but FEWEST to ENOUGH of them."""
ROWS = 4096
GREY = ("1", "L", "LA")


class Images(Recipe, frozen=True, omit_defaults=True, tag="images"):
    """Pictures, all of the same height h, width w and number of channels c (1 if all are grey, else 3), from 0 to 1.

    path: a folder or glob of PNG or JPEG files, whose subfolders, if there are several, are the classes; or an idx file
    of bytes (n, h, w), .gz or not, whose classes are in the file beside it of the same name but for ``labels`` and
    ``idx1`` in place of ``images`` and ``idx3``.  A frozen reader looks for the classes in what models write.
    components: how many principal components the pictures are seen through, learnt once on the real training split and
    then frozen like a tokeniser; points are (components,), fewer where the pictures have fewer.  0: points are the
    pixels, row by row, (h w c,), and only metrics and the reader see them through 24 components.  seed: of the split
    into training (60 %), reserve (20 %) and held-out (20 %).  digest: of the contents, filled in when an experiment is
    resolved.

    Y. LeCun, C. Cortes and C. Burges, The MNIST database, describe the idx format.
    """

    path: str
    components: int = SEEN
    seed: int = 0
    digest: str | None = None

    subject: ClassVar[str] = "pictures"

    def __post_init__(self) -> None:
        if self.components < 0:
            raise InputError("0 or more components", self.components, "24, or 0 for pixels")

    def describe(self) -> str:
        seen = f", seen through their {self.components} main components" if self.components else ""
        return f"the pictures of {Path(self.path).name}{seen}"

    def open(self, replicates: int = 1) -> DataSet:
        contents = files.check(self.path, self.digest)
        (training, reserve, heldout), classes, view = _points(self.path, self.components, self.seed, contents)
        return DataSet(training, reserve, heldout, replicates, classes=classes, view=view)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(h, w, c)."""
        h, w, c = _read(self.path, self.digest or files.digest(self.path)).pixels.shape[1:]
        return h, w, c

    def pictures(self, points: Array) -> Pixels:
        """Points (n, d) as pictures (n, h, w), or (n, h, w, 3) in colour."""
        values = points.reshape(len(points), -1)
        if self.components:
            eye = _look(self.path, self.components, self.seed, self.digest or files.digest(self.path))
            values = values @ eye.components.T + eye.mean
        h, w, c = self.shape
        found = np.asarray(np.clip(255 * values, 0, 255).round(), dtype=np.uint8)
        return found.reshape((-1, h, w) if c == 1 else (-1, h, w, c))


class Album(NamedTuple):
    """pixels: (N, h, w, c).  labels: (N,) numbers of classes and their names, or None."""

    pixels: Pixels
    labels: NDArray[np.int64] | None
    names: tuple[str, ...]


class Eye(NamedTuple):
    """Principal components: mean (D,), components (D, d)."""

    mean: Array
    components: Array


@lru_cache(maxsize=2)
def _points(
    path: str, components: int, seed: int, contents: str
) -> tuple[tuple[Array, Array, Array], Classes | None, Array | None]:
    pixels, labels, names = _read(path, contents)
    training, reserve, heldout = split(len(pixels), seed)
    eye = _look(path, components or SEEN, seed, contents)
    seen = np.concatenate(
        [_flat(pixels[start : start + ROWS]) @ eye.components for start in range(0, len(pixels), ROWS)]
    )
    if components:
        seen -= eye.mean @ eye.components
    classes = None
    if labels is not None:
        classes = Classes.learn(names, (seen[training], labels[training]), (seen[heldout], labels[heldout]))
    if components:
        return (seen[training], seen[reserve], seen[heldout]), classes, None
    return (_flat(pixels[training]), _flat(pixels[reserve]), _flat(pixels[heldout])), classes, eye.components


@lru_cache(maxsize=2)
def _look(path: str, components: int, seed: int, contents: str) -> Eye:
    pixels = _read(path, contents).pixels
    size = pixels[0].size
    points = _flat(pixels[split(len(pixels), seed)[0][: int(np.clip(ROOM // size, FEWEST, ENOUGH))]])
    mean = points.mean(axis=0)
    points -= mean
    if size <= len(points):
        values, vectors = np.linalg.eigh(points.T @ points)
    else:
        # The same directions from the products of pictures with each other, where those are fewer than the pixels.
        values, turns = np.linalg.eigh(points @ points.T)
        vectors = points.T @ turns / np.sqrt(np.maximum(values, 1e-300))
    # A single pixel that differs by one of 255 steps counts for 1e-5; rounding for far less.
    alive = int((values > max(1e-9 * values[-1], 1e-12)).sum())
    if alive == 0:
        raise InputError("pictures that differ from each other", f"{len(points)} that are all the same", "other files")
    chosen = vectors[:, ::-1][:, : min(components, alive)]
    # The sign of an eigenvector is arbitrary: fix it, so that every machine sees the same points.
    chosen = chosen * np.sign(chosen[abs(chosen).argmax(axis=0), np.arange(chosen.shape[1])])
    return Eye(mean, chosen)


def _flat(pixels: Pixels) -> Array:
    """Pictures (n, h, w, c) as (n, h w c), from 0 to 1."""
    return pixels.reshape(len(pixels), -1) / 255


@lru_cache(maxsize=1)
def _read(path: str, contents: str) -> Album:
    """All pictures behind path; contents: their digest, so that files that changed are read again."""
    there = files.files(path)
    album = _read_idx(there) if files.is_idx(there[0]) else _read_pictures(there)
    files.require_points(len(album.pixels), "pictures", path)
    return album


def _read_pictures(paths: list[Path]) -> Album:
    first = _decode(paths[0])
    pictures = np.empty((_within(len(paths), first.shape, paths[0]), *first.shape), dtype=np.uint8)
    for i, path in enumerate(paths):
        found = _decode(path)
        if found.shape[:2] != first.shape[:2]:
            expected = f"pictures of {_size(first)} like {paths[0].name}"
            raise InputError(expected, f"{path}, of {_size(found)}", "cutting it to that size")
        if found.shape[2] > pictures.shape[3]:
            pictures = pictures.repeat(3, axis=3)
        pictures[i] = found
    folders = [path.parent.name for path in paths]
    names = tuple(sorted(set(folders)))
    labels = np.array([names.index(folder) for folder in folders]) if len(names) > 1 else None
    return Album(pictures, labels, names if len(names) > 1 else ())


def _size(picture: Pixels) -> str:
    return f"{picture.shape[1]} × {picture.shape[0]} pixels"


def _decode(path: Path) -> Pixels:
    """(h, w, c): one picture, c = 1 if it is grey, else 3; see-through parts as they are without."""
    from PIL import Image

    try:
        with Image.open(path, formats=("PNG", "JPEG")) as picture:
            # Before anything is unpacked: the size is in the header.
            _within(1, (picture.height, picture.width, 1 if picture.mode in GREY else 3), path)
            found = np.asarray(picture.convert("L" if picture.mode in GREY else "RGB"))
    except InputError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        got = f"{path}: {str(error).splitlines()[0]}"
        raise InputError("a readable PNG or JPEG picture", got, "saving it again, or removing it") from None
    return found[:, :, None] if found.ndim == 2 else found


def _within(n: int, shape: tuple[int, ...], path: Path) -> int:
    """n, where n pictures of this shape are not too many and not too large."""
    numbers = int(np.prod(shape))
    if not 1 <= numbers <= LARGEST:
        size = f"{shape[1]} × {shape[0]} pixels{' in colour' if shape[2:] == (3,) else ''}"
        raise InputError(f"pictures of at most {LARGEST:,} numbers", f"{path}, of {size}", "scaling them to 32 × 32")
    if n * numbers > MOST:
        raise InputError(f"at most {MOST:,} numbers in all pictures", f"{n:,} of {numbers:,}", "fewer or smaller ones")
    return n


def _read_idx(paths: list[Path]) -> Album:
    parts = [_idx(path, 3) for path in paths]
    for path, part in zip(paths, parts, strict=True):
        if part.shape[1:] != parts[0].shape[1:]:
            expected = f"pictures of {_size(parts[0][0])} like {paths[0].name}"
            raise InputError(expected, f"{path}, of {_size(part[0])}", "one of the two")
    labelled = [files.labels_beside(path) for path in paths]
    pixels = np.concatenate(parts)[..., None]
    if any(beside is None for beside in labelled):
        return Album(pixels, None, ())
    found: list[Pixels] = []
    for beside, part, path in zip(labelled, parts, paths, strict=True):
        assert beside is not None
        found.append(_idx(beside, 1))
        if len(found[-1]) != len(part):
            got = f"{len(found[-1])} in {beside}"
            raise InputError(f"{len(part)} labels for {path.name}", got, "the file that fits")
    values, labels = np.unique(np.concatenate(found), return_inverse=True)
    if len(values) < 2:
        return Album(pixels, None, ())
    return Album(pixels, labels.astype(np.int64), tuple(str(value) for value in values))


def _idx(path: Path, axes: int) -> Pixels:
    """An idx file of bytes with that many axes."""
    attempt = "downloading it again"
    try:
        with gzip.open(path) if files.is_gzip(path) else path.open("rb") as stream:
            magic = stream.read(4)
            if magic != bytes([0, 0, 8, axes]):
                raise InputError(f"an idx{axes} file of bytes", f"{path}, which begins with {magic.hex()}", attempt)
            header = stream.read(4 * axes)
            if len(header) < 4 * axes:
                raise InputError(f"an idx{axes} file of bytes", f"{path}, which ends in its header", attempt)
            shape = struct.unpack(f">{axes}I", header)
            if axes == 3:
                _within(shape[0], (*shape[1:], 1), path)
            wanted = int(np.prod(shape))
            # One more than wanted: what a small packed file unpacks to is not to be trusted.
            values = stream.read(min(wanted, MOST) + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError("a readable idx file", f"{path}: {str(error).splitlines()[0]}", attempt) from None
    if len(values) != wanted:
        got = f"{'more' if len(values) > wanted else f'{len(values):,}'} in {path}"
        raise InputError(f"{wanted:,} bytes after the header, as it says", got, attempt)
    return np.frombuffer(values, dtype=np.uint8).reshape(shape)
