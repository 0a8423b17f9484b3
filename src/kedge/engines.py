"""Where blocks are computed: here, in processes of this machine, or in anybody's ``concurrent.futures.Executor``.

Tasks are pure functions of their fields, so which engine computes them, how many workers it has and how often one of
them dies changes no number.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from kedge.errors import InputError

Task = TypeVar("Task")
Result = TypeVar("Result")

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")
DEATHS = 3
"""How often a task may kill the worker that computes it."""
CONTACT = 10.0
"""Seconds in which a scheduler must answer."""


@dataclass(frozen=True)
class Lost(Generic[Task]):
    """A task that killed its worker so often that nobody tries any more."""

    task: Task
    reason: str


def cores() -> int:
    """How many processes this machine runs side by side."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processes(family: Any, blocks: int = 1) -> int:
    """How many processes compute so many blocks of a family here unless somebody says: every core one, but one alone on
    a GPU, where each would take memory of its own, and one with an ensemble of replicates or a large network keeps it
    busy.

    Replicates that are computed one by one may last an hour: a few more processes that take turns end together, where
    the last of 3 equal blocks would have one of 2 cores to itself.
    """
    there = cores()
    if _device(family) != "cpu":
        return 1
    if getattr(family, "batched", True) or blocks >= 8 * there:
        return there
    return max(there, -(-blocks // max(1, blocks // there)))


def _device(family: Any) -> str:
    """Where a family computes."""
    device: str = getattr(family, "device", "cpu")
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
    mourn: Callable[[Lost[Task]], Result] | None = None,
) -> Iterator[Result]:
    """The results of all tasks, as they come.  Which engine computes them changes no number.

    executor: anybody's; else ``jobs`` processes of this machine, or this one.  mourn: what stands for a task that keeps
    killing its workers (`DEATHS` times); without it that is an error.

    >>> sorted(compute(abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    tasks = list(tasks)
    with opened(executor, min(jobs, len(tasks))) as pool:
        yield from map(work, tasks) if pool is None else _lent(pool, work, tasks, mourn)


@contextmanager
def opened(executor: Executor | None, jobs: int) -> Iterator[Executor | None]:
    """Who computes: the executor that is given, else so many processes of this machine, or None for this one."""
    if executor is not None or jobs <= 1:
        yield executor
    else:
        with local(jobs) as pool:
            yield pool


def _lent(
    executor: Executor,
    work: Callable[[Task], Result],
    tasks: list[Task],
    mourn: Callable[[Lost[Task]], Result] | None,
) -> Iterator[Result]:
    """All tasks at once, and then those that were lost with a worker, one at a time.

    Alone a task has all the memory, and nobody else is blamed for what it does.
    """
    futures: dict[Future[Result], Task] = {}
    suspects: list[tuple[Task, int]] = []
    try:
        for task in tasks:
            futures[_submit(executor, work, task)] = task
        for future in as_completed(futures):
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
                lost = Lost(task, f"its worker died {DEATHS} times: {future.exception()}")
                if mourn is None:
                    raise InputError("work that its workers survive", lost.reason, "less memory: a smaller --size")
                yield mourn(lost)
    finally:
        for future in futures:
            future.cancel()


def _submit(executor: Executor, work: Callable[[Task], Result], task: Task) -> Future[Result]:
    try:
        return executor.submit(work, task)
    except BrokenExecutor as error:
        # A plain pool of processes does not outlive the death of one.
        raise InputError("an executor that outlives its workers", error, "jobs=, or running again to go on") from None


def _deaths(future: Future[Any]) -> int:
    """How often the worker died over it; 0 where it did not, whether or not the work itself went well.

    Dask tries several times before it says so, but says so as well of what only waited in the line of a worker that
    another task killed: that gets one chance more.
    """
    try:
        error = future.exception()
    except CancelledError:
        raise InputError("workers that stay reachable", "lost contact", "running the same again, to go on") from None
    return 1 if isinstance(error, BrokenExecutor) else DEATHS - 1 if type(error).__name__ == "KilledWorker" else 0


class Supervised(Executor):
    """Processes of this machine, any of which may die.

    Each has one task at a time and is a pool of its own, so its death takes that task along and no other, as a broken
    future; the next task finds a new process.
    """

    def __init__(self, jobs: int):
        self._threads = ThreadPoolExecutor(jobs)
        self._mine = threading.local()
        self._all: list[ProcessPoolExecutor] = []

    def submit(self, function: Callable[..., Result], /, *arguments: Any, **named: Any) -> Future[Result]:
        """Compute function(*arguments) in the next process that is free."""
        return self._threads.submit(self._compute, function, *arguments, **named)

    def _compute(self, function: Callable[..., Result], /, *arguments: Any, **named: Any) -> Result:
        pool: ProcessPoolExecutor | None = getattr(self._mine, "pool", None)
        if pool is None:
            # A forked child would inherit locks that polars' threads hold.
            pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_follow)
            self._all.append(pool)
            try:
                pool.submit(abs, 0).result()
            except BrokenExecutor as error:
                # No task's fault, and no better the next time.
                raise InputError(
                    "processes that can start",
                    str(error).rstrip("."),
                    "calling from under `if __name__ == '__main__':`, or jobs=1",
                ) from None
            self._mine.pool = pool
        try:
            return pool.submit(function, *arguments, **named).result()
        except BrokenExecutor:
            self._mine.pool = None
            self._all.remove(pool)
            pool.shutdown(wait=False)
            raise

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End, when what is being computed is done."""
        self._threads.shutdown(wait=wait, cancel_futures=cancel_futures)
        for pool in self._all:
            pool.shutdown(wait=wait, cancel_futures=cancel_futures)


@contextmanager
def local(jobs: int) -> Iterator[Executor]:
    """Processes of one thread each: two threads on two shared cores are slower than one."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        with Supervised(jobs) as pool:
            yield pool
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def dask(address: str, resources: Mapping[str, float] | None = None) -> Iterator[Executor]:
    """The workers of a Dask cluster, through its scheduler's address.

    Dask tries a task again when it loses the worker, and gives it up after ``distributed.scheduler.allowed-failures``
    deaths.  resources: what a task needs of a worker, such as {"GPU": 1}; asked for where workers say what they have.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError("Dask", "it is not installed", "pip install 'kedge[cluster]'") from None
    try:
        client: Any = Client(address, timeout=CONTACT, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(
            "the address of a Dask scheduler that answers", f"{address}: {error}", "--address tcp://HOST:8786"
        ) from None
    try:
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        there = {name for worker in workers for name in worker.get("resources", {})}
        wanted = {name: amount for name, amount in (resources or {}).items() if name in there}
        yield client.get_executor(pure=False, **({"resources": wanted} if wanted else {}))
    finally:
        client.close()


def _follow() -> None:
    """End with the process that started this one: a run that was killed leaves no idle processes behind."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
