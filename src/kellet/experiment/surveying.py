"""Surveying: files of any size read part by part, by one process or many, and what is found added up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from kellet.audit.scanning import Progress
from kellet.data.shards import Shard
from kellet.experiment.parts import WORKERS, cut, make_absolute, refuse_loss, weigh

if TYPE_CHECKING:
    from kellet.experiment.running.engines import Loss

EACH, PART = 4, 1 << 26
"""Parts for each process, at most, and their bytes, about, where there are fewer."""


class Task(Protocol):
    """A part of the files that somebody reads."""

    @property
    def shards(self) -> tuple[Shard, ...]: ...

    def work(self) -> Any:
        """What is found there; it adds."""
        ...


@dataclass(frozen=True)
class Survey:
    """Files, as sentences call them, and who reads them."""

    name: str
    shards: tuple[Shard, ...]
    jobs: int
    executor: Executor | None
    tell: Progress

    def count(self, make: Callable[[tuple[Shard, ...]], Task]) -> Any:
        """The sum of what is found in all parts of it."""
        from kellet.experiment.running.engines import compute

        shards = make_absolute(self.shards)
        workers = self.jobs if self.executor is None else WORKERS
        parts = cut(shards, max(workers, min(EACH * workers, weigh(shards) // PART)))
        total, done, whole = max(weigh(shards), 1), 0, None
        for size, found in compute(_work, [make(part) for part in parts], self.jobs, self.executor, _give_up):
            whole = found if whole is None else whole + found
            done += size
            self.tell(self.name, done / total)
        return whole


def _work(task: Task) -> tuple[int, Any]:
    return weigh(task.shards), task.work()


def _give_up(lost: Loss[Task]) -> Any:
    raise refuse_loss(lost.reason, lost.task.shards)
