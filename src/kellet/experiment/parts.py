"""Parts: files of any size, cut so that many read them side by side."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from kellet.data.shards import Shard
from kellet.data.spool import spool
from kellet.errors import InputError

WORKERS = 16
"""Of somebody's executor, whose size nobody knows: more parts take longer to put together, and may all come at once."""


@contextmanager
def find_files(shards: Any) -> Iterator[list[str | Path]]:
    """The files that are meant; those of an object are there for a while."""
    paths = [shards] if isinstance(shards, str | Path) else shards
    if isinstance(paths, list | tuple) and all(isinstance(path, str | Path) for path in paths):
        yield list(paths)
        return
    path = Path(spool(shards))
    try:
        yield [path]
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)


def weigh(shards: Sequence[Shard]) -> int:
    """Bytes of files."""
    return sum(path.stat().st_size for path, _ in shards)


def cut(shards: Sequence[Shard], many: int) -> list[tuple[Shard, ...]]:
    """So many neighbouring parts at most, each of about as many bytes."""
    ends = np.cumsum([path.stat().st_size for path, _ in shards])
    # The file with which each part ends.
    last = np.searchsorted(ends, ends[-1] * np.arange(1, many + 1) / many)
    bounds = np.unique([0, *np.minimum(last + 1, len(ends)), len(ends)])
    return [tuple(shards[start:stop]) for start, stop in pairwise(bounds.tolist())]


def make_absolute(shards: Sequence[Shard]) -> tuple[Shard, ...]:
    """The same files from anywhere: a worker may stand elsewhere."""
    return tuple((path.absolute(), part) for path, part in shards)


def refuse_loss(reason: str, shards: Sequence[Shard]) -> InputError:
    """What to say where a part killed whoever read it, again and again."""
    return InputError(
        "work that its workers survive", f"{reason}, from {shards[0][0]} on", "fewer --jobs, smaller files"
    )
