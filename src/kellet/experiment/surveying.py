"""Surveying: files of any size read part by part, by one process or many, and what is found added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from kellet.audit.scanning import Progress
from kellet.data.shards import Shard
from kellet.estimate import slicing
from kellet.estimate.slicing import Slicing
from kellet.experiment.parts import WORKERS, cut, make_absolute, refuse_loss, weigh

if TYPE_CHECKING:
    import polars as pl

    from kellet.experiment.running.engines import Loss

EACH, PART = 4, 1 << 26
"""Parts for each process, at most, and their bytes, about, where there are fewer."""


class Readable(Protocol):
    """Files with rows.  name: as sentences have it."""

    @property
    def name(self) -> str: ...
    @property
    def shards(self) -> tuple[Shard, ...]: ...

    def take(self, shards: tuple[Shard, ...]) -> Self:
        """Some of the files."""
        ...

    def read_frames(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Rows, batch by batch, with these columns."""
        ...


class Task(Protocol):
    """What somebody does with a part of the files.  source: that part."""

    @property
    def source(self) -> Readable: ...

    def work(self) -> Any:
        """What is found there; it adds."""
        ...


Files = TypeVar("Files", bound=Readable)


@dataclass(frozen=True)
class Look:
    """Counts the values of the column that files are divided by."""

    source: Readable
    sliced: Slicing

    def work(self) -> Counter[str]:
        """How many rows have each."""
        found = Counter[str]()
        for frame in self.source.read_frames(self.sliced.columns):
            slicing.count_values(found, self.sliced.read(frame))
        return found


@dataclass(frozen=True)
class Survey:
    """Who reads files."""

    jobs: int
    executor: Executor | None
    tell: Progress

    def count(self, source: Files, make: Callable[[Files], Task]) -> Any:
        """The sum of what is found in all parts of a source."""
        from kellet.experiment.running.engines import compute

        shards = make_absolute(source.shards)
        workers = self.jobs if self.executor is None else WORKERS
        parts = cut(shards, max(workers, min(EACH * workers, weigh(shards) // PART)))
        total, done, whole = max(weigh(shards), 1), 0, None
        tasks = [make(source.take(part)) for part in parts]
        for size, found in compute(_work, tasks, self.jobs, self.executor, _give_up):
            whole = found if whole is None else whole + found
            done += size
            self.tell(source.name, done / total)
        return whole


def _work(task: Task) -> tuple[int, Any]:
    return weigh(task.source.shards), task.work()


def _give_up(lost: Loss[Task]) -> Any:
    raise refuse_loss(lost.reason, lost.task.source.shards)
