"""Worlds made of a person's own pictures."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kellet.data import files, reading
from kellet.data.classes import Classes
from kellet.data.content import Album
from kellet.data.sight import Sight
from kellet.data.source import DataSet, split
from kellet.errors import InputError
from kellet.evidence import Array
from kellet.worlds.observable import Recipe

Pixels = NDArray[np.uint8]

SEEN = 24
ROOM, FEWEST, ENOUGH = 20_000_000, 300, 10_000
"""Pictures that components are learnt from: as many as hold this many numbers, but FEWEST to ENOUGH of them."""
ROWS = 4096


class Images(Recipe, frozen=True, omit_defaults=True, tag="images"):
    """Pictures, all of the same height h, width w and number of channels c (1 if all are grey, else 3), from 0 to 1.

    path: a folder or glob of files that Pillow reads, whose subfolders, if there are several, are the classes; an idx
    file of bytes (n, h, w), .gz or not, whose classes are in the file beside it of the same name but for ``labels`` and
    ``idx1`` in place of ``images`` and ``idx3``; an npy or npz file; a tar archive of samples; or a saved data set.  A
    frozen reader looks for the classes in what models write.
    components: how many principal components the pictures are seen through, learnt once on the real training split and
    then frozen like a tokeniser; points are (components,), fewer where the pictures have fewer.  0: points are the
    pixels, row by row, (h w c,), and only metrics and the reader see them through 24 components.  seed: of the split
    into training (60 %), reserve (20 %) and held-out (20 %).  digest: of the contents, filled in when an experiment is
    resolved.
    """

    path: str
    components: int = SEEN
    seed: int = 0
    digest: str | None = None

    unit: ClassVar[str] = "pictures"
    subject: ClassVar[str] = "pictures"

    def __post_init__(self) -> None:
        self.check_least(0, "seed")
        if self.components < 0:
            raise InputError("0 or more components", self.components, "24, or 0 for pixels")

    def describe(self) -> str:
        seen = f", seen through their {self.components} main components" if self.components else ""
        return f"the pictures of {Path(self.path).name}{seen}"

    def open(self, replicates: int = 1) -> DataSet:
        contents = files.check(self.path, self.digest)
        (training, reserve, heldout), classes, view = _points(self.path, self.components, self.seed, contents)
        return DataSet(training, reserve, heldout, replicates, classes=classes, view=view)

    def sight(self) -> Sight:
        album = _read(self.path, files.check(self.path, self.digest))
        h, w, c = album.pixels.shape[1:]
        classes = f", {len(album.names)} classes" if album.names else ""
        read = (f"{w} × {h} pixels{' in colour' if c == 3 else ''}{classes}", *album.read)
        seen = f"through their {self.components} main components" if self.components else "pixel by pixel"
        name = Path(self.path).name
        return Sight(name, "pictures", len(album.pixels), read, notes=album.notes, default=f"learnt {seen}")

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


class Eye(NamedTuple):
    """Principal components: mean (D,), components (D, d)."""

    mean: Array
    components: Array


@lru_cache(maxsize=2)
def _points(
    path: str, components: int, seed: int, contents: str
) -> tuple[tuple[Array, Array, Array], Classes | None, Array | None]:
    album = _read(path, contents)
    pixels, labels = album.pixels, album.labels
    training, reserve, heldout = split(len(pixels), seed)
    eye = _look(path, components or SEEN, seed, contents)
    seen = np.concatenate(
        [_flat(pixels[start : start + ROWS], album.top) @ eye.components for start in range(0, len(pixels), ROWS)]
    )
    if components:
        seen -= eye.mean @ eye.components
    classes = None
    if labels is not None:
        classes = Classes.learn(album.names, (seen[training], labels[training]), (seen[heldout], labels[heldout]))
    if components:
        return (seen[training], seen[reserve], seen[heldout]), classes, None
    raw = [_flat(pixels[rows], album.top) for rows in (training, reserve, heldout)]
    return (raw[0], raw[1], raw[2]), classes, eye.components


@lru_cache(maxsize=2)
def _look(path: str, components: int, seed: int, contents: str) -> Eye:
    album = _read(path, contents)
    size = album.pixels[0].size
    learnt = split(len(album.pixels), seed)[0][: int(np.clip(ROOM // size, FEWEST, ENOUGH))]
    points = _flat(album.pixels[learnt], album.top)
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


def _flat(pixels: NDArray[np.generic], top: float) -> Array:
    """Pictures (n, h, w, c) as (n, h w c), from 0 to 1."""
    return np.asarray(np.true_divide(pixels.reshape(len(pixels), -1), top, dtype=np.float64))


@lru_cache(maxsize=1)
def _read(path: str, contents: str) -> Album:
    """All pictures behind path; contents: their digest, so that files that changed are read again."""
    album = reading.read(path)
    if not isinstance(album, Album):
        raise InputError("pictures", f"{path!r}, which holds none", "a folder of PNG files")
    files.require_points(len(album.pixels), "pictures", path)
    return album
