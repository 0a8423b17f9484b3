"""Opening: a world is read and split once a process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import msgspec

from kellet.data import files
from kellet.data.source import Corpus, DataSet, Law, Source
from kellet.worlds.world import OfFiles, World

W = TypeVar("W", bound=World)


def identify(world: W) -> W:
    """The same world of files, that says what is in them, and where they are from anywhere."""
    if not isinstance(world, OfFiles) or world.path is None:
        return world
    known = files.check(world.path, world.digest)
    return msgspec.structs.replace(world, digest=known, path=str(Path(world.path).absolute()))


def opened(world: World | Source, replicates: int = 1) -> Source:
    """What real points are observed from, by so many replicates.

    A world of files that says what is in them (``digest``, as every resolved one does) is opened once a process, and
    any other one each time: its files may have changed.
    """
    if isinstance(world, Law | DataSet | Corpus):
        return world.repeated(replicates)
    if isinstance(world, OfFiles) and world.digest is not None:
        return _opened(world).repeated(replicates)
    return world.open(replicates)


@lru_cache(maxsize=4)
def _opened(world: World) -> Source:
    return world.open()
