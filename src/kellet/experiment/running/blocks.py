"""Blocks of replicates, and the files that hold them: tidy rows in Parquet, a block a file or many packed together."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Array, Integers
from kellet.experiment.running.columns import Columns
from kellet.experiment.running.layout import NAME
from kellet.experiment.running.stores import Place

LARGEST = 2**28
"""Bytes that specimens may take."""
Specimen = NDArray[Any]
"""Numbers of any kind that a model wrote, to be shown."""


class Specimens(Mapping[str, Specimen]):
    """What the first replicate of a cell wrote: name -> array, read when it is first looked at."""

    def __init__(self, where: Place, name: str):
        self._where, self._name = where, name

    @cached_property
    def _arrays(self) -> dict[str, Specimen]:
        data = self._where.read([self._name], LARGEST).get(self._name, b"")
        if is_sound(self._name, data) and (arrays := read_arrays(data)) is not None:
            return arrays
        got = f"{self._where}/{self._name}, whose bytes changed"
        raise InputError("a block that Kellet wrote", got, "deleting that file and running again")

    def __getitem__(self, name: str) -> Specimen:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


def read_arrays(data: bytes) -> dict[str, Specimen] | None:
    """The arrays of an npz; None where it is none, or holds others than of numbers or unlike ones."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST:
                return None
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
    except (
        ValueError,
        OSError,
        EOFError,
        KeyError,
        RuntimeError,
        SyntaxError,
        MemoryError,
        zipfile.BadZipFile,
        zlib.error,
    ):
        return None
    return found if all(a.ndim > 1 and a.size and a.dtype.kind in "iuf" for a in found.values()) else None


def is_sound(name: str, data: bytes) -> bool:
    """Whether a file's bytes are those that its name tells of."""
    parts = NAME.fullmatch(name.rpartition("/")[2])
    return parts is not None and f"{zlib.crc32(data):08x}" == parts[3]


Key = tuple[str, int]
"""A block: the cell's hash, and its number."""


Mark = Literal["collapsed", "failed", "emptied", "absorbed", "still"]
MARKS: dict[Mark, int] = {"collapsed": -1, "failed": -1, "emptied": -1, "absorbed": -1, "still": 0}
"""What is known of each replicate, whatever is watched, and how it is said that it never happened."""


class Origin(msgspec.Struct, frozen=True):
    """What a block's numbers depend on, but for what its rows show: of which cell it is, which of its blocks, the seed,
    and how many points were judged; specimens: the checksum of the file beside it, where there is one."""

    cell: str
    number: int
    seed: int
    judged: int
    specimens: str = ""


class Block(msgspec.Struct, frozen=True):
    """What one block of replicates gave.

    generations: (G,), those recorded.  values: metric name -> (R, G), held or read from its file when it is looked at.
    collapsed: (R,), the generation at which a fit degenerated, -1 where none did.  specimens: name -> array, a mapping,
    from the first replicate of block 0 only.  failed: (R,), the generation at which somebody's program broke, -1 where
    none did; from then on nothing was measured.  failure: which generation, and what went wrong; empty where nothing
    did.  file: the one that it was read from, and when that was written.  emptied: (R,), the generation at which
    nothing was left to learn from, -1 where there always was something.  absorbed: (R,), the generation since which up
    to the last one the model can write one point only, -1 where it can write others; still: (R,), at how many
    generations it could not.  Old files don't tell of these three; then nothing of the kind happened.  origin: what its
    file says that it is; old files say nothing.
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
    origin: Origin | None = None

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
    origin: Origin | None = None


def encode(block: Block) -> bytes:
    """A file of one block."""
    told = {"kellet.reason": block.reason, "kellet.failure": block.failure}
    if block.origin:
        told["kellet.origin"] = msgspec.json.encode(block.origin).decode()
    return _file([block], told)


def decode(
    tables: Mapping[Key, bytes], most: int | None = None, paths: Mapping[Key, Path] | None = None
) -> Iterator[Block]:
    """The blocks of many files at once, as few reads as they have kinds of columns; a file that holds anything else is
    left out.  most: rows of a block.  paths: where the same bytes lie, if values are to be read from there when they
    are looked at, and not now.
    """
    if not tables:
        return
    try:
        found = _together(tables, most, paths)
    except unreadable():
        if len(tables) == 1:
            return
        alike: dict[object, dict[Key, bytes]] = {}
        for key, data in tables.items():
            alike.setdefault(_columns(data), {})[key] = data
        parts = alike.values() if len(alike) > 1 else [{key: data} for key, data in tables.items()]
        for part in parts:
            yield from decode(part, most, paths)
        return
    yield from found


def unreadable() -> tuple[type[BaseException], ...]:
    """What reading a file that is no block raises; in parts of polars that are not Python's an error may be none."""
    import polars as pl

    failures = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
    return *failures, msgspec.DecodeError, ValueError, KeyError, OSError, OverflowError, MemoryError


def _columns(table: bytes) -> tuple[object, ...] | None:
    import polars as pl

    try:
        return tuple(pl.read_parquet_schema(io.BytesIO(table)).items())
    except unreadable():
        return None


def pack_blocks(blocks: Iterable[Block]) -> Iterator[bytes]:
    """Files that hold all those blocks that were read from files of their own; one for each kind of columns."""
    alike: dict[tuple[str, ...], list[tuple[Entry, Block]]] = {}
    for block in blocks:
        if block.file:
            kept = Entry(block.file, *block.key, block.reason, block.failure, block.origin)
            alike.setdefault(tuple(block.values), []).append((kept, block))
    for same in alike.values():
        told = msgspec.json.encode([kept for kept, _ in same]).decode()
        yield _file([block for _, block in same], {"kellet.files": told})


def unpack(pack: bytes, most: int | None = None) -> list[Block] | None:
    """What `pack_blocks` was given; None where the bytes are something else.  most: rows of a block."""
    import polars as pl

    try:
        told = pl.read_parquet_metadata(io.BytesIO(pack))["kellet.files"]
        known = msgspec.json.decode(told, type=list[Entry])
        rows, _ = _rows([pack], None if most is None else most * len(known))
        blocks = _blocks(rows, known)
    except unreadable():
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
            told = [b.mark(mark) for b in blocks]
            # Far horizons pass what 32 bits hold.
            kind = np.int32 if max(one.max(initial=0) for one in told) < 2**31 else np.int64
            yield mark, [np.repeat(one.astype(kind), g) for one, (_, g) in zip(told, shapes, strict=True)]
        for name in blocks[0].values:
            yield name, [b.values[name].ravel() for b in blocks]

    table = io.BytesIO()
    rows = pl.DataFrame(
        [pl.Series(name, parts[0] if len(parts) == 1 else np.concatenate(parts)) for name, parts in columns()]
    )
    rows.write_parquet(table, compression="lz4", statistics=False, metadata=metadata)
    return table.getvalue()


def _together(tables: Mapping[Key, bytes], most: int | None, paths: Mapping[Key, Path] | None) -> list[Block]:
    """The blocks of files that have the same columns."""
    import polars as pl

    rows, measured = _rows(list(tables.values()), None if most is None else most * len(tables), apart=paths is not None)
    known = []
    for key, data in tables.items():
        told = pl.read_parquet_metadata(io.BytesIO(data))
        written = told.get("kellet.origin")
        origin = None if written is None else msgspec.json.decode(written, type=Origin)
        known.append(Entry(("", 0.0), *key, told.get("kellet.reason", ""), told.get("kellet.failure", ""), origin))
    blocks = _blocks(rows, known)
    if paths is None:
        return blocks
    return [
        msgspec.structs.replace(block, values=Columns(paths[block.key], measured, len(block.collapsed)))
        for block in blocks
    ]


def _rows(tables: list[bytes], most: int | None, apart: bool = False) -> tuple[Any, list[str]]:
    """All rows of files, if they are rows of blocks and not more than so many, and the metrics in them; apart: without
    the values of these."""
    import polars as pl

    scan = pl.scan_parquet(tables)
    kinds = scan.collect_schema()
    whole = {"replicate", "generation", *MARKS}
    measured = [name for name in kinds if name not in whole]
    strange = [name for name, kind in kinds.items() if not (kind.is_integer() if name in whole else kind.is_float())]
    if apart:
        scan = scan.select(pl.exclude(measured))
    # A file may claim billions, and needn't be large for it.
    rows = (scan if most is None else scan.head(most + 1)).collect()
    if most is not None and len(rows) > most:
        raise ValueError(f"expected at most {most} rows; got more")
    if strange or len(rows) == 0 or not measured or sum(rows.null_count().row(0)):
        raise ValueError(f"expected numbers of blocks; got {strange or 'none'}")
    return rows, measured


def _blocks(rows: Any, known: Sequence[Entry]) -> list[Block]:
    """The blocks of rows; known: what is known of each."""
    columns = {name: rows[name].to_numpy() for name in rows.columns}
    replicate, generation = columns.pop("replicate"), columns.pop("generation")
    marks = {mark: columns.pop(mark) for mark in MARKS if mark in columns}
    # In a block the rows go up, first by replicate; a row that doesn't is the first of the next one.
    same = np.diff(replicate) == 0
    up = (np.diff(replicate) > 0) | (same & (np.diff(generation) > 0))
    bounds = [0, *(np.flatnonzero(~up) + 1).tolist(), len(rows)]
    if len(bounds) != len(known) + 1:
        raise ValueError(f"expected rows of {len(known)} blocks; got those of {len(bounds) - 1}")
    for mark in marks.values():
        if ((np.diff(mark) != 0) & same & up).any() or mark.min() < -1 or mark.max() > generation.max() + 1:
            raise ValueError("expected a generation for each replicate; got others")
    broke = np.logical_or.reduceat(marks["failed"] >= 0, bounds[:-1]).tolist() if "failed" in marks else []
    marked = np.logical_or.reduceat(marks["collapsed"] >= 0, bounds[:-1]).tolist()
    blocks = []
    for i, (kept, start, stop) in enumerate(zip(known, bounds, bounds[1:], strict=False)):
        shape = int(replicate[stop - 1]) + 1, -1
        numbers, times = replicate[start:stop].reshape(shape), generation[start:stop].reshape(shape)
        if (numbers != np.arange(shape[0])[:, None]).any() or (times != times[0]).any() or times[0, 0] < 0:
            raise ValueError("expected the same generations of each replicate; got others")
        failed = bool(broke and broke[i])
        if failed and not kept.failure:
            raise ValueError("expected what failed; got nothing")
        blocks.append(
            Block(
                kept.cell,
                kept.number,
                times[0].copy(),
                {name: column[start:stop].reshape(shape) for name, column in columns.items()},
                reason=kept.reason if marked[i] or failed else "",
                specimens={},
                failure=kept.failure if failed else "",
                origin=kept.origin,
                # Copies, since what is a part of all rows would keep them all.
                **{m: column[start:stop].reshape(shape)[:, 0].astype(np.int64) for m, column in marks.items()},
            )
        )
    return blocks
