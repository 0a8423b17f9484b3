"""Processes of this machine, any of which may die."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from kellet.errors import InputError
from kellet.imports import OURS, SAFE

Result = TypeVar("Result")

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")


def cores() -> int:
    """How many processes this machine runs side by side."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def prepare_environment() -> None:
    """What processes find that are started from now on: one thread each, and data that lie around are no modules."""
    os.environ.update(dict.fromkeys(THREADS, "1"))
    os.environ.setdefault(SAFE, OURS)


class Workers(Executor):
    """Processes of this machine, any of which may die; as many as there were tasks at once, ``jobs`` at most.

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
    before = {name: os.environ.get(name) for name in (*THREADS, SAFE)}
    prepare_environment()
    try:
        with Workers(jobs) as pool:
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
