"""Where blocks are computed: here, or in processes of this machine, or in anybody's ``concurrent.futures.Executor``."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")


def cores() -> int:
    """How many processes this machine runs side by side."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def compute(
    work: Callable[[Task], Result], tasks: Iterable[Task], jobs: int = 1, executor: Executor | None = None
) -> Iterator[Result]:
    """The results of all tasks, as they come.  Which engine computes them changes no number."""
    tasks = list(tasks)
    if executor is None and (jobs <= 1 or len(tasks) <= 1):
        yield from map(work, tasks)
        return
    with _local(min(jobs, len(tasks))) if executor is None else _lent(executor) as pool:
        futures = [pool.submit(work, task) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


@contextmanager
def _local(jobs: int) -> Iterator[Executor]:
    """Processes of one thread each: two threads on two shared cores are slower than one."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        # A forked child would inherit locks that polars' threads hold.
        with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_follow) as pool:
            yield pool
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _follow() -> None:
    """End with the process that started this one: a run that was killed leaves no idle processes behind."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def _lent(executor: Executor) -> Iterator[Executor]:
    yield executor
