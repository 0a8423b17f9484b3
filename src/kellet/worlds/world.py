"""World: all worlds that come with Kellet, told apart by their ``kind``; each is read and split once a process."""

from functools import lru_cache
from os import PathLike
from typing import Protocol, TypeVar, runtime_checkable

import msgspec

from kellet.data import files
from kellet.data.source import Corpus, DataSet, Law, Source
from kellet.errors import InputError
from kellet.worlds.digits import Digits
from kellet.worlds.distributions import Distribution
from kellet.worlds.images import Images
from kellet.worlds.ising import Ising, SpinGlass
from kellet.worlds.labelled import Labelled
from kellet.worlds.linear import Linear
from kellet.worlds.mixed import Mixed
from kellet.worlds.tables import Column, Table
from kellet.worlds.text import Text
from kellet.worlds.words import Words

OfFiles = Images | Words | Text | Table | Column | Mixed | Labelled
World = Distribution | Linear | Ising | SpinGlass | Digits | OfFiles
W = TypeVar("W", bound=World)


@runtime_checkable
class Openable(Protocol):
    """A world of somebody's own, as far as anybody can tell from outside."""

    def open(self, replicates: int = 1) -> Source: ...


def check_world(world: object) -> None:
    """Bad input where nothing real can be observed from it: data are not a world, but can be read as one."""
    if isinstance(world, PathLike) or not isinstance(world, Openable | Law | DataSet | Corpus):
        got = f"{type(world).__name__} {world!r}"
        raise InputError(
            "a world to observe real points from", got, "kellet.read(...).experiment.world, or kellet.worlds.Normal()"
        )


def identify(world: W) -> W:
    """The same world of files, that says what is in them, and where they are from anywhere."""
    if not isinstance(world, OfFiles):
        return world
    known = files.check(world.path, world.digest)
    path = None if world.path is None else files.make_absolute(world.path)
    return msgspec.structs.replace(world, digest=known, path=path)


def open_world(world: World | Source, replicates: int = 1) -> Source:
    """What real points are observed from, by so many replicates.

    A world of files that says what is in them (``digest``, as every resolved one does) is opened once a process, and
    any other one each time: its files may have changed.
    """
    if isinstance(world, Law | DataSet | Corpus):
        return world.repeat(replicates)
    if isinstance(world, OfFiles) and world.digest is not None:
        return _open(msgspec.json.encode(world)).repeat(replicates)
    return world.open(replicates)


@lru_cache(maxsize=4)
def _open(world: bytes) -> Source:
    """A world of files, as JSON: one that says what columns are is no key of a cache itself."""
    known: OfFiles = msgspec.json.decode(world, type=OfFiles)
    return known.open()
