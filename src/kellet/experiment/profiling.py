"""Profiling: files of any size counted by many at once, with the numbers of one pass."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kellet.audit.scanning import Pass, Progress, add_up, append, survey
from kellet.data.spool import spool
from kellet.errors import InputError
from kellet.experiment.extent import check_jobs
from kellet.profile.profile import Profile
from kellet.struct import checked

if TYPE_CHECKING:
    from kellet.experiment.running.engines import Loss

EACH = 4
"""Parts for each process, at most, so that all end together."""
WORKERS = 16
"""Of somebody's executor, whose size nobody knows: more parts take longer to put together, and may all come at once."""
PART = 1 << 27
"""Bytes of a part, about, where there are fewer parts: putting two together takes as long as reading ten million."""


@checked
def profile(
    shards: Any,
    *,
    text: str | None = None,
    merge: bool = False,
    redact: bool = False,
    shard: str | None = None,
    key: Sequence[str] = (),
    cluster: str | None = None,
    like: str | Path | Profile | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Profile:
    """What is in files, as counts that add; one pass, whatever the size.  Of texts words, 2 and 3 in a row, lengths; of
    tables values, pairs of values, numbers.

    shards: paths, globs or folders, read in this order; profiles that are there already are added; or a DataFrame, an
    Arrow table, a dict of columns.  text: the column of a table that holds the text, several with commas between.  key:
    columns to look at.  cluster: rows with one value in this column belong together.  like: a profile, as whose data
    these are read, so that the two can be compared.  merge: whether all are to be profiles.  redact: whether names are
    left out.  shard: "2/8" reads the second of eight parts of the files only; the profiles of all parts, merged in
    their order, are that of one pass, bit for bit.  jobs: processes of this machine, or executor: whoever else
    computes; neither changes a bit.

    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp(), "a.txt")
    >>> _ = file.write_text("To be\\nor not\\nto be.")
    >>> found = profile(file)
    >>> found.height, int(found.tallies["words"].totals.sum()), len(found.tallies["words"].keys)
    (3, 6, 4)
    """
    check_jobs(jobs)
    tell = progress or (lambda name, share: None)
    with _find_files(shards) as paths:
        whole = survey(paths, text=text, merge=merge, shard=shard, key=key, cluster=cluster, like=like)
        workers = jobs if executor is None else WORKERS
        parts = _cut(whole, max(workers, min(EACH * workers, _weigh(whole) // PART)))
        alone = len(parts) == 1 or (executor is None and jobs == 1)
        found = add_up(whole, tell) if alone else _join(_count(parts, jobs, executor, tell), parts)
    return found.redact() if redact else found


@contextmanager
def _find_files(shards: Any) -> Iterator[list[str | Path]]:
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


def _weigh(part: Pass) -> int:
    """Bytes of its files."""
    return sum(path.stat().st_size for path, _ in part.shards)


def _cut(whole: Pass, many: int) -> list[Pass]:
    """So many neighbouring parts at most, each of about as many bytes."""
    ends = np.cumsum([path.stat().st_size for path, _ in whole.shards])
    # The file with which each part ends.
    last = np.searchsorted(ends, ends[-1] * np.arange(1, many + 1) / many)
    bounds = np.unique([0, *np.minimum(last + 1, len(ends)), len(ends)])
    return [replace(whole, shards=whole.shards[start:stop]) for start, stop in pairwise(bounds.tolist())]


@dataclass(frozen=True)
class _Task:
    place: int
    part: Pass


def _work(task: _Task) -> tuple[int, Profile]:
    return task.place, add_up(task.part, lambda name, share: None)


def _count(parts: list[Pass], jobs: int, executor: Executor | None, tell: Progress) -> Iterator[tuple[int, Profile]]:
    """The profile of each part, as they come."""
    from kellet.experiment.running.engines import compute

    sizes = [_weigh(part) for part in parts]
    done = 0
    # A worker may stand elsewhere.
    absolute = (replace(part, shards=tuple((path.absolute(), inner) for path, inner in part.shards)) for part in parts)
    tasks = [_Task(place, part) for place, part in enumerate(absolute)]
    tell(f"{len(parts)} parts", 0.0)
    for place, found in compute(_work, tasks, jobs, executor, _give_up):
        done += sizes[place]
        tell(parts[place].shards[-1][0].name, done / max(sum(sizes), 1))
        yield place, found


def _give_up(lost: Loss[_Task]) -> tuple[int, Profile]:
    first = lost.task.part.shards[0][0]
    raise InputError("work that its workers survive", f"{lost.reason}, from {first} on", "fewer --jobs, smaller files")


def _join(found: Iterable[tuple[int, Profile]], parts: list[Pass]) -> Profile:
    """All parts in their order; as they come, neighbours are put together at once, so that few lie about."""
    runs: dict[int, tuple[int, Profile]] = {}
    for place, one in found:
        start, stop, whole = place, place + 1, one
        before = next((first for first, (end, _) in runs.items() if end == start), None)
        if before is not None:
            whole, start = append(runs.pop(before)[1], whole, parts[place].shards[0][0]), before
        if stop in runs:
            path = parts[stop].shards[0][0]
            stop, after = runs.pop(stop)
            whole = append(whole, after, path)
        runs[start] = stop, whole
    ((_, whole),) = runs.values()
    return whole
