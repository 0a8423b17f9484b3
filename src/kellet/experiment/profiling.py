"""Profiling: files of any size counted by many at once, with the numbers of one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kellet.audit.scanning import Pass, Progress, add_up, append, survey
from kellet.experiment.extent import check_jobs
from kellet.experiment.parts import WORKERS, cut, find_files, make_absolute, refuse_loss, weigh
from kellet.page.bar import Bars, Words, measure_words
from kellet.profile.profile import Profile
from kellet.struct import checked

if TYPE_CHECKING:
    from kellet.experiment.running.engines import Loss

EACH = 4
"""Parts for each process, at most, so that all end together."""
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
    progress: Words | Bars | bool | None = None,
) -> Profile:
    """What is in files, as counts that add; one pass, whatever the size.  Of texts words, 2 and 3 in a row, lengths; of
    tables values, pairs of values, numbers.

    shards: paths, globs or folders, read in this order; profiles that are there already are added; or a DataFrame, an
    Arrow table, a dict of columns.  text: the column of a table that holds the text, several with commas between.  key:
    columns to look at.  cluster: rows with one value in this column belong together.  like: a profile, as whose data
    these are read, so that the two can be compared.  merge: whether all are to be profiles.  redact: whether names are
    left out.  shard: "2/8" reads the second of eight parts of the files only; the profiles of all parts, merged in
    their order, are that of one pass, bit for bit.  jobs: processes of this machine, or executor: whoever else
    computes; neither changes a bit.  progress: as in `kellet.plan`.

    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp(), "a.txt")
    >>> _ = file.write_text("To be\\nor not\\nto be.")
    >>> found = profile(file)
    >>> found.height, int(found.tallies["words"].totals.sum()), len(found.tallies["words"].keys)
    (3, 6, 4)
    """
    check_jobs(jobs)
    with measure_words(progress, "profile") as tell, find_files(shards) as paths:
        whole = survey(paths, text=text, merge=merge, shard=shard, key=key, cluster=cluster, like=like)
        workers = jobs if executor is None else WORKERS
        many = max(workers, min(EACH * workers, weigh(whole.shards) // PART))
        parts = [replace(whole, shards=some) for some in cut(whole.shards, many)]
        alone = len(parts) == 1 or (executor is None and jobs == 1)
        found = add_up(whole, tell) if alone else _join(_count(parts, jobs, executor, tell), parts)
    return found.redact() if redact else found


@dataclass(frozen=True)
class _Task:
    place: int
    part: Pass


def _work(task: _Task) -> tuple[int, Profile]:
    return task.place, add_up(task.part, lambda name, share: None)


def _count(parts: list[Pass], jobs: int, executor: Executor | None, tell: Progress) -> Iterator[tuple[int, Profile]]:
    """The profile of each part, as they come."""
    from kellet.experiment.running.engines import compute

    sizes = [weigh(part.shards) for part in parts]
    done = 0
    absolute = (replace(part, shards=make_absolute(part.shards)) for part in parts)
    tasks = [_Task(place, part) for place, part in enumerate(absolute)]
    tell(f"{len(parts)} parts", 0.0)
    for place, found in compute(_work, tasks, jobs, executor, _give_up):
        done += sizes[place]
        tell(parts[place].shards[-1][0].name, done / max(sum(sizes), 1))
        yield place, found


def _give_up(lost: Loss[_Task]) -> tuple[int, Profile]:
    raise refuse_loss(lost.reason, lost.task.part.shards)


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
