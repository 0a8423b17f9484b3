"""Where blocks are computed: here, in processes of this machine, or in anybody's ``concurrent.futures.Executor``.

Tasks are pure functions of their fields, so which engine computes them, how many workers it has and how often one of
them dies changes no number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from kellet.errors import InputError
from kellet.experiment.running.cluster import dask
from kellet.experiment.running.supervised import Workers, cores, local
from kellet.families.abilities import abilities

__all__ = ["DEATHS", "Loss", "Workers", "compute", "cores", "dask", "local", "open_pool", "processes"]

Task = TypeVar("Task")
Result = TypeVar("Result")

DEATHS = 3
"""How often a task may kill the worker that computes it."""
GLANCE = 0.5
"""Seconds after which whoever waits has a look at what else there is."""


@dataclass(frozen=True)
class Loss(Generic[Task]):
    """A task that killed its worker so often that nobody tries any more."""

    task: Task
    reason: str


def processes(family: object, blocks: int = 1) -> int:
    """How many processes compute so many blocks of a family here unless somebody says: every core one, but one alone on
    a GPU, where each would take memory of its own, and one with an ensemble of replicates or a large network keeps it
    busy.

    Replicates that are computed one by one may last an hour: a few more processes that take turns end together, where
    the last of 3 equal blocks would have one of 2 cores to itself.
    """
    there = cores()
    if _device(family) != "cpu":
        return 1
    if abilities(family).batched or blocks >= 8 * there:
        return there
    return max(there, -(-blocks // max(1, blocks // there)))


def _device(family: object) -> str:
    """Where a family computes."""
    device = abilities(family).device
    if device == "auto":
        try:
            import torch
        except ImportError:
            return "cpu"
        return "cuda" if torch.cuda.is_available() or torch.backends.mps.is_available() else "cpu"
    return device


def compute(
    work: Callable[[Task], Result],
    tasks: Iterable[Task],
    jobs: int = 1,
    executor: Executor | None = None,
    instead: Callable[[Loss[Task]], Result] | None = None,
    idle: Callable[[], None] | None = None,
) -> Iterator[Result]:
    """The results of all tasks, as they come.  Which engine computes them changes no number.

    executor: anybody's; else ``jobs`` processes of this machine, or this one.  instead: what stands for a task that
    keeps killing its workers (`DEATHS` times); without it that is an error.  idle: called now and then while others
    compute.

    >>> sorted(compute(abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    tasks = list(tasks)
    with open_pool(executor, min(jobs, len(tasks))) as pool:
        yield from map(work, tasks) if pool is None else _compute_in(pool, work, tasks, instead, idle)


@contextmanager
def open_pool(executor: Executor | None, jobs: int) -> Iterator[Executor | None]:
    """Who computes: the executor that is given, else so many processes of this machine, or None for this one."""
    if executor is not None or jobs <= 1:
        yield executor
    else:
        with local(jobs) as pool:
            yield pool


def _compute_in(
    executor: Executor,
    work: Callable[[Task], Result],
    tasks: list[Task],
    instead: Callable[[Loss[Task]], Result] | None,
    idle: Callable[[], None] | None,
) -> Iterator[Result]:
    """All tasks at once, and then those that were lost with a worker, one at a time.

    Alone a task has all the memory, and nobody else is blamed for what it does.
    """
    futures: dict[Future[Result], Task] = {}
    suspects: list[tuple[Task, int]] = []
    try:
        for task in tasks:
            futures[_submit(executor, work, task)] = task
        ended: SimpleQueue[Future[Result]] = SimpleQueue()
        for future in tuple(futures):
            future.add_done_callback(ended.put)
        while futures:
            try:
                future = ended.get(timeout=GLANCE)
            except Empty:
                # Of a signal Python hears between two instructions, and not where one of them lasts.
                if idle:
                    idle()
                continue
            # Dask computes again what a lost worker held, as long as anybody has the future.
            task = futures.pop(future)
            if deaths := _deaths(future):
                suspects.append((task, deaths))
            else:
                yield future.result()
        for task, before in suspects:
            deaths = before
            while deaths < DEATHS:
                future = _submit(executor, work, task)
                futures = {future: task}
                if not (more := _deaths(future)):
                    yield future.result()
                    break
                deaths += more
            else:
                lost = Loss(task, f"its worker died {DEATHS} times: {future.exception()}")
                if instead is None:
                    raise InputError("work that its workers survive", lost.reason, "less memory: a smaller --size")
                yield instead(lost)
    finally:
        for future in futures:
            future.cancel()


def _submit(executor: Executor, work: Callable[[Task], Result], task: Task) -> Future[Result]:
    try:
        return executor.submit(work, task)
    except BrokenExecutor as error:
        # A plain pool of processes does not outlive the death of one.
        raise InputError("an executor that outlives its workers", error, "jobs=, or running again to go on") from None


def _deaths(future: Future[Result]) -> int:
    """How often the worker died over it; 0 where it did not, whether or not the work itself went well.

    Dask tries several times before it says so, but says so as well of what only waited in the line of a worker that
    another task killed: that gets one chance more.
    """
    while not future.done():
        wait([future], GLANCE)
    try:
        error = future.exception()
    except CancelledError:
        raise InputError("workers that stay reachable", "lost contact", "running the same again, to go on") from None
    return 1 if isinstance(error, BrokenExecutor) else DEATHS - 1 if type(error).__name__ == "KilledWorker" else 0
