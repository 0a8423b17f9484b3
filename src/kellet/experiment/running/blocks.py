"""Blocks of replicates, and the files that hold them: tidy rows in Parquet, a block a file or many packed together."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Array, Integers
from kellet.experiment.running.columns import Columns
from kellet.experiment.running.stores import Place

NAME = re.compile(r"(\w+)-(\d+)-([0-9a-f]{8})\.(parquet|npz)")


Specimen = NDArray[Any]
"""Numbers of any kind that a model wrote, to be shown."""


class Specimens(Mapping[str, Specimen]):
    """What the first replicate of a cell wrote: name -> array, read when it is first looked at."""

    def __init__(self, where: Place, name: str):
        self._where, self._name = where, name

    @cached_property
    def _arrays(self) -> dict[str, Specimen]:
        data = self._where.read([self._name]).get(self._name, b"")
        if not is_sound(self._name, data):
            got = f"{self._where}/{self._name}, whose bytes changed"
            raise InputError("a block that Kellet wrote", got, "deleting that file and running again")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}

    def __getitem__(self, name: str) -> Specimen:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


def is_sound(name: str, data: bytes) -> bool:
    """Whether a file's bytes are those that its name tells of."""
    parts = NAME.fullmatch(name.rpartition("/")[2])
    return parts is not None and f"{zlib.crc32(data):08x}" == parts[3]


Key = tuple[str, int]
"""A block: the cell's hash, and its number."""


Mark = Literal["collapsed", "failed", "emptied", "absorbed", "still"]
MARKS: dict[Mark, int] = {"collapsed": -1, "failed": -1, "emptied": -1, "absorbed": -1, "still": 0}
"""What is known of each replicate, whatever is watched, and how it is said that it never happened."""


class Block(msgspec.Struct, frozen=True):
    """What one block of replicates gave.

    generations: (G,), those recorded.  values: metric name -> (R, G), held or read from its file when it is looked at.
    collapsed: (R,), the generation at which a fit degenerated, -1 where none did.  specimens: name -> array, a mapping, from the first replicate of block 0 only.
    failed: (R,), the generation at which somebody's program broke, -1 where none did; from then on nothing was
    measured.  failure: which generation, and what went wrong; empty where nothing did.  file: the one that it was read
    from, and when that was written.  emptied: (R,), the generation at which nothing was left to learn from, -1 where
    there always was something.  absorbed: (R,), the generation since which up to the last one the model can write one
    point only, -1 where it can write others; still: (R,), at how many generations it could not.  Old files don't tell
    of these three; then nothing of the kind happened.
    """

    cell: str
    number: int
    generations: Integers
    values: Mapping[str, Array]
    collapsed: Integers
    reason: str
    specimens: Mapping[str, Specimen]
    failed: Integers | None = None
    failure: str = ""
    file: tuple[str, float] | None = None
    emptied: Integers | None = None
    absorbed: Integers | None = None
    still: Integers | None = None

    @property
    def key(self) -> Key:
        """Its address."""
        return self.cell, self.number

    def mark(self, name: Mark) -> Integers:
        """(R,): the marks of that name; what stands for nothing everywhere where they were not given."""
        given = getattr(self, name)
        return np.full(len(self.collapsed), MARKS[name]) if given is None else np.asarray(given)


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """What the rows of a packed block don't hold.  file: the one that it was read from."""

    file: tuple[str, float]
    cell: str
    number: int
    reason: str = ""
    failure: str = ""


def encode(block: Block) -> bytes:
    """A file of one block."""
    return _file([block], {"kellet.reason": block.reason, "kellet.failure": block.failure})


def decode(tables: Mapping[Key, bytes], paths: Mapping[Key, Path] | None = None) -> Iterator[Block]:
    """The blocks of many files at once: as few reads as they have kinds of columns.

    paths: where the same bytes lie, if values are to be read from there when they are looked at, and not now.
    """
    import polars as pl

    if not tables:
        return
    try:
        yield from _together(tables, paths)
        return
    except (pl.exceptions.SchemaError, pl.exceptions.ColumnNotFoundError, pl.exceptions.ShapeError):
        alike: dict[tuple[str, ...], dict[Key, bytes]] = {}
        for key, data in tables.items():
            alike.setdefault(tuple(pl.read_parquet_schema(io.BytesIO(data))), {})[key] = data
    for same in alike.values():
        yield from _together(same, paths)


def pack_blocks(blocks: Iterable[Block]) -> Iterator[bytes]:
    """Files that hold all those blocks that were read from files of their own; one for each kind of columns."""
    alike: dict[tuple[str, ...], list[tuple[Entry, Block]]] = {}
    for block in blocks:
        if block.file:
            kept = Entry(block.file, *block.key, block.reason, block.failure)
            alike.setdefault(tuple(block.values), []).append((kept, block))
    for same in alike.values():
        told = msgspec.json.encode([kept for kept, _ in same]).decode()
        yield _file([block for _, block in same], {"kellet.files": told})


def unpack(pack: bytes) -> list[Block] | None:
    """What `pack` was given; None where the bytes are something else."""
    import polars as pl

    try:
        told = pl.read_parquet_metadata(io.BytesIO(pack))["kellet.files"]
        known = msgspec.json.decode(told, type=list[Entry])
        rows = pl.read_parquet(io.BytesIO(pack))
        keys = [(kept.cell, kept.number) for kept in known]
        blocks = _blocks(rows, keys, lambda i: (known[i].reason, known[i].failure))
    except (pl.exceptions.PolarsError, msgspec.DecodeError, KeyError, ValueError):
        return None
    return [msgspec.structs.replace(block, file=kept.file) for kept, block in zip(known, blocks, strict=True)]


def _file(blocks: Sequence[Block], metadata: dict[str, str]) -> bytes:
    """Blocks of the same columns, one after the other."""
    import polars as pl

    shapes = [next(iter(block.values.values())).shape for block in blocks]

    def columns() -> Iterator[tuple[str, list[NDArray[np.generic]]]]:
        # One at a time: of a block of millions of rows each is large.
        yield "replicate", [np.repeat(np.arange(r, dtype=np.int32), g) for r, g in shapes]
        yield "generation", [np.tile(np.asarray(b.generations, np.int64), len(b.collapsed)) for b in blocks]
        for mark in MARKS:
            yield mark, [np.repeat(b.mark(mark).astype(np.int32), g) for b, (_, g) in zip(blocks, shapes, strict=True)]
        for name in blocks[0].values:
            yield name, [b.values[name].ravel() for b in blocks]

    table = io.BytesIO()
    rows = pl.DataFrame(
        [pl.Series(name, parts[0] if len(parts) == 1 else np.concatenate(parts)) for name, parts in columns()]
    )
    rows.write_parquet(table, compression="lz4", statistics=False, metadata=metadata)
    return table.getvalue()


def _together(tables: Mapping[Key, bytes], paths: Mapping[Key, Path] | None) -> list[Block]:
    """The blocks of files that have the same columns."""
    import polars as pl

    files = list(tables.values())
    scanned = pl.scan_parquet(files)
    known = scanned.collect_schema().names()
    measured = [name for name in known if name not in ("replicate", "generation", *MARKS)]
    rows = (scanned if paths is None else scanned.select(pl.exclude(measured))).collect()

    def texts(i: int) -> tuple[str, str]:
        found = pl.read_parquet_metadata(io.BytesIO(files[i]))
        return found.get("kellet.reason", ""), found.get("kellet.failure", "")

    blocks = _blocks(rows, list(tables), texts)
    if paths is None:
        return blocks
    return [
        msgspec.structs.replace(block, values=Columns(paths[block.key], measured, len(block.collapsed)))
        for block in blocks
    ]


def _blocks(rows: Any, keys: Sequence[Key], texts: Callable[[int], tuple[str, str]]) -> list[Block]:
    """The blocks of rows.  texts: why fits of a block degenerated and what failed in it, read only where either did."""
    columns = {name: rows[name].to_numpy() for name in rows.columns}
    replicate, generation = columns.pop("replicate"), columns.pop("generation")
    marks = {mark: columns.pop(mark) for mark in MARKS if mark in columns}
    # In a block the rows go up, first by replicate; a row that doesn't is the first of the next one.
    up = np.diff(replicate) > 0
    up |= (np.diff(replicate) == 0) & (np.diff(generation) > 0)
    bounds = [0, *(np.flatnonzero(~up) + 1).tolist(), len(rows)]
    if len(bounds) != len(keys) + 1:
        raise ValueError(f"expected rows of {len(keys)} blocks; got those of {len(bounds) - 1}")
    blocks = []
    for i, (key, start, stop) in enumerate(zip(keys, bounds, bounds[1:], strict=False)):
        shape = int(replicate[stop - 1]) + 1, -1
        # Copies, since what is a part of all rows would keep them all.
        given = {mark: column[start:stop].reshape(shape)[:, 0].astype(np.int64) for mark, column in marks.items()}
        marked = (given["collapsed"] >= 0).any() or (given["failed"] >= 0).any()
        reason, failure = texts(i) if marked else ("", "")
        blocks.append(
            Block(
                *key,
                generation[start:stop].reshape(shape)[0].copy(),
                {name: column[start:stop].reshape(shape) for name, column in columns.items()},
                reason=reason,
                specimens={},
                failure=failure,
                **given,
            )
        )
    return blocks
